//! What every engine must do, as plain functions that its tests call.
//!
//! Each takes a fresh, empty engine, or a part of one. Time is a [`TestClock`] that only the test
//! moves.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on has failed"
)]

mod blobs;
mod bus;
mod documents;
mod documents_model;
mod limiter;
mod queue;
mod queue_clauses;
mod queue_model;
mod queue_records;
mod queue_steps;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use domain::time::{Clock, Moment};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::{EventQueue, Store};

pub use blobs::*;
pub use bus::*;
pub use documents::*;
pub use documents_model::documents_are_as_the_model_says;
pub use limiter::*;
pub use queue::*;
pub use queue_clauses::*;
pub use queue_model::events_are_as_the_model_says;
pub use queue_records::*;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct TestClock(AtomicU64);

impl TestClock {
    pub fn new() -> Arc<Self> {
        Arc::new(Self(AtomicU64::new(1_700_000_000_000)))
    }

    pub fn advance(&self, by: Duration) {
        let millis = u64::try_from(by.as_millis()).unwrap_or(u64::MAX);
        self.0.fetch_add(millis, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Moment {
        Moment::from_millis(self.0.load(Ordering::SeqCst))
    }
}

/// An engine under test.
#[async_trait(?Send)]
pub trait Subject {
    fn store(&self) -> &dyn Store;

    fn queue(&self) -> &dyn EventQueue;

    fn clock(&self) -> &Arc<TestClock>;

    /// Closes the engine and opens it again on what it has written.
    async fn restart(&mut self);
}

/// Runs `test` on `cases` random values; it fails by panicking.
fn check<T: std::fmt::Debug>(cases: u32, values: impl Strategy<Value = T>, test: impl AsyncFn(T)) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    let outcome = TestRunner::new(config).run(&values, |value| {
        runtime.block_on(test(value));
        Ok(())
    });
    if let Err(failure) = outcome {
        panic!("{failure}");
    }
}
