//! What goes wrong in the admin API. The names are in AWS's manner; the texts are ours.

use std::io;
use std::time::Duration;

use domain::name::FunctionName;
use http::{Method, StatusCode};
use invoke::ControlError;
use model::ErrorName;
use store::QueueError;

use super::Error;
use crate::body::BodyError;

/// What there is, for whoever asks for something else.
const ROUTES: &str = "GET clock, POST clock/advance, GET events, POST events/purge, \
    GET events/{RequestId}, POST events/{RequestId}/cancel, POST events/{RequestId}/redrive, \
    GET events/{RequestId}/result, GET faults, GET faults/{Function}, PUT faults/{Function}, \
    DELETE faults/{Function}";

impl Error {
    pub(crate) fn admin_no_route(method: &Method, path: &str) -> Self {
        Self::edge(
            "ResourceNotFoundException",
            StatusCode::NOT_FOUND,
            format!("There is no {method} {path} below /invoked/v1/. There are: {ROUTES}."),
        )
    }

    pub(crate) fn admin_body(error: &serde_json::Error) -> Self {
        Self::new(
            ErrorName::InvalidRequestContentException,
            format!("The body of the request does not fit: {error}."),
        )
    }

    pub(crate) fn admin_unread(error: &BodyError) -> Self {
        Self::new(
            ErrorName::InvalidRequestContentException,
            format!("The request cannot be read: {error}."),
        )
        .with_body_unread()
    }

    pub(crate) fn admin_parameter(name: &str, expected: &str) -> Self {
        Self::invalid(format!("The value of {name} must be {expected}."))
    }

    pub(crate) fn admin_advance() -> Self {
        Self::invalid(
            "Say how far the clock is to be advanced: either Seconds, from 0 to 31536000, or \
             \"To\": \"NextEvent\".",
        )
    }

    /// Only a clock that stands can be advanced.
    pub(crate) fn clock_runs() -> Self {
        Self::not_now(
            "This server runs by the clock of the system, which cannot be advanced. Start it with \
             --clock virtual.",
        )
    }

    pub(crate) fn nothing_is_due() -> Self {
        Self::not_now("Nothing waits for a later time in any queue, so there is no next event.")
    }

    pub(crate) fn events_run(waited: Duration) -> Self {
        Self::not_now(format!(
            "Events are still due or running after {} seconds. The clock was not advanced; try \
             again when they have ended.",
            waited.as_secs()
        ))
    }

    pub(crate) fn clock_stands(error: &io::Error) -> Self {
        Self::new(
            ErrorName::ServiceException,
            format!("The clock was not advanced, because its time cannot be written: {error}."),
        )
    }

    pub(crate) fn faults_are_off() -> Self {
        Self::not_now(
            "This server makes no faults on purpose. Start it with --faults on, and not where \
             anybody relies on it.",
        )
    }

    pub(crate) fn no_fault() -> Self {
        Self::invalid(
            "Name at least one fault: Throttle, InitFailure, Latency, Crash or Duplicate.",
        )
    }

    pub(crate) fn no_faults_of(function: &FunctionName) -> Self {
        Self::edge(
            "ResourceNotFoundException",
            StatusCode::NOT_FOUND,
            format!("No faults are ordered for the function {function}."),
        )
    }

    /// Why something cannot be said of an event or done to it.
    pub(crate) fn event(request_id: &str, error: &ControlError) -> Self {
        match error {
            ControlError::NotFound => Self::edge(
                "ResourceNotFoundException",
                StatusCode::NOT_FOUND,
                format!(
                    "No event has the request id {request_id}, or it has ended and its result is \
                     not kept any more."
                ),
            ),
            ControlError::Running => Self::not_now(format!(
                "The event {request_id} is running. Try again when it has ended or waits."
            )),
            ControlError::Ended { ending } => Self::not_now(format!(
                "The event {request_id} has already ended: {ending}."
            )),
            ControlError::Unreadable => Self::not_now(format!(
                "The event {request_id} was written by another version of the server and cannot be read."
            )),
            ControlError::FunctionGone { function } => Self::not_now(format!(
                "The function {function} of the event {request_id} does not exist any more."
            )),
            ControlError::Queue(error) => Self::admin_queue(error),
        }
    }

    pub(crate) fn admin_queue(error: &QueueError) -> Self {
        if matches!(error, QueueError::DiskFull) {
            return Self::disk_full();
        }
        if matches!(error, QueueError::Fenced) {
            return Self::not_now("Somebody else has changed the event at this moment. Try again.");
        }
        Self::internal(error)
    }

    fn not_now(message: impl Into<String>) -> Self {
        Self::edge("ConflictException", StatusCode::CONFLICT, message)
    }
}

impl From<ControlError> for Error {
    fn from(error: ControlError) -> Self {
        Self::event("", &error)
    }
}
