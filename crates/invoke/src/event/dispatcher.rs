//! Takes events out of the queue and has them run, a bounded number at a time.

use std::sync::Arc;
use std::time::Duration;

use domain::limits::TIMEOUT_MAX;
use domain::time::Clock;
use store::EventQueue;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, error};

use super::attempt::Attempt;
use crate::router::Router;

/// Events that run at once. More wait in the queue, where they are safe.
const RUNNING_MAX: usize = 64;

/// Longer than any attempt can take, so that no event is handed out twice while it runs: two
/// initializations and the longest timeout.
const LEASE: Duration = Duration::from_secs(TIMEOUT_MAX.as_secs() + 60);

/// How long to leave a queue alone that cannot be read.
const WAIT_AFTER_ERROR: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(crate) struct Dispatcher {
    pub(crate) events: Arc<dyn EventQueue>,
    pub(crate) router: Arc<Router>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) tasks: TaskTracker,
    /// Cancelled when attempts have to end without settling their events.
    pub(crate) cut_off: CancellationToken,
}

impl Dispatcher {
    /// Dispatches until told to stop. Attempts that run then go on, on the tracker.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let slots = Arc::new(Semaphore::new(RUNNING_MAX));
        while !stop.is_cancelled() {
            stop.run_until_cancelled(self.dispatch_due(&slots)).await;
        }
    }

    /// Waits for a free slot and for events that are due, and starts their attempts.
    async fn dispatch_due(&self, slots: &Arc<Semaphore>) {
        // Never closed.
        let Ok(slot) = Arc::clone(slots).acquire_owned().await else {
            return;
        };
        let more = slots.available_permits();
        match self.events.claim(1 + more, LEASE).await {
            Ok(claimed) if claimed.is_empty() => {
                drop(slot);
                self.events.due_changed().await;
            }
            Ok(claimed) => {
                let mut slot = Some(slot);
                for claimed in claimed {
                    let slot = slot.take().or_else(|| take_slot(slots));
                    let attempt = Attempt {
                        claimed,
                        events: Arc::clone(&self.events),
                        router: Arc::clone(&self.router),
                        clock: Arc::clone(&self.clock),
                    };
                    let cut_off = self.cut_off.clone();
                    self.tasks.spawn(async move {
                        cut_off.run_until_cancelled_owned(attempt.run()).await;
                        drop(slot);
                    });
                }
            }
            Err(error) => {
                error!(%error, "events cannot be claimed");
                tokio::time::sleep(WAIT_AFTER_ERROR).await;
            }
        }
    }
}

/// Only this task takes slots, so those that were free a moment ago still are.
fn take_slot(slots: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    let slot = Arc::clone(slots).try_acquire_owned().ok();
    if slot.is_none() {
        debug!("event runs without a slot");
    }
    slot
}
