//! Prints what was measured.

use std::time::Duration;

/// One line: the middle, the slow end and the best of some times, which it sorts.
pub(crate) fn print(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    let at = |share: usize| {
        times
            .get(times.len() * share / 100)
            .copied()
            .unwrap_or_default()
    };
    println!(
        "{what:<29} p50 {:?}  p90 {:?}  p99 {:?}  min {:?}",
        at(50),
        at(90),
        at(99),
        at(0)
    );
}
