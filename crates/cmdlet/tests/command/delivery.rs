//! How a request gets there: proxies, certificates, limits of time, signatures.

use http::StatusCode;

use crate::harness::{command, hello, run, run_against};
use crate::peer::{Peer, Reply};

#[test]
fn a_time_limit_ends_the_wait_and_says_that_the_function_may_have_run() {
    let peer = Peer::answering(|_| Reply::never());

    let ended = run_against(&peer, &["hello", "--timeout", "0.2", "--error-format=json"]);

    assert_eq!(ended.status, Some(1), "{}", ended.err);
    assert!(ended.err.contains("may have run"), "{}", ended.err);
    assert!(ended.err.contains("TaskCanceledException"), "{}", ended.err);
    assert_eq!(peer.requests().len(), 1);
}

#[test]
fn an_answer_within_the_limit_is_an_answer() {
    let peer = Peer::answering(|_| hello());

    assert_eq!(
        run_against(&peer, &["hello", "--timeout", "600"]).status,
        Some(0)
    );
}

#[test]
fn a_plain_request_goes_through_the_proxy_whole() {
    let proxy = Peer::answering(|_| hello());
    let address = format!("http://ada:word@{}", proxy.authority());

    let ended =
        run(command(&["hello", "-E", "http://lambda.example/p"]).env("HTTP_PROXY", address));

    assert_eq!(ended.status, Some(0), "{}", ended.err);
    let requests = proxy.requests();
    assert_eq!(
        requests[0].line(),
        "POST http://lambda.example/p/2015-03-31/functions/hello/invocations"
    );
    assert_eq!(
        requests[0].header("proxy-authorization"),
        "Basic YWRhOndvcmQ="
    );
    assert!(
        !requests[0]
            .header("authorization")
            .contains("proxy-authorization")
    );
    assert_eq!(requests[0].header("host"), "lambda.example");
}

#[test]
fn a_secure_request_asks_the_proxy_for_a_tunnel() {
    let proxy = Peer::answering(|_| Reply::new(StatusCode::FORBIDDEN, b""));
    let address = format!("http://{}", proxy.authority());

    let ended = run(
        command(&["hello", "-R", "eu-west-1", "--max-attempts", "1"]).env("https_proxy", address),
    );

    assert_eq!(ended.status, Some(1));
    assert!(ended.err.contains("through the proxy"), "{}", ended.err);
    assert_eq!(
        proxy.requests()[0].line(),
        "CONNECT lambda.eu-west-1.amazonaws.com:443"
    );
}

#[test]
fn no_proxy_leads_to_this_machine_or_to_an_exception() {
    let proxy = Peer::answering(|_| Reply::new(StatusCode::BAD_GATEWAY, b""));
    let peer = Peer::answering(|_| hello());
    let address = format!("http://{}", proxy.authority());

    let ended = run(command(&["hello", "-E", &peer.url()]).env("ALL_PROXY", address));

    assert_eq!(ended.status, Some(0), "{}", ended.err);
    assert_eq!(proxy.requests().len(), 0);
    assert_eq!(peer.requests().len(), 1);
}

#[test]
fn a_bundle_of_certificates_that_is_none_is_told() {
    let ended = run(
        command(&["hello", "-E", "https://127.0.0.1:1", "--max-attempts", "1"])
            .env("AWS_CA_BUNDLE", "/nowhere/at/all"),
    );

    assert_eq!(ended.status, Some(1));
    assert!(ended.err.contains("AWS_CA_BUNDLE"), "{}", ended.err);
}

#[test]
fn a_request_can_go_without_a_signature_and_without_keys() {
    let peer = Peer::answering(|_| hello());

    let ended = run(command(&["hello", "--no-sign-request", "-E", &peer.url()]).env_clear());

    assert_eq!(ended.status, Some(0), "{}", ended.err);
    assert!(!peer.requests()[0].has("authorization"));
}

#[test]
fn a_bundle_of_certificates_is_trusted_and_nothing_else() {
    let (peer, certificate) = Peer::answering_securely(|_| hello());
    let bundle = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(bundle.path(), certificate).unwrap();
    let url = format!("https://{}", peer.authority());

    let trusted = run(command(&["hello", "-E", &url]).env("AWS_CA_BUNDLE", bundle.path()));
    let foreign = run(&mut command(&["hello", "-E", &url, "--max-attempts", "1"]));

    assert_eq!(trusted.status, Some(0), "{}", trusted.err);
    assert_eq!(foreign.status, Some(1));
    assert!(foreign.err.contains("certificate"), "{}", foreign.err);
    assert_eq!(peer.requests().len(), 1);
}
