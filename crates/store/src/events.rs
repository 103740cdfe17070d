//! A durable queue of events with leases.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::time::Moment;

use crate::QueueError;

/// The name of an event in its queue; later events have larger ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u64);

/// An event that is to be kept until it is settled.
#[derive(Debug, Clone)]
pub struct NewEvent {
    /// Whose event it is; used to count, not to order.
    pub queue: String,
    pub body: Bytes,
    /// Not handed out before.
    pub due: Moment,
    /// Not handed out afterwards, but removed.
    pub expires: Moment,
}

/// The right to settle an event, until the lease ends or somebody else gets a newer one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Receipt {
    pub event: EventId,
    /// Which of the event's leases this is.
    pub lease: u64,
}

/// An event that was handed out.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub receipt: Receipt,
    pub queue: String,
    pub body: Bytes,
    /// 1 for the first time that the event is handed out. May be one too low after a crash.
    pub attempt: u32,
    pub enqueued: Moment,
}

/// How much waits in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Due and not leased.
    pub due: usize,
    /// Not due yet.
    pub delayed: usize,
    pub leased: usize,
}

/// Keeps events until they are settled. At least once: an event whose lease ends unsettled is
/// handed out again.
#[async_trait]
pub trait EventQueue: Send + Sync + fmt::Debug {
    /// Keeps all of these events or none; they are on disk when it returns.
    async fn enqueue(&self, batch: Vec<NewEvent>) -> Result<Vec<EventId>, QueueError>;

    /// Up to `max` events that are due, the one that has been due longest first. Empty at once if
    /// there are none. While a lease lasts nobody else gets the event.
    async fn claim(&self, max: usize, lease: Duration) -> Result<Vec<Claimed>, QueueError>;

    /// Returns when there may be something to claim. Dropping it loses nothing.
    async fn due_changed(&self);

    /// Settles an event: it is gone for good when this returns.
    async fn ack(&self, receipt: &Receipt) -> Result<(), QueueError>;

    /// Gives an event back, to be due at another time. `keep_attempt`: this time did not count.
    async fn release(
        &self,
        receipt: &Receipt,
        due: Moment,
        keep_attempt: bool,
    ) -> Result<(), QueueError>;

    async fn depth(&self, queue: &str) -> Result<Depth, QueueError>;
}
