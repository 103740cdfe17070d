//! Destinations that keep what they get, and can be out of reach.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use domain::destination::{Delivery, Destination};
use domain::time::Moment;
use invoke::{Delivered, Targets, Unreachable};
use store::{AtExpiry, NewEvent, QueueName};
use uuid::Uuid;

#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    got: Mutex<Vec<(Uuid, Delivery)>>,
    is_down: AtomicBool,
}

impl Mailbox {
    /// What has arrived so far.
    pub(crate) fn got(&self) -> Vec<Delivery> {
        let got = self.got.lock().unwrap();
        got.iter().map(|(_, delivery)| delivery.clone()).collect()
    }

    /// The names of the tries that arrived.
    pub(crate) fn ids(&self) -> Vec<Uuid> {
        self.got.lock().unwrap().iter().map(|(id, _)| *id).collect()
    }

    pub(crate) fn set_down(&self, is_down: bool) {
        self.is_down.store(is_down, Ordering::SeqCst);
    }
}

#[async_trait]
impl Targets for Mailbox {
    async fn check(&self, _: &Destination) -> Result<(), Unreachable> {
        Ok(())
    }

    /// A queue with the name `ours` is one of the same engine.
    async fn deliver(&self, delivery: &Delivery, id: Uuid) -> Result<Delivered, Unreachable> {
        if self.is_down.load(Ordering::SeqCst) {
            return Err(Unreachable {
                reason: "it is down".to_owned(),
            });
        }
        self.got.lock().unwrap().push((id, delivery.clone()));
        if !delivery.destination.arn().ends_with(":ours") {
            return Ok(Delivered::Sent);
        }
        let far = Moment::from_millis(4_000_000_000_000);
        Ok(Delivered::Moved(vec![NewEvent {
            queue: QueueName::new("sqs", "ours"),
            key: Some(id.to_string()),
            body: "message".into(),
            due: Moment::from_millis(0),
            expires: far,
            at_expiry: AtExpiry::Remove,
            group: None,
            dedup: None,
        }]))
    }
}
