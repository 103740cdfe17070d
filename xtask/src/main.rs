//! The project's own commands: `cargo xtask COMMAND`.
//!
//! One module per command. Nothing here is part of the product; everything here runs the same on
//! a developer's machine and in CI.
#![expect(
    clippy::disallowed_methods,
    reason = "commands run by people time themselves and read their environment; no test pauses them"
)]

mod bench;
mod ci;
mod codegen;
mod demo;
mod report;
mod run;
mod setup;
mod test;
mod tidy;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything that CI runs
    Ci,
    /// Write the model crate's tables and docs/operations.md from models/
    Codegen(codegen::Options),
    /// Install what is missing, start a server, and show what it does
    Demo,
    /// Measure the release build next to the least that any server costs
    Bench(bench::Options),
    /// Install what the tests and Java functions need
    Setup(setup::Options),
    /// Install what the tests need, and run all of them
    Test(test::Options),
    /// Check what the compiler and clippy cannot
    Tidy,
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Ci => ci::run(),
        Command::Codegen(options) => codegen::run(&options),
        Command::Demo => demo::run(),
        Command::Bench(options) => bench::run(&options),
        Command::Setup(options) => setup::run(&options),
        Command::Test(options) => test::run(&options),
        Command::Tidy => tidy::run(),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::bad(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }
}
