//! Everything that is measured, in order, as one value.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::cold::{self, Burst, Cold};
use crate::command::{self, CommandFigures};
use crate::floor::{self, Floor, Runtime};
use crate::functions::Kind;
use crate::idle::{self, Freezing, Idle};
use crate::load::Question;
use crate::product::Product;
use crate::queue::{self, QueueFigures};
use crate::warm::{self, CONNECTIONS, Effort, Subject, Warm};

#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    pub(crate) cores: usize,
    pub(crate) rounds: usize,
    pub(crate) cold: ColdFigures,
    pub(crate) warm: WarmFigures,
    pub(crate) freezing: Freezing,
    pub(crate) idle: Idle,
    pub(crate) command: CommandFigures,
    pub(crate) queue: QueueFigures,
}

/// Starts, of the server and of functions.
#[derive(Debug, Serialize)]
pub(crate) struct ColdFigures {
    /// From its start until the server says that it is ready, the median of several starts.
    pub(crate) ready_ms: f64,
    /// Memory of a server that has done nothing yet, with the processes it keeps.
    pub(crate) idle_mib: f64,
    pub(crate) functions: Vec<FunctionFigures>,
}

/// Warm invocations of the floors and of a function of each kind, by name.
#[derive(Debug, Serialize)]
pub(crate) struct WarmFigures(pub(crate) Vec<(&'static str, Vec<Warm>)>);

/// The names of the floors.
pub(crate) const ECHO: &str = "echo (floor)";
pub(crate) const THREE_PARTY: &str = "three-party (floor)";
pub(crate) const AWSLAMBDARIC: &str = "awslambdaric (floor)";

#[derive(Debug, Serialize)]
pub(crate) struct FunctionFigures {
    pub(crate) kind: Kind,
    pub(crate) cold: Cold,
    /// Right after another one, so that nothing waits.
    pub(crate) second: Cold,
    /// Where no runtime was started ahead of time.
    pub(crate) whole: Cold,
    pub(crate) burst: Burst,
    /// Of as many functions.
    pub(crate) many: Burst,
}

/// How much of everything.
struct Amount {
    effort: Effort,
    starts: usize,
    colds: usize,
    commands: usize,
    queued: usize,
    asked: usize,
    idle: usize,
}

impl Amount {
    fn new(quick: bool) -> Self {
        let (rounds, seconds, starts, colds, commands, queued, asked, idle) = if quick {
            (1, 0.4, 2, 5, 10, 100_000, 200, 20)
        } else {
            (3, 4.0, 7, 50, 100, 1_000_000, 2_000, 500)
        };
        let time = Duration::from_secs_f64(seconds);
        Self {
            effort: Effort { rounds, time },
            starts,
            colds,
            commands,
            queued,
            asked,
            idle,
        }
    }
}

/// Measures everything. `aloud` says on standard error what is being measured.
///
/// `awslambdaric`: an interpreter of Python that has AWS's client.
pub(crate) async fn gather(
    quick: bool,
    aloud: bool,
    awslambdaric: Option<&Path>,
) -> Result<Figures> {
    let say = |text: &str| {
        if aloud {
            eprintln!("    measuring {text}");
        }
    };
    let amount = Amount::new(quick);
    let binaries = crate::binaries()?;
    let bootstrap = binaries.join("bootstrap");
    let mut product = Product::start(&binaries).await?;
    let cold = cold(&mut product, &bootstrap, &amount, &say).await?;
    let warm = warm(&mut product, &bootstrap, awslambdaric, amount.effort, &say).await?;
    say("the command");
    let compiled = Kind::Compiled.name();
    let command = command::measure(&binaries, product.address, compiled, amount.commands)?;
    product.stop()?;
    say("freezing");
    let package = Kind::Compiled.package(&bootstrap)?;
    let freezing = idle::freezing(&binaries, &package, amount.asked).await?;
    say("idle environments");
    let idle = idle::memory(&binaries, &package, amount.idle).await?;
    say("the queue");
    let queue = queue::measure(&binaries, amount.effort, amount.queued).await?;

    Ok(Figures {
        cores: std::thread::available_parallelism()?.get(),
        rounds: amount.effort.rounds,
        cold,
        warm,
        freezing,
        idle,
        command,
        queue,
    })
}

/// Warm invocations of the floors and of the product, in the same rounds.
async fn warm(
    product: &mut Product,
    bootstrap: &Path,
    awslambdaric: Option<&Path>,
    effort: Effort,
    say: &impl Fn(&str),
) -> Result<WarmFigures> {
    let mut floors = vec![
        (ECHO, Floor::start(floor::Kind::Echo, Runtime::Nothing)?),
        (
            THREE_PARTY,
            Floor::start(floor::Kind::ThreeParty, Runtime::Bootstrap(bootstrap))?,
        ),
    ];
    if let Some(python) = awslambdaric {
        let runtime = Runtime::Awslambdaric(python);
        let floor = Floor::start(floor::Kind::ThreeParty, runtime)?;
        floors.push((AWSLAMBDARIC, floor));
    }
    let subjects = subjects(product, &floors, bootstrap).await?;
    let mut warm: Vec<Vec<Warm>> = subjects.iter().map(|_| Vec::new()).collect();
    for connections in CONNECTIONS {
        say(&format!("warm invocations: {connections} connections"));
        let measured = warm::measure(&subjects, connections, effort).await?;
        for (all, one) in warm.iter_mut().zip(measured) {
            all.push(one);
        }
    }
    let names = subjects.iter().map(|subject| subject.name);
    Ok(WarmFigures(names.zip(warm).collect()))
}

/// Measures warm invocations alone.
pub(crate) async fn gather_warm(
    quick: bool,
    aloud: bool,
    awslambdaric: Option<&Path>,
) -> Result<WarmFigures> {
    let binaries = crate::binaries()?;
    let mut product = Product::start(&binaries).await?;
    let say = |text: &str| {
        if aloud {
            eprintln!("    measuring {text}");
        }
    };
    let (bootstrap, effort) = (binaries.join("bootstrap"), Amount::new(quick).effort);
    let figures = warm(&mut product, &bootstrap, awslambdaric, effort, &say).await?;
    product.stop()?;
    Ok(figures)
}

/// Measures starts alone.
pub(crate) async fn gather_cold(quick: bool, aloud: bool) -> Result<ColdFigures> {
    let binaries = crate::binaries()?;
    let mut product = Product::start(&binaries).await?;
    let say = |text: &str| {
        if aloud {
            eprintln!("    measuring {text}");
        }
    };
    let (bootstrap, amount) = (binaries.join("bootstrap"), Amount::new(quick));
    let figures = cold(&mut product, &bootstrap, &amount, &say).await?;
    product.stop()?;
    Ok(figures)
}

async fn cold(
    product: &mut Product,
    bootstrap: &Path,
    amount: &Amount,
    say: &impl Fn(&str),
) -> Result<ColdFigures> {
    say("starts of the server");
    let (ready_ms, idle_mib) = starts(amount.starts).await?;
    let mut unprepared =
        Product::start_with(&crate::binaries()?, &["--prestart-memory", "0"]).await?;
    let mut functions = Vec::new();
    for kind in Kind::ALL {
        say(&format!("cold starts: {}", kind.name()));
        let package = kind.package(bootstrap)?;
        let [cold, second] = cold::two_by_two(product, kind, &package, amount.colds).await?;
        let [whole, _] = cold::two_by_two(&mut unprepared, kind, &package, amount.colds).await?;
        functions.push(FunctionFigures {
            kind,
            cold,
            second,
            whole,
            burst: cold::together(product, kind, &package).await?,
            many: cold::of_many(product, kind, &package).await?,
        });
    }
    unprepared.stop()?;
    Ok(ColdFigures {
        ready_ms,
        idle_mib,
        functions,
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
            processes: vec![product.id()],
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
            processes: floor.processes(),
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
