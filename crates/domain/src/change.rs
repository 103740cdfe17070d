//! What a change of a function means: pure functions from a document to the next one.
//!
//! Each returns the whole new document or the reason why the change is refused. The store commits
//! the result under compare-and-set and calls again on a conflict, so nothing here may depend on
//! when or how often it runs; the time and the new revision arrive in a [`Stamp`].

mod alias;
mod configure;
mod create;
mod event_invoke;
mod publish;
mod tag;

use std::num::NonZeroU64;

pub use alias::{AliasChange, AliasDraft, RoutingDraft};
pub use configure::{CodeChange, ConfigurationChange};
pub use create::Draft;
pub use event_invoke::EventInvokeChange;

use crate::function::{Function, LastUpdate, NETWORK_TAG, NO_NETWORK, RevisionId, Snapshot, State};
use crate::name::{AliasName, Version};
use crate::time::Moment;

/// When a change happens and the revision it leaves behind.
#[derive(Debug, Clone, Copy)]
pub struct Stamp {
    pub now: Moment,
    pub revision: RevisionId,
}

/// What a client says about a setting that may be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Wanted<T> {
    /// Not a word about it.
    #[default]
    Unnamed,
    /// It is to be absent.
    Nothing,
    This(T),
}

impl<T> Wanted<T> {
    /// The setting afterwards, where it was `current` before.
    pub fn over(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Unnamed => current,
            Self::Nothing => None,
            Self::This(value) => Some(value),
        }
    }

    /// The value that the client gives.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::This(value) => Some(value),
            Self::Unnamed | Self::Nothing => None,
        }
    }
}

/// Why a change is refused. The document stays as it was.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    #[error("the revision is not the latest one")]
    RevisionDiffers,
    #[error("the function is still being created")]
    Pending,
    #[error("an update of the function is in progress")]
    UpdateInProgress,
    #[error("the environment is larger than 4 KB: {measured}")]
    EnvironmentTooLarge { measured: String },
    #[error("the environment sets the reserved keys {}", keys.join(", "))]
    ReservedKeys { keys: Vec<String> },
    #[error("{setting} is {value}, more than {max}")]
    OutOfRange {
        setting: &'static str,
        value: u64,
        max: u64,
    },
    #[error("the runtime `{runtime}` needs a handler")]
    HandlerMissing { runtime: String },
    #[error("the code's digest is {current}, not {given}")]
    CodeDiffers { given: String, current: String },
    #[error("the function has no version {version}")]
    NoSuchVersion { version: String },
    #[error("the alias {name} exists")]
    AliasExists { name: AliasName },
    #[error("the function has no alias {name}")]
    NoSuchAlias { name: AliasName },
    #[error("an alias routes to at most one further version")]
    TooManyRoutes,
    #[error("the alias already stands for version {version}")]
    RouteToItself { version: Version },
    #[error("an alias with weights may not involve $LATEST")]
    RouteWithLatest,
    #[error("the version is used by the aliases {}", aliases.join(", "))]
    VersionInUse { aliases: Vec<String> },
    #[error("$LATEST cannot be deleted alone")]
    DeletesLatest,
    #[error("there are no tags in the request")]
    NoTags,
    #[error("more tags than a resource may have")]
    TooManyTags,
    #[error("the tag {NETWORK_TAG} cannot be {value:?}: it is {NO_NETWORK:?}, or it is not there")]
    NetworkTag { value: String },
    #[error("the code and its layers have {bytes} bytes, unzipped")]
    UnzippedTooLarge { bytes: u64 },
    #[error("SnapStart is not supported for {runtime}")]
    SnapStartRuntime { runtime: String },
    #[error("SnapStart is not supported with more than {max_mb} MB of storage")]
    SnapStartStorage { max_mb: u32 },
    #[error("the package was replaced meanwhile")]
    Superseded,
    #[error("less than {min} of the account's concurrency would stay unreserved")]
    UnreservedTooLow { min: u32 },
    #[error("there is no such version or alias to configure")]
    NothingToConfigure,
    #[error("`{qualifier}` has no event invoke config")]
    NoEventInvokeConfig { qualifier: String },
    #[error("a function may not be its own destination")]
    OwnDestination,
    #[error("a destination is of a kind that cannot be one there")]
    DestinationsUnsupported {
        on_success: Option<String>,
        on_failure: Option<String>,
    },
}

impl Function {
    /// Refuses a guard that is not `current`; no guard refuses nothing.
    fn check_revision(guard: Option<&str>, current: RevisionId) -> Result<(), Refusal> {
        match guard {
            Some(guard) if guard != current.0.to_string() => Err(Refusal::RevisionDiffers),
            _ => Ok(()),
        }
    }

    /// Refuses a change of `$LATEST` while the last one is not finished.
    fn check_settled(&self) -> Result<(), Refusal> {
        match (&self.latest.state, &self.latest.last_update) {
            (State::Pending, _) => Err(Refusal::Pending),
            (_, LastUpdate::InProgress) => Err(Refusal::UpdateInProgress),
            _ => Ok(()),
        }
    }

    /// Ends the creation or the update that `revision` began: its package is ready, or it is not
    /// and `outcome` says why.
    ///
    /// A failed update leaves the state before it running.
    pub fn prepared(
        &self,
        revision: RevisionId,
        outcome: &Result<(), String>,
        stamp: Stamp,
    ) -> Result<Self, Refusal> {
        if self.latest.revision != revision || self.check_settled().is_ok() {
            return Err(Refusal::Superseded);
        }
        let mut next = self.clone();
        let was_serving = next.serving.take();
        if outcome.is_err() {
            next.serving = was_serving;
        }
        for version in next.versions.values_mut() {
            // One with a package that is ready still waits for its snapshot.
            if outcome.is_err() || !version.awaits_its_snapshot() {
                version.settle(outcome, stamp);
            }
        }
        next.latest.settle(outcome, stamp);
        Ok(next)
    }

    /// Ends the wait of a published version for its first environment.
    pub fn snapshot_taken(
        &self,
        version: NonZeroU64,
        outcome: &Result<(), String>,
        stamp: Stamp,
    ) -> Result<Self, Refusal> {
        let mut next = self.clone();
        let waiting = next.versions.get_mut(&version);
        let waiting = waiting.filter(|version| version.awaits_its_snapshot());
        waiting.ok_or(Refusal::Superseded)?.settle(outcome, stamp);
        Ok(next)
    }

    /// Whether a creation or an update waits to be ended by [`Function::prepared`].
    pub fn is_unsettled(&self) -> bool {
        self.check_settled().is_err()
    }

    /// The published versions that can have their first environment now.
    pub fn awaiting_snapshots(&self) -> impl Iterator<Item = NonZeroU64> + '_ {
        let versions = self.versions.iter().filter(|_| !self.is_unsettled());
        versions
            .filter(|(_, version)| version.awaits_its_snapshot())
            .map(|(number, _)| *number)
    }
}

impl Snapshot {
    /// Ends what was begun with this version.
    fn settle(&mut self, outcome: &Result<(), String>, stamp: Stamp) {
        if self.state == State::Pending {
            self.state = match outcome {
                Ok(()) => State::Active,
                Err(reason) => State::Failed {
                    reason: reason.clone(),
                },
            };
            self.last_update = LastUpdate::Successful;
            self.revision = stamp.revision;
        } else if self.last_update == LastUpdate::InProgress {
            self.last_update = match outcome {
                Ok(()) => LastUpdate::Successful,
                Err(reason) => LastUpdate::Failed {
                    reason: reason.clone(),
                },
            };
            self.revision = stamp.revision;
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
