//! `cargo xtask codegen`: the `model` crate's tables and types, and docs/operations.md, from models/.
//!
//! Pure from input to text (`generate`), so that `--check` can compare without writing. The same input gives
//! the same bytes on every machine: everything is sorted, nothing depends on a hash or a clock.

mod docs;
mod errors;
mod facts;
mod names;
mod operations;
mod overlay;
mod patterns;
mod reach;
mod rules;
mod source;
mod structures;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use self::facts::Facts;
use self::overlay::Overlay;
use self::reach::Reach;

const FACTS: &str = "models/lambda-2015-03-31.json";
const OVERLAY: &str = "models/overlay.toml";
const GENERATED: &str = "crates/model/src/generated";
const OPERATIONS_PAGE: &str = "docs/operations.md";
/// ARCHITECTURE.md section 5: no generated file is longer.
const LINES_MAX: usize = 1_500;

#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Write nothing; fail when a file is not what codegen would write.
    #[arg(long)]
    check: bool,
}

/// What the generators work from.
struct Contract {
    facts: Facts,
    overlay: Overlay,
    reach: Reach,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask has no parent directory")?;
    let files = generate(&read_contract(root)?)?;
    if options.check {
        check(root, &files)
    } else {
        write(root, &files)
    }
}

fn read_contract(root: &Path) -> anyhow::Result<Contract> {
    let read =
        |name: &str| fs::read_to_string(root.join(name)).with_context(|| format!("read {name}"));
    let facts: Facts =
        serde_json::from_str(&read(FACTS)?).with_context(|| format!("understand {FACTS}"))?;
    let overlay: Overlay =
        toml::from_str(&read(OVERLAY)?).with_context(|| format!("understand {OVERLAY}"))?;
    overlay
        .check(&facts)
        .with_context(|| format!("{OVERLAY} does not fit {FACTS}"))?;
    let reach = Reach::of(&facts, &overlay)?;
    Ok(Contract {
        facts,
        overlay,
        reach,
    })
}

/// Every generated file's text, by its path from the repository's root.
fn generate(contract: &Contract) -> anyhow::Result<BTreeMap<PathBuf, String>> {
    let mut sources = structures::files(contract)?;
    sources.insert("error".to_owned(), errors::file(contract)?);
    sources.insert("header".to_owned(), operations::header_file(contract)?);
    sources.insert(
        "operation".to_owned(),
        operations::operation_file(contract)?,
    );
    sources.insert("pattern".to_owned(), patterns::file(contract)?);
    sources.insert("route".to_owned(), operations::route_file(contract)?);
    sources.insert("rule".to_owned(), rules::file(contract)?);
    sources.insert("values".to_owned(), rules::values_file(contract)?);
    sources.insert(
        "mod".to_owned(),
        source::module_file(contract, sources.keys())?,
    );
    let mut files = BTreeMap::new();
    for (module, text) in sources {
        let lines = text.lines().count();
        if lines > LINES_MAX {
            bail!(
                "the generated module `{module}` has {lines} lines, more than {LINES_MAX}: split its group"
            );
        }
        files.insert(Path::new(GENERATED).join(format!("{module}.rs")), text);
    }
    files.insert(PathBuf::from(OPERATIONS_PAGE), docs::page(contract));
    Ok(files)
}

fn write(root: &Path, files: &BTreeMap<PathBuf, String>) -> anyhow::Result<()> {
    fs::create_dir_all(root.join(GENERATED)).with_context(|| format!("create {GENERATED}"))?;
    for stale in present(root)?.difference(&files.keys().cloned().collect()) {
        fs::remove_file(root.join(stale)).with_context(|| format!("remove {}", stale.display()))?;
    }
    for (path, text) in files {
        // An unchanged file keeps its time stamp, so cargo need not build `model` again.
        if fs::read_to_string(root.join(path)).is_ok_and(|present| present == *text) {
            continue;
        }
        fs::write(root.join(path), text).with_context(|| format!("write {}", path.display()))?;
    }
    Ok(())
}

fn check(root: &Path, files: &BTreeMap<PathBuf, String>) -> anyhow::Result<()> {
    let mut differences = Vec::new();
    for stale in present(root)?.difference(&files.keys().cloned().collect()) {
        differences.push(format!(
            "{}: codegen does not write this file",
            stale.display()
        ));
    }
    for (path, text) in files {
        match fs::read_to_string(root.join(path)) {
            Ok(present) if present == *text => {}
            Ok(present) => differences.push(first_difference(path, &present, text)),
            Err(error) => differences.push(format!("{}: {error}", path.display())),
        }
    }
    if !differences.is_empty() {
        bail!(
            "generated files are not what models/ says; run `cargo xtask codegen` and commit the result:\n  {}",
            differences.join("\n  ")
        );
    }
    Ok(())
}

/// The files that stand where generated files stand.
fn present(root: &Path) -> anyhow::Result<BTreeSet<PathBuf>> {
    let mut present = BTreeSet::new();
    let directory = root.join(GENERATED);
    if !directory.exists() {
        return Ok(present);
    }
    for entry in fs::read_dir(directory).with_context(|| format!("list {GENERATED}"))? {
        present.insert(Path::new(GENERATED).join(entry?.file_name()));
    }
    Ok(present)
}

fn first_difference(path: &Path, present: &str, expected: &str) -> String {
    let mut lines = present.lines().zip(expected.lines()).enumerate();
    match lines.find(|(_, (present, expected))| present != expected) {
        Some((index, (present, expected))) => format!(
            "{}:{}: is `{}`, codegen writes `{}`",
            path.display(),
            index + 1,
            present.trim(),
            expected.trim()
        ),
        None => format!("{}: its length differs", path.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_model_gives_the_same_files() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();

        let once = generate(&read_contract(root).unwrap()).unwrap();
        let again = generate(&read_contract(root).unwrap()).unwrap();

        assert_eq!(once, again);
    }

    #[test]
    fn a_changed_file_is_reported_with_its_first_different_line() {
        let text = first_difference(Path::new("a.rs"), "one\ntwo\n", "one\n  2\n");

        assert_eq!(text, "a.rs:2: is `two`, codegen writes `2`");
    }
}
