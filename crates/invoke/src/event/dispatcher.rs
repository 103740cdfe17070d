//! Takes events out of the queues of a family and has them worked on, a bounded number at a time.

use std::sync::Arc;
use std::time::Duration;

use domain::time::Clock;
use store::{Claimed, EventQueue, Lease, QueueError, QueueName, Release, Selector};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{debug, error};

use super::lanes::Lanes;

/// Longer than any work can take and than a virtual clock jumps at once, so that no event is handed
/// out twice while it is worked on. It ends with this process anyway.
const LEASE: Lease = Lease::of_this_process(Duration::from_hours(24));

/// How long to leave a queue alone that cannot be read.
const WAIT_AFTER_ERROR: Duration = Duration::from_secs(1);

/// What is done with the events of a family.
pub(crate) trait Work: Send + Sync + 'static {
    const FAMILY: &'static str;

    /// Works on an event and settles it or gives it back.
    fn run(&self, claimed: &Claimed) -> impl Future<Output = ()> + Send;

    /// The most that may be worked on of one queue, if it has a bound of its own.
    fn cap(&self, queue: &QueueName) -> Option<usize>;

    /// Whether some queue may have a bound of its own.
    fn has_caps(&self) -> bool;
}

#[derive(Debug)]
pub(crate) struct Dispatcher<W> {
    pub(crate) work: Arc<W>,
    pub(crate) events: Arc<dyn EventQueue>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) running_max: usize,
    pub(crate) tasks: TaskTracker,
    /// Cancelled when work has to end without settling its event.
    pub(crate) cut_off: CancellationToken,
}

impl<W: Work> Dispatcher<W> {
    /// Dispatches until told to stop. Work that is under way then goes on, on the tracker.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let mut lanes = Lanes::new(self.running_max);
        // Every sender has a lane, so the channel always has room.
        let (ending, mut ended) = mpsc::channel(self.running_max.max(1));
        while !stop.is_cancelled() {
            while let Ok(queue) = ended.try_recv() {
                lanes.end(&queue);
            }
            if lanes.free() == 0 {
                let one = stop.run_until_cancelled(ended.recv()).await;
                one.flatten().inspect(|queue| lanes.end(queue));
                continue;
            }
            let selector = Selector::Family {
                family: W::FAMILY,
                except: lanes.full(|queue| self.work.cap(queue)),
            };
            let max = if self.work.has_caps() {
                1
            } else {
                lanes.batch()
            };
            // Not dropped halfway: what is claimed is also begun.
            match self.events.claim(&selector, max, LEASE).await {
                Ok(claimed) if claimed.is_empty() => {
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = self.events.changed(&selector) => {}
                        Some(queue) = ended.recv() => lanes.end(&queue),
                    }
                }
                Ok(claimed) => {
                    for claimed in claimed {
                        lanes.start(&claimed.queue);
                        self.begin(claimed, ending.clone());
                    }
                }
                Err(error) => {
                    error!(%error, family = W::FAMILY, "events cannot be claimed");
                    let wait = tokio::time::sleep(WAIT_AFTER_ERROR);
                    stop.run_until_cancelled(wait).await;
                }
            }
        }
    }

    fn begin(&self, claimed: Claimed, ending: mpsc::Sender<QueueName>) {
        let lane = Lane {
            queue: claimed.queue.clone(),
            ending,
        };
        let (work, events) = (Arc::clone(&self.work), Arc::clone(&self.events));
        let (clock, cut_off) = (Arc::clone(&self.clock), self.cut_off.clone());
        self.tasks.spawn(async move {
            if cut_off
                .run_until_cancelled(work.run(&claimed))
                .await
                .is_none()
            {
                give_back(&*events, &claimed, &*clock).await;
            }
            drop(lane);
        });
    }
}

/// A place among those that run, free again when it is dropped.
#[derive(Debug)]
struct Lane {
    queue: QueueName,
    ending: mpsc::Sender<QueueName>,
}

impl Drop for Lane {
    fn drop(&mut self) {
        // Refused only when nobody dispatches any more.
        let _refused = self.ending.try_send(self.queue.clone());
    }
}

/// Leaves an event as if it had not been begun.
async fn give_back(events: &dyn EventQueue, claimed: &Claimed, clock: &dyn Clock) {
    let release = Release {
        due: clock.now(),
        keep_attempt: true,
        progress: None,
    };
    match events.release(&claimed.receipt, release).await {
        Ok(()) => debug!(queue = %claimed.queue, "event given back"),
        // It was settled in the moment it was cut off.
        Err(QueueError::Fenced) => {}
        Err(error) => error!(%error, queue = %claimed.queue, "event cannot be given back"),
    }
}
