//! What the operations do and what their answers show.

#![cfg(test)]

mod world;

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use world::{FUNCTIONS, ROLE, World, a_function, a_package, zip_of};

const ARN: &str = "arn:aws:lambda:us-east-1:000000000000:function:fn";

async fn publish(world: &World, content: &str) {
    let code = json!({"ZipFile": a_package(content), "Publish": true});
    let updated = world.put(&format!("{FUNCTIONS}/fn/code"), &code).await;
    assert_eq!(updated.status, 200, "{updated:?}");
    world.until_settled("fn").await;
}

fn host_architecture() -> &'static str {
    if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x86_64"
    }
}

#[tokio::test]
async fn a_new_function_shows_everything_that_aws_shows() {
    let world = World::new().await;

    let created = world.post(FUNCTIONS, &a_function("fn", &json!({}))).await;

    assert_eq!(created.status, 201);
    let mut shown = created.json();
    for varying in ["RevisionId", "CodeSha256", "CodeSize"] {
        assert!(
            shown.as_object_mut().unwrap().remove(varying).is_some(),
            "{varying}"
        );
    }
    assert_eq!(
        shown,
        json!({
            "Architectures": [host_architecture()],
            "Description": "",
            "EphemeralStorage": {"Size": 512},
            "FunctionArn": ARN,
            "FunctionName": "fn",
            "Handler": "h",
            "LastModified": "2023-11-14T22:13:20.000+0000",
            "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/fn"},
            "MemorySize": 128,
            "PackageType": "Zip",
            "Role": ROLE,
            "Runtime": "provided.al2023",
            "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
            "State": "Pending",
            "StateReason": "The function is being created.",
            "StateReasonCode": "Creating",
            "Timeout": 3,
            "TracingConfig": {"Mode": "PassThrough"},
            "Version": "$LATEST",
        })
    );
    let settled = world.until_settled("fn").await;
    assert_eq!(settled["State"], "Active");
    assert_eq!(settled["LastUpdateStatus"], "Successful");
    assert_eq!(settled.get("StateReason"), None);
    assert_ne!(settled["RevisionId"], created.json()["RevisionId"]);
}

#[tokio::test]
async fn settings_are_kept_and_changed_one_by_one() {
    let world = World::new().await;
    world
        .has_function("fn", &json!({
            "Description": "d",
            "Timeout": 10,
            "MemorySize": 256,
            "EphemeralStorage": {"Size": 1024},
            "Environment": {"Variables": {"KEY": "value"}},
            "Architectures": [host_architecture()],
            "LoggingConfig": {"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "LogGroup": "/g"},
        }))
        .await;

    let change = json!({"Timeout": 20, "LoggingConfig": {"SystemLogLevel": "WARN"}});
    let updated = world
        .put(&format!("{FUNCTIONS}/fn/configuration"), &change)
        .await
        .json();

    assert_eq!(updated["LastUpdateStatus"], "InProgress");
    assert_eq!(
        updated["LastUpdateStatusReason"],
        "The function is being created."
    );
    assert_eq!(updated["LastUpdateStatusReasonCode"], "Creating");
    let settled = world.until_settled("fn").await;
    assert_eq!(settled["Timeout"], 20);
    assert_eq!(settled["MemorySize"], 256);
    assert_eq!(settled["Description"], "d");
    assert_eq!(settled["EphemeralStorage"]["Size"], 1024);
    assert_eq!(settled["Environment"]["Variables"], json!({"KEY": "value"}));
    assert_eq!(
        settled["LoggingConfig"],
        json!({"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "SystemLogLevel": "WARN", "LogGroup": "/g"})
    );
}

#[tokio::test]
async fn get_function_shows_tags_and_a_link_that_downloads_the_package() {
    let world = World::new().await;
    world
        .has_function("fn", &json!({"Tags": {"team": "a"}}))
        .await;

    let shown = world.get(&format!("{FUNCTIONS}/fn")).await.json();

    assert_eq!(shown["Tags"], json!({"team": "a"}));
    assert_eq!(shown["Code"]["RepositoryType"], "S3");
    let link = shown["Code"]["Location"].as_str().unwrap();
    let path = link
        .strip_prefix(&format!("http://{}", world.address))
        .unwrap();
    let download = world.get(path).await;
    assert_eq!(download.status, 200);
    assert_eq!(download.header("content-type"), Some("application/zip"));
    assert_eq!(download.body, zip_of("one"));

    let forged = path.replace("signature=", "signature=0");
    assert_eq!(world.get(&forged).await.error().0, 403);
    world.let_time_pass(Duration::from_secs(601));
    let late = world.get(path).await.error();
    assert_eq!((late.0, late.1.as_str()), (403, "AccessDeniedException"));
}

#[tokio::test]
async fn every_spelling_of_a_function_reaches_it() {
    let world = World::new().await;
    world.has_function("fn", &json!({"Publish": true})).await;
    for (spelling, arn) in [
        ("fn", ARN.to_owned()),
        ("000000000000:function:fn", ARN.to_owned()),
        (
            "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Afn",
            ARN.to_owned(),
        ),
        (
            "arn:aws:lambda:us-east-1:000000000000:function:fn:1",
            format!("{ARN}:1"),
        ),
        ("fn%3A1", format!("{ARN}:1")),
        ("fn?Qualifier=%24LATEST", format!("{ARN}:$LATEST")),
        ("fn:1?Qualifier=1", format!("{ARN}:1")),
    ] {
        let shown = world.get(&format!("{FUNCTIONS}/{spelling}")).await.json();

        assert_eq!(shown["Configuration"]["FunctionArn"], arn, "{spelling}");
    }
}

#[tokio::test]
async fn a_version_stays_what_it_was_when_it_was_published() {
    let world = World::new().await;
    world.has_function("fn", &json!({})).await;
    let versions = format!("{FUNCTIONS}/fn/versions");

    let first = world
        .post(&versions, &json!({"Description": "first"}))
        .await;
    let same = world.post(&versions, &json!({})).await.json();
    world
        .put(
            &format!("{FUNCTIONS}/fn/configuration"),
            &json!({"Timeout": 9}),
        )
        .await;
    world.until_settled("fn").await;
    let second = world.post(&versions, &json!({})).await.json();

    assert_eq!(first.status, 201);
    let first = first.json();
    assert_eq!(
        (&first["Version"], &first["Description"]),
        (&json!("1"), &json!("first"))
    );
    assert_eq!(first["FunctionArn"], format!("{ARN}:1"));
    assert_eq!(same["Version"], "1");
    assert_eq!(
        (&second["Version"], &second["Timeout"]),
        (&json!("2"), &json!(9))
    );
    let kept = world
        .get(&format!("{FUNCTIONS}/fn/configuration?Qualifier=1"))
        .await
        .json();
    assert_eq!(kept["Timeout"], 3);
    let listed = world.get(&versions).await.json();
    let arns: Vec<&str> = listed["Versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|v| v["FunctionArn"].as_str().unwrap())
        .collect();
    assert_eq!(
        arns,
        [
            format!("{ARN}:$LATEST"),
            format!("{ARN}:1"),
            format!("{ARN}:2")
        ]
    );
    let deleted = world.delete(&format!("{FUNCTIONS}/fn?Qualifier=1")).await;
    assert_eq!((deleted.status.as_u16(), deleted.body.len()), (204, 0));
    assert_eq!(
        world
            .get(&format!("{FUNCTIONS}/fn?Qualifier=1"))
            .await
            .status,
        404
    );
}

#[tokio::test]
async fn a_function_created_with_publish_shows_its_version_under_the_unqualified_arn() {
    let world = World::new().await;

    let created = world
        .post(FUNCTIONS, &a_function("fn", &json!({"Publish": true})))
        .await
        .json();

    assert_eq!(
        (&created["Version"], &created["FunctionArn"]),
        (&json!("1"), &json!(ARN))
    );
}

#[tokio::test]
async fn other_code_is_published_when_asked_and_only_looked_at_in_a_dry_run() {
    let world = World::new().await;
    let before = world.has_function("fn", &json!({})).await;
    let code = format!("{FUNCTIONS}/fn/code");

    let dry = world
        .put(&code, &json!({"ZipFile": a_package("two"), "DryRun": true}))
        .await
        .json();
    let after = world
        .get(&format!("{FUNCTIONS}/fn/configuration"))
        .await
        .json();
    let real = world
        .put(
            &code,
            &json!({"ZipFile": a_package("two"), "Publish": true}),
        )
        .await
        .json();

    assert_ne!(dry["CodeSha256"], before["CodeSha256"]);
    assert_eq!(dry["RevisionId"], before["RevisionId"]);
    assert_eq!(after, before);
    assert_eq!(real["CodeSha256"], dry["CodeSha256"]);
    assert_eq!(
        (&real["Version"], &real["FunctionArn"]),
        (&json!("1"), &json!(format!("{ARN}:1")))
    );
    world.until_settled("fn").await;
}

#[tokio::test]
async fn aliases_are_created_changed_listed_and_deleted() {
    let world = World::new().await;
    world.has_function("fn", &json!({"Publish": true})).await;
    publish(&world, "two").await;
    let aliases = format!("{FUNCTIONS}/fn/aliases");

    let created = world
        .post(
            &aliases,
            &json!({
                "Name": "live",
                "FunctionVersion": "1",
                "Description": "d",
                "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.25}},
            }),
        )
        .await;
    world
        .post(&aliases, &json!({"Name": "old", "FunctionVersion": "1"}))
        .await;

    assert_eq!(created.status, 201);
    let mut shown = created.json();
    assert!(
        shown
            .as_object_mut()
            .unwrap()
            .remove("RevisionId")
            .is_some()
    );
    assert_eq!(
        shown,
        json!({
            "AliasArn": format!("{ARN}:live"),
            "Name": "live",
            "FunctionVersion": "1",
            "Description": "d",
            "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.25}},
        })
    );
    let live = format!("{aliases}/live");
    assert_eq!(world.get(&live).await.json(), created.json());
    let change = json!({"FunctionVersion": "2", "RoutingConfig": {"AdditionalVersionWeights": {}}});
    let changed = world.put(&live, &change).await.json();
    assert_eq!(
        (&changed["FunctionVersion"], changed.get("RoutingConfig")),
        (&json!("2"), None)
    );
    let of_one = world
        .get(&format!("{aliases}?FunctionVersion=1"))
        .await
        .json();
    assert_eq!(of_one["Aliases"].as_array().unwrap().len(), 1);
    assert_eq!(of_one["Aliases"][0]["Name"], "old");
    assert_eq!(world.delete(&live).await.status, 204);
    assert_eq!(world.delete(&live).await.status, 204);
    assert_eq!(world.get(&live).await.status, 404);
}

#[tokio::test]
async fn functions_are_listed_in_pages_without_their_states() {
    let world = World::new().await;
    for name in ["c", "a", "b"] {
        world.has_function(name, &json!({"Publish": true})).await;
    }

    let names = |page: &Value| -> Vec<String> {
        let functions = page["Functions"].as_array().unwrap();
        functions
            .iter()
            .map(|f| {
                f["FunctionArn"]
                    .as_str()
                    .unwrap()
                    .rsplit("function:")
                    .next()
                    .unwrap()
                    .to_owned()
            })
            .collect()
    };
    let first = world.get(&format!("{FUNCTIONS}?MaxItems=2")).await.json();
    let marker = first["NextMarker"].as_str().unwrap();
    let second = world
        .get(&format!("{FUNCTIONS}?MaxItems=2&Marker={marker}"))
        .await
        .json();
    let all = world
        .get(&format!("{FUNCTIONS}/?FunctionVersion=ALL"))
        .await
        .json();

    assert_eq!(names(&first), ["a", "b"]);
    assert_eq!(names(&second), ["c"]);
    assert_eq!(second.get("NextMarker"), None);
    assert_eq!(
        names(&all),
        ["a:$LATEST", "a:1", "b:$LATEST", "b:1", "c:$LATEST", "c:1"]
    );
    for hidden in ["State", "LastUpdateStatus", "RuntimeVersionConfig"] {
        assert_eq!(first["Functions"][0].get(hidden), None);
    }
}

#[tokio::test]
async fn tags_are_added_replaced_and_removed() {
    let world = World::new().await;
    world.has_function("fn", &json!({})).await;
    let tags = format!("/2017-03-31/tags/{}", ARN.replace(':', "%3A"));

    let added = world
        .post(&tags, &json!({"Tags": {"a": "1", "b": "2", "c": "3"}}))
        .await;
    world.post(&tags, &json!({"Tags": {"b": "4"}})).await;
    world
        .delete(&format!("{tags}?tagKeys=a&tagKeys=c&tagKeys=x"))
        .await;

    assert_eq!(added.status, 204);
    assert_eq!(world.get(&tags).await.json(), json!({"Tags": {"b": "4"}}));
}

#[tokio::test]
async fn the_account_counts_what_it_uses() {
    let world = World::new().await;
    let function = world.has_function("fn", &json!({"Publish": true})).await;

    let settings = world.get("/2016-08-19/account-settings/").await.json();

    let size = function["CodeSize"].as_u64().unwrap();
    assert_eq!(
        settings["AccountUsage"],
        json!({"FunctionCount": 1, "TotalCodeSize": 2 * size})
    );
    assert_eq!(
        settings["AccountLimit"],
        json!({
            "CodeSizeUnzipped": 262_144_000,
            "CodeSizeZipped": 52_428_800,
            "ConcurrentExecutions": 1_000,
            "TotalCodeSize": 80_530_636_800_u64,
            "UnreservedConcurrentExecutions": 1_000,
        })
    );
}

#[tokio::test]
async fn a_deleted_function_is_gone_with_everything_it_had() {
    let world = World::new().await;
    world.has_function("fn", &json!({"Publish": true})).await;

    let deleted = world.delete(&format!("{FUNCTIONS}/fn")).await;

    assert_eq!((deleted.status.as_u16(), deleted.body.len()), (204, 0));
    assert_eq!(world.get(&format!("{FUNCTIONS}/fn")).await.status, 404);
    assert_eq!(world.invoke("fn/invocations", &[], "{}").await.status, 404);
}

#[tokio::test]
async fn an_invocation_answers_with_the_headers_of_lambda() {
    let world = World::new().await;
    world.has_function("fn", &json!({"Publish": true})).await;

    let sent = [
        ("x-amzn-requestid", "mine"),
        (
            "x-amzn-trace-id",
            "Root=1-5759e988-bd862e3fe1be46a994272793",
        ),
    ];
    let answer = world.invoke("fn/invocations", &sent, r#"{"a": 1}"#).await;

    assert_eq!(
        (answer.status.as_u16(), &*answer.body),
        (200, &br#"{"a": 1}"#[..])
    );
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-amz-executed-version"), Some("$LATEST"));
    assert_eq!(answer.header("x-amzn-remapped-content-length"), Some("0"));
    assert_eq!(answer.header("x-amz-function-error"), None);
    assert_eq!(answer.header("x-amz-log-result"), None);
    assert_eq!(answer.header("x-amzn-requestid").unwrap().len(), 36);
    let trace = answer.header("x-amzn-trace-id").unwrap().to_lowercase();
    assert!(
        trace.contains("root=1-5759e988-bd862e3fe1be46a994272793"),
        "{trace}"
    );
    let version = world.invoke("fn/invocations?Qualifier=1", &[], "{}").await;
    assert_eq!(version.header("x-amz-executed-version"), Some("1"));
}

#[tokio::test]
async fn an_invocation_without_a_payload_gets_an_empty_object() {
    let world = World::new().await;
    world.has_function("fn", &json!({})).await;

    assert_eq!(&*world.invoke("fn/invocations", &[], "").await.body, b"{}");
}

#[tokio::test]
async fn a_function_that_fails_has_answered_with_status_200() {
    let world = World::new().await;
    world.has_function("fn", &json!({})).await;

    let answer = world
        .invoke("fn/invocations", &[], r#"{"fail": true}"#)
        .await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-amz-function-error"), Some("Unhandled"));
    assert_eq!(
        answer.json(),
        json!({"errorMessage": "no", "errorType": "E"})
    );
}

#[tokio::test]
async fn the_log_is_returned_only_when_asked_for() {
    let world = World::new().await;
    world.has_function("fn", &json!({})).await;
    let event = r#"{"print": "hello\n"}"#;

    let asked = world
        .invoke("fn/invocations", &[("x-amz-log-type", "Tail")], event)
        .await;
    let declined = world
        .invoke("fn/invocations", &[("x-amz-log-type", "None")], event)
        .await;

    let log = STANDARD
        .decode(asked.header("x-amz-log-result").unwrap())
        .unwrap();
    let log = String::from_utf8(log).unwrap();
    assert!(
        log.contains("START RequestId: ") && log.contains("hello\n"),
        "{log}"
    );
    assert!(
        log.contains(asked.header("x-amzn-requestid").unwrap()),
        "{log}"
    );
    assert_eq!(declined.header("x-amz-log-result"), None);
}

#[tokio::test]
async fn a_client_context_reaches_the_function_of_a_synchronous_invocation() {
    let world = World::new().await;
    world.has_function("fn", &json!({})).await;
    let context = STANDARD.encode(r#"{"custom": {"a": "b"}}"#);

    let headers = [("x-amz-client-context", context.as_str())];
    let answer = world
        .invoke("fn/invocations", &headers, r#"{"context": true}"#)
        .await;

    assert_eq!(answer.json(), json!({"custom": {"a": "b"}}));
}

#[tokio::test]
async fn a_dry_run_never_runs_anything() {
    let world = World::new().await;
    world.has_function("fn", &json!({})).await;

    let answer = world
        .invoke(
            "fn/invocations",
            &[("x-amz-invocation-type", "DryRun")],
            "{}",
        )
        .await;

    assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
    assert_eq!(answer.header("x-amz-executed-version"), None);
    world.invoke("fn/invocations", &[], "{}").await;
    assert_eq!(world.ran.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_event_is_accepted_before_its_function_has_answered() {
    let world = World::new().await;
    world.has_function("fn", &json!({})).await;

    let event = [
        ("x-amz-invocation-type", "Event"),
        ("x-amz-log-type", "Tail"),
    ];
    let accepted = world
        .invoke("fn/invocations", &event, r#"{"wait": true}"#)
        .await;

    assert_eq!((accepted.status.as_u16(), accepted.body.len()), (202, 0));
    assert_eq!(accepted.header("x-amz-executed-version"), None);
    assert_eq!(accepted.header("x-amz-log-result"), None);
    assert!(accepted.header("x-amzn-trace-id").is_some());
    assert_eq!(world.answered.load(Ordering::SeqCst), 0);
    world.go.add_permits(1);
    world
        .until(|world| world.answered.load(Ordering::SeqCst) == 1)
        .await;
}

#[tokio::test]
async fn an_alias_sends_its_weight_of_the_invocations_to_the_other_version() {
    let world = World::new().await;
    world.has_function("fn", &json!({"Publish": true})).await;
    publish(&world, "two").await;
    let alias = json!({
        "Name": "live",
        "FunctionVersion": "1",
        "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.5}},
    });
    world.post(&format!("{FUNCTIONS}/fn/aliases"), &alias).await;

    let mut versions = BTreeMap::<String, usize>::new();
    for _ in 0..200 {
        let answer = world.invoke("fn:live/invocations", &[], "{}").await;
        let version = answer.header("x-amz-executed-version").unwrap().to_owned();
        *versions.entry(version).or_default() += 1;
    }

    // Less than 40 of 200 at even odds happens once in 10^17 runs.
    assert_eq!(versions.len(), 2, "{versions:?}");
    assert!(versions.values().all(|count| *count > 40), "{versions:?}");
}
