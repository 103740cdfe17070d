//! Cold starts: the first invocation of a function that nobody has invoked before, over HTTP.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::functions::Kind;
use crate::load::{Connection, Question, Times};
use crate::product::Product;

/// How many invocations come at the same time in a burst.
const BURST: usize = 50;

/// How many functions are invoked for the first time at the same time.
const MANY: usize = 100;

/// Before something is measured that begins with a pause, as a first invocation does.
const PAUSE: Duration = Duration::from_millis(200);

#[derive(Debug, Clone, Serialize)]
pub(crate) struct Cold {
    pub(crate) count: usize,
    pub(crate) p50_ms: f64,
    pub(crate) p90_ms: f64,
}

/// Simultaneous first invocations, each of which keeps its environment for half a second.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Burst {
    pub(crate) count: usize,
    /// From the first request to the last answer, without the half second.
    pub(crate) all_ms: f64,
}

/// Two functions after each other, each invoked once, and a pause before the next two: how long the first took, for which
/// a runtime may have waited, and how long the second, for which none did.
pub(crate) async fn two_by_two(
    product: &mut Product,
    kind: Kind,
    package: &[u8],
    count: usize,
) -> Result<[Cold; 2]> {
    let name = |number: usize, turn: usize| format!("cold-{}-{number}-{turn}", kind.name());
    let mut times = [Vec::new(), Vec::new()];
    for number in 0..count {
        let mut both = Vec::new();
        for turn in 0..times.len() {
            let question = product.create(&name(number, turn), kind, package).await?;
            both.push((Connection::open(question.address).await?, question));
        }
        // Whatever waits for a function is there again.
        sleep(PAUSE).await;
        for ((connection, question), times) in both.iter_mut().zip(&mut times) {
            let sent = Instant::now();
            connection
                .ask(question)
                .await
                .with_context(|| format!("invoke a new function, {}", kind.name()))?;
            times.push(sent.elapsed());
        }
    }
    for number in 0..count {
        for turn in 0..times.len() {
            product.delete(&name(number, turn)).await?;
        }
    }
    Ok(times.map(|times| {
        let times = Times::new(times, Duration::from_secs(1));
        Cold {
            count: times.count(),
            p50_ms: millis(times.percentile(50)),
            p90_ms: millis(times.percentile(90)),
        }
    }))
}

/// The first invocations of many functions at the same time.
pub(crate) async fn of_many(product: &mut Product, kind: Kind, package: &[u8]) -> Result<Burst> {
    let name = |number: usize| format!("many-{}-{number}", kind.name());
    let mut questions = Vec::new();
    for number in 0..MANY {
        let mut question = product.create(&name(number), kind, package).await?;
        question.body = kind.slow_event();
        questions.push(question);
    }
    let all = at_once(questions).await?;
    for number in 0..MANY {
        product.delete(&name(number)).await?;
    }
    Ok(all)
}

/// Many first invocations of one function at the same time.
pub(crate) async fn together(product: &mut Product, kind: Kind, package: &[u8]) -> Result<Burst> {
    let name = format!("burst-{}", kind.name());
    let mut question = product.create(&name, kind, package).await?;
    question.body = kind.slow_event();
    let all = at_once(vec![question; BURST]).await?;
    product.delete(&name).await?;
    Ok(all)
}

/// Asks everything at the same time.
async fn at_once(questions: Vec<Question>) -> Result<Burst> {
    let count = questions.len();
    let mut connections = Vec::new();
    for question in questions {
        connections.push((Connection::open(question.address).await?, question));
    }
    sleep(PAUSE).await;
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for (mut connection, question) in connections {
        tasks.spawn(async move { connection.ask(&question).await });
    }
    for outcome in tasks.join_all().await {
        outcome.with_context(|| format!("one of {count} simultaneous invocations"))?;
    }
    let all = began.elapsed().saturating_sub(Duration::from_millis(500));
    Ok(Burst {
        count,
        all_ms: millis(all),
    })
}

pub(crate) fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
