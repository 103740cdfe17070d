//! Versions: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use serde::{Deserialize, Serialize};
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Source, Structure};

/// Input of `ListVersionsByFunction`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListVersionsByFunctionRequest {
    pub function_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}

impl ListVersionsByFunctionRequest {
    /// Reads and checks the input of `ListVersionsByFunction`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &LIST_VERSIONS_BY_FUNCTION_REQUEST)
    }
}

static LIST_VERSIONS_BY_FUNCTION_REQUEST: Structure = Structure {
    name: "ListVersionsByFunctionRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::NAMESPACED_FUNCTION_NAME,
        ),
        Member::optional("Marker", Source::Query("Marker"), &rule::STRING),
        Member::optional("MaxItems", Source::Query("MaxItems"), &rule::MAX_LIST_ITEMS),
    ],
};

/// `ListVersionsByFunctionResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListVersionsByFunctionResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub versions: Option<Vec<super::shared::FunctionConfiguration>>,
}

/// Input of `PublishVersion`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishVersionRequest {
    pub function_name: String,
    pub code_sha256: Option<String>,
    pub description: Option<String>,
    pub revision_id: Option<String>,
    pub publish_to: Option<String>,
}

impl PublishVersionRequest {
    /// Reads and checks the input of `PublishVersion`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &PUBLISH_VERSION_REQUEST)
    }
}

static PUBLISH_VERSION_REQUEST: Structure = Structure {
    name: "PublishVersionRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_NAME,
        ),
        Member::optional("CodeSha256", Source::Body, &rule::STRING),
        Member::optional("Description", Source::Body, &rule::DESCRIPTION),
        Member::optional("RevisionId", Source::Body, &rule::STRING),
        Member::optional(
            "PublishTo",
            Source::Body,
            &rule::FUNCTION_VERSION_LATEST_PUBLISHED,
        ),
    ],
};
