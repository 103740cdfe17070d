//! Isolated processes: a root file system, a command, limits, and an exit.
//!
//! This crate starts a command where it can see nothing of the host but what it was given, and can
//! fill, reach and exhaust nothing but its own share. It does not know what the command is for.
//!
//! ```text
//!  this process (many threads)              spawner (one thread, same binary)
//!  ───────────────────────────              ─────────────────────────────────
//!  Driver::spawn ── request + fds ────────▶ cgroup, clone3 ──▶ init (pid 1 inside)
//!                                                                │ mounts, loopback, listener
//!  Sandbox ◀── listener, exec succeeded ─────────────────────────┤
//!     │                                                          └─▶ command
//!  exited() ◀── wait status ──────────────────────────────────── init
//!  kill(), drop, death of this process ── hang-up ─▶ spawner kills, reaps, removes, answers "gone"
//! ```
//!
//! One socket per sandbox is its whole life line: whoever loses the other end gives up. That one rule
//! covers `kill`, a dropped [`Sandbox`] and a server that was killed without a chance to clean up.
//!
//! All the `unsafe` code of the product is here, in the module `sys`.

mod cgroup;
pub mod fake;
mod filter;
mod life;
mod link;
pub mod namespaces;
mod prepared;
mod probe;
mod processes;
mod snapshot;
mod spawner;
mod spec;
mod sys;
mod tree;
pub mod unconfined;
pub mod uplink;
mod wire;

use std::net::{SocketAddrV4, TcpListener};
use std::os::fd::OwnedFd;

use async_trait::async_trait;

pub use prepared::Prepared;
pub use probe::{Level, Protection, probe, probe_uplink};
pub use snapshot::Snapshot;
pub use spawner::run_spawner_if_asked;
pub use spec::{
    Companion, Dedication, LISTEN_TOKEN, Limits, MESSAGE_BYTES_MAX, ReadOnlyMount, SNAPSHOT_LINE,
    SpawnError, Spec,
};
pub use tree::{Exit, ProcessTree, Signal};

/// Starts sandboxes of one kind.
#[async_trait]
pub trait Driver: Send + Sync + std::fmt::Debug {
    /// Starts `spec.program` and returns once it is running.
    ///
    /// Dropping the future at any point leaves nothing behind.
    async fn spawn(&self, spec: Spec) -> Result<Sandbox, SpawnError>;

    /// Starts `spec.program` before it is known what for, and returns once it is running: its standard input says
    /// nothing and does not end before it is dedicated.
    ///
    /// Dropping the future at any point leaves nothing behind. [`SpawnError::Unsupported`] where the driver cannot.
    async fn prepare(&self, spec: Spec) -> Result<Prepared, SpawnError>;

    /// As [`Driver::prepare`] and [`Prepared::dedicate`], for whoever knows both at once.
    async fn prepare_for(
        &self,
        spec: Spec,
        dedication: &Dedication,
    ) -> Result<Sandbox, SpawnError> {
        self.prepare(spec).await?.dedicate(dedication).await
    }

    /// As [`Driver::prepare_for`], for a command that can be forked as it is when it has come so far: the fork of a mould, which
    /// is asked for forks of itself at [`SNAPSHOT_LINE`]. It may enter the namespaces of its copies and has no rule of
    /// Landlock; beside that it is confined as every command. An error also if the mould is not ready yet.
    async fn snapshot(
        &self,
        spec: Spec,
        dedication: &Dedication,
    ) -> Result<(Sandbox, Snapshot), SpawnError> {
        let (_, _) = (spec, dedication);
        Err(cannot_be_forked())
    }

    /// Starts a sandbox in which the command is a fork of a snapshot's. Beside a user namespace and its ids, which they share,
    /// it has as little in common with the other copies as with any sandbox. It ends with the snapshot. The spec says what the command's sandbox
    /// is; its program, arguments and environment are those of the snapshot.
    async fn copy(&self, snapshot: &Snapshot, spec: Spec) -> Result<Sandbox, SpawnError> {
        let (_, _) = (snapshot, spec);
        Err(cannot_be_forked())
    }

    /// How much the commands are kept apart.
    fn isolation(&self) -> Isolation;

    /// Kills every sandbox of this driver and returns when nothing of it is left on the host.
    /// Later calls of [`Driver::spawn`] fail.
    async fn shutdown(&self);
}

fn cannot_be_forked() -> SpawnError {
    SpawnError::Unsupported {
        reason: "without namespaces a running command cannot be forked".to_owned(),
        fix: "run the server with `--sandbox namespaces`".to_owned(),
    }
}

/// How much a driver keeps commands apart from the host and from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Own user, mount, process, network, IPC, host name and cgroup namespaces, a read-only root,
    /// no capabilities, a system call filter.
    Namespaces,
    /// An ordinary child process: it sees and may do what this process may.
    Unconfined,
}

/// A running command and the ends of what connects it to us.
///
/// The fields may be moved out one by one; [`Sandbox::tree`] is what keeps the processes alive.
#[derive(Debug)]
pub struct Sandbox {
    /// Accepts connections from inside. Non-blocking, already listening before the command started.
    pub listener: TcpListener,
    /// Where the command reaches [`Sandbox::listener`]. Differs from [`Spec::listen`] where the
    /// command has no network namespace of its own.
    pub address: SocketAddrV4,
    /// The frames of the command's way out, as [`uplink`] says; `None` where its network ends inside. Non-blocking.
    pub uplink: Option<OwnedFd>,
    /// Read end of the pipe that carries standard output and standard error in the order written. Non-blocking.
    pub output: OwnedFd,
    /// The processes. Dropping this kills them all in the background.
    pub tree: ProcessTree,
}

impl Sandbox {
    /// See [`ProcessTree::exited`].
    pub async fn exited(&self) -> Exit {
        self.tree.exited().await
    }

    /// See [`ProcessTree::kill`].
    pub async fn kill(&self) {
        self.tree.kill().await;
    }

    /// See [`ProcessTree::freeze`].
    pub fn freeze(&self) {
        self.tree.freeze();
    }

    /// See [`ProcessTree::thaw`].
    pub fn thaw(&self) {
        self.tree.thaw();
    }

    /// See [`ProcessTree::signal`].
    pub fn signal(&self, signal: Signal) {
        self.tree.signal(signal);
    }

    /// See [`ProcessTree::memory_peak_bytes`].
    pub fn memory_peak_bytes(&self) -> u64 {
        self.tree.memory_peak_bytes()
    }

    /// See [`ProcessTree::oom_kills`].
    pub fn oom_kills(&self) -> u64 {
        self.tree.oom_kills()
    }
}
