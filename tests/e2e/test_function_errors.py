"""What the caller hears when a function does not come to an answer of its own."""

import json
import re

import pytest
from support.errors import refused
from support.functions import COMPILED, NODE, PYTHON

RESPONSE_BYTES_MAX = 6_291_556


def assert_platform_error(answer, kind, text):
    """The payload of a failure that the platform reports, to the byte."""
    assert (answer.status, answer.error) == (200, "Unhandled")
    message = f"RequestId: {answer.request_id} Error: {text}"
    assert answer.payload.decode() == f'{{"errorType":"{kind}","errorMessage":"{message}"}}'


def assert_function_error(answer, **members):
    assert (answer.status, answer.error) == (200, "Unhandled")
    assert {name: answer.json.get(name) for name in members} == members


def test_python_raises(functions):
    answer = functions.invoke(functions.create(PYTHON), {"do": "raise", "message": "no luck"})

    assert_function_error(answer, errorMessage="no luck", errorType="ValueError", requestId=answer.request_id)
    assert list(answer.json) == ["errorMessage", "errorType", "requestId", "stackTrace"]
    first = answer.json["stackTrace"][0]
    assert first.startswith('  File "/var/task/behaviours.py", line ')
    assert first.endswith("\n")


def test_node_throws(functions):
    answer = functions.invoke(functions.create(NODE), {"do": "raise", "message": "no luck"})

    assert_function_error(answer, errorType="RangeError", errorMessage="no luck")
    assert list(answer.json) == ["errorType", "errorMessage", "trace"]
    assert answer.json["trace"][0] == "RangeError: no luck"
    assert re.match(r"    at .*/var/task/behaviours\.mjs:\d+:\d+", answer.json["trace"][1])


def test_a_compiled_function_returns_an_error(functions):
    answer = functions.invoke(functions.create(COMPILED), {"do": "raise", "message": "no luck"})

    assert_function_error(answer, errorMessage="no luck")
    assert list(answer.json) == ["errorType", "errorMessage"]


def test_a_compiled_function_panics(functions):
    answer = functions.invoke(functions.create(COMPILED), {"do": "panic"})

    assert_function_error(answer, errorMessage="Lambda panicked: asked to panic")


def test_an_environment_survives_an_error_that_was_raised(functions, kind):
    name = functions.create(kind)

    functions.invoke(name, {"do": "raise", "message": "no luck"})

    assert functions.invoke(name, {"do": "count"}).json == {"count": 2}


def test_a_handler_that_returns_an_error_message_has_not_failed(functions, kind):
    answer = functions.invoke(functions.create(kind), {"errorMessage": "mine", "errorType": "Mine"})

    assert (answer.status, answer.error) == (200, None)
    assert answer.json == {"errorMessage": "mine", "errorType": "Mine"}


def test_python_has_no_such_handler(functions):
    answer = functions.invoke(functions.create(PYTHON, Handler="behaviours.missing"))

    assert_function_error(
        answer,
        errorMessage="Handler 'missing' missing on module 'behaviours'",
        errorType="Runtime.HandlerNotFound",
        requestId="",
        stackTrace=[],
    )


def test_node_has_no_such_handler(functions):
    answer = functions.invoke(functions.create(NODE, Handler="behaviours.missing"))

    assert_function_error(
        answer, errorType="Runtime.HandlerNotFound", errorMessage="behaviours.missing is undefined or not exported"
    )


def test_python_cannot_read_the_handler(functions):
    answer = functions.invoke(functions.create(PYTHON, Handler="handler"))

    assert_function_error(
        answer,
        errorType="Runtime.MalformedHandlerName",
        errorMessage="Bad handler 'handler': not enough values to unpack (expected 2, got 1)",
    )


def test_node_cannot_read_the_handler(functions):
    answer = functions.invoke(functions.create(NODE, Handler="behaviours"))

    assert_function_error(answer, errorType="Runtime.MalformedHandlerName", errorMessage="Bad handler")


def test_python_cannot_import_the_module(functions):
    answer = functions.invoke(functions.create(PYTHON, Handler="nowhere.handler"))

    assert_function_error(
        answer,
        errorMessage="Unable to import module 'nowhere': No module named 'nowhere'",
        errorType="Runtime.ImportModuleError",
        requestId="",
    )


def test_node_cannot_import_the_module(functions):
    answer = functions.invoke(functions.create(NODE, Handler="nowhere.handler"))

    assert_function_error(answer, errorType="Runtime.ImportModuleError")
    assert answer.json["errorMessage"].startswith("Error: Cannot find module 'nowhere'")


def test_python_has_a_syntax_error(functions):
    answer = functions.invoke(functions.create(PYTHON, files={"behaviours.py": "def handler(:\n"}))

    assert_function_error(answer, errorType="Runtime.UserCodeSyntaxError")
    assert answer.json["errorMessage"].startswith("Syntax error in module 'behaviours': ")


def test_node_has_a_syntax_error(functions):
    answer = functions.invoke(functions.create(NODE, files={"behaviours.mjs": "export const handler = (\n"}))

    assert_function_error(answer, errorType="Runtime.UserCodeSyntaxError")
    assert answer.json["errorMessage"].startswith("SyntaxError: ")


@pytest.mark.parametrize("kind", [PYTHON, NODE], ids=lambda kind: kind.name)
def test_the_code_outside_the_handler_throws(functions, kind):
    name = functions.create(kind, Environment={"Variables": {"FUNCTION_INIT": "raise"}})

    for _ in range(2):
        answer = functions.invoke(name)
        expected = {"python": "ValueError", "node": "RangeError"}[kind.name]
        assert_function_error(answer, errorType=expected, errorMessage="no start")


def test_the_code_outside_the_handler_exits(functions, kind):
    answer = functions.invoke(functions.create(kind, Environment={"Variables": {"FUNCTION_INIT": "exit"}}))

    assert_platform_error(answer, "Runtime.ExitError", "Runtime exited with error: exit status 42")


def test_the_code_outside_the_handler_hangs(functions, kind):
    name = functions.create(kind, Timeout=2, Environment={"Variables": {"FUNCTION_INIT": "hang"}})

    answer = functions.invoke(name)

    assert_platform_error(answer, "Sandbox.Timedout", "Task timed out after 2.00 seconds")


def test_there_is_no_bootstrap(functions):
    answer = functions.invoke(functions.create(COMPILED, files={"other": "#!/bin/sh\n"}))

    assert_platform_error(
        answer, "Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
    )


def test_the_function_exits(functions, kind):
    name = functions.create(kind)

    answer = functions.invoke(name, {"do": "exit", "code": 42})
    assert_platform_error(answer, "Runtime.ExitError", "Runtime exited with error: exit status 42")

    answer = functions.invoke(name, {"do": "exit", "code": 0})
    assert_platform_error(answer, "Runtime.ExitError", "Runtime exited without providing a reason")

    assert functions.invoke(name, {"do": "count"}).json == {"count": 1}


def test_the_function_is_killed(functions, kind):
    name = functions.create(kind)

    answer = functions.invoke(name, {"do": "kill"})

    signal = "aborted" if kind is COMPILED else "killed"
    assert_platform_error(answer, "Runtime.ExitError", f"Runtime exited with error: signal: {signal}")
    assert functions.invoke(name, {"do": "count"}).json == {"count": 1}


def test_the_function_runs_out_of_memory(functions, kind):
    name = functions.create(kind, MemorySize=128)

    answer = functions.invoke(name, {"do": "allocate", "mb": 512}, LogType="Tail")

    assert_platform_error(answer, "Runtime.ExitError", "Runtime exited with error: signal: killed")
    assert "\tMax Memory Used: 128 MB\t" in answer.log
    assert functions.invoke(name, {"do": "count"}).json == {"count": 1}


def test_the_function_takes_too_long_and_starts_afresh(functions, kind):
    name = functions.create(kind, Timeout=2)
    functions.invoke(name, {"do": "count"})

    answer = functions.invoke(name, {"do": "sleep", "ms": 600_000})

    assert_platform_error(answer, "Sandbox.Timedout", "Task timed out after 2.00 seconds")
    assert functions.invoke(name, {"do": "count"}).json == {"count": 1}


def test_the_largest_response_arrives_whole(functions, kind):
    answer = functions.invoke(functions.create(kind), {"do": "big", "bytes": RESPONSE_BYTES_MAX})

    assert answer.error is None
    assert len(answer.payload) == RESPONSE_BYTES_MAX


def test_a_response_that_is_too_large_is_an_error(functions, kind):
    name = functions.create(kind)

    answer = functions.invoke(name, {"do": "big", "bytes": RESPONSE_BYTES_MAX + 1})

    assert (answer.status, answer.error) == (200, "Unhandled")
    assert answer.payload.decode() == (
        '{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).",'
        '"errorType":"Function.ResponseSizeTooLarge"}'
    )
    assert functions.invoke(name, {"a": 1}).json == {"a": 1}


def test_python_returns_what_is_no_json(functions):
    answer = functions.invoke(functions.create(PYTHON), {"do": "unserializable"})

    assert_function_error(
        answer,
        errorType="Runtime.MarshalError",
        errorMessage="Unable to marshal response: Object of type object is not JSON serializable",
    )


def test_node_returns_what_is_no_json(functions):
    answer = functions.invoke(functions.create(NODE), {"do": "unserializable"})

    assert (answer.status, answer.error) == (200, "Unhandled")
    assert answer.json["errorMessage"] == "Unable to stringify response body"


def test_a_handler_that_returns_nothing_answers_null(functions, kind):
    assert functions.invoke(functions.create(kind), {"do": "nothing"}).payload == b"null"


@pytest.mark.parametrize("invocation", ["RequestResponse", "Event", "DryRun"])
def test_an_event_that_is_no_json_is_refused(functions, invocation):
    name = functions.create(COMPILED)
    text = re.compile("^Could not parse request body into json: Could not parse payload into json: ")

    for payload in [b"{not json", b"\x99", b'{"a": 1} {"b": 2}', b"[1,"]:
        with refused("InvalidRequestContentException", text, 400):
            functions.invoke(name, Payload=payload, InvocationType=invocation)


def test_the_largest_request_arrives_whole(functions):
    name = functions.create(COMPILED)
    payload = json.dumps("x" * (6_291_456 - 2)).encode()

    assert functions.invoke(name, Payload=payload).payload == payload


def test_a_request_that_is_too_large_is_refused(functions):
    name = functions.create(COMPILED)
    payload = json.dumps("x" * (6_291_456 - 1)).encode()

    with refused(
        "RequestEntityTooLargeException",
        "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
        413,
    ):
        functions.invoke(name, Payload=payload)


def test_an_event_that_is_too_large_is_refused(functions):
    name = functions.create(COMPILED)
    payload = json.dumps("x" * 1_048_575).encode()

    with refused(
        "RequestEntityTooLargeException",
        f"{len(payload)} byte payload is too large for the Event invocation type (limit 1048576 bytes)",
        413,
    ):
        functions.invoke(name, Payload=payload, InvocationType="Event")
