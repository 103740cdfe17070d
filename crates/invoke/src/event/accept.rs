//! Taking an event: it is on disk before the caller hears that it was accepted.

use std::time::Duration;

use domain::time::Moment;
use serde_json::value::RawValue;
use store::{AtExpiry, EventQueue, NewEvent, QueueError};

use super::{StoredEvent, queue_of};
use crate::invocation::{Invocation, InvokeError};

/// Puts an event into its function's queue. When this returns, the event will come to an end,
/// whatever happens to us.
pub(crate) async fn accept(
    events: &dyn EventQueue,
    invocation: Invocation,
    trace: String,
    now: Moment,
    age_max: Duration,
) -> Result<(), InvokeError> {
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
        caller: invocation.caller,
        payload,
    };
    let event = stored.into_new(now, age_max).map_err(|e| corrupt(&e))?;
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

impl StoredEvent {
    /// The event for its function's queue, due at once.
    pub(super) fn into_new(
        self,
        now: Moment,
        age_max: Duration,
    ) -> Result<NewEvent, serde_json::Error> {
        Ok(NewEvent {
            queue: queue_of(&self.function),
            key: Some(self.request_id.to_string()),
            body: serde_json::to_vec(&self)?.into(),
            due: now,
            expires: now + age_max,
            // Its end is recorded, and may go to a destination.
            at_expiry: AtExpiry::HandOver,
            group: None,
            dedup: None,
        })
    }
}
