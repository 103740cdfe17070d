//! The system's clock, as the rest of the server sees time.

use std::time::SystemTime;

use domain::time::{Clock, Moment};

/// Wall-clock time, UTC.
#[derive(Debug)]
pub(crate) struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place where time enters the server"
    )]
    fn now(&self) -> Moment {
        let since_epoch = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        Moment::from_millis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
    }
}
