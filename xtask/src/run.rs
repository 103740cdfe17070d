//! Running other programs, in the repository's root, with their output where people see it.

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::report;

/// The repository's root, wherever the command was called.
pub(crate) fn root() -> &'static Path {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest)
}

/// Where builds, virtual environments and reports go: `target/`, unless cargo was told otherwise.
pub(crate) fn target_dir() -> PathBuf {
    let chosen =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    root().join(chosen)
}

/// A command that will run in the repository's root.
pub(crate) fn command(program: impl AsRef<OsStr>, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// The cargo that runs us, so that one toolchain builds everything.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    command(cargo, arguments)
}

/// Runs a command to its end, showing what it prints.
pub(crate) fn succeed(command: &mut Command) -> Result<()> {
    report::command(command);
    let status = command
        .status()
        .with_context(|| format!("start {}", name(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", name(command));
    }
    Ok(())
}

/// Runs a command to its end, showing what it prints and handing each line of its standard output
/// to `each_line`. Returns whether it succeeded.
pub(crate) fn watch(command: &mut Command, mut each_line: impl FnMut(&str)) -> Result<bool> {
    report::command(command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("start {}", name(command)))?;
    if let Some(stdout) = child.stdout.take() {
        for line in BufReader::new(stdout).lines() {
            let line = line.with_context(|| format!("read what {} prints", name(command)))?;
            report::line(&line);
            each_line(&line);
        }
    }
    Ok(child.wait()?.success())
}

/// Whether a command can be run and succeeds, showing nothing.
pub(crate) fn works(program: impl AsRef<OsStr>, arguments: &[&str]) -> bool {
    command(program, arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn name(command: &Command) -> String {
    command.get_program().to_string_lossy().into_owned()
}
