//! Published versions: publish and list.

use bytes::Bytes;
use domain::function::{Function, Snapshot};
use domain::name::Version;
use http::{Response, StatusCode};
use model::input::{ListVersionsByFunctionRequest, PublishVersionRequest};
use model::output::ListVersionsByFunctionResponse;

use super::view::View;
use super::{Arrived, subject};
use crate::error::Error;
use crate::paging::Paging;
use crate::pipeline::Edge;
use crate::respond;

/// All versions of a function: `$LATEST`, then the published ones as they were published.
pub(super) fn in_order(function: &Function) -> impl Iterator<Item = (Version, &Snapshot)> {
    let published = function
        .versions
        .iter()
        .map(|(number, snapshot)| (Version::Number(*number), snapshot));
    std::iter::once((Version::Latest, &function.latest)).chain(published)
}

/// A text that sorts as [`in_order`] does.
pub(super) fn key(version: Version) -> String {
    match version {
        Version::Latest => Version::LATEST.to_owned(),
        Version::Number(number) => format!("{number:020}"),
    }
}

/// The version that was published last, or `$LATEST` if there is none.
pub(super) fn last_published<'a>(edge: &'a Edge, function: &'a Function) -> View<'a> {
    match function.last_published() {
        Some((number, snapshot)) => View {
            edge,
            name: &function.name,
            version: Version::Number(number),
            snapshot,
        },
        None => View::of_latest(edge, function),
    }
}

pub(super) async fn publish(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = PublishVersionRequest::read(&arrived.wire())?;
    let name = subject::whole(edge, arrived, &input.function_name)?;
    if input.publish_to.is_some() {
        return Err(Error::not_offered("PublishTo"));
    }
    let function = edge
        .change(&name, |function, stamp| {
            let (digest, guard) = (input.code_sha256.as_deref(), input.revision_id.as_deref());
            function
                .publish(digest, input.description.clone(), guard, stamp)
                .map_err(|refusal| Error::refused(&edge.home, &name, refusal))
        })
        .await?;
    let published = last_published(edge, &function);
    let output = published.full(Some(&published.qualifier()));
    respond::json(StatusCode::CREATED, &output)
}

pub(super) fn list(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = ListVersionsByFunctionRequest::read(&arrived.wire())?;
    let name = subject::whole(edge, arrived, &input.function_name)?;
    let paging = Paging::new(input.marker.as_deref(), input.max_items)?;
    let function = subject::function(edge, &name)?;
    let page = paging.cut(in_order(&function).map(|(version, snapshot)| {
        let view = View {
            edge,
            name: &name,
            version,
            snapshot,
        };
        (key(version), view)
    }));
    let versions = page
        .items
        .iter()
        .map(|view| view.listed(Some(&view.qualifier())));
    let output = ListVersionsByFunctionResponse {
        versions: Some(versions.collect()),
        next_marker: page.next_marker,
    };
    respond::json(StatusCode::OK, &output)
}
