//! What goes wrong before an operation is reached.

use std::time::Duration;

use http::StatusCode;
use model::{ErrorName, NoRoute, Operation, ReadError};

use super::Error;
use crate::auth::SignatureError;
use crate::body::BodyError;
use crate::link::LinkError;
use crate::operations::Offered;
use crate::paging::BadMarker;

impl Error {
    pub(crate) fn too_many_connections() -> Self {
        Self::edge(
            "ServiceUnavailableException",
            StatusCode::SERVICE_UNAVAILABLE,
            "This server has no room for another connection. Close one, or try again later.",
        )
    }

    pub(crate) fn unreadable_head(why: &str) -> Self {
        Self::new(
            ErrorName::InvalidRequestContentException,
            format!("Could not parse the HTTP request: {why}"),
        )
    }

    pub(crate) fn head_too_large() -> Self {
        Self::edge(
            "RequestHeaderFieldsTooLargeException",
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "The request line and the headers must have at most 1048576 bytes and 100 headers.",
        )
    }

    pub(crate) fn head_timed_out(limit: Duration) -> Self {
        Self::timed_out(&format!(
            "The request line and the headers did not arrive within {} seconds.",
            limit.as_secs()
        ))
    }

    fn timed_out(message: &str) -> Self {
        Self::edge(
            "RequestTimeoutException",
            StatusCode::REQUEST_TIMEOUT,
            message,
        )
    }

    pub(crate) fn no_route(reason: NoRoute, method: &http::Method, path: &str) -> Self {
        let message = match reason {
            NoRoute::UnknownPath => format!("No Lambda operation has the path {path}"),
            NoRoute::MethodNotAllowed => {
                format!("No Lambda operation has the method {method} on the path {path}")
            }
        };
        Self::new(ErrorName::UnknownOperationException, message)
    }

    pub(crate) fn not_served(operation: Operation) -> Self {
        Self::new(
            ErrorName::NotImplementedException,
            format!(
                "This server does not offer the operation {}.",
                operation.name()
            ),
        )
    }

    /// observed: in the first text Invoke goes by its old name.
    pub(crate) fn body(error: &BodyError, offered: Offered) -> Self {
        let operation = if offered == Offered::Invoke {
            "InvokeFunction".to_owned()
        } else {
            format!("{offered:?}")
        };
        match error {
            BodyError::TooLarge { max } => Self::new(
                ErrorName::RequestEntityTooLargeException,
                format!("Request must be smaller than {max} bytes for the {operation} operation"),
            )
            .with_body_unread(),
            BodyError::Late => Self::timed_out("The body of the request did not arrive in time.")
                .with_body_unread(),
            BodyError::Broken(_) => Self::new(
                ErrorName::InvalidRequestContentException,
                "Could not read the body of the request.",
            )
            .with_body_unread(),
        }
    }

    /// Too many requests that need much memory are under way.
    pub(crate) fn too_many_uploads() -> Self {
        Self {
            throttle_reason: Some("CallerRateLimitExceeded"),
            ..Self::new(ErrorName::TooManyRequestsException, "Rate exceeded")
        }
    }
}

impl From<SignatureError> for Error {
    fn from(error: SignatureError) -> Self {
        let (name, message) = match error {
            SignatureError::Missing => (
                ErrorName::MissingAuthenticationTokenException,
                "Missing Authentication Token".to_owned(),
            ),
            SignatureError::Algorithm { algorithm } => (
                ErrorName::IncompleteSignatureException,
                format!(
                    "Unsupported AWS 'algorithm': '{algorithm}'. This server takes AWS4-HMAC-SHA256."
                ),
            ),
            SignatureError::Malformed { problems } => {
                (ErrorName::IncompleteSignatureException, problems)
            }
        };
        Self::new(name, message)
    }
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        let name = match error {
            ReadError::Serialization(_) => ErrorName::SerializationException,
            ReadError::Validation(_) => ErrorName::ValidationException,
        };
        Self::new(name, error.to_string())
    }
}

impl From<LinkError> for Error {
    fn from(error: LinkError) -> Self {
        let message = match error {
            LinkError::Forged => "The link to the package is not valid.",
            LinkError::Expired => {
                "The link to the package has expired. Call GetFunction for a new one."
            }
        };
        Self::new(ErrorName::AccessDeniedException, message)
    }
}

impl From<BadMarker> for Error {
    fn from(_: BadMarker) -> Self {
        Self::invalid(
            "The value of the parameter Marker is not a marker that this server has returned.",
        )
    }
}
