//! The life of a document, change by change.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::time::Duration;

use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::destination::DeadLetterTarget;
use crate::function::{Architecture, Code, Configuration};
use crate::name::{FunctionName, Home, Qualifier};
use crate::runtime::Runtime;

pub(crate) fn stamp(tick: u8) -> Stamp {
    let revision = RevisionId(Uuid::from_u128(u128::from(tick)));
    Stamp {
        now: Moment::from_millis(u64::from(tick) * 1_000),
        revision,
    }
}

fn code(digit: char) -> Code {
    Code {
        sha256: digit.to_string().repeat(64),
        size: 100,
        unzipped: 0,
    }
}

fn new_code(digit: char, publish: bool) -> CodeChange {
    CodeChange {
        code: code(digit),
        architecture: None,
        publish,
    }
}

pub(crate) fn a_draft() -> Draft {
    let python = Runtime::Python { minor: 11 };
    let role = "arn:aws:iam::000000000000:role/r";
    Draft {
        name: FunctionName::parse("fn").unwrap(),
        code: code('a'),
        configuration: Configuration::new(python, "m.h", role, Architecture::X86_64),
        tags: BTreeMap::new(),
        publish: false,
    }
}

/// A function of this name, still pending.
pub(crate) fn a_function(name: &str) -> Function {
    let name = FunctionName::parse(name).unwrap();
    let draft = Draft { name, ..a_draft() };
    Function::create(draft, stamp(1)).unwrap()
}

pub(crate) fn settle(function: &Function, tick: u8) -> Function {
    function
        .prepared(function.latest.revision, &Ok(()), stamp(tick))
        .unwrap()
}

pub(crate) fn an_active_function() -> Function {
    settle(&Function::create(a_draft(), stamp(1)).unwrap(), 2)
}

pub(crate) fn number(n: u64) -> NonZeroU64 {
    NonZeroU64::new(n).unwrap()
}

pub(crate) fn alias(text: &str) -> AliasName {
    AliasName::parse(text).unwrap()
}

pub(crate) fn an_alias(name: &str, version: &str, routing: &[(&str, f64)]) -> AliasDraft {
    AliasDraft {
        name: alias(name),
        version: version.into(),
        description: String::new(),
        routing: routing.iter().map(|(v, w)| ((*v).to_owned(), *w)).collect(),
    }
}

#[test]
fn a_function_is_pending_until_its_package_is_ready() {
    let created = Function::create(a_draft(), stamp(1)).unwrap();
    assert_eq!(created.latest.state, State::Pending);

    let active = settle(&created, 2);

    assert_eq!(active.latest.state, State::Active);
    assert_eq!(active.latest.last_update, LastUpdate::Successful);
    assert_ne!(active.latest.revision, created.latest.revision);
}

#[test]
fn a_function_whose_package_is_refused_has_failed() {
    let created = Function::create(a_draft(), stamp(1)).unwrap();

    let failed = created
        .prepared(created.latest.revision, &Err("bad".into()), stamp(2))
        .unwrap();

    assert_eq!(
        failed.latest.state,
        State::Failed {
            reason: "bad".into()
        }
    );
}

#[test]
fn a_change_of_a_pending_function_is_refused() {
    let pending = Function::create(a_draft(), stamp(1)).unwrap();

    let refusal = pending
        .update_code(new_code('b', false), None, stamp(2))
        .unwrap_err();

    assert_eq!(refusal, Refusal::Pending);
}

#[test]
fn the_old_code_runs_until_the_update_is_ready() {
    let updating = an_active_function()
        .update_code(new_code('b', false), None, stamp(3))
        .unwrap();
    assert_eq!(updating.snapshot(Version::Latest).unwrap().code, code('b'));
    assert_eq!(updating.running(Version::Latest).unwrap().code, code('a'));
    let second = updating.update_configuration(ConfigurationChange::default(), None, stamp(4));
    assert_eq!(second, Err(Refusal::UpdateInProgress));

    let updated = settle(&updating, 5);

    assert_eq!(updated.running(Version::Latest).unwrap().code, code('b'));
}

#[test]
fn the_old_code_runs_on_after_an_update_that_failed() {
    let updating = an_active_function()
        .update_code(new_code('b', false), None, stamp(3))
        .unwrap();
    let failed = updating
        .prepared(updating.latest.revision, &Err("bad".into()), stamp(4))
        .unwrap();
    assert_eq!(failed.running(Version::Latest).unwrap().code, code('a'));

    let again = failed
        .update_code(new_code('c', false), None, stamp(5))
        .unwrap();

    assert_eq!(again.running(Version::Latest).unwrap().code, code('a'));
    assert_eq!(
        settle(&again, 6).running(Version::Latest).unwrap().code,
        code('c')
    );
}

#[test]
fn an_answer_about_a_package_that_was_replaced_changes_nothing() {
    let active = an_active_function();

    let late = active.prepared(active.latest.revision, &Ok(()), stamp(9));

    assert_eq!(late, Err(Refusal::Superseded));
}

#[test]
fn a_revision_that_is_not_the_latest_is_refused() {
    let active = an_active_function();
    let old = stamp(1).revision.0.to_string();
    let current = active.latest.revision.0.to_string();

    assert_eq!(
        active.publish(None, None, Some(&old), stamp(3)),
        Err(Refusal::RevisionDiffers)
    );
    assert!(active.publish(None, None, Some(&current), stamp(3)).is_ok());
}

#[test]
fn publishing_what_did_not_change_publishes_nothing() {
    let once = an_active_function()
        .publish(None, Some("first".into()), None, stamp(3))
        .unwrap();
    let twice = once
        .publish(None, Some("second".into()), None, stamp(4))
        .unwrap();
    assert_eq!(once, twice);

    let updated = settle(
        &twice
            .update_code(new_code('b', false), None, stamp(5))
            .unwrap(),
        6,
    );
    let third = updated.publish(None, None, None, stamp(7)).unwrap();

    assert_eq!(third.last_published().unwrap().0, number(2));
    assert_eq!(third.versions[&number(1)].code, code('a'));
}

#[test]
fn a_number_is_never_used_twice() {
    let one = an_active_function()
        .publish(None, None, None, stamp(3))
        .unwrap();
    let none = one.delete_version(Version::Number(number(1))).unwrap();

    let two = none.publish(None, None, None, stamp(4)).unwrap();

    assert_eq!(
        two.versions.keys().copied().collect::<Vec<_>>(),
        [number(2)]
    );
}

#[test]
fn a_digest_that_is_not_the_codes_refuses_the_publication() {
    let refusal = an_active_function()
        .publish(Some("abc"), None, None, stamp(3))
        .unwrap_err();
    assert!(matches!(refusal, Refusal::CodeDiffers { given, .. } if given == "abc"));
}

#[test]
fn a_version_that_an_alias_needs_cannot_be_deleted() {
    let function = an_active_function()
        .publish(None, None, None, stamp(3))
        .unwrap();
    let function = function
        .create_alias(an_alias("live", "1", &[]), stamp(4))
        .unwrap();
    let one = Version::Number(number(1));
    assert_eq!(
        function.delete_version(one),
        Err(Refusal::VersionInUse {
            aliases: vec!["live".into()]
        })
    );

    assert!(
        function
            .delete_alias(&alias("live"))
            .delete_version(one)
            .unwrap()
            .versions
            .is_empty()
    );
}

#[test]
fn the_rules_of_weighted_routing() {
    let function = an_active_function()
        .publish(None, None, None, stamp(3))
        .unwrap();
    let table = [
        (
            an_alias("a", "1", &[("1", 0.5)]),
            Refusal::RouteToItself {
                version: Version::Number(number(1)),
            },
        ),
        (
            an_alias("a", "$LATEST", &[("1", 0.5)]),
            Refusal::RouteWithLatest,
        ),
        (
            an_alias("a", "1", &[("2", 0.5)]),
            Refusal::NoSuchVersion {
                version: "2".into(),
            },
        ),
        (
            an_alias("a", "1", &[("1", 0.5), ("2", 0.1)]),
            Refusal::TooManyRoutes,
        ),
        (
            an_alias("a", "9", &[]),
            Refusal::NoSuchVersion {
                version: "9".into(),
            },
        ),
    ];
    for (draft, refusal) in table {
        assert_eq!(function.create_alias(draft, stamp(4)), Err(refusal));
    }
}

#[test]
fn an_update_of_an_alias_leaves_what_it_does_not_name() {
    let function = an_active_function()
        .publish(None, None, None, stamp(3))
        .unwrap();
    let function = settle(
        &function
            .update_code(new_code('b', true), None, stamp(4))
            .unwrap(),
        5,
    );
    let function = function
        .create_alias(an_alias("live", "1", &[("2", 0.25)]), stamp(6))
        .unwrap();
    let describe = AliasChange {
        description: Some("d".into()),
        ..AliasChange::default()
    };

    let function = function
        .update_alias(&alias("live"), describe, None, stamp(7))
        .unwrap();

    let live = &function.aliases[&alias("live")];
    assert_eq!(
        (live.description.as_str(), live.routing.unwrap().version),
        ("d", number(2))
    );
    assert_eq!(live.route(0.24), Version::Number(number(2)));
    assert_eq!(live.route(0.25), Version::Number(number(1)));
    let to_two = AliasChange {
        version: Some("2".into()),
        ..AliasChange::default()
    };
    assert!(
        function
            .update_alias(&alias("live"), to_two, None, stamp(8))
            .is_err()
    );
}

#[test]
fn a_qualifier_means_a_version_or_nothing() {
    let function = an_active_function()
        .publish(None, None, None, stamp(3))
        .unwrap();
    let function = function
        .create_alias(an_alias("live", "1", &[]), stamp(4))
        .unwrap();
    let resolve = |text: &str| function.resolve_main(Some(&Qualifier::parse(text)));

    assert_eq!(function.resolve_main(None), Ok(Version::Latest));
    assert_eq!(resolve("$LATEST"), Ok(Version::Latest));
    assert_eq!(resolve("live"), resolve("1"));
    for nothing in ["2", "dead", "$latest"] {
        assert!(resolve(nothing).is_err());
    }
}

#[test]
fn an_environment_is_measured_as_compact_json() {
    let mut configuration = a_draft().configuration;
    let fits = "x".repeat(4_096 - r#"{"KEY":""}"#.len());
    configuration.environment.insert("KEY".into(), fits.clone());
    assert_eq!(configuration.check(), Ok(()));

    configuration.environment.insert("KEY".into(), fits + "x");

    assert!(matches!(
        configuration.check(),
        Err(Refusal::EnvironmentTooLarge { .. })
    ));
}

#[test]
fn settings_that_no_version_may_have_are_refused() {
    let good = a_draft().configuration;
    let mut reserved = good.clone();
    reserved.environment.insert("AWS_REGION".into(), "x".into());
    assert_eq!(
        reserved.check(),
        Err(Refusal::ReservedKeys {
            keys: vec!["AWS_REGION".into()]
        })
    );
    let slow = Configuration {
        timeout: Duration::from_secs(901),
        ..good.clone()
    };
    assert!(matches!(
        slow.check(),
        Err(Refusal::OutOfRange {
            setting: "Timeout",
            ..
        })
    ));
    let nowhere = Configuration {
        handler: String::new(),
        ..good
    };
    assert!(matches!(
        nowhere.check(),
        Err(Refusal::HandlerMissing { .. })
    ));
}

#[test]
fn what_was_never_set_is_not_stored() {
    let stored = serde_json::to_value(an_active_function()).unwrap();

    assert!(stored.get("reserved_concurrency").is_none());
    assert!(stored.get("event_invoke").is_none());
    assert!(
        stored["latest"]["configuration"]
            .get("dead_letter")
            .is_none()
    );
}

#[test]
fn settings_of_events_are_stored_in_this_form() {
    let stored = serde_json::json!({
        "versions": { "$LATEST": {
            "maximum_retry_attempts": 1,
            "maximum_event_age": { "secs": 60, "nanos": 0 },
            "on_success": "arn:aws:sqs:us-east-1:000000000000:good",
            "on_failure": "arn:aws:s3:::bad",
            "modified": 1_700_000_000_000_u64,
        } },
        "aliases": { "live": {
            "maximum_retry_attempts": null,
            "maximum_event_age": null,
            "on_success": null,
            "on_failure": null,
            "modified": 1_700_000_000_001_u64,
        } },
    });
    let mut function = serde_json::to_value(an_active_function()).unwrap();
    function["event_invoke"] = stored.clone();
    function["reserved_concurrency"] = 7.into();
    function["latest"]["configuration"]["dead_letter"] =
        "arn:aws:sns:us-east-1:000000000000:dead".into();

    let read: Function = serde_json::from_value(function.clone()).unwrap();

    assert_eq!(read.reserved_concurrency, Some(7));
    assert_eq!(read.event_invoke.iter().count(), 2);
    assert_eq!(serde_json::to_value(read).unwrap(), function);
}

#[test]
fn a_dead_letter_queue_is_part_of_what_a_version_is() {
    let target = DeadLetterTarget::parse("arn:aws:sqs:us-east-1:000000000000:q").unwrap();
    let set = |dead_letter| ConfigurationChange {
        dead_letter,
        ..ConfigurationChange::default()
    };
    let function = an_active_function();
    let function = function
        .update_configuration(set(Wanted::This(target.clone())), None, stamp(3))
        .unwrap();
    let function = settle(&function, 4)
        .publish(None, None, None, stamp(5))
        .unwrap();

    let function = function
        .update_configuration(set(Wanted::Nothing), None, stamp(6))
        .unwrap();
    let function = settle(&function, 7)
        .publish(None, None, None, stamp(8))
        .unwrap();

    let of = |n| {
        function.versions[&number(n)]
            .configuration
            .dead_letter
            .clone()
    };
    assert_eq!((of(1), of(2)), (Some(target), None));
    assert_eq!(function.latest.configuration.dead_letter, None);
}

#[test]
fn the_network_of_a_function_is_none_or_unsaid() {
    let tags = |value: &str| BTreeMap::from([("invoked:network".to_owned(), value.to_owned())]);
    let function = an_active_function();
    assert!(function.wants_network());

    for value in ["", "nat", "None", "none "] {
        let refused = Refusal::NetworkTag {
            value: value.to_owned(),
        };
        assert_eq!(function.tag(&tags(value)), Err(refused));
    }
    let without = function.tag(&tags("none")).unwrap();
    assert!(!without.wants_network());
    assert!(
        without
            .untag(&["invoked:network".to_owned()])
            .wants_network()
    );
}

#[test]
fn a_resource_has_at_most_fifty_tags() {
    let tags = |n: usize| (0..n).map(|i| (format!("k{i}"), String::new())).collect();
    let function = an_active_function().tag(&tags(50)).unwrap();

    assert_eq!(
        function.tag(&BTreeMap::from([("new".into(), String::new())])),
        Err(Refusal::TooManyTags)
    );
    assert_eq!(function.tag(&BTreeMap::new()), Err(Refusal::NoTags));
    assert!(function.untag(&["k0".into(), "unknown".into()]).tags.len() == 49);
}

#[test]
fn the_digest_reads_as_base64_of_the_bytes() {
    let empty = Code {
        sha256: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".into(),
        size: 0,
        unzipped: 0,
    };
    assert_eq!(
        empty.sha256_base64(),
        "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
    );
}

/// One random change; `tick` makes its stamp.
fn change_at_random(function: &Function, kind: u8, tick: u8) -> Result<Function, Refusal> {
    let letter = char::from(b'a' + tick % 6);
    match kind % 8 {
        0 => function.update_code(new_code(letter, tick.is_multiple_of(2)), None, stamp(tick)),
        1 => function.prepared(function.latest.revision, &Ok(()), stamp(tick)),
        2 => function.prepared(function.latest.revision, &Err("no".into()), stamp(tick)),
        3 => function.publish(None, None, None, stamp(tick)),
        4 => function.create_alias(
            an_alias(&letter.to_string(), &(tick % 4).to_string(), &[]),
            stamp(tick),
        ),
        5 => {
            let home = Home::new("us-east-1", "000000000000");
            let names = [
                "$LATEST".to_owned(),
                (tick % 4).to_string(),
                letter.to_string(),
            ];
            let qualifier = Qualifier::parse(&names[usize::from(tick % 3)]);
            let change = EventInvokeChange::default();
            function.put_event_invoke_config(&home, &qualifier, change, stamp(tick))
        }
        6 => NonZeroU64::new(u64::from(tick % 4)).map_or(Ok(function.clone()), |n| {
            function.delete_version(Version::Number(n))
        }),
        _ => Ok(function.delete_alias(&alias(&letter.to_string()))),
    }
}

proptest! {
    #[test]
    fn no_sequence_of_changes_breaks_a_document(steps in prop::collection::vec((any::<u8>(), any::<u8>()), 0..60)) {
        let mut function = Function::create(a_draft(), stamp(1)).unwrap();
        for (kind, tick) in steps {
            let before = function.clone();
            if let Ok(next) = change_at_random(&function, kind, tick) {
                function = next;
            }
            for (number, version) in &before.versions {
                if let Some(now) = function.versions.get(number) {
                    prop_assert_eq!(&now.code, &version.code);
                    prop_assert_eq!(&now.configuration, &version.configuration);
                }
            }
            prop_assert!(function.next_version >= before.next_version);
            for target in function.aliases.values() {
                prop_assert!(function.snapshot(target.version).is_some());
            }
            for (qualifier, _) in function.event_invoke.iter() {
                prop_assert!(function.resolve_main(Some(&qualifier)).is_ok());
            }
            let bytes = serde_json::to_vec(&function).unwrap();
            prop_assert_eq!(&serde_json::from_slice::<Function>(&bytes).unwrap(), &function);
        }
    }
}
