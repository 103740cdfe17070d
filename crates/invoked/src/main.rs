//! The server binary: `serve` puts the parts together, the other commands are for its operator.
//!
//! Nothing is decided here about any function. This is also the only place that reads the
//! environment, names an engine and names a sandbox.

mod admin;
mod cli;
mod clock;
mod config;
mod doctor;
mod endpoint;
mod host_memory;
mod logging;
mod open_files;
mod outside;
mod serve;

use std::io::{self, Write as _};
use std::process::ExitCode;

use anyhow::Result;
use clap::ArgMatches;
use clap_complete::Shell;

use cli::Output;
use config::{Config, process_environment, settings};
use endpoint::Endpoint;

fn main() -> ExitCode {
    // In the process that makes sandboxes, this never returns.
    sandbox::run_spawner_if_asked();
    match run(&cli::command().get_matches()) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("invoked: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(matches: &ArgMatches) -> Result<ExitCode> {
    match matches.subcommand() {
        Some(("serve", matches)) => {
            let config = Config::read(matches, &process_environment)?;
            serve::serve(config, Output::of(matches))?;
        }
        Some(("env", matches)) => {
            let config = Config::read(matches, &process_environment)?;
            let endpoint = Endpoint::of_running(&config.data_dir)?;
            match Output::of(matches) {
                Output::Text => print(&endpoint.to_shell(""))?,
                Output::Json => print(&format!("{}\n", endpoint.to_env_json()))?,
            }
        }
        Some(("doctor", matches)) => {
            let config = Config::read(matches, &process_environment)?;
            return doctor::run(&config, Output::of(matches));
        }
        Some((group @ ("events" | "clock" | "faults"), matches)) => {
            return admin::run(group, matches);
        }
        Some(("settings", _)) => print(&settings::reference())?,
        Some(("completions", matches)) => {
            if let Some(shell) = matches.get_one::<Shell>(cli::SHELL) {
                let mut script = Vec::new();
                clap_complete::generate(*shell, &mut cli::command(), "invoked", &mut script);
                io::stdout().write_all(&script)?;
            }
        }
        // clap lets nothing else through.
        _ => return Ok(ExitCode::FAILURE),
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes to standard output at once, also into a pipe.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}
