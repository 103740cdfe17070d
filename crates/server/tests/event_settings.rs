//! Settings of events: what the operations keep and show, and every text of their refusals.

#![cfg(test)]

mod world;

use std::sync::atomic::Ordering;

use http::Method;
use serde_json::{Value, json};
use world::{FUNCTIONS, Response, World, a_function, an_invocation, read, spawn};

const INVALID: &str = "InvalidParameterValueException";
const NOT_FOUND: &str = "ResourceNotFoundException";
const FN_ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:fn";
const QUEUE: &str = "arn:aws:sqs:us-east-1:000000000000:known";
const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:known";
const LOST_QUEUE: &str = "arn:aws:sqs:us-east-1:000000000000:lost";

fn assert_error(response: &Response, status: u16, name: &str, message: &str) {
    let expected = (status, name.to_owned(), message.to_owned());
    assert_eq!(response.error(), expected, "{response:?}");
}

fn config_path(reference: &str) -> String {
    format!("/2019-09-25/functions/{reference}/event-invoke-config")
}

fn concurrency_path(reference: &str) -> String {
    format!("/2017-10-31/functions/{reference}/concurrency")
}

fn on_success(arn: &str) -> Value {
    json!({"DestinationConfig": {"OnSuccess": {"Destination": arn}}})
}

fn on_failure(arn: &str) -> Value {
    json!({"DestinationConfig": {"OnFailure": {"Destination": arn}}})
}

/// The functions `fn`, which has version 1 and the alias `live` on it, and `other`.
async fn a_world() -> World {
    let world = World::new().await;
    world.has_function("fn", &json!({"Publish": true})).await;
    world.has_function("other", &json!({})).await;
    let alias = json!({"Name": "live", "FunctionVersion": "1"});
    let created = world.post(&format!("{FUNCTIONS}/fn/aliases"), &alias).await;
    assert_eq!(created.status, 201, "{created:?}");
    world
}

#[tokio::test]
async fn an_event_invoke_config_shows_what_was_set_and_both_destinations() {
    let world = a_world().await;

    let put = world
        .put(&config_path("fn"), &json!({"MaximumRetryAttempts": 0}))
        .await;

    assert_eq!(put.status, 200, "{put:?}");
    let shown = json!({
        "LastModified": 1_700_000_000.0,
        "FunctionArn": format!("{FN_ARN}:$LATEST"),
        "MaximumRetryAttempts": 0,
        "DestinationConfig": {"OnSuccess": {}, "OnFailure": {}},
    });
    assert_eq!(put.json(), shown);
    assert_eq!(world.get(&config_path("fn")).await.json(), shown);
    let qualified = format!("{}?Qualifier=$LATEST", config_path("fn"));
    assert_eq!(world.get(&qualified).await.json(), shown);
}

#[tokio::test]
async fn a_put_clears_what_it_does_not_name_and_an_update_keeps_it() {
    let world = a_world().await;
    let path = config_path("fn");
    let all = json!({
        "MaximumRetryAttempts": 2,
        "MaximumEventAgeInSeconds": 60,
        "DestinationConfig": {
            "OnSuccess": {"Destination": QUEUE},
            "OnFailure": {"Destination": TOPIC},
        },
    });
    let only_retries = json!({"MaximumRetryAttempts": 1});

    world.put(&path, &all).await;
    let updated = world.post(&path, &only_retries).await.json();
    let without_failure = json!({"DestinationConfig": {"OnFailure": {"Destination": ""}}});
    let cleared = world.post(&path, &without_failure).await.json();
    let replaced = world.put(&path, &only_retries).await.json();

    assert_eq!(updated["MaximumRetryAttempts"], 1);
    assert_eq!(updated["MaximumEventAgeInSeconds"], 60);
    assert_eq!(updated["DestinationConfig"], all["DestinationConfig"]);
    let queue_alone = json!({"OnSuccess": {"Destination": QUEUE}, "OnFailure": {}});
    assert_eq!(cleared["DestinationConfig"], queue_alone);
    assert_eq!(cleared["MaximumRetryAttempts"], 1);
    assert_eq!(replaced.get("MaximumEventAgeInSeconds"), None);
    let none = json!({"OnSuccess": {}, "OnFailure": {}});
    assert_eq!(replaced["DestinationConfig"], none);
}

#[tokio::test]
async fn every_spelling_of_an_alias_has_the_same_config() {
    let world = a_world().await;
    let (short, arn) = ("fn:live".to_owned(), format!("{FN_ARN}:live"));
    for (retries, path) in (0..).zip([
        format!("{}?Qualifier=live", config_path("fn")),
        config_path(&short),
        format!("{}?Qualifier=live", config_path(&arn)),
    ]) {
        let settings = json!({"MaximumRetryAttempts": retries});

        let put = world.put(&path, &settings).await.json();

        assert_eq!(put["FunctionArn"], format!("{FN_ARN}:live"));
        let shown = world.get(&config_path(&short)).await.json();
        assert_eq!(shown["MaximumRetryAttempts"], retries);
    }
}

#[tokio::test]
async fn configs_are_listed_in_pages_and_deleted_one_by_one() {
    let world = a_world().await;
    for qualifier in ["live", "1", "$LATEST"] {
        let path = format!("{}?Qualifier={qualifier}", config_path("fn"));
        let put = world.put(&path, &json!({"MaximumRetryAttempts": 1})).await;
        assert_eq!(put.status, 200, "{put:?}");
    }
    let list = format!("{}/list", config_path("fn"));
    let arns = |page: &Value| -> Vec<String> {
        let configs = page["FunctionEventInvokeConfigs"].as_array().unwrap();
        let arn = |config: &Value| config["FunctionArn"].as_str().unwrap().to_owned();
        configs.iter().map(arn).collect()
    };

    let first = world.get(&format!("{list}?MaxItems=2")).await.json();
    let marker = first["NextMarker"].as_str().unwrap();
    let second = world.get(&format!("{list}?Marker={marker}")).await.json();

    assert_eq!(
        arns(&first),
        [format!("{FN_ARN}:$LATEST"), format!("{FN_ARN}:1")]
    );
    assert_eq!(arns(&second), [format!("{FN_ARN}:live")]);
    assert_eq!(second.get("NextMarker"), None);
    for qualifier in ["live", "1", "$LATEST"] {
        let path = format!("{}?Qualifier={qualifier}", config_path("fn"));
        assert_eq!(world.delete(&path).await.status, 204);
    }
    assert_eq!(arns(&world.get(&list).await.json()), Vec::<String>::new());
}

#[tokio::test]
async fn a_config_goes_with_its_alias_and_its_version() {
    let world = a_world().await;
    for reference in ["fn:live", "fn:1"] {
        world
            .put(&config_path(reference), &json!({"MaximumRetryAttempts": 1}))
            .await;
    }

    world.delete(&format!("{FUNCTIONS}/fn/aliases/live")).await;
    world.delete(&format!("{FUNCTIONS}/fn?Qualifier=1")).await;

    let list = world.get(&format!("{}/list", config_path("fn"))).await;
    assert_eq!(list.json(), json!({"FunctionEventInvokeConfigs": []}));
}

#[tokio::test]
async fn what_cannot_be_configured_is_told_in_awss_words() {
    let world = a_world().await;
    let missing = "arn:aws:lambda:us-east-1:000000000000:function:lost";
    let other_alias = "arn:aws:lambda:us-east-1:000000000000:function:other:none";
    let iam = "arn:aws:iam:us-east-1:000000000000:function:fn";
    let fifo = "arn:aws:sqs:us-east-1:000000000000:known.fifo";
    let bucket = "arn:aws:s3:::known";
    let some = json!({"MaximumRetryAttempts": 1});
    let cases: &[(&str, Value, u16, &str, String)] = &[
        ("lost", json!({}), 400, INVALID,
            "You must specify at least one of error handling or destination setting.".into()),
        ("lost", some.clone(), 404, NOT_FOUND, "The function doesn't exist.".into()),
        ("fn:none", some.clone(), 404, NOT_FOUND, "The function doesn't exist.".into()),
        ("fn:7", some.clone(), 404, NOT_FOUND, "The function doesn't exist.".into()),
        ("fn:live?Qualifier=1", some.clone(), 400, INVALID,
            "The derived qualifier from the function name does not match the specified qualifier.".into()),
        ("fn", on_success(missing), 400, INVALID, format!("The destination ARN {missing} is invalid.")),
        ("fn", on_success(other_alias), 400, INVALID,
            format!("The destination ARN {other_alias} is invalid.")),
        ("fn", on_success(FN_ARN), 400, INVALID,
            "You can't specify the function as a destination for itself.".into()),
        ("fn", on_failure(&format!("{FN_ARN}:live")), 400, INVALID,
            "You can't specify the function as a destination for itself.".into()),
        ("fn", on_success(iam), 400, INVALID,
            format!("The provided destination config DestinationConfig(onSuccess=OnSuccess(destination={iam}), onFailure=null) is invalid.")),
        ("fn", on_failure(fifo), 400, INVALID,
            format!("The provided destination config DestinationConfig(onSuccess=null, onFailure=OnFailure(destination={fifo})) is invalid.")),
        ("fn", on_success(bucket), 400, INVALID,
            format!("The provided destination config DestinationConfig(onSuccess=OnSuccess(destination={bucket}), onFailure=null) is invalid.")),
        ("fn", on_failure(LOST_QUEUE), 400, INVALID,
            format!("The destination ARN {LOST_QUEUE} is invalid. It cannot be reached: it is not there.")),
        ("fn", on_failure("arn:aws:_-/!lambda:us-east-1:000000000000:function:fn"), 400, "ValidationException",
            r"1 validation error detected: Value 'arn:aws:_-/!lambda:us-east-1:000000000000:function:fn' at 'destinationConfig.onFailure.destination' failed to satisfy constraint: Member must satisfy regular expression pattern: $|kafka://([^.]([a-zA-Z0-9\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)".into()),
        ("fn", json!({"MaximumRetryAttempts": 3}), 400, "ValidationException",
            "1 validation error detected: Value '3' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value less than or equal to 2".into()),
        ("fn", json!({"MaximumEventAgeInSeconds": 59}), 400, "ValidationException",
            "1 validation error detected: Value '59' at 'maximumEventAgeInSeconds' failed to satisfy constraint: Member must have value greater than or equal to 60".into()),
    ];
    for (reference, settings, status, name, message) in cases {
        let (reference, query) = reference.split_once('?').unwrap_or((reference, ""));
        let path = format!("{}?{query}", config_path(reference));

        let put = world.put(&path, settings).await;

        assert_error(&put, *status, name, message);
    }
    let list = world.get(&format!("{}/list", config_path("fn"))).await;
    assert_eq!(list.json(), json!({"FunctionEventInvokeConfigs": []}));
    for settings in [on_success(bucket), on_failure(FN_ARN)] {
        let updated = world.post(&config_path("fn"), &settings).await;
        let none = format!("The function {FN_ARN}:$LATEST doesn't have an EventInvokeConfig");
        assert_error(&updated, 404, NOT_FOUND, &none);
    }
}

#[tokio::test]
async fn a_config_that_is_not_there_is_told_in_awss_words() {
    let world = a_world().await;
    let none = |arn: &str| format!("The function {arn} doesn't have an EventInvokeConfig");
    let missing = "arn:aws:lambda:us-east-1:000000000000:function:lost:$LATEST";
    let gone = "The function doesn't exist.".to_owned();
    for (method, reference, message) in [
        (Method::GET, "fn", none(&format!("{FN_ARN}:$LATEST"))),
        (Method::GET, "fn:none", none(&format!("{FN_ARN}:none"))),
        (Method::GET, "fn:1", none(&format!("{FN_ARN}:1"))),
        (Method::GET, "lost", none(missing)),
        (Method::DELETE, "fn", none(&format!("{FN_ARN}:$LATEST"))),
        (Method::DELETE, "lost", gone.clone()),
        (Method::POST, "fn", none(&format!("{FN_ARN}:$LATEST"))),
        (Method::POST, "lost", gone.clone()),
    ] {
        let path = config_path(reference);
        let some = json!({"MaximumRetryAttempts": 1});

        let response = match method {
            Method::GET => world.get(&path).await,
            Method::DELETE => world.delete(&path).await,
            _ => world.post(&path, &some).await,
        };

        assert_error(&response, 404, NOT_FOUND, &message);
    }
    let list = world.get(&format!("{}/list", config_path("lost"))).await;
    assert_error(&list, 404, NOT_FOUND, &gone);
}

#[tokio::test]
async fn a_destination_can_be_another_function_a_bus_or_a_bucket_for_failures() {
    let world = a_world().await;
    let function = "arn:aws:lambda:us-east-1:000000000000:function:other";
    let bus = "arn:aws:events:us-east-1:000000000000:event-bus/known";
    for settings in [
        on_success(function),
        on_success(bus),
        on_failure("arn:aws:s3:::known"),
        json!({"DestinationConfig": {"OnSuccess": {}}}),
        json!({"DestinationConfig": {"OnFailure": {}}}),
        json!({"DestinationConfig": {}}),
    ] {
        let put = world.put(&config_path("fn"), &settings).await;

        assert_eq!(put.status, 200, "{put:?}");
        for side in ["OnSuccess", "OnFailure"] {
            assert_eq!(
                put.json()["DestinationConfig"][side].get("Destination"),
                settings["DestinationConfig"][side].get("Destination")
            );
        }
    }
}

#[tokio::test]
async fn reserved_concurrency_is_set_shown_and_removed() {
    let world = a_world().await;
    let path = concurrency_path("fn");
    let shown = "/2019-09-30/functions/fn/concurrency";

    let before = world.get(shown).await.json();
    let stopped = world
        .put(&path, &json!({"ReservedConcurrentExecutions": 0}))
        .await;
    let reserved = world
        .put(&path, &json!({"ReservedConcurrentExecutions": 900}))
        .await;
    let account = world.get("/2016-08-19/account-settings/").await.json();
    let function = world.get(&format!("{FUNCTIONS}/fn")).await.json();
    let get = world.get(shown).await.json();
    let deleted = world.delete(&path).await;
    let again = world.delete(&path).await;

    assert_eq!(before, json!({}));
    assert_eq!(stopped.json(), json!({"ReservedConcurrentExecutions": 0}));
    let all = json!({"ReservedConcurrentExecutions": 900});
    assert_eq!(
        (reserved.status.as_u16(), reserved.json()),
        (200, all.clone())
    );
    assert_eq!((get, &function["Concurrency"]), (all.clone(), &all));
    let limit = &account["AccountLimit"];
    assert_eq!(limit["UnreservedConcurrentExecutions"], 100);
    assert_eq!(limit["ConcurrentExecutions"], 1_000);
    assert_eq!((deleted.status.as_u16(), again.status.as_u16()), (204, 204));
    assert_eq!(world.get(shown).await.json(), json!({}));
    assert_eq!(
        world
            .get(&format!("{FUNCTIONS}/fn"))
            .await
            .json()
            .get("Concurrency"),
        None
    );
}

#[tokio::test]
async fn what_cannot_be_reserved_is_told_in_awss_words() {
    let world = a_world().await;
    let unqualified = "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. Please specify either a function name or an unqualified function ARN.";
    let below = "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].";
    let reserve = |n: i64| json!({"ReservedConcurrentExecutions": n});
    world.put(&concurrency_path("other"), &reserve(200)).await;

    for (reference, reserved, status, name, message) in [
        ("fn", 701, 400, INVALID, below),
        ("fn", 1_001, 400, INVALID, below),
        ("fn:live", 1, 400, INVALID, unqualified),
        ("fn:$LATEST", 1, 400, INVALID, unqualified),
        (
            "lost",
            1,
            404,
            NOT_FOUND,
            "Function not found: arn:aws:lambda:us-east-1:000000000000:function:lost:$LATEST",
        ),
        (
            "fn",
            -1,
            400,
            "ValidationException",
            "1 validation error detected: Value '-1' at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must have value greater than or equal to 0",
        ),
    ] {
        let put = world
            .put(&concurrency_path(reference), &reserve(reserved))
            .await;

        assert_error(&put, status, name, message);
    }
    let lost = "Function not found: arn:aws:lambda:us-east-1:000000000000:function:lost";
    let get = world.get("/2019-09-30/functions/lost/concurrency").await;
    assert_error(&get, 404, NOT_FOUND, lost);
    let delete = world.delete(&concurrency_path("lost")).await;
    assert_error(&delete, 404, NOT_FOUND, lost);
    let missing = world.put(&concurrency_path("fn"), &json!({})).await;
    assert_error(
        &missing,
        400,
        "ValidationException",
        "1 validation error detected: Value null at 'reservedConcurrentExecutions' failed to satisfy constraint: Member must not be null",
    );
    let fits = world.put(&concurrency_path("fn"), &reserve(700)).await;
    assert_eq!(fits.status, 200, "{fits:?}");
}

#[tokio::test]
async fn a_dead_letter_queue_is_shown_kept_by_versions_and_taken_away() {
    let world = World::new().await;
    let config = json!({"TargetArn": QUEUE});
    let settings = json!({"DeadLetterConfig": config, "Publish": true});
    let path = format!("{FUNCTIONS}/fn/configuration");

    let created = world.has_function("fn", &settings).await;
    let emptied = json!({"DeadLetterConfig": {"TargetArn": ""}});
    let updated = world.put(&path, &emptied).await.json();
    world.until_settled("fn").await;
    let described = world
        .put(&path, &json!({"DeadLetterConfig": {"TargetArn": TOPIC}}))
        .await;
    world.until_settled("fn").await;
    let kept = world.put(&path, &json!({"Description": "d"})).await.json();

    assert_eq!(created["DeadLetterConfig"], config);
    assert_eq!(updated.get("DeadLetterConfig"), None);
    assert_eq!(described.json()["DeadLetterConfig"]["TargetArn"], TOPIC);
    assert_eq!(kept["DeadLetterConfig"]["TargetArn"], TOPIC);
    let version = world.get(&format!("{path}?Qualifier=1")).await.json();
    assert_eq!(version["DeadLetterConfig"], config);
}

#[tokio::test]
async fn a_dead_letter_queue_that_cannot_be_one_is_refused() {
    let world = World::new().await;
    world.has_function("fn", &json!({})).await;
    let kinds = "The dead-letter queue must be a standard SQS queue or a standard SNS topic:";
    let fifo = "arn:aws:sqs:us-east-1:000000000000:known.fifo";
    let bucket = "arn:aws:s3:::known";
    for (arn, name, message) in [
        (bucket, INVALID, format!("{kinds} `{bucket}` is no ARN of an SQS queue or an SNS topic.")),
        (fifo, INVALID,
            format!("{kinds} `{fifo}` is a FIFO queue or topic, and only standard ones can be destinations.")),
        (LOST_QUEUE, INVALID,
            format!("The destination ARN {LOST_QUEUE} is invalid. It cannot be reached: it is not there.")),
        ("queue", "ValidationException",
            "1 validation error detected: Value 'queue' at 'deadLetterConfig.targetArn' failed to satisfy constraint: Member must satisfy regular expression pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()".into()),
    ] {
        let settings = json!({"DeadLetterConfig": {"TargetArn": arn}});

        let created = world.post(FUNCTIONS, &a_function("new", &settings)).await;
        let updated = world.put(&format!("{FUNCTIONS}/fn/configuration"), &settings).await;

        assert_error(&created, 400, name, &message);
        assert_error(&updated, 400, name, &message);
    }
    assert_eq!(world.get(&format!("{FUNCTIONS}/new")).await.status, 404);
}

#[tokio::test]
async fn invoke_async_takes_an_event_and_answers_with_nothing() {
    let world = World::new().await;
    world.has_function("fn", &json!({})).await;
    for path in [
        "/2014-11-13/functions/fn/invoke-async/",
        "/2014-11-13/functions/fn/invoke-async",
    ] {
        let accepted = world.post(path, &json!({"a": 1})).await;

        assert_eq!((accepted.status.as_u16(), accepted.body.len()), (202, 0));
        assert_eq!(accepted.header("x-amzn-trace-id"), None);
        assert!(accepted.header("x-amzn-requestid").is_some());
    }
    world
        .until(|world| world.answered.load(Ordering::SeqCst) == 2)
        .await;
    let lost = world
        .post("/2014-11-13/functions/lost/invoke-async/", &json!({}))
        .await;
    assert_error(
        &lost,
        404,
        NOT_FOUND,
        "Function not found: arn:aws:lambda:us-east-1:000000000000:function:lost:$LATEST",
    );
}

#[tokio::test]
async fn a_function_runs_within_what_it_has_reserved() {
    let world = a_world().await;
    let path = concurrency_path("fn");
    let reserve = |n: u32| json!({"ReservedConcurrentExecutions": n});
    let refused = json!({
        "Reason": "ReservedFunctionConcurrentInvocationLimitExceeded",
        "Type": "User",
        "message": "Rate Exceeded.",
    });
    world.put(&path, &reserve(1)).await;
    let mut waiting = world.client().await;
    let waiting = spawn(async move {
        let request = an_invocation("fn/invocations", &[], r#"{"wait": true}"#.into());
        read(&mut waiting, request).await
    });
    world
        .until(|world| world.ran.load(Ordering::SeqCst) == 1)
        .await;

    let second = world.invoke("fn/invocations", &[], "{}").await;
    let other = world.invoke("other/invocations", &[], "{}").await;
    world.go.add_permits(1);
    let first = waiting.await.unwrap();
    let third = world.invoke("fn/invocations", &[], "{}").await;
    world.put(&path, &reserve(0)).await;
    let stopped = world.invoke("fn/invocations", &[], "{}").await;
    world.delete(&path).await;
    let unreserved = world.invoke("fn/invocations", &[], "{}").await;

    assert_eq!(
        (second.status.as_u16(), second.json()),
        (429, refused.clone())
    );
    assert_eq!(
        second.header("x-amzn-errortype"),
        Some("TooManyRequestsException")
    );
    assert_eq!((stopped.status.as_u16(), stopped.json()), (429, refused));
    for answered in [first, other, third, unreserved] {
        assert_eq!(answered.status, 200, "{answered:?}");
    }
}
