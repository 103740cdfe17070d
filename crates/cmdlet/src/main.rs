//! `Invoke-LMFunction`: calls the Lambda Invoke API as the AWS Tools for PowerShell do.
//!
//! The modules are listed in the order a run meets them: the command line is bound to the table of
//! parameters, the records of standard input are laid over it, target, consent, selection and values are
//! found for each, the call is made, and what is selected of the answer is written. Standard output
//! carries that alone; all else is standard error. How a run ends is decided here and nowhere else.

use std::process::ExitCode;

use crate::binder::bind;
use crate::failure::Failure;
use crate::messages::Messages;
use crate::pipeline::Records;
use crate::select::Select;
use crate::settings::Settings;

mod process;

mod completions;
mod help;
mod man;
mod manual;

mod options;
mod parameters;

mod binder;
mod messages;
mod settings;

mod pipeline;
mod session;

mod consent;
mod select;
mod target;
mod terminal;
mod values;

mod connection;
mod line;
mod progress;
mod request;
mod service_error;
mod wait;

mod output;

mod failure;

fn main() -> ExitCode {
    let mut messages = Messages::of_process();
    let outcome = process::arguments()
        .map_err(Failure::from)
        .and_then(|tokens| run(&tokens, &mut messages));
    ExitCode::from(outcome.unwrap_or_else(|failure| {
        messages.error(&failure);
        failure.exit_status()
    }))
}

/// Does what the command line asks and gives the exit status.
fn run(tokens: &[String], messages: &mut Messages) -> Result<u8, Failure> {
    if let Some(words) = completions::requested(tokens) {
        return print(&completions::candidates(words));
    }
    if let Some(page) = help::requested(tokens)? {
        return print(&help::text(page));
    }
    let bound = bind(tokens)?;
    if bound.option("--version").is_some() {
        return print(concat!(
            "Invoke-LMFunction ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        ));
    }
    if bound.option("--man").is_some() {
        return print(&man::page());
    }
    if let Some(shell) = bound.option("--completions") {
        return print(completions::script(shell));
    }
    let bound = bound.checked()?;
    *messages = messages.preferring(&bound)?;
    let settings = Settings::from_bound(&bound)?;
    // Found here, before a record is read or anybody is asked.
    Select::from_bound(&bound)?;
    let records = Records::of(bound)?;
    until_interrupted(records, settings, *messages)
}

fn until_interrupted(
    records: Records,
    settings: Settings,
    messages: Messages,
) -> Result<u8, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::Runtime)?;
    let handle = runtime.handle().clone();
    let outcome = runtime.block_on(async {
        let work =
            tokio::task::spawn_blocking(move || session::run(records, settings, messages, handle));
        tokio::select! {
            outcome = work => outcome.unwrap_or_else(|error| Err(Failure::Runtime(error.into()))),
            () = interrupt() => Err(Failure::Interrupted),
        }
    });
    progress::erase();
    terminal::give_back();
    // The run may still wait for a pipe or a terminal. It ends with the process, and must not see its
    // runtime end before.
    std::mem::forget(runtime);
    outcome
}

async fn interrupt() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler the system's own way of ending the process is in force.
        std::future::pending::<()>().await;
    }
}

fn print(text: &str) -> Result<u8, Failure> {
    output::write_out(text.as_bytes())
        .map(|_reader| 0)
        .map_err(Failure::Output)
}
