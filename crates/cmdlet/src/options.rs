//! Every option with two dashes, in one table: ours, and none of PowerShell's.
//!
//! Names of PowerShell never start with two dashes, so an option cannot disturb an abbreviation.

/// Whether an option takes a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Argument {
    None,
    /// `--option=VALUE` only.
    Optional,
    /// `--option VALUE` or `--option=VALUE`.
    Required,
}

/// An option.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CommandOption {
    pub(crate) name: &'static str,
    pub(crate) argument: Argument,
    /// How the help shows the value.
    pub(crate) placeholder: &'static str,
    /// The values it takes; empty for a number.
    pub(crate) values: &'static [&'static str],
    pub(crate) description: &'static str,
}

const fn flag(name: &'static str, description: &'static str) -> CommandOption {
    CommandOption {
        name,
        argument: Argument::None,
        placeholder: "",
        values: &[],
        description,
    }
}

const fn valued(
    name: &'static str,
    placeholder: &'static str,
    values: &'static [&'static str],
    description: &'static str,
) -> CommandOption {
    CommandOption {
        name,
        argument: Argument::Required,
        placeholder,
        values,
        description,
    }
}

/// Every option, in the order of the help.
pub(crate) static OPTIONS: [CommandOption; 13] = [
    valued(
        "--output",
        "FORMAT",
        &["auto", "list", "json", "text", "raw"],
        "auto: a list on a terminal, one JSON object in a pipe. list, json: always that. text: the payload or selected value for a person. raw: its exact bytes.",
    ),
    flag(
        "--stdin",
        "Read records from standard input, also when FunctionName is given or standard input is a terminal.",
    ),
    flag(
        "--keep-going",
        "Go on with the next record after one that failed; the exit status tells at the end.",
    ),
    flag(
        "--fail-on-function-error",
        "Exit with status 3 when the function itself failed.",
    ),
    flag(
        "--wait",
        "With -InvocationType Event: wait until the event has ended, retries included, and give the result. For a server of Invoked; AWS keeps no results.",
    ),
    valued(
        "--timeout",
        "SECONDS",
        &[],
        "Give up when an invocation, with all its attempts, takes longer. Without it there is no limit.",
    ),
    valued(
        "--max-attempts",
        "N",
        &[],
        "How often to try when no connection can be made or the server answers 429, 1 to 10; 3 by default. Nothing else is ever tried again.",
    ),
    flag(
        "--no-sign-request",
        "Send requests without a signature, for a server that checks none; no credentials are looked for.",
    ),
    valued(
        "--error-format",
        "FORMAT",
        &["text", "json"],
        "How errors are written to standard error.",
    ),
    valued(
        "--completions",
        "SHELL",
        &["bash", "zsh", "fish", "pwsh"],
        "Print a completion script for that shell.",
    ),
    flag("--man", "Print the manual page, for man."),
    CommandOption {
        name: "--help",
        argument: Argument::Optional,
        placeholder: "full|examples|parameter NAME",
        values: &["full", "examples", "parameter"],
        description: "Print this help, all of it, its examples, or what it says of one parameter. -? is the same as --help.",
    },
    flag("--version", "Print the version."),
];
