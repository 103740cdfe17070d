//! What a request's texts, numbers, lists and maps may be.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use crate::rule::{Bounds, List, Map, Shape, Text};
use super::{pattern, values};

pub(crate) static ACCELERATOR_MEMORY_GB: Shape = Shape::integer(Bounds::NONE);

pub(crate) static ACTION: Shape = Shape::text(Text {
    length: Bounds::between(0, 10_000),
    pattern: Some(&pattern::ACTION),
    values: None,
});

pub(crate) static ADDITIONAL_VERSION: Shape = Shape::text(Text {
    length: Bounds::between(1, 1024),
    pattern: Some(&pattern::ADDITIONAL_VERSION),
    values: None,
});

pub(crate) static ADDITIONAL_VERSION_WEIGHTS: Shape = Shape::map(Map {
    key: &ADDITIONAL_VERSION,
    value: &WEIGHT,
    length: Bounds::NONE,
});

pub(crate) static ALIAS: Shape = Shape::text(Text {
    length: Bounds::between(1, 128),
    pattern: Some(&pattern::ALIAS),
    values: None,
});

pub(crate) static ALLOW_CREDENTIALS: Shape = Shape::boolean();

pub(crate) static ALLOW_METHODS_LIST: Shape = Shape::list(List {
    member: &METHOD,
    length: Bounds::between(0, 6),
    says_not_null: true,
});

pub(crate) static ALLOW_ORIGINS_LIST: Shape = Shape::list(List {
    member: &ORIGIN,
    length: Bounds::between(0, 100),
    says_not_null: true,
});

pub(crate) static APPLICATION_LOG_LEVEL: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::APPLICATION_LOG_LEVEL),
});

pub(crate) static ARCHITECTURE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::ARCHITECTURE),
});

pub(crate) static ARCHITECTURES_LIST: Shape = Shape::list(List {
    member: &ARCHITECTURE,
    length: Bounds::between(1, 1),
    says_not_null: true,
});

pub(crate) static ARN: Shape = Shape::text(Text {
    length: Bounds::between(0, 10_000),
    pattern: Some(&pattern::ARN),
    values: None,
});

pub(crate) static BATCH_SIZE: Shape = Shape::integer(Bounds::between(1, 10_000));

pub(crate) static BINARY_OPERATION_PAYLOAD: Shape = Shape::blob(
        Bounds::between(0, 1_048_576),
    )
    .sensitive();
pub(crate) static BISECT_BATCH_ON_FUNCTION_ERROR: Shape = Shape::boolean();

pub(crate) static BLOB: Shape = Shape::blob(Bounds::NONE).sensitive();

pub(crate) static BLOB_STREAM: Shape = Shape::blob(Bounds::NONE);

pub(crate) static BOOLEAN: Shape = Shape::boolean();

pub(crate) static CALLBACK_ID: Shape = Shape::text(Text {
    length: Bounds::between(1, 1024),
    pattern: Some(&pattern::CALLBACK_ID),
    values: None,
});

pub(crate) static CALLBACK_OPTIONS_HEARTBEAT_TIMEOUT_SECONDS_INTEGER: Shape = Shape::integer(
    Bounds::between(0, 99_999_999),
);

pub(crate) static CALLBACK_OPTIONS_TIMEOUT_SECONDS_INTEGER: Shape = Shape::integer(
    Bounds::between(0, 99_999_999),
);

pub(crate) static CAPACITY_PROVIDER_ARN: Shape = Shape::text(Text {
    length: Bounds::between(1, 140),
    pattern: Some(&pattern::CAPACITY_PROVIDER_ARN),
    values: None,
});

pub(crate) static CAPACITY_PROVIDER_MAX_V_CPU_COUNT: Shape = Shape::integer(
    Bounds::between(2, 15_000),
);

pub(crate) static CAPACITY_PROVIDER_NAME: Shape = Shape::text(Text {
    length: Bounds::between(1, 140),
    pattern: Some(&pattern::CAPACITY_PROVIDER_NAME),
    values: None,
});

pub(crate) static CAPACITY_PROVIDER_PREDEFINED_METRIC_TYPE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::CAPACITY_PROVIDER_PREDEFINED_METRIC_TYPE),
});

pub(crate) static CAPACITY_PROVIDER_SCALING_MODE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::CAPACITY_PROVIDER_SCALING_MODE),
});

pub(crate) static CAPACITY_PROVIDER_SCALING_POLICIES_LIST: Shape = Shape::list(List {
    member: &super::capacity_provider::TARGET_TRACKING_SCALING_POLICY,
    length: Bounds::between(1, 10),
    says_not_null: true,
});

pub(crate) static CAPACITY_PROVIDER_SECURITY_GROUP_IDS: Shape = Shape::list(List {
    member: &SECURITY_GROUP_ID,
    length: Bounds::between(0, 5),
    says_not_null: false,
});

pub(crate) static CAPACITY_PROVIDER_STATE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::CAPACITY_PROVIDER_STATE),
});

pub(crate) static CAPACITY_PROVIDER_SUBNET_IDS: Shape = Shape::list(List {
    member: &SUBNET_ID,
    length: Bounds::between(1, 16),
    says_not_null: false,
});

pub(crate) static CHECKPOINT_TOKEN: Shape = Shape::text(Text {
    length: Bounds::between(1, 2048),
    pattern: Some(&pattern::CHECKPOINT_TOKEN),
    values: None,
});

pub(crate) static CLIENT_TOKEN: Shape = Shape::text(Text {
    length: Bounds::between(1, 64),
    pattern: Some(&pattern::CLIENT_TOKEN),
    values: None,
});

pub(crate) static CODE_SIGNING_CONFIG_ARN: Shape = Shape::text(Text {
    length: Bounds::between(0, 200),
    pattern: Some(&pattern::CODE_SIGNING_CONFIG_ARN),
    values: None,
});

pub(crate) static CODE_SIGNING_POLICY: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::CODE_SIGNING_POLICY),
});

pub(crate) static COLLECTION_NAME: Shape = Shape::text(Text {
    length: Bounds::between(1, 57),
    pattern: Some(&pattern::COLLECTION_NAME),
    values: None,
});

pub(crate) static COMPATIBLE_ARCHITECTURES: Shape = Shape::list(List {
    member: &ARCHITECTURE,
    length: Bounds::between(0, 2),
    says_not_null: true,
});

pub(crate) static COMPATIBLE_RUNTIMES: Shape = Shape::list(List {
    member: &RUNTIME,
    length: Bounds::between(0, 15),
    says_not_null: true,
});

pub(crate) static DATABASE_NAME: Shape = Shape::text(Text {
    length: Bounds::between(1, 63),
    pattern: Some(&pattern::DATABASE_NAME),
    values: None,
});

pub(crate) static DATE: Shape = Shape::timestamp();

pub(crate) static DESCRIPTION: Shape = Shape::text(Text {
    length: Bounds::between(0, 256),
    pattern: None,
    values: None,
});

pub(crate) static DESTINATION_ARN: Shape = Shape::text(Text {
    length: Bounds::between(0, 350),
    pattern: Some(&pattern::DESTINATION_ARN),
    values: None,
});

pub(crate) static DIRECT_S3_READ: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::DIRECT_S3_READ),
});

pub(crate) static DURABLE_EXECUTION_ARN: Shape = Shape::text(Text {
    length: Bounds::between(1, 1024),
    pattern: Some(&pattern::DURABLE_EXECUTION_ARN),
    values: None,
});

pub(crate) static DURABLE_EXECUTION_NAME: Shape = Shape::text(Text {
    length: Bounds::between(1, 64),
    pattern: Some(&pattern::DURABLE_EXECUTION_NAME),
    values: None,
});

pub(crate) static ENABLED: Shape = Shape::boolean();

pub(crate) static END_POINT_TYPE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::END_POINT_TYPE),
});

pub(crate) static ENDPOINT: Shape = Shape::text(Text {
    length: Bounds::between(1, 300),
    pattern: Some(&pattern::ENDPOINT),
    values: None,
});

pub(crate) static ENDPOINT_LISTS: Shape = Shape::list(List {
    member: &ENDPOINT,
    length: Bounds::between(1, 10),
    says_not_null: true,
});

pub(crate) static ENDPOINTS: Shape = Shape::map(Map {
    key: &END_POINT_TYPE,
    value: &ENDPOINT_LISTS,
    length: Bounds::between(1, 2),
});

pub(crate) static ENVIRONMENT_VARIABLE_NAME: Shape = Shape::text(Text {
        length: Bounds::NONE,
        pattern: Some(&pattern::ENVIRONMENT_VARIABLE_NAME),
        values: None,
    })
    .sensitive();
pub(crate) static ENVIRONMENT_VARIABLE_VALUE: Shape = Shape::text(Text {
        length: Bounds::NONE,
        pattern: None,
        values: None,
    })
    .sensitive();
pub(crate) static ENVIRONMENT_VARIABLES: Shape = Shape::map(Map {
        key: &ENVIRONMENT_VARIABLE_NAME,
        value: &ENVIRONMENT_VARIABLE_VALUE,
        length: Bounds::NONE,
    })
    .sensitive();
pub(crate) static EPHEMERAL_STORAGE_SIZE: Shape = Shape::integer(
    Bounds::between(512, 32_768),
);

pub(crate) static ERROR_DATA: Shape = Shape::text(Text {
        length: Bounds::NONE,
        pattern: None,
        values: None,
    })
    .sensitive();
pub(crate) static ERROR_MESSAGE: Shape = Shape::text(Text {
        length: Bounds::NONE,
        pattern: None,
        values: None,
    })
    .sensitive();
pub(crate) static ERROR_TYPE: Shape = Shape::text(Text {
        length: Bounds::NONE,
        pattern: None,
        values: None,
    })
    .sensitive();
pub(crate) static EVENT_SOURCE_MAPPING_METRIC: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::EVENT_SOURCE_MAPPING_METRIC),
});

pub(crate) static EVENT_SOURCE_MAPPING_METRIC_LIST: Shape = Shape::list(List {
    member: &EVENT_SOURCE_MAPPING_METRIC,
    length: Bounds::between(0, 3),
    says_not_null: true,
});

pub(crate) static EVENT_SOURCE_MAPPING_SYSTEM_LOG_LEVEL: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::EVENT_SOURCE_MAPPING_SYSTEM_LOG_LEVEL),
});

pub(crate) static EVENT_SOURCE_POSITION: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::EVENT_SOURCE_POSITION),
});

pub(crate) static EVENT_SOURCE_TOKEN: Shape = Shape::text(Text {
    length: Bounds::between(0, 256),
    pattern: Some(&pattern::EVENT_SOURCE_TOKEN),
    values: None,
});

pub(crate) static EXECUTION_ENVIRONMENT_MEMORY_GI_B_PER_V_CPU: Shape = Shape::double(
    Bounds::between(2.0, 8.0),
);

pub(crate) static EXECUTION_STATUS: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::EXECUTION_STATUS),
});

pub(crate) static EXECUTION_STATUS_LIST: Shape = Shape::list(List {
    member: &EXECUTION_STATUS,
    length: Bounds::between(1, 10),
    says_not_null: true,
});

pub(crate) static EXECUTION_TIMEOUT: Shape = Shape::integer(
    Bounds::between(1, 31_622_400),
);

pub(crate) static EXECUTION_TIMEOUT_PAUSED: Shape = Shape::boolean();

pub(crate) static EXECUTION_TIMESTAMP: Shape = Shape::timestamp();

pub(crate) static FILE_SYSTEM_ARN: Shape = Shape::text(Text {
    length: Bounds::between(0, 256),
    pattern: Some(&pattern::FILE_SYSTEM_ARN),
    values: None,
});

pub(crate) static FILE_SYSTEM_CONFIG_LIST: Shape = Shape::list(List {
    member: &super::shared::FILE_SYSTEM_CONFIG,
    length: Bounds::between(0, 1),
    says_not_null: true,
});

pub(crate) static FILTER_LIST: Shape = Shape::list(List {
    member: &super::event_source_mapping::FILTER,
    length: Bounds::NONE,
    says_not_null: true,
});

pub(crate) static FULL_DOCUMENT: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::FULL_DOCUMENT),
});

pub(crate) static FUNCTION_NAME: Shape = Shape::text(Text {
    length: Bounds::between(1, 140),
    pattern: Some(&pattern::FUNCTION_NAME),
    values: None,
});

pub(crate) static FUNCTION_RESPONSE_TYPE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::FUNCTION_RESPONSE_TYPE),
});

pub(crate) static FUNCTION_RESPONSE_TYPE_LIST: Shape = Shape::list(List {
    member: &FUNCTION_RESPONSE_TYPE,
    length: Bounds::between(0, 1),
    says_not_null: true,
});

pub(crate) static FUNCTION_RUNTIME_ALIAS: Shape = Shape::text(Text {
    length: Bounds::between(1, 128),
    pattern: None,
    values: None,
});

pub(crate) static FUNCTION_RUNTIME_ARN: Shape = Shape::text(Text {
    length: Bounds::between(48, 2048),
    pattern: Some(&pattern::FUNCTION_RUNTIME_ARN),
    values: None,
});

pub(crate) static FUNCTION_SCALING_CONFIG_EXECUTION_ENVIRONMENTS: Shape = Shape::integer(
    Bounds::between(0, 15_000),
);

pub(crate) static FUNCTION_URL_AUTH_TYPE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::FUNCTION_URL_AUTH_TYPE),
});

pub(crate) static FUNCTION_URL_FUNCTION_NAME: Shape = Shape::text(Text {
    length: Bounds::between(1, 140),
    pattern: Some(&pattern::FUNCTION_URL_FUNCTION_NAME),
    values: None,
});

pub(crate) static FUNCTION_URL_QUALIFIER: Shape = Shape::text(Text {
    length: Bounds::between(1, 128),
    pattern: Some(&pattern::FUNCTION_URL_QUALIFIER),
    values: None,
});

pub(crate) static FUNCTION_VERSION: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::FUNCTION_VERSION),
});

pub(crate) static FUNCTION_VERSION_LATEST_PUBLISHED: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::FUNCTION_VERSION_LATEST_PUBLISHED),
});

pub(crate) static HANDLER: Shape = Shape::text(Text {
    length: Bounds::between(0, 128),
    pattern: Some(&pattern::HANDLER),
    values: None,
});

pub(crate) static HEADER: Shape = Shape::text(Text {
    length: Bounds::between(0, 1024),
    pattern: Some(&pattern::HEADER),
    values: None,
});

pub(crate) static HEADERS_LIST: Shape = Shape::list(List {
    member: &HEADER,
    length: Bounds::between(0, 100),
    says_not_null: true,
});

pub(crate) static INCLUDE_EXECUTION_DATA: Shape = Shape::boolean();

pub(crate) static INSTANCE_TYPE: Shape = Shape::text(Text {
    length: Bounds::between(1, 30),
    pattern: Some(&pattern::INSTANCE_TYPE),
    values: None,
});

pub(crate) static INSTANCE_TYPE_SET: Shape = Shape::list(List {
    member: &INSTANCE_TYPE,
    length: Bounds::between(0, 400),
    says_not_null: true,
});

pub(crate) static INVOCATION_TYPE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::INVOCATION_TYPE),
});

pub(crate) static INVOKE_MODE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::INVOKE_MODE),
});

pub(crate) static INVOKED_VIA_FUNCTION_URL: Shape = Shape::boolean();

pub(crate) static ITEM_COUNT: Shape = Shape::integer(Bounds::between(0, 1000));

pub(crate) static KMS_KEY_ARN: Shape = Shape::text(Text {
    length: Bounds::between(0, 10_000),
    pattern: Some(&pattern::KMS_KEY_ARN),
    values: None,
});

pub(crate) static KMS_KEY_ARN_NON_EMPTY: Shape = Shape::text(Text {
    length: Bounds::between(0, 10_000),
    pattern: Some(&pattern::KMS_KEY_ARN_NON_EMPTY),
    values: None,
});

pub(crate) static KAFKA_EVENT_SOURCE_MAPPING_CONSUMPTION_MODE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::KAFKA_EVENT_SOURCE_MAPPING_CONSUMPTION_MODE),
});

pub(crate) static KAFKA_SCHEMA_REGISTRY_ACCESS_CONFIG_LIST: Shape = Shape::list(List {
    member: &super::event_source_mapping::KAFKA_SCHEMA_REGISTRY_ACCESS_CONFIG,
    length: Bounds::NONE,
    says_not_null: true,
});

pub(crate) static KAFKA_SCHEMA_REGISTRY_AUTH_TYPE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::KAFKA_SCHEMA_REGISTRY_AUTH_TYPE),
});

pub(crate) static KAFKA_SCHEMA_VALIDATION_ATTRIBUTE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::KAFKA_SCHEMA_VALIDATION_ATTRIBUTE),
});

pub(crate) static KAFKA_SCHEMA_VALIDATION_CONFIG_LIST: Shape = Shape::list(List {
    member: &super::event_source_mapping::KAFKA_SCHEMA_VALIDATION_CONFIG,
    length: Bounds::NONE,
    says_not_null: true,
});

pub(crate) static LAYER_LIST: Shape = Shape::list(List {
    member: &LAYER_VERSION_ARN,
    length: Bounds::NONE,
    says_not_null: true,
});

pub(crate) static LAYER_NAME_OR_ARN: Shape = Shape::text(Text {
    length: Bounds::between(1, 2048),
    pattern: Some(&pattern::LAYER_NAME_OR_ARN),
    values: None,
});

pub(crate) static LAYER_PERMISSION_ALLOWED_ACTION: Shape = Shape::text(Text {
    length: Bounds::between(0, 22),
    pattern: Some(&pattern::LAYER_PERMISSION_ALLOWED_ACTION),
    values: None,
});

pub(crate) static LAYER_PERMISSION_ALLOWED_PRINCIPAL: Shape = Shape::text(Text {
    length: Bounds::between(0, 10_000),
    pattern: Some(&pattern::LAYER_PERMISSION_ALLOWED_PRINCIPAL),
    values: None,
});

pub(crate) static LAYER_VERSION_ARN: Shape = Shape::text(Text {
    length: Bounds::between(1, 2048),
    pattern: Some(&pattern::LAYER_VERSION_ARN),
    values: None,
});

pub(crate) static LAYER_VERSION_NUMBER: Shape = Shape::long();

pub(crate) static LICENSE_INFO: Shape = Shape::text(Text {
    length: Bounds::between(0, 512),
    pattern: Some(&pattern::LICENSE_INFO),
    values: None,
});

pub(crate) static LOCAL_MOUNT_PATH: Shape = Shape::text(Text {
    length: Bounds::between(0, 160),
    pattern: Some(&pattern::LOCAL_MOUNT_PATH),
    values: None,
});

pub(crate) static LOG_FORMAT: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::LOG_FORMAT),
});

pub(crate) static LOG_GROUP: Shape = Shape::text(Text {
    length: Bounds::between(1, 512),
    pattern: Some(&pattern::LOG_GROUP),
    values: None,
});

pub(crate) static LOG_TYPE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::LOG_TYPE),
});

pub(crate) static MASTER_REGION: Shape = Shape::text(Text {
    length: Bounds::between(1, 50),
    pattern: Some(&pattern::MASTER_REGION),
    values: None,
});

pub(crate) static MAX_AGE: Shape = Shape::integer(Bounds::between(0, 86_400));

pub(crate) static MAX_FIFTY_LIST_ITEMS: Shape = Shape::integer(Bounds::between(1, 50));

pub(crate) static MAX_FUNCTION_EVENT_INVOKE_CONFIG_LIST_ITEMS: Shape = Shape::integer(
    Bounds::between(1, 50),
);

pub(crate) static MAX_ITEMS: Shape = Shape::integer(Bounds::between(1, 50));

pub(crate) static MAX_LAYER_LIST_ITEMS: Shape = Shape::integer(Bounds::between(1, 50));

pub(crate) static MAX_LIST_ITEMS: Shape = Shape::integer(Bounds::between(1, 10_000));

pub(crate) static MAX_PROVISIONED_CONCURRENCY_CONFIG_LIST_ITEMS: Shape = Shape::integer(
    Bounds::between(1, 50),
);

pub(crate) static MAXIMUM_BATCHING_WINDOW_IN_SECONDS: Shape = Shape::integer(
    Bounds::between(0, 300),
);

pub(crate) static MAXIMUM_CONCURRENCY: Shape = Shape::integer(Bounds::between(2, 1000));

pub(crate) static MAXIMUM_EVENT_AGE_IN_SECONDS: Shape = Shape::integer(
    Bounds::between(60, 21_600),
);

pub(crate) static MAXIMUM_NUMBER_OF_POLLERS: Shape = Shape::integer(
    Bounds::between(1, 10_000),
);

pub(crate) static MAXIMUM_RECORD_AGE_IN_SECONDS: Shape = Shape::integer(
    Bounds::between(-1, 604_800),
);

pub(crate) static MAXIMUM_RETRY_ATTEMPTS: Shape = Shape::integer(Bounds::between(0, 2));

pub(crate) static MAXIMUM_RETRY_ATTEMPTS_EVENT_SOURCE_MAPPING: Shape = Shape::integer(
    Bounds::between(-1, 10_000),
);

pub(crate) static MEMORY_SIZE: Shape = Shape::integer(Bounds::between(128, 32_768));

pub(crate) static METHOD: Shape = Shape::text(Text {
    length: Bounds::between(0, 6),
    pattern: Some(&pattern::METHOD),
    values: None,
});

pub(crate) static METRIC_TARGET_VALUE: Shape = Shape::double(
    Bounds::between(0.0, 100.0),
);

pub(crate) static MINIMUM_NUMBER_OF_POLLERS: Shape = Shape::integer(
    Bounds::between(1, 200),
);

pub(crate) static NAMESPACED_FUNCTION_NAME: Shape = Shape::text(Text {
    length: Bounds::between(1, 256),
    pattern: Some(&pattern::NAMESPACED_FUNCTION_NAME),
    values: None,
});

pub(crate) static NAMESPACED_STATEMENT_ID: Shape = Shape::text(Text {
    length: Bounds::between(1, 100),
    pattern: Some(&pattern::NAMESPACED_STATEMENT_ID),
    values: None,
});

pub(crate) static NULLABLE_BOOLEAN: Shape = Shape::boolean();

pub(crate) static NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER: Shape = Shape::text(Text {
    length: Bounds::between(1, 128),
    pattern: Some(&pattern::NUMERIC_LATEST_PUBLISHED_OR_ALIAS_QUALIFIER),
    values: None,
});

pub(crate) static OPERATION_ACTION: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::OPERATION_ACTION),
});

pub(crate) static OPERATION_ID: Shape = Shape::text(Text {
    length: Bounds::between(1, 64),
    pattern: Some(&pattern::OPERATION_ID),
    values: None,
});

pub(crate) static OPERATION_NAME: Shape = Shape::text(Text {
    length: Bounds::between(1, 256),
    pattern: Some(&pattern::OPERATION_NAME),
    values: None,
});

pub(crate) static OPERATION_PAYLOAD: Shape = Shape::text(Text {
        length: Bounds::between(0, 6_291_456),
        pattern: None,
        values: None,
    })
    .sensitive();
pub(crate) static OPERATION_SUB_TYPE: Shape = Shape::text(Text {
    length: Bounds::between(1, 32),
    pattern: Some(&pattern::OPERATION_SUB_TYPE),
    values: None,
});

pub(crate) static OPERATION_TYPE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::OPERATION_TYPE),
});

pub(crate) static OPERATION_UPDATES: Shape = Shape::list(List {
    member: &super::durable::OPERATION_UPDATE,
    length: Bounds::NONE,
    says_not_null: true,
});

pub(crate) static ORGANIZATION_ID: Shape = Shape::text(Text {
    length: Bounds::between(0, 34),
    pattern: Some(&pattern::ORGANIZATION_ID),
    values: None,
});

pub(crate) static ORIGIN: Shape = Shape::text(Text {
    length: Bounds::between(1, 253),
    pattern: Some(&pattern::ORIGIN),
    values: None,
});

pub(crate) static PACKAGE_TYPE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::PACKAGE_TYPE),
});

pub(crate) static PARALLELIZATION_FACTOR: Shape = Shape::integer(Bounds::between(1, 10));

pub(crate) static PATTERN: Shape = Shape::text(Text {
    length: Bounds::between(0, 4096),
    pattern: Some(&pattern::PATTERN),
    values: None,
});

pub(crate) static PAUSE_REASON: Shape = Shape::text(Text {
        length: Bounds::between(0, 1024),
        pattern: None,
        values: None,
    })
    .sensitive();
pub(crate) static PER_EXECUTION_ENVIRONMENT_MAX_CONCURRENCY: Shape = Shape::integer(
    Bounds::between(1, 1600),
);

pub(crate) static POLICY_RESOURCE_ARN: Shape = Shape::text(Text {
    length: Bounds::between(0, 512),
    pattern: Some(&pattern::POLICY_RESOURCE_ARN),
    values: None,
});

pub(crate) static POSITIVE_INTEGER: Shape = Shape::integer(Bounds::at_least(1));

pub(crate) static PRINCIPAL: Shape = Shape::text(Text {
    length: Bounds::between(0, 2048),
    pattern: Some(&pattern::PRINCIPAL),
    values: None,
});

pub(crate) static PRINCIPAL_ORG_ID: Shape = Shape::text(Text {
    length: Bounds::between(12, 34),
    pattern: Some(&pattern::PRINCIPAL_ORG_ID),
    values: None,
});

pub(crate) static PROPAGATE_TAGS_EXPLICIT_TAGS_MAP: Shape = Shape::map(Map {
    key: &TAG_KEY,
    value: &TAG_VALUE,
    length: Bounds::between(0, 40),
});

pub(crate) static PROPAGATE_TAGS_MODE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::PROPAGATE_TAGS_MODE),
});

pub(crate) static PROVISIONED_POLLER_GROUP_NAME: Shape = Shape::text(Text {
    length: Bounds::between(0, 128),
    pattern: Some(&pattern::PROVISIONED_POLLER_GROUP_NAME),
    values: None,
});

pub(crate) static PUBLISHED_FUNCTION_QUALIFIER: Shape = Shape::text(Text {
    length: Bounds::between(1, 128),
    pattern: Some(&pattern::PUBLISHED_FUNCTION_QUALIFIER),
    values: None,
});

pub(crate) static QUALIFIER: Shape = Shape::text(Text {
    length: Bounds::between(1, 128),
    pattern: Some(&pattern::QUALIFIER),
    values: None,
});

pub(crate) static QUEUE: Shape = Shape::text(Text {
    length: Bounds::between(1, 1000),
    pattern: Some(&pattern::QUEUE),
    values: None,
});

pub(crate) static QUEUES: Shape = Shape::list(List {
    member: &QUEUE,
    length: Bounds::between(1, 1),
    says_not_null: true,
});

pub(crate) static RECURSIVE_LOOP: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::RECURSIVE_LOOP),
});

pub(crate) static REPLAY_CHILDREN: Shape = Shape::boolean();

pub(crate) static RESERVED_CONCURRENT_EXECUTIONS: Shape = Shape::integer(
    Bounds::at_least(0),
);

pub(crate) static RESOURCE_ARN: Shape = Shape::text(Text {
    length: Bounds::between(0, 10_000),
    pattern: Some(&pattern::RESOURCE_ARN),
    values: None,
});

pub(crate) static RESOURCE_POLICY: Shape = Shape::text(Text {
    length: Bounds::between(1, 20_480),
    pattern: Some(&pattern::RESOURCE_POLICY),
    values: None,
});

pub(crate) static RESPONSE_STREAMING_INVOCATION_TYPE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::RESPONSE_STREAMING_INVOCATION_TYPE),
});

pub(crate) static RESUME_REASON: Shape = Shape::text(Text {
        length: Bounds::between(0, 1024),
        pattern: None,
        values: None,
    })
    .sensitive();
pub(crate) static RETENTION_PERIOD_IN_DAYS: Shape = Shape::integer(
    Bounds::between(1, 90),
);

pub(crate) static REVERSE_ORDER: Shape = Shape::boolean();

pub(crate) static REVISION_ID: Shape = Shape::text(Text {
    length: Bounds::between(36, 36),
    pattern: Some(&pattern::REVISION_ID),
    values: None,
});

pub(crate) static ROLE_ARN: Shape = Shape::text(Text {
    length: Bounds::between(0, 10_000),
    pattern: Some(&pattern::ROLE_ARN),
    values: None,
});

pub(crate) static RUNTIME: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::RUNTIME),
});

pub(crate) static RUNTIME_VERSION_ARN: Shape = Shape::text(Text {
    length: Bounds::between(26, 2048),
    pattern: Some(&pattern::RUNTIME_VERSION_ARN),
    values: None,
});

pub(crate) static S3_BUCKET: Shape = Shape::text(Text {
    length: Bounds::between(3, 63),
    pattern: Some(&pattern::S3_BUCKET),
    values: None,
});

pub(crate) static S3_KEY: Shape = Shape::text(Text {
    length: Bounds::between(1, 1024),
    pattern: Some(&pattern::S3_KEY),
    values: None,
});

pub(crate) static S3_OBJECT_STORAGE_MODE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::S3_OBJECT_STORAGE_MODE),
});

pub(crate) static S3_OBJECT_VERSION: Shape = Shape::text(Text {
    length: Bounds::between(1, 1024),
    pattern: Some(&pattern::S3_OBJECT_VERSION),
    values: None,
});

pub(crate) static SCHEMA_REGISTRY_EVENT_RECORD_FORMAT: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::SCHEMA_REGISTRY_EVENT_RECORD_FORMAT),
});

pub(crate) static SCHEMA_REGISTRY_URI: Shape = Shape::text(Text {
    length: Bounds::between(1, 10_000),
    pattern: Some(&pattern::SCHEMA_REGISTRY_URI),
    values: None,
});

pub(crate) static SECURITY_GROUP_ID: Shape = Shape::text(Text {
    length: Bounds::between(0, 1024),
    pattern: Some(&pattern::SECURITY_GROUP_ID),
    values: None,
});

pub(crate) static SECURITY_GROUP_IDS: Shape = Shape::list(List {
    member: &SECURITY_GROUP_ID,
    length: Bounds::between(0, 5),
    says_not_null: false,
});

pub(crate) static SIGNING_PROFILE_VERSION_ARNS: Shape = Shape::list(List {
    member: &ARN,
    length: Bounds::between(1, 20),
    says_not_null: true,
});

pub(crate) static SNAP_START_APPLY_ON: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::SNAP_START_APPLY_ON),
});

pub(crate) static SOURCE_ACCESS_CONFIGURATIONS: Shape = Shape::list(List {
    member: &super::event_source_mapping::SOURCE_ACCESS_CONFIGURATION,
    length: Bounds::between(0, 23),
    says_not_null: true,
});

pub(crate) static SOURCE_ACCESS_TYPE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::SOURCE_ACCESS_TYPE),
});

pub(crate) static SOURCE_OWNER: Shape = Shape::text(Text {
    length: Bounds::between(0, 12),
    pattern: Some(&pattern::SOURCE_OWNER),
    values: None,
});

pub(crate) static STACK_TRACE_ENTRIES: Shape = Shape::list(List {
    member: &STACK_TRACE_ENTRY,
    length: Bounds::NONE,
    says_not_null: true,
});

pub(crate) static STACK_TRACE_ENTRY: Shape = Shape::text(Text {
        length: Bounds::NONE,
        pattern: None,
        values: None,
    })
    .sensitive();
pub(crate) static STATEMENT_ID: Shape = Shape::text(Text {
    length: Bounds::between(1, 100),
    pattern: Some(&pattern::STATEMENT_ID),
    values: None,
});

pub(crate) static STEP_OPTIONS_NEXT_ATTEMPT_DELAY_SECONDS_INTEGER: Shape = Shape::integer(
    Bounds::between(1, 31_622_400),
);

pub(crate) static STRING: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: None,
});

pub(crate) static STRING_LIST: Shape = Shape::list(List {
    member: &STRING,
    length: Bounds::between(0, 1500),
    says_not_null: true,
});

pub(crate) static SUBNET_ID: Shape = Shape::text(Text {
    length: Bounds::between(0, 1024),
    pattern: Some(&pattern::SUBNET_ID),
    values: None,
});

pub(crate) static SUBNET_IDS: Shape = Shape::list(List {
    member: &SUBNET_ID,
    length: Bounds::between(0, 16),
    says_not_null: false,
});

pub(crate) static SYSTEM_LOG_LEVEL: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::SYSTEM_LOG_LEVEL),
});

pub(crate) static TAG_KEY: Shape = Shape::text(Text {
    length: Bounds::between(1, 128),
    pattern: Some(&pattern::TAG_KEY),
    values: None,
});

pub(crate) static TAG_KEY_LIST: Shape = Shape::list(List {
    member: &TAG_KEY,
    length: Bounds::NONE,
    says_not_null: true,
});

pub(crate) static TAG_VALUE: Shape = Shape::text(Text {
    length: Bounds::between(0, 256),
    pattern: Some(&pattern::TAG_VALUE),
    values: None,
});

pub(crate) static TAGGABLE_RESOURCE: Shape = Shape::text(Text {
    length: Bounds::between(1, 10_000),
    pattern: Some(&pattern::TAGGABLE_RESOURCE),
    values: None,
});

pub(crate) static TAGS: Shape = Shape::map(Map {
    key: &TAG_KEY,
    value: &TAG_VALUE,
    length: Bounds::NONE,
});

pub(crate) static TENANT_ID: Shape = Shape::text(Text {
    length: Bounds::between(1, 256),
    pattern: Some(&pattern::TENANT_ID),
    values: None,
});

pub(crate) static TENANT_ISOLATION_MODE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::TENANT_ISOLATION_MODE),
});

pub(crate) static TIMEOUT: Shape = Shape::integer(Bounds::between(1, 5400));

pub(crate) static TOPIC: Shape = Shape::text(Text {
    length: Bounds::between(1, 249),
    pattern: Some(&pattern::TOPIC),
    values: None,
});

pub(crate) static TOPICS: Shape = Shape::list(List {
    member: &TOPIC,
    length: Bounds::between(1, 1),
    says_not_null: true,
});

pub(crate) static TRACING_MODE: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::TRACING_MODE),
});

pub(crate) static TUMBLING_WINDOW_IN_SECONDS: Shape = Shape::integer(
    Bounds::between(0, 900),
);

pub(crate) static URI: Shape = Shape::text(Text {
    length: Bounds::between(1, 200),
    pattern: Some(&pattern::URI),
    values: None,
});

pub(crate) static UUID_STRING: Shape = Shape::text(Text {
    length: Bounds::between(36, 36),
    pattern: None,
    values: None,
});

pub(crate) static UNQUALIFIED_FUNCTION_NAME: Shape = Shape::text(Text {
    length: Bounds::between(1, 140),
    pattern: Some(&pattern::UNQUALIFIED_FUNCTION_NAME),
    values: None,
});

pub(crate) static UPDATE_RUNTIME_ON: Shape = Shape::text(Text {
    length: Bounds::NONE,
    pattern: None,
    values: Some(values::UPDATE_RUNTIME_ON),
});

pub(crate) static VERSION_WITH_LATEST_PUBLISHED: Shape = Shape::text(Text {
    length: Bounds::between(1, 1024),
    pattern: Some(&pattern::VERSION_WITH_LATEST_PUBLISHED),
    values: None,
});

pub(crate) static WAIT_OPTIONS_WAIT_SECONDS_INTEGER: Shape = Shape::integer(
    Bounds::between(1, 31_622_400),
);

pub(crate) static WEIGHT: Shape = Shape::double(Bounds::between(0.0, 1.0));

pub(crate) static WORKING_DIRECTORY: Shape = Shape::text(Text {
    length: Bounds::between(0, 1000),
    pattern: None,
    values: None,
});

pub(crate) static X_AMZN_TRACE_ID: Shape = Shape::text(Text {
    length: Bounds::between(0, 8192),
    pattern: None,
    values: None,
});
