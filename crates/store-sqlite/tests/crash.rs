//! What the embedded engine said yes to is there after a crash.
//!
//! A test runs itself again as a process that writes and says what it did, and kills that process.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::time::Clock as _;
use store::conformance::TestClock;
use store::{
    AtExpiry, EventQueue as _, Expect, Key, Lease, NewEvent, Op, QueueName, Selector, Settlement,
    Store as _,
};
use store_sqlite::Engine;
use tempfile::TempDir;
use tokio::task::JoinSet;

/// Set in the process that is going to be killed: where it writes.
const VICTIM_DIRECTORY: &str = "STORE_TEST_VICTIM_DIRECTORY";

const WRITERS: usize = 6;

const ROUNDS: usize = 8;

fn open(directory: &Path) -> Engine {
    Engine::open(directory, TestClock::new()).unwrap()
}

fn all() -> Selector {
    Selector::Queue(QueueName::new("family", "q"))
}

/// An event whose body begins with its name. Every fifth is too large for its row.
fn an_event(name: &str, number: usize) -> NewEvent {
    let now = TestClock::new().now();
    let mut body = format!("{name} ").into_bytes();
    if number.is_multiple_of(5) {
        body.resize(70_000, b'.');
    }
    NewEvent {
        queue: QueueName::new("family", "q"),
        body: Bytes::from(body),
        due: now,
        expires: now + Duration::from_hours(6),
        at_expiry: AtExpiry::HandOver,
        key: None,
        group: None,
        dedup: None,
    }
}

/// Unbuffered, and past the test harness's capture.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}").unwrap();
    out.flush().unwrap();
}

/// Accepts and settles events and writes documents until it is killed.
async fn write_until_killed(directory: &Path) {
    // The harness may have begun a line.
    say("");
    let engine = Arc::new(open(directory));
    let mut tasks = JoinSet::new();
    for writer in 0..WRITERS {
        tasks.spawn(accept_events(Arc::clone(&engine), writer));
    }
    tasks.spawn(settle_events(Arc::clone(&engine)));
    tasks.spawn(write_a_document(engine));
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

async fn accept_events(engine: Arc<Engine>, writer: usize) {
    let process = std::process::id();
    for number in 0.. {
        let name = format!("{process}-{writer}-{number}");
        let event = an_event(&name, number);
        engine.queue.enqueue(vec![event]).await.unwrap();
        say(&format!("accepted {name}"));
    }
}

async fn settle_events(engine: Arc<Engine>) {
    loop {
        for event in engine
            .queue
            .claim(&all(), 3, Lease::of_this_process(Duration::from_mins(1)))
            .await
            .unwrap()
        {
            let name = name_of(&event.body);
            say(&format!("settling {name}"));
            engine
                .queue
                .settle(&event.receipt, Settlement::default())
                .await
                .unwrap();
            say(&format!("settled {name}"));
        }
        engine.queue.changed(&all()).await;
    }
}

async fn write_a_document(engine: Arc<Engine>) {
    for number in stored_number(&engine).await + 1.. {
        let put = Op::Put {
            key: Key::new("number"),
            value: Bytes::from(number.to_string()),
            expect: Expect::Any,
        };
        engine.store.commit(vec![put]).await.unwrap();
        say(&format!("wrote {number}"));
    }
}

async fn stored_number(engine: &Engine) -> u64 {
    let stored = engine.store.get(&Key::new("number")).await.unwrap();
    let text = stored.map(|versioned| String::from_utf8(versioned.value.to_vec()).unwrap());
    text.map_or(0, |text| text.parse().unwrap())
}

fn name_of(body: &[u8]) -> String {
    let body = std::str::from_utf8(body).unwrap();
    body.split_once(' ').unwrap().0.to_owned()
}

/// What one process said before it was killed.
#[derive(Debug, Default)]
struct Said {
    accepted: BTreeSet<String>,
    settling: BTreeSet<String>,
    settled: BTreeSet<String>,
    wrote: u64,
}

fn run_and_kill(directory: &Path, lines_before_the_kill: u64) -> Said {
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args([
            "what_was_acknowledged_survives_a_kill",
            "--exact",
            "--nocapture",
        ])
        .env(VICTIM_DIRECTORY, directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = Said::default();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    for (number, line) in (0_u64..).zip(lines.map_while(Result::ok)) {
        // What it said after this line and before it died is read, too.
        if number == lines_before_the_kill {
            victim.kill().unwrap();
        }
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
    victim.wait().unwrap();
    said
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_a_kill() {
    if let Some(directory) = std::env::var_os(VICTIM_DIRECTORY) {
        write_until_killed(directory.as_ref()).await;
        return;
    }
    let directory = tempfile::tempdir().unwrap();
    let random = RandomState::new();
    let mut known = BTreeSet::new();
    let mut wrote = 0;
    for round in 0..ROUNDS {
        let lines = 10 + random.hash_one(round) % 400;
        let said = run_and_kill(directory.path(), lines);
        let context = format!("round {round}, killed after {lines} lines");

        let engine = open(directory.path());
        let claimed = engine
            .queue
            .claim(
                &all(),
                100_000,
                Lease::of_this_process(Duration::from_mins(1)),
            )
            .await
            .unwrap();
        let left: BTreeMap<String, usize> = claimed
            .iter()
            .map(|event| (name_of(&event.body), event.body.len()))
            .collect();
        assert_eq!(
            left.len(),
            claimed.len(),
            "an event is there twice in {context}"
        );
        known.extend(said.accepted);
        for name in known.difference(&said.settling) {
            assert!(left.contains_key(name), "{name} is lost in {context}");
        }
        for name in &said.settled {
            assert!(!left.contains_key(name), "{name} is back in {context}");
        }
        let unsaid = left.keys().filter(|name| !known.contains(*name)).count();
        assert!(
            unsaid <= WRITERS,
            "{unsaid} events came from nowhere in {context}"
        );
        let is_whole =
            |(name, length): (&String, &usize)| *length == name.len() + 1 || *length == 70_000;
        assert!(left.iter().all(is_whole), "a body is cut in {context}");
        let number = stored_number(&engine).await;
        wrote = said.wrote.max(wrote);
        assert!(
            number == wrote || number == wrote + 1,
            "{number} after {wrote} in {context}"
        );
        wrote = number;
        known = left.into_keys().collect();
        engine.close();
    }
}

/// The files of an engine as a crash would leave them now.
fn crashed_copy(directory: &TempDir) -> TempDir {
    let copy = tempfile::tempdir().unwrap();
    for file in ["meta.db", "meta.db-wal", "queue.db", "queue.db-wal"] {
        fs::copy(directory.path().join(file), copy.path().join(file)).unwrap();
    }
    copy
}

async fn names_in(directory: &TempDir) -> Vec<String> {
    let engine = open(directory.path());
    let claimed = engine
        .queue
        .claim(&all(), 10, Lease::of_this_process(Duration::from_mins(1)))
        .await
        .unwrap();
    // It goes on, whatever the log looked like.
    engine
        .queue
        .enqueue(vec![an_event("later", 1)])
        .await
        .unwrap();
    engine.close();
    claimed.iter().map(|event| name_of(&event.body)).collect()
}

#[tokio::test]
async fn a_log_with_a_torn_end_loses_nothing_that_was_acknowledged() {
    let directory = tempfile::tempdir().unwrap();
    let engine = open(directory.path());
    engine
        .queue
        .enqueue(vec![an_event("first", 1)])
        .await
        .unwrap();
    let before = fs::metadata(directory.path().join("queue.db-wal"))
        .unwrap()
        .len();
    engine
        .queue
        .enqueue(vec![an_event("second", 1)])
        .await
        .unwrap();
    let (torn, dirty) = (crashed_copy(&directory), crashed_copy(&directory));
    engine.close();
    let log = |copy: &TempDir| {
        let path = copy.path().join("queue.db-wal");
        OpenOptions::new().append(true).open(path).unwrap()
    };
    // The second commit as it is when only a part of it has reached the disk, and a third one that
    // never became one.
    log(&torn).set_len(before + 5_000).unwrap();
    log(&dirty).write_all(&[0x5a; 5_000]).unwrap();

    assert_eq!(names_in(&torn).await, ["first"]);
    assert_eq!(names_in(&dirty).await, ["first", "second"]);
}

#[tokio::test]
async fn a_body_whose_row_was_never_committed_is_removed() {
    let directory = tempfile::tempdir().unwrap();
    open(directory.path()).close();
    let orphan = directory.path().join("bodies/17");
    fs::write(&orphan, "left by a crash").unwrap();

    open(directory.path()).close();

    assert!(!orphan.exists());
}

#[tokio::test]
async fn a_damaged_body_does_not_hold_up_the_others_and_is_not_handed_out() {
    let directory = tempfile::tempdir().unwrap();
    let clock = TestClock::new();
    let engine = Engine::open(directory.path(), clock.clone()).unwrap();
    let events = vec![an_event("damaged", 0), an_event("whole", 0)];
    let ids = engine.queue.enqueue(events).await.unwrap();
    let file = directory
        .path()
        .join(format!("bodies/{}", ids.first().unwrap().id.0));
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, "other bytes").unwrap();

    let claimed = engine
        .queue
        .claim(&all(), 10, Lease::of_this_process(Duration::from_mins(1)))
        .await
        .unwrap();

    let names: Vec<String> = claimed.iter().map(|event| name_of(&event.body)).collect();
    assert_eq!(names, ["whole"]);
    fs::write(&file, bytes).unwrap();
    clock.advance(Duration::from_secs(30));
    let repaired = engine
        .queue
        .claim(&all(), 10, Lease::of_this_process(Duration::from_mins(1)))
        .await
        .unwrap();
    let attempts: Vec<u32> = repaired.iter().map(|event| event.attempt).collect();
    assert_eq!(attempts, [1]);
    engine.close();
}
