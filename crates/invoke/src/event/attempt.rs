//! One attempt to run one event, and what becomes of the event afterwards.

use std::sync::Arc;
use std::time::Duration;

use domain::time::Clock;
use store::{Claimed, EventQueue, QueueError};
use tracing::{debug, error, warn};

use super::StoredEvent;
use crate::invocation::InvokeError;
use crate::router::Router;

/// docs: invocation-async-error-handling, the first wait of an event that could not run.
const WAIT_BEFORE_NEXT_TRY: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) claimed: Claimed,
    pub(super) events: Arc<dyn EventQueue>,
    pub(super) router: Arc<Router>,
    pub(super) clock: Arc<dyn Clock>,
}

/// What becomes of an event.
enum Settlement {
    /// It ran, or can never run.
    Done,
    /// It did not run, and may later.
    Again,
}

impl Attempt {
    pub(super) async fn run(self) {
        let settlement = match serde_json::from_slice::<StoredEvent>(&self.claimed.body) {
            Ok(event) => self.invoke(event).await,
            Err(error) => {
                error!(%error, queue = %self.claimed.queue, "event is unreadable and dropped");
                Settlement::Done
            }
        };
        let receipt = &self.claimed.receipt;
        let settled = match settlement {
            Settlement::Done => self.events.ack(receipt).await,
            Settlement::Again => {
                let due = self.clock.now() + WAIT_BEFORE_NEXT_TRY;
                self.events.release(receipt, due, true).await
            }
        };
        match settled {
            Ok(()) => {}
            // The lease ran out and somebody else has the event.
            Err(QueueError::Fenced) => debug!("event was settled by another attempt"),
            Err(error) => error!(%error, "event cannot be settled and will run again"),
        }
    }

    async fn invoke(&self, event: StoredEvent) -> Settlement {
        let function = event.function.clone();
        match self.router.invoke(event.into_invocation()).await {
            Ok(answer) => {
                debug!(%function, failed = answer.is_function_error, "event ran");
                Settlement::Done
            }
            Err(InvokeError::FunctionNotFound { .. }) => {
                warn!(%function, "event is dropped: its function is gone");
                Settlement::Done
            }
            Err(error) => {
                warn!(%function, %error, "event could not run and is tried again");
                Settlement::Again
            }
        }
    }
}
