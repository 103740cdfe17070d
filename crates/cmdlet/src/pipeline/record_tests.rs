//! What a record binds, row by row.

use super::*;
use crate::binder::bind;

fn laid_over(line: &[&str], record: &str) -> Result<Bound, RecordError> {
    let line: Vec<_> = line.iter().map(|&token| token.to_owned()).collect();
    let record = Record::from_json(record.as_bytes()).unwrap();
    bound(&bind(&line).unwrap(), &record, 7)
}

fn text(line: &[&str], record: &str, name: ParameterId) -> Option<String> {
    laid_over(line, record)
        .unwrap()
        .text(name)
        .map(str::to_owned)
}

#[test]
fn a_text_is_the_name_of_a_function() {
    assert_eq!(
        text(&[], "\"f\"", ParameterId::FunctionName).as_deref(),
        Some("f")
    );
    assert_eq!(
        text(&[], "5", ParameterId::FunctionName).as_deref(),
        Some("5")
    );
}

#[test]
fn a_text_finds_no_place_when_the_name_is_taken() {
    for record in ["\"x\"", "null", "[1]", "{}", r#"{"Unknown":1}"#] {
        let error = laid_over(&["f"], record).unwrap_err();
        assert_eq!(error.id(), "InputObjectNotBound", "{record}");
        assert!(error.lets_others_follow());
    }
}

#[test]
fn an_object_without_a_name_is_not_turned_into_one() {
    let error = laid_over(&[], r#"{"Payload":"{}"}"#).unwrap_err();

    assert_eq!(error.id(), "InputObjectMissingMandatory");
    assert_eq!(
        laid_over(&[], "{}").unwrap_err().id(),
        "InputObjectNotBound"
    );
}

#[test]
fn properties_bind_by_name_and_alias_in_any_case() {
    let record =
        r#"{"functionname":"f","REGIONTOCALL":"r","ak":"a","SecretAccessKey":"s","Other":{"a":1}}"#;
    let bound = laid_over(&[], record).unwrap();

    assert_eq!(bound.text(ParameterId::FunctionName), Some("f"));
    assert_eq!(bound.text(ParameterId::Region), Some("r"));
    assert_eq!(bound.text(ParameterId::AccessKey), Some("a"));
    assert_eq!(bound.text(ParameterId::SecretKey), Some("s"));
}

#[test]
fn a_name_goes_before_its_alias_and_is_never_abbreviated() {
    let record = r#"{"FunctionName":"f","SK":"alias","SecretKey":"name","Quali":"1"}"#;
    let bound = laid_over(&[], record).unwrap();

    assert_eq!(bound.text(ParameterId::SecretKey), Some("name"));
    assert_eq!(bound.text(ParameterId::Qualifier), None);
}

#[test]
fn the_command_line_goes_before_the_record() {
    let bound = laid_over(
        &["f", "-Payload", "1"],
        r#"{"FunctionName":"g","Payload":"2","Qualifier":"3"}"#,
    )
    .unwrap();

    assert_eq!(bound.text(ParameterId::FunctionName), Some("f"));
    assert_eq!(bound.text(ParameterId::Payload), Some("1"));
    assert_eq!(bound.text(ParameterId::Qualifier), Some("3"));
}

#[test]
fn common_parameters_do_not_come_from_a_record() {
    let bound = laid_over(&["f"], r#"{"WhatIf":true,"Payload":"1"}"#).unwrap();

    assert!(!bound.is_on(ParameterId::WhatIf));
}

#[test]
fn a_payload_that_is_no_text_becomes_compact_json() {
    for (json, sent) in [
        (r#"{ "a" : [ 1 , "b \" c" ] }"#, r#"{"a":[1,"b \" c"]}"#),
        ("12345678901234567890123", "12345678901234567890123"),
        ("true", "true"),
        (r#""{ }""#, "{ }"),
        ("null", ""),
    ] {
        let record = format!("{{\"Payload\": {json}}}");
        assert_eq!(
            text(&["f"], &record, ParameterId::Payload).as_deref(),
            Some(sent),
            "{json}"
        );
    }
}

#[test]
fn a_stream_is_text_lines_or_bytes_and_never_a_file() {
    for (json, sent) in [
        (r#""@/etc/passwd""#, "@/etc/passwd"),
        (r#"["a","b"]"#, "a\nb\n"),
        ("[104,105]", "hi"),
        (r#""\u00e4\n""#, "ä\n"),
    ] {
        let record = format!("{{\"PayloadStream\": {json}}}");
        let bound = laid_over(&["f"], &record).unwrap();
        assert_eq!(
            bound.bytes(ParameterId::PayloadStream).unwrap(),
            sent,
            "{json}"
        );
    }
}

#[test]
fn a_switch_takes_a_truth_value() {
    assert!(
        laid_over(&["f"], r#"{"Force":true}"#)
            .unwrap()
            .is_on(ParameterId::Force)
    );
    assert!(
        !laid_over(&["f"], r#"{"Force":0}"#)
            .unwrap()
            .is_on(ParameterId::Force)
    );
}

#[test]
fn what_cannot_be_converted_is_refused_by_name() {
    for record in [
        r#"{"Force":"yes"}"#,
        r#"{"Qualifier":{}}"#,
        r#"{"Region":["a"]}"#,
        r#"{"PayloadStream":[1,256]}"#,
        r#"{"PayloadStream":{"a":1}}"#,
        r#"{"Credential":"@file"}"#,
    ] {
        let error = laid_over(&["f"], record).unwrap_err();
        assert_eq!(error.id(), "CannotConvertArgument", "{record}");
        assert!(error.to_string().contains("record 7"), "{error}");
    }
}

#[test]
fn a_null_is_as_if_it_had_not_been_given_where_nothing_stands_in() {
    let bound = laid_over(&["f"], r#"{"Qualifier":null,"TenantId":null}"#).unwrap();

    assert!(!bound.is_bound(ParameterId::Qualifier));
    assert!(!bound.is_bound(ParameterId::TenantId));
}

#[test]
fn an_object_of_keys_is_a_credential_as_a_whole() {
    let record = r#"{"Version":1,"accessKeyId":"a","SecretAccessKey":"s","SessionToken":"t"}"#;
    let bound = laid_over(&["f"], record).unwrap();

    assert_eq!(
        bound.text(ParameterId::Credential),
        Some(r#"{"AccessKeyId":"a","SecretAccessKey":"s","SessionToken":"t","Version":1}"#)
    );
    assert!(!bound.is_bound(ParameterId::SecretKey));
    assert!(!bound.is_bound(ParameterId::SessionToken));
}

#[test]
fn an_object_of_a_user_is_a_network_credential_as_a_whole() {
    let record = r#"{"UserName":"CORP\\ada","Password":"p","Payload":"1"}"#;
    let bound = laid_over(&["f"], record).unwrap();

    assert_eq!(
        bound.text(ParameterId::NetworkCredential),
        Some(r#"{"UserName":"CORP\\ada","Password":"p"}"#)
    );
    assert_eq!(bound.text(ParameterId::Payload), Some("1"));
}
