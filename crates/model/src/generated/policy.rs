//! Function policies: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use serde::{Deserialize, Serialize};
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Source, Structure};

/// Input of `AddPermission`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddPermissionRequest {
    pub function_name: String,
    pub statement_id: String,
    pub action: String,
    pub principal: String,
    pub source_arn: Option<String>,
    pub function_url_auth_type: Option<String>,
    pub invoked_via_function_url: Option<bool>,
    pub source_account: Option<String>,
    pub event_source_token: Option<String>,
    pub qualifier: Option<String>,
    pub revision_id: Option<String>,
    #[serde(rename = "PrincipalOrgID")]
    pub principal_org_id: Option<String>,
}

impl AddPermissionRequest {
    /// Reads and checks the input of `AddPermission`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &ADD_PERMISSION_REQUEST)
    }
}

static ADD_PERMISSION_REQUEST: Structure = Structure {
    name: "AddPermissionRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::NAMESPACED_FUNCTION_NAME,
        ),
        Member::required("StatementId", Source::Body, &rule::STATEMENT_ID),
        Member::required("Action", Source::Body, &rule::ACTION),
        Member::required("Principal", Source::Body, &rule::PRINCIPAL),
        Member::optional("SourceArn", Source::Body, &rule::ARN),
        Member::optional(
            "FunctionUrlAuthType",
            Source::Body,
            &rule::FUNCTION_URL_AUTH_TYPE,
        ),
        Member::optional(
            "InvokedViaFunctionUrl",
            Source::Body,
            &rule::INVOKED_VIA_FUNCTION_URL,
        ),
        Member::optional("SourceAccount", Source::Body, &rule::SOURCE_OWNER),
        Member::optional("EventSourceToken", Source::Body, &rule::EVENT_SOURCE_TOKEN),
        Member::optional(
            "Qualifier",
            Source::Query("Qualifier"),
            &rule::NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER,
        ),
        Member::optional("RevisionId", Source::Body, &rule::STRING),
        Member::optional("PrincipalOrgID", Source::Body, &rule::PRINCIPAL_ORG_ID),
    ],
};

/// `AddPermissionResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddPermissionResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
}

/// Input of `GetPolicy`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyRequest {
    pub function_name: String,
    pub qualifier: Option<String>,
}

impl GetPolicyRequest {
    /// Reads and checks the input of `GetPolicy`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_POLICY_REQUEST)
    }
}

static GET_POLICY_REQUEST: Structure = Structure {
    name: "GetPolicyRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::NAMESPACED_FUNCTION_NAME,
        ),
        Member::optional(
            "Qualifier",
            Source::Query("Qualifier"),
            &rule::NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER,
        ),
    ],
};

/// `GetPolicyResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetPolicyResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<String>,
}

/// Input of `RemovePermission`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemovePermissionRequest {
    pub function_name: String,
    pub statement_id: String,
    pub qualifier: Option<String>,
    pub revision_id: Option<String>,
}

impl RemovePermissionRequest {
    /// Reads and checks the input of `RemovePermission`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &REMOVE_PERMISSION_REQUEST)
    }
}

static REMOVE_PERMISSION_REQUEST: Structure = Structure {
    name: "RemovePermissionRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::NAMESPACED_FUNCTION_NAME,
        ),
        Member::required(
            "StatementId",
            Source::Label("StatementId"),
            &rule::NAMESPACED_STATEMENT_ID,
        ),
        Member::optional(
            "Qualifier",
            Source::Query("Qualifier"),
            &rule::NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER,
        ),
        Member::optional("RevisionId", Source::Query("RevisionId"), &rule::STRING),
    ],
};
