//! What is not invoked, and who is asked.

use std::process::{Command, Stdio};

use crate::harness::{command, hello, run, run_against};
use crate::peer::Peer;

const SENTENCE: &str =
    "What if: Performing the operation \"Invoke-LMFunction (Invoke)\" on target \"hello\".\n";

#[test]
fn what_if_says_powershells_sentence_and_sends_nothing() {
    let peer = Peer::answering(|_| hello());

    for more in [&[][..], &["-Force"], &["-Confirm"]] {
        let mut arguments = vec!["hello", "-WhatIf"];
        arguments.extend(more);
        let ended = run_against(&peer, &arguments);
        assert_eq!(ended.status, Some(0));
        assert_eq!(ended.err, SENTENCE);
        assert_eq!(ended.out, b"");
    }
    assert_eq!(peer.requests().len(), 0);
}

#[test]
fn what_if_needs_neither_keys_nor_a_region() {
    let ended = run(command(&["hello", "-wi"]).env_clear());

    assert_eq!(ended.status, Some(0));
    assert_eq!(ended.err, SENTENCE);
}

#[test]
fn what_if_still_finds_an_invalid_selection() {
    assert_eq!(
        run(&mut command(&["hello", "-wi", "-Select", "x"])).status,
        Some(2)
    );
}

#[test]
fn force_answers_for_everybody() {
    let peer = Peer::answering(|_| hello());

    let ended = run_against(&peer, &["hello", "-Confirm", "-Force"]);

    assert_eq!(ended.status, Some(0), "{}", ended.err);
    assert_eq!(peer.requests().len(), 1);
}

/// The command in a session of its own, so that it has no terminal.
fn without_a_terminal(arguments: &[&str]) -> Command {
    let program = command(arguments);
    let mut session = Command::new("setsid");
    session
        .args(["--wait".as_ref(), program.get_program()])
        .args(program.get_args())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null());
    session
}

#[test]
fn nobody_to_ask_is_an_error() {
    let peer = Peer::answering(|_| hello());

    let ended = run(&mut without_a_terminal(&[
        "hello",
        "-Confirm",
        "-E",
        &peer.url(),
    ]));

    assert_eq!(ended.status, Some(1));
    assert!(ended.err.contains("-Force"), "{}", ended.err);
    assert_eq!(peer.requests().len(), 0);
}
