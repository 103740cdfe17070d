//! `Invoke-LMFunction`: calls the Lambda Invoke API as the AWS Tools for PowerShell do.
//!
//! The modules are listed in the order a run meets them: the command line is bound to the table of
//! parameters, the values, the selection and the target are read from it, the call is made, and what is
//! selected of the answer is written. Standard output carries that alone; all else is standard error.
//! How a run ends is decided here and nowhere else.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;

use anstyle::AnsiColor;

use crate::binder::{BindError, Bound, bind};
use crate::credentials::Target;
use crate::failure::{Failure, exit};
use crate::output::{Format, Paint, printable};
use crate::select::Select;
use crate::values::Invocation;

mod binder;
mod completions;
mod credentials;
mod failure;
mod help;
mod output;
mod parameters;
mod request;
mod select;
mod service_error;
mod values;

const ATTEMPTS_DEFAULT: u32 = 3;
const ATTEMPTS_MAX: u32 = 10;

fn main() -> ExitCode {
    let errors = Errors::of_process();
    let outcome = arguments().and_then(|tokens| run(&tokens, errors));
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(failure) => {
            errors.report(&failure);
            ExitCode::from(failure.exit_status())
        }
    }
}

/// Does what the command line asks and gives the exit status.
fn run(tokens: &[String], errors: Errors) -> Result<u8, Failure> {
    if let Some(words) = completions::requested(tokens) {
        return print(&completions::candidates(words));
    }
    if let Some(level) = help::requested(tokens) {
        return print(&help::text(level));
    }
    let bound = bind(tokens)?;
    if bound.option("--version").is_some() {
        return print(concat!(
            "Invoke-LMFunction ",
            env!("CARGO_PKG_VERSION"),
            "\n"
        ));
    }
    if let Some(shell) = bound.option("--completions") {
        return print(completions::script(shell));
    }
    let bound = bound.ready()?;
    let attempts = attempts(&bound)?;
    let select = Select::from_bound(&bound)?;
    let target = Target::find(&bound, &environment)?;
    let invocation = Invocation::from_bound(&bound)?;
    for warning in &invocation.warnings {
        errors.warn(warning);
    }
    let call = Call {
        target,
        invocation,
        select,
        attempts,
        format: Format::from_option(bound.option("--output"), std::io::stdout().is_terminal()),
        is_function_error_failure: bound.option("--fail-on-function-error").is_some(),
    };
    call.until_interrupted(errors)
}

/// Everything a run needs once the command line is understood.
#[derive(Debug)]
struct Call {
    target: Target,
    invocation: Invocation,
    select: Select,
    attempts: u32,
    format: Format,
    is_function_error_failure: bool,
}

impl Call {
    fn until_interrupted(self, errors: Errors) -> Result<u8, Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(Failure::Runtime)?;
        let outcome = runtime.block_on(async {
            tokio::select! {
                outcome = self.carry_out(errors) => outcome,
                () = interrupt() => Err(Failure::Interrupted),
            }
        });
        // A name look-up or a write that hangs must not hold the process.
        runtime.shutdown_background();
        outcome
    }

    async fn carry_out(self, errors: Errors) -> Result<u8, Failure> {
        let answer = request::invoke(&self.target, &self.invocation, self.attempts).await?;
        let paint = Paint {
            is_on: colours_are_wanted() && std::io::stdout().is_terminal(),
        };
        let bytes = output::render(&answer, &self.invocation, &self.select, self.format, paint);
        // On a thread of its own: Ctrl-C must end a write to a pipe nobody reads.
        tokio::task::spawn_blocking(move || output::write_out(&bytes))
            .await
            .map_err(|error| Failure::Output(error.into()))?
            .map_err(Failure::Output)?;
        match output::function_error_warning(&answer) {
            None => Ok(0),
            Some(warning) => {
                errors.warn(&warning);
                Ok(if self.is_function_error_failure {
                    exit::FUNCTION_ERROR
                } else {
                    0
                })
            }
        }
    }
}

async fn interrupt() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Without a handler the system's own way of ending the process is in force.
        std::future::pending::<()>().await;
    }
}

fn print(text: &str) -> Result<u8, Failure> {
    output::write_out(text.as_bytes())
        .map(|()| 0)
        .map_err(Failure::Output)
}

fn attempts(bound: &Bound) -> Result<u32, BindError> {
    let Some(text) = bound.option("--max-attempts") else {
        return Ok(ATTEMPTS_DEFAULT);
    };
    match text.parse() {
        Ok(attempts @ 1..=ATTEMPTS_MAX) => Ok(attempts),
        _ => Err(BindError::BadOption {
            option: "--max-attempts",
            problem: format!("takes a number from 1 to {ATTEMPTS_MAX}, not '{text}'"),
        }),
    }
}

fn arguments() -> Result<Vec<String>, Failure> {
    std::env::args_os()
        .enumerate()
        .skip(1)
        .map(|(position, argument)| {
            argument
                .into_string()
                .map_err(|_| BindError::NotText { position }.into())
        })
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place of this binary that reads the environment"
)]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn colours_are_wanted() -> bool {
    let no_color = environment("NO_COLOR").is_some_and(|value| !value.is_empty());
    !no_color && environment("TERM").is_none_or(|terminal| terminal != "dumb")
}

/// Whether errors are wanted as JSON: looked up apart from binding, as binding itself may fail.
fn wants_json_errors() -> bool {
    let tokens: Vec<_> = std::env::args_os()
        .skip(1)
        .take_while(|token| token != "--")
        .collect();
    tokens.iter().any(|token| token == "--error-format=json")
        || tokens.windows(2).any(
            |pair| matches!(pair, [name, value] if name == "--error-format" && value == "json"),
        )
}

/// Standard error: where everything goes that is not the answer.
#[derive(Debug, Clone, Copy)]
struct Errors {
    paint: Paint,
    is_json: bool,
}

impl Errors {
    fn of_process() -> Self {
        Self {
            paint: Paint {
                is_on: colours_are_wanted() && std::io::stderr().is_terminal(),
            },
            is_json: wants_json_errors(),
        }
    }

    fn report(self, failure: &Failure) {
        if self.is_json {
            write_error(&failure.as_json());
        } else {
            let text = printable(format!("Invoke-LMFunction: {failure}").as_bytes());
            write_error(&self.paint.paint(AnsiColor::Red, &text));
        }
    }

    fn warn(self, text: &str) {
        let text = printable(format!("WARNING: {text}").as_bytes());
        write_error(&self.paint.paint(AnsiColor::Yellow, &text));
    }
}

fn write_error(line: &str) {
    // Nobody is left to be told that standard error cannot be written.
    writeln!(std::io::stderr().lock(), "{line}").ok();
}
