//! This process's side of the spawner: starting it, asking it, and following each sandbox's life line.

use std::fs::File;
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cgroup::{parse_oom_kills, parse_peak};
use crate::probe::{fix_for, fix_for_uplink};
use crate::processes;
use crate::spawner::{Kind, SPAWNER_NAME, UPLINK_STEP};
use crate::spec::SpawnError;
use crate::sys::fd::{memory_file, set_nonblocking};
use crate::sys::socket::{self, Message};
use crate::tree::{Control, Motion, Progress};
use crate::wire::{
    Failure, FailureKind, OF_A_MOULD, OF_ITS_OWN, Order, Report, RequestKind, THE_COMMAND,
    dedication_bytes, request_bytes,
};
use crate::{Dedication, Exit, ProcessTree, ReadOnlyMount, Signal, Spec};

/// A sandbox that takes longer to stand than this will not stand. Thousands fit in it.
const SPAWN_TIME_MAX: Duration = Duration::from_secs(10);

/// How long the spawner may take to leave after it was told to.
const SHUTDOWN_TIME_MAX: Duration = Duration::from_secs(10);

/// How often the processes of a sandbox are asked for their memory, where no group counts it.
const LOOKING_INTERVAL: Duration = Duration::from_millis(100);

/// A running spawner.
#[derive(Debug)]
struct Link {
    requests: AsyncFd<OwnedFd>,
    /// The tasks that follow the sandboxes.
    tasks: TaskTracker,
    /// Cancelled when the spawner process has ended.
    ended: CancellationToken,
}

/// The spawner of one driver, started anew should it die.
#[derive(Debug)]
pub(crate) struct Links {
    kind: Kind,
    current: Mutex<Arc<Link>>,
    /// Held by whoever starts the next spawner.
    restart: Semaphore,
}

impl Links {
    /// Starts the first spawner.
    pub(crate) async fn start(kind: Kind) -> Result<Self, SpawnError> {
        let link = Link::start(kind).await.map_err(StartError::explain)?;
        Ok(Self {
            kind,
            current: Mutex::new(Arc::new(link)),
            restart: Semaphore::new(1),
        })
    }

    /// See [`Link::spawn`].
    pub(crate) async fn spawn(&self, spec: &Spec) -> Result<Spawned, SpawnError> {
        self.living().await?.spawn(spec, None).await
    }

    /// As [`Links::spawn`], for a request whose second part comes later, on the socket that is given back, or is there
    /// already and waits on it for its turn. It is answered there.
    pub(crate) async fn spawn_first_part(
        &self,
        spec: &Spec,
        second: Option<&Dedication>,
    ) -> Result<(Spawned, AsyncFd<OwnedFd>), SpawnError> {
        let (ours, theirs) = socket::pair().map_err(SpawnError::Local)?;
        if let Some(dedication) = second {
            send_dedication(ours.as_fd(), dedication).map_err(SpawnError::Local)?;
        }
        let late = socket::register(ours).map_err(SpawnError::Local)?;
        let spawned = self.living().await?.spawn(spec, Some(theirs)).await?;
        Ok((spawned, late))
    }

    /// See [`Link::shutdown`].
    pub(crate) async fn shutdown(&self) {
        // From here on nobody starts another one.
        self.restart.close();
        self.current().shutdown().await;
    }

    fn current(&self) -> Arc<Link> {
        let current = self.current.lock();
        Arc::clone(&current.unwrap_or_else(PoisonError::into_inner))
    }

    async fn living(&self) -> Result<Arc<Link>, SpawnError> {
        let link = self.current();
        if !link.ended.is_cancelled() {
            return Ok(link);
        }
        let permit = self.restart.acquire().await;
        let _permit = permit.map_err(|_| SpawnError::SpawnerGone)?;
        let link = self.current();
        if !link.ended.is_cancelled() {
            return Ok(link);
        }
        tracing::error!(
            "the sandbox spawner was killed and its sandboxes with it; starting another"
        );
        let link = Arc::new(Link::start(self.kind).await.map_err(StartError::explain)?);
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::clone(&link);
        Ok(link)
    }
}

/// What a successful request gives.
#[derive(Debug)]
pub(crate) struct Spawned {
    /// Only where the sandbox has a network of its own.
    pub(crate) listener: Option<TcpListener>,
    /// Only where that network reaches further.
    pub(crate) uplink: Option<OwnedFd>,
    pub(crate) output: OwnedFd,
    pub(crate) tree: ProcessTree,
    pub(crate) is_fork: bool,
}

impl Link {
    /// Starts a spawner and waits until it can work.
    async fn start(kind: Kind) -> Result<Self, StartError> {
        let (ours, theirs) = socket::pair().map_err(StartError::Local)?;
        let ended = CancellationToken::new();
        execute_spawner(kind, theirs, ended.clone()).map_err(StartError::Local)?;
        let requests = socket::register(ours).map_err(StartError::Local)?;
        let first = timeout(SPAWN_TIME_MAX, receive(&requests));
        match first.await {
            Ok(Ok(Some((Report::Ready, _)))) => Ok(Self {
                requests,
                tasks: TaskTracker::new(),
                ended,
            }),
            Ok(Ok(Some((Report::Failed(failure), _)))) => Err(StartError::Refused(failure)),
            Ok(Err(error)) => Err(StartError::Local(error)),
            Ok(Ok(_)) | Err(_) => Err(StartError::NotCalled),
        }
    }

    /// Has the spawner start `spec`; returns when its command is running.
    async fn spawn(&self, spec: &Spec, late: Option<OwnedFd>) -> Result<Spawned, SpawnError> {
        match timeout(SPAWN_TIME_MAX, self.spawn_in_time(spec, late)).await {
            Ok(spawned) => spawned,
            Err(_) => Err(SpawnError::Late {
                after: SPAWN_TIME_MAX,
            }),
        }
    }

    async fn spawn_in_time(
        &self,
        spec: &Spec,
        late: Option<OwnedFd>,
    ) -> Result<Spawned, SpawnError> {
        if self.ended.is_cancelled() || self.tasks.is_closed() {
            return Err(SpawnError::SpawnerGone);
        }
        let kind = match late {
            None => RequestKind::Whole,
            Some(_) => RequestKind::FirstPart,
        };
        let request = memory_file(&request_bytes(spec, kind)).map_err(SpawnError::Local)?;
        let (ours, theirs) = socket::pair().map_err(SpawnError::Local)?;
        let (output, command_output) = io::pipe().map_err(SpawnError::Local)?;
        let output = OwnedFd::from(output);
        set_nonblocking(output.as_fd()).map_err(SpawnError::Local)?;
        let life = socket::register(ours).map_err(SpawnError::Local)?;
        self.requests
            .async_io(Interest::WRITABLE, |requests| {
                let mut descriptors = vec![request.as_fd(), theirs.as_fd(), command_output.as_fd()];
                descriptors.extend(late.as_ref().map(AsFd::as_fd));
                let said = spec.mould.as_ref().map_or(OF_ITS_OWN, |_| OF_A_MOULD);
                socket::send(requests.as_fd(), said, &descriptors)
            })
            .await
            .map_err(|_| SpawnError::SpawnerGone)?;
        // Ours must be the only copies left, or the end of theirs would not show.
        drop((request, theirs, command_output, late));
        self.follow(spec, life, output).await
    }

    async fn follow(
        &self,
        spec: &Spec,
        life: AsyncFd<OwnedFd>,
        output: OwnedFd,
    ) -> Result<Spawned, SpawnError> {
        let mut vitals = Vitals::default();
        let mut freezer = None;
        let mut is_fork = false;
        loop {
            match receive(&life).await.map_err(SpawnError::Local)? {
                Some((Report::Started { init, has_freezer }, descriptors)) => {
                    let mut files = descriptors.into_iter().map(File::from);
                    freezer = has_freezer.then(|| files.next()).flatten();
                    vitals = Vitals::new(init, files);
                }
                Some((Report::Ready, descriptors)) => {
                    let tree = self.watch_over(Arc::new(Life {
                        socket: life,
                        vitals,
                        freezer,
                    }));
                    let mut descriptors = descriptors.into_iter();
                    return Ok(Spawned {
                        listener: descriptors.next().map(TcpListener::from),
                        uplink: descriptors.next(),
                        output,
                        tree,
                        is_fork,
                    });
                }
                Some((Report::Forked, _)) => is_fork = true,
                Some((Report::NotForked(failure), _)) => {
                    let (step, error) = (&failure.detail, failure.error());
                    tracing::debug!(%step, %error, "executed: a fork did not get into its sandbox");
                }
                Some((Report::Failed(failure), _)) => {
                    return Err(refusal(&spec.program, &spec.mounts, failure));
                }
                // Init died of what it was building, for example of a memory limit too small for it.
                Some((
                    Report::Exited { .. }
                    | Report::Gone { .. }
                    | Report::CompanionExited { .. }
                    | Report::NotExecuted { .. },
                    _,
                ))
                | None => {
                    let step = "keep its first process alive".to_owned();
                    let source = io::ErrorKind::UnexpectedEof.into();
                    return Err(SpawnError::Step { step, source });
                }
            }
        }
    }

    fn watch_over(&self, life: Arc<Life>) -> ProcessTree {
        let (sender, progress) = watch::channel(Progress::default());
        let control = LifeLine(Arc::clone(&life));
        self.tasks.spawn(async move {
            loop {
                match receive(&life.socket).await {
                    Ok(Some((report, _))) => life.note(&report, &sender),
                    Ok(None) => break,
                    Err(error) => {
                        tracing::error!(%error, "the life line of a sandbox is unreadable");
                        break;
                    }
                }
            }
            life.note_end(&sender);
        });
        ProcessTree::new(Box::new(control), progress)
    }

    /// Ends every sandbox and the spawner.
    async fn shutdown(&self) {
        self.tasks.close();
        socket::hang_up(self.requests.get_ref().as_fd());
        let ended = timeout(SHUTDOWN_TIME_MAX, async {
            self.ended.cancelled().await;
            self.tasks.wait().await;
        });
        if ended.await.is_err() {
            tracing::error!(
                seconds = SHUTDOWN_TIME_MAX.as_secs(),
                "the sandbox spawner does not end; sandbox processes may hang in an uninterruptible wait"
            );
        }
    }
}

/// Sends the second part of a request, or fails with `WouldBlock`.
pub(crate) fn send_dedication(late: BorrowedFd<'_>, dedication: &Dedication) -> io::Result<()> {
    let request = memory_file(&dedication_bytes(dedication))?;
    socket::send(late, b"d", &[request.as_fd()])
}

/// Why there is no spawner.
#[derive(Debug)]
enum StartError {
    /// It started, tried, and this is what the kernel refused.
    Refused(Failure),
    /// It started as something else: `main` does not call [`crate::run_spawner_if_asked`] first.
    NotCalled,
    /// It did not start.
    Local(io::Error),
}

impl StartError {
    /// Says why there is no spawner, and what to do about it.
    fn explain(self) -> SpawnError {
        match self {
            Self::Refused(failure) => SpawnError::Unsupported {
                reason: format!("{}: {}", failure.detail, failure.error()),
                fix: match failure.detail.as_str() {
                    UPLINK_STEP => fix_for_uplink(failure.errno),
                    _ => fix_for(failure.errno),
                },
            },
            Self::NotCalled => SpawnError::SpawnerGone,
            Self::Local(error) => SpawnError::Local(error),
        }
    }
}

/// Executes this binary again, and waits for its end on a thread, so that it never stays a zombie.
fn execute_spawner(kind: Kind, socket: OwnedFd, ended: CancellationToken) -> io::Result<()> {
    let mut child = Command::new("/proc/self/exe")
        .arg0(SPAWNER_NAME)
        .arg(kind.argument())
        .env_clear()
        .stdin(Stdio::from(socket))
        .stdout(Stdio::null())
        .spawn()?;
    std::thread::Builder::new()
        .name("spawner-end".to_owned())
        .stack_size(64 * 1024)
        .spawn(move || {
            if let Err(error) = child.wait() {
                tracing::error!(%error, "waiting for the sandbox spawner");
            }
            ended.cancel();
        })?;
    Ok(())
}

/// The next report; `None` after the last.
pub(crate) async fn receive(
    socket: &AsyncFd<OwnedFd>,
) -> io::Result<Option<(Report, Vec<OwnedFd>)>> {
    let message = socket
        .async_io(Interest::READABLE, |fd| socket::receive(fd.as_fd()))
        .await?;
    message
        .map(|Message { bytes, descriptors }| Ok((Report::from_bytes(&bytes)?, descriptors)))
        .transpose()
}

/// Says a failure in the words of the request.
pub(crate) fn refusal(program: &Path, mounts: &[ReadOnlyMount], failure: Failure) -> SpawnError {
    let source = failure.error();
    match failure.kind {
        FailureKind::Program => SpawnError::Program {
            program: program.to_owned(),
            source,
        },
        FailureKind::Mount => {
            let index: Option<usize> = failure.detail.parse().ok();
            match index.and_then(|index| mounts.get(index)) {
                Some(mount) => SpawnError::Mount {
                    mount: mount.clone(),
                    source,
                },
                None => SpawnError::Step {
                    step: "mount".to_owned(),
                    source,
                },
            }
        }
        FailureKind::Step => SpawnError::Step {
            step: failure.detail,
            source,
        },
    }
}

/// Where the numbers of a sandbox come from.
#[derive(Debug, Default)]
struct Vitals {
    init: i32,
    memory_peak: Option<File>,
    memory_events: Option<File>,
    /// When the processes were last asked.
    looked: Mutex<Option<Instant>>,
    /// The last numbers seen.
    peak_bytes: AtomicU64,
    oom_kills: AtomicU64,
}

impl Vitals {
    fn new(init: i32, mut files: impl Iterator<Item = File>) -> Self {
        Self {
            init,
            memory_peak: files.next(),
            memory_events: files.next(),
            ..Self::default()
        }
    }

    fn peak_bytes(&self) -> u64 {
        let now = match &self.memory_peak {
            Some(file) => parse_peak(&read_from_start(file)),
            None => self.looked_up_peak_bytes(),
        };
        now.max(self.peak_bytes.fetch_max(now, Ordering::Relaxed))
    }

    /// Without a group that counts, the processes are asked one by one, and not each time.
    fn looked_up_peak_bytes(&self) -> u64 {
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.is_some_and(|looked| looked.elapsed() < LOOKING_INTERVAL) {
            return 0;
        }
        *looked = Some(Instant::now());
        processes::resident_peak_bytes_below(self.init)
    }

    fn oom_kills(&self) -> u64 {
        let events = self.memory_events.as_ref();
        let now = events.map_or(0, |file| parse_oom_kills(&read_from_start(file)));
        now.max(self.oom_kills.fetch_max(now, Ordering::Relaxed))
    }
}

/// Control files are read anew from their start. A removed group reads as nothing.
fn read_from_start(file: &File) -> String {
    let mut bytes = [0_u8; 512];
    let length = file.read_at(&mut bytes, 0).unwrap_or(0);
    String::from_utf8_lossy(bytes.get(..length).unwrap_or_default()).into_owned()
}

/// One sandbox as its socket tells it.
#[derive(Debug)]
struct Life {
    socket: AsyncFd<OwnedFd>,
    vitals: Vitals,
    /// The control file that freezes all of its processes, where it is in a group of version 2.
    freezer: Option<File>,
}

impl Life {
    fn note(&self, report: &Report, progress: &watch::Sender<Progress>) {
        match report {
            Report::Exited {
                status,
                memory_peak_bytes,
            } => {
                if self.vitals.memory_peak.is_none() {
                    let peak = &self.vitals.peak_bytes;
                    peak.fetch_max(*memory_peak_bytes, Ordering::Relaxed);
                }
                let exit = self.exit_of(*status);
                progress.send_modify(|progress| progress.exit = Some(exit));
            }
            Report::Gone {
                memory_peak_bytes,
                oom_kills,
            } => {
                let vitals = &self.vitals;
                vitals
                    .peak_bytes
                    .fetch_max(*memory_peak_bytes, Ordering::Relaxed);
                vitals.oom_kills.fetch_max(*oom_kills, Ordering::Relaxed);
                self.note_end(progress);
            }
            Report::CompanionExited { number, status } => {
                let exit = self.exit_of(*status);
                progress.send_modify(|progress| {
                    progress.companions.insert(*number, exit);
                });
            }
            Report::NotExecuted { number, errno } => {
                let exit = Exit::NotExecuted(*errno);
                progress.send_modify(|progress| match *number {
                    THE_COMMAND => progress.exit = Some(exit),
                    companion => drop(progress.companions.insert(companion, exit)),
                });
            }
            Report::Started { .. }
            | Report::Ready
            | Report::Forked
            | Report::NotForked(_)
            | Report::Failed(_) => {}
        }
    }

    /// Nothing runs any more. If init fell before it could tell, it was killed.
    fn note_end(&self, progress: &watch::Sender<Progress>) {
        let killed = self.exit_of(libc::SIGKILL);
        progress.send_modify(|progress| {
            progress.exit.get_or_insert(killed);
            progress.is_gone = true;
        });
    }

    fn exit_of(&self, status: i32) -> Exit {
        let status = ExitStatus::from_raw(status);
        match (status.code(), status.signal()) {
            (Some(code), _) => Exit::Code(code),
            (None, Some(libc::SIGKILL)) if self.vitals.oom_kills() > 0 => Exit::OutOfMemory,
            (None, signal) => Exit::Signal(signal.unwrap_or(libc::SIGKILL)),
        }
    }
}

/// The handle's end of a life. Hanging up is what ends it.
#[derive(Debug)]
struct LifeLine(Arc<Life>);

impl LifeLine {
    /// Has the process above the commands do something.
    fn tell(&self, order: Order) {
        let socket = self.0.socket.get_ref().as_fd();
        // A sandbox that does not listen any more has ended.
        socket::send(socket, &order.to_bytes(), &[]).unwrap_or_default();
    }
}

impl Control for LifeLine {
    fn signal(&self, to: usize, signal: Signal) {
        let signal = signal.number();
        self.tell(Order::Signal { to, signal });
    }

    fn start(&self, number: usize) {
        self.tell(Order::Start { number });
    }

    fn hold(&self, motion: Motion) {
        let (text, signal) = match motion {
            Motion::Frozen => (b"1", libc::SIGSTOP),
            Motion::Running => (b"0", libc::SIGCONT),
        };
        match &self.0.freezer {
            // It fails only when the group is removed, with everything that was in it.
            Some(file) => drop(file.write_at(text, 0)),
            None => self.tell(Order::Signal {
                to: THE_COMMAND,
                signal,
            }),
        }
    }

    fn end(&self) {
        socket::hang_up(self.0.socket.get_ref().as_fd());
    }

    fn memory_peak_bytes(&self) -> u64 {
        self.0.vitals.peak_bytes()
    }

    fn oom_kills(&self) -> u64 {
        self.0.vitals.oom_kills()
    }
}
