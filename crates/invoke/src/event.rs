//! Asynchronous invocations: accepted once they are on disk, run afterwards, and never lost.
//!
//! ```text
//! accept ─▶ [lambda/FN] ─claim─▶ attempt ─▶ domain::retry ─▶ settle, with what follows from the end
//!                ▲                                │                     │
//!                └───── release: later again ─────┘                     ▼
//!                                     [outbox/FN] ─claim─▶ delivery ─▶ target
//! ```

mod accept;
mod attempt;
mod control;
mod delivery;
mod dispatcher;
mod ending;
mod lanes;
mod listing;
mod progress;
mod shown;
mod written;

use std::time::Duration;

use bytes::Bytes;
use domain::name::{FunctionName, Qualifier, Target};
use domain::time::Moment;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use store::{AtExpiry, Claimed, NewEvent, QueueName, Settlement};
use uuid::Uuid;

use crate::invocation::Invocation;

pub(crate) use accept::accept;
pub(crate) use attempt::Attempts;
pub(crate) use delivery::Deliveries;
pub(crate) use dispatcher::{Dispatcher, Work};
pub(crate) use ending::Endings;

pub use control::{ControlError, EventControl, EventOutcome};
pub use listing::{EventCursor, EventFilter, EventPage};
pub use progress::{AttemptResult, Note as AttemptNote};
pub use shown::{DeliveryShown, EventShown, EventState, EventSummary, FinishedEvent};

/// The queues of events that wait for their functions.
const LAMBDA: &str = "lambda";

/// The queues of what is on its way to destinations, by the function that it comes from.
const OUTBOX: &str = "outbox";

/// The queues of what cannot be read, as after a step back to an older server. Nobody works on
/// them; they are there to be looked at.
const UNREADABLE: &str = "unreadable";

/// When something is due, or forgotten, that waits for people: never.
const NEVER: Duration = Duration::from_hours(24 * 36_500);

/// Takes what cannot be read out of the way, with all of its bytes.
fn set_aside(claimed: &Claimed, now: Moment) -> Settlement {
    let event = NewEvent {
        queue: QueueName::new(UNREADABLE, claimed.queue.as_str()),
        key: claimed.key.clone(),
        body: claimed.body.clone(),
        due: now + NEVER,
        expires: now + NEVER,
        at_expiry: AtExpiry::HandOver,
        group: None,
        dedup: None,
    };
    Settlement {
        then: vec![event],
        keep: Vec::new(),
    }
}

/// The queue of a function's events.
fn queue_of(function: &FunctionName) -> QueueName {
    QueueName::new(LAMBDA, function.as_str())
}

/// An event as it lies in the queue. The format is durable: members may be added, never changed.
#[derive(Debug, Serialize, Deserialize)]
struct StoredEvent {
    request_id: Uuid,
    function: FunctionName,
    qualifier: Option<String>,
    trace: String,
    /// The access key of whoever accepted that this comes later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    caller: Option<String>,
    /// The caller's bytes, unchanged.
    payload: Box<RawValue>,
}

impl StoredEvent {
    fn qualifier(&self) -> Option<Qualifier> {
        self.qualifier.as_deref().map(Qualifier::parse)
    }

    fn invocation(&self) -> Invocation {
        Invocation {
            target: Target {
                function: self.function.clone(),
                qualifier: self.qualifier(),
            },
            request_id: self.request_id,
            payload: Bytes::copy_from_slice(self.payload.get().as_bytes()),
            // model: the client context is for synchronous invocations only.
            client_context: None,
            trace: Some(self.trace.clone()),
            caller: self.caller.clone(),
            log_tail: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_reads_back_with_the_very_bytes_of_its_payload() {
        let stored = r#"{"request_id":"00000000-0000-0000-0000-000000000007","function":"fn","qualifier":"live","trace":"Root=1-a","payload":{"a" : 1.0, "é":"\u00e9"}}"#;

        let event: StoredEvent = serde_json::from_str(stored).unwrap();

        assert_eq!(serde_json::to_string(&event).unwrap(), stored);
        let invocation = event.invocation();
        assert_eq!(
            &invocation.payload[..],
            "{\"a\" : 1.0, \"é\":\"\\u00e9\"}".as_bytes()
        );
        assert_eq!(invocation.target.qualifier, Some(Qualifier::parse("live")));
        assert_eq!(invocation.caller, None);
    }

    #[test]
    fn the_access_key_of_the_caller_travels_with_the_event() {
        let stored = r#"{"request_id":"00000000-0000-0000-0000-000000000007","function":"fn","qualifier":null,"trace":"Root=1-a","caller":"AKIA","payload":1}"#;

        let event: StoredEvent = serde_json::from_str(stored).unwrap();

        assert_eq!(serde_json::to_string(&event).unwrap(), stored);
        assert_eq!(event.invocation().caller.as_deref(), Some("AKIA"));
    }
}
