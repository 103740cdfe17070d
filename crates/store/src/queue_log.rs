//! What an engine does for a queue: it makes changes durable, in order, and reads them back.
//!
//! Which event is due, who has it and whose turn it is, the log does not know: that is the schedule,
//! once for all engines.

use std::fmt;
use std::future::Future;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::num::NonZeroU64;

use bytes::Bytes;
use domain::time::Moment;

use crate::{AtExpiry, EventId, Kept, KeptId, NewEvent, Part, QueueName, Scope, StoreError};

/// The largest body of an event.
pub const BODY_BYTES_MAX: usize = 16 << 20;

/// The largest note that an owner leaves with an event.
pub const PROGRESS_BYTES_MAX: usize = 256 << 10;

/// The largest record that outlives its event.
pub const KEPT_BYTES_MAX: usize = 32 << 20;

/// How much the queues of an engine hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Events of all families. Each costs up to 300 bytes of memory, and time at start.
    pub events: usize,
    /// Bytes of records that outlive their events; the oldest records go first.
    pub kept_bytes: u64,
}

impl Bounds {
    pub const DEFAULT: Self = Self {
        events: 1_000_000,
        kept_bytes: 1 << 30,
    };
}

impl Default for Bounds {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// The bytes of records in one part of a listing, if there is more than one.
pub const KEPT_PART_BYTES_MAX: usize = 16 << 20;

/// Stands for a name in memory, where there is no room for millions of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameHash(NonZeroU64);

impl NameHash {
    pub fn of(name: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        name.hash(&mut hasher);
        Self(NonZeroU64::MIN | hasher.finish())
    }
}

/// What the schedule needs to know of an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub queue: QueueName,
    pub enqueued: Moment,
    pub due: Moment,
    pub expires: Moment,
    pub at_expiry: AtExpiry,
    /// Of two keys that have the same one by chance, a search reads both and takes one.
    pub key: Option<NameHash>,
    /// Two groups that have the same one by chance wait for each other, which keeps every promise.
    pub group: Option<NameHash>,
    /// How often the event was handed out so far, as far as it counts.
    pub attempts: u32,
    /// The number of the last lease.
    pub leases: u32,
    pub first_claimed: Option<Moment>,
    /// The end of the last lease, if that one survives a restart.
    pub lease_until: Option<Moment>,
}

impl Header {
    pub fn of(event: &NewEvent, enqueued: Moment) -> Self {
        Self {
            queue: event.queue.clone(),
            enqueued,
            due: event.due,
            expires: event.expires,
            at_expiry: event.at_expiry,
            key: event.key.as_deref().map(NameHash::of),
            group: event.group.as_deref().map(NameHash::of),
            attempts: 0,
            leases: 0,
            first_claimed: None,
            lease_until: None,
        }
    }
}

/// What an event carries, which only its owner understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    pub key: Option<String>,
    pub group: Option<String>,
    pub body: Bytes,
    pub progress: Bytes,
}

/// That an event was handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaseRecord {
    pub event: EventId,
    /// The number of this lease.
    pub number: u32,
    pub attempts: u32,
    pub first_claimed: Moment,
    /// The end of the lease, if it survives a restart.
    pub until: Option<Moment>,
}

/// That an event was given back. It has no lease afterwards.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseRecord {
    pub event: EventId,
    /// The number of the lease that ends.
    pub number: u32,
    pub due: Moment,
    pub attempts: u32,
    /// `None` leaves what is there.
    pub progress: Option<Bytes>,
}

/// One commit. What it names and is not there is no error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub now: Moment,
    pub append: Vec<NewEvent>,
    pub remove: Vec<EventId>,
    /// A record does nothing to an event that has a later lease.
    pub lease: Vec<LeaseRecord>,
    pub release: Option<ReleaseRecord>,
    pub keep: Vec<Kept>,
    /// What all kept records may take afterwards.
    pub kept_bytes_max: u64,
    pub forget: Option<String>,
}

impl Change {
    pub fn nothing(now: Moment) -> Self {
        Self {
            now,
            append: Vec::new(),
            remove: Vec::new(),
            lease: Vec::new(),
            release: None,
            keep: Vec::new(),
            kept_bytes_max: Bounds::DEFAULT.kept_bytes,
            forget: None,
        }
    }
}

/// An event of [`Change::append`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    Kept(EventId, Header),
    /// An event with the same `dedup` came first.
    Duplicate(EventId),
}

impl Appended {
    pub fn id(&self) -> EventId {
        match self {
            Self::Kept(id, _) | Self::Duplicate(id) => *id,
        }
    }
}

/// An engine's part of a queue.
pub trait QueueLog: Send + Sync + fmt::Debug + 'static {
    /// Does all of the change or nothing. It is durable when `then` is called with the appended
    /// events, and that happens whether or not anybody still waits for the future. Calls come in
    /// the order of commits. If the change is not done `then` is dropped uncalled.
    fn commit<T: Send + 'static>(
        &self,
        change: Change,
        then: impl FnOnce(Vec<Appended>) -> T + Send + 'static,
    ) -> impl Future<Output = Result<T, StoreError>> + Send;

    /// Leaves a change for the next commit, or one soon. It may be lost, and `then` is dropped.
    fn note(&self, change: Change, then: impl FnOnce() + Send + 'static);

    /// What these events carry.
    fn read(
        &self,
        events: Vec<EventId>,
    ) -> impl Future<Output = Result<Vec<Result<Content, StoreError>>, StoreError>> + Send;

    /// The keys of these events; none for an event that is not there.
    fn keys(
        &self,
        events: Vec<EventId>,
    ) -> impl Future<Output = Result<Vec<Option<String>>, StoreError>> + Send;

    /// Up to `limit` records whose keys begin with `prefix` and that last longer than `now`.
    fn kept(
        &self,
        prefix: String,
        limit: usize,
        now: Moment,
    ) -> impl Future<Output = Result<Vec<Kept>, StoreError>> + Send;

    /// Up to `limit` records behind one that last longer than `now`.
    fn kept_list(
        &self,
        scope: Scope,
        after: Option<KeptId>,
        limit: usize,
        now: Moment,
    ) -> impl Future<Output = Result<Part<(KeptId, Kept)>, StoreError>> + Send;

    /// The last event that there is. Blocks; for the start.
    fn last(&self) -> Result<Option<EventId>, StoreError>;

    /// Up to `limit` events behind one, in the order of their ids. Blocks; for the start.
    fn scan(
        &self,
        after: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<(EventId, Header)>, StoreError>;

    /// Finishes what is being written and refuses everything after. Blocks.
    fn close(&self);
}
