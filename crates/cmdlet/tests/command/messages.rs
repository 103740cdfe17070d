//! What the common parameters add to standard error, or keep back.

use http::StatusCode;

use crate::harness::{command, hello, refusal, run, run_against};
use crate::peer::{Peer, Reply};

#[test]
fn verbose_tells_what_the_cmdlet_tells() {
    let peer = Peer::answering(|_| hello());

    let ended = run_against(&peer, &["hello", "-Verbose"]);

    assert_eq!(
        ended.err,
        format!(
            "VERBOSE: Performing the operation \"Invoke-LMFunction (Invoke)\" on target \"hello\".\n\
             VERBOSE: Payload parameter unset, using default value of '{{}}'\n\
             VERBOSE: ClientContext parameter unset, using default value of '{{}}'\n\
             VERBOSE: Invoking AWS Lambda operation 'Invoke' on endpoint '{}'\n",
            peer.url()
        )
    );
    assert_eq!(run_against(&peer, &["hello", "-vb:$false"]).err, "");
}

#[test]
fn debug_tells_where_credentials_and_region_come_from() {
    let peer = Peer::answering(|_| hello());

    let ended = run_against(&peer, &["hello", "-Debug", "-Region", "eu-west-3"]);

    assert!(
        ended.err.lines().all(|line| line.starts_with("DEBUG: ")),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("eu-west-3"), "{}", ended.err);
    assert!(!ended.err.contains("secret"), "{}", ended.err);
}

#[test]
fn an_error_can_be_kept_back_and_still_counts() {
    let peer = Peer::answering(|_| refusal(StatusCode::NOT_FOUND, "X", "{}"));

    for action in ["SilentlyContinue", "ignore"] {
        let ended = run_against(&peer, &["hello", "-ErrorAction", action]);
        assert_eq!(ended.status, Some(1), "{action}");
        assert_eq!(ended.err, "", "{action}");
    }
}

#[test]
fn a_warning_can_be_kept_back_or_end_the_command() {
    let failed = || hello().with("x-amz-function-error", "Unhandled");
    let peer = Peer::answering(move |_| failed());

    let hidden = run_against(
        &peer,
        &["hello", "-wa", "Ignore", "--fail-on-function-error"],
    );
    assert_eq!(hidden.err, "");
    assert_eq!(hidden.status, Some(3));

    let stopped = run_against(&peer, &["hello", "-wa:Stop", "--error-format=json"]);
    assert_eq!(stopped.status, Some(1));
    assert!(
        stopped.err.contains("ActionPreferenceStop"),
        "{}",
        stopped.err
    );
    assert_eq!(stopped.json()["FunctionError"], "Unhandled");
}

#[test]
fn a_warning_before_the_call_can_prevent_it() {
    let peer = Peer::answering(|_| hello());

    let ended = run_against(&peer, &["hello", "-PassThru", "-WarningAction", "Stop"]);

    assert_eq!(ended.status, Some(1));
    assert_eq!(peer.requests().len(), 0);
}

#[test]
fn the_manual_page_is_one_that_man_understands() {
    let page = run(&mut command(&["--man"]));
    assert!(page.text().starts_with(".TH INVOKE-LMFUNCTION 1 "));

    // Where a formatter is installed it must have nothing to complain about.
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &page.out).unwrap();
    let formatter = std::process::Command::new("groff")
        .args(["-man", "-Tutf8", "-ww", "-z"])
        .arg(file.path())
        .output();
    if let Ok(output) = formatter {
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    }
}

#[test]
fn help_on_one_parameter_is_its_entry_of_the_full_help() {
    let one = run(&mut command(&["--help=parameter", "payl", "-Nonsense"]));
    assert_eq!(one.status, Some(2), "{}", one.err);

    let one = run(&mut command(&["--help=parameter", "PayloadS"]));
    let full = run(&mut command(&["--help=full"]));
    assert!(one.text().contains("-PayloadStream <Byte[]>"));
    assert!(full.text().contains(one.text()), "{}", one.text());
}

#[test]
fn a_reply_without_a_body_is_no_reason_to_warn() {
    let peer = Peer::answering(|_| Reply::new(StatusCode::ACCEPTED, b""));

    assert_eq!(run_against(&peer, &["f", "{}", "{}", "Event"]).err, "");
}
