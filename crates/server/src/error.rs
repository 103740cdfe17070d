//! Every error as a client sees it: Lambda's name, status and text of each, and nowhere else.
//!
//! Everything below this crate says in its own words what went wrong; here those words become
//! AWS's. Texts marked `observed` were recorded from the service and are kept to the letter.

mod admin;
mod destination;
mod edge;
mod invocation;
mod layer;
mod parameters;
mod state;

use std::fmt::Display;

use http::StatusCode;
use model::ErrorName;
use store::StoreError;
use tracing::error;

/// An answer that says no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Error {
    kind: Kind,
    message: String,
    throttle_reason: Option<&'static str>,
    leaves_body_unread: bool,
}

/// What an error is called, and what goes with the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Aws(ErrorName),
    /// Errors of the HTTP front end that Lambda has no name for.
    Edge(&'static str, StatusCode),
}

impl Error {
    pub(crate) fn new(name: ErrorName, message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Aws(name),
            message: message.into(),
            throttle_reason: None,
            leaves_body_unread: false,
        }
    }

    fn edge(name: &'static str, status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            kind: Kind::Edge(name, status),
            ..Self::new(ErrorName::ServiceException, message)
        }
    }

    /// A bug of ours: logged here, where it stops.
    pub(crate) fn internal(cause: &dyn Display) -> Self {
        error!(%cause, "request failed inside the server");
        Self::new(
            ErrorName::ServiceException,
            "An error occurred and the request cannot be processed.",
        )
    }

    /// Nothing was written. An operator has to make room.
    pub(crate) fn disk_full() -> Self {
        error!("request refused: the disk of the data directory is full");
        Self::new(
            ErrorName::ServiceException,
            "The disk of the server's data directory is full. Nothing was changed.",
        )
    }

    pub(crate) fn name(&self) -> &'static str {
        match self.kind {
            Kind::Aws(name) => name.wire_name(),
            Kind::Edge(name, _) => name,
        }
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self.kind {
            Kind::Aws(name) => name.status(),
            Kind::Edge(_, status) => status,
        }
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }

    /// `message` or `Message`.
    pub(crate) fn message_key(&self) -> &'static str {
        match self.kind {
            Kind::Aws(name) => name.message_key(),
            Kind::Edge(..) => "message",
        }
    }

    /// The `Type` of the body; errors that the model does not have have none.
    pub(crate) fn fault(&self) -> Option<&'static str> {
        match self.kind {
            Kind::Aws(name) => name.fault(),
            Kind::Edge(..) => None,
        }
    }

    pub(crate) fn throttle_reason(&self) -> Option<&'static str> {
        self.throttle_reason
    }

    /// Whether the connection has to end with this answer, because part of the request is still
    /// on its way.
    pub(crate) fn leaves_body_unread(&self) -> bool {
        self.leaves_body_unread
    }

    pub(crate) fn with_body_unread(self) -> Self {
        Self {
            leaves_body_unread: true,
            ..self
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        if error == StoreError::DiskFull {
            return Self::disk_full();
        }
        if let StoreError::TooLarge { bytes, max, .. } = error {
            return Self::new(
                ErrorName::CodeStorageExceededException,
                format!(
                    "The function or layer with its versions and all that belongs to them would \
                     take {bytes} bytes of metadata, more than {max}. Delete versions that are not \
                     used."
                ),
            );
        }
        Self::internal(&error)
    }
}

/// An error with its causes, for the log.
struct Chain<'a>(&'a dyn std::error::Error);

impl Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
