//! Credentials from one value, from a file, and from profiles.

use std::path::Path;

use crate::harness::{command, hello, run, run_against};
use crate::peer::Peer;

fn key_and_region(peer: &Peer) -> (String, String) {
    let requests = peer.requests();
    let authorization = requests.last().unwrap().header("authorization");
    let (_, scope) = authorization.split_once("Credential=").unwrap();
    let mut parts = scope.split('/');
    let key = parts.next().unwrap().to_owned();
    (key, parts.nth(1).unwrap().to_owned())
}

fn write_profiles(directory: &Path) -> String {
    let file = directory.join("credentials");
    std::fs::write(
        &file,
        "[dev]\naws_access_key_id = DEV\naws_secret_access_key = s\n",
    )
    .unwrap();
    std::fs::write(
        directory.join("config"),
        "[profile dev]\nregion = ca-west-1\n",
    )
    .unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn a_credential_is_json_or_a_file_with_it() {
    let peer = Peer::answering(|_| hello());
    let json = r#"{"AccessKeyId":"ONE","SecretAccessKey":"s","SessionToken":"t"}"#;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), json).unwrap();

    for value in [json, &format!("@{}", file.path().display())] {
        let ended = run_against(&peer, &["hello", "-Credential", value]);
        assert_eq!(ended.status, Some(0), "{}", ended.err);
        assert_eq!(key_and_region(&peer).0, "ONE");
        assert_eq!(
            peer.requests()
                .last()
                .unwrap()
                .header("x-amz-security-token"),
            "t"
        );
    }
}

#[test]
fn a_named_profile_gives_keys_and_region_and_beats_the_environment() {
    let peer = Peer::answering(|_| hello());
    let directory = tempfile::tempdir().unwrap();
    let file = write_profiles(directory.path());

    let arguments = ["hello", "-ProfileN", "dev", "-ProfileL", &file, "-Debug"];
    let ended = run_against(&peer, &arguments);

    assert_eq!(ended.status, Some(0), "{}", ended.err);
    assert_eq!(
        key_and_region(&peer),
        ("DEV".to_owned(), "ca-west-1".to_owned())
    );
    assert!(
        ended.err.contains("the stored profile named 'dev'"),
        "{}",
        ended.err
    );
}

#[test]
fn a_profile_that_is_not_there_is_an_error_although_keys_are() {
    let peer = Peer::answering(|_| hello());
    let directory = tempfile::tempdir().unwrap();
    let file = write_profiles(directory.path());

    for arguments in [
        &["hello", "-ProfileName", "prod", "-ProfileLocation", &file][..],
        &[
            "hello",
            "-ProfileLocation",
            "/nowhere/at/all",
            "-ProfileName",
            "dev",
        ],
    ] {
        let ended = run_against(&peer, arguments);
        assert_eq!(ended.status, Some(1), "{}", ended.err);
    }
    assert_eq!(peer.requests().len(), 0);
}

#[test]
fn aws_profile_is_used_when_there_are_no_keys() {
    let peer = Peer::answering(|_| hello());
    let directory = tempfile::tempdir().unwrap();
    let file = write_profiles(directory.path());

    let ended = run(command(&["hello", "-E", &peer.url()])
        .env_clear()
        .env("AWS_PROFILE", "dev")
        .env("AWS_SHARED_CREDENTIALS_FILE", file));

    assert_eq!(ended.status, Some(0), "{}", ended.err);
    assert_eq!(key_and_region(&peer).0, "DEV");
}

#[test]
fn keys_need_no_profile_file_to_be_readable() {
    let peer = Peer::answering(|_| hello());

    let ended = run(command(&["hello", "-E", &peer.url(), "-R", "r"])
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/full")
        .env("AWS_CONFIG_FILE", "/dev/full"));

    assert_eq!(ended.status, Some(0), "{}", ended.err);
}
