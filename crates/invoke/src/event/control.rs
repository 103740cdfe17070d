//! Sight of events and power over them, beyond what AWS offers: list, show, cancel, redrive, purge,
//! the result by request id, and when something is due next.
//!
//! Everything is read from the queues and from the records of results; nothing is kept here.

use std::sync::Arc;
use std::time::Duration;

use domain::event_invoke::policy;
use domain::name::{FunctionName, Qualifier};
use domain::time::{Clock, Moment};
use store::{
    Claimed, EventQueue, EventState as Hold, Found, Lease, Listed, QueueError, QueueName, Release,
    Settlement,
};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::delivery::{Noted, StoredDelivery};
use super::ending::{Ended, Ending, Endings};
use super::progress::Progress;
use super::shown::{DeliveryShown, EventShown, EventState, EventSummary, FinishedEvent};
use super::{LAMBDA, NEVER, OUTBOX, StoredEvent, UNREADABLE};
use crate::invocation::Invocation;
use crate::router::new_trace;

/// For the moment that a change takes.
const LEASE: Lease = Lease::of_this_process(Duration::from_mins(1));

/// How often somebody who waits for a result looks, even if nothing was heard.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// How often somebody who waits for quiet looks again.
const QUIET_INTERVAL: Duration = Duration::from_millis(20);

/// The family of the queues that clients of SQS use.
const SQS: &str = "sqs";

/// Why an event cannot be shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum ControlError {
    #[error("no event has the request id")]
    NotFound,
    #[error("the event runs at this moment")]
    Running,
    #[error("the event has ended: {ending}")]
    Ended { ending: String },
    #[error("the event cannot be read")]
    Unreadable,
    #[error("the function `{function}` does not exist any more")]
    FunctionGone { function: FunctionName },
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// What is known of the end of an event.
#[derive(Debug)]
pub enum EventOutcome {
    Finished(Box<FinishedEvent>),
    /// It has not ended yet.
    Pending(EventState),
}

/// Shows events and changes what becomes of them. Cheap to clone.
#[derive(Debug, Clone)]
pub struct EventControl {
    pub(crate) events: Arc<dyn EventQueue>,
    pub(crate) endings: Arc<Endings>,
    pub(crate) clock: Arc<dyn Clock>,
}

impl EventControl {
    /// Everything that is known of an event.
    pub async fn show(&self, request_id: &str) -> Result<EventShown, ControlError> {
        let found = self.found(request_id).await?;
        let finished = self.finished(request_id).await?;
        let deliveries: Vec<DeliveryShown> = found
            .iter()
            .filter(|found| found.listed.queue.family() == OUTBOX)
            .filter_map(|found| self.delivery(found))
            .collect();
        let pending = found
            .iter()
            .find(|found| found.listed.queue.family() != OUTBOX);
        let mut shown = match (pending, finished) {
            (Some(found), _) => EventShown::of_pending(self.summary(&found.listed), found),
            (None, Some(finished)) => EventShown::of_finished(finished),
            (None, None) => {
                let first = found.first().ok_or(ControlError::NotFound)?;
                EventShown::of_summary(self.summary(&first.listed))
            }
        };
        shown.deliveries = deliveries;
        Ok(shown)
    }

    /// The result of an event. Waits for it at most this long.
    pub async fn result(
        &self,
        request_id: &str,
        patience: Duration,
    ) -> Result<EventOutcome, ControlError> {
        let deadline = Instant::now() + patience;
        let mut ended = None;
        loop {
            // The queue first: an event leaves it in the very step that keeps its result.
            let found = self.found(request_id).await?;
            let pending = found
                .iter()
                .find(|found| found.listed.queue.family() == LAMBDA);
            let Some(pending) = pending else {
                let finished = self.finished(request_id).await?;
                let finished = finished.ok_or(ControlError::NotFound)?;
                return Ok(EventOutcome::Finished(Box::new(finished)));
            };
            if Instant::now() >= deadline {
                return Ok(EventOutcome::Pending(self.summary(&pending.listed).state));
            }
            // Who has begun to listen looks once more before waiting.
            match &mut ended {
                None => ended = Some(self.endings.listen(request_id).await),
                Some(ended) => {
                    let look = deadline.min(Instant::now() + LOOK_INTERVAL);
                    _ = timeout_at(look, ended.next()).await;
                }
            }
        }
    }

    /// Ends an event that waits, and deliveries that wait: nothing of it runs or goes anywhere any
    /// more. Says how many entries of queues that were.
    pub async fn cancel(&self, request_id: &str) -> Result<usize, ControlError> {
        let found = self.found_pending(request_id).await?;
        for found in &found {
            let claimed = self.claim(found).await?;
            let settlement = self.cancelled(&claimed);
            self.events.settle(&claimed.receipt, settlement).await?;
        }
        self.endings.tell(request_id).await;
        Ok(found.len())
    }

    /// Has an event that waits run now, a delivery that waits tried now, and an event that has
    /// ended without success begin anew. Says how many entries of queues that were.
    pub async fn redrive(&self, request_id: &str) -> Result<usize, ControlError> {
        let found = match self.found_pending(request_id).await {
            Ok(found) => found,
            Err(ControlError::Ended { .. }) => return self.begin_anew(request_id).await,
            Err(error) => return Err(error),
        };
        for found in &found {
            if found.listed.queue.family() == UNREADABLE {
                return Err(ControlError::Unreadable);
            }
            let claimed = self.claim(found).await?;
            let release = Release {
                due: self.clock.now(),
                keep_attempt: true,
                // A delivery gets all of its time again.
                progress: (claimed.queue.family() == OUTBOX).then(Default::default),
            };
            self.events.release(&claimed.receipt, release).await?;
        }
        Ok(found.len())
    }

    /// Removes every event of a function that has not ended, and says how many. What runs at this
    /// moment runs to its end, but nothing follows from that.
    pub async fn purge(&self, function: &FunctionName) -> Result<usize, ControlError> {
        Ok(self.events.purge(&super::queue_of(function)).await?)
    }

    /// The next moment, after now, at which something is due in any queue.
    pub async fn next_due(&self) -> Result<Option<Moment>, ControlError> {
        let now = self.clock.now();
        let mut next = None;
        for family in [LAMBDA, OUTBOX, SQS] {
            let due = self.events.next_due(family).await?;
            let due = due.filter(|due| !is_parked(*due, now));
            next = next.into_iter().chain(due).min();
        }
        Ok(next)
    }

    /// Waits until no event and no delivery is due or under way. `false` if that took too long.
    pub async fn quiet(&self, patience: Duration) -> Result<bool, ControlError> {
        let deadline = Instant::now() + patience;
        while self.is_busy().await? {
            if Instant::now() >= deadline {
                return Ok(false);
            }
            sleep_until(Instant::now() + QUIET_INTERVAL).await;
        }
        Ok(true)
    }

    /// Says that the clock was advanced.
    pub fn clock_advanced(&self) {
        self.events.look_again();
    }

    async fn is_busy(&self) -> Result<bool, ControlError> {
        // Events go from one family to the other, so the first is looked at twice.
        for family in [LAMBDA, OUTBOX, LAMBDA] {
            let queues = self.events.queues(family).await?;
            if queues.iter().any(|(_, depth)| depth.due + depth.leased > 0) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What the queues have of an event.
    async fn found(&self, request_id: &str) -> Result<Vec<Found>, ControlError> {
        let mut found = self.events.find(request_id).await?;
        found.retain(|found| [LAMBDA, OUTBOX, UNREADABLE].contains(&found.listed.queue.family()));
        Ok(found)
    }

    /// The same, and why there is nothing if there is nothing.
    async fn found_pending(&self, request_id: &str) -> Result<Vec<Found>, ControlError> {
        let found = self.found(request_id).await?;
        if !found.is_empty() {
            return Ok(found);
        }
        match self.finished(request_id).await? {
            Some(finished) => Err(ControlError::Ended {
                ending: finished.ending,
            }),
            None => Err(ControlError::NotFound),
        }
    }

    async fn finished(&self, request_id: &str) -> Result<Option<FinishedEvent>, ControlError> {
        let kept = self.events.kept(request_id).await?;
        let Some(kept) = kept.into_iter().find(|kept| kept.key == request_id) else {
            return Ok(None);
        };
        let finished = serde_json::from_slice(&kept.value);
        finished.map(Some).map_err(|_| ControlError::Unreadable)
    }

    async fn claim(&self, found: &Found) -> Result<Claimed, ControlError> {
        let claimed = self.events.claim_one(found.listed.id, LEASE).await?;
        claimed.ok_or(ControlError::Running)
    }

    /// Of an event that was cancelled a result is kept; a delivery just ends.
    fn cancelled(&self, claimed: &Claimed) -> Settlement {
        let read = (claimed.queue.family() == LAMBDA)
            .then(|| serde_json::from_slice::<StoredEvent>(&claimed.body).ok())
            .flatten()
            .zip(Progress::of(claimed).ok());
        let Some((event, progress)) = read else {
            return Settlement::default();
        };
        self.endings.settlement(&Ended {
            claimed,
            event: &event,
            progress: &progress,
            ending: Ending::Cancelled,
            at: self.clock.now(),
            response: None,
        })
    }

    /// Puts an event that has ended into its queue again, under the same request id.
    async fn begin_anew(&self, request_id: &str) -> Result<usize, ControlError> {
        let finished = self.finished(request_id).await?;
        let finished = finished.ok_or(ControlError::NotFound)?;
        if !finished.state().is_failure() {
            return Err(ControlError::Ended {
                ending: finished.ending,
            });
        }
        let function = self.endings.functions.get(finished.function.as_str());
        let function = function.ok_or_else(|| ControlError::FunctionGone {
            function: finished.function.clone(),
        })?;
        let qualifier = finished.qualifier();
        let parsed = qualifier.as_deref().map(Qualifier::parse);
        let config = function.event_invoke.get(parsed.as_ref());
        let age_max = policy(config, self.endings.retry_delays).event_age_max;
        let now = self.clock.now();
        let mut event = StoredEvent {
            request_id: finished.request_id,
            function: finished.function,
            qualifier,
            trace: String::new(),
            caller: finished.caller,
            payload: finished.request_payload,
        };
        event.trace = new_trace(
            &Invocation {
                trace: None,
                ..event.invocation()
            },
            now,
        );
        let event = event
            .into_new(now, age_max)
            .map_err(|_| ControlError::Unreadable)?;
        self.events.enqueue(vec![event]).await?;
        // Asked for again, the result is that of the new run.
        self.events.forget(request_id).await?;
        Ok(1)
    }

    pub(super) fn summary(&self, listed: &Listed) -> EventSummary {
        let state = match (listed.queue.family(), listed.state) {
            (LAMBDA, Hold::Leased { .. }) => EventState::Running,
            (LAMBDA, Hold::Waiting) if listed.attempts == 0 && listed.due == listed.enqueued => {
                EventState::Queued
            }
            (LAMBDA, Hold::Waiting) => EventState::Retrying,
            (OUTBOX, _) if is_parked(listed.due, self.clock.now()) => EventState::Undeliverable,
            (OUTBOX, _) => EventState::Delivering,
            _ => EventState::Unreadable,
        };
        EventSummary {
            request_id: listed.key.clone().unwrap_or_default(),
            function: function_of(&listed.queue).to_owned(),
            state,
            accepted: listed.enqueued,
            due: state.has_due().then_some(listed.due),
            expires: (listed.queue.family() == LAMBDA).then_some(listed.expires),
            ended: None,
            ending: None,
            attempts: listed.attempts,
        }
    }

    fn delivery(&self, found: &Found) -> Option<DeliveryShown> {
        let stored: StoredDelivery = serde_json::from_slice(&found.body).ok()?;
        let noted: Noted = serde_json::from_slice(&found.progress).unwrap_or_default();
        let summary = self.summary(&found.listed);
        Some(DeliveryShown {
            destination: stored.delivery.destination.to_string(),
            state: summary.state,
            due: summary.due,
            tries: noted.tries,
            last: noted.last,
            error: noted.error,
        })
    }
}

/// The function in the name of a queue; a queue of what is unreadable is named after another one.
pub(super) fn function_of(queue: &QueueName) -> &str {
    queue.name().rsplit('/').next().unwrap_or_default()
}

/// Whether something waits for people and not for a time.
fn is_parked(due: Moment, now: Moment) -> bool {
    due.since(now) > NEVER / 2
}
