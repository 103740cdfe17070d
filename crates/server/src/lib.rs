//! The HTTP edge: speaks the AWS Lambda API and knows nothing of how an answer was obtained.
//!
//! A request meets the modules in this order: `listener`, `pipeline`, `auth`, `body`, `operations`,
//! `respond`. Every error passes through `error`, the only place that knows AWS's names and texts.
//! Beside the Lambda API there are `queues` for SQS and `admin` for what AWS does not offer.

mod admin;
mod auth;
mod body;
mod content;
mod error;
mod event_stream;
mod finish;
mod layers;
mod link;
mod listener;
mod operations;
mod paging;
mod pipeline;
mod queues;
mod respond;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use domain::function::Function;
use domain::layer::Layer;
use domain::name::Home;
use domain::time::{AdjustableClock, Clock};
use invoke::Invoker;
use sqs::Sqs;
use store::documents::Documents;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use auth::Auth;
use listener::Bounds;
use pipeline::Edge;

/// What a server is made of.
#[derive(Debug)]
pub struct ServerParts {
    pub functions: Arc<Documents<Function>>,
    pub layers: Arc<Documents<Layer>>,
    pub invoker: Invoker,
    pub sqs: Sqs,
    pub clock: Arc<dyn Clock>,
    pub home: Home,
    pub auth: Auth,
    /// Connections served at once. One more is answered with status 503.
    pub connections_max: usize,
    /// How long running requests may still take once the server is told to end.
    pub drain_timeout: Duration,
}

/// A server of the Lambda API.
#[derive(Debug)]
pub struct Server {
    parts: ServerParts,
    adjustable_clock: Option<Arc<dyn AdjustableClock>>,
}

impl Server {
    pub fn new(parts: ServerParts) -> Self {
        Self {
            parts,
            adjustable_clock: None,
        }
    }

    /// Lets the admin API advance the clock that everything runs by, if it is one that stands.
    #[must_use]
    pub fn with_adjustable_clock(self, clock: Option<Arc<dyn AdjustableClock>>) -> Self {
        Self {
            adjustable_clock: clock,
            ..self
        }
    }

    /// Serves requests from `listener` until `shutdown`, then lets running requests end.
    ///
    /// Afterwards nothing accepts requests any more; what was cut off by the drain deadline has
    /// to be ended by shutting the invoker down.
    pub async fn run(self, listener: TcpListener, shutdown: CancellationToken) -> io::Result<()> {
        let authority = listener.local_addr()?.to_string();
        let bounds = Bounds {
            connections_max: self.parts.connections_max,
            drain_timeout: self.parts.drain_timeout,
        };
        let edge = Arc::new(Edge::new(self.parts, self.adjustable_clock, authority));
        listener::serve(edge, listener, shutdown, bounds).await;
        Ok(())
    }
}
