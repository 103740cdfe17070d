//! How many invocations may run at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::invocation::ConcurrencyLimit;

/// The account's concurrent executions, counted.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    running: Arc<AtomicU32>,
    limit: u32,
}

/// The right to run one invocation; given back when dropped.
#[derive(Debug)]
pub(crate) struct Slot(Arc<AtomicU32>);

impl Admission {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            running: Arc::default(),
            limit,
        }
    }

    pub(crate) fn limit(&self) -> u32 {
        self.limit
    }

    /// A slot, or the limit that leaves none.
    pub(crate) fn admit(&self) -> Result<Slot, ConcurrencyLimit> {
        let more = |running: u32| (running < self.limit).then_some(running + 1);
        match self
            .running
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, more)
        {
            Ok(_) => Ok(Slot(Arc::clone(&self.running))),
            Err(_) => Err(ConcurrencyLimit::Account),
        }
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_given_back_when_it_is_dropped() {
        let admission = Admission::new(2);
        let first = admission.admit().unwrap();
        let _second = admission.admit().unwrap();
        assert_eq!(admission.admit().unwrap_err(), ConcurrencyLimit::Account);

        drop(first);

        assert!(admission.admit().is_ok());
    }
}
