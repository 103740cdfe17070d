//! Measures what the durable queue costs on this disk, beside the least that it could cost: a flush
//! of the same bytes, and the same bytes in one table of SQLite under the same settings and the same
//! group commit. Run it with the directory to measure in.
//!
//! ```text
//! cargo run --release -p store-sqlite --example queue_cost -- DIRECTORY [EVENTS]
//! ```
//!
//! `cargo xtask bench` asks for one measurement at a time, in turns with its own, as a line of JSON:
//! `queue_cost DIRECTORY flush|raw|enqueue SECONDS` and `queue_cost DIRECTORY backlog EVENTS`.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]
#![expect(
    clippy::unwrap_used,
    reason = "a measurement that cannot go on has failed"
)]
#![expect(clippy::panic, reason = "what it is asked for is written in the bench")]

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
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match *arguments {
        [place, measurement, amount] => {
            runtime.block_on(measure(Path::new(place), measurement, amount));
        }
        [place, events] => runtime.block_on(everything(Path::new(place), events.parse().unwrap())),
        [place] => runtime.block_on(everything(Path::new(place), 1_000_000)),
        _ => runtime.block_on(everything(Path::new("."), 1_000_000)),
    }
}

/// All measurements, as a table for people.
async fn everything(place: &Path, events: usize) {
    let directory = tempfile::tempdir_in(place).unwrap();
    accept_and_settle(directory.path()).await;
    let restarted = backlog(&directory.path().join("backlog"), events).await;
    println!("restart with {events} events: {restarted}");
}

/// One measurement, as a line of JSON.
async fn measure(place: &Path, measurement: &str, amount: &str) {
    let number: f64 = amount.parse().unwrap();
    let time = Duration::from_secs_f64(number);
    let directory = || tempfile::tempdir_in(place).unwrap();
    let row = match measurement {
        "flush" => flush_loop(directory().path(), time),
        "raw" => raw(&directory().path().join("raw.db"), 64, time).await,
        "enqueue" => {
            let (directory, clock) = (directory(), TestClock::new());
            let engine = Arc::new(Engine::open(directory.path(), clock.clone()).unwrap());
            enqueue(&engine, &clock, 64, time).await
        }
        "backlog" => {
            println!(
                "{}",
                backlog(&directory().path().join("backlog"), amount.parse().unwrap()).await
            );
            return;
        }
        "restart" => return restart(place, amount.parse().unwrap()).await,
        other => panic!("there is no measurement `{other}`"),
    };
    println!("{}", row.to_json());
}

/// Fills a queue, and starts again on it. Returns what the start said, as JSON.
async fn backlog(directory: &Path, events: usize) -> String {
    fill(directory, events).await;
    // A process of its own, whose memory holds nothing else.
    let mut again = Command::new(std::env::current_exe().unwrap());
    let output = again
        .arg(directory)
        .args(["restart", &events.to_string()])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

async fn accept_and_settle(directory: &Path) {
    let clock = TestClock::new();
    let engine = Arc::new(Engine::open(&directory.join("engine"), clock.clone()).unwrap());
    for _ in 0..2 {
        flush_loop(directory, ROW_TIME).print();
        enqueue(&engine, &clock, 1, ROW_TIME).await.print();
    }
    for turn in 0..TURNS {
        let file = directory.join(format!("raw-{turn}.db"));
        raw(&file, 64, ROW_TIME).await.print();
        enqueue(&engine, &clock, 64, ROW_TIME).await.print();
    }
    settle(&engine).await.print();
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

fn flush_loop(directory: &Path, row_time: Duration) -> Row {
    let path = directory.join("flushed");
    let mut file = std::fs::File::create(path).unwrap();
    let (begin, mut times) = (Instant::now(), Vec::new());
    while begin.elapsed() < row_time {
        let one = Instant::now();
        file.write_all(&[b'x'; BODY_BYTES]).unwrap();
        file.sync_data().unwrap();
        times.push(one.elapsed());
    }
    Row::new("append + fdatasync", begin.elapsed(), times)
}

/// One body and who waits for it.
type Waiting = (Bytes, oneshot::Sender<()>);

/// The least that group commit in SQLite costs: one table, one thread, everything that waits.
async fn raw(file: &Path, producers: usize, row_time: Duration) -> Row {
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
            while begin.elapsed() < row_time {
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
    let elapsed = begin.elapsed();
    writer.join().unwrap();
    Row::new(
        &format!("raw SQLite, {producers} producers"),
        elapsed,
        times,
    )
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

async fn enqueue(
    engine: &Arc<Engine>,
    clock: &Arc<TestClock>,
    producers: usize,
    row_time: Duration,
) -> Row {
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for producer in 0..producers {
        let (engine, clock) = (Arc::clone(engine), Arc::clone(clock));
        tasks.spawn(async move {
            let mut times = Vec::new();
            while begin.elapsed() < row_time {
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
    Row::new(
        &format!("enqueue, {producers} producers"),
        begin.elapsed(),
        times,
    )
}

/// Claims ten at a time and settles them, in 16 tasks.
async fn settle(engine: &Arc<Engine>) -> Row {
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
    Row::new(
        "claim 10 + settle one by one, 16 tasks",
        begin.elapsed(),
        times,
    )
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
    let calm = calm_beside_busy(&engine).await;
    println!(
        r#"{{"first_claim_ms":{:.1},"all_read_ms":{:.0},"bytes_each":{},"calm_p50_us":{:.0}}}"#,
        millis(first),
        millis(all),
        memory / events,
        millis(calm.at(50)) * 1e3,
    );
    engine.close();
}

/// How long an event of another queue takes while all of the backlog is due.
async fn calm_beside_busy(engine: &Engine) -> Row {
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
    Row::new("enqueue + claim beside the backlog", begin.elapsed(), times)
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

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// What was measured of one thing that was done again and again.
struct Row {
    what: String,
    per_second: f64,
    /// From the shortest to the longest.
    times: Vec<Duration>,
}

impl Row {
    fn new(what: &str, elapsed: Duration, mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let count = u32::try_from(times.len()).unwrap_or(u32::MAX);
        Self {
            what: what.to_owned(),
            per_second: f64::from(count) / elapsed.as_secs_f64(),
            times,
        }
    }

    /// The time that this part of a hundred did not exceed.
    fn at(&self, part: usize) -> Duration {
        let index = self.times.len() * part / 100;
        self.times.get(index).copied().unwrap_or_default()
    }

    fn print(&self) {
        let (p50, p99) = (self.at(50), self.at(99));
        println!(
            "{:<40} {:>8.0}/s   p50 {p50:>9.2?}   p99 {p99:>9.2?}",
            self.what, self.per_second
        );
    }

    fn to_json(&self) -> String {
        format!(
            r#"{{"per_second":{:.0},"p50_us":{:.1},"p99_us":{:.1}}}"#,
            self.per_second,
            millis(self.at(50)) * 1e3,
            millis(self.at(99)) * 1e3
        )
    }
}
