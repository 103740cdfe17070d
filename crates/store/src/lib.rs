//! Durability as traits: metadata documents, blobs, and a queue of events.
//!
//! What a write means is decided in `domain`; an engine only makes it durable and ordered. This
//! crate has the contracts, the reference engine that keeps everything in [`memory`], and, for the
//! tests of engines, one `conformance` suite that each of them must pass.

mod bell;
mod blobs;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod documents;
mod error;
mod events;
mod function;
pub mod memory;
mod metadata;
mod schedule;

pub use bell::Bell;
pub use blobs::{BlobRef, Blobs};
pub use error::{QueueError, StoreError};
pub use events::{Claimed, Depth, EventId, EventQueue, NewEvent, Receipt};
pub use metadata::{Expect, Key, Op, Page, Revision, Store, VALUE_BYTES_MAX, Versioned};
pub use schedule::{BODY_BYTES_MAX, EVENTS_MAX, Found, Header, Released, Schedule};
