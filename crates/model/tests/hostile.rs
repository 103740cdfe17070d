//! Whatever bytes arrive, routing and reading answer: they never panic.

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use model::{Labels, Operation, WireRequest, input, route};
use proptest::prelude::*;
use serde_json::Value;

/// Reads the same request as the input of every served operation and of some others.
fn read_all(request: &WireRequest<'_>) {
    drop(input::CreateFunctionRequest::read(request));
    drop(input::UpdateFunctionCodeRequest::read(request));
    drop(input::UpdateFunctionConfigurationRequest::read(request));
    drop(input::GetFunctionRequest::read(request));
    drop(input::ListFunctionsRequest::read(request));
    drop(input::PublishVersionRequest::read(request));
    drop(input::CreateAliasRequest::read(request));
    drop(input::UpdateAliasRequest::read(request));
    drop(input::TagResourceRequest::read(request));
    drop(input::UntagResourceRequest::read(request));
    drop(input::InvocationRequest::read(request));
    drop(input::CreateEventSourceMappingRequest::read(request));
    drop(input::ListDurableExecutionsByFunctionRequest::read(request));
    drop(input::CheckpointDurableExecutionRequest::read(request));
    drop(input::CreateCapacityProviderRequest::read(request));
    drop(input::GetLayerVersionRequest::read(request));
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(any_member_name(), inner, 0..6)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

fn any_member_name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "FunctionName",
            "Code",
            "ZipFile",
            "Role",
            "Timeout",
            "Layers",
            "Environment",
            "Variables",
            "Tags",
            "VpcConfig",
            "SubnetIds",
            "Architectures",
            "RoutingConfig",
            "AdditionalVersionWeights",
            "FileSystemConfigs",
            "Arn",
            "Updates",
            "StartingPositionTimestamp",
        ])
        .prop_map(str::to_owned),
        any::<String>(),
    ]
}

proptest! {
    #[test]
    fn any_request_line_is_answered(path in "(/([ -~]{0,12}|%[0-9A-F]{2}|functions|2015-03-31)){0,12}/?", query in any::<Option<String>>()) {
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            drop(route(&method, &path, query.as_deref()));
        }
    }

    #[test]
    fn any_text_is_a_path(path in any::<String>(), query in any::<Option<String>>()) {
        drop(route(&Method::GET, &path, query.as_deref()));
    }

    #[test]
    fn any_label_is_decoded(label in any::<String>(), operation in prop::sample::select(Operation::ALL)) {
        let template = operation.uri_template().split('?').next().unwrap();
        let path = template.replace("{FunctionName}", &label);

        drop(route(&operation.method(), &path, None));
    }

    #[test]
    fn any_bytes_are_read(body in any::<Vec<u8>>(), query in any::<Option<String>>(), header in any::<Vec<u8>>()) {
        let mut headers = HeaderMap::new();
        if let Ok(value) = HeaderValue::from_bytes(&header) {
            headers.insert(HeaderName::from_static("x-amz-invocation-type"), value);
        }
        let labels = Labels::default();
        read_all(&WireRequest { labels: &labels, query: query.as_deref(), headers: &headers, body: &body });
    }

    #[test]
    fn any_json_is_read(body in any_json()) {
        let body = serde_json::to_vec(&body).unwrap();
        let labels = Labels::default();
        read_all(&WireRequest { labels: &labels, query: None, headers: &HeaderMap::new(), body: &body });
    }
}
