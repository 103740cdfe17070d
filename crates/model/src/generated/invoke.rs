//! Invocation: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use serde::{Deserialize, Serialize};
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Source, Structure};

/// Input of `Invoke`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InvocationRequest {
    pub function_name: String,
    pub invocation_type: Option<String>,
    pub log_type: Option<String>,
    pub client_context: Option<String>,
    pub durable_execution_name: Option<String>,
    pub qualifier: Option<String>,
    pub tenant_id: Option<String>,
}

impl InvocationRequest {
    /// Reads and checks the input of `Invoke`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &INVOCATION_REQUEST)
    }
}

static INVOCATION_REQUEST: Structure = Structure {
    name: "InvocationRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::NAMESPACED_FUNCTION_NAME,
        ),
        Member::optional(
            "InvocationType",
            Source::Header("x-amz-invocation-type"),
            &rule::INVOCATION_TYPE,
        ),
        Member::optional("LogType", Source::Header("x-amz-log-type"), &rule::LOG_TYPE),
        Member::optional(
            "ClientContext",
            Source::Header("x-amz-client-context"),
            &rule::STRING,
        ),
        Member::optional(
            "DurableExecutionName",
            Source::Header("x-amz-durable-execution-name"),
            &rule::DURABLE_EXECUTION_NAME,
        ),
        Member::optional("Payload", Source::Bytes, &rule::BLOB),
        Member::optional(
            "Qualifier",
            Source::Query("Qualifier"),
            &rule::NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER,
        ),
        Member::optional("TenantId", Source::Header("x-amz-tenant-id"), &rule::TENANT_ID),
    ],
};

/// Input of `InvokeAsync`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InvokeAsyncRequest {
    pub function_name: String,
}

impl InvokeAsyncRequest {
    /// Reads and checks the input of `InvokeAsync`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &INVOKE_ASYNC_REQUEST)
    }
}

static INVOKE_ASYNC_REQUEST: Structure = Structure {
    name: "InvokeAsyncRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::NAMESPACED_FUNCTION_NAME,
        ),
        Member::optional("InvokeArgs", Source::Bytes, &rule::BLOB_STREAM),
    ],
};

/// `InvokeWithResponseStreamCompleteEvent` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InvokeWithResponseStreamCompleteEvent {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_details: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_result: Option<String>,
}

/// Input of `InvokeWithResponseStream`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct InvokeWithResponseStreamRequest {
    pub function_name: String,
    pub log_type: Option<String>,
    pub client_context: Option<String>,
    pub qualifier: Option<String>,
    pub tenant_id: Option<String>,
    pub invocation_type: Option<String>,
}

impl InvokeWithResponseStreamRequest {
    /// Reads and checks the input of `InvokeWithResponseStream`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &INVOKE_WITH_RESPONSE_STREAM_REQUEST)
    }
}

static INVOKE_WITH_RESPONSE_STREAM_REQUEST: Structure = Structure {
    name: "InvokeWithResponseStreamRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::NAMESPACED_FUNCTION_NAME,
        ),
        Member::optional("LogType", Source::Header("x-amz-log-type"), &rule::LOG_TYPE),
        Member::optional(
            "ClientContext",
            Source::Header("x-amz-client-context"),
            &rule::STRING,
        ),
        Member::optional(
            "Qualifier",
            Source::Query("Qualifier"),
            &rule::NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER,
        ),
        Member::optional("Payload", Source::Bytes, &rule::BLOB),
        Member::optional(
            "TenantId",
            Source::Header("x-amz-tenant-id"),
            &rule::TENANT_ID,
        ),
        Member::optional(
            "InvocationType",
            Source::Header("x-amz-invocation-type"),
            &rule::RESPONSE_STREAMING_INVOCATION_TYPE,
        ),
    ],
};
