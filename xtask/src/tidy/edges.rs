//! The crates' edges: `edges.toml` against what cargo knows.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use cargo_metadata::{DependencyKind, MetadataCommand};
use serde::Deserialize;

use super::Finding;
use crate::run;

const FILE: &str = "edges.toml";

/// Names of crates, by the crate that they are about.
type Names = BTreeMap<String, BTreeSet<String>>;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Rules {
    edges: Names,
    may_not_know: Names,
}

pub(super) fn check() -> Result<Vec<Finding>> {
    let path = run::root().join(FILE);
    let text = fs::read_to_string(&path).with_context(|| format!("read {}", path.display()))?;
    let rules: Rules = toml::from_str(&text).with_context(|| format!("read {}", path.display()))?;
    let dependencies = dependencies()?;
    Ok(compare(&rules, &dependencies))
}

/// The direct dependencies of every crate of the workspace, without those of its tests.
fn dependencies() -> Result<Names> {
    let metadata = MetadataCommand::new()
        .current_dir(run::root())
        .no_deps()
        .exec()
        .context("ask cargo for the workspace's crates")?;
    let of = |package: &cargo_metadata::Package| {
        let names = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development)
            .map(|dependency| dependency.name.clone());
        (package.name.to_string(), names.collect())
    };
    Ok(metadata.workspace_packages().into_iter().map(of).collect())
}

fn compare(rules: &Rules, dependencies: &Names) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut find = |text: String| findings.push(Finding::new(Path::new(FILE), 1, text));
    for (name, uses) in dependencies {
        let Some(allowed) = rules.edges.get(name) else {
            find(format!(
                "`{name}` is not listed: say which crates it may depend on"
            ));
            continue;
        };
        for other in uses
            .iter()
            .filter(|other| dependencies.contains_key(*other))
        {
            if !allowed.contains(other) {
                find(format!(
                    "`{name}` depends on `{other}`, which is no edge of ARCHITECTURE.md"
                ));
            }
        }
        let unknowable = rules.may_not_know.get(name).into_iter().flatten();
        for package in unknowable.filter(|package| uses.contains(*package)) {
            find(format!(
                "`{name}` depends on `{package}`, which it may not know"
            ));
        }
    }
    for name in rules
        .edges
        .keys()
        .filter(|name| !dependencies.contains_key(*name))
    {
        find(format!("`{name}` is listed and does not exist"));
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules() -> Rules {
        toml::from_str(
            "[edges]\ndomain = []\nstore = ['domain']\n[may-not-know]\ndomain = ['tokio']\nstore = []",
        )
        .unwrap()
    }

    fn workspace(crates: &[(&str, &[&str])]) -> Names {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        crates
            .iter()
            .map(|(name, uses)| ((*name).to_owned(), owned(uses)))
            .collect()
    }

    fn texts(crates: &[(&str, &[&str])]) -> Vec<String> {
        let findings = compare(&rules(), &workspace(crates));
        findings.into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn the_listed_edges_are_allowed() {
        assert_eq!(
            texts(&[("domain", &["serde"]), ("store", &["domain", "tokio"])]),
            [""; 0]
        );
    }

    #[test]
    fn an_edge_that_is_not_listed_is_found() {
        assert_eq!(
            texts(&[("domain", &["store"]), ("store", &[])]),
            ["`domain` depends on `store`, which is no edge of ARCHITECTURE.md"]
        );
    }

    #[test]
    fn a_package_that_a_crate_may_not_know_is_found() {
        assert_eq!(
            texts(&[("domain", &["tokio"]), ("store", &[])]),
            ["`domain` depends on `tokio`, which it may not know"]
        );
    }

    #[test]
    fn the_list_and_the_workspace_have_the_same_crates() {
        assert_eq!(
            texts(&[("domain", &[]), ("utils", &[])]),
            [
                "`utils` is not listed: say which crates it may depend on",
                "`store` is listed and does not exist",
            ]
        );
    }
}
