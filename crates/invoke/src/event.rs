//! Asynchronous invocations: accepted once they are on disk, run afterwards.

mod accept;
mod attempt;
mod dispatcher;

use bytes::Bytes;
use domain::name::{FunctionName, Qualifier, Target};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use crate::invocation::Invocation;

pub(crate) use accept::accept;
pub(crate) use dispatcher::Dispatcher;

/// An event as it lies in the queue. The format is durable: members may be added, never changed.
#[derive(Debug, Serialize, Deserialize)]
struct StoredEvent {
    request_id: Uuid,
    function: FunctionName,
    qualifier: Option<String>,
    trace: String,
    /// The caller's bytes, unchanged.
    payload: Box<RawValue>,
}

impl StoredEvent {
    fn into_invocation(self) -> Invocation {
        let qualifier = self.qualifier.as_deref().map(Qualifier::parse);
        let payload: Box<str> = self.payload.into();
        Invocation {
            target: Target {
                function: self.function,
                qualifier,
            },
            request_id: self.request_id,
            payload: Bytes::from(String::from(payload)),
            // model: the client context is for synchronous invocations only.
            client_context: None,
            trace: Some(self.trace),
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
        let invocation = event.into_invocation();
        assert_eq!(
            &invocation.payload[..],
            "{\"a\" : 1.0, \"é\":\"\\u00e9\"}".as_bytes()
        );
        assert_eq!(invocation.target.qualifier, Some(Qualifier::parse("live")));
    }
}
