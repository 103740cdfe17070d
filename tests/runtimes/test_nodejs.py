"""Our Node.js client does what aws-lambda-ric does."""

import base64
import json
import re
import subprocess

import clients
import parity
import pytest
from clients import NODE, OUR_NODE, PUBLISHED_NODE, Script
from recorder import Event, Reply

OWN_FRAMES = parity.node_frames(
    "/runtimes/nodejs/",
    "/aws-lambda-ric/",
    "/tests/runtimes/published/",
    # How Node.js enters a module, and how we leave ours.
    "node:internal/modules/run_main",
    "process.processImmediate",
    "node:internal/process/",
)
JSON = {"AWS_LAMBDA_LOG_FORMAT": "JSON"}
CHANNEL = {"_LAMBDA_TELEMETRY_LOG_FD": "a descriptor of the harness"}


def handlers(file, exclude=()):
    """The functions that a corpus file exports by name."""
    text = (clients.CORPUS / f"nodejs/{file}.js").read_text()
    names = dict.fromkeys(re.findall(r"^exports\.(\w+) =", text, re.M))
    return [f"{file}.{name}" for name in names if name not in exclude]


def event_with(**headers):
    return [Event(headers={name.replace("_", "-"): value for name, value in headers.items()})]


EVERY_HANDLER = {
    name: Script(name)
    for name in handlers("values", exclude=["sizeOfEvent"])
    + handlers("facts", exclude=["noTimeLeft"])
    + handlers("callbacks")
    + handlers("errors", exclude=["killed", "longMessage"])
    + handlers("logs")
    + handlers("streams", exclude=["otherMode"])
    + ["values.nested.deeper.handler", "values.getterOf.handler", "values.Class.handler"]
}

NAMES = {
    f"handler name {name!r}": Script(name)
    for name in [
        "",
        "nodot",
        ".handler",
        "values.",
        "values.missing",
        "values.nested",
        "values.nested.missing.handler",
        "values.notAFunction",
        "missing_module.handler",
        "../nodejs/values.echo",
        "folder/inside.handler",
        "./folder/inside.handler",
        "folder/missing.handler",
        "directory.handler",
        "extensionless.handler",
        "module.handler",
        "module.default.nested",
        "common.handler",
        "esm_type/index.handler",
        "esm_type/old.handler",
        "broken_json/index.handler",
        "in_node_modules.handler",
        "function_export.handler",
        "function_export.length",
        "no_exports.handler",
        "top_level_await.handler",
        "bad_syntax.handler",
        "bad_syntax_module.handler",
        "module_in_script.handler",
        "missing_import.handler",
        "missing_import_module.handler",
        "throws.handler",
        "throws_module.handler",
        "throws_text.handler",
        "exits.handler",
        "fs.readFileSync",
    ]
}

EVENTS = {
    f"event {body[:24]!r}": Script("values.echo", [Event(body)])
    for body in [
        b"null",
        b'  {"a": [1, 2.5, "\\u00e9", true]}\r\n\t ',
        '{"é": "€😀"}'.encode(),
        b'"\\ud800"',
        b'{"__proto__": 1, "a": 1, "a": 2}',
        b"1e400",
        b"12345678901234567890",
        b"\xef\xbb\xbf1",
        b"",
        b"nonsense",
        b"{",
        b'"\xff"',
    ]
}

CLIENT_CONTEXT = '{"client": {"app_title": "app"}, "Custom": {"é": "€"}, "env": {"e": "v"}}'

CONTEXTS = {
    "client context": Script("facts.clientContext", event_with(Lambda_Runtime_Client_Context=CLIENT_CONTEXT)),
    "client context null": Script("facts.clientContext", event_with(Lambda_Runtime_Client_Context="null")),
    "client context broken": Script("facts.clientContext", event_with(Lambda_Runtime_Client_Context="{")),
    "identity": Script("facts.clientContext", event_with(Lambda_Runtime_Cognito_Identity='{"cognitoIdentityId": "i"}')),
    "identity broken": Script("facts.clientContext", event_with(Lambda_Runtime_Cognito_Identity="nonsense")),
    "tenant": Script("facts.context", event_with(Lambda_Runtime_Aws_Tenant_Id="tenant-1")),
    "tenant in symbols": Script("facts.symbols", event_with(Lambda_Runtime_Aws_Tenant_Id="tenant-1")),
    "tenant in JSON logs": Script("logs.levels", event_with(Lambda_Runtime_Aws_Tenant_Id="t"), env=JSON),
    "no time left": Script("facts.noTimeLeft", event_with(Lambda_Runtime_Deadline_Ms="1")),
    "trace id for each": Script(
        "facts.traceId", [Event(), Event(headers={"Lambda-Runtime-Trace-Id": None}), Event()]
    ),
}

SEQUENCES = {
    "state stays": Script("values.counts", [Event(), Event(), Event()]),
    "an error, then a success": Script("errors.secondTime", [Event(b'{"fail": 1}'), Event(b"{}")]),
    "an answer without JSON, then again": Script("values.bigint", [Event(), Event()]),
    "callbacks, one after the other": Script("callbacks.waitsForLoop", [Event(), Event()]),
    "streams, one after the other": Script("streams.writes", [Event(), Event(), Event()]),
    "a failed stream, then again": Script("streams.failsMidway", [Event(), Event()]),
    "six megabytes in": Script("values.sizeOfEvent", [Event(b'"' + b"y" * (6 * 1024 * 1024 - 2) + b'"')]),
    "six megabytes of letters outside ASCII in": Script(
        "values.sizeOfEvent", [Event(('"' + "é" * 3_000_000 + '"').encode())]
    ),
    "the answer is too large": Script("values.sixMegabytes", [Event(), Event()], replies=[Reply(413, b'{"errorMessage": "large"}')]),
    "the answer is refused": Script("values.echo", [Event(), Event()], replies=[Reply(400)]),
    "the platform fails": Script("values.echo", [Event(), Event()], replies=[Reply(500)]),
    "the error is refused": Script("errors.throws", [Event(), Event()], replies=[Reply(400)]),
    "every answer ends its connection": Script(
        "values.echo", [Event(), Event()], replies=[Reply(headers={"Connection": "close"})] * 2
    ),
    "terminated while it waits": Script("values.echo", signal=15),
    "killed in the handler": Script("errors.killed"),
    "a layer on NODE_PATH": Script("uses_layer.handler", env={"NODE_PATH": "layer/node_modules"}),
    "without the global": Script("values.echo", env={"AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA": "1"}),
    "without the global that is used": Script("streams.writes", env={"AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA": "true"}),
}

FAILURES = ["errors.throws", "errors.custom", "errors.unhandledRejection", "errors.uncaught", "errors.text"]
FAILURES += ["missing_import.handler", "throws.handler", "errors.circular", "errors.multiLine"]

IN_OTHER_ENVIRONMENTS = {
    f"{name} with {label}": Script(name, env=env)
    for label, env, names in [
        ("JSON logs", JSON, handlers("logs") + FAILURES),
        ("JSON and level DEBUG", {**JSON, "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}, ["logs.levels"]),
        ("JSON and level FATAL", {**JSON, "AWS_LAMBDA_LOG_LEVEL": "FATAL"}, ["logs.levels", "errors.throws"]),
        ("format json in lower case", {"AWS_LAMBDA_LOG_FORMAT": "json"}, ["logs.levels"]),
        ("level info", {"AWS_LAMBDA_LOG_LEVEL": "info"}, ["logs.levels"]),
        ("level WARN", {"AWS_LAMBDA_LOG_LEVEL": "WARN"}, ["logs.levels"]),
        ("level nonsense", {"AWS_LAMBDA_LOG_LEVEL": "nonsense"}, ["logs.levels"]),
        ("the log channel", CHANNEL, handlers("logs") + FAILURES + ["values.processFacts"]),
        ("the log channel and JSON", {**CHANNEL, **JSON}, handlers("logs") + FAILURES),
        ("the log channel and a level", {**CHANNEL, "AWS_LAMBDA_LOG_LEVEL": "ERROR"}, ["logs.levels"]),
    ]
    for name in names
}

CASES = {**EVERY_HANDLER, **NAMES, **EVENTS, **CONTEXTS, **SEQUENCES, **IN_OTHER_ENVIRONMENTS}


@pytest.fixture(scope="module")
def published():
    """The published client, whose native code npm builds. Built once, it runs on every version."""
    native = clients.NODE_PACKAGES / "node_modules/aws-lambda-ric/dist/rapid-client.node"
    if not native.exists():
        version = subprocess.run([NODE, "--version"], capture_output=True, text=True, check=False)
        pytest.fail(
            f"{native} is missing: run `npm ci` in {clients.NODE_PACKAGES} with tests/package.json. "
            f"It can be built with Node.js below 22; here is {version.stdout.strip() or 'none'}."
        )
    return PUBLISHED_NODE


@pytest.mark.parametrize("case", CASES)
def test_our_client_does_what_the_published_one_does(corpus, published, case):
    script = CASES[case]

    ours = clients.run(OUR_NODE, corpus / "nodejs", script)
    theirs = clients.run(published, corpus / "nodejs", script)

    assert parity.shown(ours, OWN_FRAMES) == parity.shown(theirs, OWN_FRAMES)


def test_one_connection_serves_every_invocation(corpus):
    script = Script("values.echo", [Event()] * 20)

    outcome = clients.run(OUR_NODE, corpus / "nodejs", script)

    assert {request.connection for request in outcome.requests} == {1}
    assert len(outcome.requests) == 41


def test_a_chunked_event_arrives_whole(corpus):
    event = Event(b"3\r\n[1,\r\n4;x=y\r\n2,3]\r\n0\r\n\r\n", {"Transfer-Encoding": "chunked", "Content-Length": None})

    outcome = clients.run(OUR_NODE, corpus / "nodejs", Script("values.echo", [event]))

    assert outcome.requests[1].body == b"[1,2,3]"


def test_a_function_that_never_finishes_loading_leaves_with_nodes_own_code(corpus):
    outcome = clients.run(OUR_NODE, corpus / "nodejs", Script("never_loaded.handler"))

    assert (outcome.exit, outcome.requests) == (13, [])
    assert "unsettled top-level await" in outcome.stderr


def test_a_long_error_is_posted_without_its_cause(corpus):
    # The published client posts nothing at all: README.md lists the difference.
    outcome = clients.run(OUR_NODE, corpus / "nodejs", Script("errors.longMessage"))

    error = outcome.requests[1]
    assert error.path.endswith("/error") and parity.XRAY_CAUSE not in error.headers
    assert len(json.loads(error.body)["errorMessage"]) == 1_100_000


def test_a_rejection_while_loading_is_an_init_error(corpus):
    # The published client asks for work at the same time: README.md lists the difference.
    outcome = clients.run(OUR_NODE, corpus / "nodejs", Script("rejects.handler"))

    [request] = outcome.requests
    assert (outcome.exit, request.path) == (128, "/2018-06-01/runtime/init/error")
    assert json.loads(request.body)["errorType"] == "Runtime.UnhandledPromiseRejection"


def test_a_function_can_leave_when_it_is_terminated(corpus):
    # The published client hangs in its native code: README.md lists the difference.
    outcome = clients.run(OUR_NODE, corpus / "nodejs", Script("signals.handler", signal=15))

    assert outcome.exit == 9
    assert "terminated" in outcome.stdout


def test_a_missing_next_invocation_ends_the_process(corpus):
    outcome = clients.run(OUR_NODE, corpus / "nodejs", Script("values.echo", [Event(status=500)]))

    assert outcome.exit == 129
    assert "Failed to get next invocation. Http Response code: 500" in outcome.stdout


def test_a_stream_that_fails_says_so_behind_the_body(corpus):
    outcome = clients.run(OUR_NODE, corpus / "nodejs", Script("streams.failsMidway"))

    response = outcome.requests[1]
    error = json.loads(base64.b64decode(response.trailers["lambda-runtime-function-error-body"]))
    assert (response.body, error["errorType"], error["errorMessage"]) == (b"some", "TypeError", "midway")
