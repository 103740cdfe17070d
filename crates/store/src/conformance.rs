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

/// Every rule that a queue has to keep, handed to a macro of the engine's tests as `subject => rules`.
/// A rule that is not in this list is tested on no engine, and one that is, on all.
#[macro_export]
macro_rules! queue_rules {
    ($tests:ident, $subject:expr) => {
        $tests!($subject =>
            clause_1_what_was_accepted_survives_a_restart_and_a_batch_is_kept_whole_or_not_at_all,
            clause_2_an_event_that_is_not_settled_is_handed_out_again,
            clause_3_while_a_lease_lasts_nobody_else_has_the_event,
            clause_4_a_stale_receipt_is_fenced_and_changes_nothing,
            clause_5_attempts_are_counted_and_a_restart_does_not_reset_them,
            clause_6_a_group_is_handed_out_one_by_one_in_its_order,
            clause_7_an_event_is_not_handed_out_before_it_is_due,
            clause_8_an_expired_event_is_not_run_but_handed_over_or_removed,
            clause_9_a_duplicate_within_five_minutes_is_not_kept,
            clause_10_the_queues_of_a_family_take_turns,
            clause_11_an_end_and_what_follows_from_it_are_one,
            clause_12_a_restart_with_a_backlog_goes_on_at_once,
            a_receipt_is_good_until_somebody_else_has_the_event,
            a_lease_that_is_extended_by_nothing_ends,
            a_durable_lease_survives_a_restart_and_another_does_not,
            a_lease_number_never_comes_again,
            an_owner_finds_its_notes_again,
            one_event_can_be_claimed_by_its_name,
            a_purge_leaves_nothing_and_touches_no_other_queue,
            events_are_counted_and_listed_by_queue_and_by_family,
            the_next_event_to_come_up_is_known_without_what_is_due_or_worked_on,
            events_are_found_by_their_key,
            a_record_outlives_its_event_until_its_time_or_until_it_is_forgotten,
            whoever_waits_hears_of_an_event,
            whoever_waits_hears_that_the_clock_has_jumped,
            whoever_waits_hears_that_a_lease_or_a_group_has_ended,
            what_has_expired_is_handed_over_although_its_queue_is_excepted,
            a_large_body_and_a_large_record_are_kept_whole,
            claimers_at_the_same_time_share_nothing,
        );
    };
}
pub use queue_rules;

/// The rules that a queue has to keep that may hold only a little ([`SMALL`]).
#[macro_export]
macro_rules! bounded_queue_rules {
    ($tests:ident, $subject:expr) => {
        $tests!($subject =>
            the_oldest_records_make_room_for_younger_ones,
            a_full_queue_takes_no_more_until_something_is_done,
        );
    };
}
pub use bounded_queue_rules;
