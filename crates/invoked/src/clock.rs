//! The clocks that a server can run by: the system's, or one that its users advance.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use domain::time::{AdjustableClock, Clock, Moment};

/// Holds the moment of a virtual clock, in milliseconds since the epoch.
const FILE_NAME: &str = "virtual-clock";

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

/// A clock that stands still until it is advanced. It never goes back, not even by a restart.
#[derive(Debug)]
pub(crate) struct VirtualClock {
    path: PathBuf,
    now: Mutex<Moment>,
}

impl VirtualClock {
    /// Stands at the real time, or at the moment the clock of this data directory had reached, if
    /// that is later.
    pub(crate) fn open(directory: &Path, real: Moment) -> io::Result<Self> {
        let reached = Self::reached(directory)?.unwrap_or(real);
        let clock = Self {
            path: directory.join(FILE_NAME),
            now: Mutex::new(reached.max(real)),
        };
        clock.write(reached.max(real))?;
        Ok(clock)
    }

    /// The moment that the virtual clock of a data directory has reached, if it ever had one.
    pub(crate) fn reached(directory: &Path) -> io::Result<Option<Moment>> {
        let path = directory.join(FILE_NAME);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let millis = text.trim().parse().map_err(|_| {
            let message = format!("{} is not a number of milliseconds", path.display());
            io::Error::new(io::ErrorKind::InvalidData, message)
        })?;
        Ok(Some(Moment::from_millis(millis)))
    }

    /// In place at once or not at all, and on the disk when it returns.
    fn write(&self, moment: Moment) -> io::Result<()> {
        let draft = self.path.with_extension("part");
        let mut file = File::create(&draft)?;
        writeln!(file, "{}", moment.as_millis())?;
        file.sync_all()?;
        fs::rename(&draft, &self.path)?;
        let directory = self.path.parent().unwrap_or(Path::new("."));
        File::open(directory)?.sync_all()
    }
}

impl Clock for VirtualClock {
    fn now(&self) -> Moment {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AdjustableClock for VirtualClock {
    fn advance(&self, by: Duration) -> io::Result<Moment> {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        let next = *now + by;
        self.write(next)?;
        *now = next;
        Ok(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Moment = Moment::from_millis(1_700_000_000_000);
    const HOUR: Duration = Duration::from_hours(1);

    #[test]
    fn a_virtual_clock_stands_still_until_it_is_advanced() {
        let dir = tempfile::tempdir().unwrap();
        let clock = VirtualClock::open(dir.path(), START).unwrap();
        assert_eq!(clock.now(), START);

        let advanced = clock.advance(HOUR).unwrap();

        assert_eq!((advanced, clock.now()), (START + HOUR, START + HOUR));
    }

    #[test]
    fn a_restart_never_goes_back() {
        let dir = tempfile::tempdir().unwrap();
        let clock = VirtualClock::open(dir.path(), START).unwrap();
        clock.advance(HOUR).unwrap();

        let soon = VirtualClock::open(dir.path(), START + Duration::from_secs(1)).unwrap();
        assert_eq!(soon.now(), START + HOUR);
        let late = VirtualClock::open(dir.path(), START + HOUR * 2).unwrap();
        assert_eq!(late.now(), START + HOUR * 2);

        let reached = VirtualClock::reached(dir.path()).unwrap();
        assert_eq!(reached, Some(START + HOUR * 2));
    }

    #[test]
    fn a_clock_that_cannot_be_read_is_an_error_and_not_another_time() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE_NAME), "yesterday").unwrap();

        let error = VirtualClock::open(dir.path(), START).unwrap_err();

        assert!(
            error
                .to_string()
                .ends_with("is not a number of milliseconds")
        );
    }

    #[test]
    fn a_clock_that_cannot_be_written_stands_where_it_stood() {
        let dir = tempfile::tempdir().unwrap();
        let clock = VirtualClock::open(dir.path(), START).unwrap();
        drop(dir);

        assert!(clock.advance(HOUR).is_err());

        assert_eq!(clock.now(), START);
    }
}
