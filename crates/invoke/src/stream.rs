//! Answers that reach the caller while the function still makes them.
//!
//! The parts of such an answer travel through a queue of a few chunks, so a caller who reads slowly
//! slows the function down, and a caller who is gone lets it go on into nothing. The queue belongs
//! to one invocation; whoever asks for a stream holds the other end.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use domain::limits::STREAMED_RESPONSE_BYTES_MAX;
use domain::name::Version;
use http::HeaderMap;
use http::header::HeaderName;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::sync::mpsc;

/// Chunks that wait for the caller. Each is what the runtime's socket had at once.
const QUEUED_PARTS_MAX: usize = 4;

/// docs: runtimes-custom, the trailers with which a runtime ends a stream that failed.
const ERROR_TYPE: HeaderName = HeaderName::from_static("lambda-runtime-function-error-type");
const ERROR_BODY: HeaderName = HeaderName::from_static("lambda-runtime-function-error-body");

/// What is known of an answer when it begins.
#[derive(Debug, Clone)]
pub struct StreamHead {
    pub executed_version: Version,
    /// The trace header of the invocation.
    pub trace: String,
}

/// A part of an answer on its way: one head, then chunks.
#[derive(Debug)]
pub enum StreamPart {
    Begun(StreamHead),
    Chunk(Bytes),
}

/// The caller's end of a streamed answer.
pub type StreamParts = mpsc::Receiver<StreamPart>;

/// The queue of one answer: where its parts go in, and where they come out.
pub fn stream() -> (StreamSender, StreamParts) {
    let (parts, received) = mpsc::channel(QUEUED_PARTS_MAX);
    (StreamSender(parts), received)
}

/// The invocation's end of a streamed answer.
#[derive(Debug, Clone)]
pub struct StreamSender(mpsc::Sender<StreamPart>);

/// Why an answer ended before it was complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamError {
    /// The error's type, such as `Runtime.ExitError`.
    pub kind: String,
    /// The error as JSON, in the form of the payload of a function that failed.
    pub details: String,
}

/// Where the runtime's answer to one piece of work goes, chunk by chunk.
#[derive(Debug, Clone)]
pub(crate) struct StreamTo {
    pub(crate) head: StreamHead,
    pub(crate) sender: StreamSender,
}

/// How the runtime's part of a stream ended.
#[derive(Debug)]
pub(crate) enum Forwarded {
    /// To its end, or to an error that the runtime reports behind it.
    Whole(Option<StreamError>),
    TooLarge,
    Broken,
}

impl StreamTo {
    /// Hands on a body as it comes.
    pub(crate) async fn forward(&self, mut body: Incoming) -> Forwarded {
        self.send(StreamPart::Begun(self.head.clone())).await;
        let mut length: usize = 0;
        let mut error = None;
        while let Some(frame) = body.frame().await {
            let Ok(frame) = frame else {
                return Forwarded::Broken;
            };
            match frame.into_data() {
                Ok(chunk) => {
                    length += chunk.len();
                    if length > STREAMED_RESPONSE_BYTES_MAX {
                        return Forwarded::TooLarge;
                    }
                    self.send(StreamPart::Chunk(chunk)).await;
                }
                Err(frame) => {
                    let trailers = frame.into_trailers().ok();
                    error = trailers.as_ref().and_then(error_in);
                }
            }
        }
        Forwarded::Whole(error)
    }

    /// Waits for room. A caller who is gone takes everything.
    async fn send(&self, part: StreamPart) {
        let StreamSender(parts) = &self.sender;
        let _nobody_listens = parts.send(part).await;
    }
}

/// The error that a runtime reports behind a stream.
pub(crate) fn error_in(trailers: &HeaderMap) -> Option<StreamError> {
    let kind = trailers.get(ERROR_TYPE).filter(|kind| !kind.is_empty())?;
    let kind = kind.to_str().unwrap_or("Runtime.Unknown").to_owned();
    let body = trailers.get(ERROR_BODY);
    let body = body.and_then(|base64| STANDARD.decode(base64.as_bytes()).ok());
    let body = body.and_then(|bytes| String::from_utf8(bytes).ok());
    let details = body.filter(|text| !text.is_empty()).unwrap_or_else(|| {
        serde_json::json!({
            "errorType": kind,
            "errorMessage": "the response stream ended in an error",
        })
        .to_string()
    });
    Some(StreamError { kind, details })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn trailers(pairs: &[(HeaderName, &str)]) -> HeaderMap {
        let pairs = pairs
            .iter()
            .map(|(name, text)| (name.clone(), HeaderValue::from_str(text).unwrap()));
        pairs.collect()
    }

    #[test]
    fn trailers_tell_of_an_error_and_its_details() {
        let body = STANDARD.encode(r#"{"errorMessage":"no"}"#);

        let error = error_in(&trailers(&[(ERROR_TYPE, "TypeError"), (ERROR_BODY, &body)]));

        let expected = StreamError {
            kind: "TypeError".into(),
            details: r#"{"errorMessage":"no"}"#.into(),
        };
        assert_eq!(error, Some(expected));
    }

    #[test]
    fn trailers_without_a_readable_body_still_tell_of_the_error() {
        for body in ["", "*", "/w=="] {
            let error = error_in(&trailers(&[(ERROR_TYPE, "E"), (ERROR_BODY, body)])).unwrap();

            assert!(error.details.contains(r#""errorType":"E""#), "{error:?}");
        }
    }

    #[test]
    fn trailers_without_a_type_are_no_error() {
        assert_eq!(error_in(&trailers(&[])), None);
        assert_eq!(error_in(&trailers(&[(ERROR_TYPE, "")])), None);
    }
}
