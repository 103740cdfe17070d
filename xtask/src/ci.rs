//! `cargo xtask ci`: exactly what CI runs, in the order that fails soonest.

use std::time::Instant;

use anyhow::{Context as _, Result};

use crate::{demo, report, run, test, tidy};

/// A check, by the name a person would call it.
type Step = (&'static str, fn() -> Result<()>);

const STEPS: &[Step] = &[
    ("tidy", tidy::run),
    ("format", format),
    ("generated code", generated_code),
    ("clippy", clippy),
    ("documentation", documentation),
    ("dependencies", dependencies),
    ("tests", all_tests),
    ("demo", demo::run),
];

pub(crate) fn run() -> Result<()> {
    let mut summary = Vec::new();
    for (name, step) in STEPS {
        report::title(name);
        let began = Instant::now();
        step().with_context(|| format!("`{name}` failed"))?;
        summary.push(format!(
            "{name:<16}{:>6.0} s",
            began.elapsed().as_secs_f64()
        ));
    }
    report::title("everything passed");
    for line in summary {
        report::good(&line);
    }
    Ok(())
}

fn format() -> Result<()> {
    run::succeed(&mut run::cargo(&["fmt", "--all", "--check"]))
}

/// In a process of its own, as a person would call it.
fn generated_code() -> Result<()> {
    let ourselves = std::env::current_exe().context("find the running program")?;
    run::succeed(&mut run::command(ourselves, &["codegen", "--check"]))
}

fn clippy() -> Result<()> {
    run::succeed(&mut run::cargo(&[
        "clippy",
        "--locked",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

fn documentation() -> Result<()> {
    let arguments = ["doc", "--locked", "--no-deps", "--workspace"];
    run::succeed(run::cargo(&arguments).env("RUSTDOCFLAGS", "-D warnings"))
}

/// Licences, bans and sources. Advisories need a network and a moment in time, so they are not here.
fn dependencies() -> Result<()> {
    if !run::works("cargo-deny", &["--version"]) {
        report::note("cargo-deny is not installed, so licences, bans and sources are not checked;");
        report::note("`cargo install --locked cargo-deny` installs it");
        return Ok(());
    }
    run::succeed(&mut run::cargo(&[
        "deny", "check", "licenses", "bans", "sources",
    ]))
}

fn all_tests() -> Result<()> {
    test::run(&test::Options::default())
}
