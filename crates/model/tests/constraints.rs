//! Constraint violations read as AWS's do: the recorded texts, word for word.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "the helpers of these tests fail loudly"
)]

use http::{HeaderMap, HeaderName, HeaderValue, Method};
use model::{ReadError, WireRequest, input, route};
use serde_json::{Value, json};

const NAME_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?";
const NAMESPACED_NAME_PATTERN: &str = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";
const TAGGABLE_PATTERN: &str = r"arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:(function:[a-zA-Z0-9-_]+(:(\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}|event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64})";
const ROLE: &str = "arn:aws:iam::123456789012:role/r";

/// Reads an input from a request line, headers and a body.
fn read<T>(
    read: impl Fn(&WireRequest<'_>) -> Result<T, ReadError>,
    line: (&Method, &str),
    headers: &[(&'static str, &str)],
    body: &[u8],
) -> Result<T, ReadError> {
    let (path, query) = match line.1.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (line.1, None),
    };
    let (_, labels) = route(line.0, path, query).unwrap();
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(
            HeaderName::from_static(name),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    read(&WireRequest {
        labels: &labels,
        query,
        headers: &map,
        body,
    })
}

/// `body` with the members of `changes` put in or replaced.
fn changed(mut body: Value, changes: Value) -> Vec<u8> {
    let Value::Object(changes) = changes else {
        panic!("changes are members")
    };
    body.as_object_mut().unwrap().extend(changes);
    serde_json::to_vec(&body).unwrap()
}

fn create(changes: Value) -> Result<input::CreateFunctionRequest, ReadError> {
    let body = json!({"FunctionName": "f", "Role": ROLE, "Code": {"ZipFile": "UEsFBg=="}});
    read_create(&changed(body, changes))
}

fn read_create(body: &[u8]) -> Result<input::CreateFunctionRequest, ReadError> {
    let line = (&Method::POST, "/2015-03-31/functions");
    read(input::CreateFunctionRequest::read, line, &[], body)
}

fn create_alias(changes: Value) -> Result<input::CreateAliasRequest, ReadError> {
    let body = changed(json!({"Name": "a", "FunctionVersion": "1"}), changes);
    let line = (&Method::POST, "/2015-03-31/functions/f/aliases");
    read(input::CreateAliasRequest::read, line, &[], &body)
}

fn get(line: &str) -> Result<input::GetFunctionRequest, ReadError> {
    read(
        input::GetFunctionRequest::read,
        (&Method::GET, line),
        &[],
        b"",
    )
}

fn invoke(
    line: &str,
    headers: &[(&'static str, &str)],
) -> Result<input::InvocationRequest, ReadError> {
    read(
        input::InvocationRequest::read,
        (&Method::POST, line),
        headers,
        b"{}",
    )
}

fn list(line: &str) -> Result<input::ListFunctionsRequest, ReadError> {
    read(
        input::ListFunctionsRequest::read,
        (&Method::GET, line),
        &[],
        b"",
    )
}

fn tag(arn: &str) -> Result<input::TagResourceRequest, ReadError> {
    let line = format!("/2017-03-31/tags/{arn}");
    read(
        input::TagResourceRequest::read,
        (&Method::POST, &line),
        &[],
        br#"{"Tags":{"k":"v"}}"#,
    )
}

/// The text of one violation.
fn one(value: &str, path: &str, constraint: &str) -> String {
    format!(
        "1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"
    )
}

fn pattern(pattern: &str) -> String {
    format!("Member must satisfy regular expression pattern: {pattern}")
}

#[track_caller]
fn assert_refused<T: std::fmt::Debug>(outcome: Result<T, ReadError>, expected: &str) {
    match outcome {
        Err(ReadError::Validation(violations)) => assert_eq!(violations.to_string(), expected),
        other => panic!("expected a violation, got {other:?}"),
    }
}

#[track_caller]
fn assert_not_serialized<T: std::fmt::Debug>(outcome: Result<T, ReadError>, expected: &str) {
    match outcome {
        Err(ReadError::Serialization(error)) => assert_eq!(error.to_string(), expected),
        other => panic!("expected a serialization error, got {other:?}"),
    }
}

#[test]
fn alias_weights_are_told_as_one_map() {
    let weights = "Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]";
    let keys = "Map keys must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [0-9]+]";
    let path = "routingConfig.additionalVersionWeights";
    let routed = |weights: Value| {
        create_alias(json!({"RoutingConfig": {"AdditionalVersionWeights": weights}}))
    };

    assert_refused(routed(json!({"2": 2})), &one("{2=2.0}", path, weights));
    assert_refused(routed(json!({"2": -1.0})), &one("{2=-1.0}", path, weights));
    assert_refused(
        routed(json!({"$LATEST": 0.5})),
        &one("{$LATEST=0.5}", path, keys),
    );
    assert!(routed(json!({"2": 0.5})).is_ok());
}

#[test]
fn an_alias_is_not_a_number() {
    assert_refused(
        create_alias(json!({"Name": "2024"})),
        &one("2024", "name", &pattern("(?!^[0-9]+$)([a-zA-Z0-9-_]+)")),
    );
    for name in ["2024a", "a2024", "-", "20-24", "_1"] {
        assert!(create_alias(json!({"Name": name})).is_ok(), "{name}");
    }
}

#[test]
fn the_role_must_be_a_roles_arn() {
    let text = pattern(r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+");

    assert_refused(create(json!({"Role": "r1"})), &one("r1", "role", &text));
    let arabic_digits = format!("arn:aws:iam::{}:role/r", "٠".repeat(12));
    assert_refused(
        create(json!({"Role": arabic_digits})),
        &one(&arabic_digits, "role", &text),
    );
}

#[test]
fn lists_are_told_with_the_constraints_of_their_members() {
    assert_refused(
        create(json!({"Architectures": ["x86_64", "arm64"]})),
        &one(
            "[x86_64, arm64]",
            "architectures",
            "Member must have length less than or equal to 1",
        ),
    );
    assert_refused(
        create(json!({"Architectures": ["X86_64"]})),
        &one(
            "[X86_64]",
            "architectures",
            "Member must satisfy constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be null]",
        ),
    );
    assert_refused(
        create(json!({"Layers": ["arn:aws:lambda:us-east-1:123456789012:layer:l"]})),
        &one(
            "[arn:aws:lambda:us-east-1:123456789012:layer:l]",
            "layers",
            r"Member must satisfy constraint: [Member must have length less than or equal to 2048, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ((arn:(aws[a-zA-Z-]*)?:lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+)|(arn:[a-zA-Z0-9-]+:lambda:::awslayer:[a-zA-Z0-9-_]+)), Member must not be null]",
        ),
    );
}

#[test]
fn vpc_members_are_told_without_not_null() {
    let constraint = |re: &str| {
        format!(
            "Member must satisfy constraint: [Member must have length less than or equal to 1024, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: {re}]"
        )
    };

    assert_refused(
        create(json!({"VpcConfig": {"SubnetIds": ["x"]}})),
        &one(
            "[x]",
            "vpcConfig.subnetIds",
            &constraint("subnet-[0-9a-z]*"),
        ),
    );
    assert_refused(
        create(json!({"VpcConfig": {"SecurityGroupIds": ["x"]}})),
        &one(
            "[x]",
            "vpcConfig.securityGroupIds",
            &constraint("sg-[0-9a-zA-Z]*"),
        ),
    );
}

#[test]
fn enums_are_told_in_the_order_aws_prints() {
    assert_refused(
        create(json!({"SnapStart": {"ApplyOn": "invalidOption"}})),
        &one(
            "invalidOption",
            "snapStart.applyOn",
            "Member must satisfy enum value set: [PublishedVersions, None]",
        ),
    );
    assert_refused(
        list("/2015-03-31/functions/?FunctionVersion=invalid"),
        &one(
            "invalid",
            "functionVersion",
            "Member must satisfy enum value set: [ALL]",
        ),
    );
    let line = (&Method::PUT, "/2024-08-31/functions/f/recursion-config");
    assert_refused(
        read(
            input::PutFunctionRecursionConfigRequest::read,
            line,
            &[],
            br#"{"RecursiveLoop":"InvalidValue"}"#,
        ),
        &one(
            "InvalidValue",
            "recursiveLoop",
            "Member must satisfy enum value set: [Terminate, Allow]",
        ),
    );
}

#[test]
fn a_runtime_is_not_checked_here() {
    let request = create(json!({"Runtime": "nodejs99.x"})).unwrap();

    assert_eq!(request.runtime.as_deref(), Some("nodejs99.x"));
}

#[test]
fn function_names_are_matched_whole() {
    for name in [
        "invalid:function:name",
        "*",
        "my-function!",
        "function:f:$LATEST:extra",
        "f:$LATEST:1",
        "f:$LATES",
        "arn:aws:lambda:us-east-1:1234@function:f",
        "f\n",
    ] {
        let expected = one(name, "functionName", &pattern(NAME_PATTERN));
        assert_refused(create(json!({"FunctionName": name})), &expected);
        let encoded = name.replace('\n', "%0A").replace('!', "%21");
        assert_refused(
            get(&format!("/2015-03-31/functions/{encoded}")),
            &one(name, "functionName", &pattern(NAMESPACED_NAME_PATTERN)),
        );
        assert_refused(
            invoke(&format!("/2015-03-31/functions/{encoded}/invocations"), &[]),
            &one(name, "functionName", &pattern(NAMESPACED_NAME_PATTERN)),
        );
    }
    for name in [
        "f",
        "f:1",
        "function:f",
        "123456789012:function:f:a",
        "us-east-1:123456789012:function:f",
        "arn:aws:lambda:us-east-1:123456789012:function:f:$LATEST",
    ] {
        assert!(create(json!({"FunctionName": name})).is_ok(), "{name}");
    }
}

#[test]
fn lengths_count_characters() {
    let name = "a".repeat(141);
    assert_refused(
        create(json!({"FunctionName": name})),
        &one(
            &name,
            "functionName",
            "Member must have length less than or equal to 140",
        ),
    );
    assert!(create(json!({"Description": "ü".repeat(256)})).is_ok());
    let description = "ü".repeat(257);
    assert_refused(
        create(json!({"Description": description})),
        &one(
            &description,
            "description",
            "Member must have length less than or equal to 256",
        ),
    );
}

#[test]
fn qualifiers_come_from_the_query() {
    let re = r"\$(LATEST(\.PUBLISHED)?)|[a-zA-Z0-9-_$]+";
    assert_refused(
        get("/2015-03-31/functions/f?Qualifier=invalid-qualifier-with-%3F-char"),
        &one("invalid-qualifier-with-?-char", "qualifier", &pattern(re)),
    );
    let long = "a".repeat(129);
    assert_refused(
        get(&format!("/2015-03-31/functions/f?Qualifier={long}")),
        &one(
            &long,
            "qualifier",
            "Member must have length less than or equal to 128",
        ),
    );
    let request = get("/2015-03-31/functions/f?Qualifier=%24LATEST&Qualifier=2").unwrap();
    assert_eq!(request.qualifier.as_deref(), Some("$LATEST"));
}

#[test]
fn only_taggable_resources_are_tagged() {
    for arn in [
        "arn:aws:something",
        "arn:aws:lambda:us-east-1:123456789012:foobar:r",
        "arn:aws:lambda:us-east-1:123456789012:event-source-mapping:0:alias",
    ] {
        assert_refused(tag(arn), &one(arn, "resource", &pattern(TAGGABLE_PATTERN)));
    }
    assert!(tag("arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af").is_ok());
}

#[test]
fn tag_keys_are_all_those_of_the_query_or_null() {
    let arn = "/2017-03-31/tags/arn:aws:lambda:us-east-1:123456789012:function:f";
    let untag = |line: &str| {
        read(
            input::UntagResourceRequest::read,
            (&Method::DELETE, line),
            &[],
            b"",
        )
    };

    assert_refused(
        untag(arn),
        "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
    );
    let request = untag(&format!("{arn}?tagKeys=a%20b&x=1&tagKeys=c")).unwrap();
    assert_eq!(request.tag_keys, ["a b", "c"]);
}

#[test]
fn several_violations_are_told_in_the_models_order() {
    assert_refused(
        read_create(br#"{"Timeout":0,"MemorySize":1,"Handler":"a b","FunctionName":null}"#),
        "6 validation errors detected: \
         Value null at 'functionName' failed to satisfy constraint: Member must not be null; \
         Value null at 'role' failed to satisfy constraint: Member must not be null; \
         Value 'a b' at 'handler' failed to satisfy constraint: Member must satisfy regular expression pattern: [^\\s]+; \
         Value null at 'code' failed to satisfy constraint: Member must not be null; \
         Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1; \
         Value '1' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128",
    );
}

#[test]
fn one_value_can_break_two_constraints() {
    assert_refused(
        create(json!({"FunctionName": ""})),
        &format!(
            "2 validation errors detected: Value '' at 'functionName' failed to satisfy constraint: \
             Member must have length greater than or equal to 1; \
             Value '' at 'functionName' failed to satisfy constraint: {}",
            pattern(NAME_PATTERN)
        ),
    );
}

#[test]
fn members_of_structures_in_lists_have_numbered_paths() {
    let config = json!({"Arn": "x", "LocalMountPath": "/mnt/a"});
    let Err(ReadError::Validation(violations)) =
        create(json!({"FileSystemConfigs": [config, config]}))
    else {
        panic!("the configurations are wrong")
    };
    let text = violations.to_string();

    assert_eq!(violations.len(), 3, "{text}");
    assert!(
        text.contains("Value '[FileSystemConfig(arn=x, localMountPath=/mnt/a, "),
        "{text}"
    );
    assert!(
        text.contains("Value 'x' at 'fileSystemConfigs.2.member.arn'"),
        "{text}"
    );
}

#[test]
fn a_message_stays_in_proportion_to_its_request() {
    let many = vec![json!({}); 50_000];
    let Err(ReadError::Validation(violations)) = create(json!({"FileSystemConfigs": many})) else {
        panic!("the configurations are empty")
    };

    assert_eq!(violations.len(), 100);
    assert!(violations.to_string().len() < 100_000);
    let description = "ü".repeat(1_000_000);
    let Err(ReadError::Validation(violations)) = create(json!({"Description": description})) else {
        panic!("the description is too long")
    };
    assert!(violations.to_string().contains("üü...' at 'description'"));
}

#[test]
fn environment_variables_are_not_printed() {
    let outcome = create(json!({"Environment": {"Variables": {"1SECRET": "hunter2"}}}));

    assert_refused(
        outcome,
        "1 validation error detected: Value at 'environment.variables' failed to satisfy constraint: \
         Map keys must satisfy constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]",
    );
    let request = create(json!({"Environment": {"Variables": {"SECRET": "hunter2"}}})).unwrap();
    assert!(!format!("{request:?}").contains("hunter2"));
}

#[test]
fn a_null_in_a_list_or_a_map_is_a_violation() {
    assert_refused(
        create(json!({"Tags": {"k": null}})),
        &one(
            "{k=null}",
            "tags",
            r"Map value must satisfy constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: ([\p{L}\p{Z}\p{N}_.:/=+\-@]*), Member must not be null]",
        ),
    );
    assert!(matches!(
        create(json!({"Layers": [null]})),
        Err(ReadError::Validation(_))
    ));
}

#[test]
fn headers_are_members_of_an_invocation() {
    let line = "/2015-03-31/functions/f/invocations?Qualifier=live";
    let request = invoke(
        line,
        &[
            ("x-amz-invocation-type", "Event"),
            ("x-amz-log-type", "Tail"),
        ],
    )
    .unwrap();

    assert_eq!(request.function_name, "f");
    assert_eq!(request.invocation_type.as_deref(), Some("Event"));
    assert_eq!(request.log_type.as_deref(), Some("Tail"));
    assert_eq!(request.qualifier.as_deref(), Some("live"));
    assert_eq!(request.client_context, None);
    assert_refused(
        invoke(line, &[("x-amz-invocation-type", "event")]),
        &one(
            "event",
            "invocationType",
            "Member must satisfy enum value set: [Event, RequestResponse, DryRun]",
        ),
    );
}

#[test]
fn wrong_json_types_are_serialization_errors() {
    for (changes, expected) in [
        (
            json!({"Timeout": "3"}),
            "STRING_VALUE can not be converted to an Integer at 'timeout'",
        ),
        (
            json!({"Timeout": 2.5}),
            "NUMBER_VALUE can not be converted to an Integer at 'timeout'",
        ),
        (
            json!({"Timeout": 1e12}),
            "NUMBER_VALUE can not be converted to an Integer at 'timeout'",
        ),
        (
            json!({"Handler": 1}),
            "NUMBER_VALUE can not be converted to a String at 'handler'",
        ),
        (
            json!({"Publish": "true"}),
            "STRING_VALUE can not be converted to a Boolean at 'publish'",
        ),
        (
            json!({"Handler": []}),
            "Start of list found where not expected at 'handler'",
        ),
        (
            json!({"Handler": {}}),
            "Start of structure or map found where not expected at 'handler'",
        ),
        (json!({"Layers": "l"}), "Unexpected field type at 'layers'"),
        (
            json!({"SnapStart": "foo"}),
            "Unexpected field type at 'snapStart'",
        ),
        (
            json!({"Code": {"ZipFile": true}}),
            "TRUE_VALUE can not be converted to a Blob at 'code.zipFile'",
        ),
        (
            json!({"Tags": {"k": 1}}),
            "NUMBER_VALUE can not be converted to a String at 'tags'",
        ),
    ] {
        assert_not_serialized(create(changes), expected);
    }
    assert_not_serialized(
        list("/2015-03-31/functions?MaxItems=ten"),
        "STRING_VALUE can not be converted to an Integer at 'maxItems'",
    );
}

#[test]
fn a_body_that_is_not_an_object_is_a_serialization_error() {
    for body in [
        &b"{"[..],
        b"[]",
        b"3",
        b"\"x\"",
        b"\xff",
        b"{\"FunctionName\":\"f\"} x",
    ] {
        let outcome = read_create(body);

        assert!(
            matches!(outcome, Err(ReadError::Serialization(_))),
            "{outcome:?}"
        );
    }
    let deep = "[".repeat(100_000);
    assert!(matches!(
        read_create(deep.as_bytes()),
        Err(ReadError::Serialization(_))
    ));
}

#[test]
fn an_empty_body_has_no_members() {
    let line = (&Method::POST, "/2015-03-31/functions/f/versions");
    for body in [&b""[..], b" \n", b"null", b"{}"] {
        let request = read(input::PublishVersionRequest::read, line, &[], body).unwrap();

        assert_eq!(request.function_name, "f");
        assert_eq!(request.description, None);
    }
}

#[test]
fn a_member_of_the_path_is_not_taken_from_the_body() {
    let line = (&Method::POST, "/2015-03-31/functions/f/versions");
    let request = read(
        input::PublishVersionRequest::read,
        line,
        &[],
        br#"{"FunctionName":"other","Unknown":[1],"Description":"d"}"#,
    )
    .unwrap();

    assert_eq!(request.function_name, "f");
    assert_eq!(request.description.as_deref(), Some("d"));
}

#[test]
fn blobs_are_decoded_from_base64() {
    let request = create(json!({"Code": {"ZipFile": "UEsFBg"}, "Timeout": 3.0})).unwrap();
    let blob = request.code.zip_file.unwrap();

    assert_eq!(blob.as_bytes(), b"PK\x05\x06");
    assert_eq!(format!("{blob:?}"), "Blob(4 bytes)");
    assert_eq!(request.timeout, Some(3));
    for zip in ["not base64!", "UEsF\nBg==", "UEsFBg=", "A"] {
        let outcome = create(json!({"Code": {"ZipFile": zip}}));
        let refused = matches!(outcome, Err(ReadError::Serialization(_)));
        assert_eq!(refused, zip != "UEsFBg=", "{zip}: {outcome:?}");
    }
}

#[test]
fn a_payload_object_is_the_whole_body() {
    let line = (
        &Method::POST,
        "/2025-12-01/durable-execution-callbacks/QUJD/fail",
    );
    let request = read(
        input::SendDurableExecutionCallbackFailureRequest::read,
        line,
        &[],
        br#"{"ErrorMessage":"m","ErrorType":"t"}"#,
    )
    .unwrap();

    assert_eq!(request.callback_id, "QUJD");
    assert_eq!(request.error.unwrap().error_type.as_deref(), Some("t"));
}

#[test]
fn a_payload_of_bytes_is_measured_and_not_read() {
    let line = (
        &Method::POST,
        "/2025-12-01/durable-execution-callbacks/QUJD/succeed",
    );
    let succeed = |body: &[u8]| {
        read(
            input::SendDurableExecutionCallbackSuccessRequest::read,
            line,
            &[],
            body,
        )
    };

    assert!(succeed(b"not json").is_ok());
    assert_refused(
        succeed(&vec![0; 1_048_577]),
        "1 validation error detected: Value at 'result' failed to satisfy constraint: Member must have length less than or equal to 1048576",
    );
}

#[test]
fn query_timestamps_are_read_as_iso_8601() {
    let line = "/2025-12-01/functions/f/durable-executions?StartedAfter=2024-01-01T00:00:00Z&Statuses=RUNNING&Statuses=FAILED&ReverseOrder=true";
    let request = read(
        input::ListDurableExecutionsByFunctionRequest::read,
        (&Method::GET, line),
        &[],
        b"",
    )
    .unwrap();

    assert_eq!(request.started_after, Some(1_704_067_200.0));
    assert_eq!(request.statuses.unwrap(), ["RUNNING", "FAILED"]);
    assert_eq!(request.reverse_order, Some(true));
}
