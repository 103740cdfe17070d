//! A sandbox whose command runs already and waits to be told what it is for.

use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::time::timeout;

use crate::link::{receive, refusal};
use crate::sys::fd::memory_file;
use crate::sys::socket;
use crate::wire::{Report, dedication_bytes};
use crate::{Dedication, ReadOnlyMount, Sandbox, SpawnError};

/// Longer than this nobody works on a dedication.
const DEDICATION_TIME_MAX: Duration = Duration::from_secs(10);

/// A running command without a purpose. Dropping it ends it.
#[derive(Debug)]
pub struct Prepared {
    sandbox: Sandbox,
    /// Where the second part of the request goes, and is answered.
    late: AsyncFd<OwnedFd>,
}

impl Prepared {
    pub(crate) fn new(sandbox: Sandbox, late: AsyncFd<OwnedFd>) -> Self {
        Self { sandbox, late }
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
        let request = memory_file(&dedication_bytes(dedication)).map_err(SpawnError::Local)?;
        let answer = timeout(DEDICATION_TIME_MAX, async {
            self.late
                .async_io(Interest::WRITABLE, |late| {
                    socket::send(late.as_fd(), b"d", &[request.as_fd()])
                })
                .await?;
            receive(&self.late).await
        });
        match answer.await {
            Ok(Ok(Some((Report::Ready, _)))) => Ok(self.sandbox),
            Ok(Ok(Some((Report::Failed(failure), _)))) => {
                let mounts: &[ReadOnlyMount] = &dedication.mounts;
                Err(refusal(std::path::Path::new(""), mounts, failure))
            }
            Ok(Ok(_)) => Err(ended()),
            Ok(Err(error)) => Err(SpawnError::Local(error)),
            Err(_) => Err(SpawnError::Late {
                after: DEDICATION_TIME_MAX,
            }),
        }
    }
}

fn ended() -> SpawnError {
    SpawnError::Step {
        step: "dedicate a sandbox that has ended".to_owned(),
        source: std::io::ErrorKind::UnexpectedEof.into(),
    }
}
