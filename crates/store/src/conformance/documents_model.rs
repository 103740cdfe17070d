//! Random operations on documents, compared step by step with a model that is too simple to be
//! wrong. A failure prints the shortest sequence that shows it.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use bytes::Bytes;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{Subject, check};
use crate::{Expect, Key, Op, Revision, Store, StoreError};

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
