//! What is sent to a destination: the record of an invocation, or the event that died.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::{DeadLetterTarget, Destination, Kind};
use crate::limits::{
    BUS_RECORD_BYTES_MAX, DEAD_LETTER_MESSAGE_BYTES_MAX, EVENT_PAYLOAD_BYTES_MAX,
    QUEUE_RECORD_BYTES_MAX, TOPIC_RECORD_BYTES_MAX,
};
use crate::name::{FunctionName, Version};
use crate::retry::Condition;
use crate::time::Moment;

/// observed: the only value that says that a function failed.
const UNHANDLED: &str = "Unhandled";

/// observed: the status of an invocation that came to an answer, whether a good one or not.
const STATUS_OK: u16 = 200;

/// How an event ended.
#[derive(Debug, Clone)]
pub struct Story<'a> {
    pub ended: Moment,
    pub request_id: Uuid,
    pub function: &'a FunctionName,
    /// Always with a qualifier, `$LATEST` if the caller named none.
    pub function_arn: &'a str,
    pub condition: Condition,
    /// How often the function ran.
    pub invocations: u32,
    /// The event, one JSON value.
    pub request_payload: &'a RawValue,
    /// Of the last time that the function ran.
    pub response: Option<Response<'a>>,
    /// Why the last attempt failed, or that there was none.
    pub failure: Option<&'a LastFailure>,
    /// The trace header that the event travelled with.
    pub trace: &'a str,
}

/// What a function answered.
#[derive(Debug, Clone, Copy)]
pub struct Response<'a> {
    pub executed_version: Version,
    pub is_function_error: bool,
    pub payload: &'a [u8],
}

/// Why the last attempt of an event failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LastFailure {
    /// The function's own message.
    Function {
        message: String,
    },
    Throttled,
    System {
        message: String,
    },
}

impl LastFailure {
    /// The failure that a function's answer tells of: its `errorMessage`, or all of it.
    pub fn of_function(payload: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct ErrorPayload {
            #[serde(rename = "errorMessage")]
            message: String,
        }

        let message = match serde_json::from_slice(payload) {
            Ok(ErrorPayload { message }) if !message.is_empty() => message,
            _ => String::from_utf8_lossy(payload).into_owned(),
        };
        Self::Function {
            message: beginning(&message).to_owned(),
        }
    }

    pub fn of_system(message: &str) -> Self {
        Self::System {
            message: beginning(message).to_owned(),
        }
    }

    /// The status that a caller would have had who waited.
    const fn status(&self) -> u16 {
        match self {
            Self::Function { .. } => STATUS_OK,
            Self::Throttled => 429,
            Self::System { .. } => 500,
        }
    }

    pub fn message(&self) -> &str {
        match self {
            Self::Function { message } | Self::System { message } => message,
            Self::Throttled => "Rate Exceeded.",
        }
    }
}

/// The first kilobyte of a text, whole characters only.
fn beginning(text: &str) -> &str {
    let mut end = text.len().min(DEAD_LETTER_MESSAGE_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

/// The largest record for a bucket: the largest event and the largest answer of JSON fit, and it
/// stays well below what a queue takes as one event.
const BUCKET_RECORD_BYTES_MAX: usize = 8_000_000;

/// Something that is on its way to a destination. The form is durable: members may be added, never
/// changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    pub destination: Destination,
    pub content: Content,
}

/// What is sent, in the terms of whoever gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Content {
    /// A message to a queue or a topic.
    Message {
        body: String,
        attributes: Vec<Attribute>,
        /// The trace header, which a queue keeps as the system attribute `AWSTraceHeader`.
        trace: String,
    },
    /// An event for a function of Lambda.
    Event { payload: String, trace: String },
    /// An entry of an event bus.
    Entry {
        source: String,
        detail_type: String,
        resources: Vec<String>,
        detail: String,
        trace: String,
    },
    /// An object of a bucket.
    Object { key: String, body: String },
}

/// A named value that travels with a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attribute {
    pub name: String,
    /// `String` or `Number`.
    pub data_type: String,
    pub value: String,
}

impl Attribute {
    fn new(name: &str, data_type: &str, value: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            data_type: data_type.to_owned(),
            value: value.into(),
        }
    }
}

impl Story<'_> {
    /// What the function's dead-letter queue gets: the event as it came.
    ///
    /// docs: invocation-async-retain-records, the three attributes.
    pub fn dead_letter(&self, target: &DeadLetterTarget) -> Delivery {
        let code = self.failure.map_or(500, LastFailure::status);
        let message = match self.failure {
            Some(failure) if !failure.message().is_empty() => failure.message(),
            // The value of an attribute may not be empty.
            Some(_) => UNHANDLED,
            None => "The event exceeded its maximum age before it could run.",
        };
        let attributes = vec![
            Attribute::new("RequestID", "String", self.request_id.to_string()),
            Attribute::new("ErrorCode", "Number", code.to_string()),
            Attribute::new("ErrorMessage", "String", message),
        ];
        Delivery {
            destination: target.as_destination().clone(),
            content: Content::Message {
                body: self.request_payload.get().to_owned(),
                attributes,
                trace: self.trace.to_owned(),
            },
        }
    }

    /// What a destination gets: the record, in the form that its kind asks for. `id` makes the
    /// name of an object unique.
    pub fn delivery(&self, destination: &Destination, id: Uuid) -> Delivery {
        let record = self.record_for(destination.kind());
        let trace = self.trace.to_owned();
        let content = match destination.kind() {
            Kind::Queue | Kind::Topic => Content::Message {
                body: record,
                attributes: Vec::new(),
                trace,
            },
            Kind::Function => Content::Event {
                payload: record,
                trace,
            },
            Kind::EventBus => {
                let end = if self.condition.is_success() {
                    "Success"
                } else {
                    "Failure"
                };
                Content::Entry {
                    source: "lambda".to_owned(),
                    detail_type: format!("Lambda Function Invocation Result - {end}"),
                    resources: vec![destination.arn().to_owned(), self.function_arn.to_owned()],
                    detail: record,
                    trace,
                }
            }
            Kind::Bucket => Content::Object {
                key: self.object_key(id),
                body: record,
            },
        };
        Delivery {
            destination: destination.clone(),
            content,
        }
    }

    /// The record, without the answer's payload if the destination would not take it with that.
    fn record_for(&self, kind: Kind) -> String {
        let bytes_max = match kind {
            Kind::Queue => QUEUE_RECORD_BYTES_MAX,
            Kind::Topic => TOPIC_RECORD_BYTES_MAX,
            Kind::Function => EVENT_PAYLOAD_BYTES_MAX,
            Kind::EventBus => BUS_RECORD_BYTES_MAX,
            Kind::Bucket => BUCKET_RECORD_BYTES_MAX,
        };
        let response_payload = self.response.map(|response| json_of(response.payload));
        let whole = self.record(response_payload.as_deref());
        if whole.len() <= bytes_max {
            whole
        } else {
            self.record(None)
        }
    }

    /// The record of the invocation, as JSON.
    ///
    /// docs: invocation-async-retain-records; observed: the order of the members.
    fn record(&self, response_payload: Option<&RawValue>) -> String {
        let record = Record {
            version: "1.0",
            timestamp: self.ended.to_rfc3339(),
            request_context: RequestContext {
                request_id: self.request_id,
                function_arn: self.function_arn,
                condition: self.condition.as_str(),
                approximate_invoke_count: self.invocations,
            },
            request_payload: self.request_payload,
            response_context: self.response.map(|response| ResponseContext {
                status_code: STATUS_OK,
                executed_version: response.executed_version,
                function_error: response.is_function_error.then_some(UNHANDLED),
            }),
            response_payload,
        };
        // Text, numbers and JSON that has been read before always serialize.
        serde_json::to_string(&record).unwrap_or_default()
    }

    /// docs: invocation-async-retain-records, the keys of a bucket that is a destination.
    fn object_key(&self, id: Uuid) -> String {
        format!(
            "aws/lambda/async/{}/{}-{id}",
            self.function,
            self.ended.to_object_key()
        )
    }
}

/// A function's answer as JSON: as it came, or as a JSON text if it is no JSON.
fn json_of(payload: &[u8]) -> Box<RawValue> {
    serde_json::from_slice(payload).unwrap_or_else(|_| {
        let text = serde_json::Value::from(String::from_utf8_lossy(payload));
        RawValue::from_string(text.to_string()).unwrap_or_default()
    })
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Record<'a> {
    version: &'static str,
    timestamp: String,
    request_context: RequestContext<'a>,
    request_payload: &'a RawValue,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_context: Option<ResponseContext>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response_payload: Option<&'a RawValue>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestContext<'a> {
    request_id: Uuid,
    function_arn: &'a str,
    condition: &'static str,
    approximate_invoke_count: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResponseContext {
    status_code: u16,
    executed_version: Version,
    #[serde(skip_serializing_if = "Option::is_none")]
    function_error: Option<&'static str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:fn:$LATEST";
    const TRACE: &str = "Root=1-a;Parent=b;Sampled=0";
    /// 2023-11-14T22:13:20.007Z
    const ENDED: Moment = Moment::from_millis(1_700_000_000_007);

    fn name() -> FunctionName {
        FunctionName::parse("fn").unwrap()
    }

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    fn a_failed_story<'a>(
        function: &'a FunctionName,
        request: &'a RawValue,
        failure: Option<&'a LastFailure>,
    ) -> Story<'a> {
        Story {
            ended: ENDED,
            request_id: Uuid::nil(),
            function,
            function_arn: ARN,
            condition: Condition::RetriesExhausted,
            invocations: 3,
            request_payload: request,
            response: Some(Response {
                executed_version: Version::Latest,
                is_function_error: true,
                payload: br#"{"errorMessage" : "no"}"#,
            }),
            failure,
            trace: TRACE,
        }
    }

    fn destination(arn: &str) -> Destination {
        Destination::parse(arn).unwrap()
    }

    #[test]
    fn the_record_of_a_failure_has_exactly_these_fields() {
        let (name, request) = (name(), raw("{\"a\" : 1.0,\n\"é\":1e400}"));

        let record = a_failed_story(&name, &request, None).record_for(Kind::Queue);

        let id = Uuid::nil();
        assert_eq!(
            record,
            format!(
                "{{\"version\":\"1.0\",\"timestamp\":\"2023-11-14T22:13:20.007Z\",\
                 \"requestContext\":{{\"requestId\":\"{id}\",\"functionArn\":\"{ARN}\",\
                 \"condition\":\"RetriesExhausted\",\"approximateInvokeCount\":3}},\
                 \"requestPayload\":{{\"a\" : 1.0,\n\"é\":1e400}},\
                 \"responseContext\":{{\"statusCode\":200,\"executedVersion\":\"$LATEST\",\
                 \"functionError\":\"Unhandled\"}},\
                 \"responsePayload\":{{\"errorMessage\" : \"no\"}}}}"
            )
        );
    }

    #[test]
    fn the_record_of_a_success_names_no_error() {
        let (name, request) = (name(), raw("null"));
        let story = Story {
            condition: Condition::Success,
            invocations: 1,
            response: Some(Response {
                executed_version: Version::parse("7").unwrap(),
                is_function_error: false,
                payload: b"\"ok\"",
            }),
            ..a_failed_story(&name, &request, None)
        };

        let record: serde_json::Value =
            serde_json::from_str(&story.record_for(Kind::Queue)).unwrap();

        let context = serde_json::json!({ "statusCode": 200, "executedVersion": "7" });
        assert_eq!(record["responseContext"], context);
        assert_eq!(record["requestContext"]["condition"], "Success");
        assert_eq!(record["responsePayload"], "ok");
    }

    #[test]
    fn the_record_of_an_event_that_never_ran_has_no_response() {
        let (name, request) = (name(), raw("1"));
        let story = Story {
            condition: Condition::ZeroReservedConcurrency,
            invocations: 0,
            response: None,
            ..a_failed_story(&name, &request, None)
        };

        let record = story.record_for(Kind::Queue);

        assert!(
            record.ends_with(
                r#""condition":"ZeroReservedConcurrency","approximateInvokeCount":0},"requestPayload":1}"#
            ),
            "{record}"
        );
    }

    #[test]
    fn an_answer_that_is_no_json_becomes_a_json_text() {
        let (name, request) = (name(), raw("1"));
        let mut story = a_failed_story(&name, &request, None);
        for (payload, json) in [
            (&b"plain \"text\""[..], r#""plain \"text\"""#),
            (b"", r#""""#),
            (b"\xff", "\"\u{fffd}\""),
            (b"{} {}", r#""{} {}""#),
        ] {
            story.response = story.response.map(|response| Response {
                payload,
                ..response
            });

            let end = format!("\"responsePayload\":{json}}}");
            assert!(
                story.record_for(Kind::Queue).ends_with(&end),
                "{}",
                story.record_for(Kind::Queue)
            );
        }
    }

    #[test]
    fn a_dead_letter_is_the_event_with_three_attributes() {
        let (name, request) = (name(), raw(r#"{"a" : 1}"#));
        let failure = LastFailure::of_function(br#"{"errorMessage":"no","errorType":"E"}"#);
        let target = DeadLetterTarget::parse("arn:aws:sqs:us-east-1:000000000000:q").unwrap();

        let delivery = a_failed_story(&name, &request, Some(&failure)).dead_letter(&target);

        let attributes = vec![
            Attribute::new("RequestID", "String", Uuid::nil().to_string()),
            Attribute::new("ErrorCode", "Number", "200"),
            Attribute::new("ErrorMessage", "String", "no"),
        ];
        let content = Content::Message {
            body: r#"{"a" : 1}"#.into(),
            attributes,
            trace: TRACE.into(),
        };
        assert_eq!(delivery.content, content);
        assert_eq!(&delivery.destination, target.as_destination());
    }

    #[test]
    fn a_dead_letter_says_why_the_event_did_not_run() {
        let (name, request) = (name(), raw("1"));
        let target = DeadLetterTarget::parse("arn:aws:sns:us-east-1:000000000000:t").unwrap();
        let system = LastFailure::of_system("no memory");
        let empty = LastFailure::of_function(b"");
        let age = "The event exceeded its maximum age before it could run.";
        for (failure, code, message) in [
            (Some(&LastFailure::Throttled), "429", "Rate Exceeded."),
            (Some(&system), "500", "no memory"),
            (Some(&empty), "200", "Unhandled"),
            (None, "500", age),
        ] {
            let delivery = a_failed_story(&name, &request, failure).dead_letter(&target);

            let Content::Message { attributes, .. } = delivery.content else {
                panic!("no message");
            };
            let values: Vec<&str> = attributes.iter().map(|a| a.value.as_str()).collect();
            assert_eq!(values[1..], [code, message]);
        }
    }

    #[test]
    fn an_error_message_is_cut_after_a_kilobyte_between_characters() {
        let long = format!(r#"{{"errorMessage":"{}é"}}"#, "x".repeat(1_023));

        let failure = LastFailure::of_function(long.as_bytes());

        assert_eq!(failure.message(), "x".repeat(1_023));
        let other = LastFailure::of_function(br#"{"errorMessage":1}"#);
        assert_eq!(other.message(), r#"{"errorMessage":1}"#);
    }

    #[test]
    fn an_event_bus_gets_an_entry() {
        let (name, request) = (name(), raw("1"));
        let bus = "arn:aws:events:us-east-1:000000000000:event-bus/b";
        let story = a_failed_story(&name, &request, None);

        let delivery = story.delivery(&destination(bus), Uuid::nil());

        let entry = Content::Entry {
            source: "lambda".into(),
            detail_type: "Lambda Function Invocation Result - Failure".into(),
            resources: vec![bus.into(), ARN.into()],
            detail: story.record_for(Kind::Queue),
            trace: TRACE.into(),
        };
        assert_eq!(delivery.content, entry);
        let succeeded = Story {
            condition: Condition::Success,
            ..story
        };
        let Content::Entry { detail_type, .. } =
            succeeded.delivery(&destination(bus), Uuid::nil()).content
        else {
            panic!("no entry");
        };
        assert_eq!(detail_type, "Lambda Function Invocation Result - Success");
    }

    #[test]
    fn a_bucket_gets_an_object_under_the_day_and_the_second() {
        let (name, request) = (name(), raw("1"));
        let story = a_failed_story(&name, &request, None);

        let delivery = story.delivery(&destination("arn:aws:s3:::b"), Uuid::max());

        let id = Uuid::max();
        let key = format!("aws/lambda/async/fn/2023/11/14/2023-11-14T22.13.20-{id}");
        let body = story.record_for(Kind::Queue);
        assert_eq!(delivery.content, Content::Object { key, body });
    }

    #[test]
    fn queues_topics_and_functions_get_the_record_as_it_is() {
        let (name, request) = (name(), raw("1"));
        let story = a_failed_story(&name, &request, None);
        for arn in [
            "arn:aws:sqs:us-east-1:000000000000:q",
            "arn:aws:sns:us-east-1:000000000000:t",
            "arn:aws:lambda:us-east-1:000000000000:function:g",
        ] {
            let body = match story.delivery(&destination(arn), Uuid::nil()).content {
                Content::Message {
                    body, attributes, ..
                } if attributes.is_empty() => body,
                Content::Event { payload, .. } => payload,
                other @ (Content::Message { .. }
                | Content::Entry { .. }
                | Content::Object { .. }) => panic!("{other:?}"),
            };
            assert_eq!(body, story.record_for(Kind::Queue));
        }
    }

    #[test]
    fn a_record_that_is_too_large_goes_without_the_answers_payload() {
        let (name, request) = (name(), raw("1"));
        let payload = format!("\"{}\"", "x".repeat(262_144));
        let mut story = a_failed_story(&name, &request, None);
        story.response = story.response.map(|response| Response {
            payload: payload.as_bytes(),
            ..response
        });
        for (arn, has_payload) in [
            ("arn:aws:sqs:us-east-1:000000000000:q", true),
            ("arn:aws:sns:us-east-1:000000000000:t", false),
        ] {
            let content = story.delivery(&destination(arn), Uuid::nil()).content;

            let Content::Message { body, .. } = content else {
                panic!("no message");
            };
            let record: serde_json::Value = serde_json::from_str(&body).unwrap();
            assert_eq!(record.get("responsePayload").is_some(), has_payload);
            assert_eq!(record["responseContext"]["functionError"], "Unhandled");
        }
    }

    #[test]
    fn a_delivery_reads_back_as_it_was_stored() {
        let stored = r#"{"destination":"arn:aws:sqs:us-east-1:000000000000:q","content":{"Message":{"body":"1","attributes":[{"name":"ErrorCode","data_type":"Number","value":"200"}],"trace":"Root=1-a"}}}"#;

        let delivery: Delivery = serde_json::from_str(stored).unwrap();

        assert_eq!(serde_json::to_string(&delivery).unwrap(), stored);
    }
}
