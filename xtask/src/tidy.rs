//! `cargo xtask tidy`: checks what the compiler and clippy cannot.

mod edges;
mod paths;
mod sources;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::{report, run};

/// Something that is not as it should be, and where.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: PathBuf,
    /// Counted from one.
    line: usize,
    text: String,
}

impl Finding {
    fn new(path: &Path, line: usize, text: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            text: text.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.text)
    }
}

pub(crate) fn run() -> Result<()> {
    let mut findings = edges::check()?;
    findings.extend(paths::check(run::root())?);
    let read = sources::check(run::root(), &mut findings)?;
    for finding in &findings {
        report::bad(&finding.to_string());
    }
    if !findings.is_empty() {
        bail!(
            "{} of the rules of ARCHITECTURE.md and STYLE.md are broken",
            findings.len()
        );
    }
    report::good(&format!(
        "{read} source files, the crates' edges and the named paths are in order"
    ));
    Ok(())
}
