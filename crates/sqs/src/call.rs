//! From an HTTP request to the operation that is called and its parameters, in either protocol.
//!
//! The query protocol is brought into the shape that the JSON protocol has, so that everything
//! behind this file knows one form.

mod query;

use std::fmt;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, header};
use serde::de::{DeserializeOwned, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::error::{Error, Kind};

/// What precedes the operation in the header `X-Amz-Target`.
const TARGET_PREFIX: &str = "AmazonSQS.";

const TARGET_HEADER: &str = "x-amz-target";

/// The version of the query protocol.
const VERSION: &str = "2012-11-05";

/// How a client of SQS speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// AWS JSON 1.0, with the codes of the query protocol in a header.
    Json,
    /// Form-encoded requests and answers in XML.
    Query,
}

impl Protocol {
    /// The protocol of a request whose signature is, or would be, for this service; none if the
    /// request is for another service. `scope` is the service that the signature names.
    pub fn of(head: &Parts, scope: Option<&str>) -> Option<Self> {
        let target = head.headers.get(TARGET_HEADER);
        if target.is_some_and(|target| target.as_bytes().starts_with(TARGET_PREFIX.as_bytes())) {
            return Some(Self::Json);
        }
        match scope {
            Some("sqs") => Some(if target.is_some() || is_json(&head.headers) {
                Self::Json
            } else {
                Self::Query
            }),
            Some(_) => None,
            None => is_query(head).then_some(Self::Query),
        }
    }
}

fn content_type(headers: &HeaderMap) -> &str {
    let value = headers.get(header::CONTENT_TYPE);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

fn is_json(headers: &HeaderMap) -> bool {
    content_type(headers).starts_with("application/x-amz-json-1.0")
}

/// An unsigned request in the query protocol, to the root or to a queue's own URL.
fn is_query(head: &Parts) -> bool {
    let mut segments = head.uri.path().trim_matches('/').split('/');
    let account = segments.next().unwrap_or_default();
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_place = account.is_empty() || is_account && segments.count() == 1;
    let query = head.uri.query().unwrap_or_default();
    let is_form = content_type(&head.headers).starts_with("application/x-www-form-urlencoded");
    is_place
        && (head.method == Method::POST && is_form
            || query.split('&').any(|pair| pair.starts_with("Action=")))
}

/// An operation that is called, with its parameters.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) operation: Operation,
    pub(crate) input: Value,
    /// Scheme and host as the client used them, in front of the URLs of queues.
    pub(crate) origin: String,
}

macro_rules! operations {
    ($($name:ident),* $(,)?) => {
        /// The operations of SQS.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Operation {
            $($name),*
        }

        impl Operation {
            const ALL: &[Self] = &[$(Self::$name),*];

            pub(crate) const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name)),*
                }
            }
        }
    };
}

operations! {
    AddPermission,
    CancelMessageMoveTask,
    ChangeMessageVisibility,
    ChangeMessageVisibilityBatch,
    CreateQueue,
    DeleteMessage,
    DeleteMessageBatch,
    DeleteQueue,
    GetQueueAttributes,
    GetQueueUrl,
    ListDeadLetterSourceQueues,
    ListMessageMoveTasks,
    ListQueueTags,
    ListQueues,
    PurgeQueue,
    ReceiveMessage,
    RemovePermission,
    SendMessage,
    SendMessageBatch,
    SetQueueAttributes,
    StartMessageMoveTask,
    TagQueue,
    UntagQueue,
}

impl Operation {
    fn find(name: &str) -> Result<Self, Error> {
        let found = Self::ALL.iter().find(|operation| operation.name() == name);
        found.copied().ok_or_else(|| {
            Error::new(
                Kind::InvalidAction,
                format!("The action {name} is not valid for this endpoint."),
            )
        })
    }
}

impl Call {
    /// `authority` is where clients reach the server that do not say which host they asked.
    pub(crate) fn read(
        protocol: Protocol,
        head: &Parts,
        body: &Bytes,
        authority: &str,
    ) -> Result<Self, Error> {
        let host = head.headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        let origin = format!("http://{}", host.unwrap_or(authority));
        let (operation, input) = match protocol {
            Protocol::Json => read_json(head, body)?,
            Protocol::Query => read_query(head, body)?,
        };
        Ok(Self {
            operation,
            input,
            origin,
        })
    }
}

fn read_json(head: &Parts, body: &Bytes) -> Result<(Operation, Value), Error> {
    let target = head.headers.get(TARGET_HEADER);
    let target = target.and_then(|target| target.to_str().ok());
    let name = target.and_then(|target| target.strip_prefix(TARGET_PREFIX));
    let operation = Operation::find(name.unwrap_or_default())?;
    let input = if body.is_empty() {
        Value::Object(serde_json::Map::new())
    } else {
        serde_json::from_slice(body).map_err(|error| unreadable(&error))?
    };
    Ok((operation, input))
}

fn read_query(head: &Parts, body: &Bytes) -> Result<(Operation, Value), Error> {
    let query = head.uri.query().unwrap_or_default().as_bytes();
    let parameters = query::Parameters::read(query, body)?;
    let operation = Operation::find(parameters.text("Action").unwrap_or_default())?;
    if let Some(version) = parameters.text("Version").filter(|text| *text != VERSION) {
        return Err(Error::invalid(format!(
            "The requested version ( {version} ) is not valid. This server speaks {VERSION}."
        )));
    }
    let mut input = parameters.into_input(operation);
    if let Value::Object(members) = &mut input
        && head.uri.path() != "/"
    {
        let path = Value::String(head.uri.path().to_owned());
        members.entry("QueueUrl").or_insert(path);
    }
    Ok((operation, input))
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::new(
        Kind::Serialization,
        format!("The request cannot be read: {error}"),
    )
}

/// Reads the parameters of an operation.
pub(crate) fn input<T: DeserializeOwned>(input: Value) -> Result<T, Error> {
    serde_json::from_value(input).map_err(|error| unreadable(&error))
}

/// A whole number, which the query protocol writes as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Int(pub(crate) i64);

impl<'de> Deserialize<'de> for Int {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IntVisitor;

        impl Visitor<'_> for IntVisitor {
            type Value = Int;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number")
            }

            fn visit_i64<E>(self, number: i64) -> Result<Int, E> {
                Ok(Int(number))
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Int, E> {
                let number = i64::try_from(number).map_err(E::custom)?;
                Ok(Int(number))
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Int, E> {
                text.parse().map(Int).map_err(E::custom)
            }
        }

        deserializer.deserialize_any(IntVisitor)
    }
}

#[cfg(test)]
mod tests {
    use http::Request;
    use serde_json::json;

    use super::*;

    fn head(method: &str, uri: &str, headers: &[(&str, &str)]) -> Parts {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(()).unwrap().into_parts().0
    }

    const FORM: (&str, &str) = (
        "content-type",
        "application/x-www-form-urlencoded; charset=utf-8",
    );
    const JSON: (&str, &str) = ("content-type", "application/x-amz-json-1.0");
    const TARGET: (&str, &str) = ("x-amz-target", "AmazonSQS.SendMessage");

    #[test]
    fn requests_for_queues_are_told_from_others() {
        let invoke = "/2015-03-31/functions/f/invocations";
        for (method, uri, headers, scope, protocol) in [
            (
                "POST",
                "/",
                &[TARGET, JSON][..],
                Some("sqs"),
                Some(Protocol::Json),
            ),
            ("POST", "/", &[TARGET], None, Some(Protocol::Json)),
            ("POST", "/", &[JSON], Some("sqs"), Some(Protocol::Json)),
            ("POST", "/", &[FORM], Some("sqs"), Some(Protocol::Query)),
            ("POST", "/", &[FORM], None, Some(Protocol::Query)),
            (
                "POST",
                "/000000000000/q",
                &[FORM],
                None,
                Some(Protocol::Query),
            ),
            (
                "GET",
                "/?Action=ListQueues",
                &[],
                None,
                Some(Protocol::Query),
            ),
            (
                "GET",
                "/000000000000/q?Action=DeleteQueue",
                &[],
                None,
                Some(Protocol::Query),
            ),
            ("POST", invoke, &[FORM], None, None),
            ("POST", invoke, &[FORM], Some("lambda"), None),
            ("POST", "/", &[FORM], Some("sns"), None),
            ("GET", "/", &[], None, None),
            ("GET", "/2015-03-31/functions?Action=x", &[], None, None),
        ] {
            let found = Protocol::of(&head(method, uri, headers), scope);
            assert_eq!(found, protocol, "{method} {uri} {headers:?} {scope:?}");
        }
    }

    #[test]
    fn both_protocols_say_the_same() {
        let json = Call::read(
            Protocol::Json,
            &head("POST", "/", &[TARGET, ("host", "here:1")]),
            &r#"{"QueueUrl": "/000000000000/q", "MessageBody": "a b"}"#.into(),
            "there",
        );
        let query = Call::read(
            Protocol::Query,
            &head("POST", "/000000000000/q", &[FORM, ("host", "here:1")]),
            &"Action=SendMessage&MessageBody=a+b&Version=2012-11-05".into(),
            "there",
        );

        assert_eq!(json, query);
        assert_eq!(json.unwrap().origin, "http://here:1");
    }

    #[test]
    fn what_cannot_be_read_is_an_error_of_the_client() {
        let read = |protocol, target, body: &'static str| {
            let head = head("POST", "/", &[("x-amz-target", target)]);
            Call::read(protocol, &head, &Bytes::from(body), "there")
                .unwrap_err()
                .kind
        };

        assert_eq!(
            read(Protocol::Json, "AmazonSQS.SendMessage", "{"),
            Kind::Serialization
        );
        assert_eq!(
            read(Protocol::Json, "AmazonSQS.Nothing", "{}"),
            Kind::InvalidAction
        );
        assert_eq!(read(Protocol::Query, "x", ""), Kind::InvalidAction);
        assert_eq!(
            read(Protocol::Query, "x", "Action=ListQueues&Version=2009-02-01"),
            Kind::InvalidParameterValue
        );
    }

    #[test]
    fn a_number_may_be_text() {
        for (value, number) in [
            (json!(5), Some(5)),
            (json!(-5), Some(-5)),
            (json!("5"), Some(5)),
            (json!("five"), None),
            (json!(1.5), None),
            (json!(u64::MAX), None),
            (json!({}), None),
        ] {
            let read = input::<Int>(value.clone()).ok().map(|Int(number)| number);
            assert_eq!(read, number, "{value}");
        }
    }
}
