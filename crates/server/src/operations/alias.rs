//! Aliases: create, show, list, change, delete.

use bytes::Bytes;
use domain::change::{AliasChange, AliasDraft};
use domain::function::Function;
use domain::name::{AliasName, FunctionName, Qualifier, Target, Version};
use http::{Response, StatusCode};
use model::input::{
    CreateAliasRequest, DeleteAliasRequest, GetAliasRequest, ListAliasesRequest, UpdateAliasRequest,
};
use model::output::ListAliasesResponse;

use super::{Arrived, subject, view};
use crate::error::Error;
use crate::paging::Paging;
use crate::pipeline::Edge;
use crate::respond;

pub(super) async fn create(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = CreateAliasRequest::read(&arrived.wire())?;
    let function = subject::whole(edge, arrived, &input.function_name)?;
    let name = AliasName::parse(&input.name)?;
    if edge.functions.get(function.as_str()).is_none() {
        // observed: a missing function is reported with the version that the alias asked for.
        let qualifier = Some(Qualifier::parse(&input.function_version));
        return Err(Error::target_not_found(
            &edge.home,
            &Target {
                function,
                qualifier,
            },
        ));
    }
    let draft = AliasDraft {
        name: name.clone(),
        version: input.function_version,
        description: input.description.unwrap_or_default(),
        routing: input
            .routing_config
            .and_then(|routing| routing.additional_version_weights)
            .unwrap_or_default(),
    };
    let document = edge
        .change(&function, |document, stamp| {
            document
                .create_alias(draft.clone(), stamp)
                .map_err(|refusal| Error::refused(&edge.home, &function, refusal))
        })
        .await?;
    show(edge, &document, &name, StatusCode::CREATED)
}

pub(super) fn get(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = GetAliasRequest::read(&arrived.wire())?;
    let function = subject::whole(edge, arrived, &input.function_name)?;
    let name = AliasName::parse(&input.name)?;
    let document = subject::function(edge, &function)?;
    show(edge, &document, &name, StatusCode::OK)
}

pub(super) fn list(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = ListAliasesRequest::read(&arrived.wire())?;
    let function = subject::whole(edge, arrived, &input.function_name)?;
    let paging = Paging::new(input.marker.as_deref(), input.max_items)?;
    let document = subject::function(edge, &function)?;
    let wanted = input.function_version.as_deref().map(Version::parse);
    let page = paging.cut(
        document
            .aliases
            .iter()
            .filter(|(_, alias)| wanted.is_none_or(|wanted| wanted == Some(alias.version)))
            .map(|(name, alias)| (name.to_string(), view::alias(edge, &function, name, alias))),
    );
    let output = ListAliasesResponse {
        aliases: Some(page.items),
        next_marker: page.next_marker,
    };
    respond::json(StatusCode::OK, &output)
}

pub(super) async fn update(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = UpdateAliasRequest::read(&arrived.wire())?;
    let function = subject::whole(edge, arrived, &input.function_name)?;
    let name = AliasName::parse(&input.name)?;
    let change = AliasChange {
        version: input.function_version,
        description: input.description,
        routing: input
            .routing_config
            .map(|routing| routing.additional_version_weights.unwrap_or_default()),
    };
    let guard = input.revision_id.as_deref();
    let document = edge
        .change(&function, |document, stamp| {
            document
                .update_alias(&name, change.clone(), guard, stamp)
                .map_err(|refusal| Error::refused(&edge.home, &function, refusal))
        })
        .await?;
    show(edge, &document, &name, StatusCode::OK)
}

pub(super) async fn delete(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = DeleteAliasRequest::read(&arrived.wire())?;
    let function = subject::whole(edge, arrived, &input.function_name)?;
    let name = AliasName::parse(&input.name)?;
    edge.change(&function, |document, _| Ok(document.delete_alias(&name)))
        .await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

fn show(
    edge: &Edge,
    document: &Function,
    name: &AliasName,
    status: StatusCode,
) -> Result<Response<Bytes>, Error> {
    let function: &FunctionName = &document.name;
    let alias = document
        .aliases
        .get(name)
        .ok_or_else(|| Error::alias_not_found(&edge.home, function, name))?;
    respond::json(status, &view::alias(edge, function, name, alias))
}
