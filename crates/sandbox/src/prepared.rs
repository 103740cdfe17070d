//! A sandbox whose command runs already and waits to be told what it is for.

use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::timeout;

use crate::link::{receive, refusal, send_dedication};
use crate::wire::Report;
use crate::{Dedication, ReadOnlyMount, Sandbox, SpawnError};

/// Longer than this nobody works on a dedication.
const DEDICATION_TIME_MAX: Duration = Duration::from_secs(10);

/// A running command without a purpose. Dropping it ends it.
#[derive(Debug)]
pub struct Prepared {
    sandbox: Sandbox,
    /// Where the second part of the request goes, and is answered.
    late: AsyncFd<OwnedFd>,
    is_fork: bool,
}

impl Prepared {
    pub(crate) fn new(sandbox: Sandbox, late: AsyncFd<OwnedFd>, is_fork: bool) -> Self {
        Self {
            sandbox,
            late,
            is_fork,
        }
    }

    /// Whether the command was forked from the process that [`crate::Spec::mould`] describes.
    pub fn is_fork(&self) -> bool {
        self.is_fork
    }

    /// Whether the command still runs.
    pub fn is_running(&self) -> bool {
        self.sandbox.tree.is_running()
    }

    /// See [`crate::ProcessTree::memory_peak_bytes`].
    pub fn memory_peak_bytes(&self) -> u64 {
        self.sandbox.memory_peak_bytes()
    }

    /// Shows the command more of the host, gives it its limits, and then the message. Whatever fails, the
    /// sandbox has ended then.
    pub async fn dedicate(self, dedication: &Dedication) -> Result<Sandbox, SpawnError> {
        dedication.check()?;
        let sent = self.late.async_io(Interest::WRITABLE, |late| {
            send_dedication(late.as_fd(), dedication)
        });
        match timeout(DEDICATION_TIME_MAX, sent).await {
            Ok(Ok(())) => self.answered(dedication).await,
            Ok(Err(error)) => Err(SpawnError::Local(error)),
            Err(_) => Err(late()),
        }
    }

    /// Waits for the answer to a dedication that has been sent.
    pub(crate) async fn answered(self, dedication: &Dedication) -> Result<Sandbox, SpawnError> {
        match timeout(DEDICATION_TIME_MAX, receive(&self.late)).await {
            Ok(Ok(Some((Report::Ready, _)))) => Ok(self.sandbox),
            Ok(Ok(Some((Report::Failed(failure), _)))) => {
                let mounts: &[ReadOnlyMount] = &dedication.mounts;
                Err(refusal(std::path::Path::new(""), mounts, failure))
            }
            Ok(Ok(_)) => Err(ended()),
            Ok(Err(error)) => Err(SpawnError::Local(error)),
            Err(_) => Err(late()),
        }
    }
}

fn late() -> SpawnError {
    SpawnError::Late {
        after: DEDICATION_TIME_MAX,
    }
}

fn ended() -> SpawnError {
    SpawnError::Step {
        step: "dedicate a sandbox that has ended".to_owned(),
        source: std::io::ErrorKind::UnexpectedEof.into(),
    }
}
