//! Events: listed, shown, cancelled, redriven, purged, and their results.

use bytes::Bytes;
use http::{Response, StatusCode};
use invoke::EventOutcome;
use serde::{Deserialize, Serialize};
use tracing::info;

use super::parameters::{Query, function};
use super::view::{EventView, PageView, PendingView, ResultView};
use crate::error::Error;
use crate::pipeline::Edge;
use crate::respond;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
pub(super) struct Purge {
    function: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Changed<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    function: Option<&'a str>,
    /// Entries of queues that the change was about.
    count: usize,
}

impl Edge {
    pub(super) async fn list_events(&self, query: &Query) -> Result<Response<Bytes>, Error> {
        let (filter, after, limit) = (query.filter()?, query.after()?, query.limit()?);
        let page = self.invoker.events().list(&filter, after, limit).await;
        let page = page.map_err(|error| Error::admin_queue(&error))?;
        respond::json(StatusCode::OK, &PageView::of(&page))
    }

    pub(super) async fn show_event(
        &self,
        id: &str,
        query: &Query,
    ) -> Result<Response<Bytes>, Error> {
        let with_payload = query.payload()?;
        let shown = self.invoker.events().show(id).await;
        let shown = shown.map_err(|error| Error::event(id, &error))?;
        respond::json(StatusCode::OK, &EventView::of(&shown, with_payload))
    }

    pub(super) async fn cancel_event(&self, id: &str) -> Result<Response<Bytes>, Error> {
        let count = self.invoker.events().cancel(id).await;
        let count = count.map_err(|error| Error::event(id, &error))?;
        info!(request_id = id, "event cancelled");
        changed_event(id, count)
    }

    pub(super) async fn redrive_event(&self, id: &str) -> Result<Response<Bytes>, Error> {
        let count = self.invoker.events().redrive(id).await;
        let count = count.map_err(|error| Error::event(id, &error))?;
        info!(request_id = id, "event redriven");
        changed_event(id, count)
    }

    pub(super) async fn purge_events(&self, input: Purge) -> Result<Response<Bytes>, Error> {
        let name = function(&input.function)?;
        let count = self.invoker.events().purge(&name).await?;
        info!(function = %name, count, "events purged");
        let changed = Changed {
            request_id: None,
            function: Some(name.as_str()),
            count,
        };
        respond::json(StatusCode::OK, &changed)
    }

    pub(super) async fn event_result(
        &self,
        id: &str,
        query: &Query,
    ) -> Result<Response<Bytes>, Error> {
        let wait = query.wait()?;
        let outcome = self.invoker.events().result(id, wait).await;
        match outcome.map_err(|error| Error::event(id, &error))? {
            EventOutcome::Finished(finished) => {
                respond::json(StatusCode::OK, &ResultView::of(&finished))
            }
            EventOutcome::Pending(state) => {
                respond::json(StatusCode::ACCEPTED, &PendingView::of(id, state))
            }
        }
    }
}

fn changed_event(id: &str, count: usize) -> Result<Response<Bytes>, Error> {
    let changed = Changed {
        request_id: Some(id),
        function: None,
        count,
    };
    respond::json(StatusCode::OK, &changed)
}
