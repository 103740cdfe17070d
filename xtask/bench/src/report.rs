//! The figures as tables for people, with what they should be.

use crate::figures::Figures;
use crate::queue::QueueFigures;
use crate::warm::Warm;

/// Bars on a machine with two cores.
const READY_MS_MAX: f64 = 100.0;
const IDLE_MIB_MAX: f64 = 30.0;
const WARM_RATIO_MAX: f64 = 2.0;
const COMMAND_MS_MAX: f64 = 15.0;
const COMMAND_MIB_MAX: f64 = 15.0;
const ACCEPTS_PER_SECOND_MIN: f64 = 15_000.0;
const ACCEPTS_OF_RAW_MIN: f64 = 0.6;
const ACCEPT_FLUSHES_MAX: f64 = 5.0;
const FIRST_CLAIM_MS_MAX: f64 = 3_000.0;
const EVENT_BYTES_MAX: f64 = 300.0;

pub(crate) fn print(figures: &Figures) {
    println!(
        "\n{} cores, medians of {} rounds; floors measured in the same rounds\n",
        figures.cores, figures.rounds
    );
    println!(
        "warm invocations          conns      p50 µs      p99 µs      per s   p50 ÷ three-party   p50 ÷ echo"
    );
    let rows = [
        ("echo (floor)", &figures.echo),
        ("three-party (floor)", &figures.three_party),
    ];
    let functions = figures
        .functions
        .iter()
        .map(|function| (function.kind.name(), &function.warm));
    for (name, warm) in rows.into_iter().chain(functions) {
        for (index, one) in warm.iter().enumerate() {
            let to = |floor: &[Warm]| {
                floor
                    .get(index)
                    .map_or(f64::NAN, |floor| one.p50_us / floor.p50_us)
            };
            println!(
                "  {name:<22} {:>6} {:>11.0} {:>11.0} {:>10.0} {:>19.2} {:>12.2}",
                one.connections,
                one.p50_us,
                one.p99_us,
                one.per_second,
                to(&figures.three_party),
                to(&figures.echo),
            );
        }
    }
    println!("\ncold starts                   n    p50 ms    p90 ms   50 at the same time, ms");
    for function in &figures.functions {
        println!(
            "  {:<22} {:>6} {:>9.1} {:>9.1} {:>25.0}",
            function.kind.name(),
            function.cold.count,
            function.cold.p50_ms,
            function.cold.p90_ms,
            function.burst.all_ms,
        );
    }
    let command = &figures.command;
    println!(
        "\nInvoke-LMFunction, start to exit: {:.1} ms p50, {:.1} ms p90 of {}; {:.1} MiB",
        command.p50_ms, command.p90_ms, command.count, command.size_mib
    );
    println!(
        "\nserver: ready after {:.0} ms, {:.1} MiB in use when idle\n",
        figures.ready_ms, figures.idle_mib
    );
    print_bars(bars(figures));
    print_queue(&figures.queue);
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
        println!("  {verdict}  {claim}: {value:.2} of at most {most:.0}");
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
    let mut bars = vec![
        ("ready, ms".to_owned(), figures.ready_ms, READY_MS_MAX),
        ("idle, MiB".to_owned(), figures.idle_mib, IDLE_MIB_MAX),
    ];
    let compiled = figures
        .functions
        .first()
        .and_then(|function| function.warm.first());
    if let (Some(compiled), Some(floor)) = (compiled, figures.three_party.first()) {
        let ratio = compiled.p50_us / floor.p50_us;
        bars.push((
            "warm compiled, 1 connection, p50 ÷ three-party".to_owned(),
            ratio,
            WARM_RATIO_MAX,
        ));
    }
    for function in &figures.functions {
        let claim = format!("cold start {}, p50 ms", function.kind.name());
        bars.push((claim, function.cold.p50_ms, function.kind.cold_bar_ms()));
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
