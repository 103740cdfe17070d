//! Runtimes that are started before anybody invokes a function of theirs: how many, and for whom.

use std::time::Duration;

use crate::time::Moment;

/// How fast a rush is forgotten: half of it counts after this time.
const HALF_LIFE: Duration = Duration::from_secs(30);

/// How long it takes, about, until one that was taken is replaced.
const REPLACED_WITHIN: Duration = Duration::from_secs(1);

/// More than this many of one runtime never wait.
const WAITING_MAX: u32 = 8;

/// Variables that interpreters and the C library read when they start. A function that sets one of these is started
/// as a whole.
const READ_AT_START: [&str; 14] = [
    "AWS_LAMBDA_EXEC_WRAPPER",
    "GCONV_PATH",
    "GLIBC_TUNABLES",
    "LANG",
    "LANGUAGE",
    "LOCPATH",
    "OPENSSL_CONF",
    "RES_OPTIONS",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
    "TZ",
    "TZDIR",
    "_LAMBDA_TELEMETRY_LOG_FD",
];

/// The beginnings of more of them.
const READ_AT_START_PREFIXES: [&str; 9] = [
    "BUNDLE", "GEM_", "LC_", "LD_", "MALLOC_", "NODE_", "PYTHON", "RUBY", "UV_",
];

/// Whether a runtime that has started already can still be told to have this variable.
pub fn can_be_set_late(name: &str) -> bool {
    !READ_AT_START.contains(&name)
        && !READ_AT_START_PREFIXES
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

/// How many of a runtime were wanted lately.
#[derive(Debug, Clone, Copy)]
pub struct Demand {
    /// Wanted in one second, at `as_of`.
    rate: f64,
    as_of: Moment,
}

impl Demand {
    pub const fn none(now: Moment) -> Self {
        Self {
            rate: 0.0,
            as_of: now,
        }
    }

    /// One more was wanted.
    pub fn add(&mut self, now: Moment) {
        // What comes in one half-life, evenly, sums up to the rate.
        let weight = std::f64::consts::LN_2 / HALF_LIFE.as_secs_f64();
        self.rate = self.rate_at(now) + weight;
        self.as_of = now;
    }

    /// How many should wait: as many as are wanted until they are replaced, and at least one.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "clamped between two small numbers before"
    )]
    pub fn target(&self, now: Moment) -> u32 {
        let wanted = self.rate_at(now) * REPLACED_WITHIN.as_secs_f64();
        wanted.ceil().clamp(1.0, f64::from(WAITING_MAX)) as u32
    }

    fn rate_at(&self, now: Moment) -> f64 {
        let passed = now.since(self.as_of).as_secs_f64() / HALF_LIFE.as_secs_f64();
        self.rate * (-passed).exp2()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment::from_millis(1_700_000_000_000);

    #[test]
    fn one_waits_when_nobody_asks_and_more_when_many_do() {
        let mut demand = Demand::none(START);
        assert_eq!(demand.target(START), 1);

        let mut now = START;
        for _ in 0..300 {
            now = now + Duration::from_millis(250);
            demand.add(now);
        }

        assert_eq!(demand.target(now), 4);
        assert_eq!(demand.target(now + HALF_LIFE), 2);
        assert_eq!(demand.target(now + HALF_LIFE * 20), 1);
    }

    #[test]
    fn a_rush_has_a_bound() {
        let mut demand = Demand::none(START);
        for _ in 0..100_000 {
            demand.add(START);
        }

        assert_eq!(demand.target(START), WAITING_MAX);
    }

    #[test]
    fn what_is_read_at_start_cannot_be_set_late() {
        for name in [
            "PYTHONPATH",
            "NODE_OPTIONS",
            "LD_PRELOAD",
            "LC_ALL",
            "LANG",
            "TZ",
        ] {
            assert!(!can_be_set_late(name), "{name}");
        }
        for name in ["TABLE", "LANGUAGE_MODEL", "NODE", "AWS_REGION", "_HANDLER"] {
            assert!(can_be_set_late(name), "{name}");
        }
    }
}
