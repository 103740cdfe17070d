//! Durable executions: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use serde::{Deserialize, Serialize};
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Shape, Source, Structure};

/// `CallbackDetails` of the model.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CallbackDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorObject>,
}

impl std::fmt::Debug for CallbackDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallbackDetails")
            .field("callback_id", &self.callback_id)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// `CallbackFailedDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CallbackFailedDetails {
    pub error: EventError,
}

/// `CallbackOptions` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CallbackOptions {
    pub timeout_seconds: Option<i32>,
    pub heartbeat_timeout_seconds: Option<i32>,
}

pub(crate) static CALLBACK_OPTIONS: Shape = Shape::structure(
    "CallbackOptions",
    &[
        Member::optional(
            "TimeoutSeconds",
            Source::Body,
            &rule::CALLBACK_OPTIONS_TIMEOUT_SECONDS_INTEGER,
        ),
        Member::optional(
            "HeartbeatTimeoutSeconds",
            Source::Body,
            &rule::CALLBACK_OPTIONS_HEARTBEAT_TIMEOUT_SECONDS_INTEGER,
        ),
    ],
);

/// `CallbackStartedDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CallbackStartedDetails {
    pub callback_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub heartbeat_timeout: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i32>,
}

/// `CallbackSucceededDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CallbackSucceededDetails {
    pub result: EventResult,
}

/// `CallbackTimedOutDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CallbackTimedOutDetails {
    pub error: EventError,
}

/// `ChainedInvokeDetails` of the model.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChainedInvokeDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorObject>,
}

impl std::fmt::Debug for ChainedInvokeDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ChainedInvokeDetails")
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// `ChainedInvokeFailedDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChainedInvokeFailedDetails {
    pub error: EventError,
}

/// `ChainedInvokeOptions` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChainedInvokeOptions {
    pub function_name: String,
    pub tenant_id: Option<String>,
    pub x_amzn_trace_id: Option<String>,
}

pub(crate) static CHAINED_INVOKE_OPTIONS: Shape = Shape::structure(
    "ChainedInvokeOptions",
    &[
        Member::required("FunctionName", Source::Body, &rule::NAMESPACED_FUNCTION_NAME),
        Member::optional("TenantId", Source::Body, &rule::TENANT_ID),
        Member::optional("XAmznTraceId", Source::Body, &rule::X_AMZN_TRACE_ID),
    ],
);

/// `ChainedInvokeStartedDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChainedInvokeStartedDetails {
    pub function_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input: Option<EventInput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub executed_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub durable_execution_arn: Option<String>,
}

/// `ChainedInvokeStoppedDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChainedInvokeStoppedDetails {
    pub error: EventError,
}

/// `ChainedInvokeSucceededDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChainedInvokeSucceededDetails {
    pub result: EventResult,
}

/// `ChainedInvokeTimedOutDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChainedInvokeTimedOutDetails {
    pub error: EventError,
}

/// Input of `CheckpointDurableExecution`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CheckpointDurableExecutionRequest {
    pub durable_execution_arn: String,
    pub checkpoint_token: String,
    pub updates: Option<Vec<OperationUpdate>>,
    pub client_token: Option<String>,
}

impl CheckpointDurableExecutionRequest {
    /// Reads and checks the input of `CheckpointDurableExecution`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &CHECKPOINT_DURABLE_EXECUTION_REQUEST)
    }
}

static CHECKPOINT_DURABLE_EXECUTION_REQUEST: Structure = Structure {
    name: "CheckpointDurableExecutionRequest",
    members: &[
        Member::required(
            "DurableExecutionArn",
            Source::Label("DurableExecutionArn"),
            &rule::DURABLE_EXECUTION_ARN,
        ),
        Member::required("CheckpointToken", Source::Body, &rule::CHECKPOINT_TOKEN),
        Member::optional("Updates", Source::Body, &rule::OPERATION_UPDATES),
        Member::optional("ClientToken", Source::Body, &rule::CLIENT_TOKEN),
    ],
};

/// `CheckpointDurableExecutionResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CheckpointDurableExecutionResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub checkpoint_token: Option<String>,
    pub new_execution_state: CheckpointUpdatedExecutionState,
}

/// `CheckpointUpdatedExecutionState` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CheckpointUpdatedExecutionState {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operations: Option<Vec<Operation>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

/// `ContextDetails` of the model.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContextDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay_children: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorObject>,
}

impl std::fmt::Debug for ContextDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContextDetails")
            .field("replay_children", &self.replay_children)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// `ContextFailedDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContextFailedDetails {
    pub error: EventError,
}

/// `ContextOptions` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContextOptions {
    pub replay_children: Option<bool>,
}

pub(crate) static CONTEXT_OPTIONS: Shape = Shape::structure(
    "ContextOptions",
    &[Member::optional("ReplayChildren", Source::Body, &rule::REPLAY_CHILDREN)],
);

/// `ContextStartedDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ContextStartedDetails {}

/// `ContextSucceededDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContextSucceededDetails {
    pub result: EventResult,
}

/// Input of `DeleteDurableExecution`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteDurableExecutionRequest {
    pub durable_execution_arn: String,
}

impl DeleteDurableExecutionRequest {
    /// Reads and checks the input of `DeleteDurableExecution`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &DELETE_DURABLE_EXECUTION_REQUEST)
    }
}

static DELETE_DURABLE_EXECUTION_REQUEST: Structure = Structure {
    name: "DeleteDurableExecutionRequest",
    members: &[
        Member::required(
            "DurableExecutionArn",
            Source::Label("DurableExecutionArn"),
            &rule::DURABLE_EXECUTION_ARN,
        ),
    ],
};

/// `DeleteDurableExecutionResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteDurableExecutionResponse {
    pub deletion_request_timestamp: f64,
}

/// `ErrorObject` of the model.
#[derive(Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ErrorObject {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_data: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack_trace: Option<Vec<String>>,
}

impl std::fmt::Debug for ErrorObject {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ErrorObject")
            .field("stack_trace", &self.stack_trace)
            .finish_non_exhaustive()
    }
}

pub(crate) static ERROR_OBJECT: Shape = Shape::structure(
    "ErrorObject",
    &[
        Member::optional("ErrorMessage", Source::Body, &rule::ERROR_MESSAGE),
        Member::optional("ErrorType", Source::Body, &rule::ERROR_TYPE),
        Member::optional("ErrorData", Source::Body, &rule::ERROR_DATA),
        Member::optional("StackTrace", Source::Body, &rule::STACK_TRACE_ENTRIES),
    ],
);

/// `Event` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Event {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_timestamp: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_started_details: Option<ExecutionStartedDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_succeeded_details: Option<ExecutionSucceededDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_failed_details: Option<ExecutionFailedDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_timed_out_details: Option<ExecutionTimedOutDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_stopped_details: Option<ExecutionStoppedDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_started_details: Option<ContextStartedDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_succeeded_details: Option<ContextSucceededDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_failed_details: Option<ContextFailedDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_started_details: Option<WaitStartedDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_succeeded_details: Option<WaitSucceededDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_cancelled_details: Option<WaitCancelledDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_started_details: Option<StepStartedDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_succeeded_details: Option<StepSucceededDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_failed_details: Option<StepFailedDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chained_invoke_started_details: Option<ChainedInvokeStartedDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chained_invoke_succeeded_details: Option<ChainedInvokeSucceededDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chained_invoke_failed_details: Option<ChainedInvokeFailedDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chained_invoke_timed_out_details: Option<ChainedInvokeTimedOutDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chained_invoke_stopped_details: Option<ChainedInvokeStoppedDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_started_details: Option<CallbackStartedDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_succeeded_details: Option<CallbackSucceededDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_failed_details: Option<CallbackFailedDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_timed_out_details: Option<CallbackTimedOutDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub invocation_completed_details: Option<InvocationCompletedDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_paused_details: Option<ExecutionPausedDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_resumed_details: Option<ExecutionResumedDetails>,
}

/// `EventError` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventError {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<ErrorObject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
}

/// `EventInput` of the model.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventInput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
}

impl std::fmt::Debug for EventInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventInput")
            .field("truncated", &self.truncated)
            .finish_non_exhaustive()
    }
}

/// `EventPauseReason` of the model.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventPauseReason {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
}

impl std::fmt::Debug for EventPauseReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventPauseReason")
            .field("truncated", &self.truncated)
            .finish_non_exhaustive()
    }
}

/// `EventResult` of the model.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventResult {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
}

impl std::fmt::Debug for EventResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventResult")
            .field("truncated", &self.truncated)
            .finish_non_exhaustive()
    }
}

/// `EventResumeReason` of the model.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventResumeReason {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncated: Option<bool>,
}

impl std::fmt::Debug for EventResumeReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EventResumeReason")
            .field("truncated", &self.truncated)
            .finish_non_exhaustive()
    }
}

/// `Execution` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Execution {
    pub durable_execution_arn: String,
    pub durable_execution_name: String,
    pub function_arn: String,
    pub status: String,
    pub start_timestamp: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_timestamp: Option<f64>,
    #[serde(rename = "KMSKeyArn")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_arn: Option<String>,
}

/// `ExecutionDetails` of the model.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecutionDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_payload: Option<String>,
}

impl std::fmt::Debug for ExecutionDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ExecutionDetails").finish_non_exhaustive()
    }
}

/// `ExecutionFailedDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecutionFailedDetails {
    pub error: EventError,
}

/// `ExecutionPausedDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecutionPausedDetails {
    pub pause_request_timestamp: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<EventPauseReason>,
    pub execution_timeout_paused: bool,
}

/// `ExecutionResumedDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecutionResumedDetails {
    pub resume_request_timestamp: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<EventResumeReason>,
}

/// `ExecutionStartedDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecutionStartedDetails {
    pub input: EventInput,
    pub execution_timeout: i32,
}

/// `ExecutionStoppedDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecutionStoppedDetails {
    pub error: EventError,
}

/// `ExecutionSucceededDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecutionSucceededDetails {
    pub result: EventResult,
}

/// `ExecutionTimedOutDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ExecutionTimedOutDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<EventError>,
}

/// Input of `GetDurableExecutionHistory`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetDurableExecutionHistoryRequest {
    pub durable_execution_arn: String,
    pub include_execution_data: Option<bool>,
    pub max_items: Option<i32>,
    pub marker: Option<String>,
    pub reverse_order: Option<bool>,
}

impl GetDurableExecutionHistoryRequest {
    /// Reads and checks the input of `GetDurableExecutionHistory`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_DURABLE_EXECUTION_HISTORY_REQUEST)
    }
}

static GET_DURABLE_EXECUTION_HISTORY_REQUEST: Structure = Structure {
    name: "GetDurableExecutionHistoryRequest",
    members: &[
        Member::required(
            "DurableExecutionArn",
            Source::Label("DurableExecutionArn"),
            &rule::DURABLE_EXECUTION_ARN,
        ),
        Member::optional(
            "IncludeExecutionData",
            Source::Query("IncludeExecutionData"),
            &rule::INCLUDE_EXECUTION_DATA,
        ),
        Member::optional("MaxItems", Source::Query("MaxItems"), &rule::ITEM_COUNT),
        Member::optional("Marker", Source::Query("Marker"), &rule::STRING),
        Member::optional(
            "ReverseOrder",
            Source::Query("ReverseOrder"),
            &rule::REVERSE_ORDER,
        ),
    ],
};

/// `GetDurableExecutionHistoryResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetDurableExecutionHistoryResponse {
    pub events: Vec<Event>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

/// Input of `GetDurableExecution`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetDurableExecutionRequest {
    pub durable_execution_arn: String,
    pub include_execution_data: Option<bool>,
}

impl GetDurableExecutionRequest {
    /// Reads and checks the input of `GetDurableExecution`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_DURABLE_EXECUTION_REQUEST)
    }
}

static GET_DURABLE_EXECUTION_REQUEST: Structure = Structure {
    name: "GetDurableExecutionRequest",
    members: &[
        Member::required(
            "DurableExecutionArn",
            Source::Label("DurableExecutionArn"),
            &rule::DURABLE_EXECUTION_ARN,
        ),
        Member::optional(
            "IncludeExecutionData",
            Source::Query("IncludeExecutionData"),
            &rule::INCLUDE_EXECUTION_DATA,
        ),
    ],
};

/// `GetDurableExecutionResponse` of the model.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetDurableExecutionResponse {
    pub durable_execution_arn: String,
    pub durable_execution_name: String,
    pub function_arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub input_payload: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorObject>,
    pub start_timestamp: f64,
    pub status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_timestamp: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_header: Option<TraceHeader>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_data_included: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub durable_config: Option<super::shared::DurableConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pause_details: Option<PauseDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_execution_timeout_timestamp: Option<f64>,
}

impl std::fmt::Debug for GetDurableExecutionResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GetDurableExecutionResponse")
            .field("durable_execution_arn", &self.durable_execution_arn)
            .field("durable_execution_name", &self.durable_execution_name)
            .field("function_arn", &self.function_arn)
            .field("error", &self.error)
            .field("start_timestamp", &self.start_timestamp)
            .field("status", &self.status)
            .field("end_timestamp", &self.end_timestamp)
            .field("version", &self.version)
            .field("trace_header", &self.trace_header)
            .field("execution_data_included", &self.execution_data_included)
            .field("durable_config", &self.durable_config)
            .field("pause_details", &self.pause_details)
            .field(
                "expected_execution_timeout_timestamp",
                &self.expected_execution_timeout_timestamp,
            )
            .finish_non_exhaustive()
    }
}

/// Input of `GetDurableExecutionState`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetDurableExecutionStateRequest {
    pub durable_execution_arn: String,
    pub checkpoint_token: String,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}

impl GetDurableExecutionStateRequest {
    /// Reads and checks the input of `GetDurableExecutionState`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_DURABLE_EXECUTION_STATE_REQUEST)
    }
}

static GET_DURABLE_EXECUTION_STATE_REQUEST: Structure = Structure {
    name: "GetDurableExecutionStateRequest",
    members: &[
        Member::required(
            "DurableExecutionArn",
            Source::Label("DurableExecutionArn"),
            &rule::DURABLE_EXECUTION_ARN,
        ),
        Member::required(
            "CheckpointToken",
            Source::Query("CheckpointToken"),
            &rule::CHECKPOINT_TOKEN,
        ),
        Member::optional("Marker", Source::Query("Marker"), &rule::STRING),
        Member::optional("MaxItems", Source::Query("MaxItems"), &rule::ITEM_COUNT),
    ],
};

/// `GetDurableExecutionStateResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetDurableExecutionStateResponse {
    pub operations: Vec<Operation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

/// `InvocationCompletedDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InvocationCompletedDetails {
    pub start_timestamp: f64,
    pub end_timestamp: f64,
    pub request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<EventError>,
}

/// Input of `ListDurableExecutionsByFunction`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListDurableExecutionsByFunctionRequest {
    pub function_name: String,
    pub qualifier: Option<String>,
    pub durable_execution_name: Option<String>,
    pub statuses: Option<Vec<String>>,
    pub started_after: Option<f64>,
    pub started_before: Option<f64>,
    pub reverse_order: Option<bool>,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}

impl ListDurableExecutionsByFunctionRequest {
    /// Reads and checks the input of `ListDurableExecutionsByFunction`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &LIST_DURABLE_EXECUTIONS_BY_FUNCTION_REQUEST)
    }
}

static LIST_DURABLE_EXECUTIONS_BY_FUNCTION_REQUEST: Structure = Structure {
    name: "ListDurableExecutionsByFunctionRequest",
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
            "DurableExecutionName",
            Source::Query("DurableExecutionName"),
            &rule::DURABLE_EXECUTION_NAME,
        ),
        Member::optional(
            "Statuses",
            Source::Query("Statuses"),
            &rule::EXECUTION_STATUS_LIST,
        ),
        Member::optional(
            "StartedAfter",
            Source::Query("StartedAfter"),
            &rule::EXECUTION_TIMESTAMP,
        ),
        Member::optional(
            "StartedBefore",
            Source::Query("StartedBefore"),
            &rule::EXECUTION_TIMESTAMP,
        ),
        Member::optional(
            "ReverseOrder",
            Source::Query("ReverseOrder"),
            &rule::REVERSE_ORDER,
        ),
        Member::optional("Marker", Source::Query("Marker"), &rule::STRING),
        Member::optional("MaxItems", Source::Query("MaxItems"), &rule::ITEM_COUNT),
    ],
};

/// `ListDurableExecutionsByFunctionResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListDurableExecutionsByFunctionResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub durable_executions: Option<Vec<Execution>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

/// `Operation` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Operation {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    pub r#type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub_type: Option<String>,
    pub start_timestamp: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_timestamp: Option<f64>,
    pub status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_details: Option<ExecutionDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_details: Option<ContextDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step_details: Option<StepDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_details: Option<WaitDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_details: Option<CallbackDetails>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub chained_invoke_details: Option<ChainedInvokeDetails>,
}

/// `OperationUpdate` of the model.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct OperationUpdate {
    pub id: String,
    pub parent_id: Option<String>,
    pub name: Option<String>,
    pub r#type: String,
    pub sub_type: Option<String>,
    pub action: String,
    pub payload: Option<String>,
    pub error: Option<ErrorObject>,
    pub context_options: Option<ContextOptions>,
    pub step_options: Option<StepOptions>,
    pub wait_options: Option<WaitOptions>,
    pub callback_options: Option<CallbackOptions>,
    pub chained_invoke_options: Option<ChainedInvokeOptions>,
}

impl std::fmt::Debug for OperationUpdate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OperationUpdate")
            .field("id", &self.id)
            .field("parent_id", &self.parent_id)
            .field("name", &self.name)
            .field("r#type", &self.r#type)
            .field("sub_type", &self.sub_type)
            .field("action", &self.action)
            .field("error", &self.error)
            .field("context_options", &self.context_options)
            .field("step_options", &self.step_options)
            .field("wait_options", &self.wait_options)
            .field("callback_options", &self.callback_options)
            .field("chained_invoke_options", &self.chained_invoke_options)
            .finish_non_exhaustive()
    }
}

pub(crate) static OPERATION_UPDATE: Shape = Shape::structure(
    "OperationUpdate",
    &[
        Member::required("Id", Source::Body, &rule::OPERATION_ID),
        Member::optional("ParentId", Source::Body, &rule::OPERATION_ID),
        Member::optional("Name", Source::Body, &rule::OPERATION_NAME),
        Member::required("Type", Source::Body, &rule::OPERATION_TYPE),
        Member::optional("SubType", Source::Body, &rule::OPERATION_SUB_TYPE),
        Member::required("Action", Source::Body, &rule::OPERATION_ACTION),
        Member::optional("Payload", Source::Body, &rule::OPERATION_PAYLOAD),
        Member::optional("Error", Source::Body, &ERROR_OBJECT),
        Member::optional("ContextOptions", Source::Body, &CONTEXT_OPTIONS),
        Member::optional("StepOptions", Source::Body, &STEP_OPTIONS),
        Member::optional("WaitOptions", Source::Body, &WAIT_OPTIONS),
        Member::optional("CallbackOptions", Source::Body, &CALLBACK_OPTIONS),
        Member::optional("ChainedInvokeOptions", Source::Body, &CHAINED_INVOKE_OPTIONS),
    ],
);

/// `PauseDetails` of the model.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PauseDetails {
    pub pause_request_timestamp: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    pub execution_timeout_paused: bool,
}

impl std::fmt::Debug for PauseDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PauseDetails")
            .field("pause_request_timestamp", &self.pause_request_timestamp)
            .field("execution_timeout_paused", &self.execution_timeout_paused)
            .finish_non_exhaustive()
    }
}

/// Input of `PauseDurableExecution`.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PauseDurableExecutionRequest {
    pub durable_execution_arn: String,
    pub client_token: Option<String>,
    pub reason: Option<String>,
    pub execution_timeout_paused: Option<bool>,
}

impl std::fmt::Debug for PauseDurableExecutionRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PauseDurableExecutionRequest")
            .field("durable_execution_arn", &self.durable_execution_arn)
            .field("client_token", &self.client_token)
            .field("execution_timeout_paused", &self.execution_timeout_paused)
            .finish_non_exhaustive()
    }
}

impl PauseDurableExecutionRequest {
    /// Reads and checks the input of `PauseDurableExecution`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &PAUSE_DURABLE_EXECUTION_REQUEST)
    }
}

static PAUSE_DURABLE_EXECUTION_REQUEST: Structure = Structure {
    name: "PauseDurableExecutionRequest",
    members: &[
        Member::required(
            "DurableExecutionArn",
            Source::Label("DurableExecutionArn"),
            &rule::DURABLE_EXECUTION_ARN,
        ),
        Member::optional("ClientToken", Source::Body, &rule::CLIENT_TOKEN),
        Member::optional("Reason", Source::Body, &rule::PAUSE_REASON),
        Member::optional(
            "ExecutionTimeoutPaused",
            Source::Body,
            &rule::EXECUTION_TIMEOUT_PAUSED,
        ),
    ],
};

/// `PauseDurableExecutionResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct PauseDurableExecutionResponse {}

/// Input of `ResumeDurableExecution`.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ResumeDurableExecutionRequest {
    pub durable_execution_arn: String,
    pub client_token: Option<String>,
    pub reason: Option<String>,
}

impl std::fmt::Debug for ResumeDurableExecutionRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ResumeDurableExecutionRequest")
            .field("durable_execution_arn", &self.durable_execution_arn)
            .field("client_token", &self.client_token)
            .finish_non_exhaustive()
    }
}

impl ResumeDurableExecutionRequest {
    /// Reads and checks the input of `ResumeDurableExecution`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &RESUME_DURABLE_EXECUTION_REQUEST)
    }
}

static RESUME_DURABLE_EXECUTION_REQUEST: Structure = Structure {
    name: "ResumeDurableExecutionRequest",
    members: &[
        Member::required(
            "DurableExecutionArn",
            Source::Label("DurableExecutionArn"),
            &rule::DURABLE_EXECUTION_ARN,
        ),
        Member::optional("ClientToken", Source::Body, &rule::CLIENT_TOKEN),
        Member::optional("Reason", Source::Body, &rule::RESUME_REASON),
    ],
};

/// `ResumeDurableExecutionResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct ResumeDurableExecutionResponse {}

/// `RetryDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RetryDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_attempt: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt_delay_seconds: Option<i32>,
}

/// Input of `SendDurableExecutionCallbackFailure`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendDurableExecutionCallbackFailureRequest {
    pub callback_id: String,
    pub error: Option<ErrorObject>,
}

impl SendDurableExecutionCallbackFailureRequest {
    /// Reads and checks the input of `SendDurableExecutionCallbackFailure`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &SEND_DURABLE_EXECUTION_CALLBACK_FAILURE_REQUEST)
    }
}

static SEND_DURABLE_EXECUTION_CALLBACK_FAILURE_REQUEST: Structure = Structure {
    name: "SendDurableExecutionCallbackFailureRequest",
    members: &[
        Member::required("CallbackId", Source::Label("CallbackId"), &rule::CALLBACK_ID),
        Member::optional("Error", Source::WholeBody, &ERROR_OBJECT),
    ],
};

/// `SendDurableExecutionCallbackFailureResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SendDurableExecutionCallbackFailureResponse {}

/// Input of `SendDurableExecutionCallbackHeartbeat`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendDurableExecutionCallbackHeartbeatRequest {
    pub callback_id: String,
}

impl SendDurableExecutionCallbackHeartbeatRequest {
    /// Reads and checks the input of `SendDurableExecutionCallbackHeartbeat`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &SEND_DURABLE_EXECUTION_CALLBACK_HEARTBEAT_REQUEST)
    }
}

static SEND_DURABLE_EXECUTION_CALLBACK_HEARTBEAT_REQUEST: Structure = Structure {
    name: "SendDurableExecutionCallbackHeartbeatRequest",
    members: &[
        Member::required("CallbackId", Source::Label("CallbackId"), &rule::CALLBACK_ID),
    ],
};

/// `SendDurableExecutionCallbackHeartbeatResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SendDurableExecutionCallbackHeartbeatResponse {}

/// Input of `SendDurableExecutionCallbackSuccess`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SendDurableExecutionCallbackSuccessRequest {
    pub callback_id: String,
}

impl SendDurableExecutionCallbackSuccessRequest {
    /// Reads and checks the input of `SendDurableExecutionCallbackSuccess`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &SEND_DURABLE_EXECUTION_CALLBACK_SUCCESS_REQUEST)
    }
}

static SEND_DURABLE_EXECUTION_CALLBACK_SUCCESS_REQUEST: Structure = Structure {
    name: "SendDurableExecutionCallbackSuccessRequest",
    members: &[
        Member::required("CallbackId", Source::Label("CallbackId"), &rule::CALLBACK_ID),
        Member::optional("Result", Source::Bytes, &rule::BINARY_OPERATION_PAYLOAD),
    ],
};

/// `SendDurableExecutionCallbackSuccessResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SendDurableExecutionCallbackSuccessResponse {}

/// `StepDetails` of the model.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StepDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_attempt_timestamp: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<ErrorObject>,
}

impl std::fmt::Debug for StepDetails {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StepDetails")
            .field("attempt", &self.attempt)
            .field("next_attempt_timestamp", &self.next_attempt_timestamp)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// `StepFailedDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StepFailedDetails {
    pub error: EventError,
    pub retry_details: RetryDetails,
}

/// `StepOptions` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StepOptions {
    pub next_attempt_delay_seconds: Option<i32>,
}

pub(crate) static STEP_OPTIONS: Shape = Shape::structure(
    "StepOptions",
    &[
        Member::optional(
            "NextAttemptDelaySeconds",
            Source::Body,
            &rule::STEP_OPTIONS_NEXT_ATTEMPT_DELAY_SECONDS_INTEGER,
        ),
    ],
);

/// `StepStartedDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StepStartedDetails {}

/// `StepSucceededDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StepSucceededDetails {
    pub result: EventResult,
    pub retry_details: RetryDetails,
}

/// Input of `StopDurableExecution`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StopDurableExecutionRequest {
    pub durable_execution_arn: String,
    pub error: Option<ErrorObject>,
}

impl StopDurableExecutionRequest {
    /// Reads and checks the input of `StopDurableExecution`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &STOP_DURABLE_EXECUTION_REQUEST)
    }
}

static STOP_DURABLE_EXECUTION_REQUEST: Structure = Structure {
    name: "StopDurableExecutionRequest",
    members: &[
        Member::required(
            "DurableExecutionArn",
            Source::Label("DurableExecutionArn"),
            &rule::DURABLE_EXECUTION_ARN,
        ),
        Member::optional("Error", Source::WholeBody, &ERROR_OBJECT),
    ],
};

/// `StopDurableExecutionResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StopDurableExecutionResponse {
    pub stop_timestamp: f64,
}

/// `TraceHeader` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TraceHeader {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub x_amzn_trace_id: Option<String>,
}

/// `WaitCancelledDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct WaitCancelledDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<EventError>,
}

/// `WaitDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct WaitDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduled_end_timestamp: Option<f64>,
}

/// `WaitOptions` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct WaitOptions {
    pub wait_seconds: Option<i32>,
}

pub(crate) static WAIT_OPTIONS: Shape = Shape::structure(
    "WaitOptions",
    &[
        Member::optional(
            "WaitSeconds",
            Source::Body,
            &rule::WAIT_OPTIONS_WAIT_SECONDS_INTEGER,
        ),
    ],
);

/// `WaitStartedDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct WaitStartedDetails {
    pub duration: i32,
    pub scheduled_end_timestamp: f64,
}

/// `WaitSucceededDetails` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct WaitSucceededDetails {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration: Option<i32>,
}
