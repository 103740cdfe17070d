"""Our Python client does what awslambdaric does."""

import json
import os
import pathlib
import shutil
import subprocess
import sys

import clients
import parity
import pytest
from clients import OUR_PYTHON, PUBLISHED_PYTHON, Script
from recorder import Event, Reply

OWN_FRAMES = parity.python_frames(
    "/runtimes/python/", "/site-packages/awslambdaric/", "/tests/runtimes/published/"
)
JSON = {"AWS_LAMBDA_LOG_FORMAT": "JSON"}
CHANNEL = {"_LAMBDA_TELEMETRY_LOG_FD": "a descriptor of the harness"}
PYTHON_3_12 = {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.12"}


def functions(module, exclude=()):
    """The handlers of a corpus file, in order, as `module.function`."""
    import ast

    tree = ast.parse((clients.CORPUS / f"python/{module}.py").read_text())
    return [
        f"{module}.{node.name}"
        for node in tree.body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name not in exclude
    ]


def client_context(text):
    return [Event(headers={"Lambda-Runtime-Client-Context": text})]


def identity(text):
    return [Event(headers={"Lambda-Runtime-Cognito-Identity": text})]


EVERY_HANDLER = {
    name: Script(name)
    for name in functions("values")
    + functions("facts", exclude=["no_time_left"])
    + functions("errors", exclude=["killed"])
    + functions("logs")
    + functions("quiet")
    + ["values.bound", "values.anonymous", "values.handler_object", "values.not_callable"]
    + ["values.HandlerObject", "values.state"]
}

NAMES = {
    f"handler name {name!r}": Script(name)
    for name in [
        "",
        "nodot",
        ".",
        ".handler",
        "quiet.",
        "..handler",
        "quiet.missing",
        "quiet.handler.more",
        "missing_module.handler",
        "package.handler",
        "package.nested.module.handler",
        "package/nested/module.handler",
        "package/nested.module.handler",
        "package.missing.handler",
        "./quiet.handler",
        "/quiet.handler",
        "with-dash.handler",
        "dynamic.dynamic",
        "dynamic.static",
        "sys.exit",
        "time.sleep",
        "json.loads",
        "os.getcwd",
        "sys.path.x",
        "bad_syntax.handler",
        "bad_indentation.handler",
        "bad_encoding.handler",
        "missing_import.handler",
        "missing_name.handler",
        "imports_bad_syntax.handler",
        "raises_at_import.handler",
        "exits_at_import.handler",
        "interrupts_at_import.handler",
        "clears_handlers.handler",
        "quiet_root.handler",
    ]
}

EVENTS = {
    f"event {body[:24]!r} as {kind}": Script("values.event_type", [Event(body, {"Content-Type": kind})])
    for body, kind in [
        (b"null", "application/json"),
        (b'  {"a": [1, 2.5, "\\u00e9", true]}\r\n\t ', "application/json"),
        ('{"é": "€😀"}'.encode(), "application/json"),
        (b'"\\ud800"', "application/json"),
        (b'{"a": 1, "a": 2}', "application/json"),
        (b"1e400", "application/json"),
        (b"123456789012345678901234567890", "application/json"),
        (b"-0", "application/json"),
        (b"\xef\xbb\xbf1", "application/json"),
        (b"text", "text/plain"),
        (b"\x00\xff", "application/octet-stream"),
        (b"{}", "application/json; charset=utf-8"),
        (b"", "application/json"),
        (b"", "text/plain"),
        (b"nonsense", "application/json"),
        (b'"\xff"', "application/json"),
        (b"NaN", "application/json"),
        (b'[1, Infinity]', "application/json"),
    ]
}

CONTEXTS = {
    "client context": Script(
        "facts.client_context",
        client_context('{"client": {"app_title": "app", "installation_id": 1}, "custom": {"k": [1]}, "env": {"e": "v"}}'),
    ),
    "client context without client": Script("facts.client_context", client_context('{"custom": {"é": "€"}}')),
    "client context with unknown fields": Script("facts.client_context", client_context('{"other": 1, "client": {"x": 1}}')),
    "client context with a trace": Script(
        "facts.client_context",
        client_context('{"custom": 1, "w3c": {"traceparent": "00-1", "tracestate": 7, "other": "x"}}'),
    ),
    "client context null": Script("facts.client_context", client_context("null")),
    "client context list": Script("facts.client_context", client_context("[1]")),
    "client context broken": Script("facts.client_context", client_context("{")),
    "client context in the context": Script("facts.context", client_context('{"client": {}, "custom": {}}')),
    "identity": Script("facts.identity", identity('{"cognitoIdentityId": "i", "cognitoIdentityPoolId": "p"}')),
    "identity null": Script("facts.identity", identity("null")),
    "identity broken": Script("facts.identity", identity("nonsense")),
    "tenant": Script("facts.context", [Event(headers={"Lambda-Runtime-Aws-Tenant-Id": "tenant-1"})]),
    "tenant in JSON logs": Script("logs.named_logger", [Event(headers={"Lambda-Runtime-Aws-Tenant-Id": "t"})], env=JSON),
    "no time left": Script("facts.no_time_left", [Event(headers={"Lambda-Runtime-Deadline-Ms": "1"})]),
    "trace id for each": Script(
        "facts.trace_id", [Event(), Event(headers={"Lambda-Runtime-Trace-Id": None}), Event()]
    ),
    "invocation id is given back": Script(
        "quiet.handler", [Event(headers={"Lambda-Runtime-Invocation-Id": "inv-1"}), Event()]
    ),
    "invocation id is given back with an error": Script(
        "quiet.fails", [Event(headers={"Lambda-Runtime-Invocation-Id": "inv-1"}), Event()]
    ),
}

SEQUENCES = {
    "state stays": Script("values.counts", [Event(), Event(), Event()]),
    "an error, then a success": Script("errors.second_time", [Event(b'{"fail": 1}'), Event(b"{}")]),
    "a marshal error, then again": Script("values.a_set", [Event(), Event()]),
    "six megabytes in": Script("values.size_of_event", [Event(b'"' + b"y" * (6 * 1024 * 1024 - 2) + b'"')]),
    "six megabytes of letters outside ASCII in": Script(
        "values.size_of_event", [Event(('"' + "é" * 3_000_000 + '"').encode())]
    ),
    "the answer is too large": Script("values.six_megabytes", [Event(), Event()], replies=[Reply(413, b'{"errorMessage": "large"}')]),
    "the answer is refused": Script("quiet.handler", [Event(), Event()], replies=[Reply(400)]),
    "the answer is not wanted": Script("quiet.handler", [Event(), Event()], replies=[Reply(403)]),
    "the platform fails": Script("quiet.handler", [Event(), Event()], replies=[Reply(500)]),
    "the error is refused": Script("quiet.fails", [Event(), Event()], replies=[Reply(400)]),
    "the answer's connection is cut": Script("quiet.handler", [Event(), Event()], replies=[Reply(hang_up=True)]),
    "the error's connection is cut": Script("quiet.fails", [Event(), Event()], replies=[Reply(hang_up=True)]),
    "every answer ends its connection": Script(
        "quiet.handler", [Event(), Event()], replies=[Reply(headers={"Connection": "close"})] * 2
    ),
    "the next invocation cannot be had": Script("quiet.handler", [Event(status=500)]),
    "terminated while it waits": Script("quiet.handler", signal=15),
    "killed in the handler": Script("errors.killed"),
}

IN_OTHER_ENVIRONMENTS = {
    f"{name} with {label}": Script(name, env=env)
    for label, env, names in [
        ("JSON logs", JSON, functions("logs") + ["errors.raises", "errors.deep", "quiet.fails", "quiet.logs_late"]),
        ("JSON logs", JSON, ["facts.log_method", "raises_at_import.handler", "quiet.missing", "errors.multi_line"]),
        ("JSON and level DEBUG", {**JSON, "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}, ["logs.levels", "values.process_facts"]),
        ("JSON and level TRACE", {**JSON, "AWS_LAMBDA_LOG_LEVEL": "TRACE"}, ["logs.levels"]),
        ("JSON and level FATAL", {**JSON, "AWS_LAMBDA_LOG_LEVEL": "FATAL"}, ["logs.levels", "errors.raises"]),
        ("format json in lower case", {"AWS_LAMBDA_LOG_FORMAT": "json"}, ["logs.levels"]),
        ("level info", {"AWS_LAMBDA_LOG_LEVEL": "info"}, ["logs.levels", "values.process_facts"]),
        ("level WARN", {"AWS_LAMBDA_LOG_LEVEL": "WARN"}, ["logs.levels"]),
        ("level nonsense", {"AWS_LAMBDA_LOG_LEVEL": "nonsense"}, ["logs.levels"]),
        ("the log channel", CHANNEL, functions("logs") + ["errors.raises", "errors.multi_line", "facts.log_method"]),
        ("the log channel", CHANNEL, ["values.process_facts", "missing_import.handler", "quiet.context_log"]),
        ("the log channel and JSON", {**CHANNEL, **JSON}, functions("logs") + ["errors.raises"]),
        ("the log channel and JSON", {**CHANNEL, **JSON}, ["raises_at_import.handler", "facts.log_method"]),
        ("the log channel and a level", {**CHANNEL, "AWS_LAMBDA_LOG_LEVEL": "DEBUG"}, ["logs.levels", "logs.all_levels"]),
        ("python3.12", PYTHON_3_12, functions("values") + ["errors.multi_line", "errors.looks_like_json"]),
        ("python3.12", PYTHON_3_12, ["errors.surrogate", "errors.system_exit", "quiet.fails"]),
    ]
    for name in names
}

CASES = {**EVERY_HANDLER, **NAMES, **EVENTS, **CONTEXTS, **SEQUENCES, **IN_OTHER_ENVIRONMENTS}


@pytest.mark.parametrize("case", CASES)
def test_our_client_does_what_the_published_one_does(corpus, case):
    script = CASES[case]

    ours = clients.run(OUR_PYTHON, corpus / "python", script)
    published = clients.run(PUBLISHED_PYTHON, corpus / "python", script)

    assert parity.shown(ours, OWN_FRAMES) == parity.shown(published, OWN_FRAMES)


@pytest.mark.parametrize("body", [b"{", b"{}x", b'"tab\tinside"', b"[1,]", b'{"a": 1,}', b"{'a': 1}"])
def test_an_event_that_is_no_json_is_an_unmarshal_error(corpus, body):
    # The words are of another library than the published client's: README.md lists the difference.
    script = Script("quiet.handler", [Event(body)])

    errors = [
        json.loads(clients.run(client, corpus / "python", script).requests[1].body)
        for client in (OUR_PYTHON, PUBLISHED_PYTHON)
    ]

    assert [error["errorType"] for error in errors] == ["Runtime.UnmarshalError"] * 2
    assert all(error["errorMessage"].startswith("Unable to unmarshal input: ") for error in errors)


def test_a_file_named_like_a_module_of_the_runtime_does_not_break_it(corpus):
    # It does break the published client: README.md lists the difference.
    function = clients.run(OUR_PYTHON, corpus / "python_shadow", Script("uses.handler"))
    namesake = clients.run(OUR_PYTHON, corpus / "python_shadow", Script("decimal.handler"))

    assert function.requests[1].body == b'[true, true, "shadowed"]'
    assert b"Handler 'handler' missing on module 'decimal'" in namesake.requests[0].body


def test_one_connection_serves_every_invocation(corpus):
    script = Script("quiet.handler", [Event()] * 20)

    outcome = clients.run(OUR_PYTHON, corpus / "python", script)

    assert {request.connection for request in outcome.requests} == {1}
    assert len(outcome.requests) == 41


def test_a_chunked_event_arrives_whole(corpus):
    event = Event(b'3\r\n[1,\r\n4;x=y\r\n2,3]\r\n0\r\n\r\n', {"Transfer-Encoding": "chunked", "Content-Length": None})

    outcome = clients.run(OUR_PYTHON, corpus / "python", Script("quiet.handler", [event]))

    assert outcome.requests[1].body == b"[1, 2, 3]"


def test_an_init_error_keeps_letters_outside_latin_1(corpus, tmp_path):
    # The published client cannot send these from Python 3.12 on: README.md lists the difference.
    (tmp_path / "m.py").write_text('raise RuntimeError("€")\n')

    outcome = clients.run(OUR_PYTHON, tmp_path, Script("m.handler", env=PYTHON_3_12))

    assert outcome.exit == 1
    assert '"errorMessage": "€"' in outcome.requests[0].body.decode()


def test_a_signal_handler_runs_while_the_function_waits(corpus):
    # The published client waits in C on Python below 3.12: README.md lists the difference.
    outcome = clients.run(OUR_PYTHON, corpus / "python", Script("handles_sigterm.handler", signal=15))

    assert (outcome.exit, outcome.stdout) == (9, "terminated 15\n")


def with_layers(client, layers):
    """The client with the layers' directory where it is in Lambda."""
    script = 'mount --bind "$1" /opt && shift && exec "$@"'
    command = ("unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", str(layers))
    probe = subprocess.run([*command, "true"], capture_output=True, text=True, check=False)
    if probe.returncode:
        pytest.skip(f"no mount namespace of our own on this machine: {probe.stderr.strip()}")
    return clients.Client(client.name, command + client.command, client.directory, client.env)


def test_layers_are_on_the_search_path(corpus, tmp_path):
    layers = tmp_path / "opt"
    shutil.copytree(corpus / "layer", layers)
    version = subprocess.check_output(
        [clients.PYTHON, "-c", "import sys; print('python%d.%d' % sys.version_info[:2])"], text=True
    ).strip()
    (layers / "python/lib/python3").rename(layers / "python/lib" / version)
    client = with_layers(OUR_PYTHON, layers)

    outcome = clients.run(client, corpus / "python", Script("uses_layer.handler"))

    assert outcome.requests[1].body == b'["below python", "site-packages", "through a .pth file"]', outcome


def test_the_function_comes_first_and_the_interpreters_packages_last(corpus):
    outcome = clients.run(OUR_PYTHON, corpus / "python", Script("uses_layer.search_path"))

    path = json.loads(outcome.requests[1].body)
    assert path[0] == str(corpus / "python")
    assert path[1].startswith("/opt/python/lib/python3.") and path[1].endswith("/site-packages")
    assert path[2:4] == ["/opt/python", str(clients.RUNTIMES / "python")]
    assert path[4].endswith(".zip")
    assert "" not in path


def test_a_search_path_of_the_functions_own_gets_a_full_start(corpus):
    extra = {"PYTHONPATH": str(corpus / "python_path/extra")}

    outcome = clients.run(OUR_PYTHON, corpus / "python_path", Script("uses.handler", env=extra))

    assert outcome.requests[1].body == b'["from PYTHONPATH", "yes"]', outcome


def other_interpreters():
    """The other versions of Python on this machine."""
    named = os.environ.get("INVOKED_TEST_PYTHONS")
    if named is not None:
        return named.split(":") if named else []
    places = [pathlib.Path("/usr/bin"), pathlib.Path("/usr/local/bin")]
    places += sorted(pathlib.Path.home().glob(".pyenv/versions/3.*/bin"))
    found = {}
    for place in places:
        for minor in range(8, 16):
            program = place / f"python3.{minor}"
            if program.is_file() and minor != sys.version_info.minor:
                found.setdefault(minor, str(program))
    return [found[minor] for minor in sorted(found)]


OTHER_INTERPRETERS = other_interpreters()
COMMON_CASES = [
    "values.echo",
    "values.text",
    "values.named_tuples",
    "values.decimals",
    "values.six_megabytes_of_rows",
    "values.a_set",
    "facts.context",
    "errors.raises",
    "errors.deep",
    "errors.system_exit",
    "logs.levels",
    "logs.extra with JSON logs",
    "logs.prints with the log channel",
    "missing_import.handler",
]


@pytest.mark.skipif(not OTHER_INTERPRETERS, reason="this machine has one version of Python")
@pytest.mark.parametrize("interpreter", OTHER_INTERPRETERS)
@pytest.mark.parametrize("case", [case for case in COMMON_CASES if case in CASES])
def test_every_version_of_python_answers_alike(corpus, interpreter, case):
    client = clients.our_python(interpreter)

    other = clients.run(client, corpus / "python", CASES[case])
    usual = clients.run(OUR_PYTHON, corpus / "python", CASES[case])

    assert parity.shown(other, OWN_FRAMES) == parity.shown(usual, OWN_FRAMES)
