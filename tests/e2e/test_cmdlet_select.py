"""`Invoke-LMFunction`: what `-Select` prints, and `-PassThru` with it."""

import base64
import json

import pytest
from support.functions import COMPILED

PROPERTIES = ["DurableExecutionArn", "ExecutedVersion", "FunctionError", "LogResult", "Payload", "StatusCode"]
OWN_PARAMETERS = [
    "ClientContext",
    "ClientContextBase64",
    "DurableExecutionName",
    "Force",
    "FunctionName",
    "InvocationType",
    "LogType",
    "PassThru",
    "Payload",
    "PayloadStream",
    "Qualifier",
    "Select",
    "TenantId",
]


@pytest.fixture
def select(lm, echo):
    """Calls the echo with a payload and a selection. Returns what is printed."""

    def call(selection, *arguments):
        done = lm("-FunctionName", echo, "-Payload", '{"a":1}', "-Select", selection, *arguments)
        assert done.status == 0, done.errors
        return done.output

    return call


@pytest.mark.parametrize("more", [[], ["-Select", "*"]], ids=["unbound", "star"])
def test_without_a_selection_the_whole_answer_is_printed(lm, echo, more):
    response = lm(echo, '{"a":1}', *more).response

    assert response.pop("ResponseMetadata")["RequestId"]
    assert response == {
        "ExecutedVersion": "$LATEST",
        "FunctionError": None,
        "LogResult": None,
        "Payload": '{"a":1}',
        "StatusCode": 200,
        "ContentLength": len('{"a":1}'),
        "HttpStatusCode": "OK",
    }


@pytest.mark.parametrize("spelling", [str, str.lower, str.upper])
def test_a_property_is_printed_alone(select, spelling):
    assert select(spelling("Payload")) == b'{"a":1}'
    assert select(spelling("StatusCode")) == b"200\n"
    assert select(spelling("ExecutedVersion")) == b"$LATEST\n"
    log = base64.b64decode(select(spelling("LogResult"), "-LogType", "Tail"))
    assert log.startswith(b"START RequestId: ") or b"\nSTART RequestId: " in log


@pytest.mark.parametrize("selection", ["FunctionError", "LogResult", "DurableExecutionArn"])
def test_what_is_null_prints_nothing(select, selection):
    assert select(selection) == b""


def test_the_error_of_a_function_is_a_property(lm, behaving):
    done = lm(behaving, '{"do": "raise", "message": "no luck"}', "-Select", "FunctionError")

    assert (done.status, done.output) == (0, b"Unhandled\n")


def test_a_length_is_a_path(select):
    assert select("Payload.Length") == b"7\n"
    assert select("executedversion.length") == b"7\n"


def test_a_parameter_of_its_own_is_printed_as_it_was_given(select, echo):
    assert select("^FunctionName") == f"{echo}\n".encode()
    assert select("^payload") == b'{"a":1}\n'
    assert select("^InvocationType", "-InvocationType", "requestresponse") == b"RequestResponse\n"
    assert select("^Select") == b"^Select\n"
    assert select("^Force") == b"False\n"
    assert select("^Force", "-Force") == b"True\n"
    assert select("^ClientContextBase64", "-ClientContextBase64", "{}") == b"e30=\n"


def test_a_parameter_that_was_not_given_prints_nothing(lm, wire, echo):
    for parameter in ["^Payload", "^ClientContext", "^Qualifier", "^TenantId"]:
        done = lm(echo, "-Select", parameter)
        assert (done.status, done.output) == (0, b""), parameter
    assert len(wire.exchanges) == 4


@pytest.mark.parametrize("parameter", OWN_PARAMETERS)
def test_every_parameter_of_its_own_can_be_selected(lm, wire, echo, parameter):
    assert lm(echo, "-Select", f"^{parameter}").status == 0
    assert len(wire.exchanges) == 1


@pytest.mark.parametrize(
    "selection",
    [
        "",
        "^",
        "Pay",
        "Pay*",
        "Payload,StatusCode",
        "Payload.",
        "StatusCode.Length",
        "Nothing",
        "ContentLength",
        "HttpStatusCode",
        "ResponseMetadata",
        "^Region",
        "^ProfileName",
        "^EndpointUrl",
        "^Verbose",
        "^Pay",
    ],
)
def test_a_selection_that_means_nothing_does_not_invoke(lm, wire, echo, selection):
    done = lm(echo, "{}", "-Select", selection, "--error-format", "json")

    assert (done.status, done.output) == (2, b"")
    assert "Select" in done.error["Message"]
    assert wire.exchanges == []


def test_a_selection_that_means_nothing_is_found_before_the_payload_is_read(lm, wire, echo):
    done = lm(echo, "-PayloadStream", "@nowhere", "-Select", "Nothing")

    assert done.status == 2
    assert "nowhere" not in done.errors
    assert wire.exchanges == []


def test_an_unquoted_star_is_recognised(lm, wire, echo):
    (lm.home / "event.json").write_text("{}")

    done = lm(echo, "-Select", "event.json")

    assert done.status == 2
    assert "quote" in done.errors
    assert wire.exchanges == []


def test_pass_thru_prints_the_name_and_says_that_it_is_deprecated(lm, wire, functions):
    name = functions.create(COMPILED)

    done = lm(name, '{"do": "count"}', "-PassThru")

    assert (done.status, done.output) == (0, f"{name}\n".encode())
    assert done.errors.startswith("WARNING: ")
    assert "deprecated" in done.errors
    assert len(wire.exchanges) == 1
    assert functions.invoke(name, {"do": "count"}).json == {"count": 2}


def test_pass_thru_and_a_selection_exclude_each_other(lm, wire, echo):
    conflict = lm(echo, "-PassThru", "-Select", "Payload")
    invalid = lm(echo, "-PassThru", "-Select", "Nothing")
    switched_off = lm(echo, '{"a":1}', "-PassThru:$false", "-Select", "Payload")

    assert (conflict.status, invalid.status) == (2, 2)
    assert "-PassThru" in conflict.errors
    assert "'Nothing'" in invalid.errors
    assert json.loads(switched_off.output) == {"a": 1}
    assert len(wire.exchanges) == 1
