//! Function URLs: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use serde::{Deserialize, Serialize};
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Shape, Source, Structure};

/// `Cors` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Cors {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_credentials: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_headers: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_methods: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allow_origins: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expose_headers: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_age: Option<i32>,
}

pub(crate) static CORS: Shape = Shape::structure(
    "Cors",
    &[
        Member::optional("AllowCredentials", Source::Body, &rule::ALLOW_CREDENTIALS),
        Member::optional("AllowHeaders", Source::Body, &rule::HEADERS_LIST),
        Member::optional("AllowMethods", Source::Body, &rule::ALLOW_METHODS_LIST),
        Member::optional("AllowOrigins", Source::Body, &rule::ALLOW_ORIGINS_LIST),
        Member::optional("ExposeHeaders", Source::Body, &rule::HEADERS_LIST),
        Member::optional("MaxAge", Source::Body, &rule::MAX_AGE),
    ],
);

/// Input of `CreateFunctionUrlConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateFunctionUrlConfigRequest {
    pub function_name: String,
    pub qualifier: Option<String>,
    pub auth_type: String,
    pub cors: Option<Cors>,
    pub invoke_mode: Option<String>,
}

impl CreateFunctionUrlConfigRequest {
    /// Reads and checks the input of `CreateFunctionUrlConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &CREATE_FUNCTION_URL_CONFIG_REQUEST)
    }
}

static CREATE_FUNCTION_URL_CONFIG_REQUEST: Structure = Structure {
    name: "CreateFunctionUrlConfigRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_URL_FUNCTION_NAME,
        ),
        Member::optional(
            "Qualifier",
            Source::Query("Qualifier"),
            &rule::FUNCTION_URL_QUALIFIER,
        ),
        Member::required("AuthType", Source::Body, &rule::FUNCTION_URL_AUTH_TYPE),
        Member::optional("Cors", Source::Body, &CORS),
        Member::optional("InvokeMode", Source::Body, &rule::INVOKE_MODE),
    ],
};

/// `CreateFunctionUrlConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateFunctionUrlConfigResponse {
    pub function_url: String,
    pub function_arn: String,
    pub auth_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    pub creation_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoke_mode: Option<String>,
}

/// Input of `DeleteFunctionUrlConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFunctionUrlConfigRequest {
    pub function_name: String,
    pub qualifier: Option<String>,
}

impl DeleteFunctionUrlConfigRequest {
    /// Reads and checks the input of `DeleteFunctionUrlConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &DELETE_FUNCTION_URL_CONFIG_REQUEST)
    }
}

static DELETE_FUNCTION_URL_CONFIG_REQUEST: Structure = Structure {
    name: "DeleteFunctionUrlConfigRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_URL_FUNCTION_NAME,
        ),
        Member::optional(
            "Qualifier",
            Source::Query("Qualifier"),
            &rule::FUNCTION_URL_QUALIFIER,
        ),
    ],
};

/// `FunctionUrlConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionUrlConfig {
    pub function_url: String,
    pub function_arn: String,
    pub creation_time: String,
    pub last_modified_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    pub auth_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoke_mode: Option<String>,
}

/// Input of `GetFunctionUrlConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionUrlConfigRequest {
    pub function_name: String,
    pub qualifier: Option<String>,
}

impl GetFunctionUrlConfigRequest {
    /// Reads and checks the input of `GetFunctionUrlConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_FUNCTION_URL_CONFIG_REQUEST)
    }
}

static GET_FUNCTION_URL_CONFIG_REQUEST: Structure = Structure {
    name: "GetFunctionUrlConfigRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_URL_FUNCTION_NAME,
        ),
        Member::optional(
            "Qualifier",
            Source::Query("Qualifier"),
            &rule::FUNCTION_URL_QUALIFIER,
        ),
    ],
};

/// `GetFunctionUrlConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionUrlConfigResponse {
    pub function_url: String,
    pub function_arn: String,
    pub auth_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    pub creation_time: String,
    pub last_modified_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoke_mode: Option<String>,
}

/// Input of `ListFunctionUrlConfigs`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionUrlConfigsRequest {
    pub function_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}

impl ListFunctionUrlConfigsRequest {
    /// Reads and checks the input of `ListFunctionUrlConfigs`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &LIST_FUNCTION_URL_CONFIGS_REQUEST)
    }
}

static LIST_FUNCTION_URL_CONFIGS_REQUEST: Structure = Structure {
    name: "ListFunctionUrlConfigsRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_URL_FUNCTION_NAME,
        ),
        Member::optional("Marker", Source::Query("Marker"), &rule::STRING),
        Member::optional("MaxItems", Source::Query("MaxItems"), &rule::MAX_ITEMS),
    ],
};

/// `ListFunctionUrlConfigsResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionUrlConfigsResponse {
    pub function_url_configs: Vec<FunctionUrlConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

/// Input of `UpdateFunctionUrlConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateFunctionUrlConfigRequest {
    pub function_name: String,
    pub qualifier: Option<String>,
    pub auth_type: Option<String>,
    pub cors: Option<Cors>,
    pub invoke_mode: Option<String>,
}

impl UpdateFunctionUrlConfigRequest {
    /// Reads and checks the input of `UpdateFunctionUrlConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &UPDATE_FUNCTION_URL_CONFIG_REQUEST)
    }
}

static UPDATE_FUNCTION_URL_CONFIG_REQUEST: Structure = Structure {
    name: "UpdateFunctionUrlConfigRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_URL_FUNCTION_NAME,
        ),
        Member::optional(
            "Qualifier",
            Source::Query("Qualifier"),
            &rule::FUNCTION_URL_QUALIFIER,
        ),
        Member::optional("AuthType", Source::Body, &rule::FUNCTION_URL_AUTH_TYPE),
        Member::optional("Cors", Source::Body, &CORS),
        Member::optional("InvokeMode", Source::Body, &rule::INVOKE_MODE),
    ],
};

/// `UpdateFunctionUrlConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateFunctionUrlConfigResponse {
    pub function_url: String,
    pub function_arn: String,
    pub auth_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors: Option<Cors>,
    pub creation_time: String,
    pub last_modified_time: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invoke_mode: Option<String>,
}
