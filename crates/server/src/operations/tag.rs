//! Tags of functions.

use bytes::Bytes;
use domain::name::FunctionName;
use http::{Response, StatusCode};
use model::input::{ListTagsRequest, TagResourceRequest, UntagResourceRequest};
use model::output::ListTagsResponse;

use super::{Arrived, subject};
use crate::error::Error;
use crate::pipeline::Edge;
use crate::respond;

/// Kinds of resources that can have tags in Lambda and that do not exist here, as they are called
/// in an ARN and in an error.
const OTHER_RESOURCES: &[(&str, &str)] = &[
    (":event-source-mapping:", "Event source mapping"),
    (":code-signing-config:", "Code signing config"),
    (":capacity-provider:", "Capacity provider"),
    (":layer:", "Layer"),
];

/// The function that an ARN names as the owner of tags.
fn owner(edge: &Edge, arrived: &Arrived, arn: &str) -> Result<FunctionName, Error> {
    if let Some((_, kind)) = OTHER_RESOURCES.iter().find(|(part, _)| arn.contains(part)) {
        return Err(Error::resource_not_found(kind, arn));
    }
    let target = subject::target(edge, arrived, arn, None)?;
    if target.qualifier.is_some() {
        return Err(Error::tags_need_a_function());
    }
    Ok(target.function)
}

pub(super) fn list(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = ListTagsRequest::read(&arrived.wire())?;
    let name = owner(edge, arrived, &input.resource)?;
    let function = subject::function(edge, &name)?;
    let output = ListTagsResponse {
        tags: Some(function.tags.clone()),
    };
    respond::json(StatusCode::OK, &output)
}

pub(super) async fn tag(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = TagResourceRequest::read(&arrived.wire())?;
    let name = owner(edge, arrived, &input.resource)?;
    edge.change(&name, |function, _| {
        function
            .tag(&input.tags)
            .map_err(|refusal| Error::refused(&edge.home, &name, refusal))
    })
    .await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

pub(super) async fn untag(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = UntagResourceRequest::read(&arrived.wire())?;
    let name = owner(edge, arrived, &input.resource)?;
    edge.change(&name, |function, _| Ok(function.untag(&input.tag_keys)))
        .await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}
