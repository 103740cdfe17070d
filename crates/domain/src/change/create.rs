//! Creating a function.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use super::{Refusal, Stamp};
use crate::event_invoke::EventInvokeConfigs;
use crate::function::{Code, Configuration, Function, LastUpdate, Snapshot, State};
use crate::name::FunctionName;

/// What a client says about a function that does not exist yet.
#[derive(Debug, Clone)]
pub struct Draft {
    pub name: FunctionName,
    pub code: Code,
    pub configuration: Configuration,
    pub tags: BTreeMap<String, String>,
    /// Whether version 1 is published at once.
    pub publish: bool,
}

impl Function {
    /// The document of a new function: pending until its package is ready.
    pub fn create(draft: Draft, stamp: Stamp) -> Result<Self, Refusal> {
        draft.configuration.check()?;
        super::tag::check(&draft.tags)?;
        let latest = Snapshot {
            code: draft.code,
            configuration: draft.configuration,
            state: State::Pending,
            last_update: LastUpdate::Created,
            modified: stamp.now,
            revision: stamp.revision,
        };
        latest.check_unzipped()?;
        let function = Self {
            name: draft.name,
            created: stamp.now,
            latest,
            serving: None,
            versions: BTreeMap::new(),
            next_version: NonZeroU64::MIN,
            aliases: BTreeMap::new(),
            tags: draft.tags,
            reserved_concurrency: None,
            event_invoke: EventInvokeConfigs::default(),
        };
        Ok(if draft.publish {
            function.with_latest_published(None, stamp)
        } else {
            function
        })
    }
}
