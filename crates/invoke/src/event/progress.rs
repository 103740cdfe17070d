//! What is noted on an event between its attempts.

use domain::destination::LastFailure;
use domain::faults::Strike;
use domain::name::Version;
use domain::retry::{History, Outcome};
use domain::time::Moment;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::{Claimed, Refused};

use crate::invocation::{Answer, InvokeError};

/// Attempts that are noted one by one. Of more, the oldest that could not run are left out.
const NOTES_MAX: usize = 16;

/// An answer that is larger is not noted, so that notes stay small.
const RESPONSE_BYTES_MAX: usize = 16_384;

/// What has been done for an event. The form is durable: members may be added, never changed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Progress {
    /// How often the function ran.
    pub(super) invocations: u32,
    /// How often the event went back because it could not run.
    pub(super) requeues: u32,
    pub(super) attempts: Vec<Note>,
    /// Why the last attempt failed.
    pub(super) failure: Option<LastFailure>,
    /// What the function answered the last time it ran, unless that was large.
    pub(super) response: Option<NotedResponse>,
}

/// One attempt.
#[derive(Debug, Serialize, Deserialize)]
pub struct Note {
    pub started: Moment,
    pub ended: Moment,
    pub result: AttemptResult,
    /// The first kilobyte of what went wrong.
    pub error: Option<String>,
    /// The faults that were made on purpose.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<String>,
}

/// How an attempt went, for whoever reads about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AttemptResult {
    Success,
    FunctionError,
    Throttled,
    SystemError,
}

impl AttemptResult {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Success => "Success",
            Self::FunctionError => "FunctionError",
            Self::Throttled => "Throttled",
            Self::SystemError => "SystemError",
        }
    }
}

/// The answer of a function that failed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct NotedResponse {
    pub(super) executed_version: Version,
    pub(super) payload: Box<RawValue>,
}

impl Progress {
    /// Reads the notes of an event that was handed out.
    pub(super) fn of(claimed: &Claimed) -> Result<Self, serde_json::Error> {
        if claimed.progress.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_slice(&claimed.progress)
    }

    pub(super) fn to_bytes(&self) -> bytes::Bytes {
        // Numbers, text and JSON that has been read before always serialize.
        serde_json::to_vec(self).unwrap_or_default().into()
    }

    pub(super) fn history(&self, enqueued: Moment) -> History {
        History {
            enqueued,
            invocations: self.invocations,
            requeues: self.requeues,
        }
    }

    /// Notes an attempt, and says what it was. `None` if there is nothing left to attempt.
    pub(super) fn note(
        &mut self,
        started: Moment,
        ended: Moment,
        result: &Result<Answer, InvokeError>,
        strikes: &[Strike],
    ) -> Option<Outcome> {
        let (outcome, result, failure) = match result {
            Ok(answer) if answer.is_function_error => {
                let failure = LastFailure::of_function(&answer.payload);
                let result = AttemptResult::FunctionError;
                (Outcome::FunctionFailed, result, Some(failure))
            }
            Ok(_) => (Outcome::Succeeded, AttemptResult::Success, None),
            Err(InvokeError::Throttled { limit }) => {
                let outcome = match limit {
                    Refused::ReservedZero => Outcome::Stopped,
                    Refused::Reserved | Refused::Account => Outcome::Throttled,
                };
                let failure = Some(LastFailure::Throttled);
                (outcome, AttemptResult::Throttled, failure)
            }
            Err(InvokeError::Full(_) | InvokeError::CrashLoop) => {
                let failure = Some(LastFailure::Throttled);
                (Outcome::Throttled, AttemptResult::Throttled, failure)
            }
            Err(InvokeError::FunctionNotFound { .. }) => return None,
            Err(
                error @ (InvokeError::NotReady { .. }
                | InvokeError::SnapshotNotReady
                | InvokeError::RestoreFailed { .. }
                | InvokeError::RestoreTimedOut
                | InvokeError::Environment { .. }
                | InvokeError::ShuttingDown
                | InvokeError::Queue(_)),
            ) => {
                let failure = LastFailure::of_system(&error.to_string());
                let result = AttemptResult::SystemError;
                (Outcome::SystemFailed, result, Some(failure))
            }
        };
        match outcome {
            Outcome::Succeeded | Outcome::FunctionFailed => self.invocations += 1,
            Outcome::Throttled | Outcome::SystemFailed => self.requeues += 1,
            Outcome::Stopped => {}
        }
        self.attempts.push(Note {
            started,
            ended,
            result,
            error: failure.as_ref().map(|failure| failure.message().to_owned()),
            faults: strikes.iter().map(|one| one.as_str().to_owned()).collect(),
        });
        self.forget_surplus();
        self.failure = failure;
        Some(outcome)
    }

    /// Notes what a function answered that will run again.
    pub(super) fn note_response(&mut self, answer: &Answer) {
        self.response = (answer.payload.len() <= RESPONSE_BYTES_MAX)
            .then(|| serde_json::from_slice(&answer.payload).ok())
            .flatten()
            .map(|payload| NotedResponse {
                executed_version: answer.executed_version,
                payload,
            });
    }

    fn forget_surplus(&mut self) {
        if self.attempts.len() <= NOTES_MAX {
            return;
        }
        let could_not_run = |note: &Note| {
            matches!(
                note.result,
                AttemptResult::Throttled | AttemptResult::SystemError
            )
        };
        if let Some(oldest) = self.attempts.iter().position(could_not_run) {
            self.attempts.remove(oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const NOW: Moment = Moment::from_millis(1_700_000_000_000);

    fn throttled() -> Result<Answer, InvokeError> {
        let limit = Refused::Account;
        Err(InvokeError::Throttled { limit })
    }

    fn failed(payload: &str) -> Answer {
        Answer {
            error: None,
            payload: Bytes::copy_from_slice(payload.as_bytes()),
            content_type: None,
            executed_version: Version::Latest,
            is_function_error: true,
            log_tail: None,
            trace: String::new(),
        }
    }

    #[test]
    fn what_could_not_run_is_forgotten_before_what_ran() {
        let mut progress = Progress::default();
        let answer = Ok(failed(r#"{"errorMessage":"no"}"#));
        assert_eq!(
            progress.note(NOW, NOW, &answer, &[]),
            Some(Outcome::FunctionFailed)
        );

        for _ in 0..100 {
            assert_eq!(
                progress.note(NOW, NOW, &throttled(), &[]),
                Some(Outcome::Throttled)
            );
        }

        assert_eq!((progress.invocations, progress.requeues), (1, 100));
        assert_eq!(progress.attempts.len(), NOTES_MAX);
        let first = progress.attempts.first().map(|note| note.result);
        assert_eq!(first, Some(AttemptResult::FunctionError));
        assert_eq!(progress.failure, Some(LastFailure::Throttled));
    }

    #[test]
    fn notes_read_back_and_leave_a_large_answer_out() {
        let mut progress = Progress::default();
        progress.note_response(&failed(r#"{"errorMessage" : "no"}"#));
        let small: Progress = serde_json::from_slice(&progress.to_bytes()).unwrap();

        let large = format!("\"{}\"", "x".repeat(RESPONSE_BYTES_MAX));
        progress.note_response(&failed(&large));

        let payload = small.response.unwrap().payload;
        assert_eq!(payload.get(), r#"{"errorMessage" : "no"}"#);
        assert!(progress.response.is_none());
    }
}
