//! What the options say about the run as a whole. What differs from record to record is not here.

use std::time::Duration;

use crate::binder::{BindError, Bound};
use crate::output::{Format, Paint};
use crate::process;

const ATTEMPTS_DEFAULT: u32 = 3;
const ATTEMPTS_MAX: u32 = 10;
/// A day, ten times as long as AWS lets a function run.
const TIMEOUT_SECONDS_MAX: f64 = 86_400.0;

/// How every invocation of a run is made and shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Settings {
    /// How often a call may be tried, at least once.
    pub(crate) attempts: u32,
    /// The most time one invocation may take, with all of its attempts.
    pub(crate) timeout: Option<Duration>,
    pub(crate) format: Format,
    pub(crate) paint: Paint,
    /// Whether a record that failed lets the next one be invoked.
    pub(crate) keeps_going: bool,
    pub(crate) function_errors_fail: bool,
}

impl Settings {
    pub(crate) fn from_bound(bound: &Bound) -> Result<Self, BindError> {
        let is_terminal = process::output_is_terminal();
        Ok(Self {
            attempts: attempts(bound)?,
            timeout: timeout(bound)?,
            format: Format::from_option(bound.option("--output"), is_terminal),
            paint: Paint {
                is_on: process::colours_are_wanted() && is_terminal,
            },
            keeps_going: bound.option("--keep-going").is_some(),
            function_errors_fail: bound.option("--fail-on-function-error").is_some(),
        })
    }
}

fn attempts(bound: &Bound) -> Result<u32, BindError> {
    let Some(text) = bound.option("--max-attempts") else {
        return Ok(ATTEMPTS_DEFAULT);
    };
    match text.parse() {
        Ok(attempts @ 1..=ATTEMPTS_MAX) => Ok(attempts),
        _ => Err(BindError::BadOption {
            option: "--max-attempts",
            problem: format!("takes a number from 1 to {ATTEMPTS_MAX}, not '{text}'"),
        }),
    }
}

fn timeout(bound: &Bound) -> Result<Option<Duration>, BindError> {
    let Some(text) = bound.option("--timeout") else {
        return Ok(None);
    };
    let seconds = text
        .parse()
        .ok()
        .filter(|seconds: &f64| *seconds > 0.0 && *seconds <= TIMEOUT_SECONDS_MAX);
    match seconds.map(Duration::try_from_secs_f64) {
        Some(Ok(duration)) if !duration.is_zero() => Ok(Some(duration)),
        _ => Err(BindError::BadOption {
            option: "--timeout",
            problem: format!(
                "takes a number of seconds above 0 and at most {TIMEOUT_SECONDS_MAX}, not '{text}'"
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binder::bind;

    fn settings(tokens: &[&str]) -> Result<Settings, BindError> {
        let tokens: Vec<_> = tokens.iter().map(|&token| token.to_owned()).collect();
        Settings::from_bound(&bind(&tokens).unwrap())
    }

    #[test]
    fn without_options_a_call_has_three_attempts_and_all_the_time() {
        let settings = settings(&["f"]).unwrap();

        assert_eq!(settings.attempts, 3);
        assert_eq!(settings.timeout, None);
        assert!(!settings.keeps_going && !settings.function_errors_fail);
    }

    #[test]
    fn a_timeout_is_a_number_of_seconds() {
        let of = |text| settings(&["--timeout", text]).map(|settings| settings.timeout);

        assert_eq!(of("5"), Ok(Some(Duration::from_secs(5))));
        assert_eq!(of("0.25"), Ok(Some(Duration::from_millis(250))));
        for text in ["0", "-1", "nan", "inf", "86401", "5s", "1e-30"] {
            assert!(of(text).is_err(), "{text}");
        }
    }

    #[test]
    fn attempts_have_bounds() {
        for text in ["0", "11", "x", "-1"] {
            assert!(settings(&["--max-attempts", text]).is_err(), "{text}");
        }
        assert_eq!(settings(&["--max-attempts=10"]).unwrap().attempts, 10);
    }
}
