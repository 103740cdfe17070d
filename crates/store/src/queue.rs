//! A queue: the schedule in memory above the log of an engine.
//!
//! A claim asks the schedule alone. Accepting, settling and giving back are commits of the log, and
//! the schedule follows on the log's side right after them, so that a caller who stops waiting
//! leaves disk and schedule in agreement.
//!
//! At start events are read from the disk in the order of their ids, and can be claimed while the
//! rest is still being read; what counts or lists events waits for the end of that.

mod core;
mod loader;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::time::{Clock, Moment};
use tracing::error;

use self::core::{Core, Removal, Room, Settling, Undelivered};
use crate::schedule::Schedule;
use crate::{
    Appended, BODY_BYTES_MAX, Bounds, Change, Claimed, Content, Depth, Enqueued, EventId,
    EventQueue, FOUND_MAX, Found, KEPT_BYTES_MAX, Kept, KeptId, Lease, LeaseRecord, Listed,
    NameHash, NewEvent, PROGRESS_BYTES_MAX, Part, QueueError, QueueLog, QueueName, Receipt,
    Release, Scope, Selector, Settlement, StoreError,
};
use loader::Loader;

/// A clock under control may jump, so a wait for a moment looks at it at least this often.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// How long an event rests that could not be read or removed, so that it does not hold up others.
const REST: Duration = Duration::from_secs(30);

/// How often a search begins anew because what it found has moved.
const FIND_TRIES: u32 = 4;

/// Events that one commit removes.
const REMOVED_MAX: usize = 1_000;

/// The queues of one engine.
#[derive(Debug)]
pub struct LogQueue<L: QueueLog> {
    log: Arc<L>,
    core: Arc<Core>,
    loader: Loader,
    bounds: Bounds,
}

impl<L: QueueLog> LogQueue<L> {
    /// Reads the first events, and the others on a thread of its own. Blocks for a moment.
    pub fn open(log: Arc<L>, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        Self::open_within(log, clock, Bounds::default())
    }

    /// As [`LogQueue::open`], with bounds of the caller's choice.
    pub fn open_within(
        log: Arc<L>,
        clock: Arc<dyn Clock>,
        bounds: Bounds,
    ) -> Result<Self, StoreError> {
        let core = Arc::new(Core::new(clock));
        let loader = Loader::start(&log, &core)?;
        Ok(Self {
            log,
            core,
            loader,
            bounds,
        })
    }

    /// Finishes what is being written and refuses everything after. Blocks.
    pub fn close(&self) {
        self.loader.stop();
        self.log.close();
    }

    /// Brings the schedule up to date and does something with it.
    fn look<R>(&self, then: impl FnOnce(&mut Schedule, Moment) -> R) -> R {
        let (result, overdue) = self.core.change(|schedule, now| {
            schedule.look(now);
            (then(schedule, now), schedule.take_overdue())
        });
        for events in overdue.chunks(REMOVED_MAX) {
            let change = Change {
                remove: events.to_vec(),
                ..Change::nothing(self.core.now())
            };
            let removal = Removal::new(&self.core, events.to_vec());
            self.log.note(change, move || removal.done());
        }
        result
    }

    /// Goes through all timers that have come, a bounded number at a time.
    fn look_at_all<R>(&self, then: impl FnOnce(&Schedule) -> R) -> R {
        while !self.look(Schedule::look) {}
        self.look(|schedule, _| then(schedule))
    }

    /// What is there under a key, and whether some of it has gone while it was read, as an event does that leaves another
    /// one behind.
    async fn find_once(&self, key: &str) -> Result<(Vec<Found>, bool), QueueError> {
        let hash = NameHash::of(key);
        let events = self.look(|schedule, _| schedule.find(hash, FOUND_MAX));
        let contents = self.log.read(events.clone()).await?;
        let mut found = Vec::with_capacity(events.len());
        let mut has_moved = false;
        for (event, content) in events.into_iter().zip(contents) {
            // One that is gone meanwhile has no content any more.
            let Some(listed) = self.look(|schedule, _| schedule.listed(event)) else {
                has_moved = true;
                continue;
            };
            let content = content?;
            if content.key.as_deref() != Some(key) {
                continue;
            }
            let listed = Listed {
                key: content.key,
                ..listed
            };
            found.push(Found {
                listed,
                body: content.body,
                progress: content.progress,
            });
        }
        Ok((found, has_moved))
    }

    /// Reads what was handed out and gives it to the caller; what does not get there is given back.
    async fn deliver(
        &self,
        handed: Vec<crate::schedule::Handed>,
        lease: Lease,
    ) -> Result<Vec<Claimed>, QueueError> {
        if handed.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.core.now();
        let events = handed.iter().map(|one| one.receipt.event).collect();
        let records = handed.iter().map(crate::schedule::Handed::record);
        let change = Change {
            lease: records.collect(),
            ..Change::nothing(now)
        };
        let mut undelivered = Undelivered::new(&self.core, handed);
        let contents = if lease.survives_restart {
            self.log.commit(change, drop).await?;
            self.log.read(events).await?
        } else {
            let contents = self.log.read(events).await?;
            self.log.note(change, || {});
            contents
        };
        let mut claimed = Vec::with_capacity(contents.len());
        for (one, content) in undelivered.take().into_iter().zip(contents) {
            match content {
                Ok(content) => claimed.push(Claimed::of(one, content)),
                Err(error) => {
                    let event = one.receipt.event.0;
                    error!(event, %error, "an event cannot be read; it is tried again");
                    self.core.give_back(&one, now + REST);
                }
            }
        }
        Ok(claimed)
    }
}

impl<L: QueueLog> Drop for LogQueue<L> {
    fn drop(&mut self) {
        self.close();
    }
}

impl Claimed {
    fn of(handed: crate::schedule::Handed, content: Content) -> Self {
        Self {
            receipt: handed.receipt,
            queue: handed.queue,
            key: content.key,
            body: content.body,
            progress: content.progress,
            attempt: handed.attempt,
            enqueued: handed.enqueued,
            first_claimed: handed.first_claimed,
            is_expired: handed.is_expired,
            group: content.group,
        }
    }
}

#[async_trait]
impl<L: QueueLog> EventQueue for LogQueue<L> {
    async fn enqueue(&self, batch: Vec<NewEvent>) -> Result<Vec<Enqueued>, QueueError> {
        check_sizes(&batch)?;
        let events = batch.len();
        let max = self.bounds.events;
        self.look(|schedule, _| schedule.reserve(events, max))?;
        let room = Room::new(&self.core, events);
        let change = Change {
            append: batch,
            ..Change::nothing(self.core.now())
        };
        let enqueued = self.log.commit(change, move |appended| room.fill(appended));
        Ok(enqueued.await?)
    }

    async fn claim(
        &self,
        selector: &Selector,
        max: usize,
        lease: Lease,
    ) -> Result<Vec<Claimed>, QueueError> {
        let handed = self.look(|schedule, now| schedule.claim(selector, max, lease, now));
        if handed.is_empty() {
            self.core.check_loaded()?;
        }
        self.deliver(handed, lease).await
    }

    async fn claim_one(&self, event: EventId, lease: Lease) -> Result<Option<Claimed>, QueueError> {
        self.core.loaded().await?;
        let handed = self.look(|schedule, now| schedule.claim_one(event, lease, now));
        let claimed = self.deliver(handed.into_iter().collect(), lease).await?;
        Ok(claimed.into_iter().next())
    }

    async fn changed(&self, selector: &Selector) {
        let waiter = self.core.waiters.join(selector);
        loop {
            let rung = waiter.rung();
            let (is_there, next) = self.look(|schedule, now| {
                let next = schedule.next_change(selector);
                (
                    schedule.has(selector),
                    next.map(|moment| moment.since(now).min(LOOK_INTERVAL)),
                )
            });
            if is_there || self.core.check_loaded().is_err() {
                return;
            }
            match next {
                None => rung.await,
                // Either is a reason to look again.
                Some(wait) => _ = tokio::time::timeout(wait, rung).await,
            }
        }
    }

    fn look_again(&self) {
        self.core.waiters.ring_all();
    }

    async fn extend(&self, receipt: &Receipt, time: Duration) -> Result<Receipt, QueueError> {
        let record: Option<LeaseRecord> =
            self.look(|schedule, now| schedule.extend(receipt, time, now))?;
        if let Some(record) = record {
            let change = Change {
                lease: vec![record],
                ..Change::nothing(self.core.now())
            };
            self.log.commit(change, drop).await?;
        }
        Ok(*receipt)
    }

    async fn settle(&self, receipt: &Receipt, settlement: Settlement) -> Result<(), QueueError> {
        check_sizes(&settlement.then)?;
        let largest = settlement.keep.iter().map(|kept| kept.value.len()).max();
        check_size(largest, KEPT_BYTES_MAX)?;
        let now = self.look(|schedule, now| schedule.begin_settling(receipt, now).map(|()| now))?;
        let event = receipt.event;
        let settling = Settling::new(&self.core, event);
        let change = Change {
            append: settlement.then,
            remove: vec![event],
            keep: settlement.keep,
            kept_bytes_max: self.bounds.kept_bytes,
            ..Change::nothing(now)
        };
        let settled = self.log.commit(change, move |appended| {
            settling.end(|schedule, now| {
                schedule.remove(event);
                accept_all(schedule, appended, now);
            });
        });
        Ok(settled.await?)
    }

    async fn release(&self, receipt: &Receipt, release: Release) -> Result<(), QueueError> {
        check_size(
            release.progress.as_ref().map(Bytes::len),
            PROGRESS_BYTES_MAX,
        )?;
        let record = self.look(|schedule, now| {
            schedule.begin_settling(receipt, now)?;
            Ok::<_, QueueError>(schedule.to_release(receipt, release))
        })?;
        let (event, due, attempts) = (record.event, record.due, record.attempts);
        let settling = Settling::new(&self.core, event);
        let change = Change {
            release: Some(record),
            ..Change::nothing(self.core.now())
        };
        let released = self.log.commit(change, move |_| {
            settling.end(|schedule, now| schedule.released(event, due, attempts, now));
        });
        Ok(released.await?)
    }

    async fn depth(&self, queue: &QueueName) -> Result<Depth, QueueError> {
        self.core.loaded().await?;
        Ok(self.look_at_all(|schedule| schedule.depth(queue)))
    }

    async fn queues(&self, family: &str) -> Result<Vec<(QueueName, Depth)>, QueueError> {
        self.core.loaded().await?;
        Ok(self.look_at_all(|schedule| schedule.queues(family)))
    }

    async fn next_due(&self, family: &str) -> Result<Option<Moment>, QueueError> {
        self.core.loaded().await?;
        Ok(self.look_at_all(|schedule| schedule.next_due(family)))
    }

    async fn purge(&self, queue: &QueueName) -> Result<usize, QueueError> {
        self.core.loaded().await?;
        let Some(last) = self.look_at_all(|schedule| schedule.last_of(queue)) else {
            return Ok(0);
        };
        let mut purged = 0;
        loop {
            let events = self.look(|schedule, _| schedule.begin_purge(queue, last, REMOVED_MAX));
            if events.is_empty() {
                return Ok(purged);
            }
            purged += events.len();
            let removal = Removal::new(&self.core, events.clone());
            let change = Change {
                remove: events,
                ..Change::nothing(self.core.now())
            };
            self.log.commit(change, move |_| removal.done()).await?;
        }
    }

    async fn list(
        &self,
        scope: &Scope,
        after: Option<EventId>,
        limit: usize,
    ) -> Result<Part<Listed>, QueueError> {
        self.core.loaded().await?;
        let mut part = self.look_at_all(|schedule| schedule.list(scope, after, limit));
        let events = part.entries.iter().map(|listed| listed.id).collect();
        let keys = self.log.keys(events).await?;
        for (listed, key) in part.entries.iter_mut().zip(keys) {
            listed.key = key;
        }
        Ok(part)
    }

    async fn find(&self, key: &str) -> Result<Vec<Found>, QueueError> {
        self.core.loaded().await?;
        for _ in 1..FIND_TRIES {
            let (found, has_moved) = self.find_once(key).await?;
            if !has_moved {
                return Ok(found);
            }
        }
        Ok(self.find_once(key).await?.0)
    }

    async fn kept(&self, prefix: &str) -> Result<Vec<Kept>, QueueError> {
        let now = self.core.now();
        Ok(self.log.kept(prefix.to_owned(), FOUND_MAX, now).await?)
    }

    async fn kept_list(
        &self,
        scope: &Scope,
        after: Option<KeptId>,
        limit: usize,
    ) -> Result<Part<(KeptId, Kept)>, QueueError> {
        let now = self.core.now();
        Ok(self.log.kept_list(scope.clone(), after, limit, now).await?)
    }

    async fn forget(&self, key: &str) -> Result<(), QueueError> {
        let change = Change {
            forget: Some(key.to_owned()),
            ..Change::nothing(self.core.now())
        };
        Ok(self.log.commit(change, drop).await?)
    }
}

/// Puts events into the schedule that are durable now.
fn accept_all(schedule: &mut Schedule, appended: Vec<Appended>, now: Moment) -> Vec<Enqueued> {
    let mut enqueued = Vec::with_capacity(appended.len());
    for appended in appended {
        let id = appended.id();
        let is_duplicate = matches!(appended, Appended::Duplicate(_));
        enqueued.push(Enqueued { id, is_duplicate });
        if let Appended::Kept(event, header) = appended {
            schedule.accept(event, header, now);
        }
    }
    enqueued
}

fn check_sizes(events: &[NewEvent]) -> Result<(), QueueError> {
    let largest = events.iter().map(|event| event.body.len()).max();
    check_size(largest, BODY_BYTES_MAX)
}

fn check_size(bytes: Option<usize>, max: usize) -> Result<(), QueueError> {
    match bytes {
        Some(bytes) if bytes > max => Err(QueueError::TooLarge { bytes, max }),
        Some(_) | None => Ok(()),
    }
}
