//! Code signing: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use std::collections::BTreeMap;
use serde::{Deserialize, Serialize};
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Shape, Source, Structure};

/// `AllowedPublishers` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AllowedPublishers {
    pub signing_profile_version_arns: Vec<String>,
}

pub(crate) static ALLOWED_PUBLISHERS: Shape = Shape::structure(
    "AllowedPublishers",
    &[
        Member::required(
            "SigningProfileVersionArns",
            Source::Body,
            &rule::SIGNING_PROFILE_VERSION_ARNS,
        ),
    ],
);

/// `CodeSigningConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CodeSigningConfig {
    pub code_signing_config_id: String,
    pub code_signing_config_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub allowed_publishers: AllowedPublishers,
    pub code_signing_policies: CodeSigningPolicies,
    pub last_modified: String,
}

/// `CodeSigningPolicies` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CodeSigningPolicies {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub untrusted_artifact_on_deployment: Option<String>,
}

pub(crate) static CODE_SIGNING_POLICIES: Shape = Shape::structure(
    "CodeSigningPolicies",
    &[
        Member::optional(
            "UntrustedArtifactOnDeployment",
            Source::Body,
            &rule::CODE_SIGNING_POLICY,
        ),
    ],
);

/// Input of `CreateCodeSigningConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateCodeSigningConfigRequest {
    pub description: Option<String>,
    pub allowed_publishers: AllowedPublishers,
    pub code_signing_policies: Option<CodeSigningPolicies>,
    pub tags: Option<BTreeMap<String, String>>,
}

impl CreateCodeSigningConfigRequest {
    /// Reads and checks the input of `CreateCodeSigningConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &CREATE_CODE_SIGNING_CONFIG_REQUEST)
    }
}

static CREATE_CODE_SIGNING_CONFIG_REQUEST: Structure = Structure {
    name: "CreateCodeSigningConfigRequest",
    members: &[
        Member::optional("Description", Source::Body, &rule::DESCRIPTION),
        Member::required("AllowedPublishers", Source::Body, &ALLOWED_PUBLISHERS),
        Member::optional("CodeSigningPolicies", Source::Body, &CODE_SIGNING_POLICIES),
        Member::optional("Tags", Source::Body, &rule::TAGS),
    ],
};

/// `CreateCodeSigningConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateCodeSigningConfigResponse {
    pub code_signing_config: CodeSigningConfig,
}

/// Input of `DeleteCodeSigningConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteCodeSigningConfigRequest {
    pub code_signing_config_arn: String,
}

impl DeleteCodeSigningConfigRequest {
    /// Reads and checks the input of `DeleteCodeSigningConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &DELETE_CODE_SIGNING_CONFIG_REQUEST)
    }
}

static DELETE_CODE_SIGNING_CONFIG_REQUEST: Structure = Structure {
    name: "DeleteCodeSigningConfigRequest",
    members: &[
        Member::required(
            "CodeSigningConfigArn",
            Source::Label("CodeSigningConfigArn"),
            &rule::CODE_SIGNING_CONFIG_ARN,
        ),
    ],
};

/// `DeleteCodeSigningConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DeleteCodeSigningConfigResponse {}

/// Input of `DeleteFunctionCodeSigningConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFunctionCodeSigningConfigRequest {
    pub function_name: String,
}

impl DeleteFunctionCodeSigningConfigRequest {
    /// Reads and checks the input of `DeleteFunctionCodeSigningConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &DELETE_FUNCTION_CODE_SIGNING_CONFIG_REQUEST)
    }
}

static DELETE_FUNCTION_CODE_SIGNING_CONFIG_REQUEST: Structure = Structure {
    name: "DeleteFunctionCodeSigningConfigRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::NAMESPACED_FUNCTION_NAME,
        ),
    ],
};

/// Input of `GetCodeSigningConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetCodeSigningConfigRequest {
    pub code_signing_config_arn: String,
}

impl GetCodeSigningConfigRequest {
    /// Reads and checks the input of `GetCodeSigningConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_CODE_SIGNING_CONFIG_REQUEST)
    }
}

static GET_CODE_SIGNING_CONFIG_REQUEST: Structure = Structure {
    name: "GetCodeSigningConfigRequest",
    members: &[
        Member::required(
            "CodeSigningConfigArn",
            Source::Label("CodeSigningConfigArn"),
            &rule::CODE_SIGNING_CONFIG_ARN,
        ),
    ],
};

/// `GetCodeSigningConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetCodeSigningConfigResponse {
    pub code_signing_config: CodeSigningConfig,
}

/// Input of `GetFunctionCodeSigningConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionCodeSigningConfigRequest {
    pub function_name: String,
}

impl GetFunctionCodeSigningConfigRequest {
    /// Reads and checks the input of `GetFunctionCodeSigningConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_FUNCTION_CODE_SIGNING_CONFIG_REQUEST)
    }
}

static GET_FUNCTION_CODE_SIGNING_CONFIG_REQUEST: Structure = Structure {
    name: "GetFunctionCodeSigningConfigRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::NAMESPACED_FUNCTION_NAME,
        ),
    ],
};

/// `GetFunctionCodeSigningConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionCodeSigningConfigResponse {
    pub code_signing_config_arn: String,
    pub function_name: String,
}

/// Input of `ListCodeSigningConfigs`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCodeSigningConfigsRequest {
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}

impl ListCodeSigningConfigsRequest {
    /// Reads and checks the input of `ListCodeSigningConfigs`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &LIST_CODE_SIGNING_CONFIGS_REQUEST)
    }
}

static LIST_CODE_SIGNING_CONFIGS_REQUEST: Structure = Structure {
    name: "ListCodeSigningConfigsRequest",
    members: &[
        Member::optional("Marker", Source::Query("Marker"), &rule::STRING),
        Member::optional("MaxItems", Source::Query("MaxItems"), &rule::MAX_LIST_ITEMS),
    ],
};

/// `ListCodeSigningConfigsResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCodeSigningConfigsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_signing_configs: Option<Vec<CodeSigningConfig>>,
}

/// Input of `ListFunctionsByCodeSigningConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionsByCodeSigningConfigRequest {
    pub code_signing_config_arn: String,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}

impl ListFunctionsByCodeSigningConfigRequest {
    /// Reads and checks the input of `ListFunctionsByCodeSigningConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &LIST_FUNCTIONS_BY_CODE_SIGNING_CONFIG_REQUEST)
    }
}

static LIST_FUNCTIONS_BY_CODE_SIGNING_CONFIG_REQUEST: Structure = Structure {
    name: "ListFunctionsByCodeSigningConfigRequest",
    members: &[
        Member::required(
            "CodeSigningConfigArn",
            Source::Label("CodeSigningConfigArn"),
            &rule::CODE_SIGNING_CONFIG_ARN,
        ),
        Member::optional("Marker", Source::Query("Marker"), &rule::STRING),
        Member::optional("MaxItems", Source::Query("MaxItems"), &rule::MAX_LIST_ITEMS),
    ],
};

/// `ListFunctionsByCodeSigningConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionsByCodeSigningConfigResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_arns: Option<Vec<String>>,
}

/// Input of `PutFunctionCodeSigningConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionCodeSigningConfigRequest {
    pub code_signing_config_arn: String,
    pub function_name: String,
}

impl PutFunctionCodeSigningConfigRequest {
    /// Reads and checks the input of `PutFunctionCodeSigningConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &PUT_FUNCTION_CODE_SIGNING_CONFIG_REQUEST)
    }
}

static PUT_FUNCTION_CODE_SIGNING_CONFIG_REQUEST: Structure = Structure {
    name: "PutFunctionCodeSigningConfigRequest",
    members: &[
        Member::required(
            "CodeSigningConfigArn",
            Source::Body,
            &rule::CODE_SIGNING_CONFIG_ARN,
        ),
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::NAMESPACED_FUNCTION_NAME,
        ),
    ],
};

/// `PutFunctionCodeSigningConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionCodeSigningConfigResponse {
    pub code_signing_config_arn: String,
    pub function_name: String,
}

/// Input of `UpdateCodeSigningConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateCodeSigningConfigRequest {
    pub code_signing_config_arn: String,
    pub description: Option<String>,
    pub allowed_publishers: Option<AllowedPublishers>,
    pub code_signing_policies: Option<CodeSigningPolicies>,
}

impl UpdateCodeSigningConfigRequest {
    /// Reads and checks the input of `UpdateCodeSigningConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &UPDATE_CODE_SIGNING_CONFIG_REQUEST)
    }
}

static UPDATE_CODE_SIGNING_CONFIG_REQUEST: Structure = Structure {
    name: "UpdateCodeSigningConfigRequest",
    members: &[
        Member::required(
            "CodeSigningConfigArn",
            Source::Label("CodeSigningConfigArn"),
            &rule::CODE_SIGNING_CONFIG_ARN,
        ),
        Member::optional("Description", Source::Body, &rule::DESCRIPTION),
        Member::optional("AllowedPublishers", Source::Body, &ALLOWED_PUBLISHERS),
        Member::optional("CodeSigningPolicies", Source::Body, &CODE_SIGNING_POLICIES),
    ],
};

/// `UpdateCodeSigningConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateCodeSigningConfigResponse {
    pub code_signing_config: CodeSigningConfig,
}
