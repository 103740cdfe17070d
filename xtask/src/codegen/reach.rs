//! Which shapes requests and answers are made of, and in which generated file each structure stands.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::{Facts, Kind};
use super::overlay::Overlay;

/// Structures that more than one group uses.
pub(super) const SHARED: &str = "shared";

pub(super) struct Reach {
    /// Shapes a request may hold.
    pub(super) inputs: BTreeSet<String>,
    /// Shapes an answer may hold.
    pub(super) outputs: BTreeSet<String>,
    /// The module of each structure.
    pub(super) modules: BTreeMap<String, String>,
}

impl Reach {
    pub(super) fn of(facts: &Facts, overlay: &Overlay) -> anyhow::Result<Self> {
        let mut inputs = BTreeSet::new();
        let mut outputs = BTreeSet::new();
        let mut modules: BTreeMap<String, String> = BTreeMap::new();
        for (name, operation) in &facts.operations {
            let (group, _) = overlay.group_of(name)?;
            let mut reached = BTreeSet::new();
            walk(facts, &operation.input, &mut reached)?;
            inputs.extend(reached.iter().cloned());
            if let Some(output) = &operation.output {
                let mut answered = BTreeSet::new();
                walk(facts, output, &mut answered)?;
                outputs.extend(answered.iter().cloned());
                reached.append(&mut answered);
            }
            for shape in reached {
                if facts.shape(&shape)?.kind != Kind::Structure {
                    continue;
                }
                let module = modules.entry(shape).or_insert_with(|| group.to_owned());
                if module != group {
                    SHARED.clone_into(module);
                }
            }
        }
        Ok(Self {
            inputs,
            outputs,
            modules,
        })
    }
}

fn walk(facts: &Facts, name: &str, reached: &mut BTreeSet<String>) -> anyhow::Result<()> {
    if !reached.insert(name.to_owned()) {
        return Ok(());
    }
    for part in facts.shape(name)?.parts() {
        walk(facts, part, reached)?;
    }
    Ok(())
}
