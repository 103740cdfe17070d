//! Layers: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use serde::{Deserialize, Serialize};
use crate::blob::Blob;
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Shape, Source, Structure};

/// Input of `AddLayerVersionPermission`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddLayerVersionPermissionRequest {
    pub layer_name: String,
    pub version_number: i64,
    pub statement_id: String,
    pub action: String,
    pub principal: String,
    pub organization_id: Option<String>,
    pub revision_id: Option<String>,
}

impl AddLayerVersionPermissionRequest {
    /// Reads and checks the input of `AddLayerVersionPermission`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &ADD_LAYER_VERSION_PERMISSION_REQUEST)
    }
}

static ADD_LAYER_VERSION_PERMISSION_REQUEST: Structure = Structure {
    name: "AddLayerVersionPermissionRequest",
    members: &[
        Member::required(
            "LayerName",
            Source::Label("LayerName"),
            &rule::LAYER_NAME_OR_ARN,
        ),
        Member::required(
            "VersionNumber",
            Source::Label("VersionNumber"),
            &rule::LAYER_VERSION_NUMBER,
        ),
        Member::required("StatementId", Source::Body, &rule::STATEMENT_ID),
        Member::required("Action", Source::Body, &rule::LAYER_PERMISSION_ALLOWED_ACTION),
        Member::required(
            "Principal",
            Source::Body,
            &rule::LAYER_PERMISSION_ALLOWED_PRINCIPAL,
        ),
        Member::optional("OrganizationId", Source::Body, &rule::ORGANIZATION_ID),
        Member::optional("RevisionId", Source::Query("RevisionId"), &rule::STRING),
    ],
};

/// `AddLayerVersionPermissionResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddLayerVersionPermissionResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub statement: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<String>,
}

/// Input of `DeleteLayerVersion`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteLayerVersionRequest {
    pub layer_name: String,
    pub version_number: i64,
}

impl DeleteLayerVersionRequest {
    /// Reads and checks the input of `DeleteLayerVersion`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &DELETE_LAYER_VERSION_REQUEST)
    }
}

static DELETE_LAYER_VERSION_REQUEST: Structure = Structure {
    name: "DeleteLayerVersionRequest",
    members: &[
        Member::required(
            "LayerName",
            Source::Label("LayerName"),
            &rule::LAYER_NAME_OR_ARN,
        ),
        Member::required(
            "VersionNumber",
            Source::Label("VersionNumber"),
            &rule::LAYER_VERSION_NUMBER,
        ),
    ],
};

/// Input of `GetLayerVersionByArn`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetLayerVersionByArnRequest {
    pub arn: String,
}

impl GetLayerVersionByArnRequest {
    /// Reads and checks the input of `GetLayerVersionByArn`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_LAYER_VERSION_BY_ARN_REQUEST)
    }
}

static GET_LAYER_VERSION_BY_ARN_REQUEST: Structure = Structure {
    name: "GetLayerVersionByArnRequest",
    members: &[Member::required("Arn", Source::Query("Arn"), &rule::LAYER_VERSION_ARN)],
};

/// Input of `GetLayerVersionPolicy`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetLayerVersionPolicyRequest {
    pub layer_name: String,
    pub version_number: i64,
}

impl GetLayerVersionPolicyRequest {
    /// Reads and checks the input of `GetLayerVersionPolicy`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_LAYER_VERSION_POLICY_REQUEST)
    }
}

static GET_LAYER_VERSION_POLICY_REQUEST: Structure = Structure {
    name: "GetLayerVersionPolicyRequest",
    members: &[
        Member::required(
            "LayerName",
            Source::Label("LayerName"),
            &rule::LAYER_NAME_OR_ARN,
        ),
        Member::required(
            "VersionNumber",
            Source::Label("VersionNumber"),
            &rule::LAYER_VERSION_NUMBER,
        ),
    ],
};

/// `GetLayerVersionPolicyResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetLayerVersionPolicyResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision_id: Option<String>,
}

/// Input of `GetLayerVersion`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetLayerVersionRequest {
    pub layer_name: String,
    pub version_number: i64,
}

impl GetLayerVersionRequest {
    /// Reads and checks the input of `GetLayerVersion`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_LAYER_VERSION_REQUEST)
    }
}

static GET_LAYER_VERSION_REQUEST: Structure = Structure {
    name: "GetLayerVersionRequest",
    members: &[
        Member::required(
            "LayerName",
            Source::Label("LayerName"),
            &rule::LAYER_NAME_OR_ARN,
        ),
        Member::required(
            "VersionNumber",
            Source::Label("VersionNumber"),
            &rule::LAYER_VERSION_NUMBER,
        ),
    ],
};

/// `GetLayerVersionResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetLayerVersionResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<LayerVersionContentOutput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_version_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compatible_architectures: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compatible_runtimes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license_info: Option<String>,
}

/// `LayerVersionContentInput` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LayerVersionContentInput {
    pub s3_bucket: Option<String>,
    pub s3_key: Option<String>,
    pub s3_object_version: Option<String>,
    pub s3_object_storage_mode: Option<String>,
    pub zip_file: Option<Blob>,
}

pub(crate) static LAYER_VERSION_CONTENT_INPUT: Shape = Shape::structure(
    "LayerVersionContentInput",
    &[
        Member::optional("S3Bucket", Source::Body, &rule::S3_BUCKET),
        Member::optional("S3Key", Source::Body, &rule::S3_KEY),
        Member::optional("S3ObjectVersion", Source::Body, &rule::S3_OBJECT_VERSION),
        Member::optional(
            "S3ObjectStorageMode",
            Source::Body,
            &rule::S3_OBJECT_STORAGE_MODE,
        ),
        Member::optional("ZipFile", Source::Body, &rule::BLOB),
    ],
);

/// `LayerVersionContentOutput` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LayerVersionContentOutput {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code_size: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_profile_version_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signing_job_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolved_s3_object: Option<super::shared::ResolvedS3Object>,
}

/// `LayerVersionsListItem` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LayerVersionsListItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_version_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compatible_architectures: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compatible_runtimes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license_info: Option<String>,
}

/// `LayersListItem` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LayersListItem {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_matching_version: Option<LayerVersionsListItem>,
}

/// Input of `ListLayerVersions`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListLayerVersionsRequest {
    pub compatible_architecture: Option<String>,
    pub compatible_runtime: Option<String>,
    pub layer_name: String,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}

impl ListLayerVersionsRequest {
    /// Reads and checks the input of `ListLayerVersions`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &LIST_LAYER_VERSIONS_REQUEST)
    }
}

static LIST_LAYER_VERSIONS_REQUEST: Structure = Structure {
    name: "ListLayerVersionsRequest",
    members: &[
        Member::optional(
            "CompatibleArchitecture",
            Source::Query("CompatibleArchitecture"),
            &rule::ARCHITECTURE,
        ),
        Member::optional(
            "CompatibleRuntime",
            Source::Query("CompatibleRuntime"),
            &rule::RUNTIME,
        ),
        Member::required(
            "LayerName",
            Source::Label("LayerName"),
            &rule::LAYER_NAME_OR_ARN,
        ),
        Member::optional("Marker", Source::Query("Marker"), &rule::STRING),
        Member::optional(
            "MaxItems",
            Source::Query("MaxItems"),
            &rule::MAX_LAYER_LIST_ITEMS,
        ),
    ],
};

/// `ListLayerVersionsResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListLayerVersionsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_versions: Option<Vec<LayerVersionsListItem>>,
}

/// Input of `ListLayers`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListLayersRequest {
    pub compatible_architecture: Option<String>,
    pub compatible_runtime: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}

impl ListLayersRequest {
    /// Reads and checks the input of `ListLayers`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &LIST_LAYERS_REQUEST)
    }
}

static LIST_LAYERS_REQUEST: Structure = Structure {
    name: "ListLayersRequest",
    members: &[
        Member::optional(
            "CompatibleArchitecture",
            Source::Query("CompatibleArchitecture"),
            &rule::ARCHITECTURE,
        ),
        Member::optional(
            "CompatibleRuntime",
            Source::Query("CompatibleRuntime"),
            &rule::RUNTIME,
        ),
        Member::optional("Marker", Source::Query("Marker"), &rule::STRING),
        Member::optional(
            "MaxItems",
            Source::Query("MaxItems"),
            &rule::MAX_LAYER_LIST_ITEMS,
        ),
    ],
};

/// `ListLayersResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListLayersResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layers: Option<Vec<LayersListItem>>,
}

/// Input of `PublishLayerVersion`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishLayerVersionRequest {
    pub layer_name: String,
    pub description: Option<String>,
    pub content: LayerVersionContentInput,
    pub compatible_architectures: Option<Vec<String>>,
    pub compatible_runtimes: Option<Vec<String>>,
    pub license_info: Option<String>,
}

impl PublishLayerVersionRequest {
    /// Reads and checks the input of `PublishLayerVersion`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &PUBLISH_LAYER_VERSION_REQUEST)
    }
}

static PUBLISH_LAYER_VERSION_REQUEST: Structure = Structure {
    name: "PublishLayerVersionRequest",
    members: &[
        Member::required(
            "LayerName",
            Source::Label("LayerName"),
            &rule::LAYER_NAME_OR_ARN,
        ),
        Member::optional("Description", Source::Body, &rule::DESCRIPTION),
        Member::required("Content", Source::Body, &LAYER_VERSION_CONTENT_INPUT),
        Member::optional(
            "CompatibleArchitectures",
            Source::Body,
            &rule::COMPATIBLE_ARCHITECTURES,
        ),
        Member::optional("CompatibleRuntimes", Source::Body, &rule::COMPATIBLE_RUNTIMES),
        Member::optional("LicenseInfo", Source::Body, &rule::LICENSE_INFO),
    ],
};

/// `PublishLayerVersionResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishLayerVersionResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<LayerVersionContentOutput>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layer_version_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compatible_architectures: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compatible_runtimes: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub license_info: Option<String>,
}

/// Input of `RemoveLayerVersionPermission`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveLayerVersionPermissionRequest {
    pub layer_name: String,
    pub version_number: i64,
    pub statement_id: String,
    pub revision_id: Option<String>,
}

impl RemoveLayerVersionPermissionRequest {
    /// Reads and checks the input of `RemoveLayerVersionPermission`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &REMOVE_LAYER_VERSION_PERMISSION_REQUEST)
    }
}

static REMOVE_LAYER_VERSION_PERMISSION_REQUEST: Structure = Structure {
    name: "RemoveLayerVersionPermissionRequest",
    members: &[
        Member::required(
            "LayerName",
            Source::Label("LayerName"),
            &rule::LAYER_NAME_OR_ARN,
        ),
        Member::required(
            "VersionNumber",
            Source::Label("VersionNumber"),
            &rule::LAYER_VERSION_NUMBER,
        ),
        Member::required(
            "StatementId",
            Source::Label("StatementId"),
            &rule::STATEMENT_ID,
        ),
        Member::optional("RevisionId", Source::Query("RevisionId"), &rule::STRING),
    ],
};
