//! The command line: `serve` and the operator's commands.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgMatches, Command, value_parser};
use clap_complete::Shell;

use crate::admin;
use crate::config::settings;

/// How a command prints what it found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Output {
    /// For people, or for a shell to evaluate.
    Text,
    Json,
}

const OUTPUT: &str = "output";
pub(crate) const SHELL: &str = "shell";

/// The whole command line.
pub(crate) fn command() -> Command {
    let serve = Command::new("serve")
        .about("Serve the Lambda API and run functions")
        .arg(output("text", "What is printed once the server is ready"));
    let env = Command::new("env")
        .about("Print the variables that a client of the running server needs")
        .long_about(
            "Print the variables that a client of the running server needs, as a shell reads them:\n\n    \
             eval \"$(invoked env)\"",
        )
        .arg(output("shell", "How the variables are printed"));
    let doctor = Command::new("doctor")
        .about("Say what this host offers, what is missing and what to do about it")
        .long_about(
            "Say what this host offers, what is missing and what to do about it. Exits with 1 if \
             `invoked serve` would refuse to start.",
        )
        .arg(output("text", "How the findings are printed"));
    let completions = Command::new("completions")
        .about("Print the completion script of a shell")
        .arg(
            Arg::new(SHELL)
                .required(true)
                .value_parser(value_parser!(Shell)),
        );
    Command::new("invoked")
        .about("Runs AWS Lambda functions on this machine and serves the AWS Lambda API")
        .version(env!("CARGO_PKG_VERSION"))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(settings::with_flags(serve))
        .subcommand(settings::with_flags(env))
        .subcommand(settings::with_flags(doctor))
        .subcommand(admin::events_command())
        .subcommand(admin::clock_command())
        .subcommand(admin::faults_command())
        .subcommand(Command::new("settings").about("Print every setting as a page of Markdown"))
        .subcommand(completions)
}

pub(crate) fn output(default: &'static str, help: &'static str) -> Arg {
    Arg::new(OUTPUT)
        .long(OUTPUT)
        .value_name("FORMAT")
        .help(help)
        .default_value(default)
        .value_parser(PossibleValuesParser::new([default, "json"]))
}

impl Output {
    pub(crate) fn of(matches: &ArgMatches) -> Self {
        match matches.get_one::<String>(OUTPUT).map(String::as_str) {
            Some("json") => Self::Json,
            _ => Self::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        command().debug_assert();
    }

    #[test]
    fn json_is_printed_only_when_asked_for() {
        let output = |arguments: &[&str]| {
            let matches = command().try_get_matches_from(arguments).unwrap();
            Output::of(matches.subcommand().unwrap().1)
        };

        assert_eq!(output(&["invoked", "serve"]), Output::Text);
        assert_eq!(
            output(&["invoked", "env", "--output", "shell"]),
            Output::Text
        );
        assert_eq!(
            output(&["invoked", "doctor", "--output", "json"]),
            Output::Json
        );
    }
}
