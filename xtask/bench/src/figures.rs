//! Everything that is measured, in order, as one value.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::cold::{self, Burst, Cold};
use crate::command::{self, CommandFigures};
use crate::floor::{self, Floor};
use crate::functions::Kind;
use crate::load::Question;
use crate::product::Product;
use crate::queue::{self, QueueFigures};
use crate::warm::{self, CONNECTIONS, Effort, Subject, Warm};

#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) cores: usize,
    pub(crate) rounds: usize,
    /// From its start until the server says that it is ready, the median of several starts.
    pub(crate) ready_ms: f64,
    /// Memory of a server that has done nothing yet, with the processes it keeps.
    pub(crate) idle_mib: f64,
    /// Client, hyper, client.
    pub(crate) echo: Vec<Warm>,
    /// Client, hyper, runtime, hyper, client.
    pub(crate) three_party: Vec<Warm>,
    pub(crate) functions: Vec<FunctionFigures>,
    pub(crate) command: CommandFigures,
    pub(crate) queue: QueueFigures,
}

#[derive(Debug, Serialize)]
pub(crate) struct FunctionFigures {
    pub(crate) kind: Kind,
    pub(crate) warm: Vec<Warm>,
    pub(crate) cold: Cold,
    pub(crate) burst: Burst,
}

/// How much of everything.
struct Amount {
    effort: Effort,
    starts: usize,
    colds: usize,
    commands: usize,
    queued: usize,
}

impl Amount {
    fn new(quick: bool) -> Self {
        let (rounds, seconds, starts, colds, commands, queued) = if quick {
            (1, 0.4, 2, 5, 10, 100_000)
        } else {
            (3, 4.0, 7, 20, 100, 1_000_000)
        };
        let time = Duration::from_secs_f64(seconds);
        Self {
            effort: Effort { rounds, time },
            starts,
            colds,
            commands,
            queued,
        }
    }
}

/// Measures everything. `aloud` says on standard error what is being measured.
pub(crate) async fn gather(quick: bool, aloud: bool) -> Result<Figures> {
    let say = |text: &str| {
        if aloud {
            eprintln!("    measuring {text}");
        }
    };
    let amount = Amount::new(quick);
    let binaries = crate::binaries()?;
    let bootstrap = binaries.join("bootstrap");

    say("starts of the server");
    let (ready_ms, idle_mib) = starts(amount.starts).await?;

    let mut product = Product::start(&binaries).await?;
    let mut cold = Vec::new();
    for kind in Kind::ALL {
        say(&format!("cold starts: {}", kind.name()));
        let package = kind.package(&bootstrap)?;
        let one_by_one = cold::one_by_one(&mut product, kind, &package, amount.colds).await?;
        cold.push((
            one_by_one,
            cold::together(&mut product, kind, &package).await?,
        ));
    }

    let floors = [
        ("echo", Floor::start(floor::Kind::Echo, &bootstrap)?),
        (
            "three-party",
            Floor::start(floor::Kind::ThreeParty, &bootstrap)?,
        ),
    ];
    let subjects = subjects(&mut product, &floors, &bootstrap).await?;
    let mut warm: Vec<Vec<Warm>> = subjects.iter().map(|_| Vec::new()).collect();
    for connections in CONNECTIONS {
        say(&format!("warm invocations: {connections} connections"));
        let measured = warm::measure(&subjects, connections, amount.effort).await?;
        for (all, one) in warm.iter_mut().zip(measured) {
            all.push(one);
        }
    }
    say("the command");
    let compiled = Kind::Compiled.name();
    let command = command::measure(&binaries, product.address, compiled, amount.commands)?;
    product.stop()?;
    say("the queue");
    let queue = queue::measure(&binaries, amount.effort, amount.queued).await?;

    let mut warm = warm.into_iter();
    let mut next = || warm.next().unwrap_or_default();
    Ok(Figures {
        cores: std::thread::available_parallelism()?.get(),
        rounds: amount.effort.rounds,
        ready_ms,
        idle_mib,
        echo: next(),
        three_party: next(),
        functions: Kind::ALL
            .into_iter()
            .zip(cold)
            .map(|(kind, (cold, burst))| FunctionFigures {
                kind,
                warm: next(),
                cold,
                burst,
            })
            .collect(),
        command,
        queue,
    })
}

/// Measures the queue alone.
pub(crate) async fn gather_queue(quick: bool) -> Result<QueueFigures> {
    let amount = Amount::new(quick);
    queue::measure(&crate::binaries()?, amount.effort, amount.queued).await
}

/// The floors, and a function of each kind, all asked the same.
async fn subjects(
    product: &mut Product,
    floors: &[(&'static str, Floor)],
    bootstrap: &Path,
) -> Result<Vec<Subject>> {
    let mut functions = Vec::new();
    for kind in Kind::ALL {
        let question = product
            .create(kind.name(), kind, &kind.package(bootstrap)?)
            .await?;
        functions.push(Subject {
            name: kind.name(),
            question,
        });
    }
    let question = functions.first().map(|subject| &subject.question);
    let of_floor = |(name, floor): &(&'static str, Floor)| {
        let question = question.context("there is nothing to measure")?.clone();
        Ok(Subject {
            name,
            question: Question {
                address: floor.address,
                ..question
            },
        })
    };
    let mut subjects = floors.iter().map(of_floor).collect::<Result<Vec<_>>>()?;
    subjects.append(&mut functions);
    Ok(subjects)
}

/// Starts servers one after the other. Returns the median time to ready and of the idle memory.
async fn starts(count: usize) -> Result<(f64, f64)> {
    let binaries = crate::binaries()?;
    let mut ready = Vec::new();
    let mut idle = Vec::new();
    for _ in 0..count {
        let product = Product::start(&binaries).await?;
        ready.push(cold::millis(product.ready));
        idle.push(product.resident_mib()?);
        product.stop()?;
    }
    Ok((
        warm::median(ready.into_iter()),
        warm::median(idle.into_iter()),
    ))
}
