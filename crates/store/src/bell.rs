//! Wakes whoever waits for something to claim.

use std::sync::Arc;
use std::time::Duration;

use domain::time::{Clock, Moment};
use tokio::sync::Notify;

/// A clock under control may jump, so a wait for a moment looks at it at least this often.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct Bell {
    rung: Notify,
    clock: Arc<dyn Clock>,
}

impl Bell {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            rung: Notify::new(),
            clock,
        }
    }

    /// Wakes one that waits, or the next one that will.
    pub fn ring(&self) {
        self.rung.notify_one();
    }

    /// Returns when the bell rings, or about when `moment` comes.
    pub async fn wait_until(&self, moment: Option<Moment>) {
        let rung = self.rung.notified();
        match moment {
            None => rung.await,
            Some(moment) => {
                let wait = moment.since(self.clock.now()).min(LOOK_INTERVAL);
                // Either is a reason to look again.
                let _elapsed = tokio::time::timeout(wait, rung).await;
            }
        }
    }
}
