//! Functions: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use std::collections::BTreeMap;
use serde::{Deserialize, Serialize};
use crate::blob::Blob;
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Shape, Source, Structure};

/// Input of `CreateFunction`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateFunctionRequest {
    pub function_name: String,
    pub runtime: Option<String>,
    pub role: String,
    pub handler: Option<String>,
    pub code: FunctionCode,
    pub description: Option<String>,
    pub timeout: Option<i32>,
    pub memory_size: Option<i32>,
    pub publish: Option<bool>,
    pub publish_to: Option<String>,
    pub vpc_config: Option<VpcConfig>,
    pub package_type: Option<String>,
    pub dead_letter_config: Option<super::shared::DeadLetterConfig>,
    pub environment: Option<Environment>,
    #[serde(rename = "KMSKeyArn")]
    pub kms_key_arn: Option<String>,
    pub tracing_config: Option<TracingConfig>,
    pub tags: Option<BTreeMap<String, String>>,
    pub layers: Option<Vec<String>>,
    pub file_system_configs: Option<Vec<super::shared::FileSystemConfig>>,
    pub code_signing_config_arn: Option<String>,
    pub image_config: Option<super::shared::ImageConfig>,
    pub architectures: Option<Vec<String>>,
    pub ephemeral_storage: Option<super::shared::EphemeralStorage>,
    pub snap_start: Option<SnapStart>,
    pub logging_config: Option<super::shared::LoggingConfig>,
    pub tenancy_config: Option<super::shared::TenancyConfig>,
    pub capacity_provider_config: Option<super::shared::CapacityProviderConfig>,
    pub durable_config: Option<super::shared::DurableConfig>,
    pub runtime_config: Option<super::shared::FunctionRuntimeConfig>,
    pub accelerator_config: Option<super::shared::AcceleratorConfig>,
}

impl CreateFunctionRequest {
    /// Reads and checks the input of `CreateFunction`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &CREATE_FUNCTION_REQUEST)
    }
}

static CREATE_FUNCTION_REQUEST: Structure = Structure {
    name: "CreateFunctionRequest",
    members: &[
        Member::required("FunctionName", Source::Body, &rule::FUNCTION_NAME),
        Member::optional("Runtime", Source::Body, &rule::STRING),
        Member::required("Role", Source::Body, &rule::ROLE_ARN),
        Member::optional("Handler", Source::Body, &rule::HANDLER),
        Member::required("Code", Source::Body, &FUNCTION_CODE),
        Member::optional("Description", Source::Body, &rule::DESCRIPTION),
        Member::optional("Timeout", Source::Body, &rule::TIMEOUT),
        Member::optional("MemorySize", Source::Body, &rule::MEMORY_SIZE),
        Member::optional("Publish", Source::Body, &rule::BOOLEAN),
        Member::optional(
            "PublishTo",
            Source::Body,
            &rule::FUNCTION_VERSION_LATEST_PUBLISHED,
        ),
        Member::optional("VpcConfig", Source::Body, &VPC_CONFIG),
        Member::optional("PackageType", Source::Body, &rule::PACKAGE_TYPE),
        Member::optional(
            "DeadLetterConfig",
            Source::Body,
            &super::shared::DEAD_LETTER_CONFIG,
        ),
        Member::optional("Environment", Source::Body, &ENVIRONMENT),
        Member::optional("KMSKeyArn", Source::Body, &rule::KMS_KEY_ARN),
        Member::optional("TracingConfig", Source::Body, &TRACING_CONFIG),
        Member::optional("Tags", Source::Body, &rule::TAGS),
        Member::optional("Layers", Source::Body, &rule::LAYER_LIST),
        Member::optional(
            "FileSystemConfigs",
            Source::Body,
            &rule::FILE_SYSTEM_CONFIG_LIST,
        ),
        Member::optional(
            "CodeSigningConfigArn",
            Source::Body,
            &rule::CODE_SIGNING_CONFIG_ARN,
        ),
        Member::optional("ImageConfig", Source::Body, &super::shared::IMAGE_CONFIG),
        Member::optional("Architectures", Source::Body, &rule::ARCHITECTURES_LIST),
        Member::optional(
            "EphemeralStorage",
            Source::Body,
            &super::shared::EPHEMERAL_STORAGE,
        ),
        Member::optional("SnapStart", Source::Body, &SNAP_START),
        Member::optional("LoggingConfig", Source::Body, &super::shared::LOGGING_CONFIG),
        Member::optional("TenancyConfig", Source::Body, &super::shared::TENANCY_CONFIG),
        Member::optional(
            "CapacityProviderConfig",
            Source::Body,
            &super::shared::CAPACITY_PROVIDER_CONFIG,
        ),
        Member::optional("DurableConfig", Source::Body, &super::shared::DURABLE_CONFIG),
        Member::optional(
            "RuntimeConfig",
            Source::Body,
            &super::shared::FUNCTION_RUNTIME_CONFIG,
        ),
        Member::optional(
            "AcceleratorConfig",
            Source::Body,
            &super::shared::ACCELERATOR_CONFIG,
        ),
    ],
};

/// Input of `DeleteFunction`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFunctionRequest {
    pub function_name: String,
    pub qualifier: Option<String>,
}

impl DeleteFunctionRequest {
    /// Reads and checks the input of `DeleteFunction`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &DELETE_FUNCTION_REQUEST)
    }
}

static DELETE_FUNCTION_REQUEST: Structure = Structure {
    name: "DeleteFunctionRequest",
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
    ],
};

/// `Environment` of the model.
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Environment {
    pub variables: Option<BTreeMap<String, String>>,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment").finish_non_exhaustive()
    }
}

pub(crate) static ENVIRONMENT: Shape = Shape::structure(
    "Environment",
    &[Member::optional("Variables", Source::Body, &rule::ENVIRONMENT_VARIABLES)],
);

/// `FunctionCode` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionCode {
    pub zip_file: Option<Blob>,
    pub s3_bucket: Option<String>,
    pub s3_key: Option<String>,
    pub s3_object_version: Option<String>,
    pub s3_object_storage_mode: Option<String>,
    pub image_uri: Option<String>,
    #[serde(rename = "SourceKMSKeyArn")]
    pub source_kms_key_arn: Option<String>,
}

pub(crate) static FUNCTION_CODE: Shape = Shape::structure(
    "FunctionCode",
    &[
        Member::optional("ZipFile", Source::Body, &rule::BLOB),
        Member::optional("S3Bucket", Source::Body, &rule::S3_BUCKET),
        Member::optional("S3Key", Source::Body, &rule::S3_KEY),
        Member::optional("S3ObjectVersion", Source::Body, &rule::S3_OBJECT_VERSION),
        Member::optional(
            "S3ObjectStorageMode",
            Source::Body,
            &rule::S3_OBJECT_STORAGE_MODE,
        ),
        Member::optional("ImageUri", Source::Body, &rule::STRING),
        Member::optional("SourceKMSKeyArn", Source::Body, &rule::KMS_KEY_ARN),
    ],
);

/// `FunctionCodeLocation` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionCodeLocation {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repository_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_image_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_s3_object: Option<super::shared::ResolvedS3Object>,
    #[serde(rename = "SourceKMSKeyArn")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_kms_key_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<FunctionCodeLocationError>,
}

/// `FunctionCodeLocationError` of the model.
#[derive(Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FunctionCodeLocationError {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl std::fmt::Debug for FunctionCodeLocationError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FunctionCodeLocationError")
            .field("error_code", &self.error_code)
            .finish_non_exhaustive()
    }
}

/// Input of `GetFunctionConfiguration`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionConfigurationRequest {
    pub function_name: String,
    pub qualifier: Option<String>,
}

impl GetFunctionConfigurationRequest {
    /// Reads and checks the input of `GetFunctionConfiguration`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_FUNCTION_CONFIGURATION_REQUEST)
    }
}

static GET_FUNCTION_CONFIGURATION_REQUEST: Structure = Structure {
    name: "GetFunctionConfigurationRequest",
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
    ],
};

/// Input of `GetFunction`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionRequest {
    pub function_name: String,
    pub qualifier: Option<String>,
}

impl GetFunctionRequest {
    /// Reads and checks the input of `GetFunction`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_FUNCTION_REQUEST)
    }
}

static GET_FUNCTION_REQUEST: Structure = Structure {
    name: "GetFunctionRequest",
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
    ],
};

/// `GetFunctionResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetFunctionResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub configuration: Option<super::shared::FunctionConfiguration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<FunctionCodeLocation>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags_error: Option<TagsError>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub concurrency: Option<super::shared::Concurrency>,
}

/// Input of `ListFunctions`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionsRequest {
    pub master_region: Option<String>,
    pub function_version: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}

impl ListFunctionsRequest {
    /// Reads and checks the input of `ListFunctions`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &LIST_FUNCTIONS_REQUEST)
    }
}

static LIST_FUNCTIONS_REQUEST: Structure = Structure {
    name: "ListFunctionsRequest",
    members: &[
        Member::optional(
            "MasterRegion",
            Source::Query("MasterRegion"),
            &rule::MASTER_REGION,
        ),
        Member::optional(
            "FunctionVersion",
            Source::Query("FunctionVersion"),
            &rule::FUNCTION_VERSION,
        ),
        Member::optional("Marker", Source::Query("Marker"), &rule::STRING),
        Member::optional("MaxItems", Source::Query("MaxItems"), &rule::MAX_LIST_ITEMS),
    ],
};

/// `ListFunctionsResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListFunctionsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub functions: Option<Vec<super::shared::FunctionConfiguration>>,
}

/// `SnapStart` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct SnapStart {
    pub apply_on: Option<String>,
}

pub(crate) static SNAP_START: Shape = Shape::structure(
    "SnapStart",
    &[Member::optional("ApplyOn", Source::Body, &rule::SNAP_START_APPLY_ON)],
);

/// `TagsError` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagsError {
    pub error_code: String,
    pub message: String,
}

/// `TracingConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TracingConfig {
    pub mode: Option<String>,
}

pub(crate) static TRACING_CONFIG: Shape = Shape::structure(
    "TracingConfig",
    &[Member::optional("Mode", Source::Body, &rule::TRACING_MODE)],
);

/// Input of `UpdateFunctionCode`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateFunctionCodeRequest {
    pub function_name: String,
    pub zip_file: Option<Blob>,
    pub s3_bucket: Option<String>,
    pub s3_key: Option<String>,
    pub s3_object_version: Option<String>,
    pub s3_object_storage_mode: Option<String>,
    pub image_uri: Option<String>,
    pub architectures: Option<Vec<String>>,
    pub publish: Option<bool>,
    pub publish_to: Option<String>,
    pub dry_run: Option<bool>,
    pub revision_id: Option<String>,
    #[serde(rename = "SourceKMSKeyArn")]
    pub source_kms_key_arn: Option<String>,
}

impl UpdateFunctionCodeRequest {
    /// Reads and checks the input of `UpdateFunctionCode`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &UPDATE_FUNCTION_CODE_REQUEST)
    }
}

static UPDATE_FUNCTION_CODE_REQUEST: Structure = Structure {
    name: "UpdateFunctionCodeRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_NAME,
        ),
        Member::optional("ZipFile", Source::Body, &rule::BLOB),
        Member::optional("S3Bucket", Source::Body, &rule::S3_BUCKET),
        Member::optional("S3Key", Source::Body, &rule::S3_KEY),
        Member::optional("S3ObjectVersion", Source::Body, &rule::S3_OBJECT_VERSION),
        Member::optional(
            "S3ObjectStorageMode",
            Source::Body,
            &rule::S3_OBJECT_STORAGE_MODE,
        ),
        Member::optional("ImageUri", Source::Body, &rule::STRING),
        Member::optional("Architectures", Source::Body, &rule::ARCHITECTURES_LIST),
        Member::optional("Publish", Source::Body, &rule::BOOLEAN),
        Member::optional(
            "PublishTo",
            Source::Body,
            &rule::FUNCTION_VERSION_LATEST_PUBLISHED,
        ),
        Member::optional("DryRun", Source::Body, &rule::BOOLEAN),
        Member::optional("RevisionId", Source::Body, &rule::STRING),
        Member::optional("SourceKMSKeyArn", Source::Body, &rule::KMS_KEY_ARN),
    ],
};

/// Input of `UpdateFunctionConfiguration`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateFunctionConfigurationRequest {
    pub function_name: String,
    pub role: Option<String>,
    pub handler: Option<String>,
    pub description: Option<String>,
    pub timeout: Option<i32>,
    pub memory_size: Option<i32>,
    pub vpc_config: Option<VpcConfig>,
    pub environment: Option<Environment>,
    pub runtime: Option<String>,
    pub dead_letter_config: Option<super::shared::DeadLetterConfig>,
    #[serde(rename = "KMSKeyArn")]
    pub kms_key_arn: Option<String>,
    pub tracing_config: Option<TracingConfig>,
    pub revision_id: Option<String>,
    pub layers: Option<Vec<String>>,
    pub file_system_configs: Option<Vec<super::shared::FileSystemConfig>>,
    pub image_config: Option<super::shared::ImageConfig>,
    pub ephemeral_storage: Option<super::shared::EphemeralStorage>,
    pub snap_start: Option<SnapStart>,
    pub logging_config: Option<super::shared::LoggingConfig>,
    pub capacity_provider_config: Option<super::shared::CapacityProviderConfig>,
    pub durable_config: Option<super::shared::DurableConfig>,
    pub runtime_config: Option<super::shared::FunctionRuntimeConfig>,
    pub accelerator_config: Option<super::shared::AcceleratorConfig>,
}

impl UpdateFunctionConfigurationRequest {
    /// Reads and checks the input of `UpdateFunctionConfiguration`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &UPDATE_FUNCTION_CONFIGURATION_REQUEST)
    }
}

static UPDATE_FUNCTION_CONFIGURATION_REQUEST: Structure = Structure {
    name: "UpdateFunctionConfigurationRequest",
    members: &[
        Member::required(
            "FunctionName",
            Source::Label("FunctionName"),
            &rule::FUNCTION_NAME,
        ),
        Member::optional("Role", Source::Body, &rule::ROLE_ARN),
        Member::optional("Handler", Source::Body, &rule::HANDLER),
        Member::optional("Description", Source::Body, &rule::DESCRIPTION),
        Member::optional("Timeout", Source::Body, &rule::TIMEOUT),
        Member::optional("MemorySize", Source::Body, &rule::MEMORY_SIZE),
        Member::optional("VpcConfig", Source::Body, &VPC_CONFIG),
        Member::optional("Environment", Source::Body, &ENVIRONMENT),
        Member::optional("Runtime", Source::Body, &rule::STRING),
        Member::optional(
            "DeadLetterConfig",
            Source::Body,
            &super::shared::DEAD_LETTER_CONFIG,
        ),
        Member::optional("KMSKeyArn", Source::Body, &rule::KMS_KEY_ARN),
        Member::optional("TracingConfig", Source::Body, &TRACING_CONFIG),
        Member::optional("RevisionId", Source::Body, &rule::STRING),
        Member::optional("Layers", Source::Body, &rule::LAYER_LIST),
        Member::optional(
            "FileSystemConfigs",
            Source::Body,
            &rule::FILE_SYSTEM_CONFIG_LIST,
        ),
        Member::optional("ImageConfig", Source::Body, &super::shared::IMAGE_CONFIG),
        Member::optional(
            "EphemeralStorage",
            Source::Body,
            &super::shared::EPHEMERAL_STORAGE,
        ),
        Member::optional("SnapStart", Source::Body, &SNAP_START),
        Member::optional("LoggingConfig", Source::Body, &super::shared::LOGGING_CONFIG),
        Member::optional(
            "CapacityProviderConfig",
            Source::Body,
            &super::shared::CAPACITY_PROVIDER_CONFIG,
        ),
        Member::optional("DurableConfig", Source::Body, &super::shared::DURABLE_CONFIG),
        Member::optional(
            "RuntimeConfig",
            Source::Body,
            &super::shared::FUNCTION_RUNTIME_CONFIG,
        ),
        Member::optional(
            "AcceleratorConfig",
            Source::Body,
            &super::shared::ACCELERATOR_CONFIG,
        ),
    ],
};

/// `VpcConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VpcConfig {
    pub subnet_ids: Option<Vec<String>>,
    pub security_group_ids: Option<Vec<String>>,
    pub ipv6_allowed_for_dual_stack: Option<bool>,
}

pub(crate) static VPC_CONFIG: Shape = Shape::structure(
    "VpcConfig",
    &[
        Member::optional("SubnetIds", Source::Body, &rule::SUBNET_IDS),
        Member::optional("SecurityGroupIds", Source::Body, &rule::SECURITY_GROUP_IDS),
        Member::optional(
            "Ipv6AllowedForDualStack",
            Source::Body,
            &rule::NULLABLE_BOOLEAN,
        ),
    ],
);
