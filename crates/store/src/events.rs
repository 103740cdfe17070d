//! A durable queue of events with leases.
//!
//! ```text
//!            enqueue            claim             settle
//! (nothing) ────────▶ waiting ────────▶ leased ────────────▶ gone, and in the same commit:
//!                        ▲                │                  other events, records that stay
//!                        └────────────────┘
//!                     release, or the lease ends
//! ```
//!
//! The twelve promises of the contract are functions of the conformance suite, one each.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::time::Moment;

use crate::QueueError;

/// The name of an event; later events have larger ones, and none is ever used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EventId(pub u64);

/// The name of a queue: a family, a slash, and a name within the family. A queue exists for as
/// long as it holds events.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QueueName(Arc<str>);

impl QueueName {
    /// The family has no slash; the name may have some.
    pub fn new(family: &str, name: &str) -> Self {
        Self(format!("{family}/{name}").into())
    }

    /// Reads what [`QueueName::as_str`] wrote.
    pub fn parse(text: &str) -> Option<Self> {
        text.contains('/').then(|| Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the first slash.
    pub fn family(&self) -> &str {
        self.0.split_once('/').map_or("", |(family, _)| family)
    }

    /// The part behind the first slash.
    pub fn name(&self) -> &str {
        self.0.split_once('/').map_or("", |(_, name)| name)
    }
}

impl fmt::Display for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for QueueName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// What becomes of an event that was not settled before it expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AtExpiry {
    /// It is claimed once more, marked as expired, so that its owner records its end.
    HandOver,
    /// The queue removes it and says nothing.
    Remove,
}

/// An event that is to be kept until it is settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    pub queue: QueueName,
    /// What [`EventQueue::find`] finds it by, such as a request id. Need not be unique.
    pub key: Option<String>,
    pub body: Bytes,
    /// Not handed out before.
    pub due: Moment,
    /// Not handed out to be run afterwards.
    pub expires: Moment,
    pub at_expiry: AtExpiry,
    /// Events of one group in one queue are handed out one after the other, in their order.
    pub group: Option<String>,
    /// An event that has the same in the same queue, accepted in the last [`DEDUP_WINDOW`], makes
    /// this one a duplicate that is not kept.
    pub dedup: Option<String>,
}

/// How long an event is known by its `dedup`, settled or not.
///
/// docs: Amazon SQS developer guide, exactly-once processing of FIFO queues.
pub const DEDUP_WINDOW: Duration = Duration::from_mins(5);

/// What became of one event of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Enqueued {
    /// Of a duplicate, the event that came first.
    pub id: EventId,
    pub is_duplicate: bool,
}

/// Which events a claim is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    Queue(QueueName),
    /// Every queue of a family but `except`. What has expired is not hidden by `except`: it is
    /// not going to be run.
    Family {
        family: &'static str,
        except: BTreeSet<QueueName>,
    },
}

/// Which events or records a listing is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    Queue(QueueName),
    Family(&'static str),
}

impl Scope {
    pub fn contains(&self, queue: &QueueName) -> bool {
        match self {
            Self::Queue(name) => name == queue,
            Self::Family(family) => *family == queue.family(),
        }
    }
}

/// For how long an event is handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    pub time: Duration,
    /// Whether a restart leaves the lease in force. If so a claim is a commit; otherwise it only
    /// leaves a note for the next one, and a restart ends the lease.
    pub survives_restart: bool,
}

impl Lease {
    /// A lease for work that ends with this process.
    pub const fn of_this_process(time: Duration) -> Self {
        Self {
            time,
            survives_restart: false,
        }
    }

    /// A lease for work outside of this process.
    pub const fn durable(time: Duration) -> Self {
        Self {
            time,
            survives_restart: true,
        }
    }
}

/// The right to settle an event. It is good until it was used or the event was handed out anew:
/// whoever settles after the end of the lease, but before anybody else has the event, settles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Receipt {
    pub event: EventId,
    /// Which of the event's leases this is. A number never comes again for the same event.
    pub lease: u32,
}

/// An event that was handed out.
#[derive(Debug, Clone)]
pub struct Claimed {
    pub receipt: Receipt,
    pub queue: QueueName,
    pub key: Option<String>,
    pub body: Bytes,
    /// What the owner noted when it gave the event back the last time; empty if it never did.
    pub progress: Bytes,
    /// 1 for the first time that the event is handed out. May be too low after a crash.
    pub attempt: u32,
    pub enqueued: Moment,
    /// When it was handed out for the first time; this time, if this is the first.
    pub first_claimed: Moment,
    /// It is not to be run: its owner records its end and settles it.
    pub is_expired: bool,
    pub group: Option<String>,
}

/// What happens in the commit that removes an event.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settlement {
    /// Events that take its place, also in a queue that is full.
    pub then: Vec<NewEvent>,
    pub keep: Vec<Kept>,
}

/// A record that outlives its event. A later one under the same key takes its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    pub key: String,
    pub queue: QueueName,
    pub value: Bytes,
    /// Forgotten then, or earlier if the records take more than their share of the disk.
    pub until: Moment,
}

/// The place of a record in a listing; later records have larger ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeptId(pub u64);

/// How an event is given back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    pub due: Moment,
    /// This time did not count as an attempt.
    pub keep_attempt: bool,
    /// The owner's notes, in place of those from before; `None` leaves them.
    pub progress: Option<Bytes>,
}

/// How much waits in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Depth {
    /// Due and not leased. Events count that wait for another one of their group, and those that
    /// have expired and not been handed over.
    pub due: usize,
    /// Not due yet.
    pub delayed: usize,
    pub leased: usize,
    /// When the oldest of them was enqueued.
    pub oldest: Option<Moment>,
}

impl Depth {
    /// All events of the queue.
    pub fn total(&self) -> usize {
        self.due + self.delayed + self.leased
    }
}

/// Whether somebody has an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventState {
    Waiting,
    Leased { until: Moment },
}

/// An event in a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    pub id: EventId,
    pub queue: QueueName,
    pub key: Option<String>,
    pub enqueued: Moment,
    pub due: Moment,
    pub expires: Moment,
    /// How often it was handed out, this time included.
    pub attempts: u32,
    pub state: EventState,
}

/// An event with what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub listed: Listed,
    pub body: Bytes,
    pub progress: Bytes,
}

/// A part of a listing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part<T> {
    pub entries: Vec<T>,
    /// Whether there is more behind the last entry.
    pub has_more: bool,
}

/// Keeps events until they are settled. At least once: an event whose lease ends unsettled is
/// handed out again.
#[async_trait]
pub trait EventQueue: Send + Sync + fmt::Debug {
    /// Keeps all of these events or none; they are durable when it returns.
    async fn enqueue(&self, batch: Vec<NewEvent>) -> Result<Vec<Enqueued>, QueueError>;

    /// Up to `max` events that are due or have expired. Empty at once if there are none. While a
    /// lease lasts nobody else gets the event. Within a queue those that are due longest come
    /// first; the queues of a family take turns, one event each.
    async fn claim(
        &self,
        selector: &Selector,
        max: usize,
        lease: Lease,
    ) -> Result<Vec<Claimed>, QueueError>;

    /// This very event, whether or not it is due or its turn, unless somebody has it.
    async fn claim_one(&self, event: EventId, lease: Lease) -> Result<Option<Claimed>, QueueError>;

    /// Returns when there is something to claim, at once if there is. Dropping it loses nothing.
    async fn changed(&self, selector: &Selector);

    /// Says that the clock has jumped.
    fn look_again(&self);

    /// Has the lease last for this time from now on; with zero it ends. A lease that has ended is
    /// fenced. The receipt stays the same.
    async fn extend(&self, receipt: &Receipt, time: Duration) -> Result<Receipt, QueueError>;

    /// Settles an event: when this returns it is gone for good and what takes its place is durable.
    async fn settle(&self, receipt: &Receipt, settlement: Settlement) -> Result<(), QueueError>;

    /// Gives an event back, to be due at another time.
    async fn release(&self, receipt: &Receipt, release: Release) -> Result<(), QueueError>;

    async fn depth(&self, queue: &QueueName) -> Result<Depth, QueueError>;

    /// The queues of a family that hold events, in the order of their names.
    async fn queues(&self, family: &str) -> Result<Vec<(QueueName, Depth)>, QueueError>;

    /// The next moment, after now, at which an event of a family can be claimed that cannot be now:
    /// it becomes due, or a lease of it ends that survives a restart. Other leases end with the
    /// work they are for.
    async fn next_due(&self, family: &str) -> Result<Option<Moment>, QueueError>;

    /// Removes every event of a queue but those that are being settled, leased or not, and says
    /// how many. What is enqueued meanwhile stays.
    async fn purge(&self, queue: &QueueName) -> Result<usize, QueueError>;

    /// Up to `limit` events behind one, in the order of their ids.
    async fn list(
        &self,
        scope: &Scope,
        after: Option<EventId>,
        limit: usize,
    ) -> Result<Part<Listed>, QueueError>;

    /// Events with this key, in the order of their ids, at most [`FOUND_MAX`].
    async fn find(&self, key: &str) -> Result<Vec<Found>, QueueError>;

    /// Records whose keys begin with `prefix`, in the order of keys, at most [`FOUND_MAX`].
    async fn kept(&self, prefix: &str) -> Result<Vec<Kept>, QueueError>;

    /// Up to `limit` records behind one, in the order in which they were kept. A part of large
    /// records ends early.
    async fn kept_list(
        &self,
        scope: &Scope,
        after: Option<KeptId>,
        limit: usize,
    ) -> Result<Part<(KeptId, Kept)>, QueueError>;

    /// Removes a record; one that is not there is no error.
    async fn forget(&self, key: &str) -> Result<(), QueueError>;
}

/// How many events or records one search finds.
pub const FOUND_MAX: usize = 100;
