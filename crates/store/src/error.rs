//! Why the server's state could not be read or written, in terms of what a caller does about it.

/// Why a read or a write of documents or blobs failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A blob that is asked for is not there.
    #[error("`{0}` is not in the store")]
    NotFound(String),
    /// What is there is not what was expected. Read again and decide again.
    #[error("`{key}` has changed meanwhile")]
    Conflict { key: String },
    #[error("`{key}` would have {bytes} bytes, more than {max}")]
    TooLarge {
        key: String,
        bytes: usize,
        max: usize,
    },
    /// Nothing was written. Writing works again once there is space.
    #[error("the disk of the data directory is full")]
    DiskFull,
    /// The engine is stopped or its disk does not answer. What was asked for may have happened.
    #[error("the store is not available: {0}")]
    Unavailable(String),
    /// What is on disk cannot be what was written. Never skipped over.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
}

/// Why an operation on the queue of events failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// The receipt is stale: the lease ended, or the event was claimed, released or settled since.
    #[error("the event is no longer leased under this receipt")]
    Fenced,
    #[error("an event has {bytes} bytes, more than {max}")]
    TooLarge { bytes: usize, max: usize },
    /// Nothing was accepted. Accepting works again once events have been settled.
    #[error("the queue holds {max} events and takes more only when some of them are done")]
    Full { max: usize },
    /// Nothing was accepted. Accepting works again once there is space.
    #[error("the disk of the data directory is full")]
    DiskFull,
    /// The engine is stopped or its disk does not answer. What was asked for may have happened.
    #[error("the queue is not available: {0}")]
    Unavailable(String),
    #[error("the queue is damaged: {0}")]
    Corrupt(String),
}

impl From<StoreError> for QueueError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(what) => Self::Corrupt(format!("`{what}` is missing")),
            StoreError::Conflict { key } => Self::Corrupt(format!("`{key}` has changed")),
            StoreError::TooLarge { bytes, max, .. } => Self::TooLarge { bytes, max },
            StoreError::DiskFull => Self::DiskFull,
            StoreError::Unavailable(why) => Self::Unavailable(why),
            StoreError::Corrupt(why) => Self::Corrupt(why),
        }
    }
}
