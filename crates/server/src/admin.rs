//! The admin API, below `/invoked/v1/`: sight of events and power over them, the clock, and faults
//! made on purpose.
//!
//! It is no part of AWS's API, and let in like it. `docs/admin-api.md` describes it.

mod clock;
mod events;
mod faults;
mod parameters;
mod view;

use std::sync::Arc;

use bytes::Bytes;
use http::{Method, Response};
use serde::de::DeserializeOwned;

use crate::auth::{Request, Unverified};
use crate::body;
use crate::error::Error;
use crate::finish::Finished;
use crate::pipeline::Edge;
use parameters::Query;

/// What all paths begin with.
pub(crate) const PATH: &str = "/invoked/v1/";

/// Bodies are a few members of JSON.
const BODY_BYTES_MAX: usize = 65_536;

/// A request that was read and not yet understood.
struct Asked {
    method: Method,
    path: String,
    query: Query,
    body: Bytes,
}

impl Asked {
    /// The body as JSON; one that is empty has no members.
    fn input<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let body: &[u8] = if self.body.is_empty() {
            b"{}"
        } else {
            &self.body
        };
        serde_json::from_slice(body).map_err(|error| Error::admin_body(&error))
    }
}

impl Edge {
    /// Answers a request to the admin API.
    pub(crate) async fn administer(
        self: Arc<Self>,
        request: Request<Unverified>,
    ) -> Result<Response<Bytes>, Error> {
        let has_body = request.has_body();
        let request = self.auth.verify(request).map_err(|error| {
            let error = Error::from(error);
            if has_body {
                error.with_body_unread()
            } else {
                error
            }
        })?;
        let body = body::read(request.body, BODY_BYTES_MAX)
            .await
            .map_err(|error| Error::admin_unread(&error))?;
        let uri = &request.head.uri;
        let asked = Asked {
            path: uri.path().trim_start_matches(PATH).to_owned(),
            query: Query::parse(uri.query().unwrap_or_default())?,
            method: request.head.method,
            body,
        };
        if asked.method == Method::GET {
            return self.perform(asked).await;
        }
        // A change is finished even if the client that asked for it is gone.
        let edge = Arc::clone(&self);
        let work = async move { edge.perform(asked).await };
        Finished::new(work, &self.detached).await
    }

    async fn perform(&self, asked: Asked) -> Result<Response<Bytes>, Error> {
        let segments: Vec<&str> = asked.path.split('/').collect();
        match (asked.method.as_str(), segments.as_slice()) {
            ("GET", ["clock"]) => self.show_clock(),
            ("POST", ["clock", "advance"]) => self.advance_clock(&asked.input()?).await,
            ("GET", ["events"]) => self.list_events(&asked.query).await,
            ("POST", ["events", "purge"]) => self.purge_events(asked.input()?).await,
            ("GET", ["events", id]) => self.show_event(id, &asked.query).await,
            ("POST", ["events", id, "cancel"]) => self.cancel_event(id).await,
            ("POST", ["events", id, "redrive"]) => self.redrive_event(id).await,
            ("GET", ["events", id, "result"]) => self.event_result(id, &asked.query).await,
            ("GET", ["faults"]) => self.list_faults(),
            ("GET", ["faults", function]) => self.show_faults(function),
            ("PUT", ["faults", function]) => self.order_faults(function, &asked.input()?),
            ("DELETE", ["faults", function]) => self.clear_faults(function),
            _ => Err(Error::admin_no_route(&asked.method, &asked.path)),
        }
    }
}
