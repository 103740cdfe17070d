//! Permissions by which other accounts may use a version of a layer.

use bytes::Bytes;
use domain::layer::{LayerStatement, PolicyRevisions};
use http::{Response, StatusCode};
use model::input::{
    AddLayerVersionPermissionRequest, GetLayerVersionPolicyRequest,
    RemoveLayerVersionPermissionRequest,
};
use model::output::{AddLayerVersionPermissionResponse, GetLayerVersionPolicyResponse};

use super::{Arrived, layer};
use crate::error::Error;
use crate::pipeline::Edge;
use crate::respond;

pub(super) async fn add(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = AddLayerVersionPermissionRequest::read(&arrived.wire())?;
    let id = layer::version_id(edge, &input.layer_name, input.version_number)?;
    if layer::find(edge, &id).is_none() {
        return Err(Error::no_such_layer_version(&id.arn(&edge.home)));
    }
    let statement = LayerStatement {
        id: input.statement_id,
        action: input.action,
        principal: input.principal,
        organization: input.organization_id,
    };
    let revisions = PolicyRevisions {
        expected: input.revision_id.as_deref(),
        next: edge.stamp().revision,
    };
    edge.change_layer(&id.layer, |layer| {
        layer
            .add_permission(&id, statement.clone(), revisions, &edge.home)
            .map_err(|refusal| Error::layer_policy_refused(&refusal, &id.arn(&edge.home)))
    })
    .await?;
    let output = AddLayerVersionPermissionResponse {
        statement: Some(statement.to_json(&id.arn(&edge.home))),
        revision_id: Some(revisions.next.0.to_string()),
    };
    respond::json(StatusCode::CREATED, &output)
}

pub(super) async fn remove(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = RemoveLayerVersionPermissionRequest::read(&arrived.wire())?;
    let id = layer::version_id(edge, &input.layer_name, input.version_number)?;
    if layer::find(edge, &id).is_none() {
        return Err(Error::no_such_layer_version(&id.arn(&edge.home)));
    }
    let revisions = PolicyRevisions {
        expected: input.revision_id.as_deref(),
        next: edge.stamp().revision,
    };
    edge.change_layer(&id.layer, |layer| {
        layer
            .remove_permission(id.version, &input.statement_id, revisions)
            .map_err(|refusal| Error::layer_policy_refused(&refusal, &id.arn(&edge.home)))
    })
    .await?;
    Ok(respond::empty(StatusCode::NO_CONTENT))
}

pub(super) fn get(edge: &Edge, arrived: &Arrived) -> Result<Response<Bytes>, Error> {
    let input = GetLayerVersionPolicyRequest::read(&arrived.wire())?;
    let id = layer::version_id(edge, &input.layer_name, input.version_number)?;
    let arn = id.arn(&edge.home);
    let version = layer::find(edge, &id).ok_or_else(|| Error::no_such_layer_version(&arn))?;
    let policy = version.policy.ok_or_else(Error::no_layer_policy)?;
    let output = GetLayerVersionPolicyResponse {
        policy: Some(policy.to_json(&arn)),
        revision_id: Some(policy.revision.0.to_string()),
    };
    respond::json(StatusCode::OK, &output)
}
