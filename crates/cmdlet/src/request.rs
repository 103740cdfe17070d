//! One call of the Lambda Invoke API: sign, send, read the answer.
//!
//! A function may run for fifteen minutes and more than once is one time too many. So there is no limit
//! on the wait for an answer unless `--timeout` sets one, the connection is kept alive instead, and a
//! request is sent again only when it certainly did not reach a function: no connection was made, or the
//! server answered 429.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use bytes::Bytes;
use credentials::{Keys, Target};
use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

use crate::connection::innermost;
use crate::line::{Line, SendError};
use crate::service_error::{ServiceError, header_text};
use crate::values::Invocation;
use crate::wait::{self, Wait, WaitError};

const SIGNING_NAME: &str = "lambda";
const AGENT: &str = concat!("Invoke-LMFunction/", env!("CARGO_PKG_VERSION"));

/// Ten times what a function may answer; a server that sends more is not Lambda.
pub(crate) const ANSWER_BYTES_MAX: usize = 64 * 1024 * 1024;
/// docs: "Lambda quotas", invocation payload of a synchronous request; only to explain a broken call.
const PAYLOAD_BYTES_MAX: usize = 6_291_456;
/// The wait before the second attempt; doubled before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(20);

/// What RFC 3986 leaves unencoded; a name with an ARN's colons is one segment.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

const INVOCATION_TYPE: HeaderName = HeaderName::from_static("x-amz-invocation-type");
const LOG_TYPE: HeaderName = HeaderName::from_static("x-amz-log-type");
const CLIENT_CONTEXT: HeaderName = HeaderName::from_static("x-amz-client-context");
const TENANT_ID: HeaderName = HeaderName::from_static("x-amz-tenant-id");
const DURABLE_EXECUTION_NAME: HeaderName = HeaderName::from_static("x-amz-durable-execution-name");

/// An answer of the service, whatever the function made of it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) executed_version: Option<String>,
    pub(crate) function_error: Option<String>,
    /// Base64, as it came.
    pub(crate) log_result: Option<String>,
    pub(crate) request_id: Option<String>,
    pub(crate) durable_execution_arn: Option<String>,
    pub(crate) payload: Bytes,
    /// What the server declared, or the length of what it sent.
    pub(crate) content_length: u64,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CallError {
    #[error("the request cannot be formed: {0}")]
    Form(String),
    #[error("{0}")]
    Connect(ConnectProblem),
    #[error(
        "no answer from {authority} within {} s. The function may have run, and may still be running; the request was not sent again",
        limit.as_secs_f64()
    )]
    Late { authority: String, limit: Duration },
    #[error(
        "the connection to {authority} broke before the answer was complete: {reason}. {advice}"
    )]
    Broken {
        authority: String,
        reason: String,
        advice: &'static str,
    },
    #[error("{0}")]
    Service(Box<ServiceError>),
    #[error(transparent)]
    Wait(#[from] WaitError),
}

/// No connection could be made.
#[derive(Debug)]
pub(crate) struct ConnectProblem {
    authority: String,
    region: String,
    endpoint_is_custom: bool,
    reason: String,
}

impl std::fmt::Display for ConnectProblem {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            authority,
            region,
            reason,
            ..
        } = self;
        if self.endpoint_is_custom {
            return write!(
                formatter,
                "cannot connect to the endpoint {authority}: {reason}\n  Is the server running, and is -EndpointUrl (or AWS_ENDPOINT_URL_LAMBDA, AWS_ENDPOINT_URL) its address?"
            );
        }
        write!(
            formatter,
            "cannot connect to {authority}: {reason}\n  The host follows from the region '{region}'. Possible causes: the region is misspelt or has no Lambda,\n  there is no network or name service, or a local server was meant and -EndpointUrl is missing."
        )
    }
}

/// Makes the calls of a run, one after the other.
#[derive(Debug)]
pub(crate) struct Caller {
    line: Line,
    /// How often a call may be tried, at least once.
    attempts: u32,
    /// The most time a call may take, with all of its attempts.
    limit: Option<Duration>,
}

impl Caller {
    pub(crate) const fn new(line: Line, attempts: u32, limit: Option<Duration>) -> Self {
        Self {
            line,
            attempts,
            limit,
        }
    }

    pub(crate) async fn invoke(
        &mut self,
        target: &Target,
        invocation: &Invocation,
        wait: Wait,
    ) -> Result<Answer, CallError> {
        wait.check(target)?;
        let call = Call { target, invocation };
        let (line, attempts) = (&mut self.line, self.attempts);
        let mut event = None;
        let done = async {
            let answer = call.until_answered(line, attempts).await?;
            match wait {
                Wait::No => Ok(answer),
                Wait::ForTheResult => {
                    event.clone_from(&answer.request_id);
                    Ok(wait::for_result(line, target, answer).await?)
                }
            }
        };
        let Some(limit) = self.limit else {
            return done.await;
        };
        match tokio::time::timeout(limit, done).await {
            Ok(outcome) => outcome,
            Err(_) => Err(match event {
                Some(event) => WaitError::Late { event, limit }.into(),
                None => CallError::Late {
                    authority: target.endpoint.authority.clone(),
                    limit,
                },
            }),
        }
    }
}

struct Call<'a> {
    target: &'a Target,
    invocation: &'a Invocation,
}

impl Call<'_> {
    async fn until_answered(&self, line: &mut Line, attempts: u32) -> Result<Answer, CallError> {
        let mut attempt = 1;
        loop {
            let may_try_again = attempt < attempts;
            let request = signed(self.request()?, self.target, now())?;
            let pause = match line.send(request).await {
                Err(SendError::Connect(_)) if may_try_again => pause(attempt, None),
                Err(SendError::Connect(error)) => return Err(self.unconnected(error.as_ref())),
                Err(SendError::Broken(error)) => return Err(self.broken(&error)),
                Ok(response)
                    if response.status() == StatusCode::TOO_MANY_REQUESTS && may_try_again =>
                {
                    pause(attempt, response.headers().get(RETRY_AFTER))
                }
                Ok(response) => return self.read(response).await,
            };
            tokio::time::sleep(pause).await;
            attempt += 1;
        }
    }

    fn request(&self) -> Result<Request<Bytes>, CallError> {
        let Self {
            target, invocation, ..
        } = self;
        let endpoint = &target.endpoint;
        let name = segment(&invocation.function_name);
        let mut uri = format!(
            "{}://{}{}/2015-03-31/functions/{name}/invocations",
            endpoint.scheme, endpoint.authority, endpoint.path_prefix
        );
        if let Some(qualifier) = &invocation.qualifier {
            uri.push_str("?Qualifier=");
            uri.extend(segment(qualifier));
        }
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(uri)
            .body(invocation.payload.clone())
            .map_err(|error| CallError::Form(error.to_string()))?;

        let headers = request.headers_mut();
        if !invocation.payload.is_empty() {
            headers.insert(
                CONTENT_TYPE,
                HeaderValue::from_static("application/octet-stream"),
            );
        }
        for (name, value) in [
            (INVOCATION_TYPE, &invocation.invocation_type),
            (LOG_TYPE, &invocation.log_type),
            (CLIENT_CONTEXT, &invocation.client_context),
            (TENANT_ID, &invocation.tenant_id),
            (DURABLE_EXECUTION_NAME, &invocation.durable_execution_name),
        ] {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
        Ok(request)
    }

    async fn read(&self, response: Response<Incoming>) -> Result<Answer, CallError> {
        let (head, body) = response.into_parts();
        let payload = match Limited::new(body, ANSWER_BYTES_MAX).collect().await {
            Ok(collected) => collected.to_bytes(),
            Err(error) => return Err(self.broken(error.as_ref())),
        };
        if !head.status.is_success() {
            let error = ServiceError::read(head.status, &head.headers, &payload)
                .with_hint_for(&self.invocation.payload);
            return Err(CallError::Service(Box::new(error)));
        }
        let text = |name| header_text(&head.headers, name);
        Ok(Answer {
            status: head.status,
            executed_version: text("x-amz-executed-version"),
            function_error: text("x-amz-function-error"),
            log_result: text("x-amz-log-result"),
            request_id: text("x-amzn-requestid"),
            durable_execution_arn: text("x-amz-durable-execution-arn"),
            content_length: text(CONTENT_LENGTH.as_str())
                .and_then(|length| length.parse().ok())
                .unwrap_or(payload.len() as u64),
            payload,
        })
    }

    fn unconnected(&self, error: &(dyn std::error::Error + 'static)) -> CallError {
        CallError::Connect(ConnectProblem {
            authority: self.target.endpoint.authority.clone(),
            region: self.target.region.clone(),
            endpoint_is_custom: self.target.endpoint.is_custom,
            reason: innermost(error),
        })
    }

    fn broken(&self, error: &(dyn std::error::Error + 'static)) -> CallError {
        let advice = if self.invocation.payload.len() > PAYLOAD_BYTES_MAX {
            "The payload is longer than the 6 MB an invocation may carry: most likely the server refused it"
        } else {
            "The function may have run; the request was not sent again"
        };
        CallError::Broken {
            authority: self.target.endpoint.authority.clone(),
            reason: innermost(error),
            advice,
        }
    }
}

/// Text as one segment of a path, or as a value of a query.
pub(crate) fn segment(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, SEGMENT)
}

/// The request as it goes to the target: it says who asks, and is signed if there are keys.
pub(crate) fn signed(
    mut request: Request<Bytes>,
    target: &Target,
    now: SystemTime,
) -> Result<Request<Bytes>, CallError> {
    let host = HeaderValue::from_str(&target.endpoint.authority)
        .map_err(|error| CallError::Form(error.to_string()))?;
    let headers = request.headers_mut();
    headers.insert(HOST, host);
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    if let Some(keys) = &target.keys {
        sign_request(&mut request, keys, &target.region, now)?;
    }
    Ok(request)
}

/// Adds the headers of Signature Version 4. Signed is every header that is there.
fn sign_request(
    request: &mut Request<Bytes>,
    keys: &Keys,
    region: &str,
    now: SystemTime,
) -> Result<(), CallError> {
    let form = |error: &(dyn std::error::Error + 'static)| CallError::Form(innermost(error));
    let identity = Credentials::from(keys).into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SIGNING_NAME)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(|error| form(&error))?
        .into();
    let headers = request
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let signable = SignableRequest::new(
        request.method().as_str(),
        request.uri().to_string(),
        headers,
        SignableBody::Bytes(request.body()),
    )
    .map_err(|error| form(&error))?;
    let (instructions, _signature) = sign(signable, &parameters)
        .map_err(|error| form(&error))?
        .into_parts();
    for (name, value) in instructions.headers() {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|error| form(&error))?;
        let mut value = HeaderValue::from_str(value).map_err(|error| form(&error))?;
        value.set_sensitive(true);
        request.headers_mut().insert(name, value);
    }
    Ok(())
}

/// How long to wait after an attempt, counted from 1; what the server asks for goes first.
pub(crate) fn pause(attempt: u32, retry_after: Option<&HeaderValue>) -> Duration {
    let asked = retry_after
        .and_then(|value| value.to_str().ok())
        .and_then(|seconds| seconds.parse().ok())
        .map(Duration::from_secs);
    asked
        .unwrap_or_else(|| FIRST_PAUSE * 2_u32.saturating_pow(attempt.saturating_sub(1)))
        .min(PAUSE_MAX)
}

#[expect(
    clippy::disallowed_methods,
    reason = "a signature carries the time of day, and no rule of ours depends on it"
)]
pub(crate) fn now() -> SystemTime {
    SystemTime::now()
}

#[cfg(test)]
mod tests {
    use credentials::{Finder, NobodyToAsk, Surroundings};

    use super::*;
    use crate::binder::bind;
    use crate::target::Supplied;

    fn call(tokens: &[&str]) -> Request<Bytes> {
        let tokens: Vec<_> = tokens.iter().map(|&token| token.to_owned()).collect();
        let bound = bind(&tokens).unwrap();
        let environment = |name: &str| match name {
            "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" | "AWS_REGION" => Some("x".to_owned()),
            _ => None,
        };
        let surroundings = Surroundings {
            environment: &environment,
            prompt: &NobodyToAsk,
        };
        let supplied = Supplied::read(&bound).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let target = runtime
            .block_on(Finder::default().find(&supplied.given(), &surroundings))
            .unwrap();
        let invocation = Invocation::from_bound(&bound).unwrap();
        let call = Call {
            target: &target,
            invocation: &invocation,
        };
        let request = call.request().unwrap();
        signed(request, &target, SystemTime::UNIX_EPOCH).unwrap()
    }

    #[test]
    fn a_function_name_is_one_segment_of_the_path() {
        let arn = "arn:aws:lambda:r:1:function:f/ü?";

        let request = call(&[arn, "-E", "http://h/p/", "-Q", "$LATEST"]);

        assert_eq!(
            request.uri(),
            "http://h/p/2015-03-31/functions/arn%3Aaws%3Alambda%3Ar%3A1%3Afunction%3Af%2F%C3%BC%3F/invocations?Qualifier=%24LATEST"
        );
    }

    #[test]
    fn the_signature_covers_every_header_that_matters() {
        let request = call(&[
            "f",
            "-E",
            "http://h",
            "-AK",
            "AKID",
            "-SK",
            "s",
            "-ST",
            "t",
            "-R",
            "eu-west-1",
        ]);

        let authorization = request.headers()["authorization"].to_str().unwrap();
        assert!(
            authorization.starts_with(
                "AWS4-HMAC-SHA256 Credential=AKID/19700101/eu-west-1/lambda/aws4_request, SignedHeaders=content-type;host;x-amz-client-context;x-amz-date;x-amz-security-token, Signature="
            ),
            "{authorization}"
        );
        assert_eq!(request.headers()["x-amz-security-token"], "t");
    }

    #[test]
    fn an_empty_payload_has_no_content_type() {
        let request = call(&["f", "", "-E", "http://h"]);

        assert_eq!(request.headers().get(CONTENT_TYPE), None);
    }

    #[test]
    fn pauses_double_until_the_server_asks_for_one() {
        assert_eq!(pause(1, None), FIRST_PAUSE);
        assert_eq!(pause(3, None), FIRST_PAUSE * 4);
        assert_eq!(pause(30, None), PAUSE_MAX);
        assert_eq!(
            pause(1, Some(&HeaderValue::from_static("3"))),
            Duration::from_secs(3)
        );
        assert_eq!(pause(1, Some(&HeaderValue::from_static("3600"))), PAUSE_MAX);
        assert_eq!(
            pause(1, Some(&HeaderValue::from_static("soon"))),
            FIRST_PAUSE
        );
    }
}
