//! An endpoint that speaks Amazon SQS, on the same durable queue as everything else.
//!
//! Queues are documents; a message is an event of the queue `sqs/NAME`; receiving is claiming under
//! a lease that survives a restart, deleting is settling, and a message that was received too often
//! moves to its dead-letter queue in the same step that removes it. A request meets the modules in
//! this order: `call`, `operations`, `respond`.

mod attempts;
mod attribute;
mod call;
mod error;
mod limits;
mod message;
mod moves;
mod name;
mod operations;
mod queue;
mod queues;
mod receipt;
mod redrive;
mod respond;
mod settings;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::name::Home;
use domain::time::Clock;
use http::Response;
use http::request::Parts as Head;
use store::{EventQueue, NewEvent, Store, StoreError};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{Instrument as _, Span, warn};
use uuid::Uuid;

use call::{Call, Operation};
use error::{Error, Kind};
use queues::Queues;

pub use call::Protocol;
pub use limits::REQUEST_BYTES_MAX;
pub use name::FAMILY;
pub use operations::send::{NotTaken, Outgoing, OutgoingAttribute};

/// What the endpoint is made of.
#[derive(Debug)]
pub struct Parts {
    pub store: Arc<dyn Store>,
    pub events: Arc<dyn EventQueue>,
    pub clock: Arc<dyn Clock>,
    pub home: Home,
    /// Ends receives that wait for messages, and work that goes on at the next start.
    pub shutdown: CancellationToken,
}

/// A request that was let in, with all of its body.
#[derive(Debug)]
pub struct Request {
    pub id: Uuid,
    pub protocol: Protocol,
    pub head: Head,
    pub body: Bytes,
    /// Where clients reach the server that do not say which host they asked.
    pub authority: String,
    /// Cancelled when the client has stopped talking. A receive that waits then ends without messages,
    /// because nobody may be there to read them.
    pub client_gone: CancellationToken,
}

/// Why a request does not get as far as an operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is no signature.
    Unsigned,
    /// The signature is not well formed, in words for the client.
    Signature(String),
    /// The body has more than [`REQUEST_BYTES_MAX`] bytes.
    TooLarge,
    /// The body did not arrive, or not in time.
    Incomplete,
}

/// The endpoint. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Sqs {
    queues: Arc<Queues>,
}

impl Sqs {
    /// Reads the queues, and goes on with tasks that move messages. Needs a runtime.
    pub async fn open(parts: Parts) -> Result<Self, StoreError> {
        let queues = Arc::new(Queues::open(parts).await?);
        moves::resume(&queues);
        Ok(Self { queues })
    }

    /// Answers a request. A receive that is dropped gives back what it has received; everything
    /// else is finished whether or not somebody waits for it.
    pub async fn answer(&self, request: Request) -> Response<Bytes> {
        let Request { id, protocol, .. } = request;
        let call = Call::read(protocol, &request.head, &request.body, &request.authority);
        let gone = request.client_gone.clone();
        drop(request);
        let outcome = match call {
            Ok(call) => {
                let operation = call.operation;
                Span::current().record("operation", operation.name());
                let outcome = self.perform(call, gone).await;
                outcome.map(|output| respond::success(protocol, operation, id, &output))
            }
            Err(error) => Err(error),
        };
        outcome.unwrap_or_else(|error| respond::refusal(protocol, id, &error))
    }

    async fn perform(
        &self,
        call: Call,
        gone: CancellationToken,
    ) -> Result<serde_json::Value, Error> {
        let queues = Arc::clone(&self.queues);
        if call.operation == Operation::ReceiveMessage {
            return queues.receive(call, gone).await;
        }
        let work = queues.perform(call).in_current_span();
        let work = self.queues.tasks.spawn(work);
        work.await
            .unwrap_or_else(|error| Err(Error::internal(&error)))
    }

    /// The response to a request that is not performed.
    pub fn refuse(protocol: Protocol, request_id: Uuid, refusal: Refusal) -> Response<Bytes> {
        let error = match refusal {
            Refusal::Unsigned => Error::new(
                Kind::MissingAuthenticationToken,
                "Request is missing Authentication Token",
            ),
            Refusal::Signature(problems) => Error::new(Kind::IncompleteSignature, problems),
            Refusal::TooLarge => Error::new(
                Kind::RequestTooLarge,
                format!("A request must have at most {REQUEST_BYTES_MAX} bytes."),
            ),
            Refusal::Incomplete => Error::new(
                Kind::Serialization,
                "The body of the request did not arrive.",
            ),
        };
        respond::refusal(protocol, request_id, &error)
    }

    /// Whether a queue of this server has this ARN.
    pub fn exists(&self, arn: &str) -> bool {
        self.queues.by_arn(arn).is_some()
    }

    /// A message as an event, to be enqueued by whoever settles something in the same step.
    pub fn event(&self, arn: &str, outgoing: Outgoing<'_>) -> Result<NewEvent, NotTaken> {
        self.queues.event(arn, outgoing)
    }

    /// Ends waiting receives, and what moves messages after the step that it is in. Tasks go on at
    /// the next start.
    pub async fn shutdown(&self, patience: Duration) {
        self.queues.shutdown.cancel();
        self.queues.tasks.close();
        if timeout(patience, self.queues.tasks.wait()).await.is_err() {
            warn!("requests to queues are not finished");
        }
    }
}
