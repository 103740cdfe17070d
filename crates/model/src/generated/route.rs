//! From a path's segments to what may be done there.
//!
//! Written by `cargo xtask codegen`; change models/ instead.

use super::operation::Operation;
use crate::route::{Endpoint, Label, Resource};

/// Finds a path of the model by its segments, still percent-encoded.
pub(crate) fn resource(segments: &[&str]) -> Option<&'static Resource> {
    let (date, rest) = segments.split_first()?;
    match *date {
        "2014-11-13" => under_2014_11_13(rest),
        "2015-03-31" => under_2015_03_31(rest),
        "2016-08-19" => under_2016_08_19(rest),
        "2017-03-31" => under_2017_03_31(rest),
        "2017-10-31" => under_2017_10_31(rest),
        "2018-10-31" => under_2018_10_31(rest),
        "2019-09-25" => under_2019_09_25(rest),
        "2019-09-30" => under_2019_09_30(rest),
        "2020-04-22" => under_2020_04_22(rest),
        "2020-06-30" => under_2020_06_30(rest),
        "2021-07-20" => under_2021_07_20(rest),
        "2021-10-31" => under_2021_10_31(rest),
        "2021-11-15" => under_2021_11_15(rest),
        "2024-08-31" => under_2024_08_31(rest),
        "2025-11-30" => under_2025_11_30(rest),
        "2025-12-01" => under_2025_12_01(rest),
        "2026-07-09" => under_2026_07_09(rest),
        _ => None,
    }
}

fn under_2014_11_13(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["functions", _, "invoke-async"] => Some(&PATH_OF_INVOKE_ASYNC),
        _ => None,
    }
}

fn under_2015_03_31(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["event-source-mappings"] => Some(&PATH_OF_CREATE_EVENT_SOURCE_MAPPING),
        ["event-source-mappings", _] => Some(&PATH_OF_DELETE_EVENT_SOURCE_MAPPING),
        ["functions"] => Some(&PATH_OF_CREATE_FUNCTION),
        ["functions", _] => Some(&PATH_OF_DELETE_FUNCTION),
        ["functions", _, "aliases"] => Some(&PATH_OF_CREATE_ALIAS),
        ["functions", _, "aliases", _] => Some(&PATH_OF_DELETE_ALIAS),
        ["functions", _, "code"] => Some(&PATH_OF_UPDATE_FUNCTION_CODE),
        ["functions", _, "configuration"] => Some(&PATH_OF_GET_FUNCTION_CONFIGURATION),
        ["functions", _, "invocations"] => Some(&PATH_OF_INVOKE),
        ["functions", _, "policy"] => Some(&PATH_OF_ADD_PERMISSION),
        ["functions", _, "policy", _] => Some(&PATH_OF_REMOVE_PERMISSION),
        ["functions", _, "versions"] => Some(&PATH_OF_LIST_VERSIONS_BY_FUNCTION),
        _ => None,
    }
}

fn under_2016_08_19(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["account-settings"] => Some(&PATH_OF_GET_ACCOUNT_SETTINGS),
        _ => None,
    }
}

fn under_2017_03_31(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["tags", _] => Some(&PATH_OF_LIST_TAGS),
        _ => None,
    }
}

fn under_2017_10_31(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["functions", _, "concurrency"] => Some(&PATH_OF_DELETE_FUNCTION_CONCURRENCY),
        _ => None,
    }
}

fn under_2018_10_31(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["layers"] => Some(&PATH_OF_GET_LAYER_VERSION_BY_ARN),
        ["layers", _, "versions"] => Some(&PATH_OF_LIST_LAYER_VERSIONS),
        ["layers", _, "versions", _] => Some(&PATH_OF_DELETE_LAYER_VERSION),
        ["layers", _, "versions", _, "policy"] => {
            Some(&PATH_OF_ADD_LAYER_VERSION_PERMISSION)
        }
        ["layers", _, "versions", _, "policy", _] => {
            Some(&PATH_OF_REMOVE_LAYER_VERSION_PERMISSION)
        }
        _ => None,
    }
}

fn under_2019_09_25(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["functions", _, "event-invoke-config"] => {
            Some(&PATH_OF_DELETE_FUNCTION_EVENT_INVOKE_CONFIG)
        }
        ["functions", _, "event-invoke-config", "list"] => {
            Some(&PATH_OF_LIST_FUNCTION_EVENT_INVOKE_CONFIGS)
        }
        _ => None,
    }
}

fn under_2019_09_30(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["functions", _, "concurrency"] => Some(&PATH_OF_GET_FUNCTION_CONCURRENCY),
        ["functions", _, "provisioned-concurrency"] => {
            Some(&PATH_OF_DELETE_PROVISIONED_CONCURRENCY_CONFIG)
        }
        _ => None,
    }
}

fn under_2020_04_22(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["code-signing-configs"] => Some(&PATH_OF_CREATE_CODE_SIGNING_CONFIG),
        ["code-signing-configs", _] => Some(&PATH_OF_DELETE_CODE_SIGNING_CONFIG),
        ["code-signing-configs", _, "functions"] => {
            Some(&PATH_OF_LIST_FUNCTIONS_BY_CODE_SIGNING_CONFIG)
        }
        _ => None,
    }
}

fn under_2020_06_30(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["functions", _, "code-signing-config"] => {
            Some(&PATH_OF_DELETE_FUNCTION_CODE_SIGNING_CONFIG)
        }
        _ => None,
    }
}

fn under_2021_07_20(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["functions", _, "runtime-management-config"] => {
            Some(&PATH_OF_GET_RUNTIME_MANAGEMENT_CONFIG)
        }
        _ => None,
    }
}

fn under_2021_10_31(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["functions", _, "url"] => Some(&PATH_OF_CREATE_FUNCTION_URL_CONFIG),
        ["functions", _, "urls"] => Some(&PATH_OF_LIST_FUNCTION_URL_CONFIGS),
        _ => None,
    }
}

fn under_2021_11_15(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["functions", _, "response-streaming-invocations"] => {
            Some(&PATH_OF_INVOKE_WITH_RESPONSE_STREAM)
        }
        _ => None,
    }
}

fn under_2024_08_31(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["functions", _, "recursion-config"] => {
            Some(&PATH_OF_GET_FUNCTION_RECURSION_CONFIG)
        }
        _ => None,
    }
}

fn under_2025_11_30(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["capacity-providers"] => Some(&PATH_OF_CREATE_CAPACITY_PROVIDER),
        ["capacity-providers", _] => Some(&PATH_OF_DELETE_CAPACITY_PROVIDER),
        ["capacity-providers", _, "function-versions"] => {
            Some(&PATH_OF_LIST_FUNCTION_VERSIONS_BY_CAPACITY_PROVIDER)
        }
        ["functions", _, "function-scaling-config"] => {
            Some(&PATH_OF_GET_FUNCTION_SCALING_CONFIG)
        }
        _ => None,
    }
}

fn under_2025_12_01(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["durable-execution-callbacks", _, "fail"] => {
            Some(&PATH_OF_SEND_DURABLE_EXECUTION_CALLBACK_FAILURE)
        }
        ["durable-execution-callbacks", _, "heartbeat"] => {
            Some(&PATH_OF_SEND_DURABLE_EXECUTION_CALLBACK_HEARTBEAT)
        }
        ["durable-execution-callbacks", _, "succeed"] => {
            Some(&PATH_OF_SEND_DURABLE_EXECUTION_CALLBACK_SUCCESS)
        }
        ["durable-executions", _, .., "checkpoint"] => {
            Some(&PATH_OF_CHECKPOINT_DURABLE_EXECUTION)
        }
        ["durable-executions", _, .., "history"] => {
            Some(&PATH_OF_GET_DURABLE_EXECUTION_HISTORY)
        }
        ["durable-executions", _, .., "pause"] => Some(&PATH_OF_PAUSE_DURABLE_EXECUTION),
        ["durable-executions", _, .., "resume"] => {
            Some(&PATH_OF_RESUME_DURABLE_EXECUTION)
        }
        ["durable-executions", _, .., "state"] => {
            Some(&PATH_OF_GET_DURABLE_EXECUTION_STATE)
        }
        ["durable-executions", _, .., "stop"] => Some(&PATH_OF_STOP_DURABLE_EXECUTION),
        ["functions", _, "durable-executions"] => {
            Some(&PATH_OF_LIST_DURABLE_EXECUTIONS_BY_FUNCTION)
        }
        ["durable-executions", _, ..] => Some(&PATH_OF_DELETE_DURABLE_EXECUTION),
        _ => None,
    }
}

fn under_2026_07_09(segments: &[&str]) -> Option<&'static Resource> {
    match segments {
        ["resource-policy", _, ..] => Some(&PATH_OF_DELETE_RESOURCE_POLICY),
        _ => None,
    }
}

static PATH_OF_INVOKE_ASYNC: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::InvokeAsync,
        },
    ],
};

static PATH_OF_CREATE_EVENT_SOURCE_MAPPING: Resource = Resource {
    labels: &[],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::CreateEventSourceMapping,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::ListEventSourceMappings,
        },
    ],
};

static PATH_OF_DELETE_EVENT_SOURCE_MAPPING: Resource = Resource {
    labels: &[
        Label {
            name: "UUID",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "DELETE",
            query: None,
            operation: Operation::DeleteEventSourceMapping,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetEventSourceMapping,
        },
        Endpoint {
            method: "PUT",
            query: None,
            operation: Operation::UpdateEventSourceMapping,
        },
    ],
};

static PATH_OF_CREATE_FUNCTION: Resource = Resource {
    labels: &[],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::CreateFunction,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::ListFunctions,
        },
    ],
};

static PATH_OF_DELETE_FUNCTION: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "DELETE",
            query: None,
            operation: Operation::DeleteFunction,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetFunction,
        },
    ],
};

static PATH_OF_CREATE_ALIAS: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::CreateAlias,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::ListAliases,
        },
    ],
};

static PATH_OF_DELETE_ALIAS: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
        Label {
            name: "Name",
            segment: 4usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "DELETE",
            query: None,
            operation: Operation::DeleteAlias,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetAlias,
        },
        Endpoint {
            method: "PUT",
            query: None,
            operation: Operation::UpdateAlias,
        },
    ],
};

static PATH_OF_UPDATE_FUNCTION_CODE: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "PUT",
            query: None,
            operation: Operation::UpdateFunctionCode,
        },
    ],
};

static PATH_OF_GET_FUNCTION_CONFIGURATION: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetFunctionConfiguration,
        },
        Endpoint {
            method: "PUT",
            query: None,
            operation: Operation::UpdateFunctionConfiguration,
        },
    ],
};

static PATH_OF_INVOKE: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::Invoke,
        },
    ],
};

static PATH_OF_ADD_PERMISSION: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::AddPermission,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetPolicy,
        },
    ],
};

static PATH_OF_REMOVE_PERMISSION: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
        Label {
            name: "StatementId",
            segment: 4usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "DELETE",
            query: None,
            operation: Operation::RemovePermission,
        },
    ],
};

static PATH_OF_LIST_VERSIONS_BY_FUNCTION: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::ListVersionsByFunction,
        },
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::PublishVersion,
        },
    ],
};

static PATH_OF_GET_ACCOUNT_SETTINGS: Resource = Resource {
    labels: &[],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetAccountSettings,
        },
    ],
};

static PATH_OF_LIST_TAGS: Resource = Resource {
    labels: &[
        Label {
            name: "Resource",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::ListTags,
        },
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::TagResource,
        },
        Endpoint {
            method: "DELETE",
            query: None,
            operation: Operation::UntagResource,
        },
    ],
};

static PATH_OF_DELETE_FUNCTION_CONCURRENCY: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "DELETE",
            query: None,
            operation: Operation::DeleteFunctionConcurrency,
        },
        Endpoint {
            method: "PUT",
            query: None,
            operation: Operation::PutFunctionConcurrency,
        },
    ],
};

static PATH_OF_GET_LAYER_VERSION_BY_ARN: Resource = Resource {
    labels: &[],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: Some(("find", "LayerVersion")),
            operation: Operation::GetLayerVersionByArn,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::ListLayers,
        },
    ],
};

static PATH_OF_LIST_LAYER_VERSIONS: Resource = Resource {
    labels: &[
        Label {
            name: "LayerName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::ListLayerVersions,
        },
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::PublishLayerVersion,
        },
    ],
};

static PATH_OF_DELETE_LAYER_VERSION: Resource = Resource {
    labels: &[
        Label {
            name: "LayerName",
            segment: 2usize,
            takes_slashes_before: None,
        },
        Label {
            name: "VersionNumber",
            segment: 4usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "DELETE",
            query: None,
            operation: Operation::DeleteLayerVersion,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetLayerVersion,
        },
    ],
};

static PATH_OF_ADD_LAYER_VERSION_PERMISSION: Resource = Resource {
    labels: &[
        Label {
            name: "LayerName",
            segment: 2usize,
            takes_slashes_before: None,
        },
        Label {
            name: "VersionNumber",
            segment: 4usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::AddLayerVersionPermission,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetLayerVersionPolicy,
        },
    ],
};

static PATH_OF_REMOVE_LAYER_VERSION_PERMISSION: Resource = Resource {
    labels: &[
        Label {
            name: "LayerName",
            segment: 2usize,
            takes_slashes_before: None,
        },
        Label {
            name: "VersionNumber",
            segment: 4usize,
            takes_slashes_before: None,
        },
        Label {
            name: "StatementId",
            segment: 6usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "DELETE",
            query: None,
            operation: Operation::RemoveLayerVersionPermission,
        },
    ],
};

static PATH_OF_DELETE_FUNCTION_EVENT_INVOKE_CONFIG: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "DELETE",
            query: None,
            operation: Operation::DeleteFunctionEventInvokeConfig,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetFunctionEventInvokeConfig,
        },
        Endpoint {
            method: "PUT",
            query: None,
            operation: Operation::PutFunctionEventInvokeConfig,
        },
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::UpdateFunctionEventInvokeConfig,
        },
    ],
};

static PATH_OF_LIST_FUNCTION_EVENT_INVOKE_CONFIGS: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::ListFunctionEventInvokeConfigs,
        },
    ],
};

static PATH_OF_GET_FUNCTION_CONCURRENCY: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetFunctionConcurrency,
        },
    ],
};

static PATH_OF_DELETE_PROVISIONED_CONCURRENCY_CONFIG: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: Some(("List", "ALL")),
            operation: Operation::ListProvisionedConcurrencyConfigs,
        },
        Endpoint {
            method: "DELETE",
            query: None,
            operation: Operation::DeleteProvisionedConcurrencyConfig,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetProvisionedConcurrencyConfig,
        },
        Endpoint {
            method: "PUT",
            query: None,
            operation: Operation::PutProvisionedConcurrencyConfig,
        },
    ],
};

static PATH_OF_CREATE_CODE_SIGNING_CONFIG: Resource = Resource {
    labels: &[],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::CreateCodeSigningConfig,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::ListCodeSigningConfigs,
        },
    ],
};

static PATH_OF_DELETE_CODE_SIGNING_CONFIG: Resource = Resource {
    labels: &[
        Label {
            name: "CodeSigningConfigArn",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "DELETE",
            query: None,
            operation: Operation::DeleteCodeSigningConfig,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetCodeSigningConfig,
        },
        Endpoint {
            method: "PUT",
            query: None,
            operation: Operation::UpdateCodeSigningConfig,
        },
    ],
};

static PATH_OF_LIST_FUNCTIONS_BY_CODE_SIGNING_CONFIG: Resource = Resource {
    labels: &[
        Label {
            name: "CodeSigningConfigArn",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::ListFunctionsByCodeSigningConfig,
        },
    ],
};

static PATH_OF_DELETE_FUNCTION_CODE_SIGNING_CONFIG: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "DELETE",
            query: None,
            operation: Operation::DeleteFunctionCodeSigningConfig,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetFunctionCodeSigningConfig,
        },
        Endpoint {
            method: "PUT",
            query: None,
            operation: Operation::PutFunctionCodeSigningConfig,
        },
    ],
};

static PATH_OF_GET_RUNTIME_MANAGEMENT_CONFIG: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetRuntimeManagementConfig,
        },
        Endpoint {
            method: "PUT",
            query: None,
            operation: Operation::PutRuntimeManagementConfig,
        },
    ],
};

static PATH_OF_CREATE_FUNCTION_URL_CONFIG: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::CreateFunctionUrlConfig,
        },
        Endpoint {
            method: "DELETE",
            query: None,
            operation: Operation::DeleteFunctionUrlConfig,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetFunctionUrlConfig,
        },
        Endpoint {
            method: "PUT",
            query: None,
            operation: Operation::UpdateFunctionUrlConfig,
        },
    ],
};

static PATH_OF_LIST_FUNCTION_URL_CONFIGS: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::ListFunctionUrlConfigs,
        },
    ],
};

static PATH_OF_INVOKE_WITH_RESPONSE_STREAM: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::InvokeWithResponseStream,
        },
    ],
};

static PATH_OF_GET_FUNCTION_RECURSION_CONFIG: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetFunctionRecursionConfig,
        },
        Endpoint {
            method: "PUT",
            query: None,
            operation: Operation::PutFunctionRecursionConfig,
        },
    ],
};

static PATH_OF_CREATE_CAPACITY_PROVIDER: Resource = Resource {
    labels: &[],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::CreateCapacityProvider,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::ListCapacityProviders,
        },
    ],
};

static PATH_OF_DELETE_CAPACITY_PROVIDER: Resource = Resource {
    labels: &[
        Label {
            name: "CapacityProviderName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "DELETE",
            query: None,
            operation: Operation::DeleteCapacityProvider,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetCapacityProvider,
        },
        Endpoint {
            method: "PUT",
            query: None,
            operation: Operation::UpdateCapacityProvider,
        },
    ],
};

static PATH_OF_LIST_FUNCTION_VERSIONS_BY_CAPACITY_PROVIDER: Resource = Resource {
    labels: &[
        Label {
            name: "CapacityProviderName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::ListFunctionVersionsByCapacityProvider,
        },
    ],
};

static PATH_OF_GET_FUNCTION_SCALING_CONFIG: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetFunctionScalingConfig,
        },
        Endpoint {
            method: "PUT",
            query: None,
            operation: Operation::PutFunctionScalingConfig,
        },
    ],
};

static PATH_OF_SEND_DURABLE_EXECUTION_CALLBACK_FAILURE: Resource = Resource {
    labels: &[
        Label {
            name: "CallbackId",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::SendDurableExecutionCallbackFailure,
        },
    ],
};

static PATH_OF_SEND_DURABLE_EXECUTION_CALLBACK_HEARTBEAT: Resource = Resource {
    labels: &[
        Label {
            name: "CallbackId",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::SendDurableExecutionCallbackHeartbeat,
        },
    ],
};

static PATH_OF_SEND_DURABLE_EXECUTION_CALLBACK_SUCCESS: Resource = Resource {
    labels: &[
        Label {
            name: "CallbackId",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::SendDurableExecutionCallbackSuccess,
        },
    ],
};

static PATH_OF_DELETE_DURABLE_EXECUTION: Resource = Resource {
    labels: &[
        Label {
            name: "DurableExecutionArn",
            segment: 2usize,
            takes_slashes_before: Some(0usize),
        },
    ],
    endpoints: &[
        Endpoint {
            method: "DELETE",
            query: None,
            operation: Operation::DeleteDurableExecution,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetDurableExecution,
        },
    ],
};

static PATH_OF_CHECKPOINT_DURABLE_EXECUTION: Resource = Resource {
    labels: &[
        Label {
            name: "DurableExecutionArn",
            segment: 2usize,
            takes_slashes_before: Some(1usize),
        },
    ],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::CheckpointDurableExecution,
        },
    ],
};

static PATH_OF_GET_DURABLE_EXECUTION_HISTORY: Resource = Resource {
    labels: &[
        Label {
            name: "DurableExecutionArn",
            segment: 2usize,
            takes_slashes_before: Some(1usize),
        },
    ],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetDurableExecutionHistory,
        },
    ],
};

static PATH_OF_PAUSE_DURABLE_EXECUTION: Resource = Resource {
    labels: &[
        Label {
            name: "DurableExecutionArn",
            segment: 2usize,
            takes_slashes_before: Some(1usize),
        },
    ],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::PauseDurableExecution,
        },
    ],
};

static PATH_OF_RESUME_DURABLE_EXECUTION: Resource = Resource {
    labels: &[
        Label {
            name: "DurableExecutionArn",
            segment: 2usize,
            takes_slashes_before: Some(1usize),
        },
    ],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::ResumeDurableExecution,
        },
    ],
};

static PATH_OF_GET_DURABLE_EXECUTION_STATE: Resource = Resource {
    labels: &[
        Label {
            name: "DurableExecutionArn",
            segment: 2usize,
            takes_slashes_before: Some(1usize),
        },
    ],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetDurableExecutionState,
        },
    ],
};

static PATH_OF_STOP_DURABLE_EXECUTION: Resource = Resource {
    labels: &[
        Label {
            name: "DurableExecutionArn",
            segment: 2usize,
            takes_slashes_before: Some(1usize),
        },
    ],
    endpoints: &[
        Endpoint {
            method: "POST",
            query: None,
            operation: Operation::StopDurableExecution,
        },
    ],
};

static PATH_OF_LIST_DURABLE_EXECUTIONS_BY_FUNCTION: Resource = Resource {
    labels: &[
        Label {
            name: "FunctionName",
            segment: 2usize,
            takes_slashes_before: None,
        },
    ],
    endpoints: &[
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::ListDurableExecutionsByFunction,
        },
    ],
};

static PATH_OF_DELETE_RESOURCE_POLICY: Resource = Resource {
    labels: &[
        Label {
            name: "ResourceArn",
            segment: 2usize,
            takes_slashes_before: Some(0usize),
        },
    ],
    endpoints: &[
        Endpoint {
            method: "DELETE",
            query: None,
            operation: Operation::DeleteResourcePolicy,
        },
        Endpoint {
            method: "GET",
            query: None,
            operation: Operation::GetResourcePolicy,
        },
        Endpoint {
            method: "PUT",
            query: None,
            operation: Operation::PutResourcePolicy,
        },
    ],
};
