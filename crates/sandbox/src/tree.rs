//! The processes of one sandbox, seen from the process that asked for them.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use crate::wire::THE_COMMAND;

/// How long [`ProcessTree::kill`] waits for the kernel. A process in an uninterruptible wait (a dead
/// network file system) can hold it up; everything else is gone within milliseconds.
const KILL_TIME_MAX: Duration = Duration::from_secs(10);

/// How the command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// It exited with this status.
    Code(i32),
    /// It was ended by this signal.
    Signal(i32),
    /// The kernel killed it because the sandbox reached its memory limit.
    OutOfMemory,
    /// It could not be executed, with this error of the kernel: only where it is started by [`ProcessTree::start`] or
    /// [`ProcessTree::start_companion`].
    NotExecuted(i32),
}

/// A signal we send to a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// `SIGTERM`: asks it to end.
    Terminate,
    /// `SIGKILL` for the command alone; see [`ProcessTree::kill`] for the whole tree.
    Kill,
}

impl Signal {
    pub(crate) fn number(self) -> i32 {
        match self {
            Self::Terminate => libc::SIGTERM,
            Self::Kill => libc::SIGKILL,
        }
    }
}

/// Whether the processes of a sandbox get processor time at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Motion {
    Frozen,
    Running,
}

/// How far the life of a sandbox has come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    /// Set when the command has ended. Other processes of the tree may still run.
    pub(crate) exit: Option<Exit>,
    /// The companions that have ended, by their numbers.
    pub(crate) companions: BTreeMap<usize, Exit>,
    /// Every process is reaped and the cgroups are removed.
    pub(crate) is_gone: bool,
}

/// What a driver lets us do to a running tree. None of it waits.
pub(crate) trait Control: Send + Sync + fmt::Debug {
    /// Sends a signal to the command, or to a companion.
    fn signal(&self, to: usize, signal: Signal);
    /// Starts the command, or a companion.
    fn start(&self, number: usize);
    /// Stops every process where it is, or lets all go on.
    fn hold(&self, motion: Motion);
    /// Starts killing everything. The result shows in [`Progress::is_gone`].
    fn end(&self);
    fn memory_peak_bytes(&self) -> u64;
    fn oom_kills(&self) -> u64;
}

/// All processes of one sandbox. Dropping it kills them and removes what they used, in the background.
#[derive(Debug)]
pub struct ProcessTree {
    control: Box<dyn Control>,
    progress: watch::Receiver<Progress>,
}

impl ProcessTree {
    pub(crate) fn new(control: Box<dyn Control>, progress: watch::Receiver<Progress>) -> Self {
        Self { control, progress }
    }

    /// Whether the command has not ended yet.
    pub fn is_running(&self) -> bool {
        self.progress.borrow().exit.is_none()
    }

    /// Waits until the command has ended. May be awaited by many, repeatedly, and dropped at will.
    pub async fn exited(&self) -> Exit {
        let mut progress = self.progress.clone();
        // The sender goes away only when the runtime is torn down; what it owned was killed with it.
        match progress.wait_for(|progress| progress.exit.is_some()).await {
            Ok(progress) => progress.exit.unwrap_or(Exit::Signal(libc::SIGKILL)),
            Err(_) => Exit::Signal(libc::SIGKILL),
        }
    }

    /// Starts the command of a sandbox with companions. Whether that worked shows in [`ProcessTree::exited`].
    pub fn start(&self) {
        self.control.start(THE_COMMAND);
    }

    /// Starts a companion, by its place in [`crate::Spec::companions`]. Whether that worked shows in
    /// [`ProcessTree::companion_exited`].
    pub fn start_companion(&self, place: usize) {
        self.control.start(place + 1);
    }

    /// Waits until a companion has ended, as [`ProcessTree::exited`].
    pub async fn companion_exited(&self, place: usize) -> Exit {
        let number = place + 1;
        let mut progress = self.progress.clone();
        let ended = progress
            .wait_for(|progress| progress.is_gone || progress.companions.contains_key(&number));
        let ended = ended.await.ok();
        let exit = ended.and_then(|progress| progress.companions.get(&number).copied());
        exit.unwrap_or(Exit::Signal(libc::SIGKILL))
    }

    /// Kills every process, daemons included. When this returns they are reaped and the cgroups removed.
    /// Calling it again, or after the command ended, is fine.
    pub async fn kill(&self) {
        self.control.end();
        let mut progress = self.progress.clone();
        let gone = progress.wait_for(|progress| progress.is_gone);
        if timeout(KILL_TIME_MAX, gone).await.is_err() {
            tracing::error!(
                seconds = KILL_TIME_MAX.as_secs(),
                "sandbox processes do not die; they may hang in an uninterruptible wait"
            );
        }
    }

    /// Stops every process of the sandbox where it is, until [`ProcessTree::thaw`]. It keeps its memory, its connections
    /// and what arrives on them, and can still be killed. Nothing happens when it has ended, or is frozen already.
    ///
    /// Takes a few microseconds and does not wait: a process may run for a moment longer. Where the host has a
    /// control group of version 2 for the sandbox, its processes cannot notice. Elsewhere they are stopped and
    /// continued by signals, which a parent that waits for stopped children can see.
    pub fn freeze(&self) {
        self.control.hold(Motion::Frozen);
    }

    /// Lets a frozen sandbox go on. Nothing happens when it is not frozen.
    ///
    /// Whatever it shall find when it wakes up is best sent before.
    pub fn thaw(&self) {
        self.control.hold(Motion::Running);
    }

    /// Sends a signal to the command alone. Nothing happens when it has ended; a frozen one takes it when it is thawed.
    pub fn signal(&self, signal: Signal) {
        self.control.signal(THE_COMMAND, signal);
    }

    /// Sends a signal to one companion alone.
    pub fn signal_companion(&self, place: usize, signal: Signal) {
        self.control.signal(place + 1, signal);
    }

    /// The most memory the sandbox has used so far, in bytes: the cgroup's high-water mark, or where there is
    /// no memory cgroup the sum of the resident peaks of its processes. The last value stays after the end.
    pub fn memory_peak_bytes(&self) -> u64 {
        self.control.memory_peak_bytes()
    }

    /// How many processes of the sandbox the kernel killed for want of memory.
    pub fn oom_kills(&self) -> u64 {
        self.control.oom_kills()
    }
}

impl Drop for ProcessTree {
    fn drop(&mut self) {
        self.control.end();
    }
}
