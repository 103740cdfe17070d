//! Events as they are shown: what waits, what runs, and what has ended, in one form.

use domain::name::{FunctionName, Version};
use domain::time::Moment;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use store::Found;
use uuid::Uuid;

use super::StoredEvent;
use super::progress::{Note, Progress};

/// Where an event, or what follows from its end, is on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventState {
    /// Waits to run for the first time.
    Queued,
    Running,
    /// Waits to run again, after a failure or because there was no room.
    Retrying,
    /// Has ended; a record or a dead letter is on its way.
    Delivering,
    /// Has ended; a record or a dead letter could not be delivered and waits to be redriven.
    Undeliverable,
    /// Was written by another version of the server.
    Unreadable,
    Succeeded,
    /// Was given up, or its function was deleted.
    Failed,
    Cancelled,
}

impl EventState {
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Running,
        Self::Retrying,
        Self::Delivering,
        Self::Undeliverable,
        Self::Unreadable,
        Self::Succeeded,
        Self::Failed,
        Self::Cancelled,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Retrying => "retrying",
            Self::Delivering => "delivering",
            Self::Undeliverable => "undeliverable",
            Self::Unreadable => "unreadable",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    /// Whether it is an end that was no success.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Cancelled)
    }

    pub(super) const fn has_due(self) -> bool {
        matches!(self, Self::Queued | Self::Retrying | Self::Delivering)
    }
}

/// An event in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventSummary {
    pub request_id: String,
    pub function: String,
    pub state: EventState,
    pub accepted: Moment,
    /// When it is worked on next.
    pub due: Option<Moment>,
    /// When it is given up at the latest.
    pub expires: Option<Moment>,
    pub ended: Option<Moment>,
    /// Of an event that has ended: how, as in the record of a destination.
    pub ending: Option<String>,
    /// How often it was handed out, or of an event that has ended, how often its function ran.
    pub attempts: u32,
}

/// Everything that is known of an event.
#[derive(Debug)]
pub struct EventShown {
    pub summary: EventSummary,
    pub qualifier: Option<String>,
    pub trace: Option<String>,
    /// The access key of whoever sent it.
    pub caller: Option<String>,
    pub payload: Option<Box<RawValue>>,
    pub invocations: u32,
    /// How often it went back because it could not run.
    pub requeues: u32,
    pub attempts: Vec<Note>,
    pub deliveries: Vec<DeliveryShown>,
    pub finished: Option<FinishedEvent>,
}

/// A record or a dead letter on its way.
#[derive(Debug)]
pub struct DeliveryShown {
    pub destination: String,
    pub state: EventState,
    pub due: Option<Moment>,
    pub tries: u32,
    pub last: Option<Moment>,
    pub error: Option<String>,
}

impl EventShown {
    pub(super) fn of_summary(summary: EventSummary) -> Self {
        Self {
            summary,
            qualifier: None,
            trace: None,
            caller: None,
            payload: None,
            invocations: 0,
            requeues: 0,
            attempts: Vec::new(),
            deliveries: Vec::new(),
            finished: None,
        }
    }

    pub(super) fn of_pending(summary: EventSummary, found: &Found) -> Self {
        let mut shown = Self::of_summary(summary);
        if let Ok(event) = serde_json::from_slice::<StoredEvent>(&found.body) {
            shown.qualifier = event.qualifier;
            shown.trace = Some(event.trace);
            shown.caller = event.caller;
            shown.payload = Some(event.payload);
        }
        if let Ok(progress) = serde_json::from_slice::<Progress>(&found.progress) {
            shown.invocations = progress.invocations;
            shown.requeues = progress.requeues;
            shown.attempts = progress.attempts;
        }
        shown
    }

    pub(super) fn of_finished(mut finished: FinishedEvent) -> Self {
        Self {
            qualifier: finished.qualifier(),
            payload: Some(finished.request_payload.clone()),
            caller: finished.caller.clone(),
            invocations: finished.invocations,
            attempts: std::mem::take(&mut finished.attempts),
            summary: finished.summary(),
            finished: Some(finished),
            trace: None,
            requeues: 0,
            deliveries: Vec::new(),
        }
    }
}

/// An event that has ended, as its result was kept.
#[derive(Debug, Deserialize)]
pub struct FinishedEvent {
    pub request_id: Uuid,
    pub function: FunctionName,
    pub function_arn: String,
    /// A condition of a destination's record, `FunctionDeleted` or `Cancelled`.
    pub ending: String,
    pub accepted: Moment,
    pub ended: Moment,
    pub invocations: u32,
    pub attempts: Vec<Note>,
    #[serde(default)]
    pub caller: Option<String>,
    pub executed_version: Option<Version>,
    pub function_error: Option<String>,
    pub request_payload: Box<RawValue>,
    /// What the function answered the last time it ran.
    #[serde(default, deserialize_with = "even_null")]
    pub response_payload: Option<Box<RawValue>>,
    /// In place of `response_payload`, of an answer that is no JSON.
    pub response_base64: Option<String>,
}

impl FinishedEvent {
    pub fn state(&self) -> EventState {
        match self.ending.as_str() {
            "Success" => EventState::Succeeded,
            "Cancelled" => EventState::Cancelled,
            _ => EventState::Failed,
        }
    }

    /// The version or alias that was invoked; the ARN always has one.
    pub(super) fn qualifier(&self) -> Option<String> {
        let (_, last) = self.function_arn.rsplit_once(':')?;
        (last != Version::LATEST).then(|| last.to_owned())
    }

    pub(super) fn summary(&self) -> EventSummary {
        EventSummary {
            request_id: self.request_id.to_string(),
            function: self.function.to_string(),
            state: self.state(),
            accepted: self.accepted,
            due: None,
            expires: None,
            ended: Some(self.ended),
            ending: Some(self.ending.clone()),
            attempts: self.invocations,
        }
    }
}

/// An answer that is `null` is an answer.
fn even_null<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(from).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finished(ending: &str) -> FinishedEvent {
        let text = format!(
            r#"{{"request_id":"00000000-0000-0000-0000-000000000007","function":"fn",
            "function_arn":"arn:aws:lambda:us-east-1:000000000000:function:fn:live",
            "ending":"{ending}","accepted":1,"ended":2,"invocations":3,"attempts":[],
            "request_payload":{{"a" : 1}},"response_payload":null}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    #[test]
    fn an_answer_that_is_null_is_an_answer() {
        let finished = finished("Success");

        assert_eq!(finished.response_payload.unwrap().get(), "null");
        assert_eq!(finished.request_payload.get(), r#"{"a" : 1}"#);
    }

    #[test]
    fn an_end_is_a_success_a_cancellation_or_a_failure() {
        let states = [
            "Success",
            "Cancelled",
            "RetriesExhausted",
            "FunctionDeleted",
        ]
        .map(|ending| finished(ending).state());

        assert_eq!(
            states,
            [
                EventState::Succeeded,
                EventState::Cancelled,
                EventState::Failed,
                EventState::Failed,
            ]
        );
        assert_eq!(finished("Success").qualifier().as_deref(), Some("live"));
    }

    #[test]
    fn a_state_is_read_as_it_is_written() {
        for state in EventState::ALL {
            assert_eq!(EventState::parse(state.as_str()), Some(state));
        }
        assert_eq!(EventState::parse("Queued"), None);
    }
}
