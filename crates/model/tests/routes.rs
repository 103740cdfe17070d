//! Every operation is found by its own request line, with labels no client would think twice to send.
#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail loudly")]

use http::Method;
use model::{NoRoute, Operation, route};

const FUNCTION: &str = "arn:aws:lambda:us-east-1:123456789012:function:my-function:$LATEST";
const DURABLE: &str =
    "arn:aws:lambda:us-east-1:123456789012:function:f:1/durable-execution/name/0a1b";

/// `percent` encodes everything that is not a letter or a digit.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

/// The names of a template's labels, in order.
fn label_names(template: &str) -> Vec<&str> {
    template
        .split('{')
        .skip(1)
        .map(|rest| rest.split('}').next().unwrap())
        .collect()
}

fn filled(template: &str, value: impl Fn(&str) -> String) -> (String, Option<String>) {
    let mut line = template.to_owned();
    for name in label_names(template) {
        line = line.replace(&format!("{{{name}}}"), &value(name));
    }
    match line.split_once('?') {
        Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
        None => (line, None),
    }
}

#[test]
fn every_operation_is_found_and_its_labels_are_decoded() {
    let awkward = format!("{DURABLE} ü+%&?");
    for operation in Operation::ALL {
        let template = operation.uri_template();
        let (path, query) = filled(template, |_| encoded(&awkward));

        for path in [path.clone(), format!("{path}/")] {
            let (found, labels) = route(&operation.method(), &path, query.as_deref()).unwrap();

            assert_eq!(found, *operation, "{path}");
            for name in label_names(template) {
                assert_eq!(
                    labels.get(name),
                    Some(awkward.as_str()),
                    "{operation:?} {name}"
                );
            }
            assert_eq!(labels.get("Nothing"), None);
        }
    }
    assert_eq!(Operation::ALL.len(), 91);
}

#[test]
fn a_durable_arn_may_hold_raw_slashes() {
    for operation in Operation::ALL {
        let template = operation.uri_template();
        if !template.contains("{DurableExecutionArn}") {
            continue;
        }
        let (path, _) = filled(template, |_| DURABLE.to_owned());

        let (found, labels) = route(&operation.method(), &path, None).unwrap();

        assert_eq!(found, *operation);
        assert_eq!(labels.get("DurableExecutionArn"), Some(DURABLE));
    }
}

#[test]
fn a_query_literal_tells_operations_of_one_path_apart() {
    let provisioned = "/2019-09-30/functions/f/provisioned-concurrency";
    let layers = "/2018-10-31/layers";
    let found = |path, query| route(&Method::GET, path, query).unwrap().0;

    assert_eq!(
        found(provisioned, Some("MaxItems=1&List=ALL")),
        Operation::ListProvisionedConcurrencyConfigs
    );
    assert_eq!(
        found(provisioned, Some("Qualifier=List")),
        Operation::GetProvisionedConcurrencyConfig
    );
    assert_eq!(
        found(provisioned, None),
        Operation::GetProvisionedConcurrencyConfig
    );
    assert_eq!(
        found(layers, Some("find=LayerVersion&Arn=a")),
        Operation::GetLayerVersionByArn
    );
    assert_eq!(found(layers, Some("find=Layer")), Operation::ListLayers);
}

#[test]
fn an_unknown_path_is_told_from_a_wrong_method() {
    let known = "/2015-03-31/functions/f/invocations";

    assert_eq!(
        route(&Method::GET, known, None),
        Err(NoRoute::MethodNotAllowed)
    );
    for path in [
        "",
        "/",
        "//",
        "*",
        "/2015-03-31",
        "/2015-03-31/functions/f/nothing",
        "/2015-03-31/functions/a/b/invocations",
        "2015-03-31/functions",
        "/2015-03-31/functions/f/invocations//",
        "/2015-03-31%2Ffunctions",
        "/a/b/c/d/e/f/g/h/i/j/k/l/m",
    ] {
        assert_eq!(
            route(&Method::POST, path, None),
            Err(NoRoute::UnknownPath),
            "{path}"
        );
    }
}

#[test]
fn a_broken_percent_sign_stands_for_itself() {
    let (_, labels) = route(&Method::GET, "/2015-03-31/functions/a%zz%E4%", None).unwrap();

    assert_eq!(labels.get("FunctionName"), Some("a%zz\u{FFFD}%"));
}

#[test]
fn operations_carry_what_the_model_and_iam_say() {
    let invoke = Operation::Invoke;

    assert_eq!(invoke.name(), "Invoke");
    assert_eq!(invoke.iam_action(), "lambda:InvokeFunction");
    assert_eq!(
        Operation::InvokeWithResponseStream.iam_action(),
        "lambda:InvokeFunction"
    );
    assert_eq!(
        Operation::CreateFunction.iam_action(),
        "lambda:CreateFunction"
    );
    assert_eq!(Operation::CreateFunction.success_status(), 201);
    assert_eq!(Operation::DeleteAlias.success_status(), 204);
    assert!(Operation::ListTags.is_readonly() && !Operation::TagResource.is_readonly());
    assert_eq!(
        Operation::ALL
            .iter()
            .filter(|operation| operation.is_served())
            .count(),
        38
    );
    for operation in Operation::ALL {
        assert_eq!(operation.name(), format!("{operation:?}"));
    }
}

#[test]
fn an_arn_in_a_label_may_be_sent_with_raw_colons() {
    let path = format!("/2015-03-31/functions/{FUNCTION}/configuration");

    let (operation, labels) = route(&Method::PUT, &path, None).unwrap();

    assert_eq!(operation, Operation::UpdateFunctionConfiguration);
    assert_eq!(labels.get("FunctionName"), Some(FUNCTION));
}
