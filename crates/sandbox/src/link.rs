//! This process's side of the spawner: starting it, asking it, and following each sandbox's life line.

use std::fs::File;
use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::life::{Life, LifeLine, Vitals};
use crate::probe::{fix_for, fix_for_uplink};
use crate::spawner::{Kind, SPAWNER_NAME, UPLINK_STEP};
use crate::spec::SpawnError;
use crate::sys::fd::{memory_file, set_nonblocking};
use crate::sys::socket::{self, Message};
use crate::tree::Progress;
use crate::wire::{
    Failure, FailureKind, Origin, Report, RequestKind, dedication_bytes, request_bytes,
};
use crate::{Dedication, ProcessTree, ReadOnlyMount, Snapshot, Spec};

/// A sandbox that takes longer to stand than this will not stand. Thousands fit in it.
const SPAWN_TIME_MAX: Duration = Duration::from_secs(10);

/// How long the spawner may take to leave after it was told to.
const SHUTDOWN_TIME_MAX: Duration = Duration::from_secs(10);

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
        let request = Request::new(spec, RequestKind::Whole, Origin::Own);
        self.living().await?.spawn(request).await
    }

    /// As [`Links::spawn`], for a request whose second part comes later, on the socket that is given back, or is there
    /// already and waits on it for its turn. It is answered there.
    pub(crate) async fn spawn_first_part(
        &self,
        spec: &Spec,
        second: Option<&Dedication>,
    ) -> Result<(Spawned, AsyncFd<OwnedFd>), SpawnError> {
        let (late, theirs) = late_line(second).map_err(SpawnError::Local)?;
        let origin = spec.mould.as_ref().map_or(Origin::Own, |_| Origin::Mould);
        let request = Request::new(spec, RequestKind::FirstPart, origin).with(theirs.as_fd());
        let spawned = self.living().await?.spawn(request).await?;
        Ok((spawned, late))
    }

    /// As [`Links::spawn_first_part`], for a command that can be forked.
    pub(crate) async fn spawn_snapshot(
        &self,
        spec: &Spec,
        second: &Dedication,
    ) -> Result<(Spawned, AsyncFd<OwnedFd>, Snapshot), SpawnError> {
        let (late, theirs) = late_line(Some(second)).map_err(SpawnError::Local)?;
        let (ours, line) = socket::pair().map_err(SpawnError::Local)?;
        let ours = socket::register(ours).map_err(SpawnError::Local)?;
        let request = Request::new(spec, RequestKind::FirstPart, Origin::Snapshot)
            .with(theirs.as_fd())
            .with(line.as_fd());
        let mut spawned = self.living().await?.spawn(request).await?;
        let family = <[OwnedFd; 2]>::try_from(std::mem::take(&mut spawned.family));
        let family = family.map_err(|_| SpawnError::SpawnerGone)?;
        let snapshot = Snapshot::new(ours, family, spawned.ids);
        Ok((spawned, late, snapshot))
    }

    /// As [`Links::spawn`], for a fork of a snapshot.
    pub(crate) async fn spawn_copy(
        &self,
        spec: &Spec,
        snapshot: &Snapshot,
    ) -> Result<Spawned, SpawnError> {
        let ids = snapshot.ids();
        let request = Request::new(spec, RequestKind::Copy, Origin::Copy { ids });
        let request = snapshot
            .descriptors()
            .into_iter()
            .fold(request, Request::with);
        self.living().await?.spawn(request).await
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
    /// The namespaces that its copies need, only of a command that can be forked.
    family: Vec<OwnedFd>,
    /// Whose the ids of the sandbox are.
    ids: u32,
}

/// What the spawner is asked.
struct Request<'a> {
    spec: &'a Spec,
    kind: RequestKind,
    origin: Origin,
    /// What [`Origin`] names.
    more: Vec<BorrowedFd<'a>>,
}

impl<'a> Request<'a> {
    fn new(spec: &'a Spec, kind: RequestKind, origin: Origin) -> Self {
        Self {
            spec,
            kind,
            origin,
            more: Vec::new(),
        }
    }

    fn with(mut self, descriptor: BorrowedFd<'a>) -> Self {
        self.more.push(descriptor);
        self
    }
}

/// A line for the second part of a request, on which that may wait already, and the spawner's end of it.
fn late_line(second: Option<&Dedication>) -> io::Result<(AsyncFd<OwnedFd>, OwnedFd)> {
    let (ours, theirs) = socket::pair()?;
    if let Some(dedication) = second {
        send_dedication(ours.as_fd(), dedication)?;
    }
    Ok((socket::register(ours)?, theirs))
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

    /// Has the spawner start a command; returns when it is running.
    async fn spawn(&self, asked: Request<'_>) -> Result<Spawned, SpawnError> {
        match timeout(SPAWN_TIME_MAX, self.spawn_in_time(asked)).await {
            Ok(spawned) => spawned,
            Err(_) => Err(SpawnError::Late {
                after: SPAWN_TIME_MAX,
            }),
        }
    }

    async fn spawn_in_time(&self, asked: Request<'_>) -> Result<Spawned, SpawnError> {
        if self.ended.is_cancelled() || self.tasks.is_closed() {
            return Err(SpawnError::SpawnerGone);
        }
        let Request {
            spec,
            kind,
            origin,
            more,
        } = asked;
        let request = memory_file(&request_bytes(spec, kind)).map_err(SpawnError::Local)?;
        let (ours, theirs) = socket::pair().map_err(SpawnError::Local)?;
        let (output, command_output) = io::pipe().map_err(SpawnError::Local)?;
        let output = OwnedFd::from(output);
        set_nonblocking(output.as_fd()).map_err(SpawnError::Local)?;
        let life = socket::register(ours).map_err(SpawnError::Local)?;
        self.requests
            .async_io(Interest::WRITABLE, |requests| {
                let mut descriptors = vec![request.as_fd(), theirs.as_fd(), command_output.as_fd()];
                descriptors.extend(&more);
                socket::send(requests.as_fd(), &origin.to_bytes(), &descriptors)
            })
            .await
            .map_err(|_| SpawnError::SpawnerGone)?;
        // Ours must be the only copies left, or the end of theirs would not show.
        drop((request, theirs, command_output));
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
        let (mut is_fork, mut family, mut ids) = (false, Vec::new(), 0);
        loop {
            match receive(&life).await.map_err(SpawnError::Local)? {
                Some((
                    Report::Started {
                        init,
                        has_freezer,
                        ids: its,
                    },
                    descriptors,
                )) => {
                    ids = its;
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
                        family,
                        ids,
                    });
                }
                Some((Report::Forked, descriptors)) => {
                    is_fork = true;
                    family = descriptors;
                }
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
