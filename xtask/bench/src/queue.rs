//! The queue of events: accepts that are on the disk, beside the least that the same disk takes for that,
//! and what a long queue costs.
//!
//! The floors are those of `queue_cost`, an example of the engine: a flush, and the same bytes in one
//! table of SQLite under the same settings and the same group commit. They take turns with the product
//! in each round, because a disk's speed changes.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::functions::Kind;
use crate::load::{self, Question, Times, Wants};
use crate::product::Product;
use crate::warm::{Effort, median};

/// How many clients hand in events at the same time, and producers of the floors.
const CLIENTS: usize = 64;

/// What the engine's measurements write, which an event comes to with all that goes with it.
const RECORD_BYTES: usize = 1_024;

/// What of a record is not the payload: request id, names, trace, and JSON around them.
const RECORD_OVERHEAD_BYTES: usize = 280;

/// One thing that was done again and again.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Rate {
    pub(crate) per_second: f64,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
}

#[derive(Debug, Serialize)]
pub(crate) struct QueueFigures {
    /// Appending a record to a file and flushing it, one at a time.
    pub(crate) flush: Rate,
    /// The least that group commit in SQLite costs, 64 producers.
    pub(crate) raw: Rate,
    /// The engine's queue without HTTP, 64 producers.
    pub(crate) engine: Rate,
    /// Events over HTTP from 64 clients, each answered when it is on the disk.
    pub(crate) accepts: Rate,
    /// The same from one client.
    pub(crate) accepts_of_one: Rate,
    /// What 64 clients got of the same server without the disk: answers to dry runs.
    pub(crate) dry_runs: Rate,
    pub(crate) backlog: Backlog,
}

/// A server that starts with a long queue.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Backlog {
    #[serde(default)]
    pub(crate) events: usize,
    pub(crate) first_claim_ms: f64,
    pub(crate) all_read_ms: f64,
    pub(crate) bytes_each: f64,
    /// Enqueueing and claiming an event of another queue beside all these.
    pub(crate) calm_p50_us: f64,
}

pub(crate) async fn measure(
    binaries: &Path,
    effort: Effort,
    backlog_events: usize,
) -> Result<QueueFigures> {
    let queue_cost = binaries.join("examples").join("queue_cost");
    let floor = |measurement| one::<Rate>(&queue_cost, measurement, &seconds(effort.time));
    // One environment that is busy all the time: the clients have the server for themselves.
    let mut product = Product::start_with(binaries, &["--async-running-max", "1"]).await?;
    let package = Kind::Compiled.package(&binaries.join("bootstrap"))?;
    let question = product.create("queued", Kind::Compiled, &package).await?;
    let accept = Question {
        body: a_payload(),
        wants: Wants::Acceptance,
        ..question.clone()
    };
    let dry_run = Question {
        body: a_payload(),
        wants: Wants::Nothing,
        ..question
    };
    let mut rounds: [Vec<Rate>; 6] = Default::default();
    for _ in 0..effort.rounds {
        let ask = async |question: &Question, clients| {
            let times = load::run(question, clients, effort.time).await;
            times
                .map(|times| Rate::of(&times))
                .context("hand in events")
        };
        let measured = [
            floor("flush")?,
            floor("raw")?,
            floor("enqueue")?,
            ask(&accept, CLIENTS).await?,
            ask(&accept, 1).await?,
            ask(&dry_run, CLIENTS).await?,
        ];
        for (all, rate) in rounds.iter_mut().zip(measured) {
            all.push(rate);
        }
    }
    // It has work for days.
    drop(product);
    let [flush, raw, engine, accepts, accepts_of_one, dry_runs] =
        rounds.map(|all| Rate::median(&all));
    let backlog: Backlog = one(&queue_cost, "backlog", &backlog_events.to_string())?;
    Ok(QueueFigures {
        flush,
        raw,
        engine,
        accepts,
        accepts_of_one,
        dry_runs,
        backlog: Backlog {
            events: backlog_events,
            ..backlog
        },
    })
}

/// An event that takes its time, and makes a record of the size that the floors write.
fn a_payload() -> Bytes {
    let head = r#"{"do":"sleep","ms":50000,"text":""#;
    let filling = RECORD_BYTES - RECORD_OVERHEAD_BYTES - head.len();
    format!(r#"{head}{}"}}"#, "x".repeat(filling)).into()
}

fn seconds(time: Duration) -> String {
    time.as_secs_f64().to_string()
}

/// Has `queue_cost` measure one thing on the disk that the product's data are on.
fn one<T: DeserializeOwned>(queue_cost: &Path, measurement: &str, amount: &str) -> Result<T> {
    let output = Command::new(queue_cost)
        .arg(std::env::temp_dir())
        .args([measurement, amount])
        .output()
        .with_context(|| format!("start {}", queue_cost.display()))?;
    ensure!(
        output.status.success(),
        "{} {measurement}: {}",
        queue_cost.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).context("read what queue_cost has measured")
}

impl Rate {
    fn of(times: &Times) -> Self {
        let micros = |percent| times.percentile(percent).as_secs_f64() * 1e6;
        Self {
            per_second: times.per_second(),
            p50_us: micros(50),
            p99_us: micros(99),
        }
    }

    fn median(rounds: &[Self]) -> Self {
        let of = |value: fn(&Self) -> f64| median(rounds.iter().map(value));
        Self {
            per_second: of(|rate| rate.per_second),
            p50_us: of(|rate| rate.p50_us),
            p99_us: of(|rate| rate.p99_us),
        }
    }
}
