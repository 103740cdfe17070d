//! What to run and within which limits, and why it could not be run.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::net::SocketAddrV4;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

/// Stands in an environment value for `ip:port` of [`crate::Sandbox::address`].
pub const LISTEN_TOKEN: &str = "{listen}";

/// A command, the files it sees and the share of the host it gets.
#[derive(Clone)]
pub struct Spec {
    /// Host directories (or files) that appear inside, read-only, without set-id bits and devices.
    pub mounts: Vec<ReadOnlyMount>,
    /// The program, as an absolute path inside.
    pub program: PathBuf,
    /// Arguments after the program's own name.
    pub args: Vec<OsString>,
    /// The whole environment: nothing of ours is added. [`LISTEN_TOKEN`] in a value is replaced.
    pub env: Vec<(String, String)>,
    /// Where the command starts, as an absolute path inside.
    pub working_dir: PathBuf,
    /// Where the listener of the sandbox is, inside its own network namespace.
    pub listen: SocketAddrV4,
    /// What the command may use.
    pub limits: Limits,
    /// Commands beside this one. If there are any, nothing runs before it is started by
    /// [`crate::ProcessTree::start`] or [`crate::ProcessTree::start_companion`].
    pub companions: Vec<Companion>,
    /// For a [`crate::Prepared`] sandbox: the environment of a process that is otherwise started like this command, once,
    /// and then forked for each that is like it. A driver that cannot fork, or not yet, executes the program, and
    /// [`crate::Prepared::is_fork`] tells. What such a process is asked to do is in [`crate::Driver::prepare`].
    pub mould: Option<Vec<(String, String)>>,
}

/// Another command of a sandbox. It sees the same, may do the same and shares the limits.
#[derive(Clone)]
pub struct Companion {
    /// The program, as an absolute path inside. It is started in `/`, without arguments.
    pub program: PathBuf,
    /// The whole environment, as [`Spec::env`].
    pub env: Vec<(String, String)>,
}

/// Names of variables only, as [`Spec`].
impl fmt::Debug for Companion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.env.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Companion")
            .field("program", &self.program)
            .field("env", &names)
            .finish()
    }
}

impl Spec {
    /// Refuses what no driver could do.
    pub(crate) fn check(&self) -> Result<(), SpawnError> {
        let targets = self.mounts.iter().map(|mount| &mount.target);
        let sources = self.mounts.iter().map(|mount| &mount.source);
        let paths = [&self.program, &self.working_dir];
        let companions = self.companions.iter().map(|companion| &companion.program);
        let paths = paths.into_iter().chain(companions);
        check_paths(paths.chain(targets).chain(sources))?;
        let companions = self.companions.iter().flat_map(|companion| &companion.env);
        let variables = self.env.iter().chain(companions);
        let variables = variables.chain(self.mould.iter().flatten());
        let texts = variables.flat_map(|(name, value)| [name, value]);
        let has_nul = |bytes: &[u8]| bytes.contains(&0);
        if texts.into_iter().any(|text| has_nul(text.as_bytes()))
            || self.args.iter().any(|arg| has_nul(arg.as_bytes()))
        {
            return Err(SpawnError::Invalid(
                "arguments and environment may not contain a NUL byte",
            ));
        }
        Ok(())
    }

    /// Replaces every [`LISTEN_TOKEN`] by `address`.
    pub(crate) fn listen_at(&mut self, address: SocketAddrV4) {
        let address = address.to_string();
        let companions = self.companions.iter_mut();
        let companions = companions.flat_map(|companion| &mut companion.env);
        for (_, value) in self.env.iter_mut().chain(companions) {
            if value.contains(LISTEN_TOKEN) {
                *value = value.replace(LISTEN_TOKEN, &address);
            }
        }
    }

    /// What starts companion `number`, which counts from 1.
    pub(crate) fn of_companion(&self, number: usize) -> Option<Self> {
        let companion = self.companions.get(number.checked_sub(1)?)?;
        Some(Self {
            program: companion.program.clone(),
            args: Vec::new(),
            env: companion.env.clone(),
            working_dir: PathBuf::from("/"),
            mounts: Vec::new(),
            listen: self.listen,
            limits: self.limits,
            companions: Vec::new(),
            mould: None,
        })
    }
}

/// The descriptor on which the command of a [`crate::Snapshot`] is asked for forks. It speaks on it as a process that
/// [`Spec::mould`] describes does on its standard input.
pub const SNAPSHOT_LINE: u64 = 100;

/// What a [`crate::Prepared`] sandbox gets when it is known what it is for.
#[derive(Clone)]
pub struct Dedication {
    /// More of the host, as [`Spec::mounts`].
    pub mounts: Vec<ReadOnlyMount>,
    /// What the command may use from now on. Open files were limited when it was started.
    pub limits: Limits,
    /// What the command reads on its standard input, up to its end: at most [`MESSAGE_BYTES_MAX`].
    pub message: Vec<u8>,
}

/// As much as a pipe takes without anybody reading from it.
pub const MESSAGE_BYTES_MAX: usize = 60_000;

impl Dedication {
    /// Refuses what no driver could do.
    pub(crate) fn check(&self) -> Result<(), SpawnError> {
        if self.message.len() > MESSAGE_BYTES_MAX {
            return Err(SpawnError::Invalid("the message is too long"));
        }
        let sources = self.mounts.iter().map(|mount| &mount.source);
        let targets = self.mounts.iter().map(|mount| &mount.target);
        check_paths(sources.chain(targets))
    }
}

/// The message is somebody's secret.
impl fmt::Debug for Dedication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dedication")
            .field("mounts", &self.mounts)
            .field("limits", &self.limits)
            .field("message_bytes", &self.message.len())
            .finish()
    }
}

fn check_paths<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Result<(), SpawnError> {
    for path in paths {
        let is_plain = path
            .components()
            .all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
        if !path.is_absolute() || !is_plain {
            return Err(SpawnError::Invalid(
                "every path must be absolute and without `..`",
            ));
        }
    }
    Ok(())
}

/// Names of variables only: the values are somebody's secrets.
impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.env.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Spec")
            .field("program", &self.program)
            .field("args", &self.args)
            .field("env", &names)
            .field("working_dir", &self.working_dir)
            .field("mounts", &self.mounts)
            .field("listen", &self.listen)
            .field("limits", &self.limits)
            .field("companions", &self.companions)
            .field("has_mould", &self.mould.is_some())
            .finish()
    }
}

/// A part of the host that is visible inside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOnlyMount {
    /// Absolute path on the host. It need not be reachable for the sandbox's user: a code tree below a
    /// private data directory works.
    pub source: PathBuf,
    /// Absolute path inside.
    pub target: PathBuf,
}

impl ReadOnlyMount {
    /// Shows `source` of the host at `target` inside.
    pub fn new(source: impl AsRef<Path>, target: impl AsRef<Path>) -> Self {
        Self {
            source: source.as_ref().to_owned(),
            target: target.as_ref().to_owned(),
        }
    }
}

/// The share of the host one sandbox may use. `probe` tells which of them this host can enforce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Memory of all processes together, in bytes; beyond it the kernel kills: [`crate::Exit::OutOfMemory`].
    pub memory_bytes: u64,
    /// Size of the private `/tmp`, in bytes; beyond it writing fails with `ENOSPC`.
    pub tmp_bytes: u64,
    /// Processes and threads together.
    pub pids_max: u32,
    /// Open file descriptors per process.
    pub open_files_max: u32,
    /// The share of a busy processor, in thousandths of one, relative to the other sandboxes. A sandbox
    /// may use more while nobody else wants it. `None`: the kernel's default share.
    pub cpu_millis: Option<u32>,
}

/// Why a command is not running.
#[derive(Debug, thiserror::Error)]
pub enum SpawnError {
    /// The program could not be executed: it is missing, is not executable, or lacks its interpreter.
    #[error("execute {}: {source}", program.display())]
    Program { program: PathBuf, source: io::Error },
    /// A host path could not be shown inside.
    #[error("mount {} at {}: {source}", mount.source.display(), mount.target.display())]
    Mount {
        mount: ReadOnlyMount,
        source: io::Error,
    },
    /// The request contradicts itself: a relative path, or a NUL byte in a name.
    #[error("sandbox request: {0}")]
    Invalid(&'static str),
    /// The kernel refused one step of building the sandbox.
    #[error("build the sandbox: {step}: {source}")]
    Step { step: String, source: io::Error },
    /// This host does not let us build sandboxes at all.
    #[error("this host cannot sandbox: {reason}. To enable it: {fix}")]
    Unsupported { reason: String, fix: String },
    /// The process that starts sandboxes is gone, or the driver was shut down.
    #[error("the sandbox spawner is not running")]
    SpawnerGone,
    /// The command was not running after `after`.
    #[error("the sandbox was not ready after {} ms", after.as_millis())]
    Late { after: Duration },
    /// This process is short of something it needs for a sandbox, such as descriptors.
    #[error("prepare the sandbox: {0}")]
    Local(#[source] io::Error),
}
