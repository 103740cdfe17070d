//! The Runtime API 2018-06-01: how the function's process asks for work and answers.
//!
//! Every environment has a listener of its own inside its own network namespace, so who speaks is
//! known by where it speaks: no function can take or answer the work of another.
//!
//! docs: runtimes-api; statuses and bodies observed on the service's own implementation.

use std::convert::Infallible;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use domain::limits::{RESPONSE_BYTES_MAX, STREAMED_RESPONSE_BYTES_MAX};
use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tracing::debug;
use uuid::Uuid;

use crate::desk::{Desk, Outcome, Post, Work};
use crate::extensions_api::{self, FunctionFacts};
use crate::stream::{self, Forwarded};

/// Connections of one environment that are served at once; more wait in the kernel's backlog.
const CONNECTIONS_MAX: usize = 64;

/// The most that is read and thrown away of an answer that is too large, so that the runtime gets
/// to read why.
const DISCARDED_BYTES_MAX: usize = 64 << 20;

const PREFIX: &str = "/2018-06-01/";

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const REQUEST_ID: HeaderName = HeaderName::from_static("lambda-runtime-aws-request-id");
const DEADLINE_MS: HeaderName = HeaderName::from_static("lambda-runtime-deadline-ms");
const INVOKED_ARN: HeaderName = HeaderName::from_static("lambda-runtime-invoked-function-arn");
const TRACE_ID: HeaderName = HeaderName::from_static("lambda-runtime-trace-id");
const CLIENT_CONTEXT: HeaderName = HeaderName::from_static("lambda-runtime-client-context");
const RESPONSE_MODE: HeaderName = HeaderName::from_static("lambda-runtime-function-response-mode");
const ERROR_TYPE: HeaderName = HeaderName::from_static("lambda-runtime-function-error-type");

/// The media type of an error that brings its cause for traces along.
const ERROR_WITH_CAUSE: &str = "application/vnd.aws.lambda.error.cause+json";

pub(crate) type Reply = Response<Full<Bytes>>;

/// Serves one environment until it is dropped.
pub(crate) async fn serve(listener: TcpListener, desk: Arc<Desk>, function: Arc<FunctionFacts>) {
    let mut connections = JoinSet::new();
    loop {
        if connections.len() >= CONNECTIONS_MAX {
            connections.join_next().await;
        }
        match listener.accept().await {
            Ok((stream, _)) => {
                let (desk, function) = (Arc::clone(&desk), Arc::clone(&function));
                connections.spawn(serve_connection(stream, desk, function));
            }
            Err(error) => {
                debug!(%error, "runtime api connection failed");
                tokio::task::yield_now().await;
            }
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve_connection(stream: TcpStream, desk: Arc<Desk>, function: Arc<FunctionFacts>) {
    // Without this a large event waits for an acknowledgement that is itself delayed.
    if let Err(error) = stream.set_nodelay(true) {
        debug!(%error, "runtime api socket has no TCP_NODELAY");
    }
    let service = service_fn(|request| {
        let (desk, function) = (Arc::clone(&desk), Arc::clone(&function));
        async move { Ok::<_, Infallible>(answer(request, &desk, &function).await) }
    });
    let connection =
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    if let Err(error) = connection.await {
        debug!(%error, "runtime api connection ended");
    }
}

/// What a request of the runtime asks for.
#[derive(Debug, PartialEq, Eq)]
enum Call {
    Next,
    Response { request: Option<Uuid> },
    Error { request: Option<Uuid> },
    InitError,
    RestoreNext,
    RestoreError,
    Ping,
}

fn call(method: &Method, path: &str) -> Option<Call> {
    let path = path.strip_prefix(PREFIX)?;
    if *method == Method::GET {
        return match path {
            "runtime/invocation/next" => Some(Call::Next),
            "runtime/restore/next" => Some(Call::RestoreNext),
            "ping" => Some(Call::Ping),
            _ => None,
        };
    }
    if *method != Method::POST {
        return None;
    }
    if path == "runtime/init/error" {
        return Some(Call::InitError);
    }
    if path == "runtime/restore/error" {
        return Some(Call::RestoreError);
    }
    let (request, verb) = path.strip_prefix("runtime/invocation/")?.split_once('/')?;
    let request = Uuid::try_parse(request).ok();
    match verb {
        "response" => Some(Call::Response { request }),
        "error" => Some(Call::Error { request }),
        _ => None,
    }
}

async fn answer(request: Request<Incoming>, desk: &Desk, function: &FunctionFacts) -> Reply {
    match call(request.method(), request.uri().path()) {
        Some(Call::Next) => next(desk).await,
        Some(Call::Response { request: id }) => response(request, desk, id).await,
        Some(Call::Error { request: id }) => error(request, desk, id).await,
        // A copy has been made before, or none will be: whoever asks goes on.
        Some(Call::RestoreNext) => Response::new(Full::default()),
        // Either way it will not ask for work.
        Some(Call::InitError | Call::RestoreError) => init_error(request, desk).await,
        Some(Call::Ping) => Response::new(Full::from("pong")),
        None => answer_extension(request, desk, function).await,
    }
}

async fn answer_extension(
    request: Request<Incoming>,
    desk: &Desk,
    function: &FunctionFacts,
) -> Reply {
    let Some(call) = extensions_api::call(request.method(), request.uri().path()) else {
        let text = "no such path in the Runtime API";
        return problem(StatusCode::NOT_FOUND, "NotFound", text);
    };
    extensions_api::answer(call, request, desk, function).await
}

async fn next(desk: &Desk) -> Reply {
    match desk.next().await {
        Ok(work) => event(&work),
        Err(refused) => invalid_transition(&refused),
    }
}

fn event(work: &Work) -> Reply {
    let mut reply = Response::new(Full::new(work.payload.clone()));
    let headers = reply.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(DEADLINE_MS, HeaderValue::from(work.deadline_millis));
    let texts = [
        (REQUEST_ID, Some(work.request.to_string())),
        (INVOKED_ARN, Some(work.invoked_arn.clone())),
        (TRACE_ID, Some(work.trace.clone())),
        (CLIENT_CONTEXT, work.client_context.clone()),
    ];
    for (name, text) in texts {
        if let Some(Ok(value)) = text.map(HeaderValue::try_from) {
            headers.insert(name, value);
        }
    }
    reply
}

async fn response(request: Request<Incoming>, desk: &Desk, id: Option<Uuid>) -> Reply {
    let Some(id) = id.filter(|id| desk.owes(*id)) else {
        return invalid_request_id();
    };
    let (parts, body) = request.into_parts();
    let mode = parts.headers.get(RESPONSE_MODE).map(HeaderValue::as_bytes);
    if mode.is_some_and(|mode| mode != b"streaming") {
        let told = desk.answer(id, Outcome::InvalidMode);
        let kind = "InvalidFunctionResponseMode";
        let refused = problem(
            StatusCode::BAD_REQUEST,
            kind,
            "Invalid function response mode",
        );
        return told.map_or_else(|_| invalid_request_id(), |()| refused);
    }
    // observed: what the caller wants decides, not whether the runtime says that it streams. AWS's
    // client for Go never says so.
    if let Some(to) = desk.stream() {
        return streamed(desk, id, to.forward(body).await);
    }
    let (outcome, reply) = match collect(body).await {
        Collected::Whole { body, trailers } => {
            let post = with_trailers(post(&parts.headers, body, false), trailers.as_ref());
            (Outcome::Posted(post), accepted())
        }
        Collected::TooLarge => (Outcome::TooLarge, too_large(RESPONSE_BYTES_MAX)),
        Collected::Broken => (Outcome::Truncated, truncated()),
    };
    desk.answer(id, outcome)
        .map_or_else(|_| invalid_request_id(), |()| reply)
}

/// Ends an answer that the caller has already had.
fn streamed(desk: &Desk, id: Uuid, forwarded: Forwarded) -> Reply {
    let (outcome, reply) = match forwarded {
        Forwarded::Whole(error) => (Outcome::Streamed(error), accepted()),
        Forwarded::TooLarge => (
            Outcome::StreamTooLarge,
            too_large(STREAMED_RESPONSE_BYTES_MAX),
        ),
        Forwarded::Broken => (Outcome::Truncated, truncated()),
    };
    desk.answer(id, outcome)
        .map_or_else(|_| invalid_request_id(), |()| reply)
}

async fn error(request: Request<Incoming>, desk: &Desk, id: Option<Uuid>) -> Reply {
    let Some(id) = id.filter(|id| desk.owes(*id)) else {
        return invalid_request_id();
    };
    let (parts, body) = request.into_parts();
    let (outcome, reply) = match collect(body).await {
        Collected::Whole { body, .. } => (
            Outcome::Posted(without_cause(post(&parts.headers, body, true))),
            accepted(),
        ),
        Collected::TooLarge => (Outcome::TooLarge, accepted()),
        Collected::Broken => (Outcome::Truncated, truncated()),
    };
    desk.answer(id, outcome)
        .map_or_else(|_| invalid_request_id(), |()| reply)
}

async fn init_error(request: Request<Incoming>, desk: &Desk) -> Reply {
    let (parts, body) = request.into_parts();
    let body = match collect(body).await {
        Collected::Whole { body, .. } => body,
        Collected::TooLarge | Collected::Broken => Bytes::from_static(b"{}"),
    };
    let kind = error_kind(parts.headers.get(ERROR_TYPE));
    let mut post = without_cause(post(&parts.headers, body, true));
    let is_json = serde_json::from_slice::<serde::de::IgnoredAny>(&post.body).is_ok();
    let content_type = if is_json {
        "application/json"
    } else {
        "application/octet-stream"
    };
    post.content_type = Some(content_type.to_owned());
    match desk.fail_init(post, kind) {
        Ok(()) => accepted(),
        Err(refused) => invalid_transition(&refused),
    }
}

/// The type of an initialization error, as far as logs tell it.
///
/// observed: a type is one of the platform's own form, or unknown.
fn error_kind(header: Option<&HeaderValue>) -> &'static str {
    const KNOWN: &[&str] = &[
        "Runtime.ImportModuleError",
        "Runtime.HandlerNotFound",
        "Runtime.UserCodeSyntaxError",
        "Runtime.MalformedHandlerName",
        "Runtime.BuiltInModuleConflict",
        "Runtime.ExitError",
        "Runtime.BeforeSnapshotError",
        "Runtime.AfterRestoreError",
        "Function.Unknown",
    ];
    let text = header
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    KNOWN
        .iter()
        .find(|kind| **kind == text)
        .copied()
        .unwrap_or("Runtime.Unknown")
}

/// A posted body, read.
enum Collected {
    Whole {
        body: Bytes,
        trailers: Option<HeaderMap>,
    },
    TooLarge,
    Broken,
}

/// Reads a body up to the largest answer that Lambda passes on.
async fn collect(mut body: Incoming) -> Collected {
    let mut whole = BytesMut::new();
    let mut first: Option<Bytes> = None;
    let mut trailers = None;
    let mut length: usize = 0;
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return Collected::Broken;
        };
        let chunk = match frame.into_data() {
            Ok(chunk) => chunk,
            Err(frame) => {
                trailers = frame.into_trailers().ok();
                continue;
            }
        };
        length += chunk.len();
        if length > DISCARDED_BYTES_MAX {
            return Collected::TooLarge;
        }
        if length <= RESPONSE_BYTES_MAX {
            // An answer that came in one piece is passed on without a copy.
            if let Some(before) = first.take() {
                whole.extend_from_slice(&before);
            }
            if whole.is_empty() {
                first = Some(chunk);
            } else {
                whole.extend_from_slice(&chunk);
            }
        }
    }
    if length > RESPONSE_BYTES_MAX {
        return Collected::TooLarge;
    }
    let body = first.unwrap_or_else(|| whole.freeze());
    Collected::Whole { body, trailers }
}

fn post(headers: &HeaderMap, body: Bytes, is_error: bool) -> Post {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .map(ToOwned::to_owned);
    Post {
        body,
        content_type,
        is_error,
    }
}

/// A stream that broke off halfway says so in its trailers: the answer is then that error.
fn with_trailers(post: Post, trailers: Option<&HeaderMap>) -> Post {
    match trailers.and_then(stream::error_in) {
        None => post,
        Some(error) => Post {
            body: error.details.into(),
            content_type: None,
            is_error: true,
        },
    }
}

/// Leaves only the error of a body that brings the cause for traces along.
fn without_cause(post: Post) -> Post {
    if post.content_type.as_deref() != Some(ERROR_WITH_CAUSE) {
        return post;
    }
    let body = match serde_json::from_slice::<serde_json::Value>(&post.body) {
        Ok(serde_json::Value::Object(mut members)) => {
            members.retain(|key, _| ["errorMessage", "errorType", "stackTrace"].contains(&&**key));
            serde_json::Value::Object(members).to_string()
        }
        _ => "\"Invalid error body\"".to_owned(),
    };
    Post {
        body: body.into(),
        content_type: Some("application/json".to_owned()),
        ..post
    }
}

pub(crate) fn accepted() -> Reply {
    reply(
        StatusCode::ACCEPTED,
        Bytes::from_static(br#"{"status":"OK"}"#),
    )
}

fn too_large(max: usize) -> Reply {
    let text = format!("Exceeded maximum allowed payload size ({max} bytes).");
    problem(
        StatusCode::PAYLOAD_TOO_LARGE,
        "RequestEntityTooLarge",
        &text,
    )
}

fn truncated() -> Reply {
    let text = "HTTP request detected as truncated";
    problem(StatusCode::BAD_REQUEST, "TruncatedHTTPRequest", text)
}

fn invalid_request_id() -> Reply {
    problem(
        StatusCode::BAD_REQUEST,
        "InvalidRequestID",
        "Invalid request ID",
    )
}

fn invalid_transition(refused: &domain::environment::Refused) -> Reply {
    let text = format!("State transition failed for runtime. Error: {refused}");
    problem(StatusCode::FORBIDDEN, "InvalidStateTransition", &text)
}

pub(crate) fn problem(status: StatusCode, kind: &str, text: &str) -> Reply {
    reply(
        status,
        json!({"errorMessage": text, "errorType": kind})
            .to_string()
            .into(),
    )
}

pub(crate) fn reply(status: StatusCode, body: Bytes) -> Reply {
    let mut reply = Response::new(Full::new(body));
    *reply.status_mut() = status;
    reply.headers_mut().insert(CONTENT_TYPE, JSON);
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_the_api_is_known() {
        let id = Uuid::from_u128(7);
        let path = |rest: &str| format!("/2018-06-01/runtime/{rest}");
        let table = [
            (Method::GET, path("invocation/next"), Some(Call::Next)),
            (
                Method::POST,
                path(&format!("invocation/{id}/response")),
                Some(Call::Response { request: Some(id) }),
            ),
            (
                Method::POST,
                path(&format!("invocation/{id}/error")),
                Some(Call::Error { request: Some(id) }),
            ),
            (
                Method::POST,
                path("invocation/nonsense/error"),
                Some(Call::Error { request: None }),
            ),
            (Method::POST, path("init/error"), Some(Call::InitError)),
            (Method::GET, "/2018-06-01/ping".into(), Some(Call::Ping)),
            (Method::POST, path("invocation/next"), None),
            (Method::GET, path("restore/next"), Some(Call::RestoreNext)),
            (Method::POST, path("restore/next"), None),
            (
                Method::POST,
                path("restore/error"),
                Some(Call::RestoreError),
            ),
            (
                Method::GET,
                "/2017-06-01/runtime/invocation/next".into(),
                None,
            ),
        ];
        for (method, path, expected) in table {
            assert_eq!(call(&method, &path), expected, "{method} {path}");
        }
    }

    #[test]
    fn the_cause_for_traces_is_not_the_callers() {
        let body = r#"{"errorType":"E","errorMessage":"m","stackTrace":[],"cause":{"a":1}}"#;
        let posted = Post {
            body: body.into(),
            content_type: Some(ERROR_WITH_CAUSE.to_owned()),
            is_error: true,
        };

        let post = without_cause(posted);

        assert_eq!(post.content_type.as_deref(), Some("application/json"));
        assert!(!String::from_utf8_lossy(&post.body).contains("cause"));
    }
}
