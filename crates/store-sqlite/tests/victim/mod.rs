//! A process that writes under load until it is killed and says what it did, and what must be true
//! of what it leaves.
//!
//! Its events go through `work`. One that is settled is followed, in the same step, by an event in
//! `done` and a kept record, all under its name.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::time::Clock as _;
use store::conformance::TestClock;
use store::{
    AtExpiry, Claimed, EventQueue as _, Expect, Kept, Key, Lease, NewEvent, Op, QueueName, Release,
    Selector, Settlement, Store as _,
};
use store_sqlite::Engine;
use tokio::task::JoinSet;

/// Set in the process that is going to die: where it writes.
pub(crate) const DIRECTORY: &str = "STORE_TEST_VICTIM_DIRECTORY";

const WRITERS: usize = 6;

/// The size of bodies and records that are too large for a row.
const LARGE: usize = 70_000;

pub(crate) fn open(directory: &Path) -> Engine {
    Engine::open(directory, TestClock::new()).unwrap()
}

fn work() -> QueueName {
    QueueName::new("work", "q")
}

fn done() -> QueueName {
    QueueName::new("done", "q")
}

pub(crate) fn only(queue: QueueName) -> Selector {
    Selector::Queue(queue)
}

/// Every fifth is too large for its row.
fn bytes_of(name: &str) -> Bytes {
    let mut bytes = format!("{name} ").into_bytes();
    if name.ends_with(['0', '5']) {
        bytes.resize(LARGE, b'.');
    }
    Bytes::from(bytes)
}

fn name_of(bytes: &[u8]) -> String {
    let text = std::str::from_utf8(bytes).unwrap();
    text.split_once(' ').unwrap().0.to_owned()
}

/// An event whose body begins with its name.
pub(crate) fn an_event(name: &str) -> NewEvent {
    let now = TestClock::new().now();
    NewEvent {
        queue: work(),
        key: Some(name.to_owned()),
        body: bytes_of(name),
        due: now,
        expires: now + Duration::from_hours(6),
        at_expiry: AtExpiry::HandOver,
        group: None,
        dedup: Some(name.to_owned()),
    }
}

/// What settling an event writes.
fn settlement_of(name: &str) -> Settlement {
    let follower = NewEvent {
        queue: done(),
        dedup: None,
        ..an_event(name)
    };
    let record = Kept {
        key: name.to_owned(),
        queue: work(),
        value: bytes_of(name),
        until: follower.expires,
    };
    Settlement {
        then: vec![follower],
        keep: vec![record],
    }
}

/// Unbuffered, and past the test harness's capture.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

/// Accepts, gives back and settles events and writes documents until it dies.
pub(crate) async fn write_until_killed(directory: &Path) {
    // The harness may have begun a line.
    say("");
    let engine = Arc::new(open(directory));
    let mut tasks = JoinSet::new();
    for writer in 0..WRITERS {
        tasks.spawn(accept_events(Arc::clone(&engine), writer));
    }
    tasks.spawn(settle_events(Arc::clone(&engine), true));
    tasks.spawn(settle_events(Arc::clone(&engine), false));
    tasks.spawn(write_a_document(engine, directory.to_owned()));
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

async fn accept_events(engine: Arc<Engine>, writer: usize) {
    let process = std::process::id();
    for number in 0.. {
        let name = format!("{process}-{writer}-{number}");
        let batch = vec![an_event(&name)];
        engine.queue.enqueue(batch).await.unwrap();
        say(&format!("accepted {name}"));
    }
}

async fn settle_events(engine: Arc<Engine>, survives_restart: bool) {
    let lease = Lease {
        time: Duration::from_mins(1),
        survives_restart,
    };
    loop {
        let mut claimed = engine.queue.claim(&only(work()), 3, lease).await.unwrap();
        if let Some(first) = claimed.pop().filter(|first| first.attempt < 3) {
            give_back(&engine, &first).await;
        }
        for event in claimed {
            let name = name_of(&event.body);
            say(&format!("settling {name}"));
            let settlement = settlement_of(&name);
            engine
                .queue
                .settle(&event.receipt, settlement)
                .await
                .unwrap();
            say(&format!("settled {name}"));
        }
        engine.queue.changed(&only(work())).await;
    }
}

async fn give_back(engine: &Engine, claimed: &Claimed) {
    let release = Release {
        due: TestClock::new().now(),
        keep_attempt: false,
        progress: Some(claimed.body.slice(..4)),
    };
    engine
        .queue
        .release(&claimed.receipt, release)
        .await
        .unwrap();
}

/// Has the databases copy their logs into themselves every now and then, which they would do by
/// themselves after longer than such a process lives.
async fn write_a_document(engine: Arc<Engine>, directory: PathBuf) {
    for number in stored_number(&engine).await + 1.. {
        let put = Op::Put {
            key: Key::new("number"),
            value: Bytes::from(number.to_string()),
            expect: Expect::Any,
        };
        engine.store.commit(vec![put]).await.unwrap();
        say(&format!("wrote {number}"));
        if number % 16 == 0 {
            for file in ["meta.db", "queue.db"] {
                let connection = rusqlite::Connection::open(directory.join(file)).unwrap();
                let copy = "PRAGMA wal_checkpoint(PASSIVE)";
                connection.query_row(copy, [], |_| Ok(())).unwrap();
            }
        }
    }
}

async fn stored_number(engine: &Engine) -> u64 {
    let stored = engine.store.get(&Key::new("number")).await.unwrap();
    let text = stored.map(|versioned| String::from_utf8(versioned.value.to_vec()).unwrap());
    text.map_or(0, |text| text.parse().unwrap())
}

/// What a process said before it died.
#[derive(Debug, Default)]
pub(crate) struct Said {
    accepted: BTreeSet<String>,
    settling: BTreeSet<String>,
    settled: BTreeSet<String>,
    wrote: u64,
}

impl Said {
    /// Listens until the process is dead; calls `at` with the number of every line.
    pub(crate) fn listen(to: impl Read, mut at: impl FnMut(u64)) -> Self {
        let mut said = Self::default();
        let lines = BufReader::new(to).lines();
        for (number, line) in (0_u64..).zip(lines.map_while(Result::ok)) {
            at(number);
            let Some((what, name)) = line.split_once(' ') else {
                continue;
            };
            match what {
                "accepted" => _ = said.accepted.insert(name.to_owned()),
                "settling" => _ = said.settling.insert(name.to_owned()),
                "settled" => _ = said.settled.insert(name.to_owned()),
                "wrote" => said.wrote = name.parse().unwrap(),
                _ => {}
            }
        }
        said
    }
}

/// What is known of a directory from all who wrote there and died.
#[derive(Debug, Default)]
pub(crate) struct Known {
    waiting: BTreeSet<String>,
    wrote: u64,
}

impl Known {
    /// Opens what a process left and compares it with what that said. Settles nothing that waits,
    /// and takes away what has followed from the rest.
    pub(crate) async fn check(&mut self, directory: &Path, said: Said, context: &str) {
        let engine = open(directory);
        let number = stored_number(&engine).await;
        self.wrote = self.wrote.max(said.wrote);
        let is_next = number == self.wrote || number == self.wrote + 1;
        assert!(is_next, "{number} after {} in {context}", self.wrote);
        self.wrote = number;
        let waiting = take_all(&engine, work(), context).await;
        let ended = take_all(&engine, done(), context).await;
        let both = waiting.keys().find(|name| ended.contains_key(*name));
        assert_eq!(both, None, "settled and still there in {context}");
        self.waiting.extend(said.accepted);
        for name in &self.waiting {
            let is_there = waiting.contains_key(name) || ended.contains_key(name);
            assert!(is_there, "{name} is lost in {context}");
            let may_have_ended = said.settling.contains(name);
            let is_early = ended.contains_key(name) && !may_have_ended;
            assert!(!is_early, "{name} was settled by nobody in {context}");
        }
        for name in &said.settled {
            assert!(!waiting.contains_key(name), "{name} is back in {context}");
        }
        let all = waiting.keys().chain(ended.keys());
        let unsaid = all.filter(|name| !self.waiting.contains(*name)).count();
        assert!(
            unsaid <= WRITERS,
            "{unsaid} events from nowhere in {context}"
        );
        check_records(&engine, &ended, context).await;
        check_duplicates(&engine, &self.waiting, context).await;
        for claimed in ended.values() {
            let settled = engine.queue.settle(&claimed.receipt, Settlement::default());
            settled.await.unwrap();
        }
        self.waiting = waiting.into_keys().collect();
        engine.close();
    }
}

/// Claims every event of a queue, whoever had one when the process died.
async fn take_all(engine: &Engine, queue: QueueName, context: &str) -> BTreeMap<String, Claimed> {
    let mut taken = BTreeMap::new();
    let scope = store::Scope::Queue(queue);
    let listed = engine.queue.list(&scope, None, usize::MAX).await.unwrap();
    let lease = Lease::of_this_process(Duration::from_mins(1));
    for listed in listed.entries {
        let claimed = match engine.queue.claim_one(listed.id, lease).await.unwrap() {
            Some(claimed) => claimed,
            None => leased(engine, &listed).await,
        };
        let name = name_of(&claimed.body);
        assert_eq!(claimed.body, bytes_of(&name), "cut in {context}");
        assert_eq!(claimed.key.as_ref(), Some(&name), "{context}");
        let progress = &claimed.progress[..];
        let is_noted = progress.is_empty() || name.as_bytes().starts_with(progress);
        assert!(is_noted, "the notes of {name} are not its own in {context}");
        let before = taken.insert(name, claimed);
        assert!(before.is_none(), "an event is there twice in {context}");
    }
    taken
}

/// An event that a durable lease keeps for a process that is dead: nobody can claim it yet, and it
/// can be looked at.
async fn leased(engine: &Engine, listed: &store::Listed) -> Claimed {
    let found = engine.queue.find(listed.key.as_deref().unwrap()).await;
    let mut found = found.unwrap().into_iter();
    let found = found.find(|found| found.listed.id == listed.id).unwrap();
    Claimed {
        receipt: store::Receipt {
            event: listed.id,
            lease: 0,
        },
        queue: listed.queue.clone(),
        key: found.listed.key,
        body: found.body,
        progress: found.progress,
        attempt: listed.attempts,
        enqueued: listed.enqueued,
        first_claimed: listed.enqueued,
        is_expired: false,
        group: None,
    }
}

/// Every event that was settled has its record, and nobody else has one.
async fn check_records(engine: &Engine, ended: &BTreeMap<String, Claimed>, context: &str) {
    let scope = store::Scope::Queue(work());
    let mut recorded = BTreeSet::new();
    let mut after = None;
    loop {
        let part = engine.queue.kept_list(&scope, after, 1_000).await.unwrap();
        after = part.entries.last().map(|(id, _)| *id);
        for (_, kept) in part.entries {
            assert_eq!(kept.value, bytes_of(&kept.key), "cut in {context}");
            engine.queue.forget(&kept.key).await.unwrap();
            recorded.insert(kept.key);
        }
        if !part.has_more {
            break;
        }
    }
    assert!(
        recorded.iter().eq(ended.keys()),
        "records differ in {context}"
    );
}

/// What was accepted is also known as accepted.
async fn check_duplicates(engine: &Engine, accepted: &BTreeSet<String>, context: &str) {
    let batch = accepted.iter().map(|name| an_event(name));
    let batch: Vec<NewEvent> = batch.collect();
    let enqueued = engine.queue.enqueue(batch).await.unwrap();
    let is_known = enqueued.iter().all(|one| one.is_duplicate);
    assert!(is_known, "an event could be accepted twice in {context}");
}
