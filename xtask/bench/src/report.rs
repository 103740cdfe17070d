//! The figures as tables for people, with what they should be.

use crate::figures::{AWSLAMBDARIC, ColdFigures, ECHO, Figures, THREE_PARTY, WarmFigures};
use crate::functions::Kind;
use crate::queue::QueueFigures;
use crate::warm::Warm;

/// Bars on a machine with two cores.
const READY_MS_MAX: f64 = 50.0;
const IDLE_MIB_MAX: f64 = 20.0;
const WARM_RATIO_MAX: f64 = 1.3;
/// The floor's requests per second on 16 connections, as a multiple of the product's.
const THROUGHPUT_RATIO_MAX: f64 = 1.25;
const TAIL_RATIO_MAX: f64 = 2.0;
/// Of the Python client, to AWS's.
const CLIENT_RATIO_MAX: f64 = 0.8;
const PYTHON_BURST_MS_MAX: f64 = 300.0;
const HOT_RATIO_MAX: f64 = 1.05;
const FROZEN_ADDED_US_MAX: f64 = 60.0;
const ENVIRONMENT_KIB_MAX: f64 = 1_536.0;
const COMMAND_MS_MAX: f64 = 15.0;
const COMMAND_MIB_MAX: f64 = 15.0;
const ACCEPTS_PER_SECOND_MIN: f64 = 15_000.0;
const ACCEPTS_OF_RAW_MIN: f64 = 0.6;
const ACCEPT_FLUSHES_MAX: f64 = 5.0;
const PYTHON_FORK_MS_MAX: f64 = 7.0;
const FIRST_CLAIM_MS_MAX: f64 = 3_000.0;
const EVENT_BYTES_MAX: f64 = 300.0;

pub(crate) fn print(figures: &Figures) {
    println!(
        "\n{} cores, medians of {} rounds; floors measured in the same rounds\n",
        figures.cores, figures.rounds
    );
    warm(&figures.warm);
    cold(&figures.cold);
    let (freezing, idle) = (&figures.freezing, &figures.idle);
    println!(
        "\nfreezing: {:.2} x the p50 of a hot function, {:.0} µs for a frozen one; {} idle environments \
         take {:.0} KiB each, of which their runtimes map {:.0} KiB",
        freezing.hot_ratio,
        freezing.frozen_added_us,
        idle.environments,
        idle.each_kib,
        idle.runtime_kib
    );
    let command = &figures.command;
    println!(
        "\nInvoke-LMFunction, start to exit: {:.1} ms p50, {:.1} ms p90 of {}; {:.1} MiB",
        command.p50_ms, command.p90_ms, command.count, command.size_mib
    );
    println!();
    print_bars(bars(figures));
    print_queue(&figures.queue);
}

/// Those of warm invocations, with their bars.
pub(crate) fn print_cold(figures: &ColdFigures) {
    cold(figures);
    print_bars(cold_bars(figures));
}

fn cold(figures: &ColdFigures) {
    println!(
        "\ncold starts                   n    p50 ms    p90 ms  second p50   whole p50   50 at the same time, ms   100 functions, ms"
    );
    for function in &figures.functions {
        println!(
            "  {:<22} {:>6} {:>9.1} {:>9.1} {:>11.1} {:>11.1} {:>25.0} {:>19.0}",
            function.kind.name(),
            function.cold.count,
            function.cold.p50_ms,
            function.cold.p90_ms,
            function.second.p50_ms,
            function.whole.p50_ms,
            function.burst.all_ms,
            function.many.all_ms,
        );
    }
    println!(
        "\nserver: ready after {:.0} ms, {:.1} MiB in use when idle",
        figures.ready_ms, figures.idle_mib
    );
}

pub(crate) fn print_warm(figures: &WarmFigures) {
    warm(figures);
    print_bars(warm_bars(figures));
}

fn warm(figures: &WarmFigures) {
    println!(
        "warm invocations          conns      p50 µs      p99 µs      per s   CPU µs   p50 ÷ three-party   p50 ÷ echo"
    );
    for (name, warm) in &figures.0 {
        for one in warm {
            let to = |floor: &str| {
                let floor = figures.of(floor, one.connections);
                floor.map_or(f64::NAN, |floor| one.p50_us / floor.p50_us)
            };
            println!(
                "  {name:<22} {:>6} {:>11.0} {:>11.0} {:>10.0} {:>8.0} {:>19.2} {:>12.2}",
                one.connections,
                one.p50_us,
                one.p99_us,
                one.per_second,
                one.cpu_us,
                to(THREE_PARTY),
                to(ECHO),
            );
        }
    }
}

/// The figures of the queue, with its bars.
pub(crate) fn print_queue(figures: &QueueFigures) {
    queue(figures);
    print_bars(queue_bars(figures));
    let (accepts, least) = (figures.accepts.per_second, accepts_min(figures));
    let verdict = if accepts >= least { "met   " } else { "missed" };
    println!(
        "  {verdict}  events over HTTP, 64 clients, per s: {accepts:.0} of at least {least:.0}"
    );
    let (accepts, part) = (figures.engine.per_second, figures.raw.per_second);
    println!(
        "          the engine alone: {accepts:.0}, {:.0} % of raw SQLite",
        100.0 * accepts / part
    );
}

fn print_bars(bars: Vec<(String, f64, f64)>) {
    for (claim, value, most) in bars {
        let verdict = if value <= most { "met   " } else { "missed" };
        println!("  {verdict}  {claim}: {value:.2} of at most {most}");
    }
}

fn queue(figures: &QueueFigures) {
    println!("queue, 1 KiB records                          per s      p50 µs      p99 µs");
    for (name, rate) in [
        ("append + fdatasync, one at a time", figures.flush),
        ("raw SQLite, 64 producers", figures.raw),
        ("the engine, 64 producers", figures.engine),
        ("events over HTTP, 64 clients", figures.accepts),
        ("events over HTTP, 1 client", figures.accepts_of_one),
        ("dry runs over HTTP, 64 clients", figures.dry_runs),
    ] {
        println!(
            "  {name:<38} {:>10.0} {:>11.0} {:>11.0}",
            rate.per_second, rate.p50_us, rate.p99_us
        );
    }
    let backlog = figures.backlog;
    println!(
        "  a start with {} events: first claim after {:.0} ms, all read after {:.0} ms, {:.0} bytes \
         of memory each; beside them an event of another queue takes {:.0} µs\n",
        backlog.events,
        backlog.first_claim_ms,
        backlog.all_read_ms,
        backlog.bytes_each,
        backlog.calm_p50_us
    );
}

/// What has to be accepted in a second: so many, or this part of what SQLite does in the same run.
fn accepts_min(figures: &QueueFigures) -> f64 {
    ACCEPTS_PER_SECOND_MIN.min(ACCEPTS_OF_RAW_MIN * figures.raw.per_second)
}

/// What is claimed, what was measured, and what it may be at most.
fn bars(figures: &Figures) -> Vec<(String, f64, f64)> {
    let mut bars = cold_bars(&figures.cold);
    bars.extend(warm_bars(&figures.warm));
    let (freezing, idle) = (&figures.freezing, &figures.idle);
    for (claim, value, most) in [
        (
            "freezing, p50 of a hot function ÷ without",
            freezing.hot_ratio,
            HOT_RATIO_MAX,
        ),
        (
            "freezing, added to a frozen one, p50 µs",
            freezing.frozen_added_us,
            FROZEN_ADDED_US_MAX,
        ),
        (
            "idle environment beyond its runtime, KiB",
            idle.each_kib - idle.runtime_kib,
            ENVIRONMENT_KIB_MAX,
        ),
    ] {
        bars.push((claim.to_owned(), value, most));
    }
    let command = &figures.command;
    bars.push((
        "Invoke-LMFunction, start to exit, p50 ms".to_owned(),
        command.p50_ms,
        COMMAND_MS_MAX,
    ));
    bars.push((
        "Invoke-LMFunction, MiB".to_owned(),
        command.size_mib,
        COMMAND_MIB_MAX,
    ));
    bars
}

/// Those of warm invocations, as ratios to the floor of the same rounds.
fn cold_bars(figures: &ColdFigures) -> Vec<(String, f64, f64)> {
    let mut bars = vec![
        ("ready, ms".to_owned(), figures.ready_ms, READY_MS_MAX),
        ("idle, MiB".to_owned(), figures.idle_mib, IDLE_MIB_MAX),
    ];
    for function in &figures.functions {
        let name = function.kind.name();
        let (waited, whole) = function.kind.cold_bars_ms();
        let claim = format!("cold start {name}, p50 ms");
        bars.push((claim, function.cold.p50_ms, waited));
        if let Some(whole) = whole {
            let claim = format!("cold start {name}, nothing waits, p50 ms");
            bars.push((claim, function.whole.p50_ms, whole));
        }
        if function.kind == Kind::Python {
            let claim = "cold start python, forked, p50 ms".to_owned();
            bars.push((claim, function.second.p50_ms, PYTHON_FORK_MS_MAX));
            let claim = "50 first invocations at the same time, python, ms".to_owned();
            bars.push((claim, function.burst.all_ms, PYTHON_BURST_MS_MAX));
        }
    }
    bars
}

fn warm_bars(figures: &WarmFigures) -> Vec<(String, f64, f64)> {
    let mut bars = Vec::new();
    let mut compare = |claim: &str, ratio: Option<f64>, most: f64| {
        bars.extend(ratio.map(|ratio| (claim.to_owned(), ratio, most)));
    };
    let floor = |connections| figures.of(THREE_PARTY, connections);
    let ratio = |of: Option<&Warm>, to: Option<&Warm>, value: fn(&Warm) -> f64| {
        Some(value(of?) / value(to?))
    };
    let compiled = |connections| figures.of(Kind::Compiled.name(), connections);
    compare(
        "warm compiled, 1 connection, p50 ÷ three-party",
        ratio(compiled(1), floor(1), |warm| warm.p50_us),
        WARM_RATIO_MAX,
    );
    compare(
        "warm, 16 connections, three-party's requests per s ÷ compiled's",
        ratio(floor(16), compiled(16), |warm| warm.per_second),
        THROUGHPUT_RATIO_MAX,
    );
    compare(
        "warm compiled, 64 connections, p99 ÷ three-party",
        ratio(compiled(64), floor(64), |warm| warm.p99_us),
        TAIL_RATIO_MAX,
    );
    let python = figures.of(Kind::Python.name(), 1);
    let client = figures.of(AWSLAMBDARIC, 1);
    compare(
        "warm python, 1 connection, p50 ÷ awslambdaric",
        ratio(python, client, |warm| warm.p50_us),
        CLIENT_RATIO_MAX,
    );
    compare(
        "warm python, 1 connection, processor time ÷ awslambdaric",
        ratio(python, client, |warm| warm.cpu_us),
        CLIENT_RATIO_MAX,
    );
    bars
}

impl WarmFigures {
    fn of(&self, name: &str, connections: usize) -> Option<&Warm> {
        let (_, warm) = self.0.iter().find(|(other, _)| *other == name)?;
        warm.iter().find(|warm| warm.connections == connections)
    }
}

fn queue_bars(figures: &QueueFigures) -> Vec<(String, f64, f64)> {
    let (one, flush, backlog) = (figures.accepts_of_one, figures.flush, figures.backlog);
    vec![
        (
            "an event over HTTP, 1 client, p50 ÷ flush".to_owned(),
            one.p50_us / flush.p50_us,
            ACCEPT_FLUSHES_MAX,
        ),
        (
            "start with a long queue, first claim, ms".to_owned(),
            backlog.first_claim_ms,
            FIRST_CLAIM_MS_MAX,
        ),
        (
            "memory of a queued event, bytes".to_owned(),
            backlog.bytes_each,
            EVENT_BYTES_MAX,
        ),
    ]
}
