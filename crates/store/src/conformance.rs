//! What every engine must do, as plain functions that its tests call.
//!
//! Each takes a fresh, empty part of an engine. Time is a [`TestClock`] that only the test moves.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "a test that cannot go on has failed"
)]

mod model;

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use domain::time::{Clock, Moment};

use crate::{
    AtExpiry, BODY_BYTES_MAX, BlobRef, Blobs, Claimed, Depth, EventQueue, Expect, Key, Lease,
    NewEvent, Op, QueueError, QueueName, Release, Selector, Settlement, Store, StoreError,
    VALUE_BYTES_MAX,
};

pub use model::{Subject, documents_are_as_the_model_says, events_are_as_the_model_says};

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

const LEASE: Duration = Duration::from_secs(30);
const LONG: Duration = Duration::from_hours(6);

fn put(key: &str, value: &'static str, expect: Expect) -> Op {
    Op::Put {
        key: Key::new(key),
        value: Bytes::from_static(value.as_bytes()),
        expect,
    }
}

async fn value_of(store: &dyn Store, key: &str) -> Option<Bytes> {
    store
        .get(&Key::new(key))
        .await
        .unwrap()
        .map(|versioned| versioned.value)
}

pub async fn a_commit_is_read_back(store: &dyn Store) {
    let revision = store
        .commit(vec![put("a", "1", Expect::Absent)])
        .await
        .unwrap();

    let read = store.get(&Key::new("a")).await.unwrap().unwrap();

    assert_eq!((&read.value[..], read.revision), (&b"1"[..], revision));
    assert_eq!(value_of(store, "b").await, None);
}

pub async fn what_is_not_as_expected_is_a_conflict_and_changes_nothing(store: &dyn Store) {
    let first = store
        .commit(vec![put("a", "1", Expect::Absent)])
        .await
        .unwrap();
    let second = store
        .commit(vec![put("a", "2", Expect::Revision(first))])
        .await
        .unwrap();
    assert!(second > first);
    for stale in [Expect::Absent, Expect::Revision(first)] {
        let ops = vec![put("b", "new", Expect::Absent), put("a", "3", stale)];
        let refused = store.commit(ops).await.unwrap_err();
        assert_eq!(refused, StoreError::Conflict { key: "a".into() });
    }

    assert_eq!(value_of(store, "a").await.unwrap(), "2");
    assert_eq!(value_of(store, "b").await, None);
}

pub async fn a_key_that_was_deleted_never_has_an_old_revision_again(store: &dyn Store) {
    let first = store
        .commit(vec![put("a", "1", Expect::Absent)])
        .await
        .unwrap();
    let delete = Op::Delete {
        key: Key::new("a"),
        expect: Expect::Revision(first),
    };
    store.commit(vec![delete]).await.unwrap();

    let again = store
        .commit(vec![put("a", "2", Expect::Absent)])
        .await
        .unwrap();

    assert!(again > first);
    let check = Op::Check {
        key: Key::new("a"),
        expect: Expect::Revision(first),
    };
    assert!(store.commit(vec![check]).await.is_err());
}

pub async fn a_listing_goes_by_bytes_and_page_by_page(store: &dyn Store) {
    for key in ["f/b", "f/a", "f/é", "g/a", "f/", "e"] {
        store
            .commit(vec![put(key, "x", Expect::Absent)])
            .await
            .unwrap();
    }
    let limit = NonZeroUsize::new(3).unwrap();
    let prefix = Key::new("f/");

    let first = store.list(&prefix, None, limit).await.unwrap();
    let last = first.entries.last().map(|(key, _)| key.clone());
    let second = store.list(&prefix, last.as_ref(), limit).await.unwrap();

    let keys = |page: &crate::Page| -> Vec<String> {
        page.entries
            .iter()
            .map(|(key, _)| key.to_string())
            .collect()
    };
    assert_eq!(
        (keys(&first), first.has_more),
        (vec!["f/".into(), "f/a".into(), "f/b".into()], true)
    );
    assert_eq!(
        (keys(&second), second.has_more),
        (vec!["f/é".to_owned()], false)
    );
}

pub async fn a_value_that_is_too_large_is_refused(store: &dyn Store) {
    let value = Bytes::from(vec![0; VALUE_BYTES_MAX + 1]);
    let op = Op::Put {
        key: Key::new("a"),
        value,
        expect: Expect::Any,
    };
    assert!(matches!(
        store.commit(vec![op]).await,
        Err(StoreError::TooLarge { .. })
    ));
}

pub async fn a_blob_is_kept_under_its_digest(blobs: &dyn Blobs) {
    let bytes = Bytes::from_static(b"some bytes");
    let blob = blobs.put(bytes.clone()).await.unwrap();
    assert_eq!(blob, BlobRef::of(&bytes));
    assert_eq!(blobs.put(bytes.clone()).await.unwrap(), blob);

    assert_eq!(blobs.get(&blob).await.unwrap(), bytes);
    assert_eq!(blobs.list().await.unwrap(), [blob]);
    blobs.delete(&blob).await.unwrap();
    blobs.delete(&blob).await.unwrap();

    assert!(matches!(
        blobs.get(&blob).await,
        Err(StoreError::NotFound(_))
    ));
}

fn an_event(clock: &TestClock, body: &'static str) -> NewEvent {
    let due = clock.now();
    let body = Bytes::from_static(body.as_bytes());
    NewEvent {
        queue: queue(),
        key: None,
        body,
        due,
        expires: due + LONG,
        at_expiry: AtExpiry::Remove,
        group: None,
        dedup: None,
    }
}

fn queue() -> QueueName {
    QueueName::new("family", "q")
}

fn all() -> Selector {
    Selector::Family {
        family: "family",
        except: std::collections::BTreeSet::new(),
    }
}

async fn claim_all(events: &dyn EventQueue) -> Vec<Claimed> {
    let lease = Lease::of_this_process(LEASE);
    events.claim(&all(), 1_000, lease).await.unwrap()
}

fn release_at(due: Moment) -> Release {
    Release {
        due,
        keep_attempt: true,
        progress: None,
    }
}

fn bodies(claimed: &[Claimed]) -> Vec<Bytes> {
    claimed.iter().map(|claimed| claimed.body.clone()).collect()
}

pub async fn an_event_is_handed_out_until_it_is_settled(
    events: &dyn EventQueue,
    clock: &TestClock,
) {
    events
        .enqueue(vec![an_event(clock, "1"), an_event(clock, "2")])
        .await
        .unwrap();
    let first = claim_all(events).await;
    assert_eq!(bodies(&first), ["1", "2"]);
    assert!(claim_all(events).await.is_empty());
    events
        .settle(&first[0].receipt, Settlement::default())
        .await
        .unwrap();

    clock.advance(LEASE);
    let second = claim_all(events).await;

    assert_eq!(
        (bodies(&second), second[0].attempt),
        (vec![Bytes::from("2")], 2)
    );
}

pub async fn a_stale_receipt_is_fenced_and_changes_nothing(
    events: &dyn EventQueue,
    clock: &TestClock,
) {
    events.enqueue(vec![an_event(clock, "1")]).await.unwrap();
    let stale = claim_all(events).await[0].receipt;
    clock.advance(LEASE);
    let current = claim_all(events).await[0].receipt;

    assert_eq!(
        events.settle(&stale, Settlement::default()).await,
        Err(QueueError::Fenced)
    );
    assert_eq!(
        events.release(&stale, release_at(clock.now())).await,
        Err(QueueError::Fenced)
    );
    events
        .settle(&current, Settlement::default())
        .await
        .unwrap();

    assert_eq!(
        events.settle(&current, Settlement::default()).await,
        Err(QueueError::Fenced)
    );
    assert_eq!(events.depth(&queue()).await.unwrap(), Depth::default());
}

pub async fn an_event_is_not_handed_out_before_it_is_due(
    events: &dyn EventQueue,
    clock: &TestClock,
) {
    let later = clock.now() + Duration::from_mins(1);
    let delayed = NewEvent {
        due: later,
        ..an_event(clock, "late")
    };
    events
        .enqueue(vec![delayed, an_event(clock, "now")])
        .await
        .unwrap();
    let now = claim_all(events).await;
    assert_eq!(bodies(&now), ["now"]);
    let release = events.release(&now[0].receipt, release_at(later + Duration::from_secs(1)));
    release.await.unwrap();
    assert_eq!(
        events.depth(&queue()).await.unwrap(),
        Depth {
            delayed: 2,
            oldest: Some(clock.now()),
            ..Depth::default()
        }
    );

    clock.advance(Duration::from_secs(61));

    let both = claim_all(events).await;
    assert_eq!(bodies(&both), ["late", "now"]);
    // The attempt that was given back did not count.
    assert_eq!(both[1].attempt, 1);
}

pub async fn an_expired_event_is_never_handed_out(events: &dyn EventQueue, clock: &TestClock) {
    let expires = clock.now() + Duration::from_secs(10);
    let event = NewEvent {
        expires,
        ..an_event(clock, "old")
    };
    events.enqueue(vec![event]).await.unwrap();

    clock.advance(Duration::from_secs(10));

    assert!(claim_all(events).await.is_empty());
    assert_eq!(events.depth(&queue()).await.unwrap(), Depth::default());
}

pub async fn whoever_waits_hears_of_an_event(events: &dyn EventQueue, clock: &TestClock) {
    let all = all();
    let waiting = events.changed(&all);
    let enqueued = events.enqueue(vec![an_event(clock, "1")]);

    let (enqueued, ()) = tokio::join!(enqueued, waiting);

    enqueued.unwrap();
    assert_eq!(claim_all(events).await.len(), 1);
}

pub async fn whoever_waits_hears_that_an_event_falls_due(
    events: &dyn EventQueue,
    clock: &TestClock,
) {
    let due = clock.now() + Duration::from_mins(1);
    let event = NewEvent {
        due,
        ..an_event(clock, "1")
    };
    events.enqueue(vec![event]).await.unwrap();
    let claim = async {
        loop {
            let claimed = claim_all(events).await;
            if !claimed.is_empty() {
                break claimed;
            }
            events.changed(&all()).await;
        }
    };
    let time_passes = async { clock.advance(Duration::from_mins(1)) };

    let (claimed, ()) = tokio::join!(claim, time_passes);

    assert_eq!(bodies(&claimed), ["1"]);
}

pub async fn a_batch_with_an_event_that_is_too_large_is_refused_whole(
    events: &dyn EventQueue,
    clock: &TestClock,
) {
    let large = NewEvent {
        body: Bytes::from(vec![b'x'; BODY_BYTES_MAX + 1]),
        ..an_event(clock, "")
    };

    let refused = events.enqueue(vec![an_event(clock, "1"), large]).await;

    assert!(matches!(refused, Err(QueueError::TooLarge { .. })));
    assert!(claim_all(events).await.is_empty());
}

pub async fn a_large_body_is_kept_whole(events: &dyn EventQueue, clock: &TestClock) {
    let body = Bytes::from(vec![b'x'; 1 << 20]);
    let event = NewEvent {
        body: body.clone(),
        ..an_event(clock, "")
    };
    events.enqueue(vec![event.clone(), event]).await.unwrap();

    let claimed = claim_all(events).await;
    events
        .settle(&claimed[0].receipt, Settlement::default())
        .await
        .unwrap();

    assert_eq!(claimed[1].body, body);
    clock.advance(LEASE);
    assert_eq!(claim_all(events).await[0].body, body);
}
