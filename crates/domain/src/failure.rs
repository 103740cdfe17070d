//! How the platform reports that a function came to no answer of its own.
//!
//! Such a failure is an answer to the caller, with status 200 and the error as its payload.

use std::time::Duration;

use uuid::Uuid;

use crate::extension::Fault;

use crate::limits::{RESPONSE_BYTES_MAX, STREAMED_RESPONSE_BYTES_MAX};

/// Why a function came to no answer of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The invocation took longer than the function's timeout, which this is.
    TimedOut { timeout: Duration },
    /// The runtime's process ended by itself.
    Exited { status: i32 },
    /// The runtime's process was ended by a signal, which includes running out of memory.
    Killed { signal: i32 },
    /// The answer is larger than Lambda passes on.
    ResponseTooLarge,
    /// The streamed answer became larger than Lambda passes on.
    StreamTooLarge,
    /// The runtime broke off while it posted its answer.
    ResponseTruncated,
    /// The runtime asked for a way of answering that does not exist.
    InvalidResponseMode,
    /// There is nothing to run: the package has no program, or it cannot be executed.
    InvalidEntrypoint { why: String },
    /// An extension ended, or could not be started.
    Extension { fault: Fault, why: String },
}

impl Failure {
    /// The error's type, as the payload and the log name it.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::TimedOut { .. } => "Sandbox.Timedout",
            Self::Exited { .. } | Self::Killed { .. } => "Runtime.ExitError",
            Self::ResponseTooLarge | Self::StreamTooLarge => "Function.ResponseSizeTooLarge",
            Self::ResponseTruncated => "Runtime.TruncatedResponse",
            Self::InvalidResponseMode => "Runtime.InvalidResponseModeHeader",
            Self::InvalidEntrypoint { .. } => "Runtime.InvalidEntrypoint",
            Self::Extension { fault, .. } => fault.kind(),
        }
    }

    /// The payload that the caller gets.
    ///
    /// observed: the order of the members, and the texts but those of the response's form.
    pub fn payload(&self, request: Uuid) -> String {
        let kind = self.kind();
        if *self == Self::ResponseTooLarge {
            return too_large(RESPONSE_BYTES_MAX, kind);
        }
        if *self == Self::StreamTooLarge {
            return too_large(STREAMED_RESPONSE_BYTES_MAX, kind);
        }
        let message = format!("RequestId: {request} Error: {}", self.reason());
        let message = serde_json::Value::from(message);
        format!(r#"{{"errorType":"{kind}","errorMessage":{message}}}"#)
    }

    /// What happened, as the message of the error says it.
    pub fn reason(&self) -> String {
        match self {
            Self::ResponseTooLarge | Self::StreamTooLarge => TOO_LARGE.to_owned(),
            Self::TimedOut { timeout } => {
                format!("Task timed out after {:.2} seconds", timeout.as_secs_f64())
            }
            Self::Exited { status: 0 } => "Runtime exited without providing a reason".to_owned(),
            Self::Exited { status } => {
                format!("Runtime exited with error: exit status {status}")
            }
            Self::Killed { signal } => {
                format!(
                    "Runtime exited with error: signal: {}",
                    signal_name(*signal)
                )
            }
            Self::ResponseTruncated => "Runtime sent a truncated response".to_owned(),
            Self::InvalidResponseMode => "Runtime sent an invalid response mode".to_owned(),
            Self::InvalidEntrypoint { why } | Self::Extension { why, .. } => why.clone(),
        }
    }

    /// An extension whose process ended by itself, with this status.
    ///
    /// observed: 0 is a code, everything else a status.
    pub fn extension_exited(fault: Fault, status: i32) -> Self {
        let word = if status == 0 { "code" } else { "status" };
        let why = format!("exit {word} {status}");
        Self::Extension { fault, why }
    }

    /// An extension whose process was ended by a signal.
    pub fn extension_killed(fault: Fault, signal: i32) -> Self {
        let why = format!("signal: {}", signal_name(signal));
        Self::Extension { fault, why }
    }
}

const TOO_LARGE: &str = "Response payload size exceeded maximum allowed payload size";

/// observed: this message alone names no request and stands first.
fn too_large(max: usize, kind: &str) -> String {
    format!(r#"{{"errorMessage":"{TOO_LARGE} ({max} bytes).","errorType":"{kind}"}}"#)
}

/// The signal's name as Lambda's own supervisor, which is written in Go, prints it.
fn signal_name(signal: i32) -> String {
    let name = match signal {
        1 => "hangup",
        2 => "interrupt",
        3 => "quit",
        4 => "illegal instruction",
        5 => "trace/breakpoint trap",
        6 => "aborted",
        7 => "bus error",
        8 => "floating point exception",
        9 => "killed",
        10 => "user defined signal 1",
        11 => "segmentation fault",
        12 => "user defined signal 2",
        13 => "broken pipe",
        14 => "alarm clock",
        15 => "terminated",
        _ => return format!("signal {signal}"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_payload_of_each_failure_reads_as_lambdas() {
        let id = "00000000-0000-0000-0000-000000000000";
        let table = [
            (
                Failure::TimedOut { timeout: Duration::from_secs(3) },
                format!(r#"{{"errorType":"Sandbox.Timedout","errorMessage":"RequestId: {id} Error: Task timed out after 3.00 seconds"}}"#),
            ),
            (
                Failure::Exited { status: 42 },
                format!(r#"{{"errorType":"Runtime.ExitError","errorMessage":"RequestId: {id} Error: Runtime exited with error: exit status 42"}}"#),
            ),
            (
                Failure::Exited { status: 0 },
                format!(r#"{{"errorType":"Runtime.ExitError","errorMessage":"RequestId: {id} Error: Runtime exited without providing a reason"}}"#),
            ),
            (
                Failure::Killed { signal: 9 },
                format!(r#"{{"errorType":"Runtime.ExitError","errorMessage":"RequestId: {id} Error: Runtime exited with error: signal: killed"}}"#),
            ),
            (
                Failure::ResponseTooLarge,
                r#"{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}"#.to_owned(),
            ),
            (
                Failure::InvalidEntrypoint { why: "a \"b\"".into() },
                format!(r#"{{"errorType":"Runtime.InvalidEntrypoint","errorMessage":"RequestId: {id} Error: a \"b\""}}"#),
            ),
            (
                Failure::extension_exited(Fault::Crash, 0),
                format!(r#"{{"errorType":"Extension.Crash","errorMessage":"RequestId: {id} Error: exit code 0"}}"#),
            ),
            (
                Failure::extension_exited(Fault::Init, 2),
                format!(r#"{{"errorType":"Extension.InitError","errorMessage":"RequestId: {id} Error: exit status 2"}}"#),
            ),
            (
                Failure::extension_killed(Fault::Crash, 9),
                format!(r#"{{"errorType":"Extension.Crash","errorMessage":"RequestId: {id} Error: signal: killed"}}"#),
            ),
        ];
        for (failure, payload) in table {
            assert_eq!(failure.payload(Uuid::nil()), payload);
        }
    }
}
