//! Runtime management: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use serde::{Deserialize, Serialize};
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Source, Structure};

/// Input of `GetRuntimeManagementConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetRuntimeManagementConfigRequest {
    pub function_name: String,
    pub qualifier: Option<String>,
}

impl GetRuntimeManagementConfigRequest {
    /// Reads and checks the input of `GetRuntimeManagementConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_RUNTIME_MANAGEMENT_CONFIG_REQUEST)
    }
}

static GET_RUNTIME_MANAGEMENT_CONFIG_REQUEST: Structure = Structure {
    name: "GetRuntimeManagementConfigRequest",
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

/// `GetRuntimeManagementConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetRuntimeManagementConfigResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_runtime_on: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_version_arn: Option<String>,
}

/// Input of `PutRuntimeManagementConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutRuntimeManagementConfigRequest {
    pub function_name: String,
    pub qualifier: Option<String>,
    pub update_runtime_on: String,
    pub runtime_version_arn: Option<String>,
}

impl PutRuntimeManagementConfigRequest {
    /// Reads and checks the input of `PutRuntimeManagementConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &PUT_RUNTIME_MANAGEMENT_CONFIG_REQUEST)
    }
}

static PUT_RUNTIME_MANAGEMENT_CONFIG_REQUEST: Structure = Structure {
    name: "PutRuntimeManagementConfigRequest",
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
        Member::required("UpdateRuntimeOn", Source::Body, &rule::UPDATE_RUNTIME_ON),
        Member::optional("RuntimeVersionArn", Source::Body, &rule::RUNTIME_VERSION_ARN),
    ],
};

/// `PutRuntimeManagementConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutRuntimeManagementConfigResponse {
    pub update_runtime_on: String,
    pub function_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runtime_version_arn: Option<String>,
}
