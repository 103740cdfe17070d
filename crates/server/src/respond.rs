//! From an outcome to the HTTP response that carries it.

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;
use uuid::Uuid;

use crate::error::Error;

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");

const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");
const ERROR_TYPE: HeaderName = HeaderName::from_static("x-amzn-errortype");

/// Marks the response as the answer to a request.
pub(crate) fn identify<B>(response: &mut Response<B>, request_id: Uuid) {
    let mut buffer = Uuid::encode_buffer();
    let text = request_id.hyphenated().encode_lower(&mut buffer);
    if let Ok(value) = HeaderValue::from_str(text) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
}

/// A shape of Lambda's as JSON.
pub(crate) fn json(status: StatusCode, output: &impl Serialize) -> Result<Response<Bytes>, Error> {
    let body = serde_json::to_vec(output).map_err(|error| Error::internal(&error))?;
    Ok(with_body(status, JSON, body.into()))
}

/// A response without a body.
pub(crate) fn empty(status: StatusCode) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

pub(crate) fn with_body(
    status: StatusCode,
    content_type: HeaderValue,
    body: Bytes,
) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, content_type);
    response
}

/// The body of every error. The case of the key differs from one error to another.
#[derive(Serialize)]
struct ErrorBody<'a> {
    #[serde(rename = "Reason", skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(rename = "Type", skip_serializing_if = "Option::is_none")]
    fault: Option<&'static str>,
    #[serde(rename = "message", skip_serializing_if = "Option::is_none")]
    lower_case: Option<&'a str>,
    #[serde(rename = "Message", skip_serializing_if = "Option::is_none")]
    upper_case: Option<&'a str>,
}

/// The response that says no.
pub(crate) fn refusal(error: &Error) -> Response<Bytes> {
    let (lower_case, upper_case) = match error.message_key() {
        "Message" => (None, Some(error.message())),
        _ => (Some(error.message()), None),
    };
    let body = ErrorBody {
        reason: error.throttle_reason(),
        fault: error.fault(),
        lower_case,
        upper_case,
    };
    // Text and fixed keys always serialize.
    let body = serde_json::to_vec(&body).unwrap_or_default();
    let mut response = with_body(error.status(), JSON, body.into());
    let headers = response.headers_mut();
    headers.insert(ERROR_TYPE, HeaderValue::from_static(error.name()));
    if error.throttle_reason().is_some() {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    if error.leaves_body_unread() {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// A response to what was never a request, as it goes over the wire.
pub(crate) fn to_bytes(response: &Response<Bytes>) -> Vec<u8> {
    let mut identified = response.clone();
    identify(&mut identified, Uuid::new_v4());
    let headers = identified.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(response.body().len()));
    let mut text = format!("HTTP/1.1 {}\r\n", response.status()).into_bytes();
    for (name, value) in identified.headers() {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text.extend_from_slice(response.body());
    text
}
