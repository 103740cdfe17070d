//! Events in memory. A queue that is opened on it again finds what was committed, as after a
//! restart.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use domain::time::{Clock, Moment};

use super::MemoryQueue;
use crate::{
    Appended, Change, Content, DEDUP_WINDOW, EventId, Header, KEPT_PART_BYTES_MAX, Kept, KeptId,
    LeaseRecord, LogQueue, NewEvent, Part, QueueLog, QueueName, Scope, StoreError,
};

#[derive(Debug, Default)]
pub struct MemoryLog {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    rows: BTreeMap<EventId, (Header, Content)>,
    last_event: u64,
    /// Which event came first, and until when that is known.
    dedup: HashMap<(QueueName, String), (EventId, Moment)>,
    kept: BTreeMap<KeptId, Kept>,
    kept_keys: BTreeMap<String, KeptId>,
    kept_bytes: u64,
    last_kept: u64,
}

impl MemoryLog {
    /// A queue that begins empty.
    ///
    /// # Panics
    ///
    /// Never: there is nothing to read.
    pub fn queue(clock: Arc<dyn Clock>) -> Arc<MemoryQueue> {
        let queue = LogQueue::open(Arc::default(), clock);
        Arc::new(queue.unwrap_or_else(|_| unreachable!("an empty log has no second page")))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Every change under the lock is complete before anything could panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn apply(&mut self, change: Change) -> Vec<Appended> {
        let Change { now, .. } = change;
        for event in change.remove {
            self.rows.remove(&event);
        }
        for record in change.lease {
            self.lease(&record);
        }
        if let Some(record) = change.release
            && let Some((header, content)) = self.rows.get_mut(&record.event)
        {
            header.due = record.due;
            header.attempts = record.attempts;
            header.leases = record.number;
            header.lease_until = None;
            if let Some(progress) = record.progress {
                content.progress = progress;
            }
        }
        for kept in change.keep {
            self.keep(kept, now);
        }
        self.drop_oldest(change.kept_bytes_max);
        if let Some(key) = change.forget {
            self.forget(&key);
        }
        let append = change.append.into_iter();
        append.map(|event| self.append(event, now)).collect()
    }

    fn append(&mut self, event: NewEvent, now: Moment) -> Appended {
        self.dedup.retain(|_, (_, until)| *until > now);
        let id = EventId(self.last_event + 1);
        if let Some(dedup) = &event.dedup {
            let name = (event.queue.clone(), dedup.clone());
            let first = self.dedup.entry(name).or_insert((id, now + DEDUP_WINDOW));
            if first.0 != id {
                return Appended::Duplicate(first.0);
            }
        }
        self.last_event += 1;
        let header = Header::of(&event, now);
        let content = Content {
            key: event.key,
            group: event.group,
            body: event.body,
            progress: Bytes::new(),
        };
        self.rows.insert(id, (header.clone(), content));
        Appended::Kept(id, header)
    }

    fn lease(&mut self, record: &LeaseRecord) {
        let row = self.rows.get_mut(&record.event);
        if let Some((header, _)) = row.filter(|(header, _)| header.leases <= record.number) {
            header.leases = record.number;
            header.attempts = record.attempts;
            header.lease_until = record.until;
            header.first_claimed.get_or_insert(record.first_claimed);
        }
    }

    fn keep(&mut self, kept: Kept, now: Moment) {
        self.forget(&kept.key);
        self.last_kept += 1;
        let id = KeptId(self.last_kept);
        self.kept_bytes += kept.value.len() as u64;
        self.kept_keys.insert(kept.key.clone(), id);
        self.kept.insert(id, kept);
        let ended = self.kept.values().filter(|kept| kept.until <= now);
        let ended: Vec<String> = ended.map(|kept| kept.key.clone()).collect();
        for key in ended {
            self.forget(&key);
        }
    }

    fn drop_oldest(&mut self, bytes_max: u64) {
        while self.kept_bytes > bytes_max
            && let Some((_, kept)) = self.kept.pop_first()
        {
            self.kept_bytes -= kept.value.len() as u64;
            self.kept_keys.remove(&kept.key);
        }
    }

    fn forget(&mut self, key: &str) {
        let id = self.kept_keys.remove(key);
        if let Some(kept) = id.and_then(|id| self.kept.remove(&id)) {
            self.kept_bytes -= kept.value.len() as u64;
        }
    }
}

impl QueueLog for MemoryLog {
    async fn commit<T: Send + 'static>(
        &self,
        change: Change,
        then: impl FnOnce(Vec<Appended>) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        // Under the lock, so that calls come in the order of commits.
        let mut state = self.state();
        let appended = state.apply(change);
        Ok(then(appended))
    }

    fn note(&self, change: Change, then: impl FnOnce() + Send + 'static) {
        let mut state = self.state();
        state.apply(change);
        then();
    }

    async fn read(
        &self,
        events: Vec<EventId>,
    ) -> Result<Vec<Result<Content, StoreError>>, StoreError> {
        let state = self.state();
        let read = |event: EventId| match state.rows.get(&event) {
            Some((_, content)) => Ok(content.clone()),
            None => Err(StoreError::Corrupt(format!(
                "event {} has no body",
                event.0
            ))),
        };
        Ok(events.into_iter().map(read).collect())
    }

    async fn keys(&self, events: Vec<EventId>) -> Result<Vec<Option<String>>, StoreError> {
        let state = self.state();
        let key = |event| state.rows.get(event)?.1.key.clone();
        Ok(events.iter().map(key).collect())
    }

    async fn kept(
        &self,
        prefix: String,
        limit: usize,
        now: Moment,
    ) -> Result<Vec<Kept>, StoreError> {
        let state = self.state();
        let ids = state.kept_keys.range(prefix.clone()..);
        let ids = ids.take_while(|(key, _)| key.starts_with(&prefix));
        let kept = ids.filter_map(|(_, id)| state.kept.get(id));
        let lasting = kept.filter(|kept| kept.until > now);
        Ok(lasting.take(limit).cloned().collect())
    }

    async fn kept_list(
        &self,
        scope: Scope,
        after: Option<KeptId>,
        limit: usize,
        now: Moment,
    ) -> Result<Part<(KeptId, Kept)>, StoreError> {
        let state = self.state();
        let behind = after.map_or(Bound::Unbounded, Bound::Excluded);
        let kept = state.kept.range((behind, Bound::Unbounded));
        let kept = kept.filter(|(_, kept)| scope.contains(&kept.queue) && kept.until > now);
        let (mut entries, mut bytes) = (Vec::new(), 0);
        for (id, kept) in kept {
            bytes += kept.value.len();
            let is_too_much = bytes > KEPT_PART_BYTES_MAX && !entries.is_empty();
            if entries.len() == limit || is_too_much {
                return Ok(Part {
                    entries,
                    has_more: true,
                });
            }
            entries.push((*id, kept.clone()));
        }
        Ok(Part {
            entries,
            has_more: false,
        })
    }

    fn last(&self) -> Result<Option<EventId>, StoreError> {
        Ok(self.state().rows.keys().next_back().copied())
    }

    fn scan(
        &self,
        after: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<(EventId, Header)>, StoreError> {
        let state = self.state();
        let behind = after.map_or(Bound::Unbounded, Bound::Excluded);
        let rows = state.rows.range((behind, Bound::Unbounded));
        let headers = rows.map(|(event, (header, _))| (*event, header.clone()));
        Ok(headers.take(limit).collect())
    }

    fn close(&self) {}
}
