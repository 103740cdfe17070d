"""`Invoke-LMFunction`: what is printed where, and the exit status."""

import base64
import json
import subprocess

import pytest
from support.command import COMMAND
from support.web import Reply

RAISE = '{"do": "raise", "message": "no luck"}'
KEYS_OF_A_RESPONSE = [
    "ExecutedVersion",
    "FunctionError",
    "LogResult",
    "Payload",
    "StatusCode",
    "ResponseMetadata",
    "ContentLength",
    "HttpStatusCode",
]


def test_a_pipe_gets_one_json_object_on_one_line(lm, echo):
    done = lm(echo, '{"a": "line\\nbreak"}')

    assert done.output.endswith(b"\n")
    assert done.output.count(b"\n") == 1
    assert list(done.response) == KEYS_OF_A_RESPONSE
    assert done.payload == {"a": "line\nbreak"}
    assert done.errors == ""


def test_a_list_can_be_had_without_a_terminal_and_has_no_colours_there(lm, echo):
    lines = lm(echo, '{"a":1}', "--output", "list").output.decode().splitlines()

    assert [line.partition(" :")[0].strip() for line in lines] == KEYS_OF_A_RESPONSE
    assert 'Payload          : {"a":1}' in lines
    assert "\x1b" not in "".join(lines)


def test_text_is_the_payload_for_a_person_and_raw_its_bytes(lm, echo):
    assert lm(echo, '{"a":1}', "--output", "text").output == b'{"a":1}\n'
    assert lm(echo, '{"a":1}', "--output", "raw").output == b'{"a":1}'
    assert lm(echo, '{"a":1}', "--output", "json", "-Select", "StatusCode").output == b"200\n"


def test_the_selected_log_is_decoded_for_a_person(lm, echo):
    arguments = (echo, "-LogType", "Tail", "-Select", "LogResult")

    text = lm(*arguments, "--output", "text").output.decode()
    encoded = lm(*arguments).output

    assert text.splitlines()[-1].startswith("REPORT RequestId: ")
    assert b"REPORT RequestId: " in base64.b64decode(encoded)


def test_a_large_payload_comes_out_as_it_is(lm, echo):
    done = lm(echo, '{"do": "big", "bytes": 5000000}', "-Select", "Payload")

    assert done.output == b'"' + b"x" * 4_999_998 + b'"'


def test_a_reader_that_goes_away_is_no_failure(lm, wire, echo):
    with subprocess.Popen(
        [COMMAND, echo, '{"do": "big", "bytes": 1000000}'],
        env=lm.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdout.close()
        errors = process.stderr.read()

    assert (process.returncode, errors) == (0, b"")
    assert len(wire.exchanges) == 1


def test_a_function_error_is_a_warning(lm, behaving):
    done = lm(behaving, RAISE)

    assert done.response["FunctionError"] == "Unhandled"
    assert done.payload["errorMessage"] == "no luck"
    assert done.errors == "WARNING: the function failed (Unhandled): ValueError: no luck\n"


def test_a_function_error_can_be_a_failure(lm, behaving, echo):
    failed = lm(behaving, RAISE, "--fail-on-function-error", "-Select", "FunctionError")

    assert (failed.status, failed.output) == (3, b"Unhandled\n")
    assert lm(echo, "--fail-on-function-error").status == 0


@pytest.mark.parametrize("action", ["SilentlyContinue", "ignore"])
def test_warnings_can_be_kept_back(lm, behaving, action):
    done = lm(behaving, RAISE, "-WarningAction", action)

    assert (done.status, done.errors) == (0, "")
    assert done.response["FunctionError"] == "Unhandled"


def test_a_warning_can_end_the_command(lm, behaving):
    done = lm(behaving, RAISE, "-wa", "Stop")

    assert done.status == 1
    assert done.responses[0]["FunctionError"] == "Unhandled"
    assert done.errors.splitlines()[1].startswith("Invoke-LMFunction: ")


@pytest.mark.parametrize("action", ["SilentlyContinue", "ignore"])
def test_an_error_message_can_be_kept_back_and_the_status_stays(lm, action):
    done = lm("nobody", "-ErrorAction", action)

    assert (done.status, done.output, done.errors) == (1, b"", "")


def test_an_action_without_a_meaning_here_is_refused(lm, wire, echo):
    done = lm(echo, "-ea", "Inquire")

    assert done.status == 2
    assert "SilentlyContinue" in done.errors
    assert wire.exchanges == []


@pytest.mark.parametrize("parameter", ["-OutVariable", "-ev", "-PipelineVariable", "-OutBuffer", "-InformationAction"])
def test_what_needs_a_powershell_session_is_refused(lm, wire, echo, parameter):
    done = lm(echo, parameter, "x")

    assert done.status == 2
    assert "PowerShell" in done.errors
    assert wire.exchanges == []


def test_an_error_as_json_is_powershells_error_record(lm):
    error = lm("nobody", "--error-format", "json").error

    assert error["Message"].startswith("Function not found: ")
    assert error.pop("RequestId")
    assert {key: value for key, value in error.items() if key != "Message"} == {
        "ErrorCode": "ResourceNotFoundException",
        "ErrorType": "Sender",
        "StatusCode": 404,
        "FullyQualifiedErrorId": "Amazon.Lambda.Model.ResourceNotFoundException,"
        "Amazon.PowerShell.Cmdlets.LM.InvokeLMFunctionCmdlet",
        "Category": "InvalidOperation",
    }


@pytest.mark.parametrize(
    ("arguments", "id"),
    [
        (["f", "-Pay", "{}"], "AmbiguousParameter"),
        (["f", "-Nonsense", "x"], "NamedParameterNotFound"),
        (["f", "-Payload"], "MissingArgument"),
        (["f", "-FunctionName", "f", "-fu", "g"], "ParameterAlreadyBound"),
        (["a", "b", "c", "d", "e", "f"], "PositionalParameterNotFound"),
        (["f", "-Force:perhaps"], "CannotConvertArgument"),
    ],
)
def test_an_error_of_binding_has_powershells_id_and_nothing_is_sent(lm, wire, arguments, id):
    done = lm(*arguments, "--error-format", "json")

    assert (done.status, done.output) == (2, b"")
    assert done.error["FullyQualifiedErrorId"] == f"{id},Amazon.PowerShell.Cmdlets.LM.InvokeLMFunctionCmdlet"
    assert wire.exchanges == []


def test_verbose_tells_what_is_done(lm, wire, echo):
    done = lm(echo, "-Verbose")

    lines = done.errors.splitlines()
    assert all(line.startswith("VERBOSE: ") for line in lines)
    text = "\n".join(lines)
    assert f'Performing the operation "Invoke-LMFunction (Invoke)" on target "{echo}".' in text
    assert "Payload parameter unset, using default value of '{}'" in text
    assert "ClientContext parameter unset, using default value of '{}'" in text
    assert f"operation 'Invoke' on endpoint '{wire.endpoint}'" in text
    assert json.loads(done.output)["StatusCode"] == 200


def test_verbose_has_nothing_to_say_of_defaults_that_are_not_used(lm, echo):
    assert "unset" not in lm(echo, "{}", "{}", "-vb").errors


def test_debug_tells_where_things_come_from(lm, echo):
    lines = lm(echo, "-Debug").errors.splitlines()

    assert all(line.startswith("DEBUG: ") for line in lines)
    assert any("region" in line and "us-east-1" in line for line in lines)


def test_neither_is_heard_unless_it_is_asked_for(lm, echo):
    assert lm(echo, "-Verbose:$false", "-Debug:$false").errors == ""


@pytest.mark.parametrize("arguments", [["-WhatIf"], ["-WhatIf", "-Force"], ["-WhatIf", "-Confirm"], ["-wi"]])
def test_what_if_says_what_would_be_done_and_sends_nothing(lm, wire, echo, arguments):
    done = lm(echo, *arguments, variables=lm.bare)

    assert (done.status, done.output) == (0, b"")
    assert done.errors == f'What if: Performing the operation "Invoke-LMFunction (Invoke)" on target "{echo}".\n'
    assert wire.exchanges == []


def test_without_a_terminal_nobody_can_confirm(lm, wire, echo):
    done = lm(echo, "-Confirm")

    assert (done.status, done.output) == (1, b"")
    assert "-Force" in done.errors
    assert wire.exchanges == []


def test_force_asks_nobody(lm, wire, echo):
    assert lm(echo, "-Confirm", "-Force").status == 0
    assert lm(echo, "-Confirm:$false").status == 0
    assert len(wire.exchanges) == 2


def test_bytes_that_are_no_text_come_out_as_they_are(lm, web):
    content = bytes(range(256))
    server = web(lambda request: Reply(200, content))

    selected = lm("f", "-EndpointUrl", server.endpoint, "-Select", "Payload")
    response = lm("f", "-EndpointUrl", server.endpoint).response

    assert selected.output == content
    assert response["Payload"] is None
    assert base64.b64decode(response["PayloadBase64"]) == content
    assert response["ContentLength"] == 256


def test_the_arn_of_a_durable_execution_is_shown(lm, web):
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f:1/durable-execution/order-17/abc"
    server = web(lambda request: Reply(202, b"", {"X-Amz-Durable-Execution-Arn": arn}))
    arguments = ["f", "-DurableExecutionName", "order-17", "-EndpointUrl", server.endpoint]

    response = lm(*arguments).response
    selected = lm(*arguments, "-Select", "DurableExecutionArn")

    assert (next(iter(response)), response["DurableExecutionArn"]) == ("DurableExecutionArn", arn)
    assert selected.output == f"{arn}\n".encode()
