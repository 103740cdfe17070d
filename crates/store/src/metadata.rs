//! Documents under keys, changed under compare-and-set.

use std::fmt;
use std::num::NonZeroUsize;

use async_trait::async_trait;
use bytes::Bytes;

use crate::StoreError;

/// The largest value. Larger things are blobs.
pub const VALUE_BYTES_MAX: usize = 4 << 20;

/// The name of a document, such as `function/my-function`. Keys are ordered by their bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(String);

impl Key {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A number that grows with every commit. For a key it tells one state from every other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

/// A value and the commit that wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versioned {
    pub value: Bytes,
    pub revision: Revision,
}

/// A part of a listing, in the order of keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    pub entries: Vec<(Key, Versioned)>,
    /// Whether there is more behind the last entry.
    pub has_more: bool,
}

/// What must be true of a key for a commit to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    Absent,
    Revision(Revision),
    Any,
}

impl Expect {
    /// Whether a key that has this revision, or none, is as expected.
    pub fn holds(self, found: Option<Revision>) -> bool {
        match self {
            Self::Absent => found.is_none(),
            Self::Revision(revision) => found == Some(revision),
            Self::Any => true,
        }
    }
}

/// One part of a commit.
#[derive(Debug, Clone)]
pub enum Op {
    Put {
        key: Key,
        value: Bytes,
        expect: Expect,
    },
    Delete {
        key: Key,
        expect: Expect,
    },
    Check {
        key: Key,
        expect: Expect,
    },
}

impl Op {
    /// The key and what is expected of it.
    pub fn expectation(&self) -> (&Key, Expect) {
        match self {
            Self::Put { key, expect, .. }
            | Self::Delete { key, expect }
            | Self::Check { key, expect } => (key, *expect),
        }
    }

    /// Refuses a value that is too large to be a document.
    pub fn check_size(&self) -> Result<(), StoreError> {
        match self {
            Self::Put { key, value, .. } if value.len() > VALUE_BYTES_MAX => {
                let (key, bytes) = (key.to_string(), value.len());
                Err(StoreError::TooLarge {
                    key,
                    bytes,
                    max: VALUE_BYTES_MAX,
                })
            }
            Self::Put { .. } | Self::Delete { .. } | Self::Check { .. } => Ok(()),
        }
    }
}

/// Keeps documents.
#[async_trait]
pub trait Store: Send + Sync + fmt::Debug {
    /// The value as of the last commit.
    async fn get(&self, key: &Key) -> Result<Option<Versioned>, StoreError>;

    /// Entries whose keys begin with `prefix`, behind `after`, in the order of their bytes.
    async fn list(
        &self,
        prefix: &Key,
        after: Option<&Key>,
        limit: NonZeroUsize,
    ) -> Result<Page, StoreError>;

    /// Does all of it or nothing; durable when it returns. No key comes twice, and expectations are
    /// about the state before the commit. The revision is that of every key that
    /// was put.
    async fn commit(&self, ops: Vec<Op>) -> Result<Revision, StoreError>;
}
