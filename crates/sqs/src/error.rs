//! Every error as a client of SQS sees it: its two names, its status and its text.
//!
//! The JSON protocol names the shape of an error, the query protocol a code, and a client of the
//! first finds the code in a header. Texts marked `observed` are those of the service.

use std::fmt::Display;

use store::documents::ChangeError;
use store::{QueueError, StoreError};
use tracing::error;

/// What went wrong, as far as a client tells one thing from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    BatchEntryIdsNotDistinct,
    BatchRequestTooLong,
    EmptyBatchRequest,
    IncompleteSignature,
    InternalFailure,
    InvalidAction,
    InvalidAddress,
    InvalidAttributeName,
    InvalidAttributeValue,
    InvalidBatchEntryId,
    InvalidMessageContents,
    InvalidParameterValue,
    MissingAuthenticationToken,
    MissingParameter,
    OverLimit,
    PurgeQueueInProgress,
    QueueDoesNotExist,
    QueueNameExists,
    ReceiptHandleIsInvalid,
    RequestThrottled,
    RequestTooLarge,
    ResourceNotFound,
    Serialization,
    ServiceUnavailable,
    TooManyEntriesInBatchRequest,
    UnsupportedOperation,
}

/// How an error is called in both protocols, and its status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Names {
    pub(crate) shape: &'static str,
    pub(crate) code: &'static str,
    pub(crate) status: u16,
}

/// The part of the older codes that the shapes do not have.
macro_rules! namespaced {
    ($name:literal, $status:literal) => {
        ($name, concat!("AWS.SimpleQueueService.", $name), $status)
    };
}

impl Kind {
    /// model: the shapes of errors; docs: common errors; observed: codes and statuses.
    pub(crate) const fn names(self) -> Names {
        let (shape, code, status) = match self {
            Self::BatchEntryIdsNotDistinct => namespaced!("BatchEntryIdsNotDistinct", 400),
            Self::BatchRequestTooLong => namespaced!("BatchRequestTooLong", 400),
            Self::EmptyBatchRequest => namespaced!("EmptyBatchRequest", 400),
            Self::InvalidBatchEntryId => namespaced!("InvalidBatchEntryId", 400),
            Self::PurgeQueueInProgress => namespaced!("PurgeQueueInProgress", 403),
            Self::TooManyEntriesInBatchRequest => namespaced!("TooManyEntriesInBatchRequest", 400),
            Self::UnsupportedOperation => namespaced!("UnsupportedOperation", 400),
            Self::QueueDoesNotExist => (
                "QueueDoesNotExist",
                "AWS.SimpleQueueService.NonExistentQueue",
                400,
            ),
            Self::QueueNameExists => ("QueueNameExists", "QueueAlreadyExists", 400),
            Self::InvalidParameterValue => (
                "InvalidParameterValueException",
                "InvalidParameterValue",
                400,
            ),
            Self::MissingParameter => {
                ("MissingRequiredParameterException", "MissingParameter", 400)
            }
            Self::IncompleteSignature => same("IncompleteSignature", 400),
            Self::InternalFailure => same("InternalFailure", 500),
            Self::InvalidAction => same("InvalidAction", 400),
            Self::InvalidAddress => same("InvalidAddress", 404),
            Self::InvalidAttributeName => same("InvalidAttributeName", 400),
            Self::InvalidAttributeValue => same("InvalidAttributeValue", 400),
            Self::InvalidMessageContents => same("InvalidMessageContents", 400),
            Self::MissingAuthenticationToken => same("MissingAuthenticationToken", 403),
            Self::OverLimit => same("OverLimit", 403),
            Self::ReceiptHandleIsInvalid => same("ReceiptHandleIsInvalid", 400),
            Self::RequestThrottled => same("RequestThrottled", 400),
            Self::RequestTooLarge => same("RequestEntityTooLarge", 413),
            Self::ResourceNotFound => same("ResourceNotFoundException", 404),
            Self::Serialization => same("SerializationException", 400),
            Self::ServiceUnavailable => same("ServiceUnavailable", 503),
        };
        Names {
            shape,
            code,
            status,
        }
    }
}

const fn same(name: &'static str, status: u16) -> (&'static str, &'static str, u16) {
    (name, name, status)
}

/// An answer that says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Error {
    pub(crate) kind: Kind,
    pub(crate) message: String,
}

impl Error {
    pub(crate) fn new(kind: Kind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind, message }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::InvalidParameterValue, message)
    }

    /// observed: the form of most texts about a parameter. The reason comes without a full stop.
    pub(crate) fn value(name: &str, value: impl Display, reason: &str) -> Self {
        Self::invalid(format!(
            "Value {value} for parameter {name} is invalid. Reason: {reason}."
        ))
    }

    pub(crate) fn missing(name: &str) -> Self {
        Self::new(
            Kind::MissingParameter,
            format!("The request must contain the parameter {name}."),
        )
    }

    pub(crate) fn no_queue() -> Self {
        Self::new(
            Kind::QueueDoesNotExist,
            "The specified queue does not exist.",
        )
    }

    pub(crate) fn unknown_attribute(name: &str) -> Self {
        Self::new(
            Kind::InvalidAttributeName,
            format!("Unknown Attribute {name}."),
        )
    }

    pub(crate) fn attribute_value(name: &str) -> Self {
        Self::new(
            Kind::InvalidAttributeValue,
            format!("Invalid value for the parameter {name}."),
        )
    }

    pub(crate) fn unsupported(message: impl Into<String>) -> Self {
        Self::new(Kind::UnsupportedOperation, message)
    }

    /// A bug of ours or a broken store: logged here, where it stops.
    pub(crate) fn internal(cause: &dyn Display) -> Self {
        error!(%cause, "request to a queue failed inside the server");
        Self::new(
            Kind::InternalFailure,
            "The request processing has failed because of an unknown error, exception or failure.",
        )
    }

    fn disk_full() -> Self {
        error!("request to a queue refused: the disk of the data directory is full");
        Self::new(
            Kind::ServiceUnavailable,
            "The disk of the server's data directory is full. Nothing was changed.",
        )
    }
}

impl From<QueueError> for Error {
    fn from(error: QueueError) -> Self {
        match error {
            QueueError::Full { max } => Self::new(
                Kind::OverLimit,
                format!("This server holds {max} events and takes more only when some are done."),
            ),
            QueueError::DiskFull => Self::disk_full(),
            QueueError::Fenced
            | QueueError::TooLarge { .. }
            | QueueError::Unavailable(_)
            | QueueError::Corrupt(_) => Self::internal(&error),
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DiskFull => Self::disk_full(),
            StoreError::NotFound(_)
            | StoreError::Conflict { .. }
            | StoreError::TooLarge { .. }
            | StoreError::Unavailable(_)
            | StoreError::Corrupt(_) => Self::internal(&error),
        }
    }
}

impl From<ChangeError<Self>> for Error {
    fn from(error: ChangeError<Self>) -> Self {
        match error {
            ChangeError::NotFound => Self::no_queue(),
            ChangeError::Refused(error) => error,
            ChangeError::Store(error) => error.into(),
        }
    }
}
