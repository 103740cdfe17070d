//! The conformance suite on the embedded engine, and what only it promises about its directory.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::time::Clock as _;
use store::conformance::{self, Subject, TestClock};
use store::{
    AtExpiry, Blobs, Bounds, EventQueue, Expect, Key, Lease, NewEvent, Op, QueueName, Selector,
    Settlement, Store,
};
use store_sqlite::{DataDirectory, Engine, OpenError};
use tempfile::TempDir;

fn open(directory: &TempDir, clock: &Arc<TestClock>) -> Engine {
    Engine::open(directory.path(), clock.clone()).unwrap()
}

/// An engine that closes and opens its directory whenever it is told to.
struct Reopening {
    directory: TempDir,
    clock: Arc<TestClock>,
    bounds: Bounds,
    engine: Option<Engine>,
}

impl Reopening {
    fn new() -> Self {
        Self::within(Bounds::default())
    }

    fn within(bounds: Bounds) -> Self {
        let mut new = Self {
            directory: tempfile::tempdir().unwrap(),
            clock: TestClock::new(),
            bounds,
            engine: None,
        };
        new.open();
        new
    }

    fn open(&mut self) {
        let directory = DataDirectory::take(self.directory.path()).unwrap();
        let clock = self.clock.clone();
        self.engine = Some(Engine::open_within(directory, clock, self.bounds).unwrap());
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    fn blobs(&self) -> &dyn Blobs {
        &*self.engine().blobs
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

    async fn restart(&mut self) {
        self.engine.take().unwrap().close();
        self.open();
    }
}

macro_rules! rules {
    ($subject:expr, $part:expr => $($rule:ident),+ $(,)?) => {$(
        #[tokio::test]
        async fn $rule() {
            let subject = $subject;
            conformance::$rule($part(&subject)).await;
        }
    )+};
    ($subject:expr => $($rule:ident),+ $(,)?) => {$(
        #[tokio::test]
        async fn $rule() {
            conformance::$rule($subject).await;
        }
    )+};
}

rules!(Reopening::new(), Subject::store =>
    a_commit_is_read_back,
    what_is_not_as_expected_is_a_conflict_and_changes_nothing,
    a_key_that_was_deleted_never_has_an_old_revision_again,
    a_listing_goes_by_bytes_and_page_by_page,
    a_value_that_is_too_large_is_refused,
);
rules!(Reopening::new(), Reopening::blobs =>
    a_blob_is_kept_under_its_digest,
);
conformance::queue_rules!(rules, &mut Reopening::new());
conformance::bounded_queue_rules!(rules, &mut Reopening::within(conformance::SMALL));

#[test]
fn documents_are_as_the_model_says() {
    conformance::documents_are_as_the_model_says(32, Reopening::new);
}

#[test]
fn events_are_as_the_model_says() {
    conformance::events_are_as_the_model_says(24, Reopening::new);
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
async fn a_settlement_that_nobody_waits_for_still_counts() {
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
    let settle = engine.queue.settle(&receipt, Settlement::default());
    tokio::select! {
        biased;
        _ = settle => {}
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

/// A directory that the first version of these tables has written: one event was settled, one
/// claimed twice, one has its body in a file, and one is due in an hour.
const FIRST_VERSION: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/version-1");

#[tokio::test]
async fn a_queue_of_the_first_version_is_read_and_goes_on() {
    let directory = tempfile::tempdir().unwrap();
    for file in ["meta.db", "queue.db", "queue.db-wal", "bodies/3"] {
        let copy = directory.path().join(file);
        std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
        std::fs::copy(Path::new(FIRST_VERSION).join(file), copy).unwrap();
    }
    let clock = TestClock::new();
    clock.advance(Duration::from_mins(2));

    let mut engine = open(&directory, &clock);

    for attempts in [3, 4] {
        let family = Selector::Family {
            family: "lambda",
            except: BTreeSet::new(),
        };
        let lease = Lease::of_this_process(Duration::from_hours(1));
        let claimed = engine.queue.claim(&family, 10, lease).await.unwrap();
        let events: Vec<_> = claimed
            .iter()
            .map(|event| (event.queue.as_str(), event.body.len(), event.attempt))
            .collect();
        let attempts_of_second = attempts - 2;
        assert_eq!(
            events,
            [
                ("lambda/first", 13, attempts),
                ("lambda/second", 70_000, attempts_of_second)
            ]
        );
        // What it writes now it also reads.
        engine.close();
        engine = open(&directory, &clock);
    }
    clock.advance(Duration::from_hours(1));
    let first = QueueName::new("lambda", "first");
    assert_eq!(engine.queue.depth(&first).await.unwrap().due, 2);
    // What was not done in six hours is handed over, as events of functions are.
    clock.advance(Duration::from_hours(6));
    let lease = Lease::of_this_process(Duration::from_hours(1));
    let claimed = engine.queue.claim(&Selector::Queue(first), 10, lease).await;
    assert!(claimed.unwrap().iter().all(|event| event.is_expired));
    engine.close();
}
