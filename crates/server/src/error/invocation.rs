//! Why an invocation is refused. A function that ran and failed is no error.

use domain::limits::CLIENT_CONTEXT_BYTES_MAX;
use domain::name::{Home, Qualifier, Version};
use domain::payload::{ClientContextError, NotJson};
use http::StatusCode;
use invoke::InvokeError;
use model::ErrorName;
use store::{QueueError, Refused};
use tracing::{error, warn};

use super::{Chain, Error};

impl Error {
    /// observed: the first two parts are to the letter, the parser's message is our parser's.
    pub(crate) fn payload_not_json(error: &NotJson) -> Self {
        Self::new(
            ErrorName::InvalidRequestContentException,
            format!(
                "Could not parse request body into json: Could not parse payload into json: {}",
                error.0
            ),
        )
    }

    /// observed.
    pub(crate) fn event_too_large(bytes: usize, max: usize) -> Self {
        Self::new(
            ErrorName::RequestEntityTooLargeException,
            format!(
                "{bytes} byte payload is too large for the Event invocation type (limit {max} bytes)"
            ),
        )
    }

    /// Nothing was accepted. Events have to end before others are taken.
    fn event_queue_full(max: usize) -> Self {
        error!(max, "event refused: the queues are full");
        Self::new(
            ErrorName::ServiceException,
            format!(
                "The server holds {max} events and takes more only when some of them have ended."
            ),
        )
    }

    /// observed: a call without a qualifier is told that `$LATEST` is missing.
    pub(crate) fn invocation(home: &Home, error: InvokeError) -> Self {
        match error {
            InvokeError::FunctionNotFound { mut target } => {
                let latest = Qualifier::Version(Version::Latest);
                target.qualifier.get_or_insert(latest);
                Self::target_not_found(home, &target)
            }
            InvokeError::NotReady { state } => Self::not_ready(&state),
            // model: the exceptions' own texts.
            InvokeError::SnapshotNotReady => Self::new(
                ErrorName::SnapStartNotReadyException,
                "Lambda is initializing your function. You can invoke the function when the function state becomes Active.",
            ),
            InvokeError::RestoreFailed { reason } => {
                Self::new(ErrorName::SnapStartException, reason)
            }
            InvokeError::RestoreTimedOut => Self::new(
                ErrorName::SnapStartTimeoutException,
                "Lambda couldn't restore the snapshot within the timeout limit.",
            ),
            InvokeError::Throttled { limit } => Self {
                throttle_reason: Some(throttle_reason(limit)),
                ..Self::new(ErrorName::TooManyRequestsException, "Rate Exceeded.")
            },
            InvokeError::Full(full) => {
                warn!(%full, "invocation refused: no memory is left for another environment");
                let mib = |bytes: u64| bytes >> 20;
                Self {
                    throttle_reason: Some("ConcurrentInvocationLimitExceeded"),
                    ..Self::new(
                        ErrorName::TooManyRequestsException,
                        format!(
                            "Rate Exceeded. An environment of {} MB does not fit beside the {} MB of those \
                             that run; this server has {} MB for environments (--environment-memory).",
                            mib(full.wanted),
                            mib(full.used),
                            mib(full.max)
                        ),
                    )
                }
            }
            InvokeError::CrashLoop => Self {
                throttle_reason: Some("FunctionInvocationRateLimitExceeded"),
                ..Self::new(
                    ErrorName::TooManyRequestsException,
                    "Rate Exceeded. The function fails to initialize again and again, and others wait \
                     for the same; its log says why.",
                )
            },
            InvokeError::ShuttingDown => Self::edge(
                "ServiceUnavailableException",
                StatusCode::SERVICE_UNAVAILABLE,
                "This server is shutting down.",
            ),
            InvokeError::Environment { reason } => {
                error!(reason, "execution environment not started");
                Self::new(
                    ErrorName::ServiceException,
                    format!("An execution environment could not be started: {reason}"),
                )
            }
            InvokeError::Queue(QueueError::TooLarge { bytes, max }) => {
                Self::event_too_large(bytes, max)
            }
            InvokeError::Queue(QueueError::DiskFull) => Self::disk_full(),
            InvokeError::Queue(QueueError::Full { max }) => Self::event_queue_full(max),
            InvokeError::Queue(_) => Self::internal(&Chain(&error)),
        }
    }
}

fn throttle_reason(limit: Refused) -> &'static str {
    match limit {
        Refused::Account => "ConcurrentInvocationLimitExceeded",
        Refused::Reserved | Refused::ReservedZero => {
            "ReservedFunctionConcurrentInvocationLimitExceeded"
        }
    }
}

impl From<ClientContextError> for Error {
    fn from(error: ClientContextError) -> Self {
        Self::new(
            ErrorName::InvalidRequestContentException,
            match error {
                ClientContextError::TooLong { bytes } => format!(
                    "Client context must have at most {CLIENT_CONTEXT_BYTES_MAX} bytes of base64, \
                     and this one has {bytes}."
                ),
                ClientContextError::NotBase64 => {
                    "Client context must be base64-encoded.".to_owned()
                }
                ClientContextError::NotJson => {
                    "Client context must be a valid Base64-encoded JSON object.".to_owned()
                }
            },
        )
    }
}
