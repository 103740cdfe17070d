//! How many invocations may run at once: of the account, and of each function that has reserved
//! a part of it.
//!
//! A reservation guarantees and caps: its function runs within it and nobody else does. All other
//! functions share what nobody has reserved.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::name::FunctionName;

use crate::invocation::ConcurrencyLimit;

/// The account's concurrent executions, counted.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    counts: Arc<Mutex<Counts>>,
    limit: u32,
}

#[derive(Debug, Default)]
struct Counts {
    /// Functions of which something runs.
    running: HashMap<FunctionName, u32>,
    reserved: HashMap<FunctionName, u32>,
    reserved_sum: u64,
    /// Invocations of functions without a reservation.
    sharing: u32,
}

/// The right to run one invocation; given back when dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    counts: Arc<Mutex<Counts>>,
    function: FunctionName,
}

impl Admission {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            counts: Arc::default(),
            limit,
        }
    }

    pub(crate) fn limit(&self) -> u32 {
        self.limit
    }

    /// Follows a function's document: what it has reserved from now on. What runs goes on.
    ///
    /// `reserved` reads the document, one caller at a time, so that the last one has the last word.
    pub(crate) fn follow(&self, function: &FunctionName, reserved: impl FnOnce() -> Option<u32>) {
        let mut counts = lock(&self.counts);
        let reserved = reserved();
        let running = counts.running.get(function).copied().unwrap_or_default();
        let before = match reserved {
            Some(reserved) => counts.reserved.insert(function.clone(), reserved),
            None => counts.reserved.remove(function),
        };
        match (before, reserved) {
            (None, Some(_)) => counts.sharing -= running,
            (Some(_), None) => counts.sharing += running,
            (None, None) | (Some(_), Some(_)) => {}
        }
        counts.reserved_sum += u64::from(reserved.unwrap_or_default());
        counts.reserved_sum -= u64::from(before.unwrap_or_default());
    }

    /// What a function has reserved.
    pub(crate) fn reserved(&self, function: &FunctionName) -> Option<u32> {
        lock(&self.counts).reserved.get(function).copied()
    }

    pub(crate) fn has_reservations(&self) -> bool {
        !lock(&self.counts).reserved.is_empty()
    }

    /// A slot, or the limit that leaves none.
    pub(crate) fn admit(&self, function: &FunctionName) -> Result<Slot, ConcurrencyLimit> {
        let mut counts = lock(&self.counts);
        let running = counts.running.get(function).copied().unwrap_or_default();
        match counts.reserved.get(function) {
            Some(0) => return Err(ConcurrencyLimit::ReservedZero),
            Some(reserved) if running >= *reserved => return Err(ConcurrencyLimit::Reserved),
            Some(_) => {}
            None if u64::from(counts.sharing) + counts.reserved_sum >= u64::from(self.limit) => {
                return Err(ConcurrencyLimit::Account);
            }
            None => counts.sharing += 1,
        }
        match counts.running.get_mut(function) {
            Some(running) => *running += 1,
            None => {
                counts.running.insert(function.clone(), 1);
            }
        }
        Ok(Slot {
            counts: Arc::clone(&self.counts),
            function: function.clone(),
        })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut counts = lock(&self.counts);
        if !counts.reserved.contains_key(&self.function) {
            counts.sharing -= 1;
        }
        if let Some(running) = counts.running.get_mut(&self.function) {
            *running -= 1;
            if *running == 0 {
                counts.running.remove(&self.function);
            }
        }
    }
}

fn lock(counts: &Mutex<Counts>) -> MutexGuard<'_, Counts> {
    // Every change under the lock is complete before anything could panic.
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> FunctionName {
        FunctionName::parse(text).unwrap()
    }

    /// Takes slots until there are no more, and says how many there were and why not more.
    fn fill(admission: &Admission, function: &str) -> (Vec<Slot>, ConcurrencyLimit) {
        let mut slots = Vec::new();
        loop {
            match admission.admit(&name(function)) {
                Ok(slot) => slots.push(slot),
                Err(limit) => return (slots, limit),
            }
        }
    }

    #[test]
    fn a_slot_is_given_back_when_it_is_dropped() {
        let admission = Admission::new(2);
        let first = admission.admit(&name("a")).unwrap();
        let _second = admission.admit(&name("b")).unwrap();
        let refused = admission.admit(&name("a")).unwrap_err();
        assert_eq!(refused, ConcurrencyLimit::Account);

        drop(first);

        assert!(admission.admit(&name("b")).is_ok());
    }

    #[test]
    fn a_reservation_guarantees_and_caps() {
        let admission = Admission::new(10);
        admission.follow(&name("reserved"), || Some(3));

        let (others, limit) = fill(&admission, "other");
        assert_eq!((others.len(), limit), (7, ConcurrencyLimit::Account));
        let (own, limit) = fill(&admission, "reserved");

        assert_eq!((own.len(), limit), (3, ConcurrencyLimit::Reserved));
    }

    #[test]
    fn a_reservation_of_nothing_stops_the_function() {
        let admission = Admission::new(10);
        admission.follow(&name("stopped"), || Some(0));

        let (slots, limit) = fill(&admission, "stopped");

        assert_eq!((slots.len(), limit), (0, ConcurrencyLimit::ReservedZero));
        assert_eq!(fill(&admission, "other").0.len(), 10);
    }

    #[test]
    fn what_runs_is_counted_on_the_right_side_when_a_reservation_comes_and_goes() {
        let admission = Admission::new(10);
        let (mut slots, _) = fill(&admission, "a");

        admission.follow(&name("a"), || Some(4));
        assert_eq!(fill(&admission, "b").0.len(), 6);
        assert_eq!(fill(&admission, "a").1, ConcurrencyLimit::Reserved);
        slots.truncate(3);
        assert_eq!(fill(&admission, "a").0.len(), 1);
        admission.follow(&name("a"), || None);

        assert_eq!(fill(&admission, "b").0.len(), 7);
        drop(slots);
        assert_eq!(fill(&admission, "b").0.len(), 10);
        assert!(lock(&admission.counts).running.is_empty());
    }
}
