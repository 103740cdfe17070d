//! The binding rules of PowerShell, row by row, and as a property of whole command lines.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::*;

fn line(tokens: &[&str]) -> Result<Bound, BindError> {
    let tokens: Vec<_> = tokens.iter().map(|&token| token.to_owned()).collect();
    bind(&tokens)
}

fn bound(tokens: &[&str]) -> Bound {
    line(tokens).unwrap()
}

fn error_id(tokens: &[&str]) -> &'static str {
    line(tokens).unwrap_err().id()
}

/// The shortest spelling of every parameter that has one of its own, as the reference table gives them.
const SHORTEST: [(&str, ParameterId); 28] = [
    ("Fu", ParameterId::FunctionName),
    ("Payload", ParameterId::Payload),
    ("PayloadS", ParameterId::PayloadStream),
    ("ClientContext", ParameterId::ClientContext),
    ("ClientContextB", ParameterId::ClientContextBase64),
    ("I", ParameterId::InvocationType),
    ("L", ParameterId::LogType),
    ("Q", ParameterId::Qualifier),
    ("Sel", ParameterId::Select),
    ("Pas", ParameterId::PassThru),
    ("Fo", ParameterId::Force),
    ("Ac", ParameterId::AccessKey),
    ("AK", ParameterId::AccessKey),
    ("Cr", ParameterId::Credential),
    ("E", ParameterId::EndpointUrl),
    ("N", ParameterId::NetworkCredential),
    ("ProfileL", ParameterId::ProfileLocation),
    ("Profiles", ParameterId::ProfileLocation),
    ("AWSProfiles", ParameterId::ProfileLocation),
    ("ProfileN", ParameterId::ProfileName),
    ("Sto", ParameterId::ProfileName),
    ("AWSProfileN", ParameterId::ProfileName),
    ("R", ParameterId::Region),
    ("Sec", ParameterId::SecretKey),
    ("SK", ParameterId::SecretKey),
    ("Ses", ParameterId::SessionToken),
    ("ST", ParameterId::SessionToken),
    ("V", ParameterId::Verbose),
];

const AMBIGUOUS: [&str; 13] = [
    "P", "Pa", "Pay", "Pr", "Profile", "F", "C", "Cl", "S", "Se", "A", "AWS", "W",
];

#[test]
fn the_shortest_spellings_of_the_reference_table_resolve() {
    let more = [
        ("D", ParameterId::Debug),
        ("Wh", ParameterId::WhatIf),
        ("Co", ParameterId::Confirm),
    ];
    for (text, name) in SHORTEST.into_iter().chain(more) {
        assert_eq!(resolve(text).map(|row| row.id), Ok(name), "-{text}");
        let lower = text.to_ascii_lowercase();
        assert_eq!(resolve(&lower).map(|row| row.id), Ok(name), "-{lower}");
    }
}

#[test]
fn one_letter_less_does_not_name_the_parameter() {
    let exact = ["AK", "SK", "ST"];
    for (text, name) in SHORTEST {
        let shorter = &text[..text.len() - 1];
        if shorter.is_empty()
            || exact.contains(&text)
            || text == "ClientContextB"
            || text == "PayloadS"
        {
            continue;
        }
        let resolved = resolve(shorter).map(|row| row.id);
        assert_ne!(resolved, Ok(name), "-{text} is not the shortest");
    }
    assert_eq!(
        resolve("PayloadStrea").map(|row| row.id),
        Ok(ParameterId::PayloadStream)
    );
    assert_eq!(
        resolve("Payload").map(|row| row.id),
        Ok(ParameterId::Payload)
    );
}

#[test]
fn the_ambiguous_spellings_of_the_reference_table_stay_ambiguous() {
    for text in AMBIGUOUS {
        let resolved = resolve(text);
        assert!(
            matches!(resolved, Err(BindError::AmbiguousParameter { .. })),
            "-{text}: {resolved:?}"
        );
    }
}

#[test]
fn an_ambiguity_names_the_candidates() {
    assert_eq!(
        line(&["-Profile", "x"]),
        Err(BindError::AmbiguousParameter {
            name: "Profile".to_owned(),
            candidates: vec!["ProfileName", "ProfileLocation"],
        })
    );
}

#[test]
fn common_parameters_yield_to_the_commands_own() {
    assert_eq!(
        resolve("I").map(|row| row.id),
        Ok(ParameterId::InvocationType)
    );
    assert_eq!(
        resolve("ErrorA").map(|row| row.id),
        Ok(ParameterId::ErrorAction)
    );
    assert_eq!(resolve("vb").map(|row| row.id), Ok(ParameterId::Verbose));
    assert_eq!(error_id(&["-O", "x"]), "AmbiguousParameter");
}

#[test]
fn a_name_that_is_no_parameter_is_not_found() {
    assert_eq!(error_id(&["-Nonsense", "x"]), "NamedParameterNotFound");
    assert_eq!(error_id(&["-_x"]), "NamedParameterNotFound");
}

#[test]
fn values_follow_after_a_space_a_colon_or_both() {
    for tokens in [
        &["-FunctionName", "f"][..],
        &["-FunctionName:f"],
        &["-functionname:", "f"],
        &["f"],
    ] {
        assert_eq!(
            bound(tokens).text(ParameterId::FunctionName),
            Some("f"),
            "{tokens:?}"
        );
    }
    assert_eq!(
        bound(&["-EndpointUrl:http://h:1/p"]).text(ParameterId::EndpointUrl),
        Some("http://h:1/p")
    );
}

#[test]
fn every_dash_of_powershell_starts_a_parameter() {
    for dash in ['-', '\u{2013}', '\u{2014}', '\u{2015}'] {
        let token = format!("{dash}Qualifier");
        assert_eq!(
            bound(&[&token, "1"]).text(ParameterId::Qualifier),
            Some("1")
        );
    }
}

#[test]
fn a_dash_alone_or_before_a_digit_is_a_value() {
    let bound = bound(&["f", "-5", "-", "-.5"]);

    assert_eq!(bound.text(ParameterId::Payload), Some("-5"));
    assert_eq!(bound.text(ParameterId::ClientContext), Some("-"));
    assert_eq!(bound.text(ParameterId::InvocationType), Some("-.5"));
}

#[test]
fn a_switch_takes_a_value_only_with_a_colon() {
    for (tokens, on) in [
        (&["-Force"][..], true),
        (&["-Force:$true"], true),
        (&["-Force:1"], true),
        (&["-Force:TRUE"], true),
        (&["-Force:$false"], false),
        (&["-fo:0"], false),
        (&["-Force:", "$false"], false),
    ] {
        assert_eq!(bound(tokens).is_on(ParameterId::Force), on, "{tokens:?}");
    }
    let separate = bound(&["-Force", "false"]);
    assert!(separate.is_on(ParameterId::Force));
    assert_eq!(separate.text(ParameterId::FunctionName), Some("false"));
    assert_eq!(error_id(&["-Force:maybe"]), "CannotConvertArgument");
}

#[test]
fn a_parameter_is_bound_once_whatever_spelling_is_used() {
    assert_eq!(
        error_id(&["-AccessKey", "a", "-AK", "b"]),
        "ParameterAlreadyBound"
    );
    assert_eq!(
        error_id(&["-Sec:a", "-SecretAccessKey:b"]),
        "ParameterAlreadyBound"
    );
    assert_eq!(
        error_id(&["-Force", "-Force:$false"]),
        "ParameterAlreadyBound"
    );
}

#[test]
fn positions_are_filled_after_the_names() {
    let bound = bound(&["fn", "-Payload", "{}", r#"{"c":1}"#]);

    assert_eq!(bound.text(ParameterId::FunctionName), Some("fn"));
    assert_eq!(bound.text(ParameterId::Payload), Some("{}"));
    assert_eq!(bound.text(ParameterId::ClientContext), Some(r#"{"c":1}"#));
}

#[test]
fn a_sixth_position_is_not_found() {
    assert_eq!(
        error_id(&["f", "{}", "{}", "Event", "Tail", "more"]),
        "PositionalParameterNotFound"
    );
}

#[test]
fn two_dashes_alone_end_the_parameters() {
    let bound = bound(&["-Qualifier", "1", "--", "f", "-Force"]);

    assert_eq!(bound.text(ParameterId::FunctionName), Some("f"));
    assert_eq!(bound.text(ParameterId::Payload), Some("-Force"));
    assert!(!bound.is_on(ParameterId::Force));
}

#[test]
fn a_value_that_spells_a_parameter_needs_the_colon() {
    assert_eq!(
        error_id(&["f", "-Qualifier", "-LogType", "Tail"]),
        "MissingArgument"
    );
    assert_eq!(error_id(&["f", "-Qualifier", "-P"]), "MissingArgument");
    assert_eq!(
        error_id(&["f", "-Qualifier", "--output", "json"]),
        "MissingArgument"
    );
    assert_eq!(error_id(&["f", "-Qualifier", "--"]), "MissingArgument");
    assert_eq!(error_id(&["f", "-Qualifier"]), "MissingArgument");
    assert_eq!(
        bound(&["f", "-Payload:-Force"]).text(ParameterId::Payload),
        Some("-Force")
    );
    assert_eq!(
        bound(&["f", "-Payload", "-xyz"]).text(ParameterId::Payload),
        Some("-xyz")
    );
    assert_eq!(
        bound(&["f", "-Payload", "--xyz"]).text(ParameterId::Payload),
        Some("--xyz")
    );
}

#[test]
fn a_missing_value_says_how_the_shell_may_have_eaten_it() {
    let error = line(&["f", "-Qualifier"]).unwrap_err();

    assert!(error.to_string().contains("$LATEST"), "{error}");
}

#[test]
fn an_empty_value_is_bound() {
    assert_eq!(
        bound(&["f", "-Payload", ""]).text(ParameterId::Payload),
        Some("")
    );
    assert_eq!(bound(&["f", ""]).text(ParameterId::Payload), Some(""));
}

#[test]
fn options_take_a_value_with_or_without_an_equals_sign() {
    assert_eq!(
        bound(&["--output", "json"]).option("--output"),
        Some("json")
    );
    assert_eq!(bound(&["--output=raw"]).option("--output"), Some("raw"));
    assert_eq!(
        bound(&["--fail-on-function-error"]).option("--fail-on-function-error"),
        Some("")
    );
    assert_eq!(bound(&["--help"]).option("--help"), Some(""));
    assert_eq!(error_id(&["--output", "xml"]), "InvalidOption");
    assert_eq!(error_id(&["--output", ""]), "InvalidOption");
    assert_eq!(error_id(&["--output"]), "InvalidOption");
    assert_eq!(
        error_id(&["--output=json", "--output=raw"]),
        "InvalidOption"
    );
    assert_eq!(error_id(&["--version=1"]), "InvalidOption");
    assert_eq!(error_id(&["--outputs"]), "UnknownOption");
}

#[test]
fn a_parameter_that_is_not_acted_upon_is_refused_by_name() {
    for tokens in [
        &["f", "-ProfileName", "p"][..],
        &["f", "-WhatIf"],
        &["f", "-ea", "Stop"],
    ] {
        assert_eq!(
            bound(tokens).ready().unwrap_err().id(),
            "ParameterNotSupported",
            "{tokens:?}"
        );
    }
}

#[test]
fn the_function_name_is_mandatory() {
    assert_eq!(
        bound(&["-Payload", "{}"]).ready(),
        Err(BindError::MissingMandatoryParameter)
    );
}

/// A parameter with its value, a spelling of it, and the form it is written in.
fn an_argument() -> impl Strategy<Value = (&'static Parameter, String, Index, u8)> {
    (
        select(TABLE.iter().collect::<Vec<_>>()),
        r#"[a-zA-Z0-9{}\[\]":,./$ @äé-]{1,12}"#,
        any::<Index>(),
        0..3_u8,
    )
}

/// Every spelling that stands for this parameter and no other.
fn accepted_spellings(row: &Parameter) -> Vec<String> {
    row.spellings()
        .flat_map(|spelling| (1..=spelling.len()).map(move |length| spelling[..length].to_owned()))
        .filter(|text| resolve(text).is_ok_and(|found| found.id == row.id))
        .collect()
}

fn written(row: &Parameter, value: &str, spelling: &str, form: u8) -> Vec<String> {
    match (row.kind, form) {
        (Kind::Switch, 0) => vec![format!("-{spelling}")],
        (Kind::Switch, 1) => vec![format!("-{spelling}:$true")],
        (Kind::Switch, _) => vec![format!("\u{2013}{spelling}:"), "1".to_owned()],
        (Kind::Value(_), 0) if !spells_something(value) => {
            vec![format!("-{spelling}"), value.to_owned()]
        }
        (Kind::Value(_), 1) if !spells_something(value) => {
            vec![
                format!("\u{2014}{}:", spelling.to_uppercase()),
                value.to_owned(),
            ]
        }
        (Kind::Value(_), _) => vec![format!("-{spelling}:{value}")],
    }
}

proptest! {
    #[test]
    fn an_abbreviated_line_binds_as_the_full_line(
        arguments in proptest::collection::vec(an_argument(), 1..8),
        function in "[a-z]{1,8}",
    ) {
        let mut full = Vec::new();
        let mut short = Vec::new();
        let mut seen = vec![ParameterId::FunctionName];
        for (row, value, spelling, form) in &arguments {
            if seen.contains(&row.id) {
                continue;
            }
            seen.push(row.id);
            let spellings = accepted_spellings(row);
            full.extend(written(row, value, row.name, 2));
            let chosen: &String = spelling.get(&spellings);
            short.extend(written(row, value, chosen, *form));
        }
        full.push(format!("-FunctionName:{function}"));
        short.push(function.clone());

        let expected = bind(&full);
        prop_assert!(expected.is_ok(), "{full:?}: {expected:?}");
        prop_assert_eq!(bind(&short), expected);
    }

    #[test]
    fn no_command_line_makes_the_binder_panic(tokens in proptest::collection::vec(".{0,12}", 0..8)) {
        let _outcome = bind(&tokens);
    }
}
