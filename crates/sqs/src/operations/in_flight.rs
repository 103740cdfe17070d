//! What a receiver does with a message that it has: delete it, or change how long it has it.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use store::{EventId, EventState, QueueError, Scope, Settlement};
use tokio::task::JoinHandle;

use super::batch::{self, Batch, One, Outcomes};
use super::within;
use crate::call::{self, Int};
use crate::error::Error;
use crate::limits::VISIBILITY_SECONDS;
use crate::queue::Queue;
use crate::queues::Queues;
use crate::receipt::Handle;

/// A message that somebody has; `id` is of batches only.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    id: Option<String>,
    receipt_handle: Option<String>,
    visibility_timeout: Option<Int>,
}

impl Entry {
    fn handle(&self) -> Result<&str, Error> {
        let handle = self.receipt_handle.as_deref();
        let handle = handle.filter(|handle| !handle.is_empty());
        handle.ok_or_else(|| Error::missing("ReceiptHandle"))
    }
}

impl Queues {
    pub(super) async fn delete_message(self: Arc<Self>, input: Value) -> Result<Value, Error> {
        let One::<Entry> { queue, entry } = call::input(input)?;
        let queue = self.of(&queue)?;
        self.delete(queue, entry).await.map(|()| Value::Null)
    }

    pub(super) async fn delete_message_batch(
        self: Arc<Self>,
        input: Value,
    ) -> Result<Value, Error> {
        let Batch::<Entry> { queue, entries } = call::input(input)?;
        let queue = self.of(&queue)?;
        let ids = entries.iter().map(|entry| entry.id.as_deref());
        batch::check(ids, "DeleteMessageBatch")?;
        let work = entries.into_iter().map(|mut entry| {
            let id = entry.id.take().unwrap_or_default();
            let deleting = Arc::clone(&self).delete(Arc::clone(&queue), entry);
            (id, self.tasks.spawn(deleting))
        });
        outcomes(work.collect()).await
    }

    pub(super) async fn change_message_visibility(
        self: Arc<Self>,
        input: Value,
    ) -> Result<Value, Error> {
        let One::<Entry> { queue, entry } = call::input(input)?;
        let queue = self.of(&queue)?;
        self.change_visibility(queue, entry)
            .await
            .map(|()| Value::Null)
    }

    pub(super) async fn change_message_visibility_batch(
        self: Arc<Self>,
        input: Value,
    ) -> Result<Value, Error> {
        let Batch::<Entry> { queue, entries } = call::input(input)?;
        let queue = self.of(&queue)?;
        let ids = entries.iter().map(|entry| entry.id.as_deref());
        batch::check(ids, "ChangeMessageVisibilityBatch")?;
        let work = entries.into_iter().map(|mut entry| {
            let id = entry.id.take().unwrap_or_default();
            let changing = Arc::clone(&self).change_visibility(Arc::clone(&queue), entry);
            (id, self.tasks.spawn(changing))
        });
        outcomes(work.collect()).await
    }

    /// docs: `DeleteMessage`: deleting with a handle that is not the last one succeeds and may leave
    /// the message; here it leaves it. observed: a FIFO queue refuses a handle that has expired.
    async fn delete(self: Arc<Self>, queue: Arc<Queue>, entry: Entry) -> Result<(), Error> {
        let text = entry.handle()?;
        let Handle { receipt, .. } = Handle::parse(text, &queue)?;
        let expired = || Error::value("ReceiptHandle", text, "The receipt handle has expired");
        if queue.name.is_fifo() {
            match self.state(&queue, receipt.event).await? {
                None => return Ok(()),
                Some(EventState::Waiting) => return Err(expired()),
                Some(EventState::Leased { .. }) => {}
            }
        }
        match self.events.settle(&receipt, Settlement::default()).await {
            Err(QueueError::Fenced) if queue.name.is_fifo() => Err(expired()),
            Ok(()) | Err(QueueError::Fenced) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn change_visibility(
        self: Arc<Self>,
        queue: Arc<Queue>,
        entry: Entry,
    ) -> Result<(), Error> {
        let text = entry.handle()?;
        let handle = Handle::parse(text, &queue)?;
        let name = "VisibilityTimeout";
        let seconds = entry.visibility_timeout;
        let seconds = seconds.ok_or_else(|| Error::missing(name))?;
        let seconds = within(name, Some(seconds), VISIBILITY_SECONDS, 0)?;
        let time = Duration::from_secs(seconds.into());
        let most = Duration::from_secs((*VISIBILITY_SECONDS.end()).into());
        if self.now().since(handle.received) + time > most {
            let reason = format!(
                "Total VisibilityTimeout for the message is beyond the limit [{} seconds]",
                most.as_secs()
            );
            return Err(Error::value(name, seconds, &reason));
        }
        match self.events.extend(&handle.receipt, time).await {
            Ok(_) => Ok(()),
            Err(QueueError::Fenced) => match self.state(&queue, handle.receipt.event).await? {
                // observed: who is late hears nothing of it.
                Some(EventState::Waiting) => Ok(()),
                Some(EventState::Leased { .. }) | None => Err(Error::value(
                    "ReceiptHandle",
                    text,
                    "Message does not exist or is not available for visibility timeout change",
                )),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Whether somebody has a message; none if it is gone.
    async fn state(&self, queue: &Queue, event: EventId) -> Result<Option<EventState>, Error> {
        let scope = Scope::Queue(queue.name.events());
        let before = event.0.checked_sub(1).map(EventId);
        let part = self.events.list(&scope, before, 1).await?;
        let found = part.entries.into_iter().find(|listed| listed.id == event);
        Ok(found.map(|listed| listed.state))
    }
}

/// Work on an entry of a batch, under the entry's id.
type Work = (String, JoinHandle<Result<(), Error>>);

async fn outcomes(work: Vec<Work>) -> Result<Value, Error> {
    let mut outcomes = Outcomes::default();
    for (id, work) in work {
        match work
            .await
            .unwrap_or_else(|error| Err(Error::internal(&error)))
        {
            Ok(()) => outcomes.succeeded(json!({"Id": id})),
            Err(error) => outcomes.failed(&id, &error),
        }
    }
    Ok(outcomes.into_output())
}
