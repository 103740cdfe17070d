//! Aliases: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use std::collections::BTreeMap;
use serde::{Deserialize, Serialize};
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Shape, Source, Structure};

/// `AliasConfiguration` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AliasConfiguration {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alias_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub routing_config: Option<AliasRoutingConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<String>,
}

/// `AliasRoutingConfiguration` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AliasRoutingConfiguration {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_version_weights: Option<BTreeMap<String, f64>>,
}

pub(crate) static ALIAS_ROUTING_CONFIGURATION: Shape = Shape::structure(
    "AliasRoutingConfiguration",
    &[
        Member::optional(
            "AdditionalVersionWeights",
            Source::Body,
            &rule::ADDITIONAL_VERSION_WEIGHTS,
        ),
    ],
);

/// Input of `CreateAlias`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateAliasRequest {
    pub function_name: String,
    pub name: String,
    pub function_version: String,
    pub description: Option<String>,
    pub routing_config: Option<AliasRoutingConfiguration>,
}

impl CreateAliasRequest {
    /// Reads and checks the input of `CreateAlias`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &CREATE_ALIAS_REQUEST)
    }
}

static CREATE_ALIAS_REQUEST: Structure = Structure {
    name: "CreateAliasRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_NAME,
        ),
        Member::required("Name", Source::Body, &rule::ALIAS),
        Member::required(
            "FunctionVersion",
            Source::Body,
            &rule::VERSION_WITH_LATEST_PUBLISHED,
        ),
        Member::optional("Description", Source::Body, &rule::DESCRIPTION),
        Member::optional("RoutingConfig", Source::Body, &ALIAS_ROUTING_CONFIGURATION),
    ],
};

/// Input of `DeleteAlias`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteAliasRequest {
    pub function_name: String,
    pub name: String,
}

impl DeleteAliasRequest {
    /// Reads and checks the input of `DeleteAlias`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &DELETE_ALIAS_REQUEST)
    }
}

static DELETE_ALIAS_REQUEST: Structure = Structure {
    name: "DeleteAliasRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_NAME,
        ),
        Member::required("Name", Source::Label("Name"), &rule::ALIAS),
    ],
};

/// Input of `GetAlias`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAliasRequest {
    pub function_name: String,
    pub name: String,
}

impl GetAliasRequest {
    /// Reads and checks the input of `GetAlias`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_ALIAS_REQUEST)
    }
}

static GET_ALIAS_REQUEST: Structure = Structure {
    name: "GetAliasRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_NAME,
        ),
        Member::required("Name", Source::Label("Name"), &rule::ALIAS),
    ],
};

/// Input of `ListAliases`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAliasesRequest {
    pub function_name: String,
    pub function_version: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}

impl ListAliasesRequest {
    /// Reads and checks the input of `ListAliases`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &LIST_ALIASES_REQUEST)
    }
}

static LIST_ALIASES_REQUEST: Structure = Structure {
    name: "ListAliasesRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_NAME,
        ),
        Member::optional(
            "FunctionVersion",
            Source::Query("FunctionVersion"),
            &rule::VERSION_WITH_LATEST_PUBLISHED,
        ),
        Member::optional("Marker", Source::Query("Marker"), &rule::STRING),
        Member::optional("MaxItems", Source::Query("MaxItems"), &rule::MAX_LIST_ITEMS),
    ],
};

/// `ListAliasesResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListAliasesResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aliases: Option<Vec<AliasConfiguration>>,
}

/// Input of `UpdateAlias`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateAliasRequest {
    pub function_name: String,
    pub name: String,
    pub function_version: Option<String>,
    pub description: Option<String>,
    pub routing_config: Option<AliasRoutingConfiguration>,
    pub revision_id: Option<String>,
}

impl UpdateAliasRequest {
    /// Reads and checks the input of `UpdateAlias`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &UPDATE_ALIAS_REQUEST)
    }
}

static UPDATE_ALIAS_REQUEST: Structure = Structure {
    name: "UpdateAliasRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_NAME,
        ),
        Member::required("Name", Source::Label("Name"), &rule::ALIAS),
        Member::optional(
            "FunctionVersion",
            Source::Body,
            &rule::VERSION_WITH_LATEST_PUBLISHED,
        ),
        Member::optional("Description", Source::Body, &rule::DESCRIPTION),
        Member::optional("RoutingConfig", Source::Body, &ALIAS_ROUTING_CONFIGURATION),
        Member::optional("RevisionId", Source::Body, &rule::STRING),
    ],
};
