//! Which event is due next, and who holds a lease: the part of a queue that lives in memory.
//!
//! One schedule serves every engine. It is rebuilt from the engine's rows at start, which ends all
//! leases; that is right, because the environments that worked under them died with the process.
//!
//! ```text
//!            claim                  begin_settling
//! waiting ───────────▶  leased  ───────────────────▶  settling ──▶ settled: gone
//!    ▲                   │   ▲                         │    │
//!    ├──── lease ends ───┘   └────── not_settled ──────┘    │
//!    └────────────────────────── released ──────────────────┘
//! ```
//!
//! An event is settling while the engine makes its end durable. It cannot be claimed meanwhile, and
//! if the disk refuses it is leased as before, so it is neither lost nor handed out twice.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use domain::time::Moment;

use crate::{Depth, EventId, NewEvent, QueueError, Receipt};

/// How many events a queue holds. Each costs some 200 bytes of memory, and time at start.
pub const EVENTS_MAX: usize = 1_000_000;

/// The largest body of an event.
pub const BODY_BYTES_MAX: usize = 16 << 20;

/// Expired events that one claim removes, so that a claim takes a bounded time.
const EXPIRED_MAX: usize = 1_000;

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
    /// Events with a lease that nobody is settling, by when it ends.
    leased: BTreeSet<(Moment, EventId)>,
    last_lease: u64,
}

#[derive(Debug)]
struct Entry {
    header: Header,
    place: Place,
}

#[derive(Debug, Clone, Copy)]
enum Place {
    Waiting,
    Leased(Lease),
    Settling(Lease),
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
    /// their rows and says so.
    pub expired: Vec<(EventId, Header)>,
}

impl Schedule {
    /// Refuses events that are too large or too many. Events that are being accepted at the same
    /// time are not counted yet, so a few more than [`EVENTS_MAX`] may get in.
    pub fn check_room(&self, batch: &[NewEvent]) -> Result<(), QueueError> {
        let largest = batch.iter().map(|event| event.body.len()).max();
        if let Some(bytes) = largest.filter(|bytes| *bytes > BODY_BYTES_MAX) {
            let max = BODY_BYTES_MAX;
            return Err(QueueError::TooLarge { bytes, max });
        }
        if self.entries.len() + batch.len() > EVENTS_MAX {
            return Err(QueueError::Full { max: EVENTS_MAX });
        }
        Ok(())
    }

    pub fn insert(&mut self, event: EventId, header: Header) {
        self.waiting.insert((header.due, event));
        let place = Place::Waiting;
        self.entries.insert(event, Entry { header, place });
    }

    /// Leases up to `max` events that are due.
    pub fn claim(&mut self, max: usize, lease: Duration, now: Moment) -> Found {
        self.end_leases(now);
        let mut found = Found::default();
        while found.claimed.len() < max && found.expired.len() < EXPIRED_MAX {
            let Some(&(due, event)) = self.waiting.first().filter(|(due, _)| *due <= now) else {
                break;
            };
            self.waiting.remove(&(due, event));
            let Some(mut entry) = self.entries.remove(&event) else {
                continue;
            };
            if entry.header.expires <= now {
                found.expired.push((event, entry.header));
                continue;
            }
            self.last_lease += 1;
            let number = self.last_lease;
            let until = now + lease;
            entry.place = Place::Leased(Lease { number, until });
            entry.header.attempts += 1;
            self.leased.insert((until, event));
            let receipt = Receipt {
                event,
                lease: number,
            };
            found.claimed.push((receipt, entry.header.clone()));
            self.entries.insert(event, entry);
        }
        found
    }

    /// Refuses a stale receipt, or sets the event aside until the engine says how it went.
    pub fn begin_settling(&mut self, receipt: &Receipt, now: Moment) -> Result<(), QueueError> {
        self.end_leases(now);
        let Some(entry) = self.entries.get_mut(&receipt.event) else {
            return Err(QueueError::Fenced);
        };
        match entry.place {
            Place::Leased(lease) if lease.number == receipt.lease => {
                entry.place = Place::Settling(lease);
                self.leased.remove(&(lease.until, receipt.event));
                Ok(())
            }
            Place::Waiting | Place::Leased(_) | Place::Settling(_) => Err(QueueError::Fenced),
        }
    }

    /// The event is gone from the disk.
    pub fn settled(&mut self, event: EventId) {
        self.entries.remove(&event);
    }

    /// The end of the event could not be written: it is leased as before.
    pub fn not_settled(&mut self, event: EventId) {
        let entry = self.entries.get_mut(&event);
        if let Some((entry, lease)) = entry.and_then(|entry| match entry.place {
            Place::Settling(lease) => Some((entry, lease)),
            Place::Waiting | Place::Leased(_) => None,
        }) {
            entry.place = Place::Leased(lease);
            self.leased.insert((lease.until, event));
        }
    }

    /// What is to be written when an event is given back.
    pub fn to_release(&self, event: EventId, due: Moment, keep_attempt: bool) -> Released {
        let attempts = self.entries.get(&event).map(|entry| entry.header.attempts);
        let attempts = attempts.unwrap_or_default();
        Released {
            due,
            attempts: attempts.saturating_sub(u32::from(keep_attempt)),
        }
    }

    /// The event was given back.
    pub fn released(&mut self, event: EventId, released: Released) {
        if let Some(entry) = self.entries.get_mut(&event) {
            entry.place = Place::Waiting;
            entry.header.due = released.due;
            entry.header.attempts = released.attempts;
            self.waiting.insert((released.due, event));
        }
    }

    /// When there may be something to claim: an event falls due, or a lease ends.
    pub fn next_change(&self) -> Option<Moment> {
        let due = self.waiting.first().map(|(due, _)| *due);
        let until = self.leased.first().map(|(until, _)| *until);
        due.into_iter().chain(until).min()
    }

    /// Counts the events of a queue. Looks at every event of every queue.
    pub fn depth(&self, queue: &str, now: Moment) -> Depth {
        let mut depth = Depth::default();
        let entries = self.entries.values();
        for entry in entries.filter(|entry| entry.header.queue == queue) {
            match entry.place {
                Place::Settling(_) => depth.leased += 1,
                Place::Leased(lease) if lease.until > now => depth.leased += 1,
                Place::Waiting | Place::Leased(_) if entry.header.due > now => depth.delayed += 1,
                Place::Waiting | Place::Leased(_) => depth.due += 1,
            }
        }
        depth
    }

    fn end_leases(&mut self, now: Moment) {
        while let Some(&(until, event)) = self.leased.first().filter(|(until, _)| *until <= now) {
            self.leased.remove(&(until, event));
            if let Some(entry) = self.entries.get_mut(&event) {
                entry.place = Place::Waiting;
                self.waiting.insert((entry.header.due, event));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Moment = Moment::from_millis(1_700_000_000_000);
    const LEASE: Duration = Duration::from_secs(30);

    fn schedule_of(events: u64) -> Schedule {
        let mut schedule = Schedule::default();
        for event in 1..=events {
            let header = Header {
                queue: "q".to_owned(),
                enqueued: NOW,
                due: NOW,
                expires: NOW + Duration::from_hours(6),
                attempts: 0,
            };
            schedule.insert(EventId(event), header);
        }
        schedule
    }

    fn claim_one(schedule: &mut Schedule, now: Moment) -> Receipt {
        schedule.claim(1, LEASE, now).claimed[0].0
    }

    #[test]
    fn an_event_that_is_being_settled_is_not_handed_out_even_when_its_lease_ends() {
        let mut schedule = schedule_of(1);
        let receipt = claim_one(&mut schedule, NOW);
        schedule.begin_settling(&receipt, NOW).unwrap();

        assert!(schedule.claim(1, LEASE, NOW + LEASE * 2).claimed.is_empty());
        assert_eq!(schedule.next_change(), None);
        assert!(schedule.begin_settling(&receipt, NOW).is_err());
    }

    #[test]
    fn an_event_whose_end_could_not_be_written_comes_back() {
        let mut schedule = schedule_of(1);
        let receipt = claim_one(&mut schedule, NOW);
        schedule.begin_settling(&receipt, NOW).unwrap();

        schedule.not_settled(receipt.event);

        assert_eq!(schedule.next_change(), Some(NOW + LEASE));
        assert!(schedule.claim(1, LEASE, NOW).claimed.is_empty());
        assert_eq!(
            schedule.claim(1, LEASE, NOW + LEASE).claimed[0].1.attempts,
            2
        );
    }

    #[test]
    fn one_claim_ends_a_bounded_number_of_expired_events() {
        let mut schedule = schedule_of(EXPIRED_MAX as u64 + 1);
        let late = NOW + Duration::from_hours(6);

        assert_eq!(schedule.claim(5, LEASE, late).expired.len(), EXPIRED_MAX);
        // The rest is still a reason to claim at once.
        assert_eq!(schedule.next_change(), Some(NOW));
        assert_eq!(schedule.claim(5, LEASE, late).expired.len(), 1);
    }

    #[test]
    fn a_full_queue_says_so() {
        let schedule = schedule_of(EVENTS_MAX as u64);
        let event = NewEvent {
            queue: "q".to_owned(),
            body: bytes::Bytes::new(),
            due: NOW,
            expires: NOW,
        };

        let refused = schedule.check_room(&[event]);

        assert_eq!(refused, Err(QueueError::Full { max: EVENTS_MAX }));
    }
}
