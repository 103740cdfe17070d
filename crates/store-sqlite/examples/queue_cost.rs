//! Measures what the durable queue costs on this disk, beside the least that it could cost: a flush
//! of the same bytes, and the same bytes in one table of SQLite under the same settings and the same
//! group commit. Run it with the directory to measure in.
//!
//! ```text
//! cargo run --release -p store-sqlite --example queue_cost -- DIRECTORY [EVENTS]
//! ```

#![expect(clippy::print_stdout, reason = "its output is what it is for")]
#![expect(
    clippy::unwrap_used,
    reason = "a measurement that cannot go on has failed"
)]

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::time::Clock as _;
use rusqlite::Connection;
use store::conformance::TestClock;
use store::{AtExpiry, EventQueue as _, Lease, NewEvent, QueueName, Selector, Settlement};
use store_sqlite::Engine;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

const BODY_BYTES: usize = 1_024;

/// How long each row of the table is measured.
const ROW_TIME: Duration = Duration::from_secs(3);

/// Raw SQLite and the queue take turns this often, because the disk's speed changes.
const TURNS: usize = 3;

const LEASE: Lease = Lease::of_this_process(Duration::from_mins(5));

fn main() {
    let mut arguments = std::env::args_os().skip(1);
    let place = arguments.next().unwrap_or_else(|| ".".into());
    let number = arguments
        .next()
        .and_then(|text| text.to_str()?.parse().ok());
    let events = number.unwrap_or(1_000_000);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if arguments.next().is_some() {
        runtime.block_on(restart(Path::new(&place), events));
        return;
    }
    let directory = tempfile::tempdir_in(place).unwrap();
    runtime.block_on(accept_and_settle(directory.path()));
    runtime.block_on(fill(&directory.path().join("backlog"), events));
    // A process of its own, whose memory holds nothing else.
    let status = Command::new(std::env::current_exe().unwrap())
        .arg(directory.path().join("backlog"))
        .arg(events.to_string())
        .arg("restart")
        .status();
    assert!(status.unwrap().success());
}

async fn accept_and_settle(directory: &Path) {
    let clock = TestClock::new();
    let engine = Arc::new(Engine::open(&directory.join("engine"), clock.clone()).unwrap());
    flush_loop(directory);
    enqueue(&engine, &clock, 1).await;
    flush_loop(directory);
    enqueue(&engine, &clock, 1).await;
    for turn in 0..TURNS {
        raw(&directory.join(format!("raw-{turn}.db")), 64).await;
        enqueue(&engine, &clock, 64).await;
    }
    settle(&engine).await;
}

fn queue() -> QueueName {
    QueueName::new("family", "q")
}

fn a_body() -> Bytes {
    Bytes::from(vec![b'x'; BODY_BYTES])
}

fn an_event(clock: &TestClock, key: String) -> NewEvent {
    NewEvent {
        queue: queue(),
        key: Some(key),
        body: a_body(),
        due: clock.now(),
        expires: clock.now() + Duration::from_hours(6),
        at_expiry: AtExpiry::HandOver,
        group: None,
        dedup: None,
    }
}

fn flush_loop(directory: &Path) {
    let path = directory.join("flushed");
    let mut file = std::fs::File::create(path).unwrap();
    let (begin, mut times) = (Instant::now(), Vec::new());
    while begin.elapsed() < ROW_TIME {
        let one = Instant::now();
        file.write_all(&[b'x'; BODY_BYTES]).unwrap();
        file.sync_data().unwrap();
        times.push(one.elapsed());
    }
    report("append + fdatasync", begin.elapsed(), times);
}

/// One body and who waits for it.
type Waiting = (Bytes, oneshot::Sender<()>);

/// The least that group commit in SQLite costs: one table, one thread, everything that waits.
async fn raw(file: &Path, producers: usize) {
    let connection = Connection::open(file).unwrap();
    let settings = "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
        PRAGMA wal_autocheckpoint = 4000; PRAGMA cache_size = -65536;
        CREATE TABLE body (id INTEGER PRIMARY KEY, bytes BLOB NOT NULL) STRICT;";
    connection.execute_batch(settings).unwrap();
    let (sender, receiver) = mpsc::channel::<Waiting>(4_096);
    let writer = std::thread::spawn(move || write_raw(&connection, receiver));
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..producers {
        let sender = sender.clone();
        tasks.spawn(async move {
            let mut times = Vec::new();
            while begin.elapsed() < ROW_TIME {
                let one = Instant::now();
                let (done, committed) = oneshot::channel();
                sender.send((a_body(), done)).await.unwrap();
                committed.await.unwrap();
                times.push(one.elapsed());
            }
            times
        });
    }
    drop(sender);
    let times = tasks.join_all().await.concat();
    report(
        &format!("raw SQLite, {producers} producers"),
        begin.elapsed(),
        times,
    );
    writer.join().unwrap();
}

fn write_raw(connection: &Connection, mut receiver: mpsc::Receiver<Waiting>) {
    while let Some(first) = receiver.blocking_recv() {
        let mut group = vec![first];
        while group.len() < 1_024
            && let Ok(next) = receiver.try_recv()
        {
            group.push(next);
        }
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        for (body, _) in &group {
            let insert = "INSERT INTO body (bytes) VALUES (?)";
            let mut insert = connection.prepare_cached(insert).unwrap();
            insert.execute([&body[..]]).unwrap();
        }
        connection.execute_batch("COMMIT").unwrap();
        for (_, done) in group {
            done.send(()).unwrap();
        }
    }
}

async fn enqueue(engine: &Arc<Engine>, clock: &Arc<TestClock>, producers: usize) {
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for producer in 0..producers {
        let (engine, clock) = (Arc::clone(engine), Arc::clone(clock));
        tasks.spawn(async move {
            let mut times = Vec::new();
            while begin.elapsed() < ROW_TIME {
                let one = Instant::now();
                let key = format!("{producer:08x}-0000-4000-8000-{:012x}", times.len());
                let batch = vec![an_event(&clock, key)];
                engine.queue.enqueue(batch).await.unwrap();
                times.push(one.elapsed());
            }
            times
        });
    }
    let times = tasks.join_all().await.concat();
    report(
        &format!("enqueue, {producers} producers"),
        begin.elapsed(),
        times,
    );
}

/// Claims ten at a time and settles them, in 16 tasks.
async fn settle(engine: &Arc<Engine>) {
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..16 {
        let engine = Arc::clone(engine);
        tasks.spawn(async move {
            let mut times = Vec::new();
            while begin.elapsed() < ROW_TIME {
                let selector = Selector::Queue(queue());
                for event in engine.queue.claim(&selector, 10, LEASE).await.unwrap() {
                    let one = Instant::now();
                    let settlement = Settlement::default();
                    engine
                        .queue
                        .settle(&event.receipt, settlement)
                        .await
                        .unwrap();
                    times.push(one.elapsed());
                }
            }
            times
        });
    }
    let times = tasks.join_all().await.concat();
    report(
        "claim 10 + settle one by one, 16 tasks",
        begin.elapsed(),
        times,
    );
}

async fn fill(directory: &Path, events: usize) {
    let clock = TestClock::new();
    let engine = Engine::open(directory, clock.clone()).unwrap();
    for batch in 0..events / 1_000 {
        let keys = (0..1_000).map(|number| format!("{batch:08x}-0000-4000-8000-{number:012x}"));
        let events = keys.map(|key| an_event(&clock, key)).collect();
        engine.queue.enqueue(events).await.unwrap();
    }
    engine.close();
}

async fn restart(directory: &Path, events: usize) {
    let clock = TestClock::new();
    let empty = tempfile::tempdir_in(directory).unwrap();
    Engine::open(empty.path(), clock.clone()).unwrap().close();
    let memory_before = resident_bytes();
    let begin = Instant::now();
    let engine = Engine::open(directory, clock).unwrap();
    let selector = Selector::Queue(queue());
    let claimed = engine.queue.claim(&selector, 1, LEASE).await.unwrap();
    let first = begin.elapsed();
    assert_eq!(claimed.len(), 1);
    let depth = engine.queue.depth(&queue()).await.unwrap();
    let all = begin.elapsed();
    assert_eq!(depth.total(), events);
    let memory = resident_bytes() - memory_before;
    println!(
        "restart with {events} events: first claim after {first:.2?}, all read after {all:.2?}, \
         {} bytes of memory each",
        memory / events
    );
    calm_beside_busy(&engine).await;
    engine.close();
}

/// How long an event of another queue takes while all of the backlog is due.
async fn calm_beside_busy(engine: &Engine) {
    let family = Selector::Family {
        family: "family",
        except: BTreeSet::new(),
    };
    let calm = QueueName::new("family", "calm");
    let mut times = Vec::new();
    let begin = Instant::now();
    for number in 0..200 {
        // Room for one more.
        let mut claimed = engine.queue.claim(&family, 1, LEASE).await.unwrap();
        let receipt = claimed.remove(0).receipt;
        let settled = engine.queue.settle(&receipt, Settlement::default());
        settled.await.unwrap();
        let one = Instant::now();
        let event = NewEvent {
            queue: calm.clone(),
            ..an_event(&TestClock::new(), number.to_string())
        };
        engine.queue.enqueue(vec![event]).await.unwrap();
        loop {
            let claimed = engine.queue.claim(&family, 1, LEASE).await.unwrap();
            if claimed.iter().any(|claimed| claimed.queue == calm) {
                break;
            }
        }
        times.push(one.elapsed());
    }
    report("enqueue + claim beside the backlog", begin.elapsed(), times);
}

/// What this process takes of the machine's memory.
fn resident_bytes() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    let kib: usize = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    kib * 1_024
}

fn report(what: &str, elapsed: Duration, mut times: Vec<Duration>) {
    times.sort_unstable();
    let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
    let rate = f64::from(count) / elapsed.as_secs_f64();
    let at = |part: usize| {
        times
            .get(times.len() * part / 100)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "{what:<40} {rate:>8.0}/s   p50 {:>9.2?}   p99 {:>9.2?}",
        at(50),
        at(99)
    );
}
