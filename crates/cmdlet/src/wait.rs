//! `--wait`: the result of an event, asked of the server that has accepted it.
//!
//! AWS keeps no results. A server of Invoked does, and answers at an address of its own: whoever asks
//! waits there for a minute at most, and then asks again. Asking is harmless, so it is repeated
//! whatever breaks.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use credentials::Target;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Limited};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::time::timeout;

use crate::binder::{BindError, Bound};
use crate::connection::innermost;
use crate::line::{Line, SendError};
use crate::parameters::ParameterId;
use crate::request::{self, ANSWER_BYTES_MAX, Answer};
use crate::service_error::{ServiceError, header_text};

const OPTION: &str = "--wait";

/// How long the server may wait before it says that the event has not ended.
const SECONDS_AT_A_TIME: u32 = 60;

/// Longer than the server takes to say that. One that is silent for so long is asked again.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(90);

/// How often in a row asking may fail before it is given up.
const FAILURES_MAX: u32 = 5;

/// Whether to wait for the result of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    No,
    ForTheResult,
}

/// Why the result of an event that was accepted is not there.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WaitError {
    #[error(
        "{OPTION} asks for what AWS does not keep, the result of an event: it needs a server of Invoked, at -EndpointUrl or AWS_ENDPOINT_URL_LAMBDA. Nothing was sent"
    )]
    NotKept,
    #[error(
        "the server accepted the event without a request id, so its result cannot be asked for"
    )]
    Nameless,
    #[error(
        "the event {event} was accepted and is not lost, but its result cannot be had: {reason}. {OPTION} needs a server of Invoked"
    )]
    Unanswered { event: String, reason: String },
    #[error(
        "the event {event} was accepted, and its result is not kept: the server keeps none, or not for so long (--async-result-retention)"
    )]
    Forgotten { event: String },
    #[error("the event {event} ended without an answer of the function: {ending}{}", cause(.error.as_deref()))]
    WithoutAnswer {
        event: String,
        ending: String,
        error: Option<String>,
    },
    #[error(
        "the event {event} was accepted and had not ended after {} s; it goes on, and `invoked events wait {event}` tells its result",
        limit.as_secs_f64()
    )]
    Late { event: String, limit: Duration },
}

fn cause(error: Option<&str>) -> String {
    error.map_or_else(String::new, |error| format!(" ({error})"))
}

impl Wait {
    /// Only an event has anything to wait for: any other invocation is answered with its result.
    pub(crate) fn from_bound(bound: &Bound) -> Result<Self, BindError> {
        if bound.option(OPTION).is_none() {
            return Ok(Self::No);
        }
        let invocation_type = bound.text(ParameterId::InvocationType).unwrap_or_default();
        if invocation_type.eq_ignore_ascii_case("Event") {
            return Ok(Self::ForTheResult);
        }
        Err(BindError::BadOption {
            option: OPTION,
            problem:
                "goes with -InvocationType Event; any other invocation is answered with its result"
                    .to_owned(),
        })
    }

    /// Refuses, before anything is sent, to wait for what nobody keeps.
    pub(crate) const fn check(self, target: &Target) -> Result<(), WaitError> {
        match self {
            Self::ForTheResult if !target.endpoint.is_custom => Err(WaitError::NotKept),
            Self::ForTheResult | Self::No => Ok(()),
        }
    }
}

/// Waits for the end of the event that `accepted` is about, and puts its result into the answer.
pub(crate) async fn for_result(
    line: &mut Line,
    target: &Target,
    accepted: Answer,
) -> Result<Answer, WaitError> {
    let event = accepted.request_id.clone().ok_or(WaitError::Nameless)?;
    let mut failures = 0;
    loop {
        let asked = timeout(ANSWER_TIME_MAX, ask(line, target, &event)).await;
        let reason = match asked.unwrap_or_else(|_| Err(silence())) {
            Ok((StatusCode::OK, _, body)) => return ended(accepted, event, &body),
            Ok((StatusCode::ACCEPTED, _, _)) => {
                failures = 0;
                continue;
            }
            Ok((status, headers, body)) => {
                let error = ServiceError::read(status, &headers, &body);
                if is_forgotten(status, &headers) {
                    return Err(WaitError::Forgotten { event });
                }
                let reason = format!("{} ({status})", error.message);
                if !status.is_server_error() && status != StatusCode::TOO_MANY_REQUESTS {
                    return Err(WaitError::Unanswered { event, reason });
                }
                reason
            }
            Err(reason) => reason,
        };
        failures += 1;
        if failures >= FAILURES_MAX {
            return Err(WaitError::Unanswered { event, reason });
        }
        tokio::time::sleep(request::pause(failures, None)).await;
    }
}

fn silence() -> String {
    format!("no answer within {} s", ANSWER_TIME_MAX.as_secs())
}

/// Any server answers 404 to an address that it does not know, but only one names the exception.
fn is_forgotten(status: StatusCode, headers: &HeaderMap) -> bool {
    status == StatusCode::NOT_FOUND
        && header_text(headers, "x-amzn-errortype")
            .is_some_and(|text| text.starts_with("ResourceNotFoundException"))
}

async fn ask(
    line: &mut Line,
    target: &Target,
    event: &str,
) -> Result<(StatusCode, HeaderMap, Bytes), String> {
    let request = inquiry(target, event)?;
    let response = line.send(request).await.map_err(|error| match error {
        SendError::Connect(error) => innermost(error.as_ref()),
        SendError::Broken(error) => innermost(&error),
    })?;
    let (head, body) = response.into_parts();
    let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
    let body = body.map_err(|error| innermost(error.as_ref()))?.to_bytes();
    Ok((head.status, head.headers, body))
}

fn inquiry(target: &Target, event: &str) -> Result<Request<Bytes>, String> {
    let endpoint = &target.endpoint;
    let uri = format!(
        "{}://{}{}/invoked/v1/events/{}/result?wait={SECONDS_AT_A_TIME}",
        endpoint.scheme,
        endpoint.authority,
        endpoint.path_prefix,
        request::segment(event),
    );
    let request = Request::get(uri)
        .body(Bytes::new())
        .map_err(|error| error.to_string())?;
    request::signed(request, target, request::now()).map_err(|error| error.to_string())
}

/// The result as the server tells it. docs: the admin API.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told<'a> {
    ending: String,
    function_error: Option<String>,
    executed_version: Option<String>,
    #[serde(borrow)]
    response_payload: Option<&'a RawValue>,
    response_base64: Option<String>,
    #[serde(default)]
    attempts_made: Vec<Attempt>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attempt {
    error: Option<String>,
}

/// What was accepted, with what has come of it.
fn ended(accepted: Answer, event: String, body: &[u8]) -> Result<Answer, WaitError> {
    let unreadable = |event: String| WaitError::Unanswered {
        event,
        reason: "the server's answer is no result of an event".to_owned(),
    };
    let Ok(told) = serde_json::from_slice::<Told<'_>>(body) else {
        return Err(unreadable(event));
    };
    let payload = match (told.response_payload, told.response_base64) {
        (Some(json), _) => Bytes::copy_from_slice(json.get().as_bytes()),
        (None, Some(text)) => match STANDARD.decode(text) {
            Ok(bytes) => bytes.into(),
            Err(_) => return Err(unreadable(event)),
        },
        (None, None) => {
            return Err(WaitError::WithoutAnswer {
                event,
                ending: told.ending,
                error: told
                    .attempts_made
                    .into_iter()
                    .filter_map(|one| one.error)
                    .next_back(),
            });
        }
    };
    Ok(Answer {
        executed_version: told.executed_version,
        function_error: told.function_error,
        content_length: payload.len() as u64,
        payload,
        ..accepted
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::binder::bind;

    fn accepted() -> Answer {
        Answer {
            status: StatusCode::ACCEPTED,
            executed_version: None,
            function_error: None,
            log_result: None,
            request_id: Some("id".to_owned()),
            durable_execution_arn: None,
            payload: Bytes::new(),
            content_length: 0,
        }
    }

    fn result(body: &str) -> Result<Answer, WaitError> {
        ended(accepted(), "id".to_owned(), body.as_bytes())
    }

    #[test]
    fn a_result_keeps_the_very_bytes_of_the_answer() {
        let json =
            result(r#"{"Ending":"Success","ExecutedVersion":"3","ResponsePayload":{"a" : 1.0}}"#);
        let text = result(r#"{"Ending":"Success","ResponseBase64":"aGk="}"#);

        let json = json.unwrap();
        assert_eq!(&json.payload[..], br#"{"a" : 1.0}"#);
        assert_eq!(json.executed_version.as_deref(), Some("3"));
        assert_eq!(json.status, StatusCode::ACCEPTED);
        assert_eq!(&text.unwrap().payload[..], b"hi");
    }

    #[test]
    fn an_event_that_never_ran_has_no_answer() {
        let error = result(
            r#"{"Ending":"EventAgeExceeded","AttemptsMade":[{"Error":"a"},{"Error":"no room"},{}]}"#,
        );

        assert_eq!(
            error.unwrap_err().to_string(),
            "the event id ended without an answer of the function: EventAgeExceeded (no room)"
        );
    }

    #[test]
    fn only_an_event_is_waited_for() {
        let wait = |tokens: &[&str]| {
            let tokens: Vec<_> = tokens.iter().map(|&token| token.to_owned()).collect();
            Wait::from_bound(&bind(&tokens).unwrap())
        };

        assert_eq!(
            wait(&["f", "-I", "event", "--wait"]),
            Ok(Wait::ForTheResult)
        );
        assert_eq!(wait(&["f", "-I", "Event"]), Ok(Wait::No));
        assert!(wait(&["f", "--wait"]).is_err());
        assert!(wait(&["f", "-I", "DryRun", "--wait"]).is_err());
    }
}
