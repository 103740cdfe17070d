//! Wakes those who wait for something to claim, and nobody else.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::{QueueName, Selector};

/// Who waits for which queue, or for which family.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    /// Under the name of a queue, which has a slash, or of a family, which has none.
    bells: Mutex<HashMap<Box<str>, Arc<Notify>>>,
}

/// A place among those who wait. The bell is taken down with the last of them.
#[derive(Debug)]
pub(crate) struct Waiter<'a> {
    waiters: &'a Waiters,
    name: &'a str,
    bell: Arc<Notify>,
}

impl Waiters {
    pub(crate) fn join<'a>(&'a self, selector: &'a Selector) -> Waiter<'a> {
        let name = match selector {
            Selector::Queue(queue) => queue.as_str(),
            Selector::Family { family, .. } => family,
        };
        let bell = Arc::clone(self.bells().entry(name.into()).or_default());
        Waiter {
            waiters: self,
            name,
            bell,
        }
    }

    /// Wakes everybody who waits for this queue or its family.
    pub(crate) fn ring(&self, queue: &QueueName) {
        let bells = self.bells();
        for name in [queue.as_str(), queue.family()] {
            if let Some(bell) = bells.get(name) {
                bell.notify_waiters();
            }
        }
    }

    pub(crate) fn ring_all(&self) {
        self.bells().values().for_each(|bell| bell.notify_waiters());
    }

    fn bells(&self) -> MutexGuard<'_, HashMap<Box<str>, Arc<Notify>>> {
        // Every change under the lock is complete before anything could panic.
        self.bells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiter<'_> {
    /// Hears every ring from the call of this function on, also before it is first awaited.
    pub(crate) fn rung(&self) -> tokio::sync::futures::Notified<'_> {
        self.bell.notified()
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let mut bells = self.waiters.bells();
        // The map's and this one.
        if Arc::strong_count(&self.bell) == 2 {
            bells.remove(self.name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_bell_is_there_for_as_long_as_somebody_waits() {
        let waiters = Waiters::default();
        let queue = QueueName::new("family", "a");
        let selector = Selector::Queue(queue.clone());
        let first = waiters.join(&selector);
        let second = waiters.join(&selector);
        let rung = [first.rung(), second.rung()];

        waiters.ring(&queue);

        for rung in rung {
            rung.await;
        }
        drop(first);
        assert_eq!(waiters.bells().len(), 1);
        drop(second);
        assert!(waiters.bells().is_empty());
    }
}
