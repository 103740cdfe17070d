//! Invoke: now and for an answer, later as an event, or not at all.
//!
//! This is the path that every invocation takes, so nothing here copies the payload or builds JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::limits::EVENT_PAYLOAD_BYTES_MAX;
use domain::payload::{ClientContext, EMPTY_EVENT, check_event};
use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Response, StatusCode};
use invoke::{Answer, Invocation};
use model::header::{X_AMZ_EXECUTED_VERSION, X_AMZ_FUNCTION_ERROR, X_AMZ_LOG_RESULT};
use model::input::{InvocationRequest, InvokeAsyncRequest};

use super::{Arrived, subject};
use crate::error::Error;
use crate::pipeline::Edge;
use crate::respond;

pub(super) const TRACE_ID: HeaderName = HeaderName::from_static("x-amzn-trace-id");
pub(super) const REMAPPED_CONTENT_LENGTH: HeaderName =
    HeaderName::from_static("x-amzn-remapped-content-length");

/// observed: the only value of the header that says that a function failed.
const UNHANDLED: HeaderValue = HeaderValue::from_static("Unhandled");

/// What a caller wants to come of an invocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    RequestResponse,
    Event,
    DryRun,
}

impl Kind {
    /// Reads the header, whose values the model has checked. Without it the caller waits.
    pub(super) fn of(text: Option<&str>) -> Self {
        match text {
            Some("Event") => Self::Event,
            Some("DryRun") => Self::DryRun,
            _ => Self::RequestResponse,
        }
    }
}

pub(super) async fn invoke(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = InvocationRequest::read(&arrived.wire())?;
    let kind = Kind::of(input.invocation_type.as_deref());
    for (parameter, text) in [
        ("DurableExecutionName", &input.durable_execution_name),
        ("TenantId", &input.tenant_id),
    ] {
        if text.is_some() {
            return Err(Error::not_offered(parameter));
        }
    }
    let qualifier = input.qualifier.as_deref();
    let target = subject::target(edge, arrived, &input.function_name, qualifier)?;
    let payload = payload(&arrived.body, kind)?;
    let client_context = client_context(input.client_context.as_deref())?;
    let invocation = Invocation {
        target,
        request_id: arrived.request_id,
        payload,
        // docs: a context is passed on with synchronous invocations alone.
        client_context: client_context.filter(|_| kind == Kind::RequestResponse),
        trace: trace(arrived),
        caller: arrived.access_key.clone(),
        log_tail: kind == Kind::RequestResponse && input.log_type.as_deref() == Some("Tail"),
    };
    let refused = |error| Error::invocation(&edge.home, error);
    match kind {
        Kind::RequestResponse => {
            let answer = edge.invoker.invoke(invocation).await.map_err(refused)?;
            Ok(answered(answer))
        }
        Kind::Event => {
            let trace = edge.invoker.accept(invocation).await.map_err(refused)?;
            Ok(without_answer(StatusCode::ACCEPTED, Some(&trace)))
        }
        Kind::DryRun => {
            edge.invoker.check(&invocation.target).map_err(refused)?;
            Ok(without_answer(
                StatusCode::NO_CONTENT,
                invocation.trace.as_deref(),
            ))
        }
    }
}

/// Takes an event in the way that was the only one before `Invoke`.
///
/// docs: services-xray; the trace of the caller is not passed on.
pub(super) async fn invoke_async(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = InvokeAsyncRequest::read(&arrived.wire())?;
    let target = subject::target(edge, arrived, &input.function_name, None)?;
    let invocation = Invocation {
        target,
        request_id: arrived.request_id,
        payload: payload(&arrived.body, Kind::Event)?,
        client_context: None,
        trace: None,
        caller: arrived.access_key.clone(),
        log_tail: false,
    };
    let accepted = edge.invoker.accept(invocation).await;
    accepted.map_err(|error| Error::invocation(&edge.home, error))?;
    Ok(respond::empty(StatusCode::ACCEPTED))
}

/// What the client says of itself, base64 of JSON.
pub(super) fn client_context(base64: Option<&str>) -> Result<Option<ClientContext>, Error> {
    match base64 {
        Some(base64) => Ok(ClientContext::parse(base64)?),
        None => Ok(None),
    }
}

/// The trace header that the caller sent.
pub(super) fn trace(arrived: &Arrived) -> Option<String> {
    let header = arrived.head.headers.get(TRACE_ID)?;
    header.to_str().ok().map(str::to_owned)
}

/// The event that the function gets; every kind of invocation checks it.
pub(super) fn payload(body: &Bytes, kind: Kind) -> Result<Bytes, Error> {
    if body.is_empty() {
        return Ok(Bytes::from_static(EMPTY_EVENT));
    }
    if kind == Kind::Event && body.len() > EVENT_PAYLOAD_BYTES_MAX {
        return Err(Error::event_too_large(body.len(), EVENT_PAYLOAD_BYTES_MAX));
    }
    check_event(body).map_err(|error| Error::payload_not_json(&error))?;
    Ok(body.clone())
}

fn answered(answer: Answer) -> Response<Bytes> {
    let content_type = answer
        .content_type
        .and_then(|text| HeaderValue::try_from(text).ok())
        .unwrap_or(respond::JSON);
    let mut response = respond::with_body(StatusCode::OK, content_type, answer.payload);
    let headers = response.headers_mut();
    headers.insert(REMAPPED_CONTENT_LENGTH, HeaderValue::from_static("0"));
    let version = answer.executed_version.to_string();
    if let Ok(version) = HeaderValue::try_from(version) {
        headers.insert(X_AMZ_EXECUTED_VERSION, version);
    }
    if answer.is_function_error {
        headers.insert(X_AMZ_FUNCTION_ERROR, UNHANDLED);
    }
    if let Some(tail) = answer.log_tail
        && let Ok(tail) = HeaderValue::try_from(STANDARD.encode(tail))
    {
        headers.insert(X_AMZ_LOG_RESULT, tail);
    }
    if let Ok(trace) = HeaderValue::try_from(answer.trace) {
        headers.insert(TRACE_ID, trace);
    }
    response
}

/// observed: an accepted event and a dry run have no body and name no version.
pub(super) fn without_answer(status: StatusCode, trace: Option<&str>) -> Response<Bytes> {
    let mut response = respond::empty(status);
    let headers = response.headers_mut();
    headers.insert(REMAPPED_CONTENT_LENGTH, HeaderValue::from_static("0"));
    if let Some(Ok(trace)) = trace.map(HeaderValue::from_str) {
        headers.insert(TRACE_ID, trace);
    }
    debug_assert!(!headers.contains_key(CONTENT_TYPE));
    response
}
