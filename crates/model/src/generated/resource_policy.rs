//! Resource policies: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use serde::{Deserialize, Serialize};
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Source, Structure};

/// Input of `DeleteResourcePolicy`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteResourcePolicyRequest {
    pub resource_arn: String,
    pub revision_id: Option<String>,
}

impl DeleteResourcePolicyRequest {
    /// Reads and checks the input of `DeleteResourcePolicy`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &DELETE_RESOURCE_POLICY_REQUEST)
    }
}

static DELETE_RESOURCE_POLICY_REQUEST: Structure = Structure {
    name: "DeleteResourcePolicyRequest",
    members: &[
        Member::required(
            "ResourceArn",
            Source::Label("ResourceArn"),
            &rule::POLICY_RESOURCE_ARN,
        ),
        Member::optional("RevisionId", Source::Query("RevisionId"), &rule::REVISION_ID),
    ],
};

/// Input of `GetResourcePolicy`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetResourcePolicyRequest {
    pub resource_arn: String,
}

impl GetResourcePolicyRequest {
    /// Reads and checks the input of `GetResourcePolicy`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_RESOURCE_POLICY_REQUEST)
    }
}

static GET_RESOURCE_POLICY_REQUEST: Structure = Structure {
    name: "GetResourcePolicyRequest",
    members: &[
        Member::required(
            "ResourceArn",
            Source::Label("ResourceArn"),
            &rule::POLICY_RESOURCE_ARN,
        ),
    ],
};

/// `GetResourcePolicyResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetResourcePolicyResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<String>,
}

/// Input of `PutResourcePolicy`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutResourcePolicyRequest {
    pub resource_arn: String,
    pub policy: String,
    pub revision_id: Option<String>,
}

impl PutResourcePolicyRequest {
    /// Reads and checks the input of `PutResourcePolicy`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &PUT_RESOURCE_POLICY_REQUEST)
    }
}

static PUT_RESOURCE_POLICY_REQUEST: Structure = Structure {
    name: "PutResourcePolicyRequest",
    members: &[
        Member::required(
            "ResourceArn",
            Source::Label("ResourceArn"),
            &rule::POLICY_RESOURCE_ARN,
        ),
        Member::required("Policy", Source::Body, &rule::RESOURCE_POLICY),
        Member::optional("RevisionId", Source::Body, &rule::REVISION_ID),
    ],
};

/// `PutResourcePolicyResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutResourcePolicyResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<String>,
}
