//! Tags of a function.

use std::collections::BTreeMap;

use super::Refusal;
use crate::function::{Function, NETWORK_TAG, NO_NETWORK};
use crate::limits::TAGS_MAX;

/// Refuses more tags than a resource may have, and a tag of ours with a meaning that it does not have.
pub(super) fn check(tags: &BTreeMap<String, String>) -> Result<(), Refusal> {
    if tags.len() > TAGS_MAX {
        return Err(Refusal::TooManyTags);
    }
    match tags.get(NETWORK_TAG) {
        Some(value) if value != NO_NETWORK => Err(Refusal::NetworkTag {
            value: value.clone(),
        }),
        Some(_) | None => Ok(()),
    }
}

impl Function {
    /// Adds tags; a key that exists gets the new value.
    pub fn tag(&self, tags: &BTreeMap<String, String>) -> Result<Self, Refusal> {
        if tags.is_empty() {
            return Err(Refusal::NoTags);
        }
        let mut next = self.clone();
        next.tags
            .extend(tags.iter().map(|(key, value)| (key.clone(), value.clone())));
        check(&next.tags)?;
        Ok(next)
    }

    /// Removes tags; a key that does not exist is no error.
    #[must_use]
    pub fn untag(&self, keys: &[String]) -> Self {
        let mut next = self.clone();
        next.tags.retain(|key, _| !keys.contains(key));
        next
    }
}
