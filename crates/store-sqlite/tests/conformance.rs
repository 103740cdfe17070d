//! The conformance suite on the embedded engine, and what only it promises about its directory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::time::Clock as _;
use store::conformance::{self, Subject, TestClock};
use store::{
    AtExpiry, Blobs, EventQueue, Expect, Key, Lease, NewEvent, Op, QueueName, Selector, Settlement,
    Store,
};
use store_sqlite::{Engine, OpenError};
use tempfile::TempDir;

fn open(directory: &TempDir, clock: &Arc<TestClock>) -> Engine {
    Engine::open(directory.path(), clock.clone()).unwrap()
}

macro_rules! rules {
    ($part:ident: $($rule:ident),+ $(,)?) => {$(
        #[tokio::test]
        async fn $rule() {
            let directory = tempfile::tempdir().unwrap();
            let clock = TestClock::new();
            let engine = open(&directory, &clock);
            rules!(@run $part $rule engine clock);
            engine.close();
        }
    )+};
    (@run store $rule:ident $engine:ident $clock:ident) => {
        conformance::$rule(&*$engine.store).await
    };
    (@run blobs $rule:ident $engine:ident $clock:ident) => {
        conformance::$rule(&*$engine.blobs).await
    };
    (@run queue $rule:ident $engine:ident $clock:ident) => {
        conformance::$rule(&*$engine.queue, &$clock).await
    };
}

rules!(store:
    a_commit_is_read_back,
    what_is_not_as_expected_is_a_conflict_and_changes_nothing,
    a_key_that_was_deleted_never_has_an_old_revision_again,
    a_listing_goes_by_bytes_and_page_by_page,
    a_value_that_is_too_large_is_refused,
);
rules!(blobs: a_blob_is_kept_under_its_digest);
rules!(queue:
    an_event_is_handed_out_until_it_is_settled,
    a_stale_receipt_is_fenced_and_changes_nothing,
    an_event_is_not_handed_out_before_it_is_due,
    an_expired_event_is_never_handed_out,
    whoever_waits_hears_of_an_event,
    whoever_waits_hears_that_an_event_falls_due,
    a_batch_with_an_event_that_is_too_large_is_refused_whole,
    a_large_body_is_kept_whole,
);

/// An engine that closes and opens its directory whenever it is told to.
struct Reopening {
    directory: TempDir,
    clock: Arc<TestClock>,
    engine: Option<Engine>,
}

impl Reopening {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = TestClock::new();
        let engine = Some(open(&directory, &clock));
        Self {
            directory,
            clock,
            engine,
        }
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }
}

#[async_trait(?Send)]
impl Subject for Reopening {
    fn store(&self) -> &dyn Store {
        &*self.engine().store
    }

    fn queue(&self) -> &dyn EventQueue {
        &*self.engine().queue
    }

    fn clock(&self) -> &Arc<TestClock> {
        &self.clock
    }

    async fn restart(&mut self) -> bool {
        self.engine.take().unwrap().close();
        self.engine = Some(open(&self.directory, &self.clock));
        true
    }
}

#[test]
fn documents_are_as_the_model_says() {
    conformance::documents_are_as_the_model_says(32, Reopening::new);
}

#[test]
fn events_are_as_the_model_says() {
    conformance::events_are_as_the_model_says(32, Reopening::new);
}

fn queue() -> QueueName {
    QueueName::new("family", "q")
}

fn all() -> Selector {
    Selector::Queue(queue())
}

fn an_event(clock: &TestClock, body: Vec<u8>) -> NewEvent {
    let due = clock.now();
    let expires = due + Duration::from_hours(6);
    NewEvent {
        queue: queue(),
        body: Bytes::from(body),
        due,
        expires,
        at_expiry: AtExpiry::HandOver,
        key: None,
        group: None,
        dedup: None,
    }
}

#[tokio::test]
async fn everything_is_there_after_a_restart_and_no_lease_is() {
    let directory = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let engine = open(&directory, &clock);
    let put = Op::Put {
        key: Key::new("a"),
        value: Bytes::from("1"),
        expect: Expect::Absent,
    };
    let revision = engine.store.commit(vec![put]).await.unwrap();
    let blob = engine.blobs.put(Bytes::from("blob")).await.unwrap();
    let events = vec![
        an_event(&clock, b"small".to_vec()),
        an_event(&clock, vec![b'x'; 100_000]),
    ];
    engine.queue.enqueue(events).await.unwrap();
    let claimed = engine
        .queue
        .claim(&all(), 1, Lease::of_this_process(Duration::from_hours(1)))
        .await
        .unwrap();
    assert_eq!(claimed.len(), 1);
    engine.close();

    let engine = open(&directory, &clock);

    let read = engine.store.get(&Key::new("a")).await.unwrap().unwrap();
    assert_eq!(read.revision, revision);
    assert_eq!(engine.blobs.get(&blob).await.unwrap(), "blob");
    let again = engine
        .queue
        .claim(&all(), 10, Lease::of_this_process(Duration::from_hours(1)))
        .await
        .unwrap();
    let lengths: Vec<usize> = again.iter().map(|claimed| claimed.body.len()).collect();
    assert_eq!(lengths, [5, 100_000]);
    assert_eq!(again[0].attempt, 2);
}

#[tokio::test]
async fn an_acknowledgement_that_nobody_waits_for_still_counts() {
    let directory = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let engine = open(&directory, &clock);
    let event = an_event(&clock, b"1".to_vec());
    engine.queue.enqueue(vec![event]).await.unwrap();
    let claimed = engine
        .queue
        .claim(&all(), 1, Lease::of_this_process(Duration::from_mins(1)))
        .await
        .unwrap();
    let receipt = claimed[0].receipt;
    let ack = engine.queue.settle(&receipt, Settlement::default());
    tokio::select! {
        biased;
        _ = ack => {}
        // Reached when the command waits for the writer.
        () = std::future::ready(()) => {}
    }
    engine.close();

    let engine = open(&directory, &clock);

    assert_eq!(engine.queue.depth(&queue()).await.unwrap().due, 0);
    engine.close();
}

#[tokio::test]
async fn a_directory_has_one_server_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let engine = open(&directory, &clock);

    let second = Engine::open(directory.path(), clock.clone()).unwrap_err();

    assert!(matches!(second, OpenError::InUse { .. }), "{second}");
    assert!(second.to_string().contains("--data-dir"));
    engine.close();
    open(&directory, &clock).close();
}

#[test]
fn tables_of_a_newer_server_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    open(&directory, &clock).close();
    let meta = rusqlite::Connection::open(directory.path().join("meta.db")).unwrap();
    meta.execute_batch("PRAGMA user_version = 7").unwrap();
    drop(meta);

    let refused = Engine::open(directory.path(), clock).unwrap_err();

    let source = std::error::Error::source(&refused).unwrap().to_string();
    assert!(source.contains("a newer server"), "{source}");
}
