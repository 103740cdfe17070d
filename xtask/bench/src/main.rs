//! `cargo xtask bench`: what the server costs, next to the least that any server costs.
//!
//! ```text
//! echo          client ──▶ hyper ──▶ client
//! three-party   client ──▶ hyper ──▶ runtime's long poll ──▶ hyper ──▶ client
//! invoked       the same and everything that the product is, on the same runtime program
//! ```
//!
//! The floors are measured in the same rounds as the product, because only ratios inside one run mean
//! anything. Everything runs on this machine, on loopback, for a bounded time, and ends by itself.
#![expect(
    clippy::print_stdout,
    reason = "a program for people to run, whose output is the result"
)]

mod cold;
mod command;
mod figures;
mod floor;
mod functions;
mod idle;
mod load;
mod process;
mod product;
mod queue;
mod report;
mod warm;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};
use serde::Serialize;

/// Measures the server next to the least that any server costs.
#[derive(Debug, Parser)]
struct Arguments {
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
    /// Measure for a tenth of the time, to see that it works
    #[arg(long)]
    quick: bool,
    /// Measure this alone
    #[arg(long, value_enum)]
    only: Option<Only>,
    /// An interpreter of Python that has AWS's runtime client, for a floor with that
    #[arg(long, value_name = "PYTHON")]
    awslambdaric: Option<PathBuf>,
    #[command(subcommand)]
    part: Option<Part>,
}

/// A part of the measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Only {
    /// Warm invocations.
    Warm,
    /// Starts of the server and of functions.
    Cold,
    /// The queue of events.
    Queue,
}

/// What the program does in the processes that it starts of itself.
#[derive(Debug, Subcommand)]
enum Part {
    #[command(hide = true)]
    Floor { kind: floor::Kind },
    #[command(hide = true)]
    KeepAwake,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    match arguments.part {
        Some(Part::Floor { kind }) => floor::serve(kind),
        Some(Part::KeepAwake) => process::spin(),
        None => measure(&arguments),
    }
}

fn measure(arguments: &Arguments) -> Result<()> {
    // One thread: the client should take as little of the machine as it can.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let (quick, aloud) = (arguments.quick, !arguments.json);
    let python = arguments.awslambdaric.as_deref();
    match arguments.only {
        Some(Only::Queue) => {
            let figures = runtime.block_on(figures::gather_queue(quick))?;
            show(arguments, &figures, report::print_queue)
        }
        Some(Only::Cold) => {
            let figures = runtime.block_on(figures::gather_cold(quick, aloud))?;
            show(arguments, &figures, report::print_cold)
        }
        Some(Only::Warm) => {
            let figures = runtime.block_on(figures::gather_warm(quick, aloud, python))?;
            show(arguments, &figures, report::print_warm)
        }
        None => {
            let figures = runtime.block_on(figures::gather(quick, aloud, python))?;
            show(arguments, &figures, report::print)
        }
    }
}

fn show<F: Serialize>(arguments: &Arguments, figures: &F, print: impl FnOnce(&F)) -> Result<()> {
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(figures)?);
    } else {
        print(figures);
    }
    Ok(())
}

/// The folder of the release build, in which this program is.
fn binaries() -> Result<PathBuf> {
    let mut path = std::env::current_exe()?;
    path.pop();
    Ok(path)
}
