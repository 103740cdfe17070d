//! The Extensions API 2020-01-01, on the same listener as the Runtime API: how extensions register, hear of events
//! and say that they cannot go on. Lambda's other APIs for extensions are refused.
//!
//! docs: runtimes-extensions-api; statuses, bodies and texts observed on the service's own implementation.

use domain::extension::{Event, Refusal};
use http::header::{HeaderName, HeaderValue};
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use hyper::body::Incoming;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::desk::{Desk, ExtensionEvent};
use crate::runtime_api::{Reply, accepted, problem, reply};

const PREFIX: &str = "/2020-01-01/extension/";

/// A registration is a list of a few words.
const REGISTRATION_BYTES_MAX: usize = 64 << 10;

const NAME: HeaderName = HeaderName::from_static("lambda-extension-name");
const IDENTIFIER: HeaderName = HeaderName::from_static("lambda-extension-identifier");
const EVENT_IDENTIFIER: HeaderName = HeaderName::from_static("lambda-extension-event-identifier");
const ERROR_TYPE: HeaderName = HeaderName::from_static("lambda-extension-function-error-type");
const FEATURES: HeaderName = HeaderName::from_static("lambda-extension-accept-feature");

/// What an extension is told about the function when it registers.
#[derive(Debug)]
pub(crate) struct FunctionFacts {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) handler: String,
    pub(crate) account: String,
}

/// What a request of an extension asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Register,
    Next,
    Failed(Event),
    Telemetry,
    Logs,
}

pub(crate) fn call(method: &Method, path: &str) -> Option<Call> {
    match (method.as_str(), path) {
        ("PUT", "/2022-07-01/telemetry") => return Some(Call::Telemetry),
        ("PUT", "/2020-08-15/logs") => return Some(Call::Logs),
        _ => {}
    }
    match (method.as_str(), path.strip_prefix(PREFIX)?) {
        ("POST", "register") => Some(Call::Register),
        ("GET", "event/next") => Some(Call::Next),
        ("POST", "init/error") => Some(Call::Failed(Event::InitFailed)),
        ("POST", "exit/error") => Some(Call::Failed(Event::ExitFailed)),
        _ => None,
    }
}

pub(crate) async fn answer(
    call: Call,
    request: Request<Incoming>,
    desk: &Desk,
    function: &FunctionFacts,
) -> Reply {
    match call {
        Call::Register => register(request, desk, function).await,
        Call::Next => match identifier(&request) {
            Ok(id) => next(desk, id).await,
            Err(refusal) => refused(&refusal),
        },
        Call::Failed(event) => match identifier(&request) {
            Ok(id) => failed(&request, desk, id, event),
            Err(refusal) => refused(&refusal),
        },
        Call::Telemetry => unsupported("Telemetry"),
        Call::Logs => unsupported("Logs"),
    }
}

/// The body of a registration.
#[derive(Debug, Deserialize)]
struct Registration {
    #[serde(default)]
    events: Vec<String>,
    #[serde(default, rename = "configurationKeys")]
    configuration_keys: Vec<Value>,
}

async fn register(request: Request<Incoming>, desk: &Desk, function: &FunctionFacts) -> Reply {
    let (parts, body) = request.into_parts();
    let text = |name: &HeaderName| {
        let value = parts
            .headers
            .get(name)
            .and_then(|value| value.to_str().ok());
        value.unwrap_or_default().to_owned()
    };
    let registration = match Limited::new(body, REGISTRATION_BYTES_MAX).collect().await {
        Ok(body) => serde_json::from_slice::<Registration>(&body.to_bytes())
            .map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let events = match registration {
        Ok(Registration {
            events,
            configuration_keys,
        }) if configuration_keys.is_empty() => events,
        Ok(_) => {
            let why = "configurationKeys are deprecated; use environment variables instead";
            return forbidden("InvalidRequestFormat", why);
        }
        Err(why) => return forbidden("InvalidRequestFormat", &why),
    };
    let id = match desk.register(&text(&NAME), &events) {
        Ok(id) => id,
        Err(refusal) => return refused(&refusal),
    };
    let mut facts = json!({
        "functionName": function.name,
        "functionVersion": function.version,
        "handler": function.handler,
    });
    let wants_account = text(&FEATURES)
        .split(',')
        .any(|feature| feature.trim() == "accountId");
    if let (true, Some(facts)) = (wants_account, facts.as_object_mut()) {
        facts.insert("accountId".to_owned(), json!(function.account));
    }
    let mut reply = reply(StatusCode::OK, facts.to_string().into());
    identify(&mut reply, IDENTIFIER, id);
    reply
}

async fn next(desk: &Desk, id: Uuid) -> Reply {
    let event = match desk.next_event(id).await {
        Ok(event) => event,
        Err(refusal) => return refused(&refusal),
    };
    let body = match event {
        ExtensionEvent::Invoke(work) => json!({
            "eventType": "INVOKE",
            "deadlineMs": work.deadline_millis,
            "requestId": work.request,
            "invokedFunctionArn": work.invoked_arn,
            "tracing": {"type": "X-Amzn-Trace-Id", "value": work.trace},
        }),
        ExtensionEvent::Shutdown {
            reason,
            deadline_millis,
        } => json!({
            "eventType": "SHUTDOWN",
            "deadlineMs": deadline_millis,
            "shutdownReason": reason.as_str(),
        }),
    };
    let mut reply = reply(StatusCode::OK, body.to_string().into());
    identify(&mut reply, EVENT_IDENTIFIER, Uuid::new_v4());
    reply
}

fn failed(request: &Request<Incoming>, desk: &Desk, id: Uuid, event: Event) -> Reply {
    let kind = request.headers().get(ERROR_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if kind.is_empty() {
        let why = "Lambda-Extension-Function-Error-Type not found";
        return forbidden("Extension.MissingHeader", why);
    }
    match desk.extension_failed(id, event, kind) {
        Ok(()) => accepted(),
        Err(refusal) => refused(&refusal),
    }
}

/// Who asks, or what is wrong with how it says that.
fn identifier(request: &Request<Incoming>) -> Result<Uuid, Refusal> {
    let header = request.headers().get(IDENTIFIER);
    let text = header.and_then(|value| value.to_str().ok());
    let text = text.filter(|text| !text.is_empty()).ok_or(Refusal::NoId)?;
    Uuid::try_parse(text).map_err(|_| Refusal::InvalidId)
}

fn identify(reply: &mut Reply, name: HeaderName, id: Uuid) {
    if let Ok(value) = HeaderValue::try_from(id.to_string()) {
        reply.headers_mut().insert(name, value);
    }
}

fn refused(refusal: &Refusal) -> Reply {
    forbidden(refusal.kind(), &refusal.to_string())
}

fn forbidden(kind: &str, why: &str) -> Reply {
    problem(StatusCode::FORBIDDEN, kind, why)
}

/// observed: the status and the words with which an environment says that it has no such API; extensions know them
/// from the emulators and go on without.
fn unsupported(api: &str) -> Reply {
    let (kind, why) = (
        format!("{api}.NotSupported"),
        format!("{api} API is not supported"),
    );
    problem(StatusCode::ACCEPTED, &kind, &why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_of_the_api_is_known() {
        let extension = |rest: &str| format!("{PREFIX}{rest}");
        let table = [
            (Method::POST, extension("register"), Some(Call::Register)),
            (Method::GET, extension("event/next"), Some(Call::Next)),
            (
                Method::POST,
                extension("init/error"),
                Some(Call::Failed(Event::InitFailed)),
            ),
            (
                Method::POST,
                extension("exit/error"),
                Some(Call::Failed(Event::ExitFailed)),
            ),
            (
                Method::PUT,
                "/2022-07-01/telemetry".into(),
                Some(Call::Telemetry),
            ),
            (Method::PUT, "/2020-08-15/logs".into(), Some(Call::Logs)),
            (Method::GET, extension("register"), None),
            (Method::POST, extension("event/next"), None),
            (Method::POST, "/2018-06-01/extension/register".into(), None),
        ];
        for (method, path, expected) in table {
            assert_eq!(call(&method, &path), expected, "{method} {path}");
        }
    }
}
