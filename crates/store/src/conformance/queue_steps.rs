//! The random operations that a queue is compared with its model in.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

pub(super) const QUEUES: [&str; 3] = ["a", "b", "c"];
pub(super) const KEYS: [&str; 3] = ["k", "ka", "l"];

#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) queue: usize,
    /// Seconds from now.
    pub(super) due: u64,
    pub(super) expires: u64,
    pub(super) is_handed_over: bool,
    pub(super) key: Option<usize>,
    pub(super) group: Option<u8>,
    pub(super) dedup: Option<u8>,
    pub(super) length: usize,
}

#[derive(Debug, Clone)]
pub(super) enum Step {
    Enqueue(Vec<Draft>),
    /// From one queue, or from the family but some queues.
    Claim(Result<usize, BTreeSet<usize>>, usize, bool),
    ClaimOne(Index, bool),
    /// The receipt is any that was ever given out.
    Settle(Index, Vec<Draft>, Option<usize>),
    Release(Index, u64, bool, Option<u8>),
    Extend(Index, u64),
    Purge(usize),
    Advance(u64),
    Restart,
}

fn draft() -> impl Strategy<Value = Draft> {
    let length = prop_oneof![12 => 0_usize..100, 1 => 60_000_usize..70_000];
    let maybe = |values: std::ops::Range<u8>| proptest::option::weighted(0.4, values);
    let times = (prop_oneof![Just(0_u64), 0_u64..60], 1_u64..200);
    let names = (
        proptest::option::of(0..KEYS.len()),
        maybe(0..2),
        maybe(0..3),
    );
    let rest = (0..QUEUES.len(), any::<bool>(), length);
    (times, names, rest).prop_map(|((due, expires), (key, group, dedup), rest)| {
        let (queue, is_handed_over, length) = rest;
        Draft {
            queue,
            due,
            expires,
            is_handed_over,
            key,
            group,
            dedup,
            length,
        }
    })
}

fn step() -> impl Strategy<Value = Step> {
    let receipt = || any::<Index>();
    let except = proptest::collection::btree_set(0..QUEUES.len(), 0..2);
    let selector = prop_oneof![(0..QUEUES.len()).prop_map(Ok), except.prop_map(Err)];
    prop_oneof![
        6 => vec(draft(), 0..4).prop_map(Step::Enqueue),
        6 => (selector, 0_usize..5, any::<bool>())
            .prop_map(|(selector, max, durable)| Step::Claim(selector, max, durable)),
        2 => (receipt(), any::<bool>()).prop_map(|(event, durable)| Step::ClaimOne(event, durable)),
        5 => (receipt(), vec(draft(), 0..2), proptest::option::of(0..KEYS.len()))
            .prop_map(|(receipt, then, key)| Step::Settle(receipt, then, key)),
        4 => (receipt(), 0_u64..60, any::<bool>(), any::<Option<u8>>())
            .prop_map(|(receipt, delay, keep, progress)| Step::Release(receipt, delay, keep, progress)),
        2 => (receipt(), 0_u64..60).prop_map(|(receipt, time)| Step::Extend(receipt, time)),
        1 => (0..QUEUES.len()).prop_map(Step::Purge),
        5 => prop_oneof![0_u64..40, 200_u64..400].prop_map(Step::Advance),
        2 => Just(Step::Restart),
    ]
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 1..50)
}
