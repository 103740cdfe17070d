//! Which event is due next, whose turn it is, and who has it: the part of a queue that lives in
//! memory, once for all engines. It knows no bodies and no disk, and is given the time.
//!
//! ```text
//!                  ┌──────────────── release, not settled ◀───────────────┐
//!                  ▼                                                      │
//! insert ──▶ delayed ──▶ due ──────────── claim ──▶ leased ──────▶ settling ──▶ gone
//!                  │      │  ▲                        │               ▲
//!                  ▼      ▼  └───── lease ends ───────┤               │
//!               expired ─────────── claim ────────────┘      removing ┘
//!                  └── AtExpiry::Remove ─────────────────────────▲
//! ```
//!
//! An event is settling while the engine makes its end durable. It cannot be claimed meanwhile, and
//! if the disk refuses it is leased as before, so it is neither lost nor handed out twice.
//!
//! Each queue is a lane with sets of its own, so every step costs the logarithm of its length. A
//! family's lanes that have something to hand out stand in a ring and take turns.

mod entries;
mod lane;
mod lanes;
mod view;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::time::Duration;

use domain::time::Moment;

use crate::{
    AtExpiry, EventId, Header, Lease, LeaseRecord, NameHash, QueueError, QueueName, Receipt,
    Release, ReleaseRecord, Selector,
};
use entries::{Entries, Entry, Held, Place};
use lane::{Lane, LaneId};

/// Timers that one look at the clock goes through, so that it takes a bounded time.
const TIMERS_MAX: usize = 10_000;

#[derive(Debug, Default)]
pub(crate) struct Schedule {
    entries: Entries,
    lanes: Vec<Option<Lane>>,
    free_lanes: Vec<LaneId>,
    names: BTreeMap<QueueName, LaneId>,
    /// Of each family, the lanes that have something to hand out, in the order of their turns.
    rings: HashMap<Box<str>, BTreeMap<u64, LaneId>>,
    last_turn: u64,
    /// The first timer of each lane that has one.
    alarms: BTreeSet<(Moment, LaneId)>,
    /// The events of each group, the first of which can be handed out.
    groups: HashMap<(LaneId, NameHash), BTreeSet<EventId>>,
    /// The events of each key.
    keys: BTreeSet<(NameHash, EventId)>,
    /// Events that are being accepted.
    arriving: usize,
    /// While older events are still being read from the disk: those of groups that came since. They
    /// must not overtake the older ones of their group.
    late: Option<Vec<(EventId, Header)>>,
    /// Events that nobody is asked about when they expire. The engine takes and removes them.
    overdue: Vec<EventId>,
    /// Queues whose waiters have to look again.
    stirred: BTreeSet<QueueName>,
}

/// An event that was handed out, as far as the schedule knows it.
#[derive(Debug, Clone)]
pub(crate) struct Handed {
    pub(crate) receipt: Receipt,
    pub(crate) queue: QueueName,
    pub(crate) attempt: u32,
    pub(crate) enqueued: Moment,
    pub(crate) first_claimed: Moment,
    pub(crate) is_expired: bool,
    pub(crate) due: Moment,
    pub(crate) until: Option<Moment>,
}

impl Handed {
    pub(crate) fn record(&self) -> LeaseRecord {
        LeaseRecord {
            event: self.receipt.event,
            number: self.receipt.lease,
            attempts: self.attempt,
            first_claimed: self.first_claimed,
            until: self.until,
        }
    }
}

/// Coming and going.
impl Schedule {
    /// Sets room aside for events that are about to be accepted, if there are not more than `max`
    /// then.
    pub(crate) fn reserve(&mut self, events: usize, max: usize) -> Result<(), QueueError> {
        if self.entries.len() + self.arriving + events > max {
            return Err(QueueError::Full { max });
        }
        self.arriving += events;
        Ok(())
    }

    /// Gives back room that was set aside.
    pub(crate) fn unreserve(&mut self, events: usize) {
        self.arriving = self.arriving.saturating_sub(events);
    }

    /// From now on, and until [`Schedule::end_loading`], older events may come after younger ones.
    pub(crate) fn begin_loading(&mut self) {
        self.late = Some(Vec::new());
    }

    pub(crate) fn end_loading(&mut self, now: Moment) {
        for (event, header) in self.late.take().unwrap_or_default() {
            self.insert(event, &header, now);
        }
    }

    /// Adds an event that was just accepted.
    pub(crate) fn accept(&mut self, event: EventId, header: Header, now: Moment) {
        match &mut self.late {
            Some(late) if header.group.is_some() => late.push((event, header)),
            Some(_) | None => self.insert(event, &header, now),
        }
    }

    /// Adds an event that is on disk. A lease that survives restarts is in force again.
    pub(crate) fn insert(&mut self, event: EventId, header: &Header, now: Moment) {
        let lane = self.lane_of(&header.queue);
        let mut entry = Entry {
            lane,
            place: Place::Due,
            at_expiry: header.at_expiry,
            is_receipt_good: header.lease_until.is_some(),
            attempts: header.attempts,
            leases: header.leases,
            enqueued: header.enqueued,
            due: header.due,
            expires: header.expires,
            first_claimed: header.first_claimed,
            key: header.key,
            group: header.group,
        };
        let lease = header.lease_until.filter(|until| *until > now);
        entry.place = match lease {
            None => entry.place_at(now),
            Some(until) => Place::Leased(Held {
                until,
                survives_restart: true,
            }),
        };
        self.lane_mut(lane).map(|lane| lane.all.insert(event));
        if let Some(key) = entry.key {
            self.keys.insert((key, event));
        }
        let place = entry.place;
        self.entries.insert(event, entry);
        self.join_group(event);
        self.wait_at(event, place);
    }

    /// The event is gone from the disk.
    pub(crate) fn remove(&mut self, event: EventId) {
        self.depart(event);
        self.leave_group(event);
        let Some(entry) = self.entries.remove(event) else {
            return;
        };
        if let Some(key) = entry.key {
            self.keys.remove(&(key, event));
        }
        let Some(lane) = self.lane_mut(entry.lane) else {
            return;
        };
        lane.all.remove(&event);
        self.note_changes(entry.lane);
    }

    /// Goes through timers that have come, and returns whether these were all.
    pub(crate) fn look(&mut self, now: Moment) -> bool {
        for _ in 0..TIMERS_MAX {
            let first = self.alarms.first().filter(|(moment, _)| *moment <= now);
            let Some(&(_, lane)) = first else {
                return true;
            };
            let timer = self.lane_mut(lane).and_then(|lane| lane.first_timer());
            let Some((_, event)) = timer else {
                return true;
            };
            self.depart(event);
            self.let_wait(event, now);
        }
        false
    }

    /// Events that have expired without anybody being asked. They come back with [`Schedule::rest`]
    /// if they cannot be removed.
    pub(crate) fn take_overdue(&mut self) -> Vec<EventId> {
        std::mem::take(&mut self.overdue)
    }

    /// Queues in which something changed that somebody may wait for.
    pub(crate) fn take_stirred(&mut self) -> BTreeSet<QueueName> {
        std::mem::take(&mut self.stirred)
    }

    /// An event that could not be removed is left alone until then.
    pub(crate) fn rest(&mut self, event: EventId, until: Moment) {
        let place = self.entries.get(event).map(|entry| entry.place);
        let Some(Place::Removing(held)) = place else {
            return;
        };
        let held = held.filter(|held| held.until > until);
        self.join_group(event);
        self.move_to(event, held.map_or(Place::Delayed { until }, Place::Leased));
    }
}

/// Handing out.
impl Schedule {
    /// Leases up to `max` events. The queues of a family take turns.
    pub(crate) fn claim(
        &mut self,
        selector: &Selector,
        max: usize,
        lease: Lease,
        now: Moment,
    ) -> Vec<Handed> {
        let mut handed = Vec::new();
        let mut behind = Bound::Unbounded;
        while handed.len() < max {
            let next = match selector {
                Selector::Queue(queue) => self.next_of_queue(queue),
                Selector::Family { family, except } => {
                    let next = self.next_of_family(family, except, behind);
                    next.map(|(turn, event)| {
                        behind = Bound::Excluded(turn);
                        event
                    })
                }
            };
            let Some(event) = next else {
                break;
            };
            handed.extend(self.hand_out(event, lease, now));
        }
        handed
    }

    /// Leases this event unless somebody has it.
    pub(crate) fn claim_one(
        &mut self,
        event: EventId,
        lease: Lease,
        now: Moment,
    ) -> Option<Handed> {
        match self.entries.get(event)?.place {
            Place::Delayed { .. } | Place::Due | Place::Expired => self.hand_out(event, lease, now),
            Place::Leased(_) | Place::Settling(_) | Place::Removing(_) => None,
        }
    }

    /// Whether a claim would find something.
    pub(crate) fn has(&self, selector: &Selector) -> bool {
        match selector {
            Selector::Queue(queue) => self.next_of_queue(queue).is_some(),
            Selector::Family { family, except } => self
                .next_of_family(family, except, Bound::Unbounded)
                .is_some(),
        }
    }

    /// When a claim may find something that it does not find now.
    pub(crate) fn next_change(&self, selector: &Selector) -> Option<Moment> {
        match selector {
            Selector::Queue(queue) => {
                let lane = self.lane(*self.names.get(queue)?)?;
                lane.first_timer().map(|(moment, _)| moment)
            }
            Selector::Family { .. } => self.alarms.first().map(|(moment, _)| *moment),
        }
    }

    fn next_of_queue(&self, queue: &QueueName) -> Option<EventId> {
        self.lane(*self.names.get(queue)?)?.next(true)
    }

    fn next_of_family(
        &self,
        family: &str,
        except: &BTreeSet<QueueName>,
        behind: Bound<u64>,
    ) -> Option<(u64, EventId)> {
        let mut turns = self.rings.get(family)?.range((behind, Bound::Unbounded));
        turns.find_map(|(turn, lane)| {
            let lane = self.lane(*lane)?;
            let event = lane.next(!except.contains(&lane.name))?;
            Some((*turn, event))
        })
    }

    fn hand_out(&mut self, event: EventId, lease: Lease, now: Moment) -> Option<Handed> {
        self.depart(event);
        let entry = self.entries.get_mut(event)?;
        if entry.expires <= now && entry.at_expiry == AtExpiry::Remove {
            // Its timer has come and nobody has looked yet.
            self.let_wait(event, now);
            return None;
        }
        let place = entry.lease(lease.time, lease.survives_restart, now);
        let receipt = Receipt {
            event,
            lease: entry.leases,
        };
        let (attempt, enqueued, due) = (entry.attempts, entry.enqueued, entry.due);
        let (first_claimed, expires) = (entry.first_claimed.unwrap_or(now), entry.expires);
        let lane = entry.lane;
        self.arrive(event, place);
        self.end_turn(lane);
        Some(Handed {
            receipt,
            queue: self.lane(lane)?.name.clone(),
            attempt,
            enqueued,
            first_claimed,
            is_expired: expires <= now,
            due,
            until: lease.survives_restart.then(|| now + lease.time),
        })
    }
}

/// Settling.
impl Schedule {
    /// Refuses a receipt that was used or is not the last, or sets the event aside until the
    /// engine says how it went.
    pub(crate) fn begin_settling(
        &mut self,
        receipt: &Receipt,
        now: Moment,
    ) -> Result<(), QueueError> {
        let entry = self.entries.get(receipt.event).ok_or(QueueError::Fenced)?;
        if !entry.is_receipt_good || entry.leases != receipt.lease {
            return Err(QueueError::Fenced);
        }
        let held = match entry.place {
            Place::Leased(held) => held,
            // The lease has ended and nobody else got the event.
            Place::Delayed { .. } | Place::Due | Place::Expired => Held {
                until: now,
                survives_restart: false,
            },
            Place::Settling(_) | Place::Removing(_) => return Err(QueueError::Fenced),
        };
        self.move_to(receipt.event, Place::Settling(held));
        Ok(())
    }

    /// The end of the event could not be written: it is leased as before.
    pub(crate) fn not_settled(&mut self, event: EventId, now: Moment) {
        let place = self.entries.get(event).map(|entry| entry.place);
        match place {
            Some(Place::Settling(held)) if held.until > now => {
                self.move_to(event, Place::Leased(held));
            }
            Some(Place::Settling(_)) => {
                self.depart(event);
                self.let_wait(event, now);
            }
            Some(_) | None => {}
        }
    }

    /// What is to be written when an event is given back.
    pub(crate) fn to_release(&self, receipt: &Receipt, release: Release) -> ReleaseRecord {
        let entry = self.entries.get(receipt.event);
        let attempts = entry.map_or(0, |entry| entry.attempts);
        ReleaseRecord {
            event: receipt.event,
            number: receipt.lease,
            due: release.due,
            attempts: attempts.saturating_sub(u32::from(release.keep_attempt)),
            progress: release.progress,
        }
    }

    /// The event was given back.
    pub(crate) fn released(&mut self, event: EventId, due: Moment, attempts: u32, now: Moment) {
        self.depart(event);
        let Some(entry) = self.entries.get_mut(event) else {
            return;
        };
        entry.due = due;
        entry.attempts = attempts;
        entry.is_receipt_good = false;
        // One that its owner could not record comes back when that one said, not at once.
        let has_expired = entry.expires <= now && entry.at_expiry == AtExpiry::HandOver;
        let place = if due > now && has_expired {
            Place::Delayed { until: due }
        } else {
            entry.place_at(now)
        };
        self.wait_at(event, place);
    }

    /// Moves the end of a lease. Returns whether it survives restarts.
    pub(crate) fn extend(
        &mut self,
        receipt: &Receipt,
        time: Duration,
        now: Moment,
    ) -> Result<Option<LeaseRecord>, QueueError> {
        let entry = self.entries.get(receipt.event).ok_or(QueueError::Fenced)?;
        let Place::Leased(held) = entry.place else {
            return Err(QueueError::Fenced);
        };
        if entry.leases != receipt.lease {
            return Err(QueueError::Fenced);
        }
        let until = now + time;
        let record = LeaseRecord {
            event: receipt.event,
            number: entry.leases,
            attempts: entry.attempts,
            first_claimed: entry.first_claimed.unwrap_or(now),
            until: Some(until),
        };
        self.depart(receipt.event);
        if until > now {
            self.arrive(receipt.event, Place::Leased(Held { until, ..held }));
        } else {
            self.let_wait(receipt.event, now);
        }
        Ok(held.survives_restart.then_some(record))
    }

    /// Takes up to `max` events of a queue, up to one of them, out of everybody's hands.
    pub(crate) fn begin_purge(
        &mut self,
        queue: &QueueName,
        last: EventId,
        max: usize,
    ) -> Vec<EventId> {
        let lane = self.names.get(queue).and_then(|lane| self.lane(*lane));
        let Some(lane) = lane else {
            return Vec::new();
        };
        let removing = |event: &EventId| match self.entries.get(*event)?.place {
            Place::Delayed { .. } | Place::Due | Place::Expired => {
                Some((*event, Place::Removing(None)))
            }
            Place::Leased(held) => Some((*event, Place::Removing(Some(held)))),
            Place::Settling(_) | Place::Removing(_) => None,
        };
        let events = lane.all.range(..=last).filter_map(removing);
        let events: Vec<_> = events.take(max).collect();
        for (event, place) in &events {
            self.move_to(*event, *place);
            self.leave_group(*event);
        }
        events.into_iter().map(|(event, _)| event).collect()
    }
}

#[cfg(test)]
mod tests;
