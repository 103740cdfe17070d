//! Whether an invocation may happen: PowerShell's `ShouldProcess`.
//!
//! `-WhatIf` beats `-Force`, which beats `-Confirm`. Asked is on the controlling terminal and never on
//! standard input, which may be the pipeline. Suspend is left out: there is no session to return to.

use std::io::{BufRead, BufReader, Read, Write};

use crate::binder::Bound;
use crate::messages::Messages;
use crate::output::printable;
use crate::parameters::ParameterId;
use crate::terminal;

const ANSWER_BYTES_MAX: u64 = 256;

const HELP: &str = "\
Y - Continue with only the next step of the operation.
A - Continue with all the steps of the operation.
N - Skip this operation and proceed with the next operation.
L - Skip this operation and all subsequent operations.
";

/// Why nobody could be asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConsentError {
    #[error(
        "-Confirm asks on the terminal, and there is none ({0}); leave it out, or give -Force to invoke without asking"
    )]
    NoTerminal(std::io::Error),
}

/// What is to become of an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    OnlyTell,
    Ask,
    Invoke,
}

impl Policy {
    pub(crate) fn of(bound: &Bound) -> Self {
        if bound.is_on(ParameterId::WhatIf) {
            Self::OnlyTell
        } else if bound.is_on(ParameterId::Confirm) && !bound.is_on(ParameterId::Force) {
            Self::Ask
        } else {
            Self::Invoke
        }
    }
}

/// PowerShell's sentence for what is about to happen.
pub(crate) fn sentence(function: &str) -> String {
    format!("Performing the operation \"Invoke-LMFunction (Invoke)\" on target \"{function}\".")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reply {
    Yes,
    YesToAll,
    No,
    NoToAll,
    Help,
}

impl Reply {
    /// Reads an answer; an empty one is Yes, and what is no answer is asked again.
    fn read(line: &str) -> Option<Self> {
        match line.trim().to_ascii_lowercase().as_str() {
            "" | "y" | "yes" => Some(Self::Yes),
            "a" | "yes to all" => Some(Self::YesToAll),
            "n" | "no" => Some(Self::No),
            "l" | "no to all" => Some(Self::NoToAll),
            "?" | "help" => Some(Self::Help),
            _ => None,
        }
    }
}

/// What was answered for all records, once it was.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Consent {
    for_all: Option<bool>,
}

impl Consent {
    /// Whether to invoke, asking if the policy says so.
    pub(crate) fn is_given(
        &mut self,
        policy: Policy,
        function: &str,
        messages: Messages,
    ) -> Result<bool, ConsentError> {
        match policy {
            Policy::OnlyTell => {
                Messages::what_if(&sentence(function));
                Ok(false)
            }
            Policy::Invoke => {
                messages.verbose(&sentence(function));
                Ok(true)
            }
            Policy::Ask => {
                if let Some(answer) = self.for_all {
                    return Ok(answer);
                }
                let person = terminal::open().map_err(ConsentError::NoTerminal)?;
                self.ask(BufReader::new(&person), &person, function)
                    .map_err(ConsentError::NoTerminal)
            }
        }
    }

    fn ask(
        &mut self,
        mut input: impl BufRead,
        mut output: impl Write,
        function: &str,
    ) -> std::io::Result<bool> {
        let what = printable(sentence(function).as_bytes());
        write!(
            output,
            "\nConfirm\nAre you sure you want to perform this action?\n{what}\n"
        )?;
        loop {
            write!(
                output,
                "[Y] Yes  [A] Yes to All  [N] No  [L] No to All  [?] Help (default is \"Y\"): "
            )?;
            output.flush()?;
            let mut line = Vec::new();
            let count = input
                .by_ref()
                .take(ANSWER_BYTES_MAX)
                .read_until(b'\n', &mut line)?;
            if count == 0 {
                // The terminal went away: whoever was asked did not say yes.
                self.for_all = Some(false);
                return Ok(false);
            }
            match Reply::read(&String::from_utf8_lossy(&line)) {
                Some(Reply::Yes) => return Ok(true),
                Some(Reply::No) => return Ok(false),
                Some(Reply::YesToAll) => {
                    self.for_all = Some(true);
                    return Ok(true);
                }
                Some(Reply::NoToAll) => {
                    self.for_all = Some(false);
                    return Ok(false);
                }
                Some(Reply::Help) => output.write_all(HELP.as_bytes())?,
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binder::bind;

    fn policy(tokens: &[&str]) -> Policy {
        let tokens: Vec<_> = tokens.iter().map(|&token| token.to_owned()).collect();
        Policy::of(&bind(&tokens).unwrap())
    }

    /// What is decided for two functions in a row, and what was shown.
    fn decided(answers: &str) -> ([bool; 2], String) {
        let mut consent = Consent::default();
        let mut input = answers.as_bytes();
        let mut shown = Vec::new();
        let decisions = ["f", "g"].map(|function| match consent.for_all {
            Some(answer) => answer,
            None => consent.ask(&mut input, &mut shown, function).unwrap(),
        });
        (decisions, String::from_utf8(shown).unwrap())
    }

    #[test]
    fn what_if_beats_force_and_force_beats_confirm() {
        assert_eq!(policy(&["f"]), Policy::Invoke);
        assert_eq!(policy(&["f", "-Confirm"]), Policy::Ask);
        assert_eq!(policy(&["f", "-Confirm", "-Force"]), Policy::Invoke);
        assert_eq!(policy(&["f", "-WhatIf", "-Force"]), Policy::OnlyTell);
        assert_eq!(policy(&["f", "-WhatIf", "-Confirm"]), Policy::OnlyTell);
        assert_eq!(
            policy(&["f", "-WhatIf:$false", "-Confirm:0"]),
            Policy::Invoke
        );
    }

    #[test]
    fn each_answer_does_what_powershells_does() {
        assert_eq!(decided("y\nn\n").0, [true, false]);
        assert_eq!(decided("\nYes\n").0, [true, true]);
        assert_eq!(decided("A\n").0, [true, true]);
        assert_eq!(decided("no to all\n").0, [false, false]);
        assert_eq!(decided("N\nL\n").0, [false, false]);
        assert_eq!(decided("").0, [false, false]);
    }

    #[test]
    fn what_is_no_answer_is_asked_again_and_help_is_given() {
        let (decisions, shown) = decided("perhaps\n?\ny\ny\n");

        assert_eq!(decisions, [true, true]);
        assert_eq!(shown.matches("[Y] Yes").count(), 4);
        assert!(shown.contains("L - Skip this operation"), "{shown}");
    }

    #[test]
    fn the_question_is_powershells() {
        let (_, shown) = decided("a\n");

        assert_eq!(
            shown,
            "\nConfirm\nAre you sure you want to perform this action?\n\
             Performing the operation \"Invoke-LMFunction (Invoke)\" on target \"f\".\n\
             [Y] Yes  [A] Yes to All  [N] No  [L] No to All  [?] Help (default is \"Y\"): "
        );
    }
}
