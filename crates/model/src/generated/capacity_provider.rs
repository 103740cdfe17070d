//! Managed instances: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use std::collections::BTreeMap;
use serde::{Deserialize, Serialize};
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Shape, Source, Structure};

/// `CapacityProvider` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CapacityProvider {
    pub capacity_provider_arn: String,
    pub state: String,
    pub vpc_config: CapacityProviderVpcConfig,
    pub permissions_config: CapacityProviderPermissionsConfig,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance_requirements: Option<InstanceRequirements>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub capacity_provider_scaling_config: Option<CapacityProviderScalingConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub propagate_tags: Option<PropagateTags>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub telemetry_config: Option<CapacityProviderTelemetryConfig>,
}

/// `CapacityProviderLoggingConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CapacityProviderLoggingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_log_level: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_group: Option<String>,
}

pub(crate) static CAPACITY_PROVIDER_LOGGING_CONFIG: Shape = Shape::structure(
    "CapacityProviderLoggingConfig",
    &[
        Member::optional("SystemLogLevel", Source::Body, &rule::SYSTEM_LOG_LEVEL),
        Member::optional("LogGroup", Source::Body, &rule::LOG_GROUP),
    ],
);

/// `CapacityProviderPermissionsConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CapacityProviderPermissionsConfig {
    pub capacity_provider_operator_role_arn: String,
}

pub(crate) static CAPACITY_PROVIDER_PERMISSIONS_CONFIG: Shape = Shape::structure(
    "CapacityProviderPermissionsConfig",
    &[Member::required("CapacityProviderOperatorRoleArn", Source::Body, &rule::ROLE_ARN)],
);

/// `CapacityProviderScalingConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CapacityProviderScalingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_v_cpu_count: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaling_mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaling_policies: Option<Vec<TargetTrackingScalingPolicy>>,
}

pub(crate) static CAPACITY_PROVIDER_SCALING_CONFIG: Shape = Shape::structure(
    "CapacityProviderScalingConfig",
    &[
        Member::optional(
            "MaxVCpuCount",
            Source::Body,
            &rule::CAPACITY_PROVIDER_MAX_V_CPU_COUNT,
        ),
        Member::optional(
            "ScalingMode",
            Source::Body,
            &rule::CAPACITY_PROVIDER_SCALING_MODE,
        ),
        Member::optional(
            "ScalingPolicies",
            Source::Body,
            &rule::CAPACITY_PROVIDER_SCALING_POLICIES_LIST,
        ),
    ],
);

/// `CapacityProviderTelemetryConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CapacityProviderTelemetryConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging_config: Option<CapacityProviderLoggingConfig>,
}

pub(crate) static CAPACITY_PROVIDER_TELEMETRY_CONFIG: Shape = Shape::structure(
    "CapacityProviderTelemetryConfig",
    &[Member::optional("LoggingConfig", Source::Body, &CAPACITY_PROVIDER_LOGGING_CONFIG)],
);

/// `CapacityProviderVpcConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CapacityProviderVpcConfig {
    pub subnet_ids: Vec<String>,
    pub security_group_ids: Vec<String>,
}

pub(crate) static CAPACITY_PROVIDER_VPC_CONFIG: Shape = Shape::structure(
    "CapacityProviderVpcConfig",
    &[
        Member::required("SubnetIds", Source::Body, &rule::CAPACITY_PROVIDER_SUBNET_IDS),
        Member::required(
            "SecurityGroupIds",
            Source::Body,
            &rule::CAPACITY_PROVIDER_SECURITY_GROUP_IDS,
        ),
    ],
);

/// Input of `CreateCapacityProvider`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateCapacityProviderRequest {
    pub capacity_provider_name: String,
    pub vpc_config: CapacityProviderVpcConfig,
    pub permissions_config: CapacityProviderPermissionsConfig,
    pub instance_requirements: Option<InstanceRequirements>,
    pub capacity_provider_scaling_config: Option<CapacityProviderScalingConfig>,
    pub kms_key_arn: Option<String>,
    pub tags: Option<BTreeMap<String, String>>,
    pub propagate_tags: Option<PropagateTags>,
    pub telemetry_config: Option<CapacityProviderTelemetryConfig>,
}

impl CreateCapacityProviderRequest {
    /// Reads and checks the input of `CreateCapacityProvider`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &CREATE_CAPACITY_PROVIDER_REQUEST)
    }
}

static CREATE_CAPACITY_PROVIDER_REQUEST: Structure = Structure {
    name: "CreateCapacityProviderRequest",
    members: &[
        Member::required(
            "CapacityProviderName",
            Source::Body,
            &rule::CAPACITY_PROVIDER_NAME,
        ),
        Member::required("VpcConfig", Source::Body, &CAPACITY_PROVIDER_VPC_CONFIG),
        Member::required(
            "PermissionsConfig",
            Source::Body,
            &CAPACITY_PROVIDER_PERMISSIONS_CONFIG,
        ),
        Member::optional("InstanceRequirements", Source::Body, &INSTANCE_REQUIREMENTS),
        Member::optional(
            "CapacityProviderScalingConfig",
            Source::Body,
            &CAPACITY_PROVIDER_SCALING_CONFIG,
        ),
        Member::optional("KmsKeyArn", Source::Body, &rule::KMS_KEY_ARN_NON_EMPTY),
        Member::optional("Tags", Source::Body, &rule::TAGS),
        Member::optional("PropagateTags", Source::Body, &PROPAGATE_TAGS),
        Member::optional(
            "TelemetryConfig",
            Source::Body,
            &CAPACITY_PROVIDER_TELEMETRY_CONFIG,
        ),
    ],
};

/// `CreateCapacityProviderResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateCapacityProviderResponse {
    pub capacity_provider: CapacityProvider,
}

/// Input of `DeleteCapacityProvider`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteCapacityProviderRequest {
    pub capacity_provider_name: String,
}

impl DeleteCapacityProviderRequest {
    /// Reads and checks the input of `DeleteCapacityProvider`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &DELETE_CAPACITY_PROVIDER_REQUEST)
    }
}

static DELETE_CAPACITY_PROVIDER_REQUEST: Structure = Structure {
    name: "DeleteCapacityProviderRequest",
    members: &[
        Member::required(
            "CapacityProviderName",
            Source::Label("CapacityProviderName"),
            &rule::CAPACITY_PROVIDER_NAME,
        ),
    ],
};

/// `DeleteCapacityProviderResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteCapacityProviderResponse {
    pub capacity_provider: CapacityProvider,
}

/// `FunctionScalingConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionScalingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_execution_environments: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_execution_environments: Option<i32>,
}

pub(crate) static FUNCTION_SCALING_CONFIG: Shape = Shape::structure(
    "FunctionScalingConfig",
    &[
        Member::optional(
            "MinExecutionEnvironments",
            Source::Body,
            &rule::FUNCTION_SCALING_CONFIG_EXECUTION_ENVIRONMENTS,
        ),
        Member::optional(
            "MaxExecutionEnvironments",
            Source::Body,
            &rule::FUNCTION_SCALING_CONFIG_EXECUTION_ENVIRONMENTS,
        ),
    ],
);

/// `FunctionVersionsByCapacityProviderListItem` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionVersionsByCapacityProviderListItem {
    pub function_arn: String,
    pub state: String,
}

/// Input of `GetCapacityProvider`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetCapacityProviderRequest {
    pub capacity_provider_name: String,
}

impl GetCapacityProviderRequest {
    /// Reads and checks the input of `GetCapacityProvider`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_CAPACITY_PROVIDER_REQUEST)
    }
}

static GET_CAPACITY_PROVIDER_REQUEST: Structure = Structure {
    name: "GetCapacityProviderRequest",
    members: &[
        Member::required(
            "CapacityProviderName",
            Source::Label("CapacityProviderName"),
            &rule::CAPACITY_PROVIDER_NAME,
        ),
    ],
};

/// `GetCapacityProviderResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetCapacityProviderResponse {
    pub capacity_provider: CapacityProvider,
}

/// Input of `GetFunctionScalingConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionScalingConfigRequest {
    pub function_name: String,
    pub qualifier: String,
}

impl GetFunctionScalingConfigRequest {
    /// Reads and checks the input of `GetFunctionScalingConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_FUNCTION_SCALING_CONFIG_REQUEST)
    }
}

static GET_FUNCTION_SCALING_CONFIG_REQUEST: Structure = Structure {
    name: "GetFunctionScalingConfigRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::UNQUALIFIED_FUNCTION_NAME,
        ),
        Member::required(
            "Qualifier",
            Source::Query("Qualifier"),
            &rule::PUBLISHED_FUNCTION_QUALIFIER,
        ),
    ],
};

/// `GetFunctionScalingConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionScalingConfigResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub applied_function_scaling_config: Option<FunctionScalingConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_function_scaling_config: Option<FunctionScalingConfig>,
}

/// `InstanceRequirements` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct InstanceRequirements {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub architectures: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_instance_types: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub excluded_instance_types: Option<Vec<String>>,
}

pub(crate) static INSTANCE_REQUIREMENTS: Shape = Shape::structure(
    "InstanceRequirements",
    &[
        Member::optional("Architectures", Source::Body, &rule::ARCHITECTURES_LIST),
        Member::optional("AllowedInstanceTypes", Source::Body, &rule::INSTANCE_TYPE_SET),
        Member::optional("ExcludedInstanceTypes", Source::Body, &rule::INSTANCE_TYPE_SET),
    ],
);

/// Input of `ListCapacityProviders`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCapacityProvidersRequest {
    pub state: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}

impl ListCapacityProvidersRequest {
    /// Reads and checks the input of `ListCapacityProviders`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &LIST_CAPACITY_PROVIDERS_REQUEST)
    }
}

static LIST_CAPACITY_PROVIDERS_REQUEST: Structure = Structure {
    name: "ListCapacityProvidersRequest",
    members: &[
        Member::optional(
            "State",
            Source::Query("State"),
            &rule::CAPACITY_PROVIDER_STATE,
        ),
        Member::optional("Marker", Source::Query("Marker"), &rule::STRING),
        Member::optional(
            "MaxItems",
            Source::Query("MaxItems"),
            &rule::MAX_FIFTY_LIST_ITEMS,
        ),
    ],
};

/// `ListCapacityProvidersResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCapacityProvidersResponse {
    pub capacity_providers: Vec<CapacityProvider>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

/// Input of `ListFunctionVersionsByCapacityProvider`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionVersionsByCapacityProviderRequest {
    pub capacity_provider_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}

impl ListFunctionVersionsByCapacityProviderRequest {
    /// Reads and checks the input of `ListFunctionVersionsByCapacityProvider`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &LIST_FUNCTION_VERSIONS_BY_CAPACITY_PROVIDER_REQUEST)
    }
}

static LIST_FUNCTION_VERSIONS_BY_CAPACITY_PROVIDER_REQUEST: Structure = Structure {
    name: "ListFunctionVersionsByCapacityProviderRequest",
    members: &[
        Member::required(
            "CapacityProviderName",
            Source::Label("CapacityProviderName"),
            &rule::CAPACITY_PROVIDER_NAME,
        ),
        Member::optional("Marker", Source::Query("Marker"), &rule::STRING),
        Member::optional(
            "MaxItems",
            Source::Query("MaxItems"),
            &rule::MAX_FIFTY_LIST_ITEMS,
        ),
    ],
};

/// `ListFunctionVersionsByCapacityProviderResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionVersionsByCapacityProviderResponse {
    pub capacity_provider_arn: String,
    pub function_versions: Vec<FunctionVersionsByCapacityProviderListItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
}

/// `PropagateTags` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PropagateTags {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explicit_tags: Option<BTreeMap<String, String>>,
}

pub(crate) static PROPAGATE_TAGS: Shape = Shape::structure(
    "PropagateTags",
    &[
        Member::optional("Mode", Source::Body, &rule::PROPAGATE_TAGS_MODE),
        Member::optional(
            "ExplicitTags",
            Source::Body,
            &rule::PROPAGATE_TAGS_EXPLICIT_TAGS_MAP,
        ),
    ],
);

/// Input of `PutFunctionScalingConfig`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionScalingConfigRequest {
    pub function_name: String,
    pub qualifier: String,
    pub function_scaling_config: Option<FunctionScalingConfig>,
}

impl PutFunctionScalingConfigRequest {
    /// Reads and checks the input of `PutFunctionScalingConfig`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &PUT_FUNCTION_SCALING_CONFIG_REQUEST)
    }
}

static PUT_FUNCTION_SCALING_CONFIG_REQUEST: Structure = Structure {
    name: "PutFunctionScalingConfigRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::UNQUALIFIED_FUNCTION_NAME,
        ),
        Member::required(
            "Qualifier",
            Source::Query("Qualifier"),
            &rule::PUBLISHED_FUNCTION_QUALIFIER,
        ),
        Member::optional("FunctionScalingConfig", Source::Body, &FUNCTION_SCALING_CONFIG),
    ],
};

/// `PutFunctionScalingConfigResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutFunctionScalingConfigResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_state: Option<String>,
}

/// `TargetTrackingScalingPolicy` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TargetTrackingScalingPolicy {
    pub predefined_metric_type: String,
    pub target_value: f64,
}

pub(crate) static TARGET_TRACKING_SCALING_POLICY: Shape = Shape::structure(
    "TargetTrackingScalingPolicy",
    &[
        Member::required(
            "PredefinedMetricType",
            Source::Body,
            &rule::CAPACITY_PROVIDER_PREDEFINED_METRIC_TYPE,
        ),
        Member::required("TargetValue", Source::Body, &rule::METRIC_TARGET_VALUE),
    ],
);

/// Input of `UpdateCapacityProvider`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateCapacityProviderRequest {
    pub capacity_provider_name: String,
    pub capacity_provider_scaling_config: Option<CapacityProviderScalingConfig>,
    pub propagate_tags: Option<PropagateTags>,
    pub telemetry_config: Option<CapacityProviderTelemetryConfig>,
}

impl UpdateCapacityProviderRequest {
    /// Reads and checks the input of `UpdateCapacityProvider`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &UPDATE_CAPACITY_PROVIDER_REQUEST)
    }
}

static UPDATE_CAPACITY_PROVIDER_REQUEST: Structure = Structure {
    name: "UpdateCapacityProviderRequest",
    members: &[
        Member::required(
            "CapacityProviderName",
            Source::Label("CapacityProviderName"),
            &rule::CAPACITY_PROVIDER_NAME,
        ),
        Member::optional(
            "CapacityProviderScalingConfig",
            Source::Body,
            &CAPACITY_PROVIDER_SCALING_CONFIG,
        ),
        Member::optional("PropagateTags", Source::Body, &PROPAGATE_TAGS),
        Member::optional(
            "TelemetryConfig",
            Source::Body,
            &CAPACITY_PROVIDER_TELEMETRY_CONFIG,
        ),
    ],
};

/// `UpdateCapacityProviderResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateCapacityProviderResponse {
    pub capacity_provider: CapacityProvider,
}
