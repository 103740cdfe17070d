//! Warm invocations, on one connection and on many, in rounds with the floors.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;

use crate::load::{self, Question, Times};
use crate::process;

pub(crate) const CONNECTIONS: [usize; 3] = [1, 16, 64];

/// What is measured, by name.
#[derive(Debug)]
pub(crate) struct Subject {
    pub(crate) name: &'static str,
    pub(crate) question: Question,
    /// The processes that answer, with all that they start.
    pub(crate) processes: Vec<u32>,
}

/// The figures of one subject on so many connections: the median of the rounds.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Warm {
    pub(crate) connections: usize,
    pub(crate) p50_us: f64,
    pub(crate) p99_us: f64,
    pub(crate) per_second: f64,
    /// Processor time of the server and its runtimes for one request.
    pub(crate) cpu_us: f64,
}

/// How often and how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Effort {
    pub(crate) rounds: usize,
    pub(crate) time: Duration,
}

/// Measures every subject on so many connections. The result is in the order of the subjects.
pub(crate) async fn measure(
    subjects: &[Subject],
    connections: usize,
    effort: Effort,
) -> Result<Vec<Warm>> {
    // With many connections the cores have no time to sleep.
    let _awake = if connections == 1 {
        process::keep_cores_awake()?
    } else {
        Vec::new()
    };
    let mut rounds: Vec<Vec<(Times, f64)>> = subjects.iter().map(|_| Vec::new()).collect();
    for _ in 0..effort.rounds {
        for (subject, times) in subjects.iter().zip(&mut rounds) {
            let run = async |time| {
                load::run(&subject.question, connections, time)
                    .await
                    .with_context(|| format!("{} on {connections} connections", subject.name))
            };
            run(effort.time / 4).await?;
            let before = process::cpu_time(&subject.processes)?;
            let run = run(effort.time).await?;
            let cpu = process::cpu_time(&subject.processes)?.saturating_sub(before);
            let requests = u32::try_from(run.count())?.max(1);
            times.push((run, micros(cpu) / f64::from(requests)));
        }
    }
    Ok(rounds
        .iter()
        .map(|times| Warm::median(connections, times))
        .collect())
}

impl Warm {
    fn median(connections: usize, rounds: &[(Times, f64)]) -> Self {
        let of_times =
            |value: fn(&Times) -> f64| median(rounds.iter().map(|(times, _)| value(times)));
        Self {
            connections,
            p50_us: of_times(|times| micros(times.percentile(50))),
            p99_us: of_times(|times| micros(times.percentile(99))),
            per_second: of_times(Times::per_second),
            cpu_us: median(rounds.iter().map(|(_, cpu)| *cpu)),
        }
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

/// The middle of some figures, the lower one of two.
pub(crate) fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len().saturating_sub(1) / 2;
    sorted.get(middle).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert!((median([3.0, 1.0, 2.0].into_iter()) - 2.0).abs() < f64::EPSILON);
        assert!((median([2.0, 1.0].into_iter()) - 1.0).abs() < f64::EPSILON);
    }
}
