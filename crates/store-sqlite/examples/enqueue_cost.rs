//! Measures what accepting an event costs on this disk, beside the least it could cost: appending
//! the same bytes to a file and flushing it. Run it with the directory to measure in.

#![expect(clippy::print_stdout, reason = "its output is what it is for")]
#![expect(
    clippy::unwrap_used,
    reason = "a measurement that cannot go on has failed"
)]

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::time::Clock as _;
use store::conformance::TestClock;
use store::{AtExpiry, EventQueue as _, Lease, NewEvent, QueueName, Selector, Settlement};
use store_sqlite::Engine;
use tokio::task::JoinSet;
use tokio::time::Instant;

const BODY_BYTES: usize = 1_024;

/// How long each row of the table is measured.
const ROW_TIME: Duration = Duration::from_secs(3);

#[tokio::main]
async fn main() {
    let place = std::env::args_os().nth(1).unwrap_or_else(|| ".".into());
    let directory = tempfile::tempdir_in(place).unwrap();
    flush_loop(directory.path());
    let clock = TestClock::new();
    let engine = Arc::new(Engine::open(directory.path(), clock.clone()).unwrap());
    for producers in [1, 16, 64] {
        enqueue(&engine, &clock, producers).await;
    }
    flush_loop(directory.path());
    settle(&engine).await;
    drop(engine);
    restart(directory.path(), &clock).await;
}

fn queue() -> QueueName {
    QueueName::new("family", "q")
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

async fn enqueue(engine: &Arc<Engine>, clock: &Arc<TestClock>, producers: usize) {
    let begin = Instant::now();
    let mut tasks = JoinSet::new();
    for _ in 0..producers {
        let (engine, now) = (Arc::clone(engine), clock.now());
        tasks.spawn(async move {
            let mut times = Vec::new();
            while begin.elapsed() < ROW_TIME {
                let one = Instant::now();
                let event = NewEvent {
                    queue: queue(),
                    at_expiry: AtExpiry::HandOver,
                    key: None,
                    group: None,
                    dedup: None,

                    body: Bytes::from(vec![b'x'; BODY_BYTES]),
                    due: now,
                    expires: now + Duration::from_hours(6),
                };
                engine.queue.enqueue(vec![event]).await.unwrap();
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
                for event in engine
                    .queue
                    .claim(
                        &Selector::Queue(queue()),
                        10,
                        Lease::of_this_process(Duration::from_mins(5)),
                    )
                    .await
                    .unwrap()
                {
                    let one = Instant::now();
                    engine
                        .queue
                        .settle(&event.receipt, Settlement::default())
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
        "claim 10 + ack one by one, 16 tasks",
        begin.elapsed(),
        times,
    );
}

async fn restart(directory: &Path, clock: &Arc<TestClock>) {
    let begin = Instant::now();
    let engine = Engine::open(directory, clock.clone()).unwrap();
    let claimed = engine
        .queue
        .claim(
            &Selector::Queue(queue()),
            1,
            Lease::of_this_process(Duration::from_mins(5)),
        )
        .await
        .unwrap();
    let elapsed = begin.elapsed();
    let left = engine.queue.depth(&queue()).await.unwrap();
    println!(
        "restart with {} events until the first claim: {elapsed:.2?}",
        left.due + claimed.len()
    );
    engine.close();
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
        "{what:<38} {rate:>8.0}/s   p50 {:>9.2?}   p99 {:>9.2?}",
        at(50),
        at(99)
    );
}
