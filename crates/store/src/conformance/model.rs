//! Random operations on an engine, compared step by step with a model that is too simple to be
//! wrong. A failure prints the shortest sequence that shows it.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::time::{Clock as _, Moment};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::TestClock;
use super::{all, queue};
use crate::{
    AtExpiry, Depth, EventQueue, Expect, Key, Lease, NewEvent, Op, QueueError, Receipt, Release,
    Revision, Settlement, Store, StoreError,
};

/// An engine under test.
#[async_trait(?Send)]
pub trait Subject {
    fn store(&self) -> &dyn Store;

    fn queue(&self) -> &dyn EventQueue;

    fn clock(&self) -> &Arc<TestClock>;

    /// Closes the engine and opens it again, if it can. Returns whether it did.
    async fn restart(&mut self) -> bool;
}

/// Keys that are each other's prefixes and neighbours.
const KEYS: [&str; 6] = ["a", "a/", "a/b", "a/b/c", "a0", "b"];

#[derive(Debug, Clone)]
enum StoreStep {
    Commit(Vec<(usize, Change, Guess)>),
    Read,
    List { prefix: usize, limit: usize },
    Restart,
}

#[derive(Debug, Clone, Copy)]
enum Change {
    Put(u8),
    Delete,
    Check,
}

/// What an operation expects, in terms of what the model knows.
#[derive(Debug, Clone, Copy)]
enum Guess {
    Absent,
    Current,
    Older,
    Any,
}

fn store_step() -> impl Strategy<Value = StoreStep> {
    let change = prop_oneof![
        4 => any::<u8>().prop_map(Change::Put),
        2 => Just(Change::Delete),
        1 => Just(Change::Check),
    ];
    let guess = prop_oneof![
        2 => Just(Guess::Absent),
        4 => Just(Guess::Current),
        1 => Just(Guess::Older),
        3 => Just(Guess::Any),
    ];
    // Keys of one commit differ, as the contract demands.
    let ops = (vec((change, guess), 0..4), 0..KEYS.len()).prop_map(|(ops, first)| {
        let keys = (first..).map(|index| index % KEYS.len());
        keys.zip(ops)
            .map(|(key, (change, guess))| (key, change, guess))
            .collect()
    });
    prop_oneof![
        12 => ops.prop_map(StoreStep::Commit),
        4 => Just(StoreStep::Read),
        4 => (0..KEYS.len(), 1_usize..4).prop_map(|(prefix, limit)| StoreStep::List { prefix, limit }),
        1 => Just(StoreStep::Restart),
    ]
}

#[derive(Debug, Default)]
struct StoreModel {
    entries: BTreeMap<&'static str, (Bytes, Revision)>,
    /// Of each key, the revisions that it does not have any more.
    past: BTreeMap<&'static str, Vec<Revision>>,
}

impl StoreModel {
    fn op(&self, key: &'static str, change: Change, guess: Guess) -> Op {
        let current = self.entries.get(key).map(|(_, revision)| *revision);
        let older = self.past.get(key).and_then(|past| past.last().copied());
        let expect = match guess {
            Guess::Absent => Expect::Absent,
            Guess::Current => current.map_or(Expect::Absent, Expect::Revision),
            Guess::Older => older.map_or(Expect::Any, Expect::Revision),
            Guess::Any => Expect::Any,
        };
        let name = key;
        let key = Key::new(name);
        match change {
            Change::Put(byte) => Op::Put {
                key,
                value: Bytes::from(vec![byte; usize::from(byte)]),
                expect,
            },
            Change::Delete => Op::Delete { key, expect },
            Change::Check => Op::Check { key, expect },
        }
    }

    async fn commit(&mut self, store: &dyn Store, ops: &[(usize, Change, Guess)]) {
        let ops: Vec<Op> = ops
            .iter()
            .map(|(key, change, guess)| self.op(KEYS[*key], *change, *guess))
            .collect();
        let holds = ops.iter().all(|op| {
            let (key, expect) = op.expectation();
            let found = self.entries.get(key.as_str());
            expect.holds(found.map(|(_, revision)| *revision))
        });
        let committed = store.commit(ops.clone()).await;
        if !holds {
            let is_conflict = matches!(committed, Err(StoreError::Conflict { .. }));
            assert!(is_conflict, "{committed:?}");
            return;
        }
        let revision = committed.unwrap();
        for op in ops {
            let name = KEYS
                .into_iter()
                .find(|name| *name == op.expectation().0.as_str());
            let name = name.unwrap();
            let before = match op {
                Op::Put { value, .. } => self.entries.insert(name, (value, revision)),
                Op::Delete { .. } => self.entries.remove(name),
                Op::Check { .. } => None,
            };
            if let Some((_, old)) = before {
                assert!(revision > old);
                self.past.entry(name).or_default().push(old);
            }
        }
    }

    async fn compare_all(&self, store: &dyn Store) {
        for key in KEYS {
            let found = store.get(&Key::new(key)).await.unwrap();
            let found = found.map(|versioned| (versioned.value, versioned.revision));
            assert_eq!(found.as_ref(), self.entries.get(key), "{key}");
        }
    }

    async fn compare_listing(&self, store: &dyn Store, prefix: &str, limit: usize) {
        let limit = NonZeroUsize::new(limit).unwrap();
        let mut listed = Vec::new();
        let mut after = None;
        loop {
            let page = store
                .list(&Key::new(prefix), after.as_ref(), limit)
                .await
                .unwrap();
            assert!(page.entries.len() <= limit.get());
            after = page.entries.last().map(|(key, _)| key.clone());
            listed.extend(
                page.entries
                    .into_iter()
                    .map(|(key, found)| (key.to_string(), (found.value, found.revision))),
            );
            if !page.has_more {
                break;
            }
        }
        let expected: Vec<_> = self
            .entries
            .iter()
            .filter(|(key, _)| key.starts_with(prefix))
            .map(|(key, entry)| ((*key).to_owned(), entry.clone()))
            .collect();
        assert_eq!(listed, expected);
    }
}

/// Runs random commits, reads, listings and restarts against a model.
pub fn documents_are_as_the_model_says<S: Subject>(cases: u32, open: impl Fn() -> S) {
    check(cases, vec(store_step(), 1..40), async |steps| {
        let mut subject = open();
        let mut model = StoreModel::default();
        for step in steps {
            match step {
                StoreStep::Commit(ops) => model.commit(subject.store(), &ops).await,
                StoreStep::Read => model.compare_all(subject.store()).await,
                StoreStep::List { prefix, limit } => {
                    let prefix = KEYS[prefix];
                    model.compare_listing(subject.store(), prefix, limit).await;
                }
                StoreStep::Restart => {
                    subject.restart().await;
                }
            }
        }
        model.compare_all(subject.store()).await;
    });
}

#[derive(Debug, Clone)]
enum QueueStep {
    /// For each event: seconds until it is due and until it expires, and the length of its body.
    Enqueue(Vec<(u64, u64, usize)>),
    Claim(usize),
    /// The receipt is any that was ever given out.
    Ack(prop::sample::Index),
    Release(prop::sample::Index, u64, bool),
    Advance(u64),
    Restart,
}

/// Seconds of a lease.
const LEASE: u64 = 30;

fn queue_step() -> impl Strategy<Value = QueueStep> {
    let length = prop_oneof![9 => 0_usize..100, 1 => 60_000_usize..70_000];
    let event = (0_u64..60, 1_u64..200, length);
    prop_oneof![
        4 => vec(event, 0..4).prop_map(QueueStep::Enqueue),
        4 => (0_usize..4).prop_map(QueueStep::Claim),
        3 => any::<prop::sample::Index>().prop_map(QueueStep::Ack),
        2 => (any::<prop::sample::Index>(), 0_u64..60, any::<bool>())
            .prop_map(|(receipt, delay, keep)| QueueStep::Release(receipt, delay, keep)),
        3 => (0_u64..40).prop_map(QueueStep::Advance),
        1 => Just(QueueStep::Restart),
    ]
}

#[derive(Debug)]
struct ModelEvent {
    body: Bytes,
    due: Moment,
    expires: Moment,
    enqueued: Moment,
    attempts: u32,
    lease: Option<(Receipt, Moment)>,
}

#[derive(Debug, Default)]
struct QueueModel {
    /// In the order in which they were accepted.
    events: BTreeMap<u64, ModelEvent>,
    accepted: u64,
    receipts: Vec<Receipt>,
}

impl QueueModel {
    async fn enqueue(&mut self, subject: &impl Subject, events: &[(u64, u64, usize)]) {
        let now = subject.clock().now();
        let mut batch = Vec::new();
        for (due, expires, length) in events {
            self.accepted += 1;
            let mut body = self.accepted.to_string().into_bytes();
            body.resize(body.len().max(*length), b'.');
            let event = ModelEvent {
                body: Bytes::from(body),
                due: now + Duration::from_secs(*due),
                expires: now + Duration::from_secs(*expires),
                enqueued: now,
                attempts: 0,
                lease: None,
            };
            batch.push(NewEvent {
                queue: queue(),
                key: None,
                body: event.body.clone(),
                due: event.due,
                expires: event.expires,
                at_expiry: AtExpiry::Remove,
                group: None,
                dedup: None,
            });
            self.events.insert(self.accepted, event);
        }
        let ids = subject.queue().enqueue(batch).await.unwrap();
        assert!(ids.len() == events.len() && ids.is_sorted_by_key(|enqueued| enqueued.id));
    }

    async fn claim(&mut self, subject: &impl Subject, max: usize) {
        let now = subject.clock().now();
        let lease = Duration::from_secs(LEASE);
        let claimed = subject
            .queue()
            .claim(&all(), max, Lease::of_this_process(lease))
            .await
            .unwrap();
        let mut due: Vec<u64> = Vec::new();
        for (number, event) in &self.events {
            if event.lease.is_none_or(|(_, until)| until <= now)
                && event.due <= now
                && event.expires > now
            {
                due.push(*number);
            }
        }
        due.sort_by_key(|number| (self.events[number].due, *number));
        due.truncate(max);
        assert_eq!(claimed.len(), due.len());
        for (claimed, number) in claimed.into_iter().zip(due) {
            let event = self.events.get_mut(&number).unwrap();
            event.attempts += 1;
            event.lease = Some((claimed.receipt, now + lease));
            let found = (claimed.body, claimed.attempt, claimed.enqueued);
            assert_eq!(found, (event.body.clone(), event.attempts, event.enqueued));
            assert!(!self.receipts.contains(&claimed.receipt));
            self.receipts.push(claimed.receipt);
        }
    }

    /// The event whose current lease this is.
    fn holder(&mut self, receipt: &Receipt, now: Moment) -> Option<u64> {
        self.events.retain(|_, event| {
            event.expires > now || event.lease.is_some_and(|(_, until)| until > now)
        });
        let held = |event: &ModelEvent| event.lease.is_some_and(|(held, _)| held == *receipt);
        let mut events = self.events.iter();
        events
            .find(|(_, event)| held(event))
            .map(|(number, _)| *number)
    }

    async fn ack(&mut self, subject: &impl Subject, receipt: prop::sample::Index) {
        if self.receipts.is_empty() {
            return;
        }
        let receipt = *receipt.get(&self.receipts);
        let acked = subject
            .queue()
            .settle(&receipt, Settlement::default())
            .await;
        match self.holder(&receipt, subject.clock().now()) {
            Some(number) => {
                acked.unwrap();
                self.events.remove(&number);
            }
            None => assert_eq!(acked, Err(QueueError::Fenced)),
        }
    }

    async fn release(
        &mut self,
        subject: &impl Subject,
        receipt: prop::sample::Index,
        delay: u64,
        keep_attempt: bool,
    ) {
        if self.receipts.is_empty() {
            return;
        }
        let receipt = *receipt.get(&self.receipts);
        let now = subject.clock().now();
        let due = now + Duration::from_secs(delay);
        let release = Release {
            due,
            keep_attempt,
            progress: None,
        };
        let released = subject.queue().release(&receipt, release).await;
        match self.holder(&receipt, now) {
            Some(number) => {
                released.unwrap();
                let event = self.events.get_mut(&number).unwrap();
                event.due = due;
                event.lease = None;
                event.attempts -= u32::from(keep_attempt);
            }
            None => assert_eq!(released, Err(QueueError::Fenced)),
        }
    }

    /// A process that starts knows of no leases, and old receipts mean nothing to it.
    fn restarted(&mut self) {
        self.receipts.clear();
        for event in self.events.values_mut() {
            event.lease = None;
        }
    }

    async fn compare_depth(&self, subject: &impl Subject) {
        let now = subject.clock().now();
        if self.events.values().any(|event| event.expires <= now) {
            // When an engine forgets an expired event is its own affair.
            return;
        }
        let mut expected = Depth::default();
        for event in self.events.values() {
            match event.lease {
                Some((_, until)) if until > now => expected.leased += 1,
                _ if event.due > now => expected.delayed += 1,
                _ => expected.due += 1,
            }
        }
        expected.oldest = self.events.values().map(|event| event.enqueued).next();
        assert_eq!(subject.queue().depth(&queue()).await.unwrap(), expected);
    }
}

/// Runs random enqueues, claims, settlements, restarts and passing time against a model.
pub fn events_are_as_the_model_says<S: Subject>(cases: u32, open: impl Fn() -> S) {
    check(cases, vec(queue_step(), 1..40), async |steps| {
        let mut subject = open();
        let mut model = QueueModel::default();
        for step in steps {
            match step {
                QueueStep::Enqueue(events) => model.enqueue(&subject, &events).await,
                QueueStep::Claim(max) => model.claim(&subject, max).await,
                QueueStep::Ack(receipt) => model.ack(&subject, receipt).await,
                QueueStep::Release(receipt, delay, keep_attempt) => {
                    model.release(&subject, receipt, delay, keep_attempt).await;
                }
                QueueStep::Advance(seconds) => {
                    subject.clock().advance(Duration::from_secs(seconds));
                }
                QueueStep::Restart => {
                    if subject.restart().await {
                        model.restarted();
                    }
                }
            }
            model.compare_depth(&subject).await;
        }
        model.claim(&subject, usize::MAX).await;
    });
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
