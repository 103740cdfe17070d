//! From an outcome to the HTTP response that carries it, in the protocol of the request.

mod xml;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::call::{Operation, Protocol};
use crate::error::{Error, Kind};

const JSON: HeaderValue = HeaderValue::from_static("application/x-amz-json-1.0");
const XML: HeaderValue = HeaderValue::from_static("text/xml");

/// Where a client of the JSON protocol finds the code that the query protocol has.
const QUERY_ERROR: HeaderName = HeaderName::from_static("x-amzn-query-error");

/// A successful answer.
pub(crate) fn success(
    protocol: Protocol,
    operation: Operation,
    request_id: Uuid,
    output: &Value,
) -> Response<Bytes> {
    match protocol {
        Protocol::Json => {
            let body = if output.is_null() {
                "{}".to_owned()
            } else {
                output.to_string()
            };
            response(StatusCode::OK, JSON, body)
        }
        Protocol::Query => {
            let body = xml::answer(operation.name(), output, request_id);
            response(StatusCode::OK, XML, body)
        }
    }
}

/// An answer that says no.
pub(crate) fn refusal(protocol: Protocol, request_id: Uuid, error: &Error) -> Response<Bytes> {
    let names = error.kind.names();
    let status = StatusCode::from_u16(names.status).unwrap_or(StatusCode::BAD_REQUEST);
    let fault = if status.is_server_error() {
        "Receiver"
    } else {
        "Sender"
    };
    match protocol {
        Protocol::Json => {
            let body = json!({
                "__type": format!("com.amazonaws.sqs#{}", names.shape),
                "message": error.message,
            });
            let mut response = response(status, JSON, body.to_string());
            if let Ok(code) = HeaderValue::from_str(&format!("{};{fault}", names.code)) {
                response.headers_mut().insert(QUERY_ERROR, code);
            }
            response
        }
        Protocol::Query => {
            // observed: the text of this error differs between the protocols.
            let message = if error.kind == Kind::QueueDoesNotExist {
                "The specified queue does not exist for this wsdl version."
            } else {
                &error.message
            };
            let body = xml::error(fault, names.code, message, request_id);
            response(status, XML, body)
        }
    }
}

fn response(status: StatusCode, content_type: HeaderValue, body: String) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(response: &Response<Bytes>) -> &str {
        std::str::from_utf8(response.body()).unwrap()
    }

    #[test]
    fn an_error_has_its_two_names_in_json() {
        let response = refusal(Protocol::Json, Uuid::nil(), &Error::no_queue());

        assert_eq!(response.status(), 400);
        assert_eq!(
            response.headers()["x-amzn-query-error"],
            "AWS.SimpleQueueService.NonExistentQueue;Sender"
        );
        assert_eq!(
            text(&response),
            r#"{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."}"#
        );
    }

    #[test]
    fn an_error_has_its_code_in_xml() {
        let response = refusal(Protocol::Query, Uuid::nil(), &Error::no_queue());

        assert_eq!(
            text(&response),
            "<?xml version=\"1.0\"?><ErrorResponse \
             xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error><Type>Sender</Type>\
             <Code>AWS.SimpleQueueService.NonExistentQueue</Code>\
             <Message>The specified queue does not exist for this wsdl version.</Message>\
             <Detail/></Error><RequestId>00000000-0000-0000-0000-000000000000</RequestId>\
             </ErrorResponse>"
        );
    }

    #[test]
    fn an_operation_without_output_still_answers() {
        let answer = |protocol| {
            let response = success(protocol, Operation::DeleteQueue, Uuid::nil(), &Value::Null);
            text(&response).to_owned()
        };

        assert_eq!(answer(Protocol::Json), "{}");
        assert_eq!(
            answer(Protocol::Query),
            "<?xml version=\"1.0\"?><DeleteQueueResponse \
             xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><ResponseMetadata>\
             <RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>\
             </DeleteQueueResponse>"
        );
    }
}
