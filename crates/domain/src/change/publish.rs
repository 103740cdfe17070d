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

#[cfg(test)]
mod tests {
    use crate::change::tests::{a_draft, number, settle, stamp};
    use crate::runtime::Runtime;

    use super::*;

    /// A function whose published versions are to be copied, with one of them.
    fn with_snap_start() -> Function {
        let mut draft = a_draft();
        draft.configuration.runtime = Runtime::Python { minor: 12 };
        draft.configuration.snap_start = true;
        draft.publish = true;
        Function::create(draft, stamp(1)).unwrap()
    }

    #[test]
    fn a_version_with_snap_start_waits_for_its_snapshot() {
        let created = with_snap_start();
        assert_eq!(created.awaiting_snapshots().count(), 0);

        let settled = settle(&created, 2);
        assert_eq!(settled.latest.state, State::Active);
        assert_eq!(settled.versions[&number(1)].state, State::Pending);
        assert_eq!(
            settled.awaiting_snapshots().collect::<Vec<_>>(),
            [number(1)]
        );

        let taken = settled
            .snapshot_taken(number(1), &Ok(()), stamp(3))
            .unwrap();
        assert_eq!(taken.versions[&number(1)].state, State::Active);
        assert_eq!(taken.versions[&number(1)].revision, stamp(3).revision);
        assert_eq!(taken.awaiting_snapshots().count(), 0);
        let again = taken.snapshot_taken(number(1), &Ok(()), stamp(4));
        assert_eq!(again, Err(Refusal::Superseded));
    }

    #[test]
    fn a_version_without_a_snapshot_has_failed() {
        let settled = settle(&with_snap_start(), 2);
        let reason = "no".to_owned();

        let failed = settled
            .snapshot_taken(number(1), &Err(reason.clone()), stamp(3))
            .unwrap();

        assert_eq!(failed.versions[&number(1)].state, State::Failed { reason });
        assert_eq!(failed.latest.state, State::Active);
    }

    #[test]
    fn a_package_that_is_refused_takes_its_version_along() {
        let created = with_snap_start();
        let outcome = Err("broken".to_owned());

        let failed = created
            .prepared(created.latest.revision, &outcome, stamp(2))
            .unwrap();

        assert!(matches!(
            failed.versions[&number(1)].state,
            State::Failed { .. }
        ));
        assert_eq!(failed.awaiting_snapshots().count(), 0);
    }

    #[test]
    fn snap_start_is_refused_where_nothing_can_be_copied() {
        let mut draft = a_draft();
        draft.configuration.snap_start = true;
        assert!(matches!(
            Function::create(draft.clone(), stamp(1)),
            Err(Refusal::SnapStartRuntime { runtime }) if runtime == "python3.11"
        ));
        draft.configuration.runtime = Runtime::Python { minor: 13 };
        draft.configuration.ephemeral_storage_mb = 513;
        assert_eq!(
            Function::create(draft, stamp(1)),
            Err(Refusal::SnapStartStorage { max_mb: 512 })
        );
    }
}
