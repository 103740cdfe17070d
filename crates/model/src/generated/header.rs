//! The headers that members of inputs, outputs and errors are bound to.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use http::HeaderName;

/// `InvokeWithResponseStreamResponse$ResponseStreamContentType`
pub const CONTENT_TYPE: HeaderName = HeaderName::from_static("content-type");

/// `TooManyRequestsException$retryAfterSeconds`
pub const RETRY_AFTER: HeaderName = HeaderName::from_static("retry-after");

/// `InvocationRequest$ClientContext`, `InvokeWithResponseStreamRequest$ClientContext`
pub const X_AMZ_CLIENT_CONTEXT: HeaderName = HeaderName::from_static(
    "x-amz-client-context",
);

/// `InvocationResponse$DurableExecutionArn`
pub const X_AMZ_DURABLE_EXECUTION_ARN: HeaderName = HeaderName::from_static(
    "x-amz-durable-execution-arn",
);

/// `InvocationRequest$DurableExecutionName`
pub const X_AMZ_DURABLE_EXECUTION_NAME: HeaderName = HeaderName::from_static(
    "x-amz-durable-execution-name",
);

/// `InvocationResponse$ExecutedVersion`, `InvokeWithResponseStreamResponse$ExecutedVersion`
pub const X_AMZ_EXECUTED_VERSION: HeaderName = HeaderName::from_static(
    "x-amz-executed-version",
);

/// `InvocationResponse$FunctionError`
pub const X_AMZ_FUNCTION_ERROR: HeaderName = HeaderName::from_static(
    "x-amz-function-error",
);

/// `InvocationRequest$InvocationType`, `InvokeWithResponseStreamRequest$InvocationType`
pub const X_AMZ_INVOCATION_TYPE: HeaderName = HeaderName::from_static(
    "x-amz-invocation-type",
);

/// `InvocationResponse$LogResult`
pub const X_AMZ_LOG_RESULT: HeaderName = HeaderName::from_static("x-amz-log-result");

/// `InvocationRequest$LogType`, `InvokeWithResponseStreamRequest$LogType`
pub const X_AMZ_LOG_TYPE: HeaderName = HeaderName::from_static("x-amz-log-type");

/// `InvocationRequest$TenantId`, `InvokeWithResponseStreamRequest$TenantId`
pub const X_AMZ_TENANT_ID: HeaderName = HeaderName::from_static("x-amz-tenant-id");
