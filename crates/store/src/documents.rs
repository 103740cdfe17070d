//! Typed documents on top of a [`Store`], with every one of them in memory.
//!
//! Invocations read documents without touching the disk. That is sound because this process is the
//! only writer: writes take turns, and memory follows the disk before the next turn. A write is a
//! task of its own, so a caller who stops waiting cannot leave memory behind the disk.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::TaskTracker;

use crate::{Expect, Key, Op, Revision, Store, StoreError, Versioned};

/// A thing that is stored whole under one key.
pub trait Document:
    Serialize + DeserializeOwned + Clone + Send + Sync + fmt::Debug + 'static
{
    /// The first part of every key of this kind.
    const KIND: &'static str;
    /// The number of the stored form. A form that is not known is never guessed at.
    const FORMAT: u32;

    /// The name of this document among its kind.
    fn key(&self) -> String;
}

/// How a document lies in the store.
#[derive(Serialize, Deserialize)]
struct Envelope<D> {
    format: u32,
    document: D,
}

/// Only the part that tells whether the rest can be read.
#[derive(Deserialize)]
struct FormatOnly {
    format: u32,
}

/// Entries read from the store at once when it is opened.
const PAGE_ENTRIES: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

/// How often a change is decided anew because the store reports a conflict.
const CHANGE_ATTEMPTS_MAX: usize = 8;

/// Why a document could not be created.
#[derive(Debug, thiserror::Error)]
pub enum CreateError {
    #[error("the document exists")]
    Exists,
    #[error("write the document")]
    Store(#[source] StoreError),
}

/// Why a document could not be changed or deleted.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError<E: std::error::Error + 'static> {
    #[error("the document does not exist")]
    NotFound,
    #[error("the change is refused")]
    Refused(#[source] E),
    #[error("write the document")]
    Store(#[source] StoreError),
}

/// All documents of one kind.
#[derive(Debug)]
pub struct Documents<D> {
    store: Arc<dyn Store>,
    cached: Arc<Cache<D>>,
    /// Whose turn it is to write. There is one, so that memory changes in the order of commits.
    turns: Arc<Semaphore>,
    writes: TaskTracker,
}

/// Every change under the lock is one insertion or removal.
type Cache<D> = RwLock<BTreeMap<String, Cached<D>>>;

#[derive(Debug)]
struct Cached<D> {
    document: Arc<D>,
    revision: Revision,
}

impl<D> Clone for Cached<D> {
    fn clone(&self) -> Self {
        Self {
            document: Arc::clone(&self.document),
            revision: self.revision,
        }
    }
}

impl<D: Document> Documents<D> {
    /// Reads every document of this kind.
    pub async fn open(store: Arc<dyn Store>) -> Result<Self, StoreError> {
        let prefix = store_key::<D>("");
        let mut cached = BTreeMap::new();
        let mut after: Option<Key> = None;
        loop {
            let page = store.list(&prefix, after.as_ref(), PAGE_ENTRIES).await?;
            after = page.entries.last().map(|(key, _)| key.clone());
            for (key, versioned) in page.entries {
                let entry = read::<D>(&key, &versioned)?;
                cached.insert(entry.document.key(), entry);
            }
            if !page.has_more {
                break;
            }
        }
        Ok(Self {
            store,
            cached: Arc::new(RwLock::new(cached)),
            turns: Arc::new(Semaphore::new(1)),
            writes: TaskTracker::new(),
        })
    }

    /// The document as of the last commit.
    pub fn get(&self, key: &str) -> Option<Arc<D>> {
        self.entry(key).map(|cached| cached.document)
    }

    /// Every document, in the order of keys.
    pub fn list(&self) -> Vec<Arc<D>> {
        let cached = self.cached.read().unwrap_or_else(PoisonError::into_inner);
        cached
            .values()
            .map(|cached| Arc::clone(&cached.document))
            .collect()
    }

    /// Up to `limit` documents behind a key, in the order of keys.
    pub fn list_after(&self, key: Option<&str>, limit: usize) -> Vec<Arc<D>> {
        let cached = self.cached.read().unwrap_or_else(PoisonError::into_inner);
        let from = key.map_or(Bound::Unbounded, Bound::Excluded);
        let behind = cached.range::<str, _>((from, Bound::Unbounded));
        behind
            .take(limit)
            .map(|(_, cached)| Arc::clone(&cached.document))
            .collect()
    }

    /// Writes a document that does not exist yet.
    pub async fn create(&self, document: D) -> Result<Arc<D>, CreateError> {
        let turn = self.turn().await.map_err(CreateError::Store)?;
        match self.put(document, Expect::Absent, turn).await.0 {
            Ok(document) => Ok(document),
            Err(StoreError::Conflict { .. }) => Err(CreateError::Exists),
            Err(error) => Err(CreateError::Store(error)),
        }
    }

    /// Replaces a document by what `change` makes of it. `change` may be called more than once.
    pub async fn change<E: std::error::Error + 'static>(
        &self,
        key: &str,
        change: impl Fn(&D) -> Result<D, E> + Send,
    ) -> Result<Arc<D>, ChangeError<E>> {
        let mut turn = self.turn().await.map_err(ChangeError::Store)?;
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let current = self.entry(key).ok_or(ChangeError::NotFound)?;
            let next = change(&current.document).map_err(ChangeError::Refused)?;
            let expect = Expect::Revision(current.revision);
            let (outcome, same_turn) = self.put(next, expect, turn).await;
            match outcome {
                Ok(document) => return Ok(document),
                Err(StoreError::Conflict { .. }) => {
                    self.read_again(key).await.map_err(ChangeError::Store)?;
                }
                Err(error) => return Err(ChangeError::Store(error)),
            }
            turn = same_turn.ok_or_else(|| ChangeError::Store(interrupted()))?;
        }
        Err(ChangeError::Store(conflict(key)))
    }

    /// Deletes a document if `check` allows it. `check` may be called more than once.
    pub async fn delete<E: std::error::Error + 'static>(
        &self,
        key: &str,
        check: impl Fn(&D) -> Result<(), E> + Send,
    ) -> Result<(), ChangeError<E>> {
        let mut turn = self.turn().await.map_err(ChangeError::Store)?;
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let current = self.entry(key).ok_or(ChangeError::NotFound)?;
            check(&current.document).map_err(ChangeError::Refused)?;
            let delete = Op::Delete {
                key: store_key::<D>(key),
                expect: Expect::Revision(current.revision),
            };
            let name = key.to_owned();
            let (outcome, same_turn) = self
                .commit(delete, turn, move |cached, _| {
                    cached.remove(&name);
                })
                .await;
            match outcome {
                Ok(()) => return Ok(()),
                Err(StoreError::Conflict { .. }) => {
                    self.read_again(key).await.map_err(ChangeError::Store)?;
                }
                Err(error) => return Err(ChangeError::Store(error)),
            }
            turn = same_turn.ok_or_else(|| ChangeError::Store(interrupted()))?;
        }
        Err(ChangeError::Store(conflict(key)))
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        let turn = Arc::clone(&self.turns).acquire_owned().await;
        turn.map_err(|_| interrupted())
    }

    async fn put(
        &self,
        document: D,
        expect: Expect,
        turn: OwnedSemaphorePermit,
    ) -> (Result<Arc<D>, StoreError>, Option<OwnedSemaphorePermit>) {
        let name = document.key();
        let document = Arc::new(document);
        let value = match write(&*document) {
            Ok(value) => value,
            Err(error) => {
                let why = format!("`{name}` cannot be written: {error}");
                return (Err(StoreError::Corrupt(why)), Some(turn));
            }
        };
        let put = Op::Put {
            key: store_key::<D>(&name),
            value,
            expect,
        };
        let entry = Arc::clone(&document);
        let (outcome, turn) = self
            .commit(put, turn, move |cached, revision| {
                let document = entry;
                cached.insert(name, Cached { document, revision });
            })
            .await;
        (outcome.map(|()| document), turn)
    }

    /// Commits one operation and then changes memory, both on a task that nothing interrupts.
    /// Gives the turn back unless the task has panicked.
    async fn commit(
        &self,
        op: Op,
        turn: OwnedSemaphorePermit,
        follow: impl FnOnce(&mut BTreeMap<String, Cached<D>>, Revision) + Send + 'static,
    ) -> (Result<(), StoreError>, Option<OwnedSemaphorePermit>) {
        let (store, cached) = (Arc::clone(&self.store), Arc::clone(&self.cached));
        let write = self.writes.spawn(async move {
            let outcome = store.commit(vec![op]).await;
            let outcome = outcome.map(|revision| {
                let mut cached = cached.write().unwrap_or_else(PoisonError::into_inner);
                follow(&mut cached, revision);
            });
            (outcome, turn)
        });
        match write.await {
            Ok((outcome, turn)) => (outcome, Some(turn)),
            Err(_) => (Err(interrupted()), None),
        }
    }

    /// Brings memory in line with the disk for one key. Only whoever has the turn may do it.
    async fn read_again(&self, name: &str) -> Result<(), StoreError> {
        let key = store_key::<D>(name);
        let entry = match self.store.get(&key).await? {
            Some(versioned) => Some(read(&key, &versioned)?),
            None => None,
        };
        let mut cached = self.cached.write().unwrap_or_else(PoisonError::into_inner);
        match entry {
            Some(entry) => cached.insert(name.to_owned(), entry),
            None => cached.remove(name),
        };
        Ok(())
    }

    fn entry(&self, key: &str) -> Option<Cached<D>> {
        let cached = self.cached.read().unwrap_or_else(PoisonError::into_inner);
        cached.get(key).cloned()
    }
}

fn interrupted() -> StoreError {
    StoreError::Unavailable("a write was interrupted".to_owned())
}

fn conflict(name: &str) -> StoreError {
    StoreError::Conflict {
        key: name.to_owned(),
    }
}

fn store_key<D: Document>(name: &str) -> Key {
    Key::new(format!("{}/{name}", D::KIND))
}

fn write<D: Document>(document: &D) -> Result<Bytes, serde_json::Error> {
    let format = D::FORMAT;
    serde_json::to_vec(&Envelope { format, document }).map(Bytes::from)
}

fn read<D: Document>(key: &Key, versioned: &Versioned) -> Result<Cached<D>, StoreError> {
    let corrupt = |why: String| StoreError::Corrupt(format!("`{key}` {why}"));
    let unreadable = |error: serde_json::Error| corrupt(format!("cannot be read: {error}"));
    let FormatOnly { format } = serde_json::from_slice(&versioned.value).map_err(unreadable)?;
    if format != D::FORMAT {
        let known = D::FORMAT;
        let why = format!("has format {format}, and this server reads format {known}");
        return Err(corrupt(why));
    }
    let Envelope { document, .. }: Envelope<D> =
        serde_json::from_slice(&versioned.value).map_err(unreadable)?;
    if store_key::<D>(&document.key()) != *key {
        return Err(corrupt(format!("is the document `{}`", document.key())));
    }
    Ok(Cached {
        document: Arc::new(document),
        revision: versioned.revision,
    })
}
