//! Account: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use serde::{Deserialize, Serialize};
use crate::read::{ReadError, WireRequest, read};
use crate::rule::Structure;

/// `AccountLimit` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountLimit {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_code_size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_size_unzipped: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_size_zipped: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrent_executions: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unreserved_concurrent_executions: Option<i32>,
}

/// `AccountUsage` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccountUsage {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total_code_size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_count: Option<i64>,
}

/// Input of `GetAccountSettings`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct GetAccountSettingsRequest {}

impl GetAccountSettingsRequest {
    /// Reads and checks the input of `GetAccountSettings`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_ACCOUNT_SETTINGS_REQUEST)
    }
}

static GET_ACCOUNT_SETTINGS_REQUEST: Structure = Structure {
    name: "GetAccountSettingsRequest",
    members: &[],
};

/// `GetAccountSettingsResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAccountSettingsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_limit: Option<AccountLimit>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_usage: Option<AccountUsage>,
}
