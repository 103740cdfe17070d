//! What goes into an invocation, what comes out of it, and why it may not run at all.

use bytes::Bytes;
use domain::fleet::Full;
use domain::function::State;
use domain::name::{Target, Version};
use domain::payload::ClientContext;
use store::{QueueError, Refused};
use uuid::Uuid;

use crate::stream::StreamError;

/// One call of a function, whoever makes it: a client, or the queue of events.
#[derive(Debug, Clone)]
pub struct Invocation {
    pub target: Target,
    /// The request id that the client, the function and the log see.
    pub request_id: Uuid,
    /// One JSON value; its size and form are already checked.
    pub payload: Bytes,
    pub client_context: Option<ClientContext>,
    /// The `X-Amzn-Trace-Id` that the caller sent.
    pub trace: Option<String>,
    /// The access key of whoever asks; none if nobody was asked for one.
    pub caller: Option<String>,
    /// Whether the answer carries the end of the log.
    pub log_tail: bool,
}

/// What the caller of a function gets. A function that ran and failed has answered too.
#[derive(Debug)]
pub struct Answer {
    pub payload: Bytes,
    /// The media type that the runtime gave its answer; `None` if it gave none.
    pub content_type: Option<String>,
    pub executed_version: Version,
    pub is_function_error: bool,
    /// What was wrong, if the answer was streamed or is the platform's word about the function.
    pub error: Option<StreamError>,
    /// The last 4 KB of the invocation's log, if asked for.
    pub log_tail: Option<Vec<u8>>,
    /// The trace header of this invocation, made here if the caller sent none.
    pub trace: String,
}

/// Why an invocation could not be run to an answer.
///
/// A function that ran and failed is *not* here: that is an [`Answer`] with status 200.
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    #[error("no function `{}`", target.function)]
    FunctionNotFound { target: Target },
    #[error("the function is not ready: {state:?}")]
    NotReady { state: State },
    /// A version whose first environment is not initialized yet.
    #[error("the version is being initialized")]
    SnapshotNotReady,
    /// A copy of an initialized environment could not begin; the function's hooks said why.
    #[error("restore the snapshot: {reason}")]
    RestoreFailed { reason: String },
    #[error("the snapshot was not restored in time")]
    RestoreTimedOut,
    #[error("the limit of concurrent executions is reached")]
    Throttled { limit: Refused },
    /// The environment could not be started for a reason that is not the function's.
    #[error("start an execution environment: {reason}")]
    Environment { reason: String },
    /// The environments that run leave no memory for another.
    #[error("{0}")]
    Full(Full),
    /// The version's environments fail to initialize again and again, and those that try now took too long.
    #[error("the version's environments fail to initialize again and again")]
    CrashLoop,
    #[error("the server is shutting down")]
    ShuttingDown,
    #[error("put the event into the queue")]
    Queue(#[source] QueueError),
}

impl From<Full> for InvokeError {
    fn from(full: Full) -> Self {
        Self::Full(full)
    }
}
