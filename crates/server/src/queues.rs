//! Requests to queues: let in like all others, and answered by the SQS endpoint.

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONNECTION};
use http::request::Parts;
use http::{HeaderValue, Response};
use percent_encoding::percent_decode_str;
use sqs::{Protocol, REQUEST_BYTES_MAX, Refusal, Sqs};
use uuid::Uuid;

use crate::auth::{Request, SignatureError, Unverified};
use crate::body::{self, BodyError};
use crate::listener::Departure;
use crate::pipeline::Edge;

/// How the client of a request speaks, if the request is for a queue.
pub(crate) fn protocol(head: &Parts) -> Option<Protocol> {
    Protocol::of(head, service(head).as_deref())
}

/// The service that the scope of the signature names, in `KEY/DATE/REGION/SERVICE/aws4_request`.
fn service(head: &Parts) -> Option<String> {
    let header = head.headers.get(AUTHORIZATION);
    let credential = if let Some(header) = header {
        let (_, rest) = header.to_str().ok()?.split_once("Credential=")?;
        rest.split([',', ' ']).next()?.to_owned()
    } else {
        let mut pairs = head.uri.query()?.split('&');
        let text = pairs.find_map(|pair| pair.strip_prefix("X-Amz-Credential="))?;
        percent_decode_str(text).decode_utf8_lossy().into_owned()
    };
    credential.split('/').nth(3).map(str::to_owned)
}

impl Edge {
    /// Answers a request to a queue. Dropped, it gives back messages that it was about to hand out.
    pub(crate) async fn answer_for_queue(
        &self,
        id: Uuid,
        protocol: Protocol,
        request: Request<Unverified>,
    ) -> Response<Bytes> {
        let has_body = request.has_body();
        let request = match self.auth.verify(request) {
            Ok(request) => request,
            Err(error) => {
                let response = Sqs::refuse(protocol, id, refusal_of(&error));
                return close_if(has_body, response);
            }
        };
        let body = match body::read(request.body, REQUEST_BYTES_MAX).await {
            Ok(body) => body,
            Err(error) => {
                let refusal = match error {
                    BodyError::TooLarge { .. } => Refusal::TooLarge,
                    BodyError::Late | BodyError::Broken(_) => Refusal::Incomplete,
                };
                return close_if(true, Sqs::refuse(protocol, id, refusal));
            }
        };
        let departure = request.head.extensions.get::<Departure>();
        let request = sqs::Request {
            id,
            protocol,
            client_gone: departure.map(Departure::watch).unwrap_or_default(),
            head: request.head,
            body,
            authority: self.authority.clone(),
        };
        self.sqs.answer(request).await
    }
}

fn refusal_of(error: &SignatureError) -> Refusal {
    match error {
        SignatureError::Missing => Refusal::Unsigned,
        SignatureError::Algorithm { .. } | SignatureError::Malformed { .. } => {
            Refusal::Signature(error.to_string())
        }
    }
}

/// Ends the connection with this answer if part of the request is still on its way.
fn close_if(is_unread: bool, mut response: Response<Bytes>) -> Response<Bytes> {
    if is_unread {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(CONNECTION, close);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service_of(uri: &str, authorization: Option<&str>) -> Option<String> {
        let mut request = http::Request::builder().uri(uri);
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, value);
        }
        service(&request.body(()).unwrap().into_parts().0)
    }

    #[test]
    fn the_service_is_in_the_header_or_in_the_query() {
        let header = "AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/sqs/aws4_request, \
                      SignedHeaders=host, Signature=00";
        let query = "/?Action=x&X-Amz-Credential=key%2F20260101%2Fus-east-1%2Fsqs%2Faws4_request";

        assert_eq!(service_of("/", Some(header)).as_deref(), Some("sqs"));
        assert_eq!(service_of(query, None).as_deref(), Some("sqs"));
        assert_eq!(service_of("/", Some("Basic x")), None);
        assert_eq!(service_of("/", None), None);
    }
}
