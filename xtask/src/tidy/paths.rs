//! The paths that ARCHITECTURE.md names in its drawing of the workspace.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::Finding;

const FILE: &str = "ARCHITECTURE.md";

/// A path that the drawing names.
#[derive(Debug, PartialEq, Eq)]
struct Named {
    line: usize,
    path: String,
}

pub(super) fn check(root: &Path) -> Result<Vec<Finding>> {
    let text = fs::read_to_string(root.join(FILE)).with_context(|| format!("read {FILE}"))?;
    let missing = named(&text)
        .into_iter()
        .filter(|named| !root.join(&named.path).exists());
    Ok(missing
        .map(|named| {
            let text = format!(
                "`{}` does not exist; make it, or mark it \"(later)\"",
                named.path
            );
            Finding::new(Path::new(FILE), named.line, text)
        })
        .collect())
}

/// Every path of the first fenced block, except those that are marked as later.
///
/// A line names its paths before two spaces and describes them after. An indented line is about
/// what the last line that was not indented names. A description may name paths inside, too.
fn named(text: &str) -> Vec<Named> {
    let lines = text
        .lines()
        .enumerate()
        .skip_while(|(_, line)| *line != "```")
        .skip(1);
    let mut folder = String::new();
    let mut found = Vec::new();
    for (index, line) in lines.take_while(|(_, line)| *line != "```") {
        if line.contains("(later") {
            continue;
        }
        let (names, description) = line
            .trim_start()
            .split_once("  ")
            .unwrap_or((line.trim_start(), ""));
        let indented = line.starts_with(' ');
        let within = if indented {
            folder.clone()
        } else {
            String::new()
        };
        let mut find = |path: String| {
            found.push(Named {
                line: index + 1,
                path,
            });
        };
        for name in names.split(' ') {
            find(format!("{within}{name}"));
        }
        if !indented && names.ends_with('/') {
            names.clone_into(&mut folder);
            for name in description.split([' ', ',']).filter(|word| is_path(word)) {
                find(format!("{folder}{name}"));
            }
        }
    }
    found
}

fn is_path(word: &str) -> bool {
    let is_page = Path::new(word)
        .extension()
        .is_some_and(|extension| extension == "md");
    word.len() > 1 && (word.ends_with('/') || is_page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_drawing_names_files_folders_and_what_is_inside() {
        let text = "# x\n\n```\nA.md B.md\ncrates/\n  model/      the contract\n  nats/       (later; room)\n\
                    runtimes/   our clients: python/, nodejs/ (embedded)\nconsole/    (later)\n```\n`no/`\n";

        let paths: Vec<(usize, String)> = named(text)
            .into_iter()
            .map(|named| (named.line, named.path))
            .collect();

        let expected = [
            (4, "A.md"),
            (4, "B.md"),
            (5, "crates/"),
            (6, "crates/model/"),
            (8, "runtimes/"),
            (8, "runtimes/python/"),
            (8, "runtimes/nodejs/"),
        ];
        assert_eq!(paths, expected.map(|(line, path)| (line, path.to_owned())));
    }
}
