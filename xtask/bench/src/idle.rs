//! Environments without work: what freezing adds to the next invocation, and what memory each of them takes.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::functions::Kind;
use crate::load::{Connection, Question, Times};
use crate::process;
use crate::product::Product;
use crate::warm::median;

/// Between two invocations of a frozen environment. It freezes after 10 ms.
const PAUSE: Duration = Duration::from_millis(30);

/// Memory counts when what has just ended is given back and what has just begun is touched.
const MEMORY_SETTLES: Duration = Duration::from_secs(2);

#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Freezing {
    /// One invocation after the other, p50, of a server that freezes to one that does not.
    pub(crate) hot_ratio: f64,
    /// What a frozen environment adds to the p50 of one that ran on.
    pub(crate) frozen_added_us: f64,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Idle {
    pub(crate) environments: usize,
    /// What the host has less for each of them.
    pub(crate) each_kib: f64,
    /// What the runtime in it maps for itself alone.
    pub(crate) runtime_kib: f64,
}

/// Compares a server that freezes with one that does not, in turns.
pub(crate) async fn freezing(binaries: &Path, package: &[u8], count: usize) -> Result<Freezing> {
    let mut servers = [
        Product::start(binaries).await?,
        Product::start_with(binaries, &["--freeze-after", "never"]).await?,
    ];
    let mut questions = Vec::new();
    for server in &mut servers {
        questions.push(server.create("idle", Kind::Compiled, package).await?);
    }
    let _awake = process::keep_cores_awake()?;
    let (mut hot, mut paused) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for _ in 0..4 {
        for (which, question) in questions.iter().enumerate() {
            let times = one_after_the_other(question, count, Duration::ZERO).await?;
            if let Some(hot) = hot.get_mut(which) {
                hot.push(times);
            }
            let times = one_after_the_other(question, count / 10, PAUSE).await?;
            if let Some(paused) = paused.get_mut(which) {
                paused.push(times);
            }
        }
    }
    for server in servers {
        server.stop()?;
    }
    let [freezes, runs_on] = hot.map(|times| median(times.into_iter()));
    let [frozen, awake] = paused.map(|times| median(times.into_iter()));
    Ok(Freezing {
        hot_ratio: freezes / runs_on,
        frozen_added_us: frozen - awake,
    })
}

/// The p50 of so many requests, in microseconds.
async fn one_after_the_other(question: &Question, count: usize, pause: Duration) -> Result<f64> {
    let mut connection = Connection::open(question.address).await?;
    let mut times = Vec::new();
    for _ in 0..count {
        sleep(pause).await;
        let sent = Instant::now();
        connection.ask(question).await?;
        times.push(sent.elapsed());
    }
    let times = Times::new(times, Duration::from_secs(1));
    Ok(times.percentile(50).as_secs_f64() * 1e6)
}

/// Has so many environments of one function wait at the same time.
pub(crate) async fn memory(binaries: &Path, package: &[u8], count: usize) -> Result<Idle> {
    let mut product = Product::start(binaries).await?;
    let mut question = product.create("idle", Kind::Compiled, package).await?;
    product.create("first", Kind::Compiled, package).await?;
    let mut connections = Vec::new();
    for _ in 0..count {
        connections.push(Connection::open(question.address).await?);
    }
    sleep(MEMORY_SETTLES).await;
    let before = process::available_kib()?;
    question.body = bytes::Bytes::from_static(br#"{"do":"sleep","ms":3000}"#);
    let mut tasks = JoinSet::new();
    for mut connection in connections {
        let question = question.clone();
        tasks.spawn(async move { connection.ask(&question).await.map(|()| connection) });
    }
    let mut open = Vec::new();
    for outcome in tasks.join_all().await {
        open.push(outcome.context("one of the environments")?);
    }
    sleep(MEMORY_SETTLES).await;
    let after = process::available_kib()?;
    let runtimes = process::private_kib(product.id(), "bootstrap")?;
    product.stop()?;
    ensure!(
        runtimes.len() >= count,
        "{} of {count} environments live",
        runtimes.len()
    );
    let total = u32::try_from(before.saturating_sub(after))?;
    Ok(Idle {
        environments: count,
        each_kib: f64::from(total) / f64::from(u32::try_from(count)?),
        runtime_kib: median(runtimes.into_iter().map(f64::from)),
    })
}
