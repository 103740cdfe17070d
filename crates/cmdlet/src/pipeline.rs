//! The records of a run: the command line alone, or with each record of standard input laid over it.
//!
//! Standard input is PowerShell's pipeline. It is read when no function is named and something is piped
//! in, or when `--stdin` asks for it; a record is read only when the one before it is done. What a record
//! binds is gone with it: each starts anew from the command line.

use std::io::{BufReader, Stdin};

use crate::binder::{BindError, Bound};
use crate::parameters::ParameterId;
use crate::pipeline::split::{InputError, Splitter};
use crate::process;

mod record;
mod split;

/// Why a record is not invoked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RecordError {
    /// The input ends here: what follows cannot be told apart.
    #[error("record {number} of standard input: {source}")]
    Input { number: u64, source: InputError },
    #[error("{}; standard input is empty", BindError::MissingMandatoryParameter)]
    NothingPiped,
    #[error(
        "record {number} of standard input cannot be bound to any parameter: it is no name of a function, and none of its properties is a parameter that is still free"
    )]
    NotBound { number: u64 },
    #[error(
        "record {number} of standard input cannot be bound: it names no function, and neither does the command line"
    )]
    MissingMandatory { number: u64 },
    #[error("record {number} of standard input: {parameter} cannot be {value}; it takes {wanted}")]
    CannotConvert {
        number: u64,
        parameter: &'static str,
        value: &'static str,
        wanted: &'static str,
    },
}

impl RecordError {
    /// The first part of PowerShell's `FullyQualifiedErrorId`.
    pub(crate) const fn id(&self) -> &'static str {
        match self {
            Self::Input { .. } => "InvalidPipelineInput",
            Self::NothingPiped => "MissingMandatoryParameter",
            Self::NotBound { .. } => "InputObjectNotBound",
            Self::MissingMandatory { .. } => "InputObjectMissingMandatory",
            Self::CannotConvert { .. } => "CannotConvertArgument",
        }
    }

    /// Whether the records after this one can still be read: PowerShell calls such an error non-terminating.
    pub(crate) const fn lets_others_follow(&self) -> bool {
        !matches!(self, Self::Input { .. } | Self::NothingPiped)
    }
}

/// Where the invocations of a run come from.
#[derive(Debug)]
pub(crate) enum Records {
    CommandLine(Option<Bound>),
    Piped(Box<Piped>),
}

/// Standard input, and the command line its records are laid over.
#[derive(Debug)]
pub(crate) struct Piped {
    line: Bound,
    splitter: Splitter<BufReader<Stdin>>,
    number: u64,
}

impl Records {
    /// Decides from the command line and from whether standard input is a terminal.
    pub(crate) fn of(line: Bound) -> Result<Self, BindError> {
        let has_function = line.is_bound(ParameterId::FunctionName);
        let is_asked_for = line.option("--stdin").is_some();
        if has_function && !is_asked_for {
            return Ok(Self::CommandLine(Some(line)));
        }
        if line.text(ParameterId::PayloadStream) == Some("@-") {
            return Err(BindError::StandardInputTwice);
        }
        if !is_asked_for && process::input_is_terminal() {
            return Err(BindError::MissingMandatoryParameter);
        }
        Ok(Self::Piped(Box::new(Piped {
            line,
            splitter: Splitter::new(BufReader::new(std::io::stdin())),
            number: 0,
        })))
    }

    pub(crate) const fn is_piped(&self) -> bool {
        matches!(self, Self::Piped(_))
    }

    /// Waits for the next record; `None` when there is no other.
    pub(crate) fn next(&mut self) -> Option<Result<Bound, RecordError>> {
        match self {
            Self::CommandLine(line) => line.take().map(Ok),
            Self::Piped(piped) => piped.next(),
        }
    }
}

impl Piped {
    fn next(&mut self) -> Option<Result<Bound, RecordError>> {
        self.number += 1;
        let number = self.number;
        match self.splitter.next_record() {
            Ok(Some(record)) => Some(record::bound(&self.line, &record, number)),
            Ok(None) => self
                .lacks_what_was_needed()
                .then_some(Err(RecordError::NothingPiped)),
            Err(source) => Some(Err(RecordError::Input { number, source })),
        }
    }

    /// An empty pipeline is nothing to do, but only if somebody meant a pipeline.
    fn lacks_what_was_needed(&self) -> bool {
        self.splitter.was_empty() && self.line.option("--stdin").is_none()
    }
}
