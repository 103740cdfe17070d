//! The reference engine: everything in memory, nothing survives.

mod log;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use bytes::Bytes;

use crate::{BlobRef, Blobs, Key, LogQueue, Op, Page, Revision, Store, StoreError, Versioned};

pub use log::MemoryLog;

/// The queues of the reference engine.
pub type MemoryQueue = LogQueue<MemoryLog>;

/// Documents and blobs. Events have a log of their own, [`MemoryLog`].
#[derive(Debug, Default)]
pub struct Memory {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    documents: BTreeMap<Key, Versioned>,
    last_revision: u64,
    blobs: BTreeMap<BlobRef, Bytes>,
}

impl Memory {
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
