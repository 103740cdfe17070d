//! Every error as a client reads it: status, `X-Amzn-ErrorType`, and the text under the right key.

#![cfg(test)]

mod world;

use serde_json::{Value, json};
use world::{FUNCTIONS, Response, World, a_function, a_package};

const INVALID: &str = "InvalidParameterValueException";
const NOT_FOUND: &str = "ResourceNotFoundException";
const CONFLICT: &str = "ResourceConflictException";
const VALIDATION: &str = "ValidationException";

fn assert_error(response: &Response, status: u16, name: &str, message: &str) {
    let expected = (status, name.to_owned(), message.to_owned());
    assert_eq!(response.error(), expected, "{response:?}");
    assert!(response.header("x-amzn-requestid").is_some());
    assert_eq!(response.header("content-type"), Some("application/json"));
}

/// A world with the function `fn`, which has version 1 and the alias `live` on it.
async fn a_world() -> World {
    let world = World::new().await;
    world.has_function("fn", &json!({"Publish": true})).await;
    let alias = json!({"Name": "live", "FunctionVersion": "1"});
    let created = world.post(&format!("{FUNCTIONS}/fn/aliases"), &alias).await;
    assert_eq!(created.status, 201, "{created:?}");
    world
}

#[tokio::test]
async fn settings_that_a_function_cannot_have_are_refused_in_awss_words() {
    let world = a_world().await;
    let long = "a".repeat(65);
    let cases: &[(Value, &str, String)] = &[
        (json!({"Role": "r1"}), VALIDATION,
            r"1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+".into()),
        (json!({"FunctionName": long}), INVALID,
            format!("1 validation error detected: Value '{long}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 64")),
        (json!({"Runtime": "java8"}), INVALID,
            "The runtime parameter of java8 is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions.".into()),
        (json!({"Runtime": "java21"}), INVALID, "This server does not offer the runtime java21.".into()),
        (json!({"Handler": null}), INVALID,
            "Runtime and Handler are mandatory parameters for functions created with deployment packages.".into()),
        (json!({"Timeout": 901}), INVALID,
            "'Timeout' value failed to satisfy constraint: Member must have value less than or equal to 900".into()),
        (json!({"MemorySize": 127}), VALIDATION,
            "1 validation error detected: Value '127' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128".into()),
        (json!({"Environment": {"Variables": {"AWS_REGION": "x", "LAMBDA_TASK_ROOT": "y"}}}), INVALID,
            "Lambda was unable to configure your environment variables because the environment variables you have provided contains reserved keys that are currently not supported for modification. Reserved keys used in this request: AWS_REGION, LAMBDA_TASK_ROOT".into()),
        (json!({"Architectures": ["x86_64", "arm64"]}), VALIDATION,
            "1 validation error detected: Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have length less than or equal to 1".into()),
        (json!({"Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:l:1"]}), INVALID,
            "Layer version arn:aws:lambda:us-east-1:000000000000:layer:l:1 does not exist.".into()),
        (json!({"Code": {}}), INVALID, "Please provide a source for function code.".into()),
        (json!({"Code": {"ZipFile": "AAAA"}}), INVALID,
            "Could not unzip uploaded file. Please check your file, then try to upload again.".into()),
        (json!({"LoggingConfig": {"LogFormat": "Text", "SystemLogLevel": "WARN"}}), INVALID,
            "ApplicationLogLevel and SystemLogLevel can only be set when LogFormat is JSON.".into()),
        (json!({"FunctionName": "fn:live"}), INVALID,
            "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.".into()),
    ];
    for (settings, name, message) in cases {
        let response = world
            .post(FUNCTIONS, &a_function("new", &settings.clone()))
            .await;

        assert_error(&response, 400, name, message);
    }
    assert_eq!(world.get(&format!("{FUNCTIONS}/new")).await.status, 404);
}

#[tokio::test]
async fn an_environment_of_more_than_4_kb_is_quoted_in_the_refusal() {
    let world = World::new().await;
    let big = "x".repeat(4_096);
    let settings = json!({"Environment": {"Variables": {"BIG": big}}});

    let response = world.post(FUNCTIONS, &a_function("new", &settings)).await;

    let measured = format!(r#"{{"BIG":"{big}"}}"#);
    assert_error(
        &response,
        400,
        INVALID,
        &format!(
            "Lambda was unable to configure your environment variables because the environment variables you have provided exceeded the 4KB limit. String measured: {measured}"
        ),
    );
}

#[tokio::test]
async fn what_this_server_does_not_have_is_refused_by_the_parameters_name() {
    let world = a_world().await;
    let csc = "arn:aws:lambda:us-east-1:000000000000:code-signing-config:csc-00000000000000000";
    for (parameter, settings) in [
        (
            "VpcConfig",
            json!({"VpcConfig": {"SubnetIds": ["subnet-1"]}}),
        ),
        (
            "KMSKeyArn",
            json!({"KMSKeyArn": "arn:aws:kms:us-east-1:000000000000:key/k"}),
        ),
        (
            "TracingConfig",
            json!({"TracingConfig": {"Mode": "Active"}}),
        ),
        ("ImageConfig", json!({"ImageConfig": {"Command": ["x"]}})),
        ("PackageType", json!({"PackageType": "Image"})),
        (
            "TenancyConfig",
            json!({"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}}),
        ),
        (
            "DurableConfig",
            json!({"DurableConfig": {"ExecutionTimeout": 60}}),
        ),
        ("PublishTo", json!({"PublishTo": "LATEST_PUBLISHED"})),
        (
            "Code.S3Bucket",
            json!({"Code": {"S3Bucket": "bucket", "S3Key": "key"}}),
        ),
        ("Code.ImageUri", json!({"Code": {"ImageUri": "x"}})),
    ] {
        let response = world.post(FUNCTIONS, &a_function("new", &settings)).await;

        let message =
            format!("This server does not offer what the parameter {parameter} asks for.");
        assert_error(&response, 400, INVALID, &message);
    }
    let response = world
        .post(
            FUNCTIONS,
            &a_function("new", &json!({"CodeSigningConfigArn": csc})),
        )
        .await;
    assert_error(
        &response,
        404,
        "CodeSigningConfigNotFoundException",
        &format!(
            "The code signing configuration cannot be found. Check that the provided configuration is not deleted: {csc}."
        ),
    );
}

#[tokio::test]
async fn the_values_that_ask_for_nothing_are_accepted() {
    let world = World::new().await;

    let configuration = world
        .has_function(
            "fn",
            &json!({
                "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
                "DeadLetterConfig": {},
                "KMSKeyArn": "",
                "TracingConfig": {"Mode": "PassThrough"},
                "Layers": [],
                "FileSystemConfigs": [],
                "SnapStart": {"ApplyOn": "None"},
                "PackageType": "Zip",
                "Environment": {},
            }),
        )
        .await;

    assert_eq!(configuration["State"], "Active");
}

#[tokio::test]
async fn what_does_not_exist_is_named_by_its_arn() {
    let world = a_world().await;
    let arn = "arn:aws:lambda:us-east-1:000000000000:function";
    for (path, message) in [
        ("nope", format!("Function not found: {arn}:nope")),
        (
            "nope?Qualifier=1",
            format!("Function not found: {arn}:nope:1"),
        ),
        ("fn?Qualifier=7", format!("Function not found: {arn}:fn:7")),
        ("fn:old", format!("Function not found: {arn}:fn:old")),
        (
            "fn?Qualifier=$latest",
            format!("Function not found: {arn}:fn:$latest"),
        ),
        (
            "nope/configuration",
            format!("Function not found: {arn}:nope"),
        ),
        ("nope/versions", format!("Function not found: {arn}:nope")),
        ("nope/aliases", format!("Function not found: {arn}:nope")),
        (
            "fn/aliases/old",
            format!("Cannot find alias arn: {arn}:fn:old"),
        ),
        (
            "arn%3Aaws%3Alambda%3Aeu-west-1%3A000000000000%3Afunction%3Afn",
            "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')".to_owned(),
        ),
    ] {
        let response = world.get(&format!("{FUNCTIONS}/{path}")).await;

        assert_error(&response, 404, NOT_FOUND, &message);
        assert!(response.json().get("Message").is_some(), "{path}");
        assert_eq!(response.json()["Type"], "User");
    }
    let missing = format!("Function not found: {arn}:nope:$LATEST");
    assert_error(
        &world.invoke("nope/invocations", &[], "{}").await,
        404,
        NOT_FOUND,
        &missing,
    );
    let dry_run = [("x-amz-invocation-type", "DryRun")];
    assert_error(
        &world.invoke("nope/invocations", &dry_run, "{}").await,
        404,
        NOT_FOUND,
        &missing,
    );
    let deleted = world.delete(&format!("{FUNCTIONS}/nope?Qualifier=1")).await;
    assert_error(
        &deleted,
        404,
        NOT_FOUND,
        &format!("Function not found: {arn}:nope"),
    );
}

#[tokio::test]
async fn the_function_of_another_account_is_out_of_reach() {
    let world = World::new().await;

    let response = world
        .invoke("111111111111:function:fn/invocations", &[], "{}")
        .await;

    assert_error(
        &response,
        403,
        "AccessDeniedException",
        "User: arn:aws:iam::000000000000:root is not authorized to perform: lambda:InvokeFunction on resource: arn:aws:lambda:us-east-1:111111111111:function:fn because no resource-based policy allows the lambda:InvokeFunction action",
    );
}

#[tokio::test]
async fn qualifiers_that_differ_are_refused_before_anything_is_looked_up() {
    let world = World::new().await;

    let response = world.get(&format!("{FUNCTIONS}/nope:1?Qualifier=2")).await;

    assert_error(
        &response,
        400,
        INVALID,
        "The derived qualifier from the function name does not match the specified qualifier.",
    );
}

#[tokio::test]
async fn a_name_that_cannot_be_one_is_quoted() {
    let world = World::new().await;
    let long = "q".repeat(129);
    for (path, value) in [
        (
            "invalid:function:name",
            "Value 'invalid:function:name' at 'functionName'".to_owned(),
        ),
        ("fn!", "Value 'fn!' at 'functionName'".to_owned()),
        ("fn?Qualifier=a!b", "Value 'a!b' at 'qualifier'".to_owned()),
        (
            &*format!("fn?Qualifier={long}"),
            format!("Value '{long}' at 'qualifier'"),
        ),
    ] {
        let (status, name, message) = world.get(&format!("{FUNCTIONS}/{path}")).await.error();

        assert_eq!((status, name.as_str()), (400, VALIDATION));
        let start = format!("1 validation error detected: {value} failed to satisfy constraint: ");
        assert!(message.starts_with(&start), "{message}");
    }
}

#[tokio::test]
async fn what_is_in_the_way_is_a_conflict() {
    let world = a_world().await;
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:fn";
    let again = world.post(FUNCTIONS, &a_function("fn", &json!({}))).await;
    assert_error(&again, 409, CONFLICT, "Function already exist: fn");

    let alias = json!({"Name": "live", "FunctionVersion": "1"});
    let again = world.post(&format!("{FUNCTIONS}/fn/aliases"), &alias).await;
    assert_error(
        &again,
        409,
        CONFLICT,
        &format!("Alias already exists: {arn}:live"),
    );

    let used = world.delete(&format!("{FUNCTIONS}/fn?Qualifier=1")).await;
    assert_error(
        &used,
        409,
        CONFLICT,
        "The version cannot be deleted while aliases refer to it: live.",
    );
}

#[tokio::test]
async fn a_stale_revision_is_a_failed_precondition() {
    let world = a_world().await;
    let stale = "00000000-0000-4000-8000-000000000000";
    let message = "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API to retrieve the latest Revision Id";
    let guard = json!({"RevisionId": stale});
    let code = json!({"RevisionId": stale, "ZipFile": a_package("two")});
    for response in [
        world
            .put(&format!("{FUNCTIONS}/fn/configuration"), &guard.clone())
            .await,
        world.put(&format!("{FUNCTIONS}/fn/code"), &code).await,
        world
            .post(&format!("{FUNCTIONS}/fn/versions"), &guard.clone())
            .await,
        world
            .put(&format!("{FUNCTIONS}/fn/aliases/live"), &guard.clone())
            .await,
    ] {
        assert_error(&response, 412, "PreconditionFailedException", message);
    }
}

#[tokio::test]
async fn the_rules_of_aliases_are_told_in_awss_words() {
    let world = a_world().await;
    let weights = |weights: Value| json!({"AdditionalVersionWeights": weights});
    let arn = "arn:aws:lambda:us-east-1:000000000000:function:fn";
    for (version, routing, status, name, message) in [
        ("1", json!({"1": 0.5}), 400, INVALID, "Invalid function version 1. Function version 1 is already included in routing configuration.".to_owned()),
        ("1", json!({"2": 0.5, "3": 0.1}), 400, INVALID, "Number of items in AdditionalVersionWeights cannot be greater than 1".to_owned()),
        ("$LATEST", json!({"1": 0.5}), 400, INVALID, "$LATEST is not supported for an alias pointing to more than 1 version".to_owned()),
        ("1", json!({"7": 0.5}), 404, NOT_FOUND, format!("Function not found: {arn}:7")),
        ("7", json!({}), 404, NOT_FOUND, format!("Function not found: {arn}:7")),
        ("1", json!({"2": 2.0}), 400, VALIDATION, "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member must not be null]".to_owned()),
    ] {
        let body = json!({"Name": "new", "FunctionVersion": version, "RoutingConfig": weights(routing)});

        let response = world.post(&format!("{FUNCTIONS}/fn/aliases"), &body).await;

        assert_error(&response, status, name, &message);
    }
    let digits = json!({"Name": "2024", "FunctionVersion": "1"});
    let response = world
        .post(&format!("{FUNCTIONS}/fn/aliases"), &digits)
        .await;
    assert_error(
        &response,
        400,
        VALIDATION,
        "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
    );

    let update = world
        .put(&format!("{FUNCTIONS}/fn/aliases/old"), &json!({}))
        .await;
    assert_error(
        &update,
        404,
        NOT_FOUND,
        &format!("Alias not found: {arn}:old"),
    );
    let body = json!({"Name": "new", "FunctionVersion": "1"});
    let orphan = world
        .post(&format!("{FUNCTIONS}/nope/aliases"), &body)
        .await;
    assert_error(
        &orphan,
        404,
        NOT_FOUND,
        "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nope:1",
    );
}

#[tokio::test]
async fn the_rules_of_deletion_are_told_in_awss_words() {
    let world = a_world().await;

    let latest = world
        .delete(&format!("{FUNCTIONS}/fn?Qualifier=$LATEST"))
        .await;
    let alias = world.delete(&format!("{FUNCTIONS}/fn:live")).await;

    assert_error(
        &latest,
        400,
        INVALID,
        "$LATEST version cannot be deleted without deleting the function.",
    );
    assert_error(
        &alias,
        400,
        INVALID,
        "Deletion of aliases is not currently supported.",
    );
    for nothing in ["9", "old"] {
        let path = format!("{FUNCTIONS}/fn?Qualifier={nothing}");
        assert_eq!(world.delete(&path).await.status, 204);
    }
}

#[tokio::test]
async fn a_digest_that_is_not_the_codes_is_refused() {
    let world = a_world().await;
    let current = world
        .get(&format!("{FUNCTIONS}/fn/configuration"))
        .await
        .json();
    let current = current["CodeSha256"].as_str().unwrap();

    let response = world
        .post(
            &format!("{FUNCTIONS}/fn/versions"),
            &json!({"CodeSha256": "x"}),
        )
        .await;

    assert_error(
        &response,
        400,
        INVALID,
        &format!(
            "CodeSHA256 (x) is different from current CodeSHA256 in $LATEST ({current}). Please try again with the CodeSHA256 in $LATEST."
        ),
    );
}

#[tokio::test]
async fn the_rules_of_tags_are_told_in_awss_words() {
    let world = a_world().await;
    let arn = "arn:aws:lambda:us-east-1:000000000000";
    let tags = |resource: &str| format!("/2017-03-31/tags/{arn}:{resource}");
    let one = json!({"Tags": {"a": "b"}});
    let many: serde_json::Map<String, Value> =
        (0..51).map(|n| (format!("k{n}"), json!("v"))).collect();

    let response = world.post(&tags("function:fn:live"), &one.clone()).await;
    assert_error(
        &response,
        400,
        INVALID,
        "Tags on function aliases and versions are not supported. Please specify a function ARN.",
    );
    let response = world
        .post(&tags("function:fn"), &json!({"Tags": many}))
        .await;
    assert_error(
        &response,
        400,
        INVALID,
        "Number of tags exceeds resource tag limit.",
    );
    let response = world.post(&tags("function:fn"), &json!({"Tags": {}})).await;
    assert_error(
        &response,
        400,
        INVALID,
        "An error occurred and the request cannot be processed.",
    );
    let response = world.post(&tags("function:nope"), &one.clone()).await;
    assert_error(
        &response,
        404,
        NOT_FOUND,
        &format!("Function not found: {arn}:function:nope"),
    );
    let mapping = "event-source-mapping:00000000-0000-4000-8000-000000000000";
    let response = world.get(&tags(mapping)).await;
    assert_error(
        &response,
        404,
        NOT_FOUND,
        &format!("Event source mapping not found: {arn}:{mapping}"),
    );
    let response = world.delete(&tags("function:fn")).await;
    assert_error(
        &response,
        400,
        VALIDATION,
        "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member must not be null",
    );
}

#[tokio::test]
async fn several_broken_constraints_are_told_in_one_message() {
    let world = World::new().await;
    let settings = json!({"Role": "r1", "Timeout": 0});

    let (status, name, message) = world
        .post(FUNCTIONS, &a_function("new", &settings))
        .await
        .error();

    assert_eq!((status, name.as_str()), (400, VALIDATION));
    assert!(
        message.starts_with("2 validation errors detected: Value 'r1' at 'role'"),
        "{message}"
    );
    assert!(message.contains("; Value '0' at 'timeout'"), "{message}");
}

#[tokio::test]
async fn a_body_that_is_no_json_says_so() {
    let world = World::new().await;
    let request = |body: &'static str| {
        http::Request::post(FUNCTIONS)
            .header("host", "h")
            .body(http_body_util::Full::new(bytes::Bytes::from(body)))
            .unwrap()
    };

    for body in ["{", "[]", "\u{99}", r#"{"FunctionName": 7}"#] {
        let (status, name, _) = world.send(request(body)).await.error();
        assert_eq!(
            (status, name.as_str()),
            (400, "SerializationException"),
            "{body}"
        );
    }
}

#[tokio::test]
async fn an_operation_that_is_not_served_is_named() {
    let world = World::new().await;

    let response = world.get("/2015-03-31/event-source-mappings/").await;
    assert_error(
        &response,
        501,
        "NotImplementedException",
        "This server does not offer the operation ListEventSourceMappings.",
    );
    let response = world.get("/2020-04-22/code-signing-configs").await;
    assert_error(
        &response,
        501,
        "NotImplementedException",
        "This server does not offer the operation ListCodeSigningConfigs.",
    );
}

#[tokio::test]
async fn a_path_or_a_method_that_lambda_does_not_have_is_an_unknown_operation() {
    let world = World::new().await;

    let response = world.get("/somewhere").await;
    assert_error(
        &response,
        404,
        "UnknownOperationException",
        "No Lambda operation has the path /somewhere",
    );
    let response = world.put(FUNCTIONS, &json!({})).await;
    assert_error(
        &response,
        404,
        "UnknownOperationException",
        "No Lambda operation has the method PUT on the path /2015-03-31/functions",
    );
}

#[tokio::test]
async fn a_marker_that_is_none_is_refused() {
    let world = World::new().await;

    let response = world.get(&format!("{FUNCTIONS}?Marker=x")).await;

    assert_error(
        &response,
        400,
        INVALID,
        "The value of the parameter Marker is not a marker that this server has returned.",
    );
}

#[tokio::test]
async fn what_an_invocation_cannot_carry_is_refused() {
    let world = a_world().await;
    let content = "InvalidRequestContentException";
    let invoke = |headers: &'static [(&'static str, &'static str)], payload: &'static str| {
        world.invoke("fn/invocations", headers, payload)
    };
    for headers in [
        &[][..],
        &[("x-amz-invocation-type", "Event")],
        &[("x-amz-invocation-type", "DryRun")],
    ] {
        let (status, name, message) = invoke(headers, "\u{99}").await.error();
        assert_eq!((status, name.as_str()), (400, content));
        assert!(
            message.starts_with(
                "Could not parse request body into json: Could not parse payload into json: "
            ),
            "{message}"
        );
    }
    let response = invoke(&[("x-amz-client-context", "*")], "{}").await;
    assert_error(
        &response,
        400,
        content,
        "Client context must be base64-encoded.",
    );
    let response = invoke(&[("x-amz-client-context", "eA==")], "{}").await;
    assert_error(
        &response,
        400,
        content,
        "Client context must be a valid Base64-encoded JSON object.",
    );
    let long: &'static str = Box::leak("A".repeat(3_584).into_boxed_str());
    let headers = Box::leak(Box::new([("x-amz-client-context", long)]));
    let response = invoke(headers, "{}").await;
    assert_error(
        &response,
        400,
        content,
        "Client context must have at most 3583 bytes of base64, and this one has 3584.",
    );
    let response = invoke(&[("x-amz-invocation-type", "Later")], "{}").await;
    assert_error(
        &response,
        400,
        VALIDATION,
        "1 validation error detected: Value 'Later' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: [Event, RequestResponse, DryRun]",
    );
    let response = invoke(&[("x-amz-tenant-id", "t")], "{}").await;
    assert_error(
        &response,
        400,
        INVALID,
        "This server does not offer what the parameter TenantId asks for.",
    );
    assert_eq!(world.ran.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn payloads_over_the_limit_are_refused_with_the_limit() {
    let world = a_world().await;
    let payload = |bytes: usize| format!("\"{}\"", "x".repeat(bytes - 2));

    let response = world
        .invoke("fn/invocations", &[], &payload(6_291_457))
        .await;
    assert_error(
        &response,
        413,
        "RequestEntityTooLargeException",
        "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
    );
    let event = [("x-amz-invocation-type", "Event")];
    let response = world
        .invoke("fn/invocations", &event, &payload(1_048_577))
        .await;
    assert_error(
        &response,
        413,
        "RequestEntityTooLargeException",
        "1048577 byte payload is too large for the Event invocation type (limit 1048576 bytes)",
    );
    assert_eq!(response.json().get("Type"), None);
    let largest = world
        .invoke("fn/invocations", &[], &payload(6_291_456))
        .await;
    assert_eq!(
        (largest.status.as_u16(), largest.body.len()),
        (200, 6_291_456)
    );
}
