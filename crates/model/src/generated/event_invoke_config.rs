//! Asynchronous invocation settings: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use serde::{Deserialize, Serialize};
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Source, Structure};

/// Input of `DeleteFunctionEventInvokeConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFunctionEventInvokeConfigRequest {
    pub function_name: String,
    pub qualifier: Option<String>,
}

impl DeleteFunctionEventInvokeConfigRequest {
    /// Reads and checks the input of `DeleteFunctionEventInvokeConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &DELETE_FUNCTION_EVENT_INVOKE_CONFIG_REQUEST)
    }
}

static DELETE_FUNCTION_EVENT_INVOKE_CONFIG_REQUEST: Structure = Structure {
    name: "DeleteFunctionEventInvokeConfigRequest",
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

/// `FunctionEventInvokeConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionEventInvokeConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_retry_attempts: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_event_age_in_seconds: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_config: Option<super::shared::DestinationConfig>,
}

/// Input of `GetFunctionEventInvokeConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionEventInvokeConfigRequest {
    pub function_name: String,
    pub qualifier: Option<String>,
}

impl GetFunctionEventInvokeConfigRequest {
    /// Reads and checks the input of `GetFunctionEventInvokeConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_FUNCTION_EVENT_INVOKE_CONFIG_REQUEST)
    }
}

static GET_FUNCTION_EVENT_INVOKE_CONFIG_REQUEST: Structure = Structure {
    name: "GetFunctionEventInvokeConfigRequest",
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

/// Input of `ListFunctionEventInvokeConfigs`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionEventInvokeConfigsRequest {
    pub function_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}

impl ListFunctionEventInvokeConfigsRequest {
    /// Reads and checks the input of `ListFunctionEventInvokeConfigs`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &LIST_FUNCTION_EVENT_INVOKE_CONFIGS_REQUEST)
    }
}

static LIST_FUNCTION_EVENT_INVOKE_CONFIGS_REQUEST: Structure = Structure {
    name: "ListFunctionEventInvokeConfigsRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::NAMESPACED_FUNCTION_NAME,
        ),
        Member::optional("Marker", Source::Query("Marker"), &rule::STRING),
        Member::optional(
            "MaxItems",
            Source::Query("MaxItems"),
            &rule::MAX_FUNCTION_EVENT_INVOKE_CONFIG_LIST_ITEMS,
        ),
    ],
};

/// `ListFunctionEventInvokeConfigsResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionEventInvokeConfigsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_event_invoke_configs: Option<Vec<FunctionEventInvokeConfig>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

/// Input of `PutFunctionEventInvokeConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionEventInvokeConfigRequest {
    pub function_name: String,
    pub qualifier: Option<String>,
    pub maximum_retry_attempts: Option<i32>,
    pub maximum_event_age_in_seconds: Option<i32>,
    pub destination_config: Option<super::shared::DestinationConfig>,
}

impl PutFunctionEventInvokeConfigRequest {
    /// Reads and checks the input of `PutFunctionEventInvokeConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &PUT_FUNCTION_EVENT_INVOKE_CONFIG_REQUEST)
    }
}

static PUT_FUNCTION_EVENT_INVOKE_CONFIG_REQUEST: Structure = Structure {
    name: "PutFunctionEventInvokeConfigRequest",
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
        Member::optional(
            "MaximumRetryAttempts",
            Source::Body,
            &rule::MAXIMUM_RETRY_ATTEMPTS,
        ),
        Member::optional(
            "MaximumEventAgeInSeconds",
            Source::Body,
            &rule::MAXIMUM_EVENT_AGE_IN_SECONDS,
        ),
        Member::optional(
            "DestinationConfig",
            Source::Body,
            &super::shared::DESTINATION_CONFIG,
        ),
    ],
};

/// Input of `UpdateFunctionEventInvokeConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateFunctionEventInvokeConfigRequest {
    pub function_name: String,
    pub qualifier: Option<String>,
    pub maximum_retry_attempts: Option<i32>,
    pub maximum_event_age_in_seconds: Option<i32>,
    pub destination_config: Option<super::shared::DestinationConfig>,
}

impl UpdateFunctionEventInvokeConfigRequest {
    /// Reads and checks the input of `UpdateFunctionEventInvokeConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &UPDATE_FUNCTION_EVENT_INVOKE_CONFIG_REQUEST)
    }
}

static UPDATE_FUNCTION_EVENT_INVOKE_CONFIG_REQUEST: Structure = Structure {
    name: "UpdateFunctionEventInvokeConfigRequest",
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
        Member::optional(
            "MaximumRetryAttempts",
            Source::Body,
            &rule::MAXIMUM_RETRY_ATTEMPTS,
        ),
        Member::optional(
            "MaximumEventAgeInSeconds",
            Source::Body,
            &rule::MAXIMUM_EVENT_AGE_IN_SECONDS,
        ),
        Member::optional(
            "DestinationConfig",
            Source::Body,
            &super::shared::DESTINATION_CONFIG,
        ),
    ],
};
