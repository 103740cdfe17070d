//! Event source mappings: structures and constraints.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use std::collections::BTreeMap;
use serde::{Deserialize, Serialize};
use crate::read::{ReadError, WireRequest, read};
use super::rule;
use crate::rule::{Member, Shape, Source, Structure};

/// `AmazonManagedKafkaEventSourceConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct AmazonManagedKafkaEventSourceConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumer_group_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_registry_config: Option<KafkaSchemaRegistryConfig>,
}

pub(crate) static AMAZON_MANAGED_KAFKA_EVENT_SOURCE_CONFIG: Shape = Shape::structure(
    "AmazonManagedKafkaEventSourceConfig",
    &[
        Member::optional("ConsumerGroupId", Source::Body, &rule::URI),
        Member::optional(
            "SchemaRegistryConfig",
            Source::Body,
            &KAFKA_SCHEMA_REGISTRY_CONFIG,
        ),
    ],
);

/// Input of `CreateEventSourceMapping`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateEventSourceMappingRequest {
    pub event_source_arn: Option<String>,
    pub function_name: String,
    pub enabled: Option<bool>,
    pub batch_size: Option<i32>,
    pub filter_criteria: Option<FilterCriteria>,
    #[serde(rename = "KMSKeyArn")]
    pub kms_key_arn: Option<String>,
    pub metrics_config: Option<EventSourceMappingMetricsConfig>,
    pub logging_config: Option<EventSourceMappingLoggingConfig>,
    pub scaling_config: Option<ScalingConfig>,
    pub maximum_batching_window_in_seconds: Option<i32>,
    pub parallelization_factor: Option<i32>,
    pub starting_position: Option<String>,
    pub starting_position_timestamp: Option<f64>,
    pub destination_config: Option<super::shared::DestinationConfig>,
    pub maximum_record_age_in_seconds: Option<i32>,
    pub bisect_batch_on_function_error: Option<bool>,
    pub maximum_retry_attempts: Option<i32>,
    pub tags: Option<BTreeMap<String, String>>,
    pub tumbling_window_in_seconds: Option<i32>,
    pub topics: Option<Vec<String>>,
    pub queues: Option<Vec<String>>,
    pub source_access_configurations: Option<Vec<SourceAccessConfiguration>>,
    pub self_managed_event_source: Option<SelfManagedEventSource>,
    pub function_response_types: Option<Vec<String>>,
    pub amazon_managed_kafka_event_source_config: Option<
        AmazonManagedKafkaEventSourceConfig,
    >,
    pub self_managed_kafka_event_source_config: Option<
        SelfManagedKafkaEventSourceConfig,
    >,
    #[serde(rename = "DocumentDBEventSourceConfig")]
    pub document_db_event_source_config: Option<DocumentDBEventSourceConfig>,
    pub provisioned_poller_config: Option<ProvisionedPollerConfig>,
}

impl CreateEventSourceMappingRequest {
    /// Reads and checks the input of `CreateEventSourceMapping`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &CREATE_EVENT_SOURCE_MAPPING_REQUEST)
    }
}

static CREATE_EVENT_SOURCE_MAPPING_REQUEST: Structure = Structure {
    name: "CreateEventSourceMappingRequest",
    members: &[
        Member::optional("EventSourceArn", Source::Body, &rule::ARN),
        Member::required("FunctionName", Source::Body, &rule::NAMESPACED_FUNCTION_NAME),
        Member::optional("Enabled", Source::Body, &rule::ENABLED),
        Member::optional("BatchSize", Source::Body, &rule::BATCH_SIZE),
        Member::optional("FilterCriteria", Source::Body, &FILTER_CRITERIA),
        Member::optional("KMSKeyArn", Source::Body, &rule::KMS_KEY_ARN),
        Member::optional(
            "MetricsConfig",
            Source::Body,
            &EVENT_SOURCE_MAPPING_METRICS_CONFIG,
        ),
        Member::optional(
            "LoggingConfig",
            Source::Body,
            &EVENT_SOURCE_MAPPING_LOGGING_CONFIG,
        ),
        Member::optional("ScalingConfig", Source::Body, &SCALING_CONFIG),
        Member::optional(
            "MaximumBatchingWindowInSeconds",
            Source::Body,
            &rule::MAXIMUM_BATCHING_WINDOW_IN_SECONDS,
        ),
        Member::optional(
            "ParallelizationFactor",
            Source::Body,
            &rule::PARALLELIZATION_FACTOR,
        ),
        Member::optional("StartingPosition", Source::Body, &rule::EVENT_SOURCE_POSITION),
        Member::optional("StartingPositionTimestamp", Source::Body, &rule::DATE),
        Member::optional(
            "DestinationConfig",
            Source::Body,
            &super::shared::DESTINATION_CONFIG,
        ),
        Member::optional(
            "MaximumRecordAgeInSeconds",
            Source::Body,
            &rule::MAXIMUM_RECORD_AGE_IN_SECONDS,
        ),
        Member::optional(
            "BisectBatchOnFunctionError",
            Source::Body,
            &rule::BISECT_BATCH_ON_FUNCTION_ERROR,
        ),
        Member::optional(
            "MaximumRetryAttempts",
            Source::Body,
            &rule::MAXIMUM_RETRY_ATTEMPTS_EVENT_SOURCE_MAPPING,
        ),
        Member::optional("Tags", Source::Body, &rule::TAGS),
        Member::optional(
            "TumblingWindowInSeconds",
            Source::Body,
            &rule::TUMBLING_WINDOW_IN_SECONDS,
        ),
        Member::optional("Topics", Source::Body, &rule::TOPICS),
        Member::optional("Queues", Source::Body, &rule::QUEUES),
        Member::optional(
            "SourceAccessConfigurations",
            Source::Body,
            &rule::SOURCE_ACCESS_CONFIGURATIONS,
        ),
        Member::optional(
            "SelfManagedEventSource",
            Source::Body,
            &SELF_MANAGED_EVENT_SOURCE,
        ),
        Member::optional(
            "FunctionResponseTypes",
            Source::Body,
            &rule::FUNCTION_RESPONSE_TYPE_LIST,
        ),
        Member::optional(
            "AmazonManagedKafkaEventSourceConfig",
            Source::Body,
            &AMAZON_MANAGED_KAFKA_EVENT_SOURCE_CONFIG,
        ),
        Member::optional(
            "SelfManagedKafkaEventSourceConfig",
            Source::Body,
            &SELF_MANAGED_KAFKA_EVENT_SOURCE_CONFIG,
        ),
        Member::optional(
            "DocumentDBEventSourceConfig",
            Source::Body,
            &DOCUMENT_DB_EVENT_SOURCE_CONFIG,
        ),
        Member::optional(
            "ProvisionedPollerConfig",
            Source::Body,
            &PROVISIONED_POLLER_CONFIG,
        ),
    ],
};

/// Input of `DeleteEventSourceMapping`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteEventSourceMappingRequest {
    #[serde(rename = "UUID")]
    pub uuid: String,
}

impl DeleteEventSourceMappingRequest {
    /// Reads and checks the input of `DeleteEventSourceMapping`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &DELETE_EVENT_SOURCE_MAPPING_REQUEST)
    }
}

static DELETE_EVENT_SOURCE_MAPPING_REQUEST: Structure = Structure {
    name: "DeleteEventSourceMappingRequest",
    members: &[Member::required("UUID", Source::Label("UUID"), &rule::UUID_STRING)],
};

/// `DocumentDBEventSourceConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DocumentDBEventSourceConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub database_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub collection_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_document: Option<String>,
}

pub(crate) static DOCUMENT_DB_EVENT_SOURCE_CONFIG: Shape = Shape::structure(
    "DocumentDBEventSourceConfig",
    &[
        Member::optional("DatabaseName", Source::Body, &rule::DATABASE_NAME),
        Member::optional("CollectionName", Source::Body, &rule::COLLECTION_NAME),
        Member::optional("FullDocument", Source::Body, &rule::FULL_DOCUMENT),
    ],
);

/// `EventSourceMappingConfiguration` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventSourceMappingConfiguration {
    #[serde(rename = "UUID")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starting_position: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub starting_position_timestamp: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub batch_size: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_batching_window_in_seconds: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parallelization_factor: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_source_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_criteria: Option<FilterCriteria>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter_criteria_error: Option<FilterCriteriaError>,
    #[serde(rename = "KMSKeyArn")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics_config: Option<EventSourceMappingMetricsConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logging_config: Option<EventSourceMappingLoggingConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scaling_config: Option<ScalingConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_processing_result: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_transition_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_config: Option<super::shared::DestinationConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topics: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub queues: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_access_configurations: Option<Vec<SourceAccessConfiguration>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_managed_event_source: Option<SelfManagedEventSource>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_record_age_in_seconds: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bisect_batch_on_function_error: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_retry_attempts: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tumbling_window_in_seconds: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function_response_types: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amazon_managed_kafka_event_source_config: Option<
        AmazonManagedKafkaEventSourceConfig,
    >,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_managed_kafka_event_source_config: Option<
        SelfManagedKafkaEventSourceConfig,
    >,
    #[serde(rename = "DocumentDBEventSourceConfig")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_db_event_source_config: Option<DocumentDBEventSourceConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_source_mapping_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provisioned_poller_config: Option<ProvisionedPollerConfig>,
}

/// `EventSourceMappingLoggingConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventSourceMappingLoggingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system_log_level: Option<String>,
}

pub(crate) static EVENT_SOURCE_MAPPING_LOGGING_CONFIG: Shape = Shape::structure(
    "EventSourceMappingLoggingConfig",
    &[
        Member::optional(
            "SystemLogLevel",
            Source::Body,
            &rule::EVENT_SOURCE_MAPPING_SYSTEM_LOG_LEVEL,
        ),
    ],
);

/// `EventSourceMappingMetricsConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventSourceMappingMetricsConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics: Option<Vec<String>>,
}

pub(crate) static EVENT_SOURCE_MAPPING_METRICS_CONFIG: Shape = Shape::structure(
    "EventSourceMappingMetricsConfig",
    &[Member::optional("Metrics", Source::Body, &rule::EVENT_SOURCE_MAPPING_METRIC_LIST)],
);

/// `Filter` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Filter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pattern: Option<String>,
}

pub(crate) static FILTER: Shape = Shape::structure(
    "Filter",
    &[Member::optional("Pattern", Source::Body, &rule::PATTERN)],
);

/// `FilterCriteria` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FilterCriteria {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<Filter>>,
}

pub(crate) static FILTER_CRITERIA: Shape = Shape::structure(
    "FilterCriteria",
    &[Member::optional("Filters", Source::Body, &rule::FILTER_LIST)],
);

/// `FilterCriteriaError` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FilterCriteriaError {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// Input of `GetEventSourceMapping`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetEventSourceMappingRequest {
    #[serde(rename = "UUID")]
    pub uuid: String,
}

impl GetEventSourceMappingRequest {
    /// Reads and checks the input of `GetEventSourceMapping`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &GET_EVENT_SOURCE_MAPPING_REQUEST)
    }
}

static GET_EVENT_SOURCE_MAPPING_REQUEST: Structure = Structure {
    name: "GetEventSourceMappingRequest",
    members: &[Member::required("UUID", Source::Label("UUID"), &rule::UUID_STRING)],
};

/// `KafkaSchemaRegistryAccessConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct KafkaSchemaRegistryAccessConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    #[serde(rename = "URI")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

pub(crate) static KAFKA_SCHEMA_REGISTRY_ACCESS_CONFIG: Shape = Shape::structure(
    "KafkaSchemaRegistryAccessConfig",
    &[
        Member::optional("Type", Source::Body, &rule::KAFKA_SCHEMA_REGISTRY_AUTH_TYPE),
        Member::optional("URI", Source::Body, &rule::ARN),
    ],
);

/// `KafkaSchemaRegistryConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct KafkaSchemaRegistryConfig {
    #[serde(rename = "SchemaRegistryURI")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_registry_uri: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_record_format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub access_configs: Option<Vec<KafkaSchemaRegistryAccessConfig>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_validation_configs: Option<Vec<KafkaSchemaValidationConfig>>,
}

pub(crate) static KAFKA_SCHEMA_REGISTRY_CONFIG: Shape = Shape::structure(
    "KafkaSchemaRegistryConfig",
    &[
        Member::optional("SchemaRegistryURI", Source::Body, &rule::SCHEMA_REGISTRY_URI),
        Member::optional(
            "EventRecordFormat",
            Source::Body,
            &rule::SCHEMA_REGISTRY_EVENT_RECORD_FORMAT,
        ),
        Member::optional(
            "AccessConfigs",
            Source::Body,
            &rule::KAFKA_SCHEMA_REGISTRY_ACCESS_CONFIG_LIST,
        ),
        Member::optional(
            "SchemaValidationConfigs",
            Source::Body,
            &rule::KAFKA_SCHEMA_VALIDATION_CONFIG_LIST,
        ),
    ],
);

/// `KafkaSchemaValidationConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct KafkaSchemaValidationConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
}

pub(crate) static KAFKA_SCHEMA_VALIDATION_CONFIG: Shape = Shape::structure(
    "KafkaSchemaValidationConfig",
    &[
        Member::optional(
            "Attribute",
            Source::Body,
            &rule::KAFKA_SCHEMA_VALIDATION_ATTRIBUTE,
        ),
    ],
);

/// Input of `ListEventSourceMappings`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEventSourceMappingsRequest {
    pub event_source_arn: Option<String>,
    pub function_name: Option<String>,
    pub marker: Option<String>,
    pub max_items: Option<i32>,
}

impl ListEventSourceMappingsRequest {
    /// Reads and checks the input of `ListEventSourceMappings`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &LIST_EVENT_SOURCE_MAPPINGS_REQUEST)
    }
}

static LIST_EVENT_SOURCE_MAPPINGS_REQUEST: Structure = Structure {
    name: "ListEventSourceMappingsRequest",
    members: &[
        Member::optional("EventSourceArn", Source::Query("EventSourceArn"), &rule::ARN),
        Member::optional(
            "FunctionName",
            Source::Query("FunctionName"),
            &rule::NAMESPACED_FUNCTION_NAME,
        ),
        Member::optional("Marker", Source::Query("Marker"), &rule::STRING),
        Member::optional("MaxItems", Source::Query("MaxItems"), &rule::MAX_LIST_ITEMS),
    ],
};

/// `ListEventSourceMappingsResponse` of the model.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListEventSourceMappingsResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_marker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_source_mappings: Option<Vec<EventSourceMappingConfiguration>>,
}

/// `ProvisionedPollerConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ProvisionedPollerConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum_pollers: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_pollers: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub poller_group_name: Option<String>,
}

pub(crate) static PROVISIONED_POLLER_CONFIG: Shape = Shape::structure(
    "ProvisionedPollerConfig",
    &[
        Member::optional(
            "MinimumPollers",
            Source::Body,
            &rule::MINIMUM_NUMBER_OF_POLLERS,
        ),
        Member::optional(
            "MaximumPollers",
            Source::Body,
            &rule::MAXIMUM_NUMBER_OF_POLLERS,
        ),
        Member::optional(
            "PollerGroupName",
            Source::Body,
            &rule::PROVISIONED_POLLER_GROUP_NAME,
        ),
    ],
);

/// `ScalingConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScalingConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_concurrency: Option<i32>,
}

pub(crate) static SCALING_CONFIG: Shape = Shape::structure(
    "ScalingConfig",
    &[Member::optional("MaximumConcurrency", Source::Body, &rule::MAXIMUM_CONCURRENCY)],
);

/// `SelfManagedEventSource` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SelfManagedEventSource {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<BTreeMap<String, Vec<String>>>,
}

pub(crate) static SELF_MANAGED_EVENT_SOURCE: Shape = Shape::structure(
    "SelfManagedEventSource",
    &[Member::optional("Endpoints", Source::Body, &rule::ENDPOINTS)],
);

/// `SelfManagedKafkaEventSourceConfig` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SelfManagedKafkaEventSourceConfig {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumer_group_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema_registry_config: Option<KafkaSchemaRegistryConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub consumption_mode: Option<String>,
}

pub(crate) static SELF_MANAGED_KAFKA_EVENT_SOURCE_CONFIG: Shape = Shape::structure(
    "SelfManagedKafkaEventSourceConfig",
    &[
        Member::optional("ConsumerGroupId", Source::Body, &rule::URI),
        Member::optional(
            "SchemaRegistryConfig",
            Source::Body,
            &KAFKA_SCHEMA_REGISTRY_CONFIG,
        ),
        Member::optional(
            "ConsumptionMode",
            Source::Body,
            &rule::KAFKA_EVENT_SOURCE_MAPPING_CONSUMPTION_MODE,
        ),
    ],
);

/// `SourceAccessConfiguration` of the model.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SourceAccessConfiguration {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<String>,
    #[serde(rename = "URI")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
}

pub(crate) static SOURCE_ACCESS_CONFIGURATION: Shape = Shape::structure(
    "SourceAccessConfiguration",
    &[
        Member::optional("Type", Source::Body, &rule::SOURCE_ACCESS_TYPE),
        Member::optional("URI", Source::Body, &rule::URI),
    ],
);

/// Input of `UpdateEventSourceMapping`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateEventSourceMappingRequest {
    #[serde(rename = "UUID")]
    pub uuid: String,
    pub function_name: Option<String>,
    pub enabled: Option<bool>,
    pub batch_size: Option<i32>,
    pub filter_criteria: Option<FilterCriteria>,
    #[serde(rename = "KMSKeyArn")]
    pub kms_key_arn: Option<String>,
    pub metrics_config: Option<EventSourceMappingMetricsConfig>,
    pub logging_config: Option<EventSourceMappingLoggingConfig>,
    pub scaling_config: Option<ScalingConfig>,
    pub maximum_batching_window_in_seconds: Option<i32>,
    pub parallelization_factor: Option<i32>,
    pub destination_config: Option<super::shared::DestinationConfig>,
    pub maximum_record_age_in_seconds: Option<i32>,
    pub bisect_batch_on_function_error: Option<bool>,
    pub maximum_retry_attempts: Option<i32>,
    pub tumbling_window_in_seconds: Option<i32>,
    pub source_access_configurations: Option<Vec<SourceAccessConfiguration>>,
    pub function_response_types: Option<Vec<String>>,
    pub amazon_managed_kafka_event_source_config: Option<
        AmazonManagedKafkaEventSourceConfig,
    >,
    pub self_managed_kafka_event_source_config: Option<
        SelfManagedKafkaEventSourceConfig,
    >,
    #[serde(rename = "DocumentDBEventSourceConfig")]
    pub document_db_event_source_config: Option<DocumentDBEventSourceConfig>,
    pub provisioned_poller_config: Option<ProvisionedPollerConfig>,
}

impl UpdateEventSourceMappingRequest {
    /// Reads and checks the input of `UpdateEventSourceMapping`.
    pub fn read(request: &WireRequest<'_>) -> Result<Self, ReadError> {
        read(request, &UPDATE_EVENT_SOURCE_MAPPING_REQUEST)
    }
}

static UPDATE_EVENT_SOURCE_MAPPING_REQUEST: Structure = Structure {
    name: "UpdateEventSourceMappingRequest",
    members: &[
        Member::required("UUID", Source::Label("UUID"), &rule::UUID_STRING),
        Member::optional("FunctionName", Source::Body, &rule::NAMESPACED_FUNCTION_NAME),
        Member::optional("Enabled", Source::Body, &rule::ENABLED),
        Member::optional("BatchSize", Source::Body, &rule::BATCH_SIZE),
        Member::optional("FilterCriteria", Source::Body, &FILTER_CRITERIA),
        Member::optional("KMSKeyArn", Source::Body, &rule::KMS_KEY_ARN),
        Member::optional(
            "MetricsConfig",
            Source::Body,
            &EVENT_SOURCE_MAPPING_METRICS_CONFIG,
        ),
        Member::optional(
            "LoggingConfig",
            Source::Body,
            &EVENT_SOURCE_MAPPING_LOGGING_CONFIG,
        ),
        Member::optional("ScalingConfig", Source::Body, &SCALING_CONFIG),
        Member::optional(
            "MaximumBatchingWindowInSeconds",
            Source::Body,
            &rule::MAXIMUM_BATCHING_WINDOW_IN_SECONDS,
        ),
        Member::optional(
            "ParallelizationFactor",
            Source::Body,
            &rule::PARALLELIZATION_FACTOR,
        ),
        Member::optional(
            "DestinationConfig",
            Source::Body,
            &super::shared::DESTINATION_CONFIG,
        ),
        Member::optional(
            "MaximumRecordAgeInSeconds",
            Source::Body,
            &rule::MAXIMUM_RECORD_AGE_IN_SECONDS,
        ),
        Member::optional(
            "BisectBatchOnFunctionError",
            Source::Body,
            &rule::BISECT_BATCH_ON_FUNCTION_ERROR,
        ),
        Member::optional(
            "MaximumRetryAttempts",
            Source::Body,
            &rule::MAXIMUM_RETRY_ATTEMPTS_EVENT_SOURCE_MAPPING,
        ),
        Member::optional(
            "TumblingWindowInSeconds",
            Source::Body,
            &rule::TUMBLING_WINDOW_IN_SECONDS,
        ),
        Member::optional(
            "SourceAccessConfigurations",
            Source::Body,
            &rule::SOURCE_ACCESS_CONFIGURATIONS,
        ),
        Member::optional(
            "FunctionResponseTypes",
            Source::Body,
            &rule::FUNCTION_RESPONSE_TYPE_LIST,
        ),
        Member::optional(
            "AmazonManagedKafkaEventSourceConfig",
            Source::Body,
            &AMAZON_MANAGED_KAFKA_EVENT_SOURCE_CONFIG,
        ),
        Member::optional(
            "SelfManagedKafkaEventSourceConfig",
            Source::Body,
            &SELF_MANAGED_KAFKA_EVENT_SOURCE_CONFIG,
        ),
        Member::optional(
            "DocumentDBEventSourceConfig",
            Source::Body,
            &DOCUMENT_DB_EVENT_SOURCE_CONFIG,
        ),
        Member::optional(
            "ProvisionedPollerConfig",
            Source::Body,
            &PROVISIONED_POLLER_CONFIG,
        ),
    ],
};
