//! The events that a schedule knows, in little memory: a dense table, and where in it each one is.

use std::collections::HashMap;
use std::time::Duration;

use domain::time::Moment;

use super::lane::LaneId;
use crate::{AtExpiry, EventId, NameHash};

/// What an event does at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Nothing happens to it until then.
    Delayed {
        until: Moment,
    },
    /// It can be handed out to be run, when its group allows.
    Due,
    /// It can be handed out so that its end is recorded, when its group allows.
    Expired,
    Leased(Held),
    /// The engine makes its end, or its return, durable.
    Settling(Held),
    /// The engine removes it, whoever has it.
    Removing(Option<Held>),
}

/// A lease while it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) until: Moment,
    pub(super) survives_restart: bool,
}

#[derive(Debug)]
pub(super) struct Entry {
    pub(super) lane: LaneId,
    pub(super) place: Place,
    pub(super) at_expiry: AtExpiry,
    /// The last receipt was not used yet.
    pub(super) is_receipt_good: bool,
    pub(super) attempts: u32,
    pub(super) leases: u32,
    pub(super) enqueued: Moment,
    pub(super) due: Moment,
    pub(super) expires: Moment,
    pub(super) first_claimed: Option<Moment>,
    pub(super) key: Option<NameHash>,
    pub(super) group: Option<NameHash>,
}

impl Entry {
    /// Where an event belongs that nobody has.
    pub(super) fn place_at(&self, now: Moment) -> Place {
        if self.expires <= now {
            Place::Expired
        } else if self.due <= now {
            Place::Due
        } else {
            let until = self.due.min(self.expires);
            Place::Delayed { until }
        }
    }

    /// When something happens to it unless somebody does something.
    pub(super) fn timer(&self) -> Option<Moment> {
        match self.place {
            Place::Delayed { until } => Some(until),
            Place::Due => Some(self.expires),
            Place::Leased(held) => Some(held.until),
            Place::Expired | Place::Settling(_) | Place::Removing(_) => None,
        }
    }

    /// Counts one more time of being handed out.
    pub(super) fn lease(&mut self, time: Duration, survives_restart: bool, now: Moment) -> Place {
        self.leases = self.leases.saturating_add(1);
        self.attempts = self.attempts.saturating_add(1);
        self.first_claimed.get_or_insert(now);
        self.is_receipt_good = true;
        Place::Leased(Held {
            until: now + time,
            survives_restart,
        })
    }
}

/// A table with an index.
#[derive(Debug, Default)]
pub(super) struct Entries {
    index: HashMap<EventId, u32>,
    rows: Vec<Option<Entry>>,
    free: Vec<u32>,
}

impl Entries {
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }

    pub(super) fn get(&self, event: EventId) -> Option<&Entry> {
        let row = self.row(event)?;
        self.rows.get(row)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, event: EventId) -> Option<&mut Entry> {
        let row = self.row(event)?;
        self.rows.get_mut(row)?.as_mut()
    }

    /// Adds an event that is not there.
    pub(super) fn insert(&mut self, event: EventId, entry: Entry) {
        let next = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
        let row = self.free.pop().unwrap_or(next);
        match self.rows.get_mut(row as usize) {
            Some(slot) => *slot = Some(entry),
            None => self.rows.push(Some(entry)),
        }
        self.index.insert(event, row);
    }

    pub(super) fn remove(&mut self, event: EventId) -> Option<Entry> {
        let row = self.index.remove(&event)?;
        let entry = self.rows.get_mut(row as usize)?.take();
        self.free.push(row);
        if self.index.is_empty() {
            // Gives back what a backlog has taken.
            *self = Self::default();
        }
        entry
    }

    fn row(&self, event: EventId) -> Option<usize> {
        self.index.get(&event).map(|row| *row as usize)
    }
}
