//! The wire contract, one module per resource.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

pub(crate) mod account;
pub(crate) mod alias;
pub(crate) mod capacity_provider;
pub(crate) mod code_signing;
pub(crate) mod concurrency;
pub(crate) mod durable;
pub(crate) mod error;
pub(crate) mod event_invoke_config;
pub(crate) mod event_source_mapping;
pub(crate) mod function;
pub mod header;
pub(crate) mod invoke;
pub(crate) mod layer;
pub(crate) mod operation;
pub(crate) mod pattern;
pub(crate) mod policy;
pub(crate) mod recursion;
pub(crate) mod resource_policy;
pub(crate) mod route;
pub(crate) mod rule;
pub(crate) mod runtime_management;
pub(crate) mod shared;
pub(crate) mod tag;
pub(crate) mod url;
pub mod values;
pub(crate) mod version;

/// What requests are read into: one structure per operation, and those they are made of.
pub mod input {
    pub use super::account::GetAccountSettingsRequest;
    pub use super::alias::{
        AliasRoutingConfiguration, CreateAliasRequest, DeleteAliasRequest,
        GetAliasRequest, ListAliasesRequest, UpdateAliasRequest,
    };
    pub use super::capacity_provider::{
        CapacityProviderLoggingConfig, CapacityProviderPermissionsConfig,
        CapacityProviderScalingConfig, CapacityProviderTelemetryConfig,
        CapacityProviderVpcConfig, CreateCapacityProviderRequest,
        DeleteCapacityProviderRequest, FunctionScalingConfig, GetCapacityProviderRequest,
        GetFunctionScalingConfigRequest, InstanceRequirements,
        ListCapacityProvidersRequest, ListFunctionVersionsByCapacityProviderRequest,
        PropagateTags, PutFunctionScalingConfigRequest, TargetTrackingScalingPolicy,
        UpdateCapacityProviderRequest,
    };
    pub use super::code_signing::{
        AllowedPublishers, CodeSigningPolicies, CreateCodeSigningConfigRequest,
        DeleteCodeSigningConfigRequest, DeleteFunctionCodeSigningConfigRequest,
        GetCodeSigningConfigRequest, GetFunctionCodeSigningConfigRequest,
        ListCodeSigningConfigsRequest, ListFunctionsByCodeSigningConfigRequest,
        PutFunctionCodeSigningConfigRequest, UpdateCodeSigningConfigRequest,
    };
    pub use super::concurrency::{
        DeleteFunctionConcurrencyRequest, DeleteProvisionedConcurrencyConfigRequest,
        GetFunctionConcurrencyRequest, GetProvisionedConcurrencyConfigRequest,
        ListProvisionedConcurrencyConfigsRequest, PutFunctionConcurrencyRequest,
        PutProvisionedConcurrencyConfigRequest,
    };
    pub use super::durable::{
        CallbackOptions, ChainedInvokeOptions, CheckpointDurableExecutionRequest,
        ContextOptions, DeleteDurableExecutionRequest, ErrorObject,
        GetDurableExecutionHistoryRequest, GetDurableExecutionRequest,
        GetDurableExecutionStateRequest, ListDurableExecutionsByFunctionRequest,
        OperationUpdate, PauseDurableExecutionRequest, ResumeDurableExecutionRequest,
        SendDurableExecutionCallbackFailureRequest,
        SendDurableExecutionCallbackHeartbeatRequest,
        SendDurableExecutionCallbackSuccessRequest, StepOptions,
        StopDurableExecutionRequest, WaitOptions,
    };
    pub use super::event_invoke_config::{
        DeleteFunctionEventInvokeConfigRequest, GetFunctionEventInvokeConfigRequest,
        ListFunctionEventInvokeConfigsRequest, PutFunctionEventInvokeConfigRequest,
        UpdateFunctionEventInvokeConfigRequest,
    };
    pub use super::event_source_mapping::{
        AmazonManagedKafkaEventSourceConfig, CreateEventSourceMappingRequest,
        DeleteEventSourceMappingRequest, DocumentDBEventSourceConfig,
        EventSourceMappingLoggingConfig, EventSourceMappingMetricsConfig, Filter,
        FilterCriteria, GetEventSourceMappingRequest, KafkaSchemaRegistryAccessConfig,
        KafkaSchemaRegistryConfig, KafkaSchemaValidationConfig,
        ListEventSourceMappingsRequest, ProvisionedPollerConfig, ScalingConfig,
        SelfManagedEventSource, SelfManagedKafkaEventSourceConfig,
        SourceAccessConfiguration, UpdateEventSourceMappingRequest,
    };
    pub use super::function::{
        CreateFunctionRequest, DeleteFunctionRequest, Environment, FunctionCode,
        GetFunctionConfigurationRequest, GetFunctionRequest, ListFunctionsRequest,
        SnapStart, TracingConfig, UpdateFunctionCodeRequest,
        UpdateFunctionConfigurationRequest, VpcConfig,
    };
    pub use super::invoke::{
        InvocationRequest, InvokeAsyncRequest, InvokeWithResponseStreamRequest,
    };
    pub use super::layer::{
        AddLayerVersionPermissionRequest, DeleteLayerVersionRequest,
        GetLayerVersionByArnRequest, GetLayerVersionPolicyRequest,
        GetLayerVersionRequest, LayerVersionContentInput, ListLayerVersionsRequest,
        ListLayersRequest, PublishLayerVersionRequest,
        RemoveLayerVersionPermissionRequest,
    };
    pub use super::policy::{
        AddPermissionRequest, GetPolicyRequest, RemovePermissionRequest,
    };
    pub use super::recursion::{
        GetFunctionRecursionConfigRequest, PutFunctionRecursionConfigRequest,
    };
    pub use super::resource_policy::{
        DeleteResourcePolicyRequest, GetResourcePolicyRequest, PutResourcePolicyRequest,
    };
    pub use super::runtime_management::{
        GetRuntimeManagementConfigRequest, PutRuntimeManagementConfigRequest,
    };
    pub use super::shared::{
        AcceleratorConfig, CapacityProviderConfig, DeadLetterConfig, DestinationConfig,
        DurableConfig, EphemeralStorage, FileSystemConfig, FunctionRuntimeConfig,
        ImageConfig, LambdaManagedInstancesCapacityProviderConfig, LoggingConfig,
        OnFailure, OnSuccess, S3FilesConfig, TenancyConfig,
    };
    pub use super::tag::{ListTagsRequest, TagResourceRequest, UntagResourceRequest};
    pub use super::url::{
        Cors, CreateFunctionUrlConfigRequest, DeleteFunctionUrlConfigRequest,
        GetFunctionUrlConfigRequest, ListFunctionUrlConfigsRequest,
        UpdateFunctionUrlConfigRequest,
    };
    pub use super::version::{ListVersionsByFunctionRequest, PublishVersionRequest};
}

/// What JSON bodies are written from. Members bound to a header or to the status are left out.
pub mod output {
    pub use super::account::{AccountLimit, AccountUsage, GetAccountSettingsResponse};
    pub use super::alias::{
        AliasConfiguration, AliasRoutingConfiguration, ListAliasesResponse,
    };
    pub use super::capacity_provider::{
        CapacityProvider, CapacityProviderLoggingConfig,
        CapacityProviderPermissionsConfig, CapacityProviderScalingConfig,
        CapacityProviderTelemetryConfig, CapacityProviderVpcConfig,
        CreateCapacityProviderResponse, DeleteCapacityProviderResponse,
        FunctionScalingConfig, FunctionVersionsByCapacityProviderListItem,
        GetCapacityProviderResponse, GetFunctionScalingConfigResponse,
        InstanceRequirements, ListCapacityProvidersResponse,
        ListFunctionVersionsByCapacityProviderResponse, PropagateTags,
        PutFunctionScalingConfigResponse, TargetTrackingScalingPolicy,
        UpdateCapacityProviderResponse,
    };
    pub use super::code_signing::{
        AllowedPublishers, CodeSigningConfig, CodeSigningPolicies,
        CreateCodeSigningConfigResponse, DeleteCodeSigningConfigResponse,
        GetCodeSigningConfigResponse, GetFunctionCodeSigningConfigResponse,
        ListCodeSigningConfigsResponse, ListFunctionsByCodeSigningConfigResponse,
        PutFunctionCodeSigningConfigResponse, UpdateCodeSigningConfigResponse,
    };
    pub use super::concurrency::{
        GetFunctionConcurrencyResponse, GetProvisionedConcurrencyConfigResponse,
        ListProvisionedConcurrencyConfigsResponse, ProvisionedConcurrencyConfigListItem,
        PutProvisionedConcurrencyConfigResponse,
    };
    pub use super::durable::{
        CallbackDetails, CallbackFailedDetails, CallbackStartedDetails,
        CallbackSucceededDetails, CallbackTimedOutDetails, ChainedInvokeDetails,
        ChainedInvokeFailedDetails, ChainedInvokeStartedDetails,
        ChainedInvokeStoppedDetails, ChainedInvokeSucceededDetails,
        ChainedInvokeTimedOutDetails, CheckpointDurableExecutionResponse,
        CheckpointUpdatedExecutionState, ContextDetails, ContextFailedDetails,
        ContextStartedDetails, ContextSucceededDetails, DeleteDurableExecutionResponse,
        ErrorObject, Event, EventError, EventInput, EventPauseReason, EventResult,
        EventResumeReason, Execution, ExecutionDetails, ExecutionFailedDetails,
        ExecutionPausedDetails, ExecutionResumedDetails, ExecutionStartedDetails,
        ExecutionStoppedDetails, ExecutionSucceededDetails, ExecutionTimedOutDetails,
        GetDurableExecutionHistoryResponse, GetDurableExecutionResponse,
        GetDurableExecutionStateResponse, InvocationCompletedDetails,
        ListDurableExecutionsByFunctionResponse, Operation, PauseDetails,
        PauseDurableExecutionResponse, ResumeDurableExecutionResponse, RetryDetails,
        SendDurableExecutionCallbackFailureResponse,
        SendDurableExecutionCallbackHeartbeatResponse,
        SendDurableExecutionCallbackSuccessResponse, StepDetails, StepFailedDetails,
        StepStartedDetails, StepSucceededDetails, StopDurableExecutionResponse,
        TraceHeader, WaitCancelledDetails, WaitDetails, WaitStartedDetails,
        WaitSucceededDetails,
    };
    pub use super::event_invoke_config::{
        FunctionEventInvokeConfig, ListFunctionEventInvokeConfigsResponse,
    };
    pub use super::event_source_mapping::{
        AmazonManagedKafkaEventSourceConfig, DocumentDBEventSourceConfig,
        EventSourceMappingConfiguration, EventSourceMappingLoggingConfig,
        EventSourceMappingMetricsConfig, Filter, FilterCriteria, FilterCriteriaError,
        KafkaSchemaRegistryAccessConfig, KafkaSchemaRegistryConfig,
        KafkaSchemaValidationConfig, ListEventSourceMappingsResponse,
        ProvisionedPollerConfig, ScalingConfig, SelfManagedEventSource,
        SelfManagedKafkaEventSourceConfig, SourceAccessConfiguration,
    };
    pub use super::function::{
        FunctionCodeLocation, FunctionCodeLocationError, GetFunctionResponse,
        ListFunctionsResponse, TagsError,
    };
    pub use super::invoke::InvokeWithResponseStreamCompleteEvent;
    pub use super::layer::{
        AddLayerVersionPermissionResponse, GetLayerVersionPolicyResponse,
        GetLayerVersionResponse, LayerVersionContentOutput, LayerVersionsListItem,
        LayersListItem, ListLayerVersionsResponse, ListLayersResponse,
        PublishLayerVersionResponse,
    };
    pub use super::policy::{AddPermissionResponse, GetPolicyResponse};
    pub use super::recursion::{
        GetFunctionRecursionConfigResponse, PutFunctionRecursionConfigResponse,
    };
    pub use super::resource_policy::{
        GetResourcePolicyResponse, PutResourcePolicyResponse,
    };
    pub use super::runtime_management::{
        GetRuntimeManagementConfigResponse, PutRuntimeManagementConfigResponse,
    };
    pub use super::shared::{
        AcceleratorConfig, CapacityProviderConfig, Concurrency, DeadLetterConfig,
        DestinationConfig, DurableConfig, EnvironmentError, EnvironmentResponse,
        EphemeralStorage, FileSystemConfig, FunctionConfiguration, FunctionRuntimeConfig,
        ImageConfig, ImageConfigError, ImageConfigResponse,
        LambdaManagedInstancesCapacityProviderConfig, Layer, LoggingConfig, OnFailure,
        OnSuccess, ResolvedS3Object, RuntimeVersionConfig, RuntimeVersionError,
        S3FilesConfig, SnapStartResponse, TenancyConfig, TracingConfigResponse,
        VpcConfigResponse,
    };
    pub use super::tag::ListTagsResponse;
    pub use super::url::{
        Cors, CreateFunctionUrlConfigResponse, FunctionUrlConfig,
        GetFunctionUrlConfigResponse, ListFunctionUrlConfigsResponse,
        UpdateFunctionUrlConfigResponse,
    };
    pub use super::version::ListVersionsByFunctionResponse;
}
