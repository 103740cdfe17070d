//! The document of one function: its versions, aliases and tags, as they are stored.
//!
//! A document is changed only by the functions of [`crate::change`], which make a new document from
//! an old one. The store keeps it under compare-and-set and never looks inside.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::destination::DeadLetterTarget;
use crate::event_invoke::EventInvokeConfigs;
use crate::layer::UsedLayer;
use crate::limits::{EPHEMERAL_STORAGE_MB_DEFAULT, MEMORY_MB_DEFAULT, TIMEOUT_DEFAULT};
use crate::name::{AliasName, FunctionName, Qualifier, Version};
use crate::runtime::Runtime;
use crate::time::Moment;

/// The guard that a client may hold against concurrent changes. A new one with every change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RevisionId(pub Uuid);

/// A function and everything that lives and dies with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Function {
    pub name: FunctionName,
    pub created: Moment,
    /// `$LATEST`, as the control plane shows it.
    pub latest: Snapshot,
    /// What `$LATEST` runs while an update of it is in progress: the state before the update.
    pub serving: Option<Box<Snapshot>>,
    pub versions: BTreeMap<NonZeroU64, Snapshot>,
    /// The number that the next published version gets; numbers are never used twice.
    pub next_version: NonZeroU64,
    pub aliases: BTreeMap<AliasName, Alias>,
    pub tags: BTreeMap<String, String>,
    /// The part of the account's concurrency that is this function's alone; 0 stops it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reserved_concurrency: Option<u32>,
    #[serde(default, skip_serializing_if = "EventInvokeConfigs::is_empty")]
    pub event_invoke: EventInvokeConfigs,
}

/// The tag with which a function says that it needs no network; ours, since Lambda has no such setting.
pub const NETWORK_TAG: &str = "invoked:network";

/// The one value of [`NETWORK_TAG`].
pub const NO_NETWORK: &str = "none";

impl Function {
    /// Whether the function may reach the network, as far as the operator lets functions do so.
    pub fn wants_network(&self) -> bool {
        !self.tags.contains_key(NETWORK_TAG)
    }
}

/// The code and configuration of one version, with the state it is in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    pub code: Code,
    pub configuration: Configuration,
    pub state: State,
    pub last_update: LastUpdate,
    pub modified: Moment,
    pub revision: RevisionId,
}

impl Snapshot {
    /// Whether it is a published version whose first environment has not been initialized yet.
    pub fn awaits_its_snapshot(&self) -> bool {
        self.configuration.snap_start && self.state == State::Pending
    }
}

/// A package, named by the digest of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Code {
    /// SHA-256 of the zip, lower-case hexadecimal: the name of its blob and of its unpacked tree.
    pub sha256: String,
    /// Bytes of the zip.
    pub size: u64,
    /// Bytes of what is in the zip, as far as known: 0 in documents of earlier versions.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unzipped: u64,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl Code {
    /// The digest as `CodeSha256` shows it: base64 of the 32 bytes.
    pub fn sha256_base64(&self) -> String {
        let pairs = self.sha256.as_bytes().chunks_exact(2);
        let bytes: Vec<u8> = pairs
            .filter_map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
            .collect();
        STANDARD.encode(bytes)
    }
}

/// What a client sets on a version; what a published version keeps for good.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Configuration {
    pub runtime: Runtime,
    pub handler: String,
    pub role: String,
    pub description: String,
    pub timeout: Duration,
    pub memory_mb: u32,
    pub ephemeral_storage_mb: u32,
    pub architecture: Architecture,
    pub environment: BTreeMap<String, String>,
    pub logging: Logging,
    /// Where events go that could not be worked off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letter: Option<DeadLetterTarget>,
    /// What lies in `/opt`, the first at the bottom.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<UsedLayer>,
    /// Whether environments of published versions are copies of one that has been initialized.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub snap_start: bool,
}

impl Configuration {
    /// A configuration with Lambda's defaults for everything a client may leave out.
    pub fn new(runtime: Runtime, handler: &str, role: &str, architecture: Architecture) -> Self {
        Self {
            runtime,
            handler: handler.to_owned(),
            role: role.to_owned(),
            description: String::new(),
            timeout: TIMEOUT_DEFAULT,
            memory_mb: MEMORY_MB_DEFAULT,
            ephemeral_storage_mb: EPHEMERAL_STORAGE_MB_DEFAULT,
            architecture,
            environment: BTreeMap::new(),
            logging: Logging::default(),
            dead_letter: None,
            layers: Vec::new(),
            snap_start: false,
        }
    }
}

/// The instruction set that a package is built for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Architecture {
    X86_64,
    Arm64,
}

impl Architecture {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "x86_64" => Some(Self::X86_64),
            "arm64" => Some(Self::Arm64),
            _ => None,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Arm64 => "arm64",
        }
    }
}

/// Where and how a version logs.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Logging {
    pub format: LogFormat,
    /// `None` is the group that Lambda makes from the function's name.
    pub group: Option<String>,
}

impl Logging {
    /// The log group of a function that logs this way.
    pub fn group_of(&self, name: &FunctionName) -> String {
        self.group
            .clone()
            .unwrap_or_else(|| format!("/aws/lambda/{name}"))
    }
}

/// How log lines are written, by the platform and by the managed runtimes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum LogFormat {
    #[default]
    Text,
    Json {
        application: LogLevel,
        system: LogLevel,
    },
}

/// The least severe line that is written. Only JSON logs have levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum LogLevel {
    Trace,
    Debug,
    Info,
    Warn,
    Error,
    Fatal,
}

impl LogLevel {
    const NAMED: [(Self, &'static str); 6] = [
        (Self::Trace, "TRACE"),
        (Self::Debug, "DEBUG"),
        (Self::Info, "INFO"),
        (Self::Warn, "WARN"),
        (Self::Error, "ERROR"),
        (Self::Fatal, "FATAL"),
    ];

    pub fn parse(text: &str) -> Option<Self> {
        Self::NAMED
            .iter()
            .find(|(_, name)| *name == text)
            .map(|(level, _)| *level)
    }

    pub fn as_str(self) -> &'static str {
        Self::NAMED
            .iter()
            .find(|(level, _)| *level == self)
            .map_or("INFO", |(_, name)| name)
    }
}

/// Whether a version can be invoked.
///
/// ```text
/// Pending ──prepared──▶ Active
///    └──────refused────▶ Failed
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    Pending,
    Active,
    Failed { reason: String },
}

/// How the last change of a version went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LastUpdate {
    /// Created and not changed since; Lambda shows no status while the function is pending.
    Created,
    InProgress,
    Successful,
    Failed {
        reason: String,
    },
}

/// A name for a version, or for two of them with a weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alias {
    pub version: Version,
    pub description: String,
    pub routing: Option<Routing>,
    pub revision: RevisionId,
}

/// The second version of an alias and the part of the invocations that it gets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Routing {
    pub version: NonZeroU64,
    /// 0.0 to 1.0.
    pub weight: f64,
}

impl Alias {
    /// The version that one invocation gets. `dice` is a number from 0.0 up to and without 1.0.
    pub fn route(&self, dice: f64) -> Version {
        match self.routing {
            Some(routing) if dice < routing.weight => Version::Number(routing.version),
            _ => self.version,
        }
    }
}

/// A qualifier that names nothing in a function that exists.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the function has no version or alias of that name")]
pub struct NoSuchVersion;

impl Snapshot {
    /// The packages of the version's layers, the first at the bottom of `/opt`.
    pub fn layers(&self) -> impl Iterator<Item = &Code> {
        let layers = self.configuration.layers.iter();
        layers.map(|layer| &layer.content)
    }
}

impl Function {
    /// The version as the control plane shows it.
    pub fn snapshot(&self, version: Version) -> Option<&Snapshot> {
        match version {
            Version::Latest => Some(&self.latest),
            Version::Number(number) => self.versions.get(&number),
        }
    }

    /// The version as it runs: an update in progress is not visible to invocations.
    ///
    /// docs: functions-states ("the old configuration keeps serving").
    pub fn running(&self, version: Version) -> Option<&Snapshot> {
        match (version, &self.serving) {
            (Version::Latest, Some(serving)) => Some(serving),
            _ => self.snapshot(version),
        }
    }

    /// The version that a qualifier means. `dice` chooses between the versions of an alias.
    pub fn resolve(
        &self,
        qualifier: Option<&Qualifier>,
        dice: f64,
    ) -> Result<Version, NoSuchVersion> {
        match qualifier {
            None => Ok(Version::Latest),
            Some(Qualifier::Version(version)) => self
                .snapshot(*version)
                .map(|_| *version)
                .ok_or(NoSuchVersion),
            Some(Qualifier::Alias(name)) => self
                .aliases
                .get(name)
                .map(|alias| alias.route(dice))
                .ok_or(NoSuchVersion),
            Some(Qualifier::Nothing(_)) => Err(NoSuchVersion),
        }
    }

    /// The version that a qualifier stands for in the control plane, where weights play no part.
    pub fn resolve_main(&self, qualifier: Option<&Qualifier>) -> Result<Version, NoSuchVersion> {
        self.resolve(qualifier, 1.0)
    }

    /// Bytes of code that count against the account: `$LATEST` and every published version.
    pub fn code_bytes(&self) -> u64 {
        self.latest.code.size
            + self
                .versions
                .values()
                .map(|version| version.code.size)
                .sum::<u64>()
    }

    /// Every version, and what `$LATEST` still runs while it is being updated.
    pub fn snapshots(&self) -> impl Iterator<Item = &Snapshot> {
        self.versions
            .values()
            .chain([&self.latest])
            .chain(self.serving.as_deref())
    }
}
