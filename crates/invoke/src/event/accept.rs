//! Taking an event: it is on disk before the caller hears that it was accepted.

use domain::limits::EVENT_AGE_MAX;
use domain::time::Moment;
use serde_json::value::RawValue;
use store::{EventQueue, NewEvent, QueueError};

use super::StoredEvent;
use crate::invocation::{Invocation, InvokeError};

/// Puts an event into the queue. When this returns, the event will run, whatever happens to us.
pub(crate) async fn accept(
    events: &dyn EventQueue,
    invocation: Invocation,
    trace: String,
    now: Moment,
) -> Result<(), InvokeError> {
    let queue = invocation.target.function.to_string();
    let payload = String::from_utf8(invocation.payload.to_vec())
        .map_err(|error| corrupt(&error))
        .and_then(|text| RawValue::from_string(text).map_err(|error| corrupt(&error)))?;
    let stored = StoredEvent {
        request_id: invocation.request_id,
        function: invocation.target.function,
        qualifier: invocation
            .target
            .qualifier
            .map(|qualifier| qualifier.to_string()),
        trace,
        payload,
    };
    let body = serde_json::to_vec(&stored).map_err(|error| corrupt(&error))?;
    let event = NewEvent {
        queue,
        body: body.into(),
        due: now,
        expires: now + EVENT_AGE_MAX,
    };
    events
        .enqueue(vec![event])
        .await
        .map_err(InvokeError::Queue)?;
    Ok(())
}

/// The payload was checked before; that it is no JSON now is a bug of ours.
fn corrupt(error: &dyn std::error::Error) -> InvokeError {
    InvokeError::Queue(QueueError::Corrupt(error.to_string()))
}
