//! The values of the model's enums, in the order AWS's error texts print them.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

/// Values of `ApplicationLogLevel`.
pub static APPLICATION_LOG_LEVEL: &[&str] = &[
    "TRACE",
    "DEBUG",
    "INFO",
    "WARN",
    "ERROR",
    "FATAL",
];

/// Values of `Architecture`.
pub static ARCHITECTURE: &[&str] = &["x86_64", "arm64"];

/// Values of `CapacityProviderPredefinedMetricType`.
pub static CAPACITY_PROVIDER_PREDEFINED_METRIC_TYPE: &[&str] = &[
    "LambdaCapacityProviderAverageCPUUtilization",
    "LambdaCapacityProviderAverageGPUUtilization",
];

/// Values of `CapacityProviderScalingMode`.
pub static CAPACITY_PROVIDER_SCALING_MODE: &[&str] = &["Auto", "Manual"];

/// Values of `CapacityProviderState`.
pub static CAPACITY_PROVIDER_STATE: &[&str] = &[
    "Pending",
    "Active",
    "Failed",
    "Deleting",
];

/// Values of `CodeSigningPolicy`.
pub static CODE_SIGNING_POLICY: &[&str] = &["Warn", "Enforce"];

/// Values of `DirectS3Read`.
pub static DIRECT_S3_READ: &[&str] = &["ENABLED", "DISABLED", "AUTO"];

/// Values of `EndPointType`.
pub static END_POINT_TYPE: &[&str] = &["KAFKA_BOOTSTRAP_SERVERS"];

/// Values of `EventSourceMappingMetric`.
pub static EVENT_SOURCE_MAPPING_METRIC: &[&str] = &[
    "EventCount",
    "ErrorCount",
    "KafkaMetrics",
];

/// Values of `EventSourceMappingSystemLogLevel`.
pub static EVENT_SOURCE_MAPPING_SYSTEM_LOG_LEVEL: &[&str] = &["DEBUG", "INFO", "WARN"];

/// Values of `EventSourcePosition`.
pub static EVENT_SOURCE_POSITION: &[&str] = &["LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"];

/// Values of `EventType`.
pub static EVENT_TYPE: &[&str] = &[
    "ExecutionStarted",
    "ExecutionSucceeded",
    "ExecutionFailed",
    "ExecutionTimedOut",
    "ExecutionStopped",
    "ContextStarted",
    "ContextSucceeded",
    "ContextFailed",
    "WaitStarted",
    "WaitSucceeded",
    "WaitCancelled",
    "StepStarted",
    "StepSucceeded",
    "StepFailed",
    "ChainedInvokeStarted",
    "ChainedInvokeSucceeded",
    "ChainedInvokeFailed",
    "ChainedInvokeTimedOut",
    "ChainedInvokeStopped",
    "CallbackStarted",
    "CallbackSucceeded",
    "CallbackFailed",
    "CallbackTimedOut",
    "InvocationCompleted",
    "ExecutionPaused",
    "ExecutionResumed",
];

/// Values of `ExecutionStatus`.
pub static EXECUTION_STATUS: &[&str] = &[
    "RUNNING",
    "SUCCEEDED",
    "FAILED",
    "TIMED_OUT",
    "STOPPED",
    "DELETING",
    "PAUSING",
    "PAUSED",
];

/// Values of `FullDocument`.
pub static FULL_DOCUMENT: &[&str] = &["UpdateLookup", "Default"];

/// Values of `FunctionResponseType`.
pub static FUNCTION_RESPONSE_TYPE: &[&str] = &["ReportBatchItemFailures"];

/// Values of `FunctionUrlAuthType`.
pub static FUNCTION_URL_AUTH_TYPE: &[&str] = &["NONE", "AWS_IAM"];

/// Values of `FunctionVersion`.
pub static FUNCTION_VERSION: &[&str] = &["ALL"];

/// Values of `FunctionVersionLatestPublished`.
pub static FUNCTION_VERSION_LATEST_PUBLISHED: &[&str] = &["LATEST_PUBLISHED"];

/// Values of `InvocationType`.
pub static INVOCATION_TYPE: &[&str] = &["Event", "RequestResponse", "DryRun"];

/// Values of `InvokeMode`.
pub static INVOKE_MODE: &[&str] = &["RESPONSE_STREAM", "BUFFERED"];

/// Values of `KafkaEventSourceMappingConsumptionMode`.
pub static KAFKA_EVENT_SOURCE_MAPPING_CONSUMPTION_MODE: &[&str] = &["Stream", "Queue"];

/// Values of `KafkaSchemaRegistryAuthType`.
pub static KAFKA_SCHEMA_REGISTRY_AUTH_TYPE: &[&str] = &[
    "BASIC_AUTH",
    "CLIENT_CERTIFICATE_TLS_AUTH",
    "SERVER_ROOT_CA_CERTIFICATE",
    "OAUTHBEARER_AUTH",
];

/// Values of `KafkaSchemaValidationAttribute`.
pub static KAFKA_SCHEMA_VALIDATION_ATTRIBUTE: &[&str] = &["KEY", "VALUE"];

/// Values of `LastUpdateStatus`.
pub static LAST_UPDATE_STATUS: &[&str] = &["Successful", "Failed", "InProgress"];

/// Values of `LastUpdateStatusReasonCode`.
pub static LAST_UPDATE_STATUS_REASON_CODE: &[&str] = &[
    "EniLimitExceeded",
    "InsufficientRolePermissions",
    "InvalidConfiguration",
    "InternalError",
    "SubnetOutOfIPAddresses",
    "InvalidSubnet",
    "InvalidSecurityGroup",
    "ImageDeleted",
    "ImageAccessDenied",
    "InvalidImage",
    "KMSKeyAccessDenied",
    "KMSKeyNotFound",
    "InvalidStateKMSKey",
    "DisabledKMSKey",
    "EFSIOError",
    "EFSMountConnectivityError",
    "EFSMountFailure",
    "EFSMountTimeout",
    "InvalidRuntime",
    "InvalidZipFileException",
    "FunctionError",
    "ServiceQuotaExceededException",
    "VcpuLimitExceeded",
    "CapacityProviderScalingLimitExceeded",
    "InsufficientCapacity",
    "EC2RequestLimitExceeded",
    "FunctionError.InitTimeout",
    "FunctionError.RuntimeInitError",
    "FunctionError.ExtensionInitError",
    "FunctionError.InvalidEntryPoint",
    "FunctionError.InvalidWorkingDirectory",
    "FunctionError.PermissionDenied",
    "FunctionError.TooManyExtensions",
    "FunctionError.InitResourceExhausted",
    "DisallowedByVpcEncryptionControl",
    "IncompatibleAcceleratorInstanceTypes",
    "DependencyError",
];

/// Values of `LogFormat`.
pub static LOG_FORMAT: &[&str] = &["JSON", "Text"];

/// Values of `LogType`.
pub static LOG_TYPE: &[&str] = &["None", "Tail"];

/// Values of `OperationAction`.
pub static OPERATION_ACTION: &[&str] = &["START", "SUCCEED", "FAIL", "RETRY", "CANCEL"];

/// Values of `OperationStatus`.
pub static OPERATION_STATUS: &[&str] = &[
    "STARTED",
    "PENDING",
    "READY",
    "SUCCEEDED",
    "FAILED",
    "CANCELLED",
    "TIMED_OUT",
    "STOPPED",
];

/// Values of `OperationType`.
pub static OPERATION_TYPE: &[&str] = &[
    "EXECUTION",
    "CONTEXT",
    "STEP",
    "WAIT",
    "CALLBACK",
    "CHAINED_INVOKE",
];

/// Values of `PackageType`.
pub static PACKAGE_TYPE: &[&str] = &["Zip", "Image"];

/// Values of `PropagateTagsMode`.
pub static PROPAGATE_TAGS_MODE: &[&str] = &["None", "Explicit"];

/// Values of `ProvisionedConcurrencyStatusEnum`.
pub static PROVISIONED_CONCURRENCY_STATUS_ENUM: &[&str] = &[
    "IN_PROGRESS",
    "READY",
    "FAILED",
];

/// Values of `RecursiveLoop`.
pub static RECURSIVE_LOOP: &[&str] = &["Terminate", "Allow"];

/// Values of `ResponseStreamingInvocationType`.
pub static RESPONSE_STREAMING_INVOCATION_TYPE: &[&str] = &["RequestResponse", "DryRun"];

/// Values of `Runtime`.
pub static RUNTIME: &[&str] = &[
    "nodejs",
    "nodejs4.3",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "nodejs18.x",
    "nodejs20.x",
    "nodejs22.x",
    "nodejs24.x",
    "java8",
    "java8.al2",
    "java11",
    "java17",
    "java21",
    "java25",
    "python2.7",
    "python3.6",
    "python3.7",
    "python3.8",
    "python3.9",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "dotnet6",
    "dotnet8",
    "dotnet10",
    "nodejs4.3-edge",
    "go1.x",
    "ruby2.5",
    "ruby2.7",
    "ruby3.2",
    "ruby3.3",
    "ruby3.4",
    "ruby4.0",
    "provided",
    "provided.al2",
    "provided.al2023",
    "nodejs26.x",
    "python3.15",
    "java8.al2023",
    "java11.al2023",
    "java17.al2023",
    "custom",
];

/// Values of `S3ObjectStorageMode`.
pub static S3_OBJECT_STORAGE_MODE: &[&str] = &["COPY", "REFERENCE"];

/// Values of `SchemaRegistryEventRecordFormat`.
pub static SCHEMA_REGISTRY_EVENT_RECORD_FORMAT: &[&str] = &["JSON", "SOURCE"];

/// Values of `SnapStartApplyOn`.
pub static SNAP_START_APPLY_ON: &[&str] = &["PublishedVersions", "None"];

/// Values of `SnapStartOptimizationStatus`.
pub static SNAP_START_OPTIMIZATION_STATUS: &[&str] = &["On", "Off"];

/// Values of `SourceAccessType`.
pub static SOURCE_ACCESS_TYPE: &[&str] = &[
    "BASIC_AUTH",
    "VPC_SUBNET",
    "VPC_SECURITY_GROUP",
    "SASL_SCRAM_512_AUTH",
    "SASL_SCRAM_256_AUTH",
    "VIRTUAL_HOST",
    "CLIENT_CERTIFICATE_TLS_AUTH",
    "SERVER_ROOT_CA_CERTIFICATE",
    "OAUTHBEARER_AUTH",
    "OAUTHBEARER_SCOPE",
    "OAUTHBEARER_AUDIENCE",
    "OAUTHBEARER_LOGICAL_CLUSTER",
    "OAUTHBEARER_IDENTITY_POOL",
    "IAM_AUTH",
    "IAM_OAUTHBEARER_AUTH",
];

/// Values of `State`.
pub static STATE: &[&str] = &[
    "Pending",
    "Active",
    "Inactive",
    "Failed",
    "Deactivating",
    "Deactivated",
    "ActiveNonInvocable",
    "Deleting",
];

/// Values of `StateReasonCode`.
pub static STATE_REASON_CODE: &[&str] = &[
    "Idle",
    "Creating",
    "Restoring",
    "EniLimitExceeded",
    "InsufficientRolePermissions",
    "InvalidConfiguration",
    "InternalError",
    "SubnetOutOfIPAddresses",
    "InvalidSubnet",
    "InvalidSecurityGroup",
    "ImageDeleted",
    "ImageAccessDenied",
    "InvalidImage",
    "KMSKeyAccessDenied",
    "KMSKeyNotFound",
    "InvalidStateKMSKey",
    "DisabledKMSKey",
    "EFSIOError",
    "EFSMountConnectivityError",
    "EFSMountFailure",
    "EFSMountTimeout",
    "InvalidRuntime",
    "InvalidZipFileException",
    "FunctionError",
    "ServiceQuotaExceededException",
    "VcpuLimitExceeded",
    "CapacityProviderScalingLimitExceeded",
    "InsufficientCapacity",
    "EC2RequestLimitExceeded",
    "FunctionError.InitTimeout",
    "FunctionError.RuntimeInitError",
    "FunctionError.ExtensionInitError",
    "FunctionError.InvalidEntryPoint",
    "FunctionError.InvalidWorkingDirectory",
    "FunctionError.PermissionDenied",
    "FunctionError.TooManyExtensions",
    "FunctionError.InitResourceExhausted",
    "DisallowedByVpcEncryptionControl",
    "DrainingDurableExecutions",
    "IncompatibleAcceleratorInstanceTypes",
    "DependencyError",
];

/// Values of `SystemLogLevel`.
pub static SYSTEM_LOG_LEVEL: &[&str] = &["DEBUG", "INFO", "WARN"];

/// Values of `TenantIsolationMode`.
pub static TENANT_ISOLATION_MODE: &[&str] = &["PER_TENANT"];

/// Values of `ThrottleReason`.
pub static THROTTLE_REASON: &[&str] = &[
    "ConcurrentInvocationLimitExceeded",
    "FunctionInvocationRateLimitExceeded",
    "ReservedFunctionConcurrentInvocationLimitExceeded",
    "ReservedFunctionInvocationRateLimitExceeded",
    "CallerRateLimitExceeded",
    "ConcurrentSnapshotCreateLimitExceeded",
];

/// Values of `TracingMode`.
pub static TRACING_MODE: &[&str] = &["Active", "PassThrough"];

/// Values of `UpdateRuntimeOn`.
pub static UPDATE_RUNTIME_ON: &[&str] = &["Auto", "Manual", "FunctionUpdate"];
