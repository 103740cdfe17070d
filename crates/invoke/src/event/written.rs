//! Writes what became of an event once it has been worked on, and does not give up early.

use std::time::Duration;

use store::{Claimed, EventQueue, QueueError, Release, Settlement};
use tokio::time::sleep;
use tracing::{debug, error};

/// The waits between two tries to write: from the first, doubling, to the last.
const WAIT_MIN: Duration = Duration::from_secs(1);
const WAIT_MAX: Duration = Duration::from_secs(30);

/// When an event is worked on again whose end cannot be written.
const REST: Duration = Duration::from_mins(5);

/// What became of an event.
#[derive(Debug)]
pub(super) enum Written {
    Settled(Settlement),
    Released(Release),
}

impl Written {
    /// Writes it. A store that cannot is asked again until it can or this future is dropped:
    /// otherwise a function would run twice although it has answered.
    pub(super) async fn to(self, events: &dyn EventQueue, claimed: &Claimed) {
        let (queue, receipt) = (&claimed.queue, &claimed.receipt);
        let mut wait = WAIT_MIN;
        loop {
            let outcome = match &self {
                Self::Settled(settlement) => events.settle(receipt, settlement.clone()).await,
                Self::Released(release) => events.release(receipt, release.clone()).await,
            };
            match outcome {
                Ok(()) => return,
                // Cancelled meanwhile, or the lease ran out and somebody else has the event.
                Err(QueueError::Fenced) => {
                    debug!(%queue, "event was settled by somebody else");
                    return;
                }
                Err(error @ (QueueError::TooLarge { .. } | QueueError::Corrupt(_))) => {
                    error!(%queue, %error, "the end of an event cannot be written: it comes again");
                    rest(events, claimed).await;
                    return;
                }
                Err(
                    error @ (QueueError::Full { .. }
                    | QueueError::DiskFull
                    | QueueError::Unavailable(_)),
                ) => {
                    error!(%queue, %error, "the end of an event cannot be written yet");
                    sleep(wait).await;
                    wait = (wait * 2).min(WAIT_MAX);
                }
            }
        }
    }
}

/// Has the event come again later.
async fn rest(events: &dyn EventQueue, claimed: &Claimed) {
    if let Err(error) = events.extend(&claimed.receipt, REST).await {
        error!(queue = %claimed.queue, %error, "the lease of an event cannot be shortened");
    }
}
