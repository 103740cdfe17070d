//! Recursive loop detection: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use serde::{Deserialize, Serialize};
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Source, Structure};

/// Input of `GetFunctionRecursionConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionRecursionConfigRequest {
    pub function_name: String,
}

impl GetFunctionRecursionConfigRequest {
    /// Reads and checks the input of `GetFunctionRecursionConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_FUNCTION_RECURSION_CONFIG_REQUEST)
    }
}

static GET_FUNCTION_RECURSION_CONFIG_REQUEST: Structure = Structure {
    name: "GetFunctionRecursionConfigRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::UNQUALIFIED_FUNCTION_NAME,
        ),
    ],
};

/// `GetFunctionRecursionConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionRecursionConfigResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recursive_loop: Option<String>,
}

/// Input of `PutFunctionRecursionConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionRecursionConfigRequest {
    pub function_name: String,
    pub recursive_loop: String,
}

impl PutFunctionRecursionConfigRequest {
    /// Reads and checks the input of `PutFunctionRecursionConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &PUT_FUNCTION_RECURSION_CONFIG_REQUEST)
    }
}

static PUT_FUNCTION_RECURSION_CONFIG_REQUEST: Structure = Structure {
    name: "PutFunctionRecursionConfigRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::UNQUALIFIED_FUNCTION_NAME,
        ),
        Member::required("RecursiveLoop", Source::Body, &rule::RECURSIVE_LOOP),
    ],
};

/// `PutFunctionRecursionConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionRecursionConfigResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recursive_loop: Option<String>,
}
