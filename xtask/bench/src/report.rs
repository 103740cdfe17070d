//! The figures as tables for people, with what they should be.

use crate::figures::Figures;
use crate::warm::Warm;

/// Bars on a machine with two cores.
const READY_MS_MAX: f64 = 100.0;
const IDLE_MIB_MAX: f64 = 30.0;
const WARM_RATIO_MAX: f64 = 2.0;
const COMMAND_MS_MAX: f64 = 15.0;
const COMMAND_MIB_MAX: f64 = 15.0;

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
    for (claim, value, most) in bars(figures) {
        let verdict = if value <= most { "met   " } else { "missed" };
        println!("  {verdict}  {claim}: {value:.2} of at most {most:.0}");
    }
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
