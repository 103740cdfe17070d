//! Publishing `$LATEST` as an immutable version, and deleting versions.

use std::num::NonZeroU64;

use super::{Refusal, Stamp};
use crate::function::{Configuration, Function, Snapshot, State};
use crate::name::{Qualifier, Version};

impl Function {
    /// Publishes `$LATEST`, or nothing if it equals the version published last; either way the
    /// version asked for is afterwards the last one.
    ///
    /// docs: configuration-versions ("Lambda doesn't publish a version if the function's
    /// configuration and code haven't changed since the last version").
    pub fn publish(
        &self,
        code_sha256: Option<&str>,
        description: Option<String>,
        guard: Option<&str>,
        stamp: Stamp,
    ) -> Result<Self, Refusal> {
        Self::check_revision(guard, self.latest.revision)?;
        self.check_settled()?;
        let current = self.latest.code.sha256_base64();
        if let Some(given) = code_sha256.filter(|given| !given.is_empty() && *given != current) {
            return Err(Refusal::CodeDiffers {
                given: given.to_owned(),
                current,
            });
        }
        Ok(self.with_latest_published(description, stamp))
    }

    /// The published version with the highest number.
    pub fn last_published(&self) -> Option<(NonZeroU64, &Snapshot)> {
        self.versions
            .last_key_value()
            .map(|(number, snapshot)| (*number, snapshot))
    }

    pub(super) fn with_latest_published(&self, description: Option<String>, stamp: Stamp) -> Self {
        if self
            .last_published()
            .is_some_and(|(_, last)| last.is_same_version(&self.latest))
        {
            return self.clone();
        }
        let mut next = self.clone();
        let mut version = self.latest.clone();
        version.revision = stamp.revision;
        version.modified = stamp.now;
        if version.configuration.snap_start {
            version.state = State::Pending;
        }
        if let Some(description) = description {
            version.configuration.description = description;
        }
        next.versions.insert(self.next_version, version);
        next.next_version = self.next_version.saturating_add(1);
        next
    }

    /// Deletes a published version and what was set for its events; deleting one that does not exist changes nothing.
    pub fn delete_version(&self, version: Version) -> Result<Self, Refusal> {
        let Version::Number(number) = version else {
            return Err(Refusal::DeletesLatest);
        };
        let aliases: Vec<String> = self
            .aliases
            .iter()
            .filter(|(_, alias)| {
                alias.version == version || alias.routing.is_some_and(|r| r.version == number)
            })
            .map(|(name, _)| name.to_string())
            .collect();
        if !aliases.is_empty() {
            return Err(Refusal::VersionInUse { aliases });
        }
        let mut next = self.clone();
        next.versions.remove(&number);
        next.event_invoke.remove(&Qualifier::Version(version));
        Ok(next)
    }
}

impl Snapshot {
    /// Whether publishing `other` after `self` would publish the same thing again. A description
    /// belongs to the version and not to what it runs.
    fn is_same_version(&self, other: &Self) -> bool {
        let runs = |configuration: &Configuration| Configuration {
            description: String::new(),
            ..configuration.clone()
        };
        self.code == other.code && runs(&self.configuration) == runs(&other.configuration)
    }
}
