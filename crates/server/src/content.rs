//! The body of a response: bytes that are all there, or the events of an answer that is being made.

use std::collections::VecDeque;
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::Response;
use invoke::{Answer, StreamPart, StreamParts};
use tokio::sync::oneshot;

use crate::error::Error;
use crate::event_stream::{CHUNK_BYTES_MAX, InvokeComplete, payload_chunk};

/// observed: the code of a function that failed before it had streamed anything.
const UNHANDLED: &str = "Unhandled";

/// What a response carries.
#[derive(Debug)]
pub(crate) enum Content {
    Whole(Bytes),
    Events(Box<Events>),
}

impl Content {
    /// A response whose body is there.
    pub(crate) fn whole(response: Response<Bytes>) -> Response<Self> {
        response.map(Self::Whole)
    }

    /// The next piece of the body, or nothing when all of it was given.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        match self {
            Self::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                Poll::Ready((!bytes.is_empty()).then_some(bytes))
            }
            Self::Events(events) => events.poll_next(cx),
        }
    }

    /// Bytes that are still to come, if known.
    pub(crate) fn len(&self) -> Option<usize> {
        match self {
            Self::Whole(bytes) => Some(bytes.len()),
            Self::Events(_) => None,
        }
    }
}

/// How an invocation ended, and where that will be heard.
pub(crate) type Ending = oneshot::Receiver<Result<Answer, Error>>;

/// The messages of one streamed answer, made as its parts arrive.
#[derive(Debug)]
pub(crate) struct Events {
    /// Messages that are ready to go.
    ready: VecDeque<Bytes>,
    source: Source,
}

/// Where more messages come from.
#[derive(Debug)]
enum Source {
    /// The function streams. Once the invocation has ended, only parts on their way are missing.
    Function {
        parts: StreamParts,
        ending: Ending,
        ended: Option<Result<Answer, Error>>,
    },
    Nothing,
}

impl Events {
    /// The events of an answer that has begun.
    pub(crate) fn begun(parts: StreamParts, ending: Ending) -> Self {
        Self {
            ready: VecDeque::new(),
            source: Source::Function {
                parts,
                ending,
                ended: None,
            },
        }
    }

    /// The events of an answer that is there.
    pub(crate) fn of(answer: Answer) -> Self {
        let chunks = answer.payload.chunks(CHUNK_BYTES_MAX);
        let mut ready: VecDeque<Bytes> = chunks.map(payload_chunk).collect();
        let failed = answer.is_function_error;
        let complete = InvokeComplete {
            error_code: failed.then(|| UNHANDLED.to_owned()),
            error_details: failed.then(|| String::from_utf8_lossy(&answer.payload).into_owned()),
            log_result: answer.log_tail.map(|tail| STANDARD.encode(tail)),
        };
        ready.push_back(complete.to_message());
        Self {
            ready,
            source: Source::Nothing,
        }
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            if let Some(message) = self.ready.pop_front() {
                return Poll::Ready(Some(message));
            }
            let Source::Function {
                parts,
                ending,
                ended,
            } = &mut self.source
            else {
                return Poll::Ready(None);
            };
            match parts.poll_recv(cx) {
                Poll::Ready(Some(StreamPart::Chunk(chunk))) => {
                    let chunks = chunk.chunks(CHUNK_BYTES_MAX);
                    self.ready.extend(chunks.map(payload_chunk));
                }
                Poll::Ready(Some(StreamPart::Begun(_))) => {}
                // Nothing is on its way any more.
                Poll::Ready(None) if ended.is_some() => {
                    let last = ended.take().map(last_message);
                    self.ready.extend(last);
                    self.source = Source::Nothing;
                }
                // A part that found room before the queue was closed arrives yet.
                Poll::Pending if ended.is_some() => return Poll::Pending,
                Poll::Ready(None) | Poll::Pending => {
                    *ended = Some(std::task::ready!(poll_ending(ending, cx)));
                    parts.close();
                }
            }
        }
    }
}

fn poll_ending(ending: &mut Ending, cx: &mut Context<'_>) -> Poll<Result<Answer, Error>> {
    let ended = std::task::ready!(std::pin::Pin::new(ending).poll(cx));
    Poll::Ready(ended.unwrap_or_else(|gone| Err(Error::internal(&gone))))
}

/// The end of an answer whose beginning has been sent.
fn last_message(ended: Result<Answer, Error>) -> Bytes {
    let complete = match ended {
        Ok(answer) => {
            let (code, details) = match answer.error {
                Some(error) => (Some(error.kind), Some(error.details)),
                None => (None, None),
            };
            InvokeComplete {
                error_code: code,
                error_details: details,
                log_result: answer.log_tail.map(|tail| STANDARD.encode(tail)),
            }
        }
        Err(error) => InvokeComplete {
            error_code: Some(error.name().to_owned()),
            error_details: Some(error.message().to_owned()),
            log_result: None,
        },
    };
    complete.to_message()
}
