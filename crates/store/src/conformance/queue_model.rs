//! Random operations on a queue, compared step by step with a model that is too simple to be
//! wrong. A failure prints the shortest sequence that shows it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use bytes::Bytes;
use domain::time::{Clock as _, Moment};
use proptest::sample::Index;

use super::queue::{all, keep};
use super::queue_steps::{Draft, KEYS, QUEUES, Step, steps};
use super::{Subject, check};
use crate::{
    AtExpiry, Claimed, DEDUP_WINDOW, Depth, EventId, EventState, Kept, Lease, Listed, NewEvent,
    QueueError, QueueName, Receipt, Release, Scope, Selector, Settlement,
};

/// Seconds of a lease.
const LEASE: u64 = 30;

#[derive(Debug)]
struct ModelEvent {
    new: NewEvent,
    due: Moment,
    enqueued: Moment,
    attempts: u32,
    first_claimed: Option<Moment>,
    progress: Bytes,
    lease: Option<Moment>,
    /// The last receipt, while it can be used.
    receipt: Option<Receipt>,
    is_lease_durable: bool,
    /// An owner that had it when it expired wants it back then.
    rests_until: Option<Moment>,
}

/// Whether an event that nobody has can be handed out.
#[derive(Debug, PartialEq, Eq)]
enum Phase {
    Delayed,
    Due,
    Expired,
}

impl ModelEvent {
    fn phase(&self, now: Moment) -> Phase {
        if self.rests_until.is_some_and(|until| until > now) {
            Phase::Delayed
        } else if self.new.expires <= now {
            Phase::Expired
        } else if self.due <= now {
            Phase::Due
        } else {
            Phase::Delayed
        }
    }

    fn is_gone(&self, now: Moment) -> bool {
        self.lease.is_none()
            && self.new.at_expiry == AtExpiry::Remove
            && self.phase(now) == Phase::Expired
    }

    /// When it comes up by itself.
    fn wakes(&self, now: Moment) -> Option<Moment> {
        match self.lease {
            Some(until) => self.is_lease_durable.then_some(until),
            None if self.phase(now) == Phase::Delayed => {
                let rests_until = self.rests_until.filter(|until| *until > now);
                Some(rests_until.unwrap_or(self.due.min(self.new.expires)))
            }
            None => None,
        }
    }

    fn listed(&self, id: EventId) -> Listed {
        Listed {
            id,
            queue: self.new.queue.clone(),
            key: self.new.key.clone(),
            enqueued: self.enqueued,
            due: self.due,
            expires: self.new.expires,
            attempts: self.attempts,
            state: self
                .lease
                .map_or(EventState::Waiting, |until| EventState::Leased { until }),
        }
    }
}

#[derive(Debug, Default)]
struct Model {
    events: BTreeMap<EventId, ModelEvent>,
    dedup: BTreeMap<(QueueName, String), (EventId, Moment)>,
    kept: BTreeMap<String, Kept>,
    drafted: u64,
    last: Option<EventId>,
    receipts: Vec<Receipt>,
}

fn queue(index: usize) -> QueueName {
    QueueName::new("family", QUEUES[index])
}

fn a_lease(is_durable: bool) -> Lease {
    Lease {
        time: Duration::from_secs(LEASE),
        survives_restart: is_durable,
    }
}

/// Enqueuing.
impl Model {
    fn new_event(&mut self, draft: &Draft, now: Moment) -> NewEvent {
        self.drafted += 1;
        let mut body = self.drafted.to_string().into_bytes();
        body.resize(body.len().max(draft.length), b'.');
        NewEvent {
            queue: queue(draft.queue),
            key: draft.key.map(|key| KEYS[key].to_owned()),
            body: Bytes::from(body),
            due: now + Duration::from_secs(draft.due),
            expires: now + Duration::from_secs(draft.expires),
            at_expiry: if draft.is_handed_over {
                AtExpiry::HandOver
            } else {
                AtExpiry::Remove
            },
            group: draft.group.map(|group| group.to_string()),
            dedup: draft.dedup.map(|name| name.to_string()),
        }
    }

    /// The event that has the same name as this one would have.
    fn first_of(&self, new: &NewEvent, now: Moment) -> Option<EventId> {
        let name = (new.queue.clone(), new.dedup.clone()?);
        let (first, _) = self.dedup.get(&name).filter(|(_, until)| *until > now)?;
        Some(*first)
    }

    fn accept(&mut self, id: EventId, new: NewEvent, now: Moment) {
        assert!(self.last < Some(id), "the name of an event comes again");
        self.last = Some(id);
        if let Some(dedup) = &new.dedup {
            let name = (new.queue.clone(), dedup.clone());
            self.dedup.insert(name, (id, now + DEDUP_WINDOW));
        }
        let event = ModelEvent {
            due: new.due,
            new,
            enqueued: now,
            attempts: 0,
            first_claimed: None,
            progress: Bytes::new(),
            lease: None,
            receipt: None,
            is_lease_durable: false,
            rests_until: None,
        };
        self.events.insert(id, event);
    }

    async fn enqueue(&mut self, subject: &impl Subject, drafts: &[Draft], now: Moment) {
        let batch = drafts.iter().map(|draft| self.new_event(draft, now));
        let batch: Vec<NewEvent> = batch.collect();
        let enqueued = subject.queue().enqueue(batch.clone()).await.unwrap();
        assert_eq!(enqueued.len(), batch.len());
        for (new, enqueued) in batch.into_iter().zip(enqueued) {
            let first = self.first_of(&new, now);
            assert_eq!(enqueued.is_duplicate, first.is_some());
            match first {
                Some(first) => assert_eq!(enqueued.id, first),
                None => self.accept(enqueued.id, new, now),
            }
        }
    }
}

/// Claiming.
impl Model {
    /// No older event of its group is there.
    fn is_first(&self, id: EventId) -> bool {
        let event = &self.events[&id];
        let mut older = self.events.range(..id);
        event.new.group.is_none()
            || !older.any(|(_, older)| {
                older.new.group == event.new.group && older.new.queue == event.new.queue
            })
    }

    /// What can be handed out of a queue, in its order. `may_run`: not only what has expired.
    fn on_offer(&self, queue: &QueueName, may_run: bool, now: Moment) -> Vec<EventId> {
        let mut offered = Vec::new();
        for (id, event) in &self.events {
            let phase = event.phase(now);
            let is_free = event.lease.is_none() && phase != Phase::Delayed;
            let is_wanted = may_run || phase == Phase::Expired;
            if is_free && is_wanted && event.new.queue == *queue && self.is_first(*id) {
                let due = (phase == Phase::Due).then_some(event.due);
                offered.push((due, *id));
            }
        }
        // What has expired comes first.
        offered.sort_unstable();
        offered.into_iter().map(|(_, id)| id).collect()
    }

    fn hand_out(&mut self, claimed: &Claimed, is_durable: bool, now: Moment) {
        let id = claimed.receipt.event;
        let last = self.receipts.iter().filter(|receipt| receipt.event == id);
        assert!(last.map(|receipt| receipt.lease).max() < Some(claimed.receipt.lease));
        self.receipts.push(claimed.receipt);
        let event = self.events.get_mut(&id).unwrap();
        event.attempts += 1;
        event.first_claimed.get_or_insert(now);
        event.lease = Some(now + Duration::from_secs(LEASE));
        event.receipt = Some(claimed.receipt);
        event.is_lease_durable = is_durable;
        event.rests_until = None;
        assert_eq!(claimed.body, event.new.body);
        assert_eq!(claimed.progress, event.progress);
        assert_eq!(
            (&claimed.key, &claimed.group),
            (&event.new.key, &event.new.group)
        );
        assert_eq!(
            (&claimed.queue, claimed.enqueued),
            (&event.new.queue, event.enqueued)
        );
        assert_eq!(claimed.attempt, event.attempts);
        assert_eq!(Some(claimed.first_claimed), event.first_claimed);
        assert_eq!(claimed.is_expired, event.new.expires <= now);
    }

    async fn claim(
        &mut self,
        subject: &impl Subject,
        selector: &Result<usize, BTreeSet<usize>>,
        max: usize,
        is_durable: bool,
    ) {
        let now = subject.clock().now();
        let offers = |index: usize, may_run| self.on_offer(&queue(index), may_run, now);
        let (real, offered) = match selector {
            Ok(index) => (Selector::Queue(queue(*index)), vec![offers(*index, true)]),
            Err(except) => {
                let indices = 0..QUEUES.len();
                let offered = indices.map(|index| offers(index, !except.contains(&index)));
                let offered = offered.collect();
                let except = except.iter().map(|index| queue(*index)).collect();
                let family = "family";
                (Selector::Family { family, except }, offered)
            }
        };
        let claimed = subject.queue().claim(&real, max, a_lease(is_durable)).await;
        let claimed = claimed.unwrap();
        let in_all: usize = offered.iter().map(Vec::len).sum();
        assert_eq!(claimed.len(), max.min(in_all));
        let taken: Vec<Vec<EventId>> = offered
            .iter()
            .map(|offered| {
                let ids = claimed.iter().map(|claimed| claimed.receipt.event);
                ids.filter(|id| offered.contains(id)).collect()
            })
            .collect();
        let most = taken.iter().map(Vec::len).max().unwrap_or_default();
        for (taken, offered) in taken.iter().zip(&offered) {
            assert!(offered.starts_with(taken), "not in order");
            let has_had_its_turns = taken.len() + 1 >= most || taken.len() == offered.len();
            assert!(has_had_its_turns, "a queue was passed over");
        }
        for claimed in &claimed {
            self.hand_out(claimed, is_durable, now);
        }
    }

    async fn claim_one(&mut self, subject: &impl Subject, event: Index, is_durable: bool) {
        let Some(last) = self.last else {
            return;
        };
        let id = EventId(event.index(usize::try_from(last.0).unwrap()) as u64 + 1);
        let claimed = subject.queue().claim_one(id, a_lease(is_durable)).await;
        let claimed = claimed.unwrap();
        let event = self.events.get(&id);
        let is_free = event.is_some_and(|event| event.lease.is_none());
        assert_eq!(claimed.is_some(), is_free);
        if let Some(claimed) = claimed {
            self.hand_out(&claimed, is_durable, subject.clock().now());
        }
    }
}

/// Settling.
impl Model {
    fn receipt(&self, receipt: Index) -> Option<Receipt> {
        (!self.receipts.is_empty()).then(|| *receipt.get(&self.receipts))
    }

    fn is_good(&self, receipt: &Receipt) -> bool {
        let event = self.events.get(&receipt.event);
        event.is_some_and(|event| event.receipt == Some(*receipt))
    }

    async fn settle(
        &mut self,
        subject: &impl Subject,
        receipt: &Receipt,
        then: &[Draft],
        key: Option<usize>,
    ) {
        let now = subject.clock().now();
        let then: Vec<NewEvent> = then
            .iter()
            .map(|draft| self.new_event(draft, now))
            .collect();
        let keep: Vec<Kept> = key
            .map(|key| Kept {
                value: Bytes::from(self.drafted.to_string()),
                until: now + Duration::from_secs(self.drafted % 100),
                ..keep(subject, KEYS[key], "")
            })
            .into_iter()
            .collect();
        let settlement = Settlement {
            then: then.clone(),
            keep: keep.clone(),
        };
        let settled = subject.queue().settle(receipt, settlement).await;
        if !self.is_good(receipt) {
            assert_eq!(settled, Err(QueueError::Fenced));
            return;
        }
        settled.unwrap();
        self.events.remove(&receipt.event);
        for kept in keep {
            self.kept.insert(kept.key.clone(), kept);
        }
        // Nobody was told their names, so they are looked for.
        let mut fresh = Vec::new();
        for new in then {
            if self.first_of(&new, now).is_none() {
                let id = EventId(self.last.unwrap().0 + 1);
                fresh.push(id);
                self.accept(id, new, now);
            }
        }
        let fresh: BTreeSet<EventId> = fresh.into_iter().collect();
        let part = subject
            .queue()
            .list(&Scope::Family("family"), None, 1_000)
            .await;
        let listed: BTreeSet<EventId> = part.unwrap().entries.iter().map(|one| one.id).collect();
        assert!(fresh.is_subset(&listed));
    }

    async fn release(&mut self, subject: &impl Subject, receipt: &Receipt, release: Release) {
        let now = subject.clock().now();
        let released = subject.queue().release(receipt, release.clone()).await;
        if !self.is_good(receipt) {
            assert_eq!(released, Err(QueueError::Fenced));
            return;
        }
        released.unwrap();
        let event = self.events.get_mut(&receipt.event).unwrap();
        event.due = release.due;
        event.lease = None;
        event.receipt = None;
        event.attempts -= u32::from(release.keep_attempt);
        let is_recorded = event.new.at_expiry == AtExpiry::HandOver;
        event.rests_until = (event.new.expires <= now && is_recorded).then_some(release.due);
        if let Some(progress) = release.progress {
            event.progress = progress;
        }
    }

    async fn extend(&mut self, subject: &impl Subject, receipt: &Receipt, seconds: u64) {
        let time = Duration::from_secs(seconds);
        let extended = subject.queue().extend(receipt, time).await;
        let event = self.events.get_mut(&receipt.event);
        let held = event.filter(|event| event.receipt == Some(*receipt) && event.lease.is_some());
        match held {
            None => assert_eq!(extended, Err(QueueError::Fenced)),
            Some(event) => {
                assert_eq!(extended, Ok(*receipt));
                event.lease = Some(subject.clock().now() + time);
            }
        }
    }

    async fn purge(&mut self, subject: &impl Subject, queue: &QueueName) {
        let before = self.events.len();
        self.events.retain(|_, event| event.new.queue != *queue);
        let purged = subject.queue().purge(queue).await.unwrap();
        assert_eq!(purged, before - self.events.len());
    }

    /// Leases end, and what expires unasked goes.
    fn tick(&mut self, now: Moment) {
        for event in self.events.values_mut() {
            event.lease = event.lease.filter(|until| *until > now);
        }
        self.events.retain(|_, event| !event.is_gone(now));
        self.kept.retain(|_, kept| kept.until > now);
    }

    /// A queue that starts knows of no leases but durable ones.
    fn restarted(&mut self) {
        for event in self.events.values_mut() {
            event.rests_until = None;
            if !event.is_lease_durable {
                event.lease = None;
                event.receipt = None;
            }
        }
    }
}

/// Comparing.
impl Model {
    fn depth(&self, queue: &QueueName, now: Moment) -> Depth {
        let mut depth = Depth::default();
        for event in self
            .events
            .values()
            .filter(|event| event.new.queue == *queue)
        {
            depth.oldest.get_or_insert(event.enqueued);
            match event.phase(now) {
                _ if event.lease.is_some() => depth.leased += 1,
                Phase::Delayed => depth.delayed += 1,
                Phase::Due | Phase::Expired => depth.due += 1,
            }
        }
        depth
    }

    async fn compare(&mut self, subject: &impl Subject) {
        let now = subject.clock().now();
        self.tick(now);
        let events = subject.queue();
        let depths = (0..QUEUES.len()).map(|index| (queue(index), self.depth(&queue(index), now)));
        let depths: Vec<(QueueName, Depth)> = depths.collect();
        for (queue, depth) in &depths {
            assert_eq!(events.depth(queue).await.unwrap(), *depth, "{queue}");
        }
        let full = depths.into_iter().filter(|(_, depth)| depth.total() > 0);
        assert_eq!(
            events.queues("family").await.unwrap(),
            full.collect::<Vec<_>>()
        );
        let wakes = self.events.values().filter_map(|event| event.wakes(now));
        assert_eq!(events.next_due("family").await.unwrap(), wakes.min());
        let mut listed = Vec::new();
        let mut after = None;
        loop {
            let part = events
                .list(&Scope::Family("family"), after, 3)
                .await
                .unwrap();
            listed.extend(part.entries);
            after = listed.last().map(|one| one.id);
            if !part.has_more {
                break;
            }
        }
        let expected = self.events.iter().map(|(id, event)| event.listed(*id));
        assert_eq!(listed, expected.collect::<Vec<_>>());
        for key in KEYS {
            let found = events.find(key).await.unwrap();
            let found = found
                .into_iter()
                .map(|one| (one.listed.id, one.body, one.progress));
            let same = self
                .events
                .iter()
                .filter(|(_, event)| event.new.key.as_deref() == Some(key));
            let same =
                same.map(|(id, event)| (*id, event.new.body.clone(), event.progress.clone()));
            assert_eq!(found.collect::<Vec<_>>(), same.collect::<Vec<_>>());
        }
        let kept: Vec<Kept> = self.kept.values().cloned().collect();
        assert_eq!(events.kept("").await.unwrap(), kept);
        let mut queues = (0..QUEUES.len()).map(queue);
        let has_some = queues.any(|queue| !self.on_offer(&queue, true, now).is_empty());
        let all = all();
        let changed = tokio::time::timeout(Duration::ZERO, events.changed(&all)).await;
        assert_eq!(changed.is_ok(), has_some);
    }

    async fn step(&mut self, subject: &mut impl Subject, step: Step) {
        let now = subject.clock().now();
        match step {
            Step::Enqueue(drafts) => self.enqueue(subject, &drafts, now).await,
            Step::Claim(selector, max, durable) => {
                self.claim(subject, &selector, max, durable).await;
            }
            Step::ClaimOne(event, durable) => self.claim_one(subject, event, durable).await,
            Step::Settle(receipt, then, key) => {
                if let Some(receipt) = self.receipt(receipt) {
                    self.settle(subject, &receipt, &then, key).await;
                }
            }
            Step::Release(receipt, delay, keep_attempt, progress) => {
                let release = Release {
                    due: now + Duration::from_secs(delay),
                    keep_attempt,
                    progress: progress.map(|byte| Bytes::from(vec![byte; usize::from(byte)])),
                };
                if let Some(receipt) = self.receipt(receipt) {
                    self.release(subject, &receipt, release).await;
                }
            }
            Step::Extend(receipt, seconds) => {
                if let Some(receipt) = self.receipt(receipt) {
                    self.extend(subject, &receipt, seconds).await;
                }
            }
            Step::Purge(index) => self.purge(subject, &queue(index)).await,
            Step::Advance(seconds) => subject.clock().advance(Duration::from_secs(seconds)),
            Step::Restart => {
                subject.restart().await;
                self.restarted();
            }
        }
        self.compare(subject).await;
    }
}

/// Runs random operations, restarts and passing time against a model.
pub fn events_are_as_the_model_says<S: Subject>(cases: u32, open: impl Fn() -> S) {
    check(cases, steps(), async |steps| {
        let mut subject = open();
        let mut model = Model::default();
        for step in steps {
            model.step(&mut subject, step).await;
        }
    });
}
