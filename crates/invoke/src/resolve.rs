//! From a name and a qualifier to the one version that runs.

use std::sync::Arc;
use std::time::Duration;

use domain::function::{Function, LogFormat, State};
use domain::name::{Home, Qualifier, Target, Version};
use store::documents::Documents;
use uuid::Uuid;

use crate::invocation::InvokeError;
use crate::pool::Key;

#[derive(Debug)]
pub(crate) struct Resolver {
    pub(crate) functions: Arc<Documents<Function>>,
    pub(crate) home: Home,
}

/// A version that can be invoked, as it was when the invocation came.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) key: Key,
    /// The document that was read; its running version is the one that `key` names.
    pub(crate) function: Arc<Function>,
    pub(crate) timeout: Duration,
    pub(crate) memory_mb: u32,
    pub(crate) log_format: LogFormat,
    /// The ARN as the caller wrote it: without, or with the qualifier that was asked for.
    pub(crate) invoked_arn: String,
}

impl Resolved {
    /// A version, whatever state it is in.
    pub(crate) fn of(
        function: &Arc<Function>,
        version: Version,
        invoked_arn: String,
    ) -> Option<Self> {
        let snapshot = function.running(version)?;
        let key = Key {
            function: function.name.clone(),
            version,
            revision: snapshot.revision,
            wants_network: function.wants_network(),
        };
        let configuration = &snapshot.configuration;
        Some(Self {
            key,
            timeout: configuration.timeout,
            memory_mb: configuration.memory_mb,
            log_format: configuration.logging.format,
            invoked_arn,
            function: Arc::clone(function),
        })
    }
}

impl Resolver {
    pub(crate) fn resolve(&self, target: &Target) -> Result<Resolved, InvokeError> {
        let not_found = || InvokeError::FunctionNotFound {
            target: target.clone(),
        };
        let function = self
            .functions
            .get(target.function.as_str())
            .ok_or_else(not_found)?;
        let qualifier = target.qualifier.as_ref();
        let dice = if matches!(qualifier, Some(Qualifier::Alias(_))) {
            dice()
        } else {
            0.0
        };
        let version = function.resolve(qualifier, dice).map_err(|_| not_found())?;
        let snapshot = function.running(version).ok_or_else(not_found)?;
        if snapshot.awaits_its_snapshot() && function.latest.state == State::Active {
            return Err(InvokeError::SnapshotNotReady);
        }
        if snapshot.state != State::Active {
            return Err(InvokeError::NotReady {
                state: snapshot.state.clone(),
            });
        }
        let invoked_arn = self.home.qualified_arn(&target.function, qualifier);
        Resolved::of(&function, version, invoked_arn).ok_or_else(not_found)
    }

    /// Whether there is what the target names, ready or not.
    pub(crate) fn knows(&self, target: &Target) -> bool {
        self.functions
            .get(target.function.as_str())
            .is_some_and(|function| function.resolve_main(target.qualifier.as_ref()).is_ok())
    }

    /// Whether invocations still get environments of this key.
    pub(crate) fn is_current(&self, key: &Key) -> bool {
        self.functions
            .get(key.function.as_str())
            .is_some_and(|function| runs(&function, key))
    }
}

/// Whether invocations of the function get environments of this key.
pub(crate) fn runs(function: &Function, key: &Key) -> bool {
    let running = function.running(key.version);
    running.is_some_and(|snapshot| snapshot.revision == key.revision)
        && function.wants_network() == key.wants_network
}

/// A number from 0.0 up to and without 1.0.
fn dice() -> f64 {
    // The last bits of such an id are all random.
    let bits = Uuid::new_v4().as_bytes()[12..]
        .iter()
        .fold(0, |bits: u32, byte| bits << 8 | u32::from(*byte));
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}
