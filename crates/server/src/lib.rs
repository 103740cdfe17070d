//! The HTTP edge: speaks the AWS Lambda API and knows nothing of how an answer was obtained.
//!
//! A request meets the modules in this order: `listener`, `pipeline`, `auth`, `body`, `operations`,
//! `respond`. Every error passes through `error`, the only place that knows AWS's names and texts.

mod auth;
mod body;
mod error;
mod finish;
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
use domain::name::Home;
use domain::time::Clock;
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
}

impl Server {
    pub fn new(parts: ServerParts) -> Self {
        Self { parts }
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
        let edge = Arc::new(Edge::new(self.parts, authority));
        listener::serve(edge, listener, shutdown, bounds).await;
        Ok(())
    }
}
