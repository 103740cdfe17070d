//! What callers and the log's side of a queue both touch, and guards that put things right when a
//! change is not made or its caller goes away.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::time::{Clock, Moment};
use tokio::sync::watch;

use super::{REST, accept_all};
use crate::schedule::{Handed, Schedule};
use crate::waiters::Waiters;
use crate::{Appended, Enqueued, EventId, Receipt, Release, StoreError};

#[derive(Debug)]
pub(super) struct Core {
    schedule: Mutex<Schedule>,
    pub(super) waiters: Waiters,
    clock: Arc<dyn Clock>,
    load: watch::Sender<Load>,
}

/// How far the reading of events at start has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Load {
    Running,
    Done,
    Failed(StoreError),
}

impl Core {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        let mut schedule = Schedule::default();
        schedule.begin_loading();
        Self {
            schedule: Mutex::new(schedule),
            waiters: Waiters::default(),
            clock,
            load: watch::Sender::new(Load::Running),
        }
    }

    pub(super) fn now(&self) -> Moment {
        self.clock.now()
    }

    /// Does something with the schedule and wakes whom it concerns.
    pub(super) fn change<R>(&self, change: impl FnOnce(&mut Schedule, Moment) -> R) -> R {
        let mut schedule = self.schedule();
        let result = change(&mut schedule, self.clock.now());
        let stirred = schedule.take_stirred();
        drop(schedule);
        for queue in stirred {
            self.waiters.ring(&queue);
        }
        result
    }

    /// Has an event wait as if it had not been handed out, until `due`.
    pub(super) fn give_back(&self, handed: &Handed, due: Moment) {
        let Receipt { event, .. } = handed.receipt;
        let release = Release {
            due,
            keep_attempt: true,
            progress: None,
        };
        self.change(|schedule, now| {
            // Somebody else may have it already.
            if schedule.begin_settling(&handed.receipt, now).is_ok() {
                let record = schedule.to_release(&handed.receipt, release);
                schedule.released(event, record.due, record.attempts, now);
            }
        });
    }

    pub(super) fn end_loading(&self, outcome: Result<(), StoreError>) {
        self.change(Schedule::end_loading);
        self.load.send_replace(match outcome {
            Ok(()) => Load::Done,
            Err(error) => Load::Failed(error),
        });
        self.waiters.ring_all();
    }

    /// Returns when every event that was there at start is in the schedule.
    pub(super) async fn loaded(&self) -> Result<(), StoreError> {
        let mut load = self.load.subscribe();
        // The sender is this core's own.
        let _ended = load.wait_for(|load| *load != Load::Running).await;
        self.check_loaded()
    }

    /// Refuses if events on the disk could not be read.
    pub(super) fn check_loaded(&self) -> Result<(), StoreError> {
        match &*self.load.borrow() {
            Load::Running | Load::Done => Ok(()),
            Load::Failed(error) => Err(error.clone()),
        }
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule> {
        // Every change under the lock is complete before anything could panic.
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Room for events that are being accepted. Unless it is filled it is given back.
pub(super) struct Room {
    core: Arc<Core>,
    events: usize,
}

impl Room {
    pub(super) fn new(core: &Arc<Core>, events: usize) -> Self {
        let core = Arc::clone(core);
        Self { core, events }
    }

    pub(super) fn fill(mut self, appended: Vec<Appended>) -> Vec<Enqueued> {
        let events = std::mem::take(&mut self.events);
        self.core.change(|schedule, now| {
            schedule.unreserve(events);
            accept_all(schedule, appended, now)
        })
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if self.events > 0 {
            let events = self.events;
            self.core.change(|schedule, _| schedule.unreserve(events));
        }
    }
}

/// An event that is being settled. Unless it is told otherwise the event is leased as before.
pub(super) struct Settling {
    core: Arc<Core>,
    event: Option<EventId>,
}

impl Settling {
    pub(super) fn new(core: &Arc<Core>, event: EventId) -> Self {
        Self {
            core: Arc::clone(core),
            event: Some(event),
        }
    }

    pub(super) fn end(mut self, how: impl FnOnce(&mut Schedule, Moment)) {
        self.event = None;
        self.core.change(how);
    }
}

impl Drop for Settling {
    fn drop(&mut self) {
        if let Some(event) = self.event {
            self.core
                .change(|schedule, now| schedule.not_settled(event, now));
        }
    }
}

/// Events that were handed out and have not reached their claimer. What is left in it goes back
/// into the schedule as if it had not been claimed.
pub(super) struct Undelivered {
    core: Arc<Core>,
    handed: Vec<Handed>,
}

impl Undelivered {
    pub(super) fn new(core: &Arc<Core>, handed: Vec<Handed>) -> Self {
        let core = Arc::clone(core);
        Self { core, handed }
    }

    pub(super) fn take(&mut self) -> Vec<Handed> {
        std::mem::take(&mut self.handed)
    }
}

impl Drop for Undelivered {
    fn drop(&mut self) {
        for handed in self.take() {
            self.core.give_back(&handed, handed.due);
        }
    }
}

/// Events that are being removed. Unless that is done they rest and come back.
pub(super) struct Removal {
    core: Arc<Core>,
    events: Vec<EventId>,
}

impl Removal {
    pub(super) fn new(core: &Arc<Core>, events: Vec<EventId>) -> Self {
        let core = Arc::clone(core);
        Self { core, events }
    }

    pub(super) fn done(mut self) {
        let events = std::mem::take(&mut self.events);
        self.core.change(|schedule, _| {
            for event in events {
                schedule.remove(event);
            }
        });
    }
}

impl Drop for Removal {
    fn drop(&mut self) {
        let events = std::mem::take(&mut self.events);
        if !events.is_empty() {
            self.core.change(|schedule, now| {
                for event in events {
                    schedule.rest(event, now + REST);
                }
            });
        }
    }
}
