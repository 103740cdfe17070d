//! One queue within a schedule: which of its events can be handed out, and when something changes.

use std::collections::BTreeSet;

use domain::time::Moment;

use super::entries::{Entry, Place};
use crate::{Depth, EventId, QueueName};

/// The number of a lane, so that an event need not carry the name of its queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct LaneId(pub(super) u32);

#[derive(Debug)]
pub(super) struct Lane {
    pub(super) name: QueueName,
    /// Those that are not being removed.
    pub(super) all: BTreeSet<EventId>,
    /// How many are being removed.
    removing: usize,
    /// Those that can be handed out to be run, the one that has been due longest first.
    ready: BTreeSet<(Moment, EventId)>,
    /// Those that can be handed out so that their end is recorded.
    expired: BTreeSet<EventId>,
    /// When those come up that cannot be handed out now.
    wakes: BTreeSet<(Moment, EventId)>,
    /// When those expire that can.
    expiries: BTreeSet<(Moment, EventId)>,
    depth: Depth,
    /// When the lane's turn comes, while it has something to hand out.
    pub(super) turn: Option<u64>,
    /// Under which moment the schedule has this lane's first timer.
    pub(super) alarm: Option<Moment>,
}

impl Lane {
    pub(super) fn new(name: QueueName) -> Self {
        Self {
            name,
            all: BTreeSet::new(),
            removing: 0,
            ready: BTreeSet::new(),
            expired: BTreeSet::new(),
            wakes: BTreeSet::new(),
            expiries: BTreeSet::new(),
            depth: Depth::default(),
            turn: None,
            alarm: None,
        }
    }

    /// Takes note of where an event is from now on. `is_first`: its group lets it be handed out.
    pub(super) fn enter(&mut self, event: EventId, entry: &Entry, is_first: bool) {
        if let Some(moment) = entry.timer() {
            self.timers_of(entry.place).insert((moment, event));
        }
        *self.count_of(entry.place) += 1;
        if matches!(entry.place, Place::Removing(_)) {
            self.all.remove(&event);
        } else {
            self.all.insert(event);
        }
        if is_first {
            self.offer(event, entry);
        }
    }

    /// Forgets where an event is.
    pub(super) fn leave(&mut self, event: EventId, entry: &Entry) {
        if let Some(moment) = entry.timer() {
            self.timers_of(entry.place).remove(&(moment, event));
        }
        *self.count_of(entry.place) -= 1;
        self.ready.remove(&(entry.due, event));
        self.expired.remove(&event);
    }

    /// Lets an event be handed out, if that is what it waits for.
    pub(super) fn offer(&mut self, event: EventId, entry: &Entry) {
        match entry.place {
            Place::Due => _ = self.ready.insert((entry.due, event)),
            Place::Expired => _ = self.expired.insert(event),
            Place::Delayed { .. } | Place::Leased(_) | Place::Settling(_) | Place::Removing(_) => {}
        }
    }

    /// The event to hand out next. `may_run`: not only one that has expired.
    pub(super) fn next(&self, may_run: bool) -> Option<EventId> {
        let ready = self.ready.first().filter(|_| may_run);
        let expired = self.expired.first().copied();
        expired.or_else(|| ready.map(|(_, event)| *event))
    }

    pub(super) fn has_expired(&self) -> bool {
        !self.expired.is_empty()
    }

    pub(super) fn first_timer(&self) -> Option<(Moment, EventId)> {
        let (wake, expiry) = (self.wakes.first(), self.expiries.first());
        wake.into_iter().chain(expiry).min().copied()
    }

    /// When events come up that cannot be handed out now, the first of them first.
    pub(super) fn wakes(&self) -> impl Iterator<Item = &(Moment, EventId)> {
        self.wakes.iter()
    }

    /// The counts, without the moment of the oldest.
    pub(super) fn counts(&self) -> Depth {
        self.depth
    }

    fn timers_of(&mut self, place: Place) -> &mut BTreeSet<(Moment, EventId)> {
        match place {
            Place::Due | Place::Expired => &mut self.expiries,
            Place::Delayed { .. } | Place::Leased(_) | Place::Settling(_) | Place::Removing(_) => {
                &mut self.wakes
            }
        }
    }

    /// No event is left, not even one that is being removed.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty() && self.removing == 0
    }

    fn count_of(&mut self, place: Place) -> &mut usize {
        match place {
            Place::Delayed { .. } => &mut self.depth.delayed,
            Place::Due | Place::Expired => &mut self.depth.due,
            Place::Leased(_) | Place::Settling(_) => &mut self.depth.leased,
            Place::Removing(_) => &mut self.removing,
        }
    }
}
