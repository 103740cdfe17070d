//! One call: what it sends, what it prints, how it ends.

use std::process::{Command, Stdio};

use http::StatusCode;
use serde_json::Value;

use crate::harness::{command, hello, interrupt, refusal, run, run_against};
use crate::peer::{Peer, Reply};

#[test]
fn the_shortest_call_sends_the_defaults_of_the_reference_page() {
    let peer = Peer::answering(|_| hello());

    let ended = run_against(&peer, &["hello"]);

    assert_eq!(ended.status, Some(0), "{}", ended.err);
    let requests = peer.requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(
        request.line(),
        "POST /2015-03-31/functions/hello/invocations"
    );
    assert_eq!(request.body, "{}");
    assert_eq!(request.header("x-amz-client-context"), "e30=");
    assert_eq!(request.header("content-type"), "application/octet-stream");
    assert_eq!(request.header("host"), peer.authority());
    for absent in [
        "x-amz-invocation-type",
        "x-amz-log-type",
        "x-amz-security-token",
    ] {
        assert!(!request.has(absent), "{absent}");
    }
}

#[test]
fn every_parameter_reaches_its_place_on_the_wire() {
    let peer = Peer::answering(|_| hello());
    let arn = "arn:aws:lambda:eu-west-1:123456789012:function:hello";

    run_against(
        &peer,
        &[
            arn,
            "{\"ä\":1}",
            "{\"c\":1}",
            "requestresponse",
            "tail",
            "-Q",
            "$LATEST",
            "-ST:tok",
            "-AK",
            "K2",
            "-SK",
            "s",
            "-T",
            "tenant-1",
            "-D",
            "run-1",
        ],
    );

    let requests = peer.requests();
    let request = &requests[0];
    assert_eq!(
        request.line(),
        "POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Ahello/invocations?Qualifier=%24LATEST"
    );
    assert_eq!(request.body, "{\"ä\":1}");
    assert_eq!(request.header("x-amz-client-context"), "eyJjIjoxfQ==");
    assert_eq!(request.header("x-amz-invocation-type"), "RequestResponse");
    assert_eq!(request.header("x-amz-log-type"), "Tail");
    assert_eq!(request.header("x-amz-tenant-id"), "tenant-1");
    assert_eq!(request.header("x-amz-durable-execution-name"), "run-1");
    assert_eq!(request.header("x-amz-security-token"), "tok");
    let authorization = request.header("authorization");
    assert!(
        authorization.starts_with("AWS4-HMAC-SHA256 Credential=K2/"),
        "{authorization}"
    );
    assert!(
        authorization.contains("/eu-west-1/lambda/aws4_request, SignedHeaders="),
        "{authorization}"
    );
    let signature = authorization.rsplit_once("Signature=").unwrap().1;
    assert_eq!(signature.len(), 64);
    assert!(signature.bytes().all(|byte| byte.is_ascii_hexdigit()));
}

#[test]
fn the_environment_names_the_region_the_token_and_the_endpoint() {
    let peer = Peer::answering(|_| hello());

    let ended = run(command(&["hello"])
        .env("AWS_SESSION_TOKEN", "from-env")
        .env("AWS_REGION", "ap-south-1")
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_ENDPOINT_URL_LAMBDA", format!("{}/prefix/", peer.url())));

    assert_eq!(ended.status, Some(0), "{}", ended.err);
    let requests = peer.requests();
    assert_eq!(
        requests[0].line(),
        "POST /prefix/2015-03-31/functions/hello/invocations"
    );
    assert_eq!(requests[0].header("x-amz-security-token"), "from-env");
    assert!(
        requests[0]
            .header("authorization")
            .contains("/ap-south-1/lambda/")
    );
}

#[test]
fn a_pipe_gets_one_json_object() {
    let peer = Peer::answering(|_| hello().with("x-amz-log-result", "RU5ECg=="));

    let ended = run_against(&peer, &["hello"]);

    assert_eq!(ended.text().lines().count(), 1);
    let answer = ended.json();
    assert_eq!(answer["ExecutedVersion"], "$LATEST");
    assert_eq!(answer["FunctionError"], Value::Null);
    assert_eq!(answer["LogResult"], "RU5ECg==");
    assert_eq!(answer["Payload"], r#"{"hello":"Ada"}"#);
    assert_eq!(answer["StatusCode"], 200);
    assert_eq!(answer["ResponseMetadata"]["RequestId"], "r-1");
    assert_eq!(answer["ContentLength"], 15);
    assert_eq!(answer["HttpStatusCode"], "OK");
    assert_eq!(ended.err, "");
}

#[test]
fn a_durable_execution_is_shown_and_can_be_selected() {
    const ARN: &str = "arn:aws:lambda:r:1:function:f:1/durable-execution/run-1/x";
    let peer = Peer::answering(|_| hello().with("x-amz-durable-execution-arn", ARN));

    let whole = run_against(&peer, &["hello"]);
    let list = run_against(&peer, &["hello", "--output", "list"]);
    let selected = run_against(&peer, &["hello", "-Select", "durableexecutionarn"]);

    assert_eq!(whole.json()["DurableExecutionArn"], ARN);
    assert!(
        list.text().starts_with("DurableExecutionArn : arn:"),
        "{}",
        list.text()
    );
    assert_eq!(selected.text(), format!("{ARN}\n"));
}

#[test]
fn pass_thru_prints_the_name_and_says_that_it_is_deprecated() {
    let peer = Peer::answering(|_| hello());

    let ended = run_against(&peer, &["hello", "-PassThru"]);

    assert_eq!(ended.status, Some(0));
    assert_eq!(ended.text(), "hello\n");
    assert!(
        ended.err.contains("-Select '^FunctionName'"),
        "{}",
        ended.err
    );
    assert_eq!(peer.requests().len(), 1);
}

#[test]
fn a_selected_payload_is_the_exact_bytes() {
    let bytes: Vec<u8> = (0..=255).collect();
    let sent = bytes.clone();
    let peer = Peer::answering(move |_| Reply::new(StatusCode::OK, &sent));

    let ended = run_against(&peer, &["hello", "-Select", "payload"]);

    assert_eq!(ended.out, bytes);
}

#[test]
fn events_and_dry_runs_have_no_payload_to_select() {
    for (kind, status, name) in [
        ("event", StatusCode::ACCEPTED, "Accepted"),
        ("dryrun", StatusCode::NO_CONTENT, "NoContent"),
    ] {
        let peer = Peer::answering(move |_| Reply::new(status, b""));

        let ended = run_against(&peer, &["hello", "-InvocationType", kind]);

        assert_eq!(ended.status, Some(0), "{}", ended.err);
        assert_eq!(ended.json()["StatusCode"], status.as_u16());
        assert_eq!(ended.json()["HttpStatusCode"], name);
        assert_eq!(ended.json()["Payload"], "");
        assert_eq!(
            run_against(&peer, &["hello", "-Select", "Payload"]).out,
            b""
        );
    }
}

#[test]
fn a_binary_payload_is_read_from_a_file_and_from_standard_input() {
    let peer = Peer::answering(|_| hello());
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"{\"a\":\n1}\r\n").unwrap();

    let stream = format!("@{}", file.path().display());
    run_against(&peer, &["hello", "-PayloadStream", &stream]);
    run(
        command(&["hello", "-PayloadStream", "@-", "-E", &peer.url()])
            .stdin(std::fs::File::open(file.path()).unwrap()),
    );

    for request in peer.requests() {
        assert_eq!(request.body, "{\"a\":\n1}\r\n");
    }
    assert_eq!(peer.requests().len(), 2);
}

#[test]
fn what_is_wrong_with_the_command_line_is_found_before_anything_is_sent() {
    let peer = Peer::answering(|_| hello());

    for arguments in [
        &["hello", "-Select", "Pay*"][..],
        &["hello", "-Select", "ContentLength"],
        &["hello", "-Select", ""],
        &["hello", "-Select", "^Region"],
        &["hello", "-Profile", "p"],
        &["hello", "-OutVariable", "p"],
        &["hello", "-PassThru", "-Select", "*"],
        &["hello", "-WarningAction", "Inquire"],
        &["hello", "--stdin", "-PayloadStream", "@-"],
        &["hello", "-AccessKey", "a"],
        &["hello", "-Qualifier"],
        &["hello", "-Qualifier", ""],
        &["hello", "-Q", "1", "-Qualifier", "2"],
        &["hello", "--max-attempts", "0"],
        &["hello", "--timeout", "0"],
        &["hello", "-Region", "a/b"],
        &["-Payload", "{}"],
        &["hello", "{}", "{}", "Event", "Tail", "more"],
    ] {
        let ended = run_against(&peer, arguments);
        assert_eq!(ended.status, Some(2), "{arguments:?}: {}", ended.err);
        assert_eq!(ended.out, b"", "{arguments:?}");
        assert!(
            ended.err.starts_with("Invoke-LMFunction: "),
            "{}",
            ended.err
        );
    }
    assert_eq!(peer.requests().len(), 0);
}

#[test]
fn a_refusal_of_the_service_is_told_and_exits_with_one() {
    let peer = Peer::answering(|_| {
        refusal(
            StatusCode::NOT_FOUND,
            "ResourceNotFoundException:http://internal/",
            r#"{"Type":"User","Message":"Function not found: hello"}"#,
        )
    });

    let text = run_against(&peer, &["hello"]);
    let json = run_against(&peer, &["hello", "--error-format", "json"]);

    assert_eq!(text.status, Some(1));
    assert_eq!(
        text.err,
        "Invoke-LMFunction: Function not found: hello (ResourceNotFoundException, status 404, request r-1)\n"
    );
    let record: Value = serde_json::from_str(&json.err).unwrap();
    assert_eq!(record["ErrorCode"], "ResourceNotFoundException");
    assert_eq!(record["StatusCode"], 404);
    assert_eq!(record["RequestId"], "r-1");
    assert_eq!(
        record["FullyQualifiedErrorId"],
        "Amazon.Lambda.Model.ResourceNotFoundException,Amazon.PowerShell.Cmdlets.LM.InvokeLMFunctionCmdlet"
    );
    assert_eq!(text.out, b"");
}

#[test]
fn errors_of_binding_are_json_too_and_carry_powershells_id() {
    let ended = run(&mut command(&[
        "hello",
        "-Profile",
        "p",
        "--error-format=json",
    ]));

    let record: Value = serde_json::from_str(&ended.err).unwrap();
    assert_eq!(
        record["FullyQualifiedErrorId"],
        "AmbiguousParameter,Amazon.PowerShell.Cmdlets.LM.InvokeLMFunctionCmdlet"
    );
    assert_eq!(record["Category"], "InvalidArgument");
    assert_eq!(ended.status, Some(2));
}

#[test]
fn quotation_marks_that_a_shell_took_are_missed_in_words() {
    let peer = Peer::answering(|_| {
        refusal(
            StatusCode::BAD_REQUEST,
            "InvalidRequestContentException",
            r#"{"message":"Could not parse request body into json"}"#,
        )
    });

    let ended = run_against(&peer, &["hello", "{name:Ada}"]);

    assert!(ended.err.contains("Could not parse"), "{}", ended.err);
    assert!(
        ended.err.contains("a shell took them away"),
        "{}",
        ended.err
    );
}

#[test]
fn throttling_is_tried_again_as_often_as_allowed() {
    let throttled = || {
        refusal(
            StatusCode::TOO_MANY_REQUESTS,
            "TooManyRequestsException",
            r#"{"message":"slow"}"#,
        )
        .with("retry-after", "0")
    };
    let peer = Peer::answering(move |seen| if seen < 3 { throttled() } else { hello() });
    let ended = run_against(&peer, &["hello"]);
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    assert_eq!(peer.requests().len(), 3);

    let busy = Peer::answering(move |_| throttled());
    let ended = run_against(&busy, &["hello", "--max-attempts", "2"]);
    assert_eq!(ended.status, Some(1));
    assert!(
        ended.err.contains("TooManyRequestsException"),
        "{}",
        ended.err
    );
    assert_eq!(busy.requests().len(), 2);
}

#[test]
fn what_may_have_run_is_never_sent_again() {
    for status in [500, 502, 503, 504] {
        let status = StatusCode::from_u16(status).unwrap();
        let peer = Peer::answering(move |_| refusal(status, "ServiceException", "{}"));
        assert_eq!(run_against(&peer, &["hello"]).status, Some(1));
        assert_eq!(peer.requests().len(), 1, "{status}");
    }
    let broken = Peer::answering(|_| Reply::hang_up());

    let ended = run_against(&broken, &["hello"]);

    assert_eq!(ended.status, Some(1));
    assert!(ended.err.contains("may have run"), "{}", ended.err);
    assert_eq!(broken.requests().len(), 1);
}

#[test]
fn a_function_that_fails_is_an_answer_with_a_warning() {
    let failed = || {
        Reply::new(
            StatusCode::OK,
            br#"{"errorType":"Oops","errorMessage":"no\u001b[2J"}"#,
        )
        .with("x-amz-function-error", "Unhandled")
    };
    let peer = Peer::answering(move |_| failed());

    let ended = run_against(&peer, &["hello"]);
    let strict = run_against(
        &peer,
        &["hello", "--fail-on-function-error", "-Select", "StatusCode"],
    );

    assert_eq!(ended.status, Some(0));
    assert_eq!(ended.json()["FunctionError"], "Unhandled");
    assert_eq!(
        ended.err,
        "WARNING: the function failed (Unhandled): Oops: no\\u001b[2J\n"
    );
    assert_eq!(strict.status, Some(3));
    assert_eq!(strict.text(), "200\n");
}

#[test]
fn the_list_can_be_had_without_a_terminal_and_has_no_colours_there() {
    let peer = Peer::answering(|_| hello());

    let ended = run_against(&peer, &["hello", "--output", "list"]);

    assert!(
        ended
            .text()
            .starts_with("ExecutedVersion  : $LATEST\nFunctionError    :\n"),
        "{}",
        ended.text()
    );
    assert!(!ended.text().contains('\u{1b}'));
}

#[test]
fn an_endpoint_where_nobody_listens_is_explained() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);

    let ended = run(&mut command(&["hello", "-E", &url, "--max-attempts", "1"]));

    assert_eq!(ended.status, Some(1));
    assert!(
        ended.err.contains("cannot connect to the endpoint"),
        "{}",
        ended.err
    );
    assert!(ended.err.contains("-EndpointUrl"), "{}", ended.err);
}

#[test]
fn a_server_that_speaks_no_tls_is_not_trusted_with_a_request() {
    let peer = Peer::answering(|_| hello());
    let url = format!("https://{}", peer.authority());

    let ended = run(&mut command(&["hello", "-E", &url, "--max-attempts", "1"]));

    assert_eq!(ended.status, Some(1), "{}", ended.err);
    assert_eq!(peer.requests().len(), 0);
}

#[test]
fn no_credentials_and_no_region_are_errors_that_say_what_to_set() {
    let no_keys = run(command(&["hello", "-R", "us-east-1"]).env_clear());
    assert_eq!(no_keys.status, Some(1));
    assert!(no_keys.err.contains("AWS_ACCESS_KEY_ID"), "{}", no_keys.err);

    let no_region = run(&mut command(&["hello"]));
    assert_eq!(no_region.status, Some(1));
    assert!(no_region.err.contains("AWS_REGION"), "{}", no_region.err);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let peer = Peer::answering(|_| hello());
    let mut child = command(&["hello", "-E", &peer.url()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());

    let output = child.wait_with_output().unwrap();

    assert_eq!(output.status.code(), Some(0));
    assert_eq!(output.stderr, b"");
}

#[test]
fn an_interrupt_ends_the_wait_for_an_answer() {
    let peer = Peer::answering(|_| Reply::never());
    let child = command(&["hello", "-E", &peer.url()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    peer.wait_for_a_request();

    interrupt(&child);
    let output = child.wait_with_output().unwrap();

    assert_eq!(output.status.code(), Some(130));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("interrupted")
    );
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_no_text_is_refused() {
    use std::os::unix::ffi::OsStrExt;

    let ended = run(command(&["hello"]).arg(std::ffi::OsStr::from_bytes(&[0xff])));

    assert_eq!(ended.status, Some(2));
    assert!(ended.err.contains("-PayloadStream"), "{}", ended.err);
}

#[test]
fn help_and_version_need_nothing_else() {
    for arguments in [
        &["-?"][..],
        &["--help"],
        &["--help=full"],
        &["-Nonsense", "--help"],
    ] {
        let ended = run(command(arguments).env_clear());
        assert_eq!(ended.status, Some(0), "{arguments:?}");
        assert!(ended.text().starts_with("NAME\n    Invoke-LMFunction\n"));
    }
    let version = run(&mut command(&["--version"]));
    assert_eq!(
        version.text(),
        concat!("Invoke-LMFunction ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn bash_completes_names_values_and_what_follows_a_colon() {
    let program = env!("CARGO_BIN_EXE_Invoke-LMFunction");
    let script = r#"
        source <("$PROGRAM" --completions bash)
        complete_line() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _invoke_lmfunction "$PROGRAM" "${@: -1}"; echo "${COMPREPLY[*]}"; }
        complete_line Invoke-LMFunction f -Inv
        complete_line Invoke-LMFunction f -InvocationType r
        complete_line Invoke-LMFunction f -LogType : t
        complete_line Invoke-LMFunction f -Select "'^fun"
        complete_line Invoke-LMFunction f --output = j
    "#;

    let ended = run(Command::new("bash")
        .args(["--norc", "-c", script])
        .env("PROGRAM", program));

    assert_eq!(
        ended.text(),
        "-InvocationType\nRequestResponse\nTail\n\\^FunctionName\njson\n",
        "{}",
        ended.err
    );
    for shell in ["zsh", "fish", "pwsh"] {
        let script = run(&mut command(&["--completions", shell]));
        assert!(script.text().contains("--complete --"), "{shell}");
    }
}
