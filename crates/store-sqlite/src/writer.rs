//! The thread that owns a database's writing connection, and its group commit.
//!
//! Everything that waits is committed together, so one flush of the disk serves many callers.

use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use store::StoreError;
use tokio::sync::{mpsc, oneshot};

use crate::database;

/// Commands that wait for the thread. A caller beyond waits until there is room.
const WAITING_MAX: usize = 4_096;

/// Commands and bytes that are committed at once.
const GROUP_COMMANDS_MAX: usize = 1_024;
const GROUP_BYTES_MAX: usize = 8 << 20;

/// Does something to the database within the group's transaction, and says what to do once the
/// transaction has ended. An error rolls this command back and no other.
type Work = Box<dyn FnOnce(&Connection) -> Result<(), StoreError> + Send>;

/// Hears how it went, after the commit.
type Told = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

pub(crate) struct Command {
    work: Work,
    told: Told,
    bytes: usize,
}

#[derive(Debug)]
pub(crate) struct Writer {
    commands: Mutex<Option<mpsc::Sender<Command>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl std::fmt::Debug for Command {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Command")
            .field("bytes", &self.bytes)
            .finish_non_exhaustive()
    }
}

impl Writer {
    pub(crate) fn start(connection: Connection, name: &str) -> Result<Self, StoreError> {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || write_all(connection, receiver))
            .map_err(|error| StoreError::Unavailable(error.to_string()))?;
        let (commands, thread) = (Mutex::new(Some(sender)), Mutex::new(Some(thread)));
        Ok(Self { commands, thread })
    }

    /// Has `work` done and committed, and returns what it made. `bytes` is about what it writes.
    ///
    /// Once the command waits for the thread it is done even if this future is dropped.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.run_then(bytes, work, |made| made).await
    }

    /// As [`Writer::run`], with `then` called on the writer's thread right after the commit,
    /// whether or not anybody still waits.
    pub(crate) async fn run_then<T: Send + 'static, U: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
        then: impl FnOnce(T) -> U + Send + 'static,
    ) -> Result<U, StoreError> {
        let (reply, answer) = oneshot::channel();
        let (sink, made) = std::sync::mpsc::sync_channel(1);
        let command = Command {
            work: Box::new(move |connection| {
                // The receiver waits in `told` of the same command, and there is room for one.
                let _kept = sink.send(work(connection)?);
                Ok(())
            }),
            told: Box::new(move |outcome| {
                let lost = || StoreError::Unavailable("the command made nothing".to_owned());
                let result = outcome
                    .and_then(|()| made.try_recv().map_err(|_| lost()))
                    .map(then);
                let _nobody_waits = reply.send(result);
            }),
            bytes,
        };
        let stopped = || StoreError::Unavailable("the store is closed".to_owned());
        let sender = self.sender().ok_or_else(stopped)?;
        sender.send(command).await.map_err(|_| stopped())?;
        drop(sender);
        answer.await.map_err(|_| stopped())?
    }

    /// Leaves `work` for the next commit. It may be lost in a crash, or if too much waits.
    pub(crate) fn run_later(
        &self,
        work: impl FnOnce(&Connection) -> Result<(), StoreError> + Send + 'static,
    ) {
        let command = Command {
            work: Box::new(work),
            told: Box::new(|outcome| {
                if let Err(error) = outcome {
                    tracing::warn!(%error, "a note in the store is lost");
                }
            }),
            bytes: 0,
        };
        if let Some(sender) = self.sender() {
            let _dropped_when_full = sender.try_send(command);
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

fn write_all(connection: Connection, mut commands: mpsc::Receiver<Command>) {
    let mut group = Vec::new();
    while let Some(first) = commands.blocking_recv() {
        let mut bytes = first.bytes;
        group.push(first);
        while group.len() < GROUP_COMMANDS_MAX && bytes < GROUP_BYTES_MAX {
            let Ok(next) = commands.try_recv() else {
                break;
            };
            bytes += next.bytes;
            group.push(next);
        }
        commit(&connection, &mut group);
    }
    // Copies the log into the file and removes it; the next start does so if this cannot.
    let _left_for_later = connection.close();
}

/// Does the whole group in one transaction, each command in a savepoint of its own.
fn commit(connection: &Connection, group: &mut Vec<Command>) {
    let mut outcomes = Vec::with_capacity(group.len());
    let begun = connection
        .execute_batch("BEGIN IMMEDIATE")
        .map_err(database::error);
    for command in group.drain(..) {
        let outcome = begun
            .clone()
            .and_then(|()| in_savepoint(connection, command.work));
        outcomes.push((outcome, command.told));
    }
    let committed =
        begun.and_then(|()| connection.execute_batch("COMMIT").map_err(database::error));
    if committed.is_err() && !connection.is_autocommit() {
        let _nothing_is_left = connection.execute_batch("ROLLBACK");
    }
    for (outcome, told) in outcomes {
        told(outcome.and_then(|()| committed.clone()));
    }
}

fn in_savepoint(connection: &Connection, work: Work) -> Result<(), StoreError> {
    connection
        .prepare_cached("SAVEPOINT command")
        .and_then(|mut s| s.execute([]))
        .map_err(database::error)?;
    let outcome = work(connection);
    let end = if outcome.is_ok() {
        "RELEASE command"
    } else {
        "ROLLBACK TO command; RELEASE command"
    };
    let ended = connection.execute_batch(end).map_err(database::error);
    // A full disk rolls back the transaction itself, savepoints included.
    outcome.and(ended)
}
