//! Records on standard input.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Stdio};

use http::StatusCode;

use crate::harness::{Ended, command, ended, hello, interrupt, refusal};
use crate::peer::{Peer, Reply};

/// Runs the command with this on its standard input.
fn piped(peer: &Peer, input: &str, arguments: &[&str]) -> Ended {
    let (child, mut stdin) = started(peer, arguments);
    // A command that has seen enough does not read the rest.
    stdin.write_all(input.as_bytes()).ok();
    drop(stdin);
    ended(child.wait_with_output().unwrap())
}

fn started(peer: &Peer, arguments: &[&str]) -> (Child, ChildStdin) {
    let mut child = command(arguments)
        .args(["-EndpointUrl", &peer.url()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stdin = child.stdin.take().unwrap();
    (child, stdin)
}

/// Answers with the number of the request.
fn counted(seen: usize) -> Reply {
    Reply::new(StatusCode::OK, seen.to_string().as_bytes())
}

fn functions(peer: &Peer) -> Vec<String> {
    let name = |line: &str| line.split('/').nth(3).unwrap().to_owned();
    peer.requests()
        .iter()
        .map(|request| name(request.line()))
        .collect()
}

fn bodies(peer: &Peer) -> Vec<String> {
    peer.requests()
        .iter()
        .map(|request| String::from_utf8(request.body.to_vec()).unwrap())
        .collect()
}

#[test]
fn lines_are_names_and_outputs_come_in_their_order() {
    let peer = Peer::answering(counted);

    let ended = piped(
        &peer,
        "\u{feff}one\r\n\n  two\nthree",
        &["-Select", "Payload", "-Payload", "[]"],
    );

    assert_eq!(ended.status, Some(0), "{}", ended.err);
    assert_eq!(ended.text(), "1\n2\n3\n");
    assert_eq!(functions(&peer), ["one", "two", "three"]);
    assert_eq!(bodies(&peer), ["[]", "[]", "[]"]);
}

#[test]
fn a_record_is_invoked_and_answered_before_the_next_is_written() {
    for (records, arguments) in [
        (["one\n", "two\n"], &["-Select", "Payload"][..]),
        (
            ["{\"Payload\": 1}", "{\"Payload\": 2}"],
            &["f", "--stdin", "-Select", "Payload"],
        ),
        (
            ["[{\"Payload\": 1}", ",\n{\"Payload\": 2}]"],
            &["f", "--stdin", "-Select", "Payload"],
        ),
    ] {
        let peer = Peer::answering(counted);
        let (mut child, mut stdin) = started(&peer, arguments);
        let mut out = BufReader::new(child.stdout.take().unwrap());

        for (record, answer) in records.iter().zip(["1\n", "2\n"]) {
            stdin.write_all(record.as_bytes()).unwrap();
            stdin.flush().unwrap();
            peer.wait_for_a_request();
            let mut line = String::new();
            out.read_line(&mut line).unwrap();
            assert_eq!(line, answer);
        }
        drop(stdin);

        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn one_connection_serves_all_records() {
    let peer = Peer::answering(|_| hello());

    let ended = piped(&peer, "a\nb\nc\n", &[]);

    assert_eq!(ended.text().lines().count(), 3);
    assert_eq!(peer.connections(), 1);
}

#[test]
fn objects_bind_by_their_properties_and_each_starts_anew() {
    let peer = Peer::answering(|_| hello());
    let input = r#"[
        {"FunctionName": "a", "Payload": {"x": [1, 2.50]}, "Runtime": "python3.13", "Qualifier": "7"},
        {"functionname": "b", "PayloadStream": ["x", "y"], "logtype": "tail"},
        {"FunctionName": "c", "Payload": null},
        {"FunctionName": "d"}
    ]"#;

    let ended = piped(&peer, input, &[]);

    assert_eq!(ended.status, Some(0), "{}", ended.err);
    assert_eq!(functions(&peer)[1..], ["b", "c", "d"]);
    assert_eq!(bodies(&peer), ["{\"x\":[1,2.50]}", "x\ny\n", "", "{}"]);
    let requests = peer.requests();
    assert!(requests[0].line().ends_with("?Qualifier=7"));
    assert!(!requests[1].line().contains("Qualifier"));
    assert_eq!(requests[1].header("x-amz-log-type"), "Tail");
    assert!(!requests[2].has("x-amz-log-type"));
}

#[test]
fn a_selection_of_a_record_is_its_own() {
    let peer = Peer::answering(|_| hello());
    let input = r#"{"FunctionName":"a","Select":"^FunctionName"} {"FunctionName":"b"}"#;

    let ended = piped(&peer, input, &[]);

    let lines: Vec<_> = ended.text().lines().collect();
    assert_eq!(lines[0], "a");
    assert!(lines[1].starts_with('{'), "{}", lines[1]);
}

#[test]
fn keys_of_a_record_sign_its_request() {
    let peer = Peer::answering(|_| hello());
    let input = r#"{"AccessKeyId":"K1","SecretAccessKey":"s","SessionToken":"t1"}
                   {"AK":"K2","SK":"s"}
                   {"Qualifier":"1"}"#;

    let ended = piped(&peer, input, &["f", "--stdin"]);

    assert_eq!(ended.status, Some(0), "{}", ended.err);
    let requests = peer.requests();
    let key = |index: usize| {
        let authorization = requests[index].header("authorization");
        let (_, rest) = authorization.split_once("Credential=").unwrap();
        rest.split('/').next().unwrap().to_owned()
    };
    assert_eq!([key(0), key(1), key(2)], ["K1", "K2", "AKID"]);
    assert_eq!(requests[0].header("x-amz-security-token"), "t1");
    assert!(!requests[1].has("x-amz-security-token"));
}

#[test]
fn a_record_that_binds_to_nothing_is_passed_over_and_counts_in_the_end() {
    let peer = Peer::answering(|_| hello());
    let input =
        r#"{"Unknown":1} {"Payload":"1"} {"FunctionName":"a"} {"FunctionName":"b","Force":"x"}"#;

    let ended = piped(&peer, input, &["--error-format", "json"]);

    assert_eq!(ended.status, Some(1));
    assert_eq!(functions(&peer), ["a"]);
    for id in [
        "InputObjectNotBound",
        "InputObjectMissingMandatory",
        "CannotConvertArgument",
    ] {
        assert!(ended.err.contains(id), "{id}: {}", ended.err);
    }
}

#[test]
fn error_action_stop_ends_at_a_record_that_cannot_be_bound() {
    let peer = Peer::answering(|_| hello());

    let ended = piped(&peer, r#"[null, "a"]"#, &["-ErrorAction", "Stop"]);

    assert_eq!(ended.status, Some(1));
    assert_eq!(functions(&peer), Vec::<String>::new());
}

#[test]
fn a_text_finds_no_place_when_the_function_is_named() {
    let peer = Peer::answering(|_| hello());

    let ended = piped(&peer, "x\n", &["-FunctionName", "f", "--stdin"]);

    assert_eq!(ended.status, Some(1));
    assert!(ended.err.contains("cannot be bound"), "{}", ended.err);
    assert_eq!(peer.requests().len(), 0);
}

#[test]
fn the_first_refusal_ends_the_run_unless_it_is_to_keep_going() {
    let reply = |seen| match seen {
        1 | 3 => hello(),
        _ => refusal(StatusCode::NOT_FOUND, "ResourceNotFoundException", "{}"),
    };
    let peer = Peer::answering(reply);
    let stopped = piped(&peer, "a\nb\nc\n", &[]);
    assert_eq!(stopped.status, Some(1));
    assert_eq!(stopped.text().lines().count(), 1);
    assert_eq!(functions(&peer), ["a", "b"]);

    let peer = Peer::answering(reply);
    let kept = piped(&peer, "a\nb\nc\n", &["--keep-going"]);
    assert_eq!(kept.status, Some(1));
    assert_eq!(kept.text().lines().count(), 2);
    assert_eq!(functions(&peer), ["a", "b", "c"]);
}

#[test]
fn a_function_that_fails_ends_nothing_and_counts_if_it_is_to() {
    let peer = Peer::answering(|seen| match seen {
        1 => hello().with("x-amz-function-error", "Unhandled"),
        _ => hello(),
    });

    let ended = piped(&peer, "a\nb\n", &["--fail-on-function-error"]);

    assert_eq!(ended.status, Some(3));
    assert_eq!(peer.requests().len(), 2);
}

#[test]
fn input_that_cannot_be_told_apart_ends_the_run() {
    let peer = Peer::answering(|_| hello());

    let ended = piped(&peer, r#"{"FunctionName":"a"} {"Func"#, &["--keep-going"]);

    assert_eq!(ended.status, Some(1));
    assert_eq!(functions(&peer), ["a"]);
    assert!(ended.err.contains("record 2"), "{}", ended.err);
}

#[test]
fn an_empty_input_is_nothing_to_do_if_a_pipeline_was_meant() {
    let peer = Peer::answering(|_| hello());

    assert_eq!(piped(&peer, "", &["--stdin"]).status, Some(0));
    assert_eq!(piped(&peer, "[]", &[]).status, Some(0));
    let forgotten = piped(&peer, "\n", &[]);
    assert_eq!(forgotten.status, Some(2));
    assert!(forgotten.err.contains("FunctionName"), "{}", forgotten.err);
}

#[test]
fn an_invalid_selection_is_found_before_a_record_is_read() {
    let peer = Peer::answering(|_| hello());
    let (child, stdin) = started(&peer, &["-Select", "Pay*"]);

    let ended = ended(child.wait_with_output().unwrap());

    assert_eq!(ended.status, Some(2));
    drop(stdin);
}

#[test]
fn a_reader_that_goes_away_ends_the_run() {
    let peer = Peer::answering(|_| hello());
    let (mut child, mut stdin) = started(&peer, &[]);
    drop(child.stdout.take());

    stdin.write_all(b"a\n").unwrap();
    let ended = ended(child.wait_with_output().unwrap());

    assert_eq!(ended.status, Some(0), "{}", ended.err);
    assert_eq!(peer.requests().len(), 1);
}

#[test]
fn an_interrupt_ends_the_wait_for_a_record() {
    let peer = Peer::answering(|_| hello());
    let (child, mut stdin) = started(&peer, &[]);
    stdin.write_all(b"a\n").unwrap();
    stdin.flush().unwrap();
    peer.wait_for_a_request();

    interrupt(&child);
    let ended = ended(child.wait_with_output().unwrap());

    assert_eq!(ended.status, Some(130), "{}", ended.err);
}
