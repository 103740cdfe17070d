//! The conformance suite on the reference engine, and the documents on top of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::num::NonZeroUsize;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use store::conformance::{self, Subject, TestClock};
use store::documents::{ChangeError, CreateError, Document, Documents};
use store::memory::{Memory, MemoryLog, MemoryQueue};
use store::{
    Bounds, EventQueue, Expect, Key, LocalBus, LocalLimiter, Op, Page, Revision, Store, StoreError,
    Versioned,
};

#[tokio::test]
async fn documents_conform() {
    conformance::a_commit_is_read_back(&Memory::default()).await;
    conformance::what_is_not_as_expected_is_a_conflict_and_changes_nothing(&Memory::default())
        .await;
    conformance::a_key_that_was_deleted_never_has_an_old_revision_again(&Memory::default()).await;
    conformance::a_listing_goes_by_bytes_and_page_by_page(&Memory::default()).await;
    conformance::a_value_that_is_too_large_is_refused(&Memory::default()).await;
}

#[tokio::test]
async fn blobs_conform() {
    conformance::a_blob_is_kept_under_its_digest(&Memory::default()).await;
}

macro_rules! rules {
    ($subject:expr => $($rule:ident),+ $(,)?) => {$(
        #[tokio::test]
        async fn $rule() {
            conformance::$rule($subject).await;
        }
    )+};
}

conformance::queue_rules!(rules, &mut InMemory::new());
conformance::bounded_queue_rules!(rules, &mut InMemory::within(conformance::SMALL));
rules!(&LocalLimiter::new(conformance::ACCOUNT_LIMIT, []) =>
    a_slot_is_given_back_when_it_is_dropped,
    a_reservation_guarantees_and_caps,
    a_reservation_of_nothing_stops_the_function,
    at_least_a_hundred_stay_unreserved,
    what_runs_counts_on_the_right_side_when_a_reservation_comes_and_goes,
);
rules!(&LocalBus::default() =>
    a_message_reaches_every_subscriber_and_one_of_each_group,
    a_message_that_is_too_large_is_refused,
    a_node_is_asked_and_answers,
);

/// An engine that is opened again over what its log has.
struct InMemory {
    memory: Memory,
    log: Arc<MemoryLog>,
    queue: MemoryQueue,
    clock: Arc<TestClock>,
    bounds: Bounds,
}

impl InMemory {
    fn new() -> Self {
        Self::within(Bounds::default())
    }

    fn within(bounds: Bounds) -> Self {
        let log = Arc::new(MemoryLog::default());
        let clock = TestClock::new();
        Self {
            memory: Memory::default(),
            queue: open(&log, &clock, bounds),
            log,
            clock,
            bounds,
        }
    }
}

fn open(log: &Arc<MemoryLog>, clock: &Arc<TestClock>, bounds: Bounds) -> MemoryQueue {
    MemoryQueue::open_within(Arc::clone(log), clock.clone(), bounds).unwrap()
}

#[async_trait(?Send)]
impl Subject for InMemory {
    fn store(&self) -> &dyn Store {
        &self.memory
    }

    fn queue(&self) -> &dyn EventQueue {
        &self.queue
    }

    fn clock(&self) -> &Arc<TestClock> {
        &self.clock
    }

    async fn restart(&mut self) {
        self.queue = open(&self.log, &self.clock, self.bounds);
    }
}

#[test]
fn documents_are_as_the_model_says() {
    conformance::documents_are_as_the_model_says(256, InMemory::new);
}

#[test]
fn events_are_as_the_model_says() {
    conformance::events_are_as_the_model_says(512, InMemory::new);
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Count {
    name: String,
    count: u32,
}

impl Document for Count {
    const KIND: &'static str = "count";
    const FORMAT: u32 = 1;

    fn key(&self) -> String {
        self.name.clone()
    }
}

fn a_count(name: &str) -> Count {
    Count {
        name: name.into(),
        count: 0,
    }
}

#[derive(Debug, thiserror::Error)]
#[error("no more")]
struct NoMore;

#[expect(clippy::unnecessary_wraps, reason = "the form that a change has")]
fn one_more(count: &Count) -> Result<Count, NoMore> {
    Ok(Count {
        count: count.count + 1,
        ..count.clone()
    })
}

#[tokio::test]
async fn a_document_lives_from_creation_to_deletion() {
    let store: Arc<dyn Store> = Arc::new(Memory::default());
    let counts = Documents::open(Arc::clone(&store)).await.unwrap();
    counts.create(a_count("b")).await.unwrap();
    counts.create(a_count("a")).await.unwrap();
    assert!(matches!(
        counts.create(a_count("a")).await,
        Err(CreateError::Exists)
    ));
    assert_eq!(counts.change("a", one_more).await.unwrap().count, 1);
    let refused = counts.change("a", |_| Err::<Count, _>(NoMore)).await;
    assert!(matches!(refused, Err(ChangeError::Refused(NoMore))));
    assert!(matches!(
        counts.change("c", one_more).await,
        Err(ChangeError::NotFound)
    ));

    let reopened: Documents<Count> = Documents::open(store).await.unwrap();

    let names = |documents: Vec<Arc<Count>>| -> Vec<String> {
        documents.iter().map(|count| count.name.clone()).collect()
    };
    assert_eq!(names(reopened.list()), ["a", "b"]);
    assert_eq!(names(reopened.list_after(Some("a"), 10)), ["b"]);
    assert_eq!(reopened.get("a").unwrap().count, 1);
    reopened.delete("a", |_| Ok::<_, NoMore>(())).await.unwrap();
    assert!(reopened.get("a").is_none());
}

#[tokio::test]
async fn no_change_of_many_at_the_same_time_is_lost() {
    let counts = Arc::new(Documents::open(Arc::new(Memory::default())).await.unwrap());
    counts.create(a_count("a")).await.unwrap();
    let changes = (0..100).map(|_| {
        let counts = Arc::clone(&counts);
        async move { counts.change("a", one_more).await.unwrap() }
    });

    let mut tasks = tokio::task::JoinSet::new();
    for change in changes {
        tasks.spawn(change);
    }
    tasks.join_all().await;

    assert_eq!(counts.get("a").unwrap().count, 100);
}

#[tokio::test]
async fn a_format_that_is_not_known_is_not_guessed_at() {
    let store: Arc<dyn Store> = Arc::new(Memory::default());
    let value = Bytes::from_static(br#"{"format":2,"document":{"something":"else"}}"#);
    let put = Op::Put {
        key: Key::new("count/a"),
        value,
        expect: Expect::Absent,
    };
    store.commit(vec![put]).await.unwrap();

    let error = Documents::<Count>::open(store).await.unwrap_err();

    assert!(error.to_string().contains("has format 2"), "{error}");
}

/// A store that reports a conflict where there is none, as engines may.
#[derive(Debug)]
struct Spurious(Memory, std::sync::atomic::AtomicU32);

#[async_trait]
impl Store for Spurious {
    async fn get(&self, key: &Key) -> Result<Option<Versioned>, StoreError> {
        Store::get(&self.0, key).await
    }

    async fn list(
        &self,
        prefix: &Key,
        after: Option<&Key>,
        limit: NonZeroUsize,
    ) -> Result<Page, StoreError> {
        Store::list(&self.0, prefix, after, limit).await
    }

    async fn commit(&self, ops: Vec<Op>) -> Result<Revision, StoreError> {
        let calls = self.1.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        if !calls.is_multiple_of(3) {
            return Err(StoreError::Conflict { key: "a".into() });
        }
        self.0.commit(ops).await
    }
}

#[tokio::test]
async fn a_conflict_without_a_cause_is_decided_anew() {
    let store = Spurious(Memory::default(), 0.into());
    let counts = Documents::open(Arc::new(store)).await.unwrap();
    counts.create(a_count("a")).await.unwrap();

    for count in 1..5 {
        assert_eq!(counts.change("a", one_more).await.unwrap().count, count);
    }
}
