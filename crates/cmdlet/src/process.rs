//! What the operating system hands to the command: its arguments, its environment, its terminals.

use std::io::IsTerminal;

use crate::binder::BindError;

/// The arguments after the program's own name.
pub(crate) fn arguments() -> Result<Vec<String>, BindError> {
    std::env::args_os()
        .enumerate()
        .skip(1)
        .map(|(position, argument)| {
            argument
                .into_string()
                .map_err(|_| BindError::NotText { position })
        })
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place of this binary that reads the environment"
)]
pub(crate) fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Whether errors are wanted as JSON: looked up apart from binding, as binding itself may fail.
pub(crate) fn wants_json_errors() -> bool {
    let tokens: Vec<_> = std::env::args_os()
        .skip(1)
        .take_while(|token| token != "--")
        .collect();
    tokens.iter().any(|token| token == "--error-format=json")
        || tokens.windows(2).any(
            |pair| matches!(pair, [name, value] if name == "--error-format" && value == "json"),
        )
}

pub(crate) fn input_is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

pub(crate) fn output_is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Whether standard error is a terminal that understands control sequences.
pub(crate) fn errors_are_on_a_screen() -> bool {
    std::io::stderr().is_terminal() && !terminal_is_dumb()
}

pub(crate) fn colours_are_wanted() -> bool {
    let no_color = environment("NO_COLOR").is_some_and(|value| !value.is_empty());
    !no_color && !terminal_is_dumb()
}

fn terminal_is_dumb() -> bool {
    environment("TERM").is_some_and(|terminal| terminal == "dumb")
}
