//! Changing the code or the configuration of `$LATEST`.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{Refusal, Stamp, Wanted};
use crate::destination::DeadLetterTarget;
use crate::function::{Architecture, Code, Configuration, Function, LastUpdate, Logging, Snapshot};
use crate::layer::UsedLayer;
use crate::limits::{
    CODE_UNZIPPED_BYTES_MAX, ENVIRONMENT_BYTES_MAX, EPHEMERAL_STORAGE_MB_MAX, MEMORY_MB_MAX,
    SNAP_START_STORAGE_MB_MAX, TIMEOUT_MAX,
};
use crate::runtime::Runtime;

/// The package that a client wants `$LATEST` to have.
#[derive(Debug, Clone)]
pub struct CodeChange {
    pub code: Code,
    /// `None` leaves the instruction set as it is.
    pub architecture: Option<Architecture>,
    /// Whether the result is published at once.
    pub publish: bool,
}

/// The settings that a client wants changed; `None` leaves a setting as it is.
#[derive(Debug, Clone, Default)]
pub struct ConfigurationChange {
    pub runtime: Option<Runtime>,
    pub handler: Option<String>,
    pub role: Option<String>,
    pub description: Option<String>,
    pub timeout: Option<Duration>,
    pub memory_mb: Option<u32>,
    pub ephemeral_storage_mb: Option<u32>,
    pub environment: Option<BTreeMap<String, String>>,
    pub logging: Option<Logging>,
    pub dead_letter: Wanted<DeadLetterTarget>,
    pub layers: Option<Vec<UsedLayer>>,
    pub snap_start: Option<bool>,
}

/// docs: configuration-envvars, the variables that only the platform sets.
const RESERVED_KEYS: &[&str] = &[
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_RUNTIME_API",
    "LAMBDA_TASK_ROOT",
    "LAMBDA_RUNTIME_DIR",
];

impl Configuration {
    /// Refuses what no version may be set to.
    pub fn check(&self) -> Result<(), Refusal> {
        let ranges = [
            ("Timeout", self.timeout.as_secs(), TIMEOUT_MAX.as_secs()),
            ("MemorySize", self.memory_mb.into(), MEMORY_MB_MAX.into()),
            (
                "EphemeralStorage",
                self.ephemeral_storage_mb.into(),
                EPHEMERAL_STORAGE_MB_MAX.into(),
            ),
        ];
        for (setting, value, max) in ranges {
            if value > max {
                return Err(Refusal::OutOfRange {
                    setting,
                    value,
                    max,
                });
            }
        }
        if self.handler.is_empty() {
            return Err(Refusal::HandlerMissing {
                runtime: self.runtime.to_string(),
            });
        }
        if self.snap_start && !self.runtime.can_snap_start() {
            return Err(Refusal::SnapStartRuntime {
                runtime: self.runtime.to_string(),
            });
        }
        if self.snap_start && self.ephemeral_storage_mb > SNAP_START_STORAGE_MB_MAX {
            return Err(Refusal::SnapStartStorage {
                max_mb: SNAP_START_STORAGE_MB_MAX,
            });
        }
        check_environment(&self.environment)
    }
}

impl Snapshot {
    /// Refuses code that is too large together with its layers.
    pub(super) fn check_unzipped(&self) -> Result<(), Refusal> {
        let layers: u64 = self.layers().map(|layer| layer.unzipped).sum();
        let bytes = self.code.unzipped.saturating_add(layers);
        if layers > 0 && bytes > CODE_UNZIPPED_BYTES_MAX {
            return Err(Refusal::UnzippedTooLarge { bytes });
        }
        Ok(())
    }
}

fn check_environment(variables: &BTreeMap<String, String>) -> Result<(), Refusal> {
    let keys: Vec<String> = variables
        .keys()
        .filter(|key| RESERVED_KEYS.contains(&key.as_str()))
        .cloned()
        .collect();
    if !keys.is_empty() {
        return Err(Refusal::ReservedKeys { keys });
    }
    // observed: the limit counts the bytes of the variables as compact JSON.
    let measured = serde_json::json!(variables).to_string();
    if measured.len() > ENVIRONMENT_BYTES_MAX {
        return Err(Refusal::EnvironmentTooLarge { measured });
    }
    Ok(())
}

impl Function {
    /// Replaces the code of `$LATEST` and publishes the result if asked.
    pub fn update_code(
        &self,
        change: CodeChange,
        guard: Option<&str>,
        stamp: Stamp,
    ) -> Result<Self, Refusal> {
        let mut next = self.begin_update(guard, stamp)?;
        next.latest.code = change.code;
        set(
            &mut next.latest.configuration.architecture,
            change.architecture,
        );
        next.latest.check_unzipped()?;
        Ok(if change.publish {
            next.with_latest_published(None, stamp)
        } else {
            next
        })
    }

    /// Changes the configuration of `$LATEST`.
    pub fn update_configuration(
        &self,
        change: ConfigurationChange,
        guard: Option<&str>,
        stamp: Stamp,
    ) -> Result<Self, Refusal> {
        let mut next = self.begin_update(guard, stamp)?;
        let configuration = &mut next.latest.configuration;
        set(&mut configuration.runtime, change.runtime);
        set(&mut configuration.handler, change.handler);
        set(&mut configuration.role, change.role);
        set(&mut configuration.description, change.description);
        set(&mut configuration.timeout, change.timeout);
        set(&mut configuration.memory_mb, change.memory_mb);
        set(
            &mut configuration.ephemeral_storage_mb,
            change.ephemeral_storage_mb,
        );
        set(&mut configuration.environment, change.environment);
        set(&mut configuration.logging, change.logging);
        configuration.dead_letter = change.dead_letter.over(configuration.dead_letter.take());
        set(&mut configuration.layers, change.layers);
        set(&mut configuration.snap_start, change.snap_start);
        configuration.check()?;
        next.latest.check_unzipped()?;
        Ok(next)
    }

    /// A copy whose `$LATEST` is being updated while the state before keeps running.
    fn begin_update(&self, guard: Option<&str>, stamp: Stamp) -> Result<Self, Refusal> {
        Self::check_revision(guard, self.latest.revision)?;
        self.check_settled()?;
        let mut next = self.clone();
        let running = self.serving.as_deref().unwrap_or(&self.latest);
        next.serving = Some(Box::new(running.clone()));
        next.latest = Snapshot {
            last_update: LastUpdate::InProgress,
            modified: stamp.now,
            revision: stamp.revision,
            ..next.latest
        };
        Ok(next)
    }
}

fn set<T>(setting: &mut T, wanted: Option<T>) {
    if let Some(wanted) = wanted {
        *setting = wanted;
    }
}
