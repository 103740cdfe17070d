//! Everything that the operations share: the queues, their messages, and who is at work on them.

use std::sync::Arc;

use domain::name::Home;
use domain::time::{Clock, Moment};
use serde::Deserialize;
use store::documents::Documents;
use store::{EventQueue, StoreError};
use tokio::sync::{Mutex, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::Parts;
use crate::attempts::Attempts;
use crate::error::Error;
use crate::limits::POLLS_MAX;
use crate::moves::{MoveTask, Running};
use crate::name::Name;
use crate::queue::Queue;

#[derive(Debug)]
pub(crate) struct Queues {
    pub(crate) documents: Documents<Queue>,
    pub(crate) moves: Documents<MoveTask>,
    pub(crate) running: Running,
    pub(crate) events: Arc<dyn EventQueue>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) home: Home,
    pub(crate) tasks: TaskTracker,
    pub(crate) shutdown: CancellationToken,
    /// Places of requests that wait for messages.
    pub(crate) polls: Semaphore,
    pub(crate) attempts: Attempts,
    /// Held by whoever decides upon several queues at once.
    pub(crate) arrangement: Mutex<()>,
}

/// The parameter that almost every operation has.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct QueueUrl {
    queue_url: Option<String>,
}

impl Queues {
    pub(crate) async fn open(parts: Parts) -> Result<Self, StoreError> {
        Ok(Self {
            documents: Documents::open(Arc::clone(&parts.store)).await?,
            moves: Documents::open(parts.store).await?,
            running: Running::default(),
            events: parts.events,
            clock: parts.clock,
            home: parts.home,
            tasks: TaskTracker::new(),
            shutdown: parts.shutdown,
            polls: Semaphore::new(POLLS_MAX),
            attempts: Attempts::default(),
            arrangement: Mutex::new(()),
        })
    }

    pub(crate) fn now(&self) -> Moment {
        self.clock.now()
    }

    pub(crate) fn get(&self, name: &Name) -> Option<Arc<Queue>> {
        self.documents.get(name.as_str())
    }

    pub(crate) fn by_arn(&self, arn: &str) -> Option<Arc<Queue>> {
        self.get(&Name::of_arn(arn, &self.home)?)
    }

    /// The queue that the parameter `QueueUrl` names.
    pub(crate) fn by_url(&self, url: Option<&str>) -> Result<Arc<Queue>, Error> {
        let url = url.filter(|url| !url.is_empty());
        let url = url.ok_or_else(|| Error::missing("QueueUrl"))?;
        let name = Name::of_url(url, &self.home)?;
        self.get(&name).ok_or_else(Error::no_queue)
    }

    pub(crate) fn of(&self, input: &QueueUrl) -> Result<Arc<Queue>, Error> {
        self.by_url(input.queue_url.as_deref())
    }

    pub(crate) fn arn(&self, queue: &Queue) -> String {
        queue.name.arn(&self.home)
    }

    /// The queues whose dead letters go to this one.
    pub(crate) fn sources_of(&self, target: &Name) -> Vec<Arc<Queue>> {
        let mut queues = self.documents.list();
        queues.retain(|queue| {
            let policy = queue.settings.redrive.as_ref();
            policy.is_some_and(|policy| policy.target == *target)
        });
        queues
    }
}
