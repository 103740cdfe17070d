//! A running command that is forked into sandboxes of its own.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use crate::sys::socket;

/// What a command needs to be forked. It lives in its own sandbox, and can be forked as long as that one lives; with it
/// its copies end.
#[derive(Debug)]
pub struct Snapshot {
    /// Where it speaks, and is asked.
    line: AsyncFd<OwnedFd>,
    /// The user namespace that it shares with its copies, and the process namespace below which they live.
    family: [OwnedFd; 2],
    /// Whose the ids of that namespace are.
    ids: u32,
}

impl Snapshot {
    pub(crate) fn new(line: AsyncFd<OwnedFd>, family: [OwnedFd; 2], ids: u32) -> Self {
        Self { line, family, ids }
    }

    /// Waits until the command says that it can be forked; an error if it has closed its line instead, or has ended.
    pub async fn ready(&self) -> io::Result<()> {
        let said = self
            .line
            .async_io(Interest::READABLE, |line| socket::receive(line.as_fd()));
        match said.await? {
            Some(_) => Ok(()),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    pub(crate) fn descriptors(&self) -> [BorrowedFd<'_>; 3] {
        let [user, processes] = &self.family;
        let line = self.line.get_ref();
        [line.as_fd(), user.as_fd(), processes.as_fd()]
    }

    pub(crate) fn ids(&self) -> u32 {
        self.ids
    }
}
