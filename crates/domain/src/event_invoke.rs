//! How a function's events are treated: tries, age and destinations, per qualifier.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::destination::{Destination, Kind};
use crate::limits::{EVENT_AGE_MAX, RETRY_ATTEMPTS_MAX};
use crate::name::{AliasName, Qualifier, Version};
use crate::retry::{Condition, Policy};
use crate::time::Moment;

/// What a client has set for the events of one version or alias; `None` was not set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventInvokeConfig {
    pub maximum_retry_attempts: Option<u8>,
    pub maximum_event_age: Option<Duration>,
    pub on_success: Option<Destination>,
    pub on_failure: Option<Destination>,
    pub modified: Moment,
}

impl EventInvokeConfig {
    /// The destination of an event that ended this way.
    pub fn destination(&self, condition: Condition) -> Option<&Destination> {
        if condition.is_success() {
            self.on_success.as_ref()
        } else {
            self.on_failure.as_ref()
        }
    }

    /// The destination that cannot be one on this side, if there is one.
    pub(crate) fn misplaced(&self) -> Option<&Destination> {
        self.on_success
            .as_ref()
            .filter(|destination| destination.kind() == Kind::Bucket)
    }

    /// Both destinations.
    pub fn destinations(&self) -> impl Iterator<Item = &Destination> {
        self.on_success.iter().chain(&self.on_failure)
    }
}

/// How patient to be with events under these settings, or without any.
pub fn policy(config: Option<&EventInvokeConfig>, retry_delays: [Duration; 2]) -> Policy {
    Policy {
        retries_max: config
            .and_then(|config| config.maximum_retry_attempts)
            .unwrap_or(RETRY_ATTEMPTS_MAX),
        event_age_max: config
            .and_then(|config| config.maximum_event_age)
            .unwrap_or(EVENT_AGE_MAX),
        retry_delays,
    }
}

/// The settings of all versions and aliases of a function that have some.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EventInvokeConfigs {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    versions: BTreeMap<Version, EventInvokeConfig>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    aliases: BTreeMap<AliasName, EventInvokeConfig>,
}

impl EventInvokeConfigs {
    pub fn is_empty(&self) -> bool {
        self.versions.is_empty() && self.aliases.is_empty()
    }

    /// The settings of the qualifier that an event was invoked with; none is `$LATEST`.
    pub fn get(&self, qualifier: Option<&Qualifier>) -> Option<&EventInvokeConfig> {
        match qualifier {
            None => self.versions.get(&Version::Latest),
            Some(Qualifier::Version(version)) => self.versions.get(version),
            Some(Qualifier::Alias(alias)) => self.aliases.get(alias),
            Some(Qualifier::Nothing(_)) => None,
        }
    }

    /// All of them: `$LATEST`, the versions, the aliases.
    pub fn iter(&self) -> impl Iterator<Item = (Qualifier, &EventInvokeConfig)> {
        let versions = self
            .versions
            .iter()
            .map(|(version, config)| (Qualifier::Version(*version), config));
        let aliases = self
            .aliases
            .iter()
            .map(|(alias, config)| (Qualifier::Alias(alias.clone()), config));
        versions.chain(aliases)
    }

    /// Sets what belongs to a qualifier, which names something.
    pub(crate) fn insert(&mut self, qualifier: &Qualifier, config: EventInvokeConfig) {
        match qualifier {
            Qualifier::Version(version) => {
                self.versions.insert(*version, config);
            }
            Qualifier::Alias(alias) => {
                self.aliases.insert(alias.clone(), config);
            }
            Qualifier::Nothing(_) => {}
        }
    }

    /// Forgets what belongs to a qualifier.
    pub(crate) fn remove(&mut self, qualifier: &Qualifier) -> Option<EventInvokeConfig> {
        match qualifier {
            Qualifier::Version(version) => self.versions.remove(version),
            Qualifier::Alias(alias) => self.aliases.remove(alias),
            Qualifier::Nothing(_) => None,
        }
    }
}
