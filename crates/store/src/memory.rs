//! The reference engine: everything in memory, nothing survives.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use domain::time::{Clock, Moment};

use crate::{
    Bell, BlobRef, Blobs, Claimed, Depth, EventId, EventQueue, Header, Key, NewEvent, Op, Page,
    QueueError, Receipt, Revision, Schedule, Store, StoreError, Versioned,
};

#[derive(Debug)]
pub struct Memory {
    state: Mutex<State>,
    clock: Arc<dyn Clock>,
    bell: Bell,
}

#[derive(Debug, Default)]
struct State {
    documents: BTreeMap<Key, Versioned>,
    last_revision: u64,
    blobs: BTreeMap<BlobRef, Bytes>,
    schedule: Schedule,
    bodies: BTreeMap<EventId, Bytes>,
    last_event: u64,
}

impl Memory {
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let bell = Bell::new(Arc::clone(&clock));
        Self {
            state: Mutex::default(),
            clock,
            bell,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change under the lock is complete before anything could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Store for Memory {
    async fn get(&self, key: &Key) -> Result<Option<Versioned>, StoreError> {
        Ok(self.state().documents.get(key).cloned())
    }

    async fn list(
        &self,
        prefix: &Key,
        after: Option<&Key>,
        limit: NonZeroUsize,
    ) -> Result<Page, StoreError> {
        let state = self.state();
        let mut entries = state
            .documents
            .range(prefix.clone()..)
            .take_while(|(key, _)| key.as_str().starts_with(prefix.as_str()))
            .filter(|(key, _)| after.is_none_or(|after| *key > after))
            .map(|(key, versioned)| (key.clone(), versioned.clone()));
        let page = entries.by_ref().take(limit.get()).collect();
        Ok(Page {
            entries: page,
            has_more: entries.next().is_some(),
        })
    }

    async fn commit(&self, ops: Vec<Op>) -> Result<Revision, StoreError> {
        ops.iter().try_for_each(Op::check_size)?;
        let mut state = self.state();
        for op in &ops {
            let (key, expect) = op.expectation();
            let found = state.documents.get(key).map(|versioned| versioned.revision);
            if !expect.holds(found) {
                return Err(StoreError::Conflict {
                    key: key.to_string(),
                });
            }
        }
        state.last_revision += 1;
        let revision = Revision(state.last_revision);
        for op in ops {
            match op {
                Op::Put { key, value, .. } => {
                    state.documents.insert(key, Versioned { value, revision });
                }
                Op::Delete { key, .. } => {
                    state.documents.remove(&key);
                }
                Op::Check { .. } => {}
            }
        }
        Ok(revision)
    }
}

#[async_trait]
impl Blobs for Memory {
    async fn put(&self, bytes: Bytes) -> Result<BlobRef, StoreError> {
        let blob = BlobRef::of(&bytes);
        self.state().blobs.insert(blob, bytes);
        Ok(blob)
    }

    async fn get(&self, blob: &BlobRef) -> Result<Bytes, StoreError> {
        let found = self.state().blobs.get(blob).cloned();
        found.ok_or_else(|| StoreError::NotFound(blob.to_string()))
    }

    async fn delete(&self, blob: &BlobRef) -> Result<(), StoreError> {
        self.state().blobs.remove(blob);
        Ok(())
    }

    async fn list(&self) -> Result<Vec<BlobRef>, StoreError> {
        Ok(self.state().blobs.keys().copied().collect())
    }
}

#[async_trait]
impl EventQueue for Memory {
    async fn enqueue(&self, batch: Vec<NewEvent>) -> Result<Vec<EventId>, QueueError> {
        let enqueued = self.clock.now();
        let mut ids = Vec::with_capacity(batch.len());
        {
            let mut state = self.state();
            state.schedule.check_room(&batch)?;
            for NewEvent {
                queue,
                body,
                due,
                expires,
            } in batch
            {
                state.last_event += 1;
                let event = EventId(state.last_event);
                state.bodies.insert(event, body);
                let header = Header {
                    queue,
                    enqueued,
                    due,
                    expires,
                    attempts: 0,
                };
                state.schedule.insert(event, header);
                ids.push(event);
            }
        }
        self.bell.ring();
        Ok(ids)
    }

    async fn claim(&self, max: usize, lease: Duration) -> Result<Vec<Claimed>, QueueError> {
        let mut state = self.state();
        let found = state.schedule.claim(max, lease, self.clock.now());
        for (event, _) in found.expired {
            state.bodies.remove(&event);
        }
        let claimed = found.claimed.into_iter().map(|(receipt, header)| {
            let body = state
                .bodies
                .get(&receipt.event)
                .cloned()
                .unwrap_or_default();
            let Header {
                queue,
                enqueued,
                attempts,
                ..
            } = header;
            Claimed {
                receipt,
                queue,
                body,
                attempt: attempts,
                enqueued,
            }
        });
        Ok(claimed.collect())
    }

    async fn due_changed(&self) {
        let next = self.state().schedule.next_change();
        self.bell.wait_until(next).await;
    }

    async fn ack(&self, receipt: &Receipt) -> Result<(), QueueError> {
        let mut state = self.state();
        state.schedule.begin_settling(receipt, self.clock.now())?;
        state.schedule.settled(receipt.event);
        state.bodies.remove(&receipt.event);
        Ok(())
    }

    async fn release(
        &self,
        receipt: &Receipt,
        due: Moment,
        keep_attempt: bool,
    ) -> Result<(), QueueError> {
        let schedule = &mut self.state().schedule;
        schedule.begin_settling(receipt, self.clock.now())?;
        let released = schedule.to_release(receipt.event, due, keep_attempt);
        schedule.released(receipt.event, released);
        self.bell.ring();
        Ok(())
    }

    async fn depth(&self, queue: &str) -> Result<Depth, QueueError> {
        Ok(self.state().schedule.depth(queue, self.clock.now()))
    }
}
