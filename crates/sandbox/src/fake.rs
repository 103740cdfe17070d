//! Sandboxes without processes, for tests of what is built on top.
//!
//! A *script* plays the command: an async closure that is told the address of the listener, writes output,
//! and ends as it likes. It can answer twice, hang until it is killed, or crash.

use std::fmt;
use std::future::Future;
use std::io::{PipeWriter, pipe};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener};
use std::os::fd::AsFd;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::sys::fd::set_nonblocking;
use crate::tree::{Control, Motion, Progress};
use crate::wire::THE_COMMAND;
use crate::{Driver, Exit, Isolation, Prepared, ProcessTree, Sandbox, Signal, SpawnError, Spec};

/// More signals than this, not yet taken by the script, are dropped as the kernel would merge them.
const SIGNALS_PENDING_MAX: usize = 8;

type Script = dyn Fn(FakeCommand) -> Pin<Box<dyn Future<Output = Exit> + Send>> + Send + Sync;

/// A driver whose commands are closures in this process.
pub struct FakeDriver {
    script: Arc<Script>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// What the script of one fake command holds.
#[derive(Debug)]
pub struct FakeCommand {
    /// What was asked for; [`crate::LISTEN_TOKEN`] in `env` is already replaced.
    pub spec: Spec,
    /// Where the sandbox's listener is.
    pub address: SocketAddrV4,
    /// Write end of the output pipe. Blocking; 64 KiB fit before somebody must read.
    pub output: PipeWriter,
    /// The signals sent so far, `Kill` excepted: that drops the script.
    pub signals: mpsc::Receiver<Signal>,
    /// Whether the sandbox is frozen now. A script is not stopped by that; one that plays a process waits until it is not.
    pub frozen: watch::Receiver<bool>,
    /// Whether a command that has companions was started. A script runs from the beginning; one that plays the command
    /// waits until it is.
    pub started: watch::Receiver<bool>,
    /// What [`Sandbox::memory_peak_bytes`] will say.
    pub memory_peak_bytes: Arc<AtomicU64>,
}

impl FakeDriver {
    /// A driver that runs `script` once for every sandbox. What the script returns is how the command ended;
    /// a script that should hang awaits [`std::future::pending`].
    pub fn new<S, F>(script: S) -> Self
    where
        S: Fn(FakeCommand) -> F + Send + Sync + 'static,
        F: Future<Output = Exit> + Send + 'static,
    {
        Self {
            script: Arc::new(move |command| Box::pin(script(command))),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// How many fake commands have not been killed and have not ended.
    pub fn running(&self) -> usize {
        self.tasks.len()
    }
}

impl fmt::Debug for FakeDriver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeDriver")
            .field("running", &self.running())
            .finish_non_exhaustive()
    }
}

#[async_trait]
impl Driver for FakeDriver {
    async fn spawn(&self, mut spec: Spec) -> Result<Sandbox, SpawnError> {
        if self.stop.is_cancelled() {
            return Err(SpawnError::SpawnerGone);
        }
        let (listener, address) = local_listener().map_err(SpawnError::Local)?;
        let (reader, writer) = pipe().map_err(SpawnError::Local)?;
        set_nonblocking(reader.as_fd()).map_err(SpawnError::Local)?;
        spec.listen_at(address);
        let (signal_sender, signals) = mpsc::channel(SIGNALS_PENDING_MAX);
        let (frozen_sender, frozen) = watch::channel(false);
        let (started_sender, started) = watch::channel(spec.companions.is_empty());
        let (progress_sender, progress) = watch::channel(Progress::default());
        let control = FakeControl {
            signals: signal_sender,
            frozen: frozen_sender,
            started: started_sender,
            killed: self.stop.child_token(),
            memory_peak_bytes: Arc::new(AtomicU64::new(0)),
        };
        let killed = control.killed.clone();
        let script = (self.script)(FakeCommand {
            spec,
            address,
            output: writer,
            signals,
            frozen,
            started,
            memory_peak_bytes: Arc::clone(&control.memory_peak_bytes),
        });
        self.tasks.spawn(async move {
            let exit = tokio::select! {
                exit = script => exit,
                () = killed.cancelled() => Exit::Signal(libc::SIGKILL),
            };
            progress_sender.send_modify(|progress| progress.exit = Some(exit));
            killed.cancelled().await;
            progress_sender.send_modify(|progress| progress.is_gone = true);
        });
        Ok(Sandbox {
            listener,
            address,
            uplink: None,
            output: reader.into(),
            tree: ProcessTree::new(Box::new(control), progress),
        })
    }

    async fn prepare(&self, _: Spec) -> Result<Prepared, SpawnError> {
        Err(SpawnError::Unsupported {
            reason: "a script is started once, with everything".to_owned(),
            fix: "spawn it when it is known what for".to_owned(),
        })
    }

    fn isolation(&self) -> Isolation {
        Isolation::Unconfined
    }

    async fn shutdown(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

#[derive(Debug)]
struct FakeControl {
    signals: mpsc::Sender<Signal>,
    frozen: watch::Sender<bool>,
    started: watch::Sender<bool>,
    killed: CancellationToken,
    memory_peak_bytes: Arc<AtomicU64>,
}

impl Control for FakeControl {
    fn signal(&self, to: usize, signal: Signal) {
        match signal {
            _ if to != THE_COMMAND => {}
            Signal::Kill => self.killed.cancel(),
            // A script that ended, or does not look, is as deaf as a process that ignores the signal.
            Signal::Terminate => drop(self.signals.try_send(signal)),
        }
    }

    fn start(&self, number: usize) {
        if number == THE_COMMAND {
            self.started.send_replace(true);
        }
    }

    fn hold(&self, motion: Motion) {
        self.frozen.send_replace(motion == Motion::Frozen);
    }

    fn end(&self) {
        self.killed.cancel();
    }

    fn memory_peak_bytes(&self) -> u64 {
        self.memory_peak_bytes.load(Ordering::Relaxed)
    }

    fn oom_kills(&self) -> u64 {
        0
    }
}

/// A non-blocking listener on a free port of the host's loopback.
pub(crate) fn local_listener() -> std::io::Result<(TcpListener, SocketAddrV4)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    match listener.local_addr()? {
        SocketAddr::V4(address) => Ok((listener, address)),
        SocketAddr::V6(_) => Err(std::io::ErrorKind::AddrNotAvailable.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    use super::*;
    use crate::Limits;

    fn a_spec() -> Spec {
        Spec {
            mounts: Vec::new(),
            program: "/bin/true".into(),
            args: Vec::new(),
            env: vec![("WHERE".into(), crate::LISTEN_TOKEN.into())],
            working_dir: "/".into(),
            listen: SocketAddrV4::new(Ipv4Addr::new(169, 254, 100, 1), 9001),
            limits: Limits {
                memory_bytes: 1,
                tmp_bytes: 1,
                pids_max: 1,
                open_files_max: 1,
                cpu_millis: None,
            },
            companions: Vec::new(),
            mould: None,
        }
    }

    #[tokio::test]
    async fn a_script_connects_writes_and_exits() {
        let driver = FakeDriver::new(|mut command: FakeCommand| async move {
            assert_eq!(command.spec.env[0].1, command.address.to_string());
            command.output.write_all(b"line").unwrap();
            let mut stream = TcpStream::connect(command.address).unwrap();
            stream.write_all(b"hello").unwrap();
            Exit::Code(4)
        });

        let Sandbox {
            listener,
            output,
            tree,
            ..
        } = driver.spawn(a_spec()).await.unwrap();

        assert_eq!(tree.exited().await, Exit::Code(4));
        let mut heard = String::new();
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_to_string(&mut heard).unwrap();
        assert_eq!(heard, "hello");
        let mut said = String::new();
        std::fs::File::from(output)
            .read_to_string(&mut said)
            .unwrap();
        assert_eq!(said, "line");
    }

    #[tokio::test]
    async fn a_script_that_hangs_is_killed() {
        let driver = FakeDriver::new(|_command| std::future::pending());
        let sandbox = driver.spawn(a_spec()).await.unwrap();

        sandbox.kill().await;

        assert_eq!(sandbox.exited().await, Exit::Signal(libc::SIGKILL));
        assert_eq!(driver.running(), 0);
    }

    #[tokio::test]
    async fn a_script_hears_the_signals_sent_to_it() {
        let driver = FakeDriver::new(|mut command: FakeCommand| async move {
            assert_eq!(command.signals.recv().await, Some(Signal::Terminate));
            Exit::Code(0)
        });
        let sandbox = driver.spawn(a_spec()).await.unwrap();

        sandbox.signal(Signal::Terminate);

        assert_eq!(sandbox.exited().await, Exit::Code(0));
    }

    #[tokio::test]
    async fn a_script_sees_whether_it_is_frozen() {
        let driver = FakeDriver::new(|mut command: FakeCommand| async move {
            command.frozen.wait_for(|frozen| *frozen).await.unwrap();
            command.frozen.wait_for(|frozen| !*frozen).await.unwrap();
            Exit::Code(0)
        });
        let sandbox = driver.spawn(a_spec()).await.unwrap();

        sandbox.freeze();
        tokio::task::yield_now().await;
        sandbox.thaw();

        assert_eq!(sandbox.exited().await, Exit::Code(0));
    }

    #[tokio::test]
    async fn shutting_down_ends_every_script() {
        let driver = FakeDriver::new(|_command| std::future::pending());
        let sandbox = driver.spawn(a_spec()).await.unwrap();

        driver.shutdown().await;

        assert_eq!(sandbox.exited().await, Exit::Signal(libc::SIGKILL));
        assert!(driver.spawn(a_spec()).await.is_err());
    }
}
