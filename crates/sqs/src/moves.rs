//! Tasks that move the messages of a dead-letter queue back to where they came from, or elsewhere.
//!
//! A task is a document, so one that is running goes on after a restart. Each message moves in one
//! step: it is gone from one queue exactly when it is in the other.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::time::Moment;
use serde::{Deserialize, Serialize};
use store::documents::Document;
use store::{Claimed, Lease, QueueError, Release, Selector, Settlement};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};
use uuid::Uuid;

use crate::error::{Error, Kind};
use crate::message::Message;
use crate::name::Name;
use crate::queues::Queues;

/// How long a message is invisible while it moves.
const LEASE: Duration = Duration::from_secs(30);

/// A task, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MoveTask {
    pub(crate) id: Uuid,
    pub(crate) source: Name,
    /// Where all messages go; without it each goes back to the queue that it came from.
    pub(crate) destination: Option<Name>,
    /// Messages a second, at most.
    pub(crate) rate: Option<u32>,
    pub(crate) started: Moment,
    /// How many messages there were at the start. No more are moved.
    pub(crate) to_move: usize,
    /// As of the last end or interruption.
    pub(crate) moved: usize,
    pub(crate) status: Status,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Status {
    Running,
    Completed,
    Cancelled,
    Failed { reason: String },
}

impl Document for MoveTask {
    const KIND: &'static str = "message-move";
    const FORMAT: u32 = 1;

    fn key(&self) -> String {
        self.id.to_string()
    }
}

/// The tasks that are at work.
#[derive(Debug, Default)]
pub(crate) struct Running {
    tasks: Mutex<HashMap<Uuid, Arc<Work>>>,
}

/// How far a task has come.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    pub(crate) moved: usize,
    pub(crate) is_cancelled: bool,
}

#[derive(Debug)]
struct Work {
    moved: AtomicUsize,
    cancel: CancellationToken,
}

impl Running {
    pub(crate) fn progress(&self, task: Uuid) -> Option<Progress> {
        let work = self.tasks().get(&task).cloned()?;
        Some(Progress {
            moved: work.moved.load(Ordering::Relaxed),
            is_cancelled: work.cancel.is_cancelled(),
        })
    }

    /// Asks a task to end, and returns how far it has come; none if it is not at work.
    pub(crate) fn cancel(&self, task: Uuid) -> Option<usize> {
        let work = self.tasks().get(&task).cloned()?;
        work.cancel.cancel();
        Some(work.moved.load(Ordering::Relaxed))
    }

    fn tasks(&self) -> MutexGuard<'_, HashMap<Uuid, Arc<Work>>> {
        // Every change under the lock is one insertion or removal.
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Goes on with the tasks that a restart has interrupted.
pub(crate) fn resume(queues: &Arc<Queues>) {
    for task in queues.moves.list() {
        if task.status == Status::Running {
            start(queues, &task);
        }
    }
}

/// Sets a task to work.
pub(crate) fn start(queues: &Arc<Queues>, task: &Arc<MoveTask>) {
    let work = Arc::new(Work {
        moved: AtomicUsize::new(task.moved),
        cancel: queues.shutdown.child_token(),
    });
    queues.running.tasks().insert(task.id, Arc::clone(&work));
    let mover = Mover {
        queues: Arc::clone(queues),
        task: Arc::clone(task),
        work,
    };
    queues.tasks.spawn(mover.run());
}

/// A task at work.
struct Mover {
    queues: Arc<Queues>,
    task: Arc<MoveTask>,
    work: Arc<Work>,
}

/// Why a message does not move.
enum Stuck {
    /// The text that the service gives as the reason.
    Reason(&'static str),
    Queue(QueueError),
}

impl From<QueueError> for Stuck {
    fn from(error: QueueError) -> Self {
        Self::Queue(error)
    }
}

impl Mover {
    async fn run(self) {
        let status = self.move_all().await;
        let moved = self.work.moved.load(Ordering::Relaxed);
        info!(source = %self.task.source, moved, ?status, "message move task ended");
        let end = |task: &MoveTask| {
            Ok::<_, Error>(MoveTask {
                moved,
                status: status.clone(),
                ..task.clone()
            })
        };
        let written = self.queues.moves.change(&self.task.key(), end).await;
        if let Err(error) = written {
            error!(%error, "the end of a message move task cannot be written");
        }
        self.queues.running.tasks().remove(&self.task.id);
    }

    async fn move_all(&self) -> Status {
        let selector = Selector::Queue(self.task.source.events());
        while self.work.moved.load(Ordering::Relaxed) < self.task.to_move {
            if self.work.cancel.is_cancelled() {
                return self.interrupted();
            }
            match self.move_next(&selector).await {
                Ok(true) => {
                    self.work.moved.fetch_add(1, Ordering::Relaxed);
                }
                Ok(false) => return Status::Completed,
                Err(Stuck::Reason(reason)) => {
                    let reason = reason.to_owned();
                    return Status::Failed { reason };
                }
                Err(Stuck::Queue(error)) => {
                    error!(%error, source = %self.task.source, "message move task failed");
                    let reason = Kind::InternalFailure.names().code.to_owned();
                    return Status::Failed { reason };
                }
            }
            self.pause().await;
        }
        Status::Completed
    }

    /// A task that a shutdown interrupts is still running.
    fn interrupted(&self) -> Status {
        if self.queues.shutdown.is_cancelled() {
            Status::Running
        } else {
            Status::Cancelled
        }
    }

    async fn pause(&self) {
        if let Some(rate) = self.task.rate.filter(|rate| *rate > 0) {
            let pause = sleep(Duration::from_secs(1) / rate);
            self.work.cancel.run_until_cancelled(pause).await;
        }
    }

    /// Moves one message, if there is one that nobody has.
    async fn move_next(&self, selector: &Selector) -> Result<bool, Stuck> {
        let lease = Lease::of_this_process(LEASE);
        let mut claimed = self.queues.events.claim(selector, 1, lease).await?;
        let Some(claimed) = claimed.pop() else {
            return Ok(false);
        };
        match self.moved(&claimed) {
            Ok(event) => {
                let settlement = Settlement {
                    then: vec![event],
                    ..Settlement::default()
                };
                self.queues
                    .events
                    .settle(&claimed.receipt, settlement)
                    .await?;
                Ok(true)
            }
            Err(reason) => {
                let release = Release {
                    due: self.queues.now(),
                    keep_attempt: true,
                    progress: None,
                };
                self.queues
                    .events
                    .release(&claimed.receipt, release)
                    .await?;
                Err(Stuck::Reason(reason))
            }
        }
    }

    /// The message as an event of the queue that it goes to.
    ///
    /// docs: dead-letter queue redrive: it is a new message, with an id and a time of its own.
    fn moved(&self, claimed: &Claimed) -> Result<store::NewEvent, &'static str> {
        let message = Message::decode(&claimed.body).map_err(|error| {
            error!(source = %self.task.source, %error, "a message is unreadable");
            Kind::InternalFailure.names().code
        })?;
        let target = match (&self.task.destination, &message.source) {
            (Some(name), _) => self.queues.get(name),
            (None, Some(arn)) => self.queues.by_arn(arn),
            (None, None) => return Err("CouldNotDetermineMessageSource"),
        };
        let target = target.ok_or(Kind::QueueDoesNotExist.names().code)?;
        let now = self.queues.now();
        let message = Message {
            id: Uuid::new_v4(),
            sent: now,
            source: None,
            receives: 0,
            ..message
        };
        Ok(message.into_moved(&target, now))
    }
}
