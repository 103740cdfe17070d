//! A disk for queues that can be full.

use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use domain::time::Moment;
use store::memory::MemoryLog;
use store::{
    Appended, Change, Content, EventId, Header, Kept, KeptId, Part, QueueLog, Scope, StoreError,
};

#[derive(Debug, Default)]
pub(crate) struct Disk {
    log: MemoryLog,
    is_full: AtomicBool,
    refused: AtomicUsize,
}

impl Disk {
    pub(crate) fn set_full(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::SeqCst);
    }

    /// Commits that found no room.
    pub(crate) fn refused(&self) -> usize {
        self.refused.load(Ordering::SeqCst)
    }
}

impl QueueLog for Disk {
    async fn commit<T: Send + 'static>(
        &self,
        change: Change,
        then: impl FnOnce(Vec<Appended>) -> T + Send + 'static,
    ) -> Result<T, StoreError> {
        if self.is_full.load(Ordering::SeqCst) {
            self.refused.fetch_add(1, Ordering::SeqCst);
            return Err(StoreError::DiskFull);
        }
        self.log.commit(change, then).await
    }

    fn note(&self, change: Change, then: impl FnOnce() + Send + 'static) {
        self.log.note(change, then);
    }

    fn read(
        &self,
        events: Vec<EventId>,
    ) -> impl Future<Output = Result<Vec<Result<Content, StoreError>>, StoreError>> + Send {
        self.log.read(events)
    }

    fn keys(
        &self,
        events: Vec<EventId>,
    ) -> impl Future<Output = Result<Vec<Option<String>>, StoreError>> + Send {
        self.log.keys(events)
    }

    fn kept(
        &self,
        prefix: String,
        limit: usize,
        now: Moment,
    ) -> impl Future<Output = Result<Vec<Kept>, StoreError>> + Send {
        self.log.kept(prefix, limit, now)
    }

    fn kept_list(
        &self,
        scope: Scope,
        after: Option<KeptId>,
        limit: usize,
        now: Moment,
    ) -> impl Future<Output = Result<Part<(KeptId, Kept)>, StoreError>> + Send {
        self.log.kept_list(scope, after, limit, now)
    }

    fn last(&self) -> Result<Option<EventId>, StoreError> {
        self.log.last()
    }

    fn scan(
        &self,
        after: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<(EventId, Header)>, StoreError> {
        self.log.scan(after, limit)
    }

    fn close(&self) {
        self.log.close();
    }
}
