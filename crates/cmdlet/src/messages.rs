//! Standard error: where everything goes that is not the answer, as the common parameters want it.

use std::io::Write;

use anstyle::AnsiColor;

use crate::binder::{BindError, Bound};
use crate::failure::Failure;
use crate::output::{Paint, printable};
use crate::parameters::{ParameterId, parameter};
use crate::process;

/// Who hears what.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Messages {
    paint: Paint,
    are_json: bool,
    errors: Action,
    warnings: Action,
    detail: Detail,
}

/// PowerShell's `ActionPreference`, as far as a program without a session can act upon it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Action {
    Tell,
    Hide,
    /// Tell, and end the command.
    Stop,
}

/// What `-Verbose` and `-Debug` add.
#[derive(Debug, Clone, Copy, Default)]
struct Detail {
    verbose: bool,
    debug: bool,
}

impl Messages {
    /// What holds until the command line is understood.
    pub(crate) fn of_process() -> Self {
        Self {
            paint: Paint {
                is_on: process::colours_are_wanted() && process::errors_are_on_a_screen(),
            },
            are_json: process::wants_json_errors(),
            errors: Action::Tell,
            warnings: Action::Tell,
            detail: Detail::default(),
        }
    }

    /// What the command line asks for.
    pub(crate) fn preferring(self, bound: &Bound) -> Result<Self, BindError> {
        Ok(Self {
            errors: action(bound, ParameterId::ErrorAction)?,
            warnings: action(bound, ParameterId::WarningAction)?,
            detail: Detail {
                verbose: bound.is_on(ParameterId::Verbose),
                debug: bound.is_on(ParameterId::Debug),
            },
            ..self
        })
    }

    /// Whether an error that another record could follow ends the command all the same.
    pub(crate) fn errors_stop(self) -> bool {
        self.errors == Action::Stop
    }

    pub(crate) fn error(self, failure: &Failure) {
        if self.errors == Action::Hide {
            return;
        }
        if self.are_json {
            write_line(&failure.as_json());
        } else {
            let text = printable(format!("Invoke-LMFunction: {failure}").as_bytes());
            write_line(&self.paint.paint(AnsiColor::Red, &text));
        }
    }

    /// Warns; an error when warnings are to end the command.
    pub(crate) fn warn(self, text: &str) -> Result<(), Failure> {
        if self.warnings != Action::Hide {
            self.prefixed("WARNING", text);
        }
        if self.warnings == Action::Stop {
            return Err(Failure::Warned(text.to_owned()));
        }
        Ok(())
    }

    pub(crate) fn verbose(self, text: &str) {
        if self.detail.verbose {
            self.prefixed("VERBOSE", text);
        }
    }

    pub(crate) fn debug(self, text: &str) {
        if self.detail.debug {
            self.prefixed("DEBUG", text);
        }
    }

    /// What `-WhatIf` says; nothing hides it.
    pub(crate) fn what_if(text: &str) {
        write_line(&printable(format!("What if: {text}").as_bytes()));
    }

    fn prefixed(self, prefix: &str, text: &str) {
        let text = printable(format!("{prefix}: {text}").as_bytes());
        write_line(&self.paint.paint(AnsiColor::Yellow, &text));
    }
}

fn action(bound: &Bound, name: ParameterId) -> Result<Action, BindError> {
    let Some(text) = bound.text(name) else {
        return Ok(Action::Tell);
    };
    match text.to_ascii_lowercase().as_str() {
        "continue" => Ok(Action::Tell),
        "silentlycontinue" | "ignore" => Ok(Action::Hide),
        "stop" => Ok(Action::Stop),
        _ => Err(BindError::NotAnAction {
            name: parameter(name).name,
            value: text.to_owned(),
        }),
    }
}

fn write_line(line: &str) {
    // Nobody is left to be told that standard error cannot be written.
    writeln!(std::io::stderr().lock(), "{line}").ok();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binder::bind;

    fn preferring(tokens: &[&str]) -> Result<Messages, BindError> {
        let tokens: Vec<_> = tokens.iter().map(|&token| token.to_owned()).collect();
        Messages::of_process().preferring(&bind(&tokens).unwrap())
    }

    #[test]
    fn actions_are_understood_in_any_case() {
        for text in ["Ignore", "silentlycontinue"] {
            let messages = preferring(&["f", "-ea", text, "-wa", text]).unwrap();
            assert_eq!(messages.errors, Action::Hide, "{text}");
            assert_eq!(messages.warnings, Action::Hide, "{text}");
        }
        assert!(preferring(&["f", "-ea", "STOP"]).unwrap().errors_stop());
        assert!(!preferring(&["f", "-ea", "Continue"]).unwrap().errors_stop());
    }

    #[test]
    fn an_action_that_needs_a_debugger_or_a_session_is_refused() {
        for text in ["Inquire", "Break", "Suspend", "Quietly", ""] {
            let error = preferring(&["f", "-wa", text]).unwrap_err();
            assert_eq!(error.id(), "CannotConvertArgument", "{text}");
            assert!(error.to_string().contains("SilentlyContinue"), "{error}");
        }
    }

    #[test]
    fn a_warning_that_stops_is_a_failure() {
        let messages = preferring(&["f", "-wa", "Stop"]).unwrap();

        assert!(matches!(messages.warn("w"), Err(Failure::Warned(_))));
    }
}
