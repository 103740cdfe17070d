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

/// The shortest spellings of every parameter, as the reference table gives them. Version 5's `TenantId`
/// and `DurableExecutionName` take `-T` and `-D` for themselves, so `-Debug` needs two letters.
const SHORTEST: [(&str, ParameterId); 46] = [
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
    ("T", ParameterId::TenantId),
    ("D", ParameterId::DurableExecutionName),
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
    ("De", ParameterId::Debug),
    ("db", ParameterId::Debug),
    ("ErrorA", ParameterId::ErrorAction),
    ("ea", ParameterId::ErrorAction),
    ("WarningA", ParameterId::WarningAction),
    ("InformationA", ParameterId::InformationAction),
    ("Prog", ParameterId::ProgressAction),
    ("ErrorV", ParameterId::ErrorVariable),
    ("WarningV", ParameterId::WarningVariable),
    ("InformationV", ParameterId::InformationVariable),
    ("OutV", ParameterId::OutVariable),
    ("OutB", ParameterId::OutBuffer),
    ("Pi", ParameterId::PipelineVariable),
    ("Wh", ParameterId::WhatIf),
    ("wi", ParameterId::WhatIf),
    ("Co", ParameterId::Confirm),
];

const AMBIGUOUS: [&str; 13] = [
    "P", "Pa", "Pay", "Pr", "Profile", "F", "C", "Cl", "S", "Se", "A", "AWS", "W",
];

#[test]
fn the_shortest_spellings_of_the_reference_table_resolve() {
    for (text, name) in SHORTEST {
        assert_eq!(resolve(text).map(|row| row.id), Ok(name), "-{text}");
        let lower = text.to_ascii_lowercase();
        assert_eq!(resolve(&lower).map(|row| row.id), Ok(name), "-{lower}");
    }
}

#[test]
fn every_parameter_has_a_shortest_spelling_in_the_table() {
    for row in &TABLE {
        assert!(
            SHORTEST.iter().any(|(_, name)| *name == row.id),
            "{}",
            row.name
        );
    }
}

#[test]
fn one_letter_less_does_not_name_the_parameter() {
    for (text, name) in SHORTEST {
        let shorter = &text[..text.len() - 1];
        let resolved = resolve(shorter).map(|row| row.id);
        assert_ne!(resolved, Ok(name), "-{text} is not the shortest");
    }
}

#[test]
fn the_parameters_of_version_5_take_their_abbreviations() {
    for (text, name) in [
        ("D", ParameterId::DurableExecutionName),
        ("Du", ParameterId::DurableExecutionName),
        ("T", ParameterId::TenantId),
        ("De", ParameterId::Debug),
    ] {
        assert_eq!(resolve(text).map(|row| row.id), Ok(name), "-{text}");
    }
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
fn a_parameter_of_the_session_is_refused_by_name() {
    for tokens in [
        &["f", "-ov", "x"][..],
        &["f", "-ErrorVariable", "e"],
        &["f", "-PipelineVariable", "p"],
        &["f", "-proga", "Continue"],
        &["f", "-InformationAction", "Continue"],
    ] {
        assert_eq!(
            bound(tokens).checked().unwrap_err().id(),
            "ParameterNotSupported",
            "{tokens:?}"
        );
    }
}

#[test]
fn a_profile_is_told_how_it_is_named() {
    let error = line(&["f", "-Profile", "dev"]).unwrap_err();

    assert!(error.to_string().contains("-ProfileName"), "{error}");
}

#[test]
fn a_pattern_that_the_shell_replaced_is_recognised() {
    let error = line(&["f", "{}", "{}", "Event", "Tail", "Cargo.toml"]).unwrap_err();

    assert!(error.to_string().contains("quote the pattern"), "{error}");
}

/// A parameter with its value, a spelling of it, the form it is written in, and the case of its letters.
type Given = (&'static Parameter, String, Index, Form, u64);

/// How a parameter is written.
#[derive(Debug, Clone, Copy)]
enum Form {
    /// `-Name value`, or a switch alone.
    Spaced,
    /// `-Name: value`.
    ColonAndSpace,
    /// `-Name:value`.
    Colon,
    /// The value alone, where there is a place for it.
    Positional,
}

fn an_argument() -> impl Strategy<Value = Given> {
    let forms = [
        Form::Spaced,
        Form::ColonAndSpace,
        Form::Colon,
        Form::Positional,
    ];
    (
        select(TABLE.iter().collect::<Vec<_>>()),
        r#"[a-zA-Z0-9{}\[\]":,./$ @äé-]{1,12}"#,
        any::<Index>(),
        select(forms.to_vec()),
        any::<u64>(),
    )
}

/// Every spelling that stands for this parameter and no other.
fn accepted_spellings(row: &Parameter) -> Vec<String> {
    row.spellings()
        .flat_map(|spelling| (1..=spelling.len()).map(move |length| spelling[..length].to_owned()))
        .filter(|text| resolve(text).is_ok_and(|found| found.id == row.id))
        .collect()
}

/// The letters, each in the case that a bit says.
fn in_random_case(text: &str, bits: u64) -> String {
    text.chars()
        .enumerate()
        .map(|(index, letter)| match bits >> (index % 64) & 1 {
            0 => letter.to_ascii_lowercase(),
            _ => letter.to_ascii_uppercase(),
        })
        .collect()
}

fn full(row: &Parameter, value: &str) -> Vec<String> {
    match row.kind {
        Kind::Switch => vec![format!("-{}:$true", row.name)],
        Kind::Value(_) => vec![format!("-{}:{value}", row.name)],
    }
}

fn short((row, value, index, form, bits): &Given) -> Vec<String> {
    let spellings = accepted_spellings(row);
    let spelling = in_random_case(index.get::<String>(&spellings), *bits);
    let dash = ['-', '\u{2013}', '\u{2014}', '\u{2015}'][usize::try_from(bits % 4).unwrap()];
    let name = format!("{dash}{spelling}");
    match (row.kind, form) {
        (Kind::Switch, Form::Spaced | Form::Positional) => vec![name],
        (Kind::Switch, Form::ColonAndSpace) => vec![format!("{name}:"), "1".to_owned()],
        (Kind::Switch, Form::Colon) => vec![format!("{name}:$true")],
        (Kind::Value(_), Form::Spaced | Form::Positional) if !spells_something(value) => {
            vec![name, value.clone()]
        }
        (Kind::Value(_), Form::ColonAndSpace) if !spells_something(value) => {
            vec![format!("{name}:"), value.clone()]
        }
        (Kind::Value(_), _) => vec![format!("{name}:{value}")],
    }
}

/// Whether an argument can stand without its name: all places before its own are taken without one too.
fn without_names(arguments: &[Given]) -> Vec<ParameterId> {
    let is_positional = |row: &Parameter| {
        arguments
            .iter()
            .find(|(other, ..)| other.id == row.id)
            .is_some_and(|(_, value, _, form, _)| {
                matches!(form, Form::Positional)
                    && Named::read(value).is_none()
                    && !value.starts_with("--")
            })
    };
    positional()
        .into_iter()
        .take_while(|row| is_positional(row))
        .map(|row| row.id)
        .collect()
}

proptest! {
    #[test]
    fn an_abbreviated_line_binds_as_the_full_line(
        arguments in proptest::collection::vec(an_argument(), 1..12),
    ) {
        let mut seen = Vec::new();
        let mut arguments = arguments;
        arguments.retain(|(row, ..)| !seen.contains(&row.id) && { seen.push(row.id); true });
        let unnamed = without_names(&arguments);

        let full: Vec<_> = arguments.iter().flat_map(|(row, value, ..)| full(row, value)).collect();
        let mut short: Vec<_> = arguments
            .iter()
            .filter(|(row, ..)| !unnamed.contains(&row.id))
            .flat_map(short)
            .collect();
        // The places are filled in their own order, wherever the names stand.
        for name in unnamed {
            short.push(arguments.iter().find(|(row, ..)| row.id == name).unwrap().1.clone());
        }

        let expected = bind(&full);
        prop_assert!(expected.is_ok(), "{full:?}: {expected:?}");
        prop_assert_eq!(bind(&short), expected, "{:?}", short);
    }

    #[test]
    fn no_command_line_makes_the_binder_panic(tokens in proptest::collection::vec(".{0,12}", 0..8)) {
        let _outcome = bind(&tokens);
    }
}
