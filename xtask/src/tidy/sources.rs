//! The source files: a description at the head of each, sizes, words that may not stay, and
//! where the constants that clients can observe come from.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::Finding;

const FOLDERS: &[&str] = &["crates", "runtimes", "tests", "xtask"];

/// Lines of a file, not counting its tests.
const LINES_MAX: usize = 600;
const GENERATED_LINES_MAX: usize = 1_500;

/// Words that may not stay in any source file. Put together here, so that this file may.
const WORDS: &[&str] = &[
    concat!("FIX", "ME"),
    concat!("TO", "DO"),
    concat!("dbg", "!("),
];

const LIMITS: &str = "crates/domain/src/limits.rs";
const SOURCES: &[&str] = &["model:", "docs:", "observed:"];

/// Checks every source file below the folders. Returns how many there are.
pub(super) fn check(root: &Path, findings: &mut Vec<Finding>) -> Result<usize> {
    let mut files = Vec::new();
    for folder in FOLDERS {
        collect(&root.join(folder), &mut files)?;
    }
    files.sort();
    for file in &files {
        let bytes = fs::read(file).with_context(|| format!("read {}", file.display()))?;
        // Functions that the tests deploy may be broken on purpose.
        let text = String::from_utf8_lossy(&bytes);
        let path = file.strip_prefix(root).unwrap_or(file);
        findings.extend(check_file(path, &text));
    }
    Ok(files.len())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("read {}", folder.display())),
    };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !matches!(&*name, "target" | "node_modules" | "__pycache__") {
                collect(&path, files)?;
            }
        } else if is_source(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_source(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default();
    ["rs", "py", "js", "mjs", "cjs", "sh"]
        .iter()
        .any(|known| extension == *known)
}

fn check_file(path: &Path, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in text.lines().enumerate() {
        for word in WORDS.iter().filter(|word| line.contains(*word)) {
            findings.push(Finding::new(
                path,
                index + 1,
                format!("`{word}` may not stay"),
            ));
        }
    }
    if path.extension().is_some_and(|extension| extension == "rs") {
        findings.extend(description(path, text));
        findings.extend(size(path, text));
        findings.extend(unexplained_expectations(path, text));
    }
    if path == Path::new(LIMITS) {
        findings.extend(constants_without_a_source(path, text));
    }
    findings
}

fn description(path: &Path, text: &str) -> Option<Finding> {
    let missing = "the file does not open with `//!`: say what it is for";
    let first = text.lines().find(|line| !line.starts_with("#!["));
    let described = first.is_some_and(|line| line.starts_with("//!"));
    (!described).then(|| Finding::new(path, 1, missing))
}

fn size(path: &Path, text: &str) -> Option<Finding> {
    let is_test = path
        .components()
        .any(|part| matches!(part.as_os_str().to_str(), Some("tests" | "tests.rs")));
    if is_test {
        return None;
    }
    let generated = path
        .components()
        .any(|part| part.as_os_str() == "generated");
    let most = if generated {
        GENERATED_LINES_MAX
    } else {
        LINES_MAX
    };
    let lines = lines_without_tests(text);
    (lines > most).then(|| {
        let text = format!(
            "{lines} lines without its tests, of at most {most}: find the two files inside"
        );
        Finding::new(path, 1, text)
    })
}

/// Counts up to a module of tests that is written out in the file, which always comes last.
fn lines_without_tests(text: &str) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    lines
        .windows(2)
        .position(|pair| matches!(pair, ["#[cfg(test)]", module] if module.starts_with("mod ") && module.ends_with('{')))
        .unwrap_or(lines.len())
}

/// Attributes that silence a lint without a word why.
fn unexplained_expectations(path: &Path, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let opening = concat!("[exp", "ect(");
    for (at, _) in text.match_indices(opening) {
        let (before, rest) = text.split_at(at);
        let attribute = rest
            .split_once(")]")
            .map_or(rest, |(attribute, _)| attribute);
        if before.ends_with(['#', '!']) && !attribute.contains("reason =") {
            let line = before.lines().count().max(1);
            findings.push(Finding::new(
                path,
                line,
                "the expectation gives no `reason`",
            ));
        }
    }
    findings
}

/// Constants of a file of limits whose documentation names no source.
fn constants_without_a_source(path: &Path, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut documentation = String::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(text) = line.strip_prefix("///") {
            documentation.push_str(text);
        } else if line.starts_with("pub const ") {
            if !SOURCES.iter().any(|source| documentation.contains(source)) {
                let text = format!("the constant names no source: one of {}", SOURCES.join(" "));
                findings.push(Finding::new(path, index + 1, text));
            }
            documentation.clear();
        } else {
            documentation.clear();
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(path: &str, text: &str) -> Vec<(usize, String)> {
        let findings = check_file(Path::new(path), text);
        findings
            .into_iter()
            .map(|finding| (finding.line, finding.text))
            .collect()
    }

    #[test]
    fn a_file_opens_with_what_it_is_for() {
        assert_eq!(texts("a.rs", "//! Adds.\n"), []);
        assert_eq!(texts("a.rs", "#![no_std]\n//! Adds.\n"), []);
        assert_eq!(texts("a.rs", "use std::fs;\n").first().unwrap().0, 1);
    }

    #[test]
    fn a_long_file_is_refused_and_its_tests_do_not_count() {
        let line = "const A: u8 = 1;\n";
        let head = "//! Adds.\n".to_owned();
        let tests = "#[cfg(test)]\nmod tests {\n".to_owned() + &line.repeat(700) + "}\n";

        assert_eq!(
            texts("a.rs", &(head.clone() + &line.repeat(500) + &tests)),
            []
        );
        assert_eq!(texts("a.rs", &(head.clone() + &line.repeat(600))).len(), 1);
        assert_eq!(
            texts("generated/a.rs", &(head.clone() + &line.repeat(1_400))),
            []
        );
        assert_eq!(texts("a/tests.rs", &(head + &line.repeat(2_000))), []);
    }

    #[test]
    fn words_that_may_not_stay_are_found_in_every_language() {
        let word = WORDS[0];

        assert_eq!(
            texts("a.py", &format!("pass\n# {word}\n")),
            [(2, format!("`{word}` may not stay"))]
        );
    }

    #[test]
    fn an_expectation_says_why() {
        let open = concat!("#[exp", "ect(");

        assert_eq!(
            texts(
                "a.rs",
                &format!("//! A.\n{open}dead_code, reason = \"b\")]\n")
            ),
            []
        );
        assert_eq!(
            texts("a.rs", &format!("//! A.\n\n{open}dead_code)]\n"))
                .first()
                .unwrap()
                .0,
            3
        );
    }

    #[test]
    fn a_limit_names_its_source() {
        let good = "//! A.\n/// docs: a page.\npub const A: u8 = 1;\n";
        let bad = "//! A.\n/// docs: a page.\n\n/// Ours.\npub const A: u8 = 1;\n";

        assert_eq!(texts(LIMITS, good), []);
        assert_eq!(texts(LIMITS, bad).first().unwrap().0, 5);
    }
}
