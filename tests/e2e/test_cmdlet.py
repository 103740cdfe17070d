"""`Invoke-LMFunction` against a real server: each parameter of the reference page that it acts upon."""

import base64
import hashlib
import json
import os
import pty
import subprocess

import pytest
from support.functions import COMPILED, PYTHON
from support.marks import marks_of
from support.server import BINARIES, clean_environment


@pytest.fixture
def lm(server):
    """Runs the command in a pipe, with nothing but the endpoint in its environment."""

    def run(*arguments, stdin=None, environment=None):
        variables = server.variables() if environment is None else environment
        return subprocess.run(
            [BINARIES / "Invoke-LMFunction", *arguments],
            env=variables,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            timeout=120,
            check=False,
        )

    return run


@pytest.fixture
def echo(functions):
    return functions.create(COMPILED)


def payload(done):
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(json.loads(done.stdout)["Payload"])


def test_a_pipe_gets_the_whole_response_as_json(lm, echo):
    done = lm("-FunctionName", echo, "-Payload", '{"a": 1}')

    assert done.returncode == 0, done.stderr
    response = json.loads(done.stdout)
    assert json.loads(response.pop("Payload")) == {"a": 1}
    assert response.pop("ResponseMetadata")["RequestId"]
    assert response.pop("ContentLength") == len('{"a":1}')
    assert response.pop("LogResult") is None
    assert response.pop("FunctionError") is None
    assert response == {"ExecutedVersion": "$LATEST", "StatusCode": 200, "HttpStatusCode": "OK"}


def test_a_terminal_gets_a_list(server, echo):
    parent, child = pty.openpty()
    process = subprocess.Popen(
        [BINARIES / "Invoke-LMFunction", echo, '{"a":1}', "-LogType", "Tail"],
        env=server.variables() | {"TERM": "dumb"},
        stdin=subprocess.DEVNULL,
        stdout=child,
        stderr=subprocess.PIPE,
    )
    os.close(child)
    shown = b""
    while True:
        try:
            part = os.read(parent, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(parent)

    assert process.wait(60) == 0, process.stderr.read()
    process.stderr.close()
    lines = shown.decode().replace("\r", "").splitlines()
    values = {name.strip(): value.strip() for name, colon, value in (line.partition(" : ") for line in lines) if colon}
    assert values["StatusCode"] == "200"
    assert values["ExecutedVersion"] == "$LATEST"
    assert values["Payload"] == '{"a":1}'
    assert any("START RequestId: " in line for line in lines)


@pytest.mark.parametrize(
    "spelling", ["{}", "function:{}", "000000000000:function:{}", "arn:aws:lambda:us-east-1:000000000000:function:{}"]
)
def test_every_spelling_of_the_name_reaches_the_function(lm, echo, spelling):
    assert payload(lm(spelling.format(echo), '{"a": 1}')) == {"a": 1}


def test_an_unknown_function_is_an_error(lm):
    done = lm("nobody")

    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.decode().startswith("Invoke-LMFunction: Function not found: ")


def test_no_payload_is_an_empty_object_and_an_empty_payload_is_no_body(lm, echo):
    assert payload(lm("-FunctionName", echo)) == {}
    assert payload(lm("-FunctionName", echo, "-Payload", "")) == {}
    assert payload(lm("-FunctionName", echo, "-Payload", '"grüße 🎉"')) == "grüße 🎉"


def test_a_payload_that_is_no_json_is_refused_by_the_server(lm, echo):
    done = lm(echo, "{a:1}")

    assert done.returncode == 1
    assert "Could not parse request body into json" in done.stderr.decode()


def test_the_client_context_reaches_the_function(lm, functions):
    name = functions.create(PYTHON)
    ask = '{"do": "context"}'

    given = payload(lm(name, ask, '{"custom": {"colour": "blue"}}'))
    default = payload(lm(name, ask))

    assert given["client_context"]["custom"] == {"colour": "blue"}
    assert default["client_context"] is not None


def test_an_event_is_accepted_and_runs(lm, functions):
    name = functions.create(PYTHON)

    done = lm(name, '{"do": "mark", "text": "here"}', "-InvocationType", "event")

    response = json.loads(done.stdout)
    assert (response["StatusCode"], response["HttpStatusCode"], response["Payload"]) == (202, "Accepted", "")
    marks_of(functions, name, ["here"])


def test_a_dry_run_does_not_execute(lm, functions):
    name = functions.create(COMPILED)

    done = lm(name, '{"do": "count"}', "-InvocationType", "DryRun")

    assert json.loads(done.stdout)["StatusCode"] == 204
    assert functions.invoke(name, {"do": "count"}).json == {"count": 1}


def test_an_unknown_invocation_type_is_refused_by_the_server(lm, echo):
    done = lm(echo, "-InvocationType", "Foo")

    assert done.returncode == 1
    assert "Member must satisfy enum value set" in done.stderr.decode()


def test_the_log_tail_is_decoded_when_selected(lm, echo):
    done = lm(echo, "-LogType", "tail")

    response = json.loads(done.stdout)
    assert "START RequestId: " in base64.b64decode(response["LogResult"]).decode()


def test_the_qualifier_selects_the_version(lm, functions, client):
    name = functions.create(
        PYTHON, Publish=True, files={"behaviours.py": "def handler(event, context): return context.function_version"}
    )

    first = json.loads(lm(name, "-Qualifier", "1").stdout)
    latest = json.loads(lm(name).stdout)
    missing = lm(name, "-Qualifier", "9")
    conflict = lm(f"{name}:1", "-Qualifier", "$LATEST")

    assert (first["ExecutedVersion"], first["Payload"]) == ("1", '"1"')
    assert (latest["ExecutedVersion"], latest["Payload"]) == ("$LATEST", '"$LATEST"')
    assert missing.returncode == 1
    assert "does not match the specified qualifier" in conflict.stderr.decode()


def test_select_prints_one_thing(lm, echo):
    arguments = ("-FunctionName", echo, "-Payload", '{"a":1}')

    assert lm(*arguments, "-Select", "Payload").stdout == b'{"a":1}'
    assert lm(*arguments, "-Select", "payload").stdout == b'{"a":1}'
    assert lm(*arguments, "-Select", "StatusCode").stdout == b"200\n"
    assert lm(*arguments, "-Select", "ExecutedVersion").stdout == b"$LATEST\n"
    assert lm(*arguments, "-Select", "^FunctionName").stdout == f"{echo}\n".encode()
    assert lm(*arguments, "-Select", "FunctionError").stdout == b""
    assert json.loads(lm(*arguments, "-Select", "*").stdout)["StatusCode"] == 200


def test_a_select_that_means_nothing_does_not_invoke(lm, functions):
    name = functions.create(COMPILED)

    for select in ["ContentLength", "Pay*", "", "^Region", "Nothing"]:
        done = lm(name, '{"do": "count"}', "-Select", select)
        assert done.returncode == 2, select
        assert done.stdout == b""

    assert functions.invoke(name, {"do": "count"}).json == {"count": 1}


def test_a_large_payload_comes_out_as_it_is(lm, functions):
    name = functions.create(COMPILED)

    done = lm(name, '{"do": "big", "bytes": 5000000}', "-Select", "Payload")

    assert hashlib.sha256(done.stdout).digest() == hashlib.sha256(b'"' + b"x" * 4_999_998 + b'"').digest()


def test_a_function_error_is_a_warning(lm, functions):
    name = functions.create(PYTHON)

    done = lm(name, '{"do": "raise", "message": "no luck"}')

    assert done.returncode == 0
    response = json.loads(done.stdout)
    assert response["FunctionError"] == "Unhandled"
    assert json.loads(response["Payload"])["errorMessage"] == "no luck"
    assert "Unhandled" in done.stderr.decode()


def test_keys_region_and_endpoint_come_from_parameters(lm, server, echo):
    nothing = {name: value for name, value in clean_environment().items() if name != "HOME"}
    arguments = ("-FunctionName", echo, "-EndpointUrl", server.endpoint)

    done = lm(*arguments, "-Region", "us-east-1", "-AccessKey", "a", "-SecretKey", "b", environment=nothing)
    short = lm(*arguments, "-AK", "a", "-SK:b", "-ST", "c", environment=nothing)
    half = lm(*arguments, "-AccessKey", "a", environment=nothing)

    assert done.returncode == 0, done.stderr
    assert short.returncode == 0, short.stderr
    assert half.returncode == 2


def test_an_endpoint_that_nobody_serves_is_an_error(lm, echo):
    done = lm(echo, "-EndpointUrl", "http://127.0.0.1:1")

    assert done.returncode == 1
    assert b"127.0.0.1:1" in done.stderr


def test_names_may_be_shortened_as_in_powershell(lm, echo):
    assert payload(lm("-fu", echo, "-Payload", '{"a":1}')) == {"a": 1}
    ambiguous = lm(echo, "-Pay", "{}")
    assert ambiguous.returncode == 2
    assert "PayloadStream" in ambiguous.stderr.decode()


def test_a_parameter_of_a_later_release_is_refused_and_nothing_is_sent(lm, functions):
    name = functions.create(COMPILED)

    done = lm(name, '{"do": "count"}', "-ProfileName", "somebody")

    assert done.returncode == 2
    assert "ProfileName" in done.stderr.decode()
    assert functions.invoke(name, {"do": "count"}).json == {"count": 1}
