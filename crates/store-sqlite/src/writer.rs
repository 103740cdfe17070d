//! The thread that owns a database's writing connection, and its group commit.
//!
//! Everything that waits is committed together, so one flush of the disk serves many callers.
//!
//! ```text
//! callers ── run ──▶ [ at most WAITING_MAX ] ──▶ BEGIN, a savepoint each, COMMIT ──▶ told
//!            note ─▶ [ rides in the next commit, or goes alone after NOTE_DELAY_MAX ]
//! ```
//!
//! A caller that finds the queue full waits for room, at most [`ROOM_WAIT_MAX`] or for as long as it
//! keeps its future, and is then told that the store is not available. A command that is in the
//! queue is always done, whether or not its caller still waits.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use store::StoreError;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::error::SendTimeoutError;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::DirectoryLock;
use crate::database;

/// Commands that wait for the thread.
const WAITING_MAX: usize = 4_096;

/// How long a caller waits for room.
const ROOM_WAIT_MAX: Duration = Duration::from_secs(5);

/// Commands and bytes that are committed at once.
const GROUP_COMMANDS_MAX: usize = 1_024;
const GROUP_BYTES_MAX: usize = 8 << 20;

/// How long a note waits for a commit to ride in.
const NOTE_DELAY_MAX: Duration = Duration::from_secs(1);

/// Does something to the database within the group's transaction. An error rolls this command back
/// and no other.
type Work = Box<dyn FnOnce(&Connection) -> Result<(), StoreError> + Send>;

/// Hears how it went, after the commit.
type Told = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

struct Command {
    work: Work,
    told: Told,
    bytes: usize,
    urgency: Urgency,
}

impl Command {
    fn new<T: Send + 'static>(
        bytes: usize,
        urgency: Urgency,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        told: impl FnOnce(Result<T, StoreError>) + Send + 'static,
    ) -> Self {
        let (sink, made) = std::sync::mpsc::sync_channel(1);
        Self {
            work: Box::new(move |connection| {
                // The receiver waits in `told` of the same command, and there is room for one.
                let _kept = sink.send(work(connection)?);
                Ok(())
            }),
            told: Box::new(move |outcome| {
                let lost = || StoreError::Unavailable("the command made nothing".to_owned());
                told(outcome.and_then(|()| made.try_recv().map_err(|_| lost())));
            }),
            bytes,
            urgency,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Urgency {
    /// Somebody waits for the commit.
    Awaited,
    Note,
}

#[derive(Debug)]
pub(crate) struct Writer {
    commands: Mutex<Option<mpsc::Sender<Command>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Starts the thread. It keeps the directory locked for as long as it runs.
    pub(crate) fn start(
        connection: Connection,
        name: &str,
        lock: Arc<DirectoryLock>,
    ) -> io::Result<Self> {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let queue = Queue {
            receiver,
            timer: Builder::new_current_thread().enable_time().build()?,
        };
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                write_all(connection, queue);
                drop(lock);
            })?;
        let (commands, thread) = (Mutex::new(Some(sender)), Mutex::new(Some(thread)));
        Ok(Self { commands, thread })
    }

    /// Has `work` done and committed, and returns what it made. `bytes` is about what it writes.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run_then(bytes, work, |made| made).await
    }

    /// As [`Writer::run`], with `then` called on the writer's thread right after the commit,
    /// whether or not anybody still waits. If there is no commit `then` is dropped uncalled.
    pub(crate) async fn run_then<T: Send + 'static, U: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(T) -> U + Send + 'static,
    ) -> Result<U, StoreError> {
        let (reply, answer) = oneshot::channel();
        let command = Command::new(bytes, Urgency::Awaited, work, move |made| {
            let _nobody_waits = reply.send(made.map(then));
        });
        let sender = self.sender().ok_or_else(stopped)?;
        let sent = sender.send_timeout(command, ROOM_WAIT_MAX).await;
        sent.map_err(|error| match error {
            SendTimeoutError::Timeout(_) => StoreError::Unavailable(format!(
                "{WAITING_MAX} writes wait for the disk; nothing was written, try again later"
            )),
            SendTimeoutError::Closed(_) => stopped(),
        })?;
        drop(sender);
        answer.await.map_err(|_| stopped())?
    }

    /// Leaves `work` for the next commit, and `then` for after it. Both may be lost in a crash, or
    /// if too much waits.
    pub(crate) fn note<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(T) + Send + 'static,
    ) {
        let command = Command::new(0, Urgency::Note, work, |made| match made {
            Ok(made) => then(made),
            Err(error) => tracing::warn!(%error, "a note in the store is lost"),
        });
        let refused = self
            .sender()
            .is_none_or(|sender| sender.try_send(command).is_err());
        if refused {
            tracing::debug!("a note in the store is lost: the writer is busy or stopped");
        }
    }

    /// Finishes what waits, ends the thread and refuses everything after.
    pub(crate) fn close(&self) {
        self.commands
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("a writer thread of the store has panicked");
        }
    }

    fn sender(&self) -> Option<mpsc::Sender<Command>> {
        self.commands
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

fn stopped() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}

/// The thread's end of the queue.
struct Queue {
    receiver: mpsc::Receiver<Command>,
    /// Only for waiting with a deadline.
    timer: Runtime,
}

impl Queue {
    /// Collects the commands of the next commit; none when the writer is closed and all is done.
    fn next_group(&mut self) -> Vec<Command> {
        let Some(first) = self.receiver.blocking_recv() else {
            return Vec::new();
        };
        let note_deadline = Instant::now() + NOTE_DELAY_MAX;
        let mut is_awaited = first.urgency == Urgency::Awaited;
        let mut bytes = first.bytes;
        let mut group = vec![first];
        while group.len() < GROUP_COMMANDS_MAX && bytes < GROUP_BYTES_MAX {
            let next = match self.receiver.try_recv() {
                Ok(command) => Some(command),
                Err(_) if is_awaited => None,
                Err(_) => self.wait_until(note_deadline),
            };
            let Some(command) = next else {
                break;
            };
            is_awaited |= command.urgency == Urgency::Awaited;
            bytes += command.bytes;
            group.push(command);
        }
        group
    }

    fn wait_until(&mut self, deadline: Instant) -> Option<Command> {
        let receiver = &mut self.receiver;
        let next = async { tokio::time::timeout_at(deadline, receiver.recv()).await };
        self.timer.block_on(next).ok().flatten()
    }
}

fn write_all(connection: Connection, mut queue: Queue) {
    loop {
        let group = queue.next_group();
        if group.is_empty() {
            break;
        }
        commit(&connection, group);
    }
    // The last connection copies the log into the file; else the next start reads the log.
    let _left_for_later = connection.close();
}

/// Does the whole group in one transaction, each command in a savepoint of its own.
fn commit(connection: &Connection, group: Vec<Command>) {
    let begun = connection
        .execute_batch("BEGIN IMMEDIATE")
        .map_err(database::error);
    let mut broken = begun.err();
    let mut outcomes = Vec::with_capacity(group.len());
    for command in group {
        let outcome = match &broken {
            Some(error) => Err(error.clone()),
            None => in_savepoint(connection, command.work),
        };
        // Some failures, such as a full disk, end the transaction of the whole group. A savepoint
        // outside of it would be a commit of its own.
        if broken.is_none() && connection.is_autocommit() {
            let unknown = || StoreError::Unavailable("the transaction was rolled back".to_owned());
            broken = Some(outcome.clone().err().unwrap_or_else(unknown));
        }
        outcomes.push((outcome, command.told));
    }
    let committed = match broken {
        Some(error) => Err(error),
        None => connection.execute_batch("COMMIT").map_err(database::error),
    };
    if committed.is_err() && !connection.is_autocommit() {
        let _nothing_is_left = connection.execute_batch("ROLLBACK");
    }
    for (outcome, told) in outcomes {
        // What a command saw of the group counts only if the group was committed.
        told(committed.clone().and(outcome));
    }
}

fn in_savepoint(connection: &Connection, work: Work) -> Result<(), StoreError> {
    let run = |sql| {
        let mut statement = connection.prepare_cached(sql)?;
        statement.execute([]).map(drop)
    };
    run("SAVEPOINT command").map_err(database::error)?;
    let outcome = work(connection);
    let undone = match outcome {
        Ok(()) => Ok(()),
        Err(_) => run("ROLLBACK TO command"),
    };
    let ended = undone.and_then(|()| run("RELEASE command"));
    outcome.and(ended.map_err(database::error))
}
