//! Brings records and dead letters to their destinations, with patience.
//!
//! ```text
//! [outbox/FN] ─claim─▶ deliver ─▶ settled; a queue of ours gets its message in the same step
//!      ▲                  │
//!      ├── 1 s … 5 min ───┤ unreachable
//!      └── parked ────────┘ unreachable for a day: stays as undeliverable until it is redriven
//! ```

use std::sync::Arc;
use std::time::Duration;

use domain::destination::Delivery;
use domain::name::FunctionName;
use domain::retry::requeue_delay;
use domain::time::{Clock, Moment};
use serde::{Deserialize, Serialize};
use store::{AtExpiry, Claimed, EventQueue, NewEvent, QueueName, Release, Settlement};
use tokio::time::timeout;
use tracing::{debug, error, warn};
use uuid::Uuid;

use super::dispatcher::Work;
use super::ending::Endings;
use super::written::Written;
use super::{NEVER, OUTBOX, set_aside};
use crate::targets::{Delivered, Targets, Unreachable};

/// How long a destination that cannot be reached is tried.
const PATIENCE: Duration = Duration::from_hours(24);

/// How long one try may take.
const TRY_TIME_MAX: Duration = Duration::from_secs(30);

/// Something on its way to a destination, as it lies in the queue. The format is durable: members
/// may be added, never changed.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct StoredDelivery {
    /// The same in every try.
    pub(super) id: Uuid,
    /// Of the event that it tells of.
    pub(super) request_id: Uuid,
    /// The function that the event was for.
    pub(super) function: FunctionName,
    pub(super) delivery: Delivery,
}

impl StoredDelivery {
    /// The delivery as an event of the outbox, due at once.
    pub(super) fn into_new(self, now: Moment) -> Result<NewEvent, serde_json::Error> {
        Ok(NewEvent {
            queue: QueueName::new(OUTBOX, self.function.as_str()),
            key: Some(self.request_id.to_string()),
            body: serde_json::to_vec(&self)?.into(),
            due: now,
            expires: now + NEVER,
            at_expiry: AtExpiry::HandOver,
            group: None,
            dedup: None,
        })
    }
}

/// What has been tried. The form is durable: members may be added, never changed.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Noted {
    pub(super) tries: u32,
    first: Option<Moment>,
    pub(super) last: Option<Moment>,
    pub(super) error: Option<String>,
    /// Nobody tries any more: the delivery waits to be redriven.
    is_undeliverable: bool,
}

/// Delivers what is in the outbox.
#[derive(Debug)]
pub(crate) struct Deliveries {
    pub(crate) events: Arc<dyn EventQueue>,
    pub(crate) targets: Arc<dyn Targets>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) endings: Arc<Endings>,
}

impl Work for Deliveries {
    const FAMILY: &'static str = OUTBOX;

    async fn run(&self, claimed: &Claimed) {
        let stored = match serde_json::from_slice::<StoredDelivery>(&claimed.body) {
            Ok(stored) => stored,
            Err(error) => {
                error!(%error, queue = %claimed.queue, "delivery is unreadable and set aside");
                let aside = Written::Settled(set_aside(claimed, self.clock.now()));
                return aside.to(&*self.events, claimed).await;
            }
        };
        let written = match self.deliver(&stored).await {
            Ok(delivered) => {
                debug!(destination = %stored.delivery.destination, request_id = %stored.request_id, "delivered");
                let then = match delivered {
                    Delivered::Sent => Vec::new(),
                    Delivered::Moved(events) => events,
                };
                Written::Settled(Settlement {
                    then,
                    ..Settlement::default()
                })
            }
            Err(why) => Written::Released(self.after_failure(claimed, &stored, &why)),
        };
        written.to(&*self.events, claimed).await;
    }

    fn cap(&self, _: &QueueName) -> Option<usize> {
        None
    }

    fn has_caps(&self) -> bool {
        false
    }
}

impl Deliveries {
    async fn deliver(&self, stored: &StoredDelivery) -> Result<Delivered, Unreachable> {
        let Delivery {
            destination,
            content,
        } = &stored.delivery;
        let now = self.clock.now();
        if let Some(event) = self.endings.event_of_function(destination, content, now) {
            return Ok(Delivered::Moved(vec![event]));
        }
        if destination.function(&self.endings.home).is_some() {
            return Err(Unreachable {
                reason: "the function does not exist".to_owned(),
            });
        }
        let sending = self.targets.deliver(&stored.delivery, stored.id);
        timeout(TRY_TIME_MAX, sending).await.unwrap_or_else(|_| {
            Err(Unreachable {
                reason: format!("no answer within {} seconds", TRY_TIME_MAX.as_secs()),
            })
        })
    }

    /// When to try again: soon, later, or only when somebody says so.
    fn after_failure(
        &self,
        claimed: &Claimed,
        stored: &StoredDelivery,
        why: &Unreachable,
    ) -> Release {
        let now = self.clock.now();
        let mut noted: Noted = serde_json::from_slice(&claimed.progress).unwrap_or_default();
        noted.tries += 1;
        noted.last = Some(now);
        noted.error = Some(why.to_string());
        let first = *noted.first.get_or_insert(now);
        let next = now + requeue_delay(noted.tries);
        noted.is_undeliverable = next.since(first) >= PATIENCE;
        let (destination, tries) = (&stored.delivery.destination, noted.tries);
        let due = if noted.is_undeliverable {
            error!(%destination, request_id = %stored.request_id, tries, %why, "undeliverable: waits to be redriven");
            now + NEVER
        } else {
            warn!(%destination, request_id = %stored.request_id, tries, %why, "not delivered and tried again");
            next
        };
        Release {
            due,
            keep_attempt: false,
            // Numbers and text always serialize.
            progress: Some(serde_json::to_vec(&noted).unwrap_or_default().into()),
        }
    }
}
