//! Concurrency: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use serde::{Deserialize, Serialize};
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Source, Structure};

/// Input of `DeleteFunctionConcurrency`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFunctionConcurrencyRequest {
    pub function_name: String,
}

impl DeleteFunctionConcurrencyRequest {
    /// Reads and checks the input of `DeleteFunctionConcurrency`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &DELETE_FUNCTION_CONCURRENCY_REQUEST)
    }
}

static DELETE_FUNCTION_CONCURRENCY_REQUEST: Structure = Structure {
    name: "DeleteFunctionConcurrencyRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_NAME,
        ),
    ],
};

/// Input of `DeleteProvisionedConcurrencyConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteProvisionedConcurrencyConfigRequest {
    pub function_name: String,
    pub qualifier: String,
}

impl DeleteProvisionedConcurrencyConfigRequest {
    /// Reads and checks the input of `DeleteProvisionedConcurrencyConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &DELETE_PROVISIONED_CONCURRENCY_CONFIG_REQUEST)
    }
}

static DELETE_PROVISIONED_CONCURRENCY_CONFIG_REQUEST: Structure = Structure {
    name: "DeleteProvisionedConcurrencyConfigRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_NAME,
        ),
        Member::required("Qualifier", Source::Query("Qualifier"), &rule::QUALIFIER),
    ],
};

/// Input of `GetFunctionConcurrency`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionConcurrencyRequest {
    pub function_name: String,
}

impl GetFunctionConcurrencyRequest {
    /// Reads and checks the input of `GetFunctionConcurrency`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_FUNCTION_CONCURRENCY_REQUEST)
    }
}

static GET_FUNCTION_CONCURRENCY_REQUEST: Structure = Structure {
    name: "GetFunctionConcurrencyRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_NAME,
        ),
    ],
};

/// `GetFunctionConcurrencyResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionConcurrencyResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reserved_concurrent_executions: Option<i32>,
}

/// Input of `GetProvisionedConcurrencyConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetProvisionedConcurrencyConfigRequest {
    pub function_name: String,
    pub qualifier: String,
}

impl GetProvisionedConcurrencyConfigRequest {
    /// Reads and checks the input of `GetProvisionedConcurrencyConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_PROVISIONED_CONCURRENCY_CONFIG_REQUEST)
    }
}

static GET_PROVISIONED_CONCURRENCY_CONFIG_REQUEST: Structure = Structure {
    name: "GetProvisionedConcurrencyConfigRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_NAME,
        ),
        Member::required("Qualifier", Source::Query("Qualifier"), &rule::QUALIFIER),
    ],
};

/// `GetProvisionedConcurrencyConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetProvisionedConcurrencyConfigResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_provisioned_concurrent_executions: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_provisioned_concurrent_executions: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocated_provisioned_concurrent_executions: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// Input of `ListProvisionedConcurrencyConfigs`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListProvisionedConcurrencyConfigsRequest {
    pub function_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}

impl ListProvisionedConcurrencyConfigsRequest {
    /// Reads and checks the input of `ListProvisionedConcurrencyConfigs`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &LIST_PROVISIONED_CONCURRENCY_CONFIGS_REQUEST)
    }
}

static LIST_PROVISIONED_CONCURRENCY_CONFIGS_REQUEST: Structure = Structure {
    name: "ListProvisionedConcurrencyConfigsRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_NAME,
        ),
        Member::optional("Marker", Source::Query("Marker"), &rule::STRING),
        Member::optional(
            "MaxItems",
            Source::Query("MaxItems"),
            &rule::MAX_PROVISIONED_CONCURRENCY_CONFIG_LIST_ITEMS,
        ),
    ],
};

/// `ListProvisionedConcurrencyConfigsResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListProvisionedConcurrencyConfigsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioned_concurrency_configs: Option<
        Vec<ProvisionedConcurrencyConfigListItem>,
    >,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

/// `ProvisionedConcurrencyConfigListItem` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProvisionedConcurrencyConfigListItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_provisioned_concurrent_executions: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_provisioned_concurrent_executions: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocated_provisioned_concurrent_executions: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}

/// Input of `PutFunctionConcurrency`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionConcurrencyRequest {
    pub function_name: String,
    pub reserved_concurrent_executions: i32,
}

impl PutFunctionConcurrencyRequest {
    /// Reads and checks the input of `PutFunctionConcurrency`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &PUT_FUNCTION_CONCURRENCY_REQUEST)
    }
}

static PUT_FUNCTION_CONCURRENCY_REQUEST: Structure = Structure {
    name: "PutFunctionConcurrencyRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_NAME,
        ),
        Member::required(
            "ReservedConcurrentExecutions",
            Source::Body,
            &rule::RESERVED_CONCURRENT_EXECUTIONS,
        ),
    ],
};

/// Input of `PutProvisionedConcurrencyConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutProvisionedConcurrencyConfigRequest {
    pub function_name: String,
    pub qualifier: String,
    pub provisioned_concurrent_executions: i32,
}

impl PutProvisionedConcurrencyConfigRequest {
    /// Reads and checks the input of `PutProvisionedConcurrencyConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &PUT_PROVISIONED_CONCURRENCY_CONFIG_REQUEST)
    }
}

static PUT_PROVISIONED_CONCURRENCY_CONFIG_REQUEST: Structure = Structure {
    name: "PutProvisionedConcurrencyConfigRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_NAME,
        ),
        Member::required("Qualifier", Source::Query("Qualifier"), &rule::QUALIFIER),
        Member::required(
            "ProvisionedConcurrentExecutions",
            Source::Body,
            &rule::POSITIVE_INTEGER,
        ),
    ],
};

/// `PutProvisionedConcurrencyConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutProvisionedConcurrencyConfigResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_provisioned_concurrent_executions: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allocated_provisioned_concurrent_executions: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub available_provisioned_concurrent_executions: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
}
