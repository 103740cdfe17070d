//! `cargo xtask test`: installs what the tests need, builds once, and runs all of them.

use std::fmt;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};

use crate::{report, run, setup};

#[derive(Debug, Default, Args)]
pub(crate) struct Options {
    /// Run one part only
    #[arg(long, value_enum, value_name = "PART")]
    only: Option<Part>,
    /// Handed to pytest, after `--`: `cargo xtask test --only e2e -- -k durable`
    #[arg(last = true, value_name = "PYTEST")]
    pytest: Vec<String>,
}

/// A part of the tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// The crates' own tests
    Rust,
    /// boto3, the AWS CLI and `Invoke-LMFunction` against a real server
    E2e,
    /// Our runtime clients against the ones that AWS publishes
    Runtimes,
}

/// How many tests of a part ended how.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
struct Count {
    passed: u32,
    failed: u32,
    skipped: u32,
}

/// What came of one part. It can fail without a failed test: when it does not compile, say.
struct Finished {
    name: &'static str,
    count: Count,
    succeeded: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let wants = |part| options.only.is_none_or(|only| only == part);
    report::title("what the tests need");
    let python = setup::for_tests()?;
    report::good("everything is there");
    build()?;
    let mut finished = Vec::new();
    if wants(Part::Rust) {
        report::title("the crates' own tests");
        finished.push(cargo_test()?);
    }
    for (part, name, folder) in [
        (Part::E2e, "end to end", "tests/e2e"),
        (Part::Runtimes, "runtime clients", "tests/runtimes"),
    ] {
        if wants(part) && run::root().join(folder).is_dir() {
            report::title(name);
            finished.push(pytest(name, folder, &python, &options.pytest)?);
        }
    }
    conclude(&finished)
}

/// Builds everything in one go, so that the binaries, the crates' tests and a developer's next
/// `cargo build` share their work.
pub(crate) fn build() -> Result<()> {
    report::title("build");
    run::succeed(&mut run::cargo(&[
        "build",
        "--locked",
        "--workspace",
        "--all-targets",
    ]))
}

fn cargo_test() -> Result<Finished> {
    let mut count = Count::default();
    let mut command = run::cargo(&["test", "--locked", "--workspace", "--no-fail-fast"]);
    let succeeded = run::watch(&mut command, |line| count.add(Count::of_libtest(line)))?;
    Ok(Finished {
        name: "rust",
        count,
        succeeded,
    })
}

fn pytest(name: &'static str, folder: &str, python: &Path, more: &[String]) -> Result<Finished> {
    let results = run::target_dir().join(format!("{}.xml", name.replace(' ', "-")));
    let mut command = run::command(python, &["-m", "pytest", "-c", "tests/pytest.ini", folder]);
    command
        .arg(format!("--junitxml={}", results.display()))
        .args(more)
        .env("INVOKED_BIN_DIR", run::target_dir().join("debug"))
        .env("INVOKED_TEST_NPM", run::target_dir().join("npm"))
        .env("INVOKED_TEST_JAVA", run::target_dir().join("java-client"))
        .env("PYTHONDONTWRITEBYTECODE", "1");
    let succeeded = status(&mut command)?;
    let text =
        fs::read_to_string(&results).with_context(|| format!("read {}", results.display()))?;
    let count = Count::of_junit(&text).with_context(|| format!("count {}", results.display()))?;
    Ok(Finished {
        name,
        count,
        succeeded,
    })
}

fn status(command: &mut Command) -> Result<bool> {
    report::command(command);
    Ok(command.status().context("start pytest")?.success())
}

/// Prints one line per part and the sum as the last line.
fn conclude(finished: &[Finished]) -> Result<()> {
    report::title("tests");
    let mut sum = Count::default();
    for part in finished {
        let line = format!("{:<16} {}", part.name, part.count);
        if part.succeeded {
            report::good(&line);
        } else {
            report::bad(&line);
        }
        sum.add(Some(part.count));
    }
    report::line("");
    report::line(&sum.to_string());
    let failed: Vec<&str> = finished
        .iter()
        .filter(|part| !part.succeeded)
        .map(|part| part.name)
        .collect();
    if !failed.is_empty() {
        bail!("failed: {}", failed.join(", "));
    }
    if sum.passed == 0 {
        bail!("no test was run");
    }
    Ok(())
}

impl Count {
    /// Reads `test result: ok. 12 passed; 0 failed; 1 ignored; …`.
    fn of_libtest(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let mut count = Self::default();
        for part in counts.split("; ") {
            let (number, what) = part.split_once(' ')?;
            match what {
                "passed" => count.passed = number.parse().ok()?,
                "failed" => count.failed = number.parse().ok()?,
                "ignored" => count.skipped = number.parse().ok()?,
                _ => {}
            }
        }
        Some(count)
    }

    /// Reads the attributes of the first `testsuite` of a `JUnit` report.
    fn of_junit(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once("<testsuite ")?;
        let (suite, _) = rest.split_once('>')?;
        let number = |name: &str| -> Option<u32> {
            let (_, rest) = suite.split_once(&format!("{name}=\""))?;
            rest.split_once('"')?.0.parse().ok()
        };
        let failed = number("failures")? + number("errors")?;
        let skipped = number("skipped")?;
        let passed = number("tests")?.saturating_sub(failed + skipped);
        Some(Self {
            passed,
            failed,
            skipped,
        })
    }

    fn add(&mut self, more: Option<Self>) {
        let more = more.unwrap_or_default();
        self.passed += more.passed;
        self.failed += more.failed;
        self.skipped += more.skipped;
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            failed,
            skipped,
        } = self;
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_of_a_crates_tests_is_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s";

        let count = Count {
            passed: 12,
            failed: 3,
            skipped: 1,
        };

        assert_eq!(Count::of_libtest(line), Some(count));
        assert_eq!(Count::of_libtest("running 12 tests"), None);
    }

    #[test]
    fn a_junit_report_is_counted() {
        let text = r#"<?xml version="1.0"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="0.1"><testcase/></testsuite></testsuites>"#;

        let count = Count {
            passed: 4,
            failed: 3,
            skipped: 3,
        };

        assert_eq!(Count::of_junit(text), Some(count));
    }

    #[test]
    fn the_sum_is_one_plain_line() {
        let count = Count {
            passed: 4,
            failed: 3,
            skipped: 2,
        };

        assert_eq!(count.to_string(), "4 passed, 3 failed, 2 skipped");
    }
}
