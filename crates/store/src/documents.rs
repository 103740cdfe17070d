//! Typed documents on top of a [`Store`], with every one of them in memory.
//!
//! Invocations read documents without touching the disk. That is sound because this process is the
//! only writer: writes go one after the other, and memory changes after the disk has.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::ops::Bound;
use std::sync::{Arc, PoisonError, RwLock};

use bytes::Bytes;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

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
    cached: RwLock<BTreeMap<String, Cached<D>>>,
    /// Held over a whole change, so that memory follows the disk in the order of commits.
    writing: Mutex<()>,
}

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
            cached: RwLock::new(cached),
            writing: Mutex::new(()),
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
        let _alone = self.writing.lock().await;
        match self.put(document, Expect::Absent).await {
            Ok(document) => Ok(document),
            Err(StoreError::Conflict { .. }) => Err(CreateError::Exists),
            Err(error) => Err(CreateError::Store(error)),
        }
    }

    /// Replaces a document by what `change` makes of it. `change` may be called more than once.
    ///
    pub async fn change<E: std::error::Error + 'static>(
        &self,
        key: &str,
        change: impl Fn(&D) -> Result<D, E> + Send,
    ) -> Result<Arc<D>, ChangeError<E>> {
        let _alone = self.writing.lock().await;
        let mut conflict = StoreError::Conflict {
            key: key.to_owned(),
        };
        for _ in 0..CHANGE_ATTEMPTS_MAX {
            let current = self.entry(key).ok_or(ChangeError::NotFound)?;
            let next = change(&current.document).map_err(ChangeError::Refused)?;
            match self.put(next, Expect::Revision(current.revision)).await {
                Ok(document) => return Ok(document),
                Err(error @ StoreError::Conflict { .. }) => {
                    conflict = error;
                    self.read_again(key).await.map_err(ChangeError::Store)?;
                }
                Err(error) => return Err(ChangeError::Store(error)),
            }
        }
        Err(ChangeError::Store(conflict))
    }

    /// Deletes a document if `check` allows it.
    pub async fn delete<E: std::error::Error + 'static>(
        &self,
        key: &str,
        check: impl Fn(&D) -> Result<(), E> + Send,
    ) -> Result<(), ChangeError<E>> {
        let _alone = self.writing.lock().await;
        let current = self.entry(key).ok_or(ChangeError::NotFound)?;
        check(&current.document).map_err(ChangeError::Refused)?;
        let delete = Op::Delete {
            key: store_key::<D>(key),
            expect: Expect::Any,
        };
        self.store
            .commit(vec![delete])
            .await
            .map_err(ChangeError::Store)?;
        self.cached
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
        Ok(())
    }

    async fn put(&self, document: D, expect: Expect) -> Result<Arc<D>, StoreError> {
        let name = document.key();
        let envelope = Envelope {
            format: D::FORMAT,
            document,
        };
        let value = serde_json::to_vec(&envelope)
            .map_err(|error| StoreError::Corrupt(format!("`{name}` cannot be written: {error}")))?;
        let put = Op::Put {
            key: store_key::<D>(&name),
            value: Bytes::from(value),
            expect,
        };
        let revision = self.store.commit(vec![put]).await?;
        let document = Arc::new(envelope.document);
        let cached = Cached {
            document: Arc::clone(&document),
            revision,
        };
        self.cached
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name, cached);
        Ok(document)
    }

    /// Brings memory in line with the disk for one key.
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
        // The lock protects a map whose every change is one insertion or removal.
        self.cached
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(key)
            .cloned()
    }
}

fn store_key<D: Document>(name: &str) -> Key {
    Key::new(format!("{}/{name}", D::KIND))
}

fn read<D: Document>(key: &Key, versioned: &Versioned) -> Result<Cached<D>, StoreError> {
    let corrupt = |error: serde_json::Error| StoreError::Corrupt(format!("`{key}`: {error}"));
    let FormatOnly { format } = serde_json::from_slice(&versioned.value).map_err(corrupt)?;
    if format != D::FORMAT {
        let known = D::FORMAT;
        let why = format!("`{key}` has format {format}, and this server reads format {known}");
        return Err(StoreError::Corrupt(why));
    }
    let envelope: Envelope<D> = serde_json::from_slice(&versioned.value).map_err(corrupt)?;
    Ok(Cached {
        document: Arc::new(envelope.document),
        revision: versioned.revision,
    })
}
