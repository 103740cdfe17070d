//! Durability as traits: metadata documents, blobs, and a queue of events.
//!
//! What a write means is decided in `domain`; an engine only makes it durable and ordered. This
//! crate has the contracts, the reference engine that keeps everything in [`memory`], and, for the
//! tests of engines, one `conformance` suite that each of them must pass.

mod blobs;
mod bus;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod documents;
mod error;
mod events;
mod function;
mod layer;
mod limiter;
pub mod memory;
mod metadata;
mod queue;
mod queue_log;
mod schedule;
mod waiters;

pub use blobs::{BlobRef, Blobs};
pub use bus::{
    Bus, BusError, LocalBus, MESSAGE_BYTES_MAX, NodeId, Question, Questions, Subscription,
};
pub use error::{QueueError, StoreError};
pub use events::{
    AtExpiry, Claimed, DEDUP_WINDOW, Depth, Enqueued, EventId, EventQueue, EventState, FOUND_MAX,
    Found, Kept, KeptId, Lease, Listed, NewEvent, Part, QueueName, Receipt, Release, Scope,
    Selector, Settlement,
};
pub use limiter::{Limiter, LocalLimiter, Refused, Slot, TooLittleUnreserved, Usage};
pub use metadata::{Expect, Key, Op, Page, Revision, Store, VALUE_BYTES_MAX, Versioned};
pub use queue::LogQueue;
pub use queue_log::{
    Appended, BODY_BYTES_MAX, Bounds, Change, Content, Header, KEPT_BYTES_MAX, KEPT_PART_BYTES_MAX,
    LeaseRecord, NameHash, PROGRESS_BYTES_MAX, QueueLog, ReleaseRecord,
};
