//! Which event is due next, and who holds a lease: the part of a queue that lives in memory.
//!
//! One schedule serves every engine. It is rebuilt from the engine's rows at start, which ends all
//! leases; that is right, because the environments that worked under them died with the process.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use domain::time::Moment;

use crate::{Depth, EventId, QueueError, Receipt};

/// What an engine stores of an event beside its body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub queue: String,
    pub enqueued: Moment,
    pub due: Moment,
    pub expires: Moment,
    /// How often the event was handed out so far.
    pub attempts: u32,
}

/// What an engine stores when an event is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Released {
    pub due: Moment,
    pub attempts: u32,
}

#[derive(Debug, Default)]
pub struct Schedule {
    entries: HashMap<EventId, Entry>,
    /// Events without a lease, by when they are due.
    waiting: BTreeSet<(Moment, EventId)>,
    /// Events with a lease, by when it ends.
    leased: BTreeSet<(Moment, EventId)>,
    last_lease: u64,
}

#[derive(Debug)]
struct Entry {
    header: Header,
    lease: Option<Lease>,
}

#[derive(Debug, Clone, Copy)]
struct Lease {
    number: u64,
    until: Moment,
}

/// What a claim finds.
#[derive(Debug, Default)]
pub struct Found {
    /// The receipt and the header, which counts this attempt already.
    pub claimed: Vec<(Receipt, Header)>,
    /// Events that were never settled in time. They are out of the schedule; the engine removes
    /// their rows.
    pub expired: Vec<EventId>,
}

impl Schedule {
    pub fn insert(&mut self, event: EventId, header: Header) {
        self.waiting.insert((header.due, event));
        self.entries.insert(
            event,
            Entry {
                header,
                lease: None,
            },
        );
    }

    /// Leases up to `max` events that are due.
    pub fn claim(&mut self, max: usize, lease: Duration, now: Moment) -> Found {
        self.end_leases(now);
        let mut found = Found::default();
        while found.claimed.len() < max {
            let Some(&(due, event)) = self.waiting.first().filter(|(due, _)| *due <= now) else {
                break;
            };
            self.waiting.remove(&(due, event));
            let Some(entry) = self.entries.get_mut(&event) else {
                continue;
            };
            if entry.header.expires <= now {
                self.entries.remove(&event);
                found.expired.push(event);
                continue;
            }
            self.last_lease += 1;
            let lease = Lease {
                number: self.last_lease,
                until: now + lease,
            };
            entry.lease = Some(lease);
            entry.header.attempts += 1;
            self.leased.insert((lease.until, event));
            found.claimed.push((
                Receipt {
                    event,
                    lease: lease.number,
                },
                entry.header.clone(),
            ));
        }
        found
    }

    /// Takes an event out for good, or refuses a stale receipt.
    pub fn settle(&mut self, receipt: &Receipt, now: Moment) -> Result<Header, QueueError> {
        let lease = self.lease_of(receipt, now)?;
        self.leased.remove(&(lease.until, receipt.event));
        let entry = self
            .entries
            .remove(&receipt.event)
            .ok_or(QueueError::Fenced)?;
        Ok(entry.header)
    }

    /// Gives an event back, or refuses a stale receipt.
    pub fn release(
        &mut self,
        receipt: &Receipt,
        due: Moment,
        keep_attempt: bool,
        now: Moment,
    ) -> Result<Released, QueueError> {
        let lease = self.lease_of(receipt, now)?;
        self.leased.remove(&(lease.until, receipt.event));
        let entry = self
            .entries
            .get_mut(&receipt.event)
            .ok_or(QueueError::Fenced)?;
        entry.lease = None;
        entry.header.due = due;
        if keep_attempt {
            entry.header.attempts = entry.header.attempts.saturating_sub(1);
        }
        self.waiting.insert((due, receipt.event));
        Ok(Released {
            due,
            attempts: entry.header.attempts,
        })
    }

    /// When there may be something to claim: an event falls due, or a lease ends.
    pub fn next_change(&self) -> Option<Moment> {
        let due = self.waiting.first().map(|(due, _)| *due);
        let until = self.leased.first().map(|(until, _)| *until);
        due.into_iter().chain(until).min()
    }

    pub fn depth(&self, queue: &str, now: Moment) -> Depth {
        let mut depth = Depth::default();
        for entry in self
            .entries
            .values()
            .filter(|entry| entry.header.queue == queue)
        {
            match entry.lease {
                Some(lease) if lease.until > now => depth.leased += 1,
                _ if entry.header.due > now => depth.delayed += 1,
                _ => depth.due += 1,
            }
        }
        depth
    }

    fn lease_of(&mut self, receipt: &Receipt, now: Moment) -> Result<Lease, QueueError> {
        self.end_leases(now);
        self.entries
            .get(&receipt.event)
            .and_then(|entry| entry.lease)
            .filter(|lease| lease.number == receipt.lease)
            .ok_or(QueueError::Fenced)
    }

    fn end_leases(&mut self, now: Moment) {
        while let Some(&(until, event)) = self.leased.first().filter(|(until, _)| *until <= now) {
            self.leased.remove(&(until, event));
            if let Some(entry) = self.entries.get_mut(&event) {
                entry.lease = None;
                self.waiting.insert((entry.header.due, event));
            }
        }
    }
}
