//! models/overlay.toml: what the model does not say.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context as _, bail, ensure};
use serde::Deserialize;

use super::facts::Facts;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Overlay {
    pub(super) groups: BTreeMap<String, Group>,
    pub(super) operations: Operations,
    pub(super) paths: Paths,
    pub(super) patterns: BTreeMap<String, Rewritten>,
    pub(super) constraints: Constraints,
    pub(super) enum_order: BTreeMap<String, Vec<String>>,
    pub(super) field_names: BTreeMap<String, String>,
    pub(super) errors: BTreeMap<String, FrontEndError>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Group {
    pub(super) title: String,
    pub(super) operations: Vec<String>,
    pub(super) not_served: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Operations {
    pub(super) served: BTreeSet<String>,
    pub(super) iam_actions: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Paths {
    pub(super) labels_with_slashes: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rewritten {
    pub(super) accept: String,
    pub(super) reject: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Constraints {
    /// `Structure$Member`
    pub(super) unchecked: BTreeSet<String>,
    pub(super) members_without_not_null: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FrontEndError {
    pub(super) status: u16,
    pub(super) message_key: String,
}

impl Overlay {
    /// Refuses names the model does not have, and operations in no group or in two.
    pub(super) fn check(&self, facts: &Facts) -> anyhow::Result<()> {
        let mut grouped = BTreeSet::new();
        for name in self.groups.values().flat_map(|group| &group.operations) {
            ensure!(grouped.insert(name), "operation `{name}` is in two groups");
        }
        if let Some(name) = facts.operations.keys().find(|name| !grouped.contains(name)) {
            bail!("operation `{name}` is in no group");
        }
        let operations = grouped.into_iter().chain(&self.operations.served);
        for name in operations.chain(self.operations.iam_actions.keys()) {
            ensure!(facts.operations.contains_key(name), "no operation `{name}`");
        }
        for name in self.patterns.keys() {
            ensure!(
                facts.shape(name)?.pattern.is_some(),
                "shape `{name}` has no pattern"
            );
        }
        for name in &self.constraints.members_without_not_null {
            ensure!(
                facts.shape(name)?.member.is_some(),
                "shape `{name}` is no list"
            );
        }
        for name in &self.constraints.unchecked {
            let (structure, member) = name.split_once('$').context("expected Structure$Member")?;
            let members = &facts.shape(structure)?.members.0;
            ensure!(
                members.iter().any(|(known, _)| known == member),
                "no member `{name}`"
            );
        }
        for (name, values) in &self.enum_order {
            let known: BTreeSet<_> = facts.shape(name)?.values.iter().flatten().collect();
            ensure!(
                known == values.iter().collect(),
                "enum `{name}` has other values in the model"
            );
        }
        for name in self.errors.keys() {
            ensure!(
                !facts.shapes.contains_key(name),
                "the model has error `{name}`"
            );
        }
        Ok(())
    }

    /// The group's key and the group of an operation.
    pub(super) fn group_of(&self, operation: &str) -> anyhow::Result<(&str, &Group)> {
        self.groups
            .iter()
            .find(|(_, group)| group.operations.iter().any(|name| name == operation))
            .map(|(key, group)| (key.as_str(), group))
            .with_context(|| format!("operation `{operation}` is in no group"))
    }

    pub(super) fn iam_action(&self, operation: &str) -> String {
        let action = self.operations.iam_actions.get(operation);
        format!("lambda:{}", action.map_or(operation, String::as_str))
    }

    pub(super) fn is_served(&self, operation: &str) -> bool {
        self.operations.served.contains(operation)
    }
}
