//! Points in time and where they come from.
//!
//! Nothing below the binary reads a clock of the system by itself: rules take a [`Moment`] as an
//! argument, tasks hold a [`Clock`], and a test that owns the clock owns time.

use std::fmt;
use std::io;
use std::ops::Add;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A point in time: milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Moment(u64);

impl Moment {
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// How long ago `earlier` was; zero when it lies in the future.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// The form Lambda uses for `LastModified`: `2024-03-04T17:22:38.033+0000`.
    ///
    /// observed: `lambda-behaviour` snapshots of `GetFunctionConfiguration`.
    pub fn to_lambda_timestamp(self) -> String {
        self.format("%Y-%m-%dT%H:%M:%S%.3f+0000")
    }

    /// RFC 3339 with milliseconds, as in log lines and telemetry: `2024-03-04T17:22:38.033Z`.
    pub fn to_rfc3339(self) -> String {
        self.format("%Y-%m-%dT%H:%M:%S%.3fZ")
    }

    /// The calendar day as in the names of log streams: `2024/03/04`.
    pub fn to_day_path(self) -> String {
        self.format("%Y/%m/%d")
    }

    /// The day and the second as in the keys of objects: `2024/03/04/2024-03-04T17.22.38`.
    pub fn to_object_key(self) -> String {
        self.format("%Y/%m/%d/%Y-%m-%dT%H.%M.%S")
    }

    fn format(self, pattern: &str) -> String {
        let millis = i64::try_from(self.0).unwrap_or(i64::MAX);
        let timestamp = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
        timestamp.strftime(pattern).to_string()
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(millis))
    }
}

impl fmt::Debug for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

/// Where the time comes from: the system's clock in the server, a clock under control in tests.
pub trait Clock: Send + Sync + fmt::Debug {
    fn now(&self) -> Moment;
}

/// A clock that stands still until somebody advances it.
pub trait AdjustableClock: Clock {
    /// Advances the clock, for good: when this returns, no restart goes back behind the moment
    /// that it gives back. After an error the clock stands where it stood.
    fn advance(&self, by: Duration) -> io::Result<Moment>;
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOMENT: Moment = Moment::from_millis(1_709_572_958_033);

    #[test]
    fn a_moment_prints_as_lambda_prints_it() {
        assert_eq!(MOMENT.to_lambda_timestamp(), "2024-03-04T17:22:38.033+0000");
        assert_eq!(MOMENT.to_rfc3339(), "2024-03-04T17:22:38.033Z");
        assert_eq!(MOMENT.to_day_path(), "2024/03/04");
        assert_eq!(MOMENT.to_object_key(), "2024/03/04/2024-03-04T17.22.38");
    }

    #[test]
    fn a_moment_far_beyond_the_calendar_does_not_panic() {
        assert!(!Moment::from_millis(u64::MAX).to_rfc3339().is_empty());
    }

    #[test]
    fn time_that_has_not_come_is_no_time_ago() {
        assert_eq!(
            MOMENT.since(MOMENT + Duration::from_secs(1)),
            Duration::ZERO
        );
    }
}
