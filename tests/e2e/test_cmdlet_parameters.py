"""`Invoke-LMFunction`: what each of its own parameters sends, and what comes of it."""

import base64
import hashlib
import json
import os

import pytest
from support.functions import COMPILED, PYTHON
from support.marks import marks_of

PAYLOAD_BYTES_MAX = 6_291_456
CLIENT_CONTEXT_BYTES_MAX = 3583
CONTEXT = '{"do": "context"}'


def encoded(text):
    return base64.b64encode(text.encode()).decode()


@pytest.fixture(scope="module")
def versioned(shared_functions, client):
    """A function whose version 1 is not its latest, with an alias `live` of that version."""
    code = "def handler(event, context): return [{!r}, context.function_version]"
    name = shared_functions.create(PYTHON, Publish=True, files={"behaviours.py": code.format("old")})
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    client.update_function_configuration(FunctionName=name, Environment={"Variables": {"CHANGED": "yes"}})
    shared_functions.wait_updated(name)
    return name


@pytest.mark.parametrize(
    "spelling", ["{}", "function:{}", "000000000000:function:{}", "arn:aws:lambda:us-east-1:000000000000:function:{}"]
)
def test_every_spelling_of_the_name_reaches_the_function(lm, wire, echo, spelling):
    name = spelling.format(echo)

    assert lm(name, '{"a": 1}').payload == {"a": 1}
    assert wire.only.method == "POST"
    assert wire.only.target == f"/2015-03-31/functions/{name.replace(':', '%3A')}/invocations"


def test_the_name_may_carry_the_version_or_the_alias(lm, versioned):
    assert lm(f"{versioned}:1").payload == ["old", "1"]
    assert lm(f"{versioned}:live").response["ExecutedVersion"] == "1"
    assert lm(f"arn:aws:lambda:us-east-1:000000000000:function:{versioned}:live").payload == ["old", "1"]


def test_an_unknown_function_is_an_error(lm):
    done = lm("nobody")

    assert (done.status, done.output) == (1, b"")
    assert done.errors.startswith("Invoke-LMFunction: Function not found: ")


@pytest.mark.parametrize("name", ["", "..", "."])
def test_a_name_that_no_function_can_have_is_not_sent(lm, wire, name):
    done = lm("-FunctionName", name, "-Payload", "{}")

    assert (done.status, done.output) == (2, b"")
    assert wire.exchanges == []


def test_without_a_name_nothing_is_sent(lm, wire):
    done = lm("-Payload", "{}")

    assert done.status == 2
    assert "FunctionName" in done.errors
    assert wire.exchanges == []


def test_no_payload_is_an_empty_object(lm, wire, echo):
    assert lm("-FunctionName", echo).payload == {}
    assert wire.only.body == b"{}"


def test_an_empty_payload_is_no_body(lm, wire, echo):
    assert lm("-FunctionName", echo, "-Payload", "").payload == {}
    assert wire.only.body == b""


def test_the_payload_is_the_text_itself(lm, wire, echo):
    assert lm(echo, '"grüße 🎉"').payload == "grüße 🎉"
    assert wire.only.body == '"grüße 🎉"'.encode()


def test_a_payload_is_never_a_path(lm, wire, echo):
    (lm.home / "event.json").write_text("{}")

    done = lm(echo, "@event.json")

    assert done.status == 1
    assert wire.only.body == b"@event.json"


def test_a_payload_that_is_no_json_is_refused_by_the_server(lm, wire, echo):
    done = lm(echo, "{a:1}", "--error-format", "json")

    assert done.status == 1
    assert done.error["ErrorCode"] == "InvalidRequestContentException"
    assert done.error["StatusCode"] == 400
    assert len(wire.exchanges) == 1


def test_quotation_marks_that_a_shell_took_are_missed_in_words(lm, echo):
    done = lm(echo, "{a:1}")

    assert "Could not parse request body into json" in done.errors
    assert "quot" in done.errors


def test_a_payload_may_have_six_megabytes_and_no_more(lm, wire, echo):
    largest = b'"' + b"x" * (PAYLOAD_BYTES_MAX - 2) + b'"'
    (lm.home / "largest").write_bytes(largest)
    (lm.home / "too-large").write_bytes(largest[:-1] + b'x"')

    answered = lm(echo, "-PayloadStream", "@largest", "-Select", "Payload")
    refused = lm(echo, "-PayloadStream", "@too-large", "--error-format", "json")

    assert hashlib.sha256(answered.output).digest() == hashlib.sha256(largest).digest()
    assert refused.status == 1
    assert refused.error["ErrorCode"] == "RequestEntityTooLargeException"
    assert [len(exchange.body) for exchange in wire.exchanges] == [PAYLOAD_BYTES_MAX, PAYLOAD_BYTES_MAX + 1]


def test_without_a_client_context_an_empty_object_is_sent(lm, wire, behaving):
    context = lm(behaving, CONTEXT).payload["client_context"]

    assert wire.only.headers["x-amz-client-context"] == "e30="
    assert context == {"custom": None, "env": None}


def test_the_client_context_is_encoded_and_reaches_the_function(lm, wire, behaving):
    text = '{"custom": {"colour": "blau", "note": "größe"}}'

    context = lm(behaving, CONTEXT, text).payload["client_context"]

    assert wire.only.headers["x-amz-client-context"] == encoded(text)
    assert context["custom"] == {"colour": "blau", "note": "größe"}


def test_an_empty_client_context_is_not_sent(lm, wire, behaving):
    context = lm(behaving, CONTEXT, "-ClientContext", "").payload["client_context"]

    assert "x-amz-client-context" not in wire.only.headers
    assert context is None


def test_a_client_context_that_is_too_long_is_refused_by_the_server(lm, wire, echo):
    # Base64 makes four bytes of three.
    longest = CLIENT_CONTEXT_BYTES_MAX // 4 * 3
    empty = '{"custom":{"x":""}}'
    fits = empty.replace('""', f'"{"y" * (longest - len(empty))}"')
    too_long = empty.replace('""', f'"{"y" * (longest - len(empty) + 1)}"')

    assert lm(echo, '{"a":1}', fits).payload == {"a": 1}
    refused = lm(echo, '{"a":1}', too_long)

    assert refused.status == 1
    lengths = [len(exchange.headers["x-amz-client-context"]) for exchange in wire.exchanges]
    assert lengths[0] <= CLIENT_CONTEXT_BYTES_MAX < lengths[1]


def test_the_base64_client_context_is_encoded_as_well_and_wins(lm, wire, behaving):
    text = '{"custom": {"from": "base64"}}'

    context = lm(behaving, CONTEXT, '{"custom": {}}', "-ClientContextBase64", text).payload["client_context"]

    assert wire.only.headers["x-amz-client-context"] == encoded(text)
    assert context["custom"] == {"from": "base64"}


def test_a_client_context_that_is_encoded_already_is_encoded_again_with_a_warning(lm, wire, echo):
    text = encoded('{"custom": {}}')

    done = lm(echo, "-ClientContextBase64", text)

    assert wire.only.headers["x-amz-client-context"] == encoded(text)
    assert done.errors.startswith("WARNING: -ClientContextBase64 ")


def test_an_event_is_accepted_and_runs(lm, wire, functions):
    name = functions.create(PYTHON)

    response = lm(name, '{"do": "mark", "text": "here"}', "-InvocationType", "event").response

    assert wire.only.headers["x-amz-invocation-type"] == "Event"
    assert (response["StatusCode"], response["HttpStatusCode"], response["Payload"]) == (202, "Accepted", "")
    marks_of(functions, name, ["here"])


def test_a_dry_run_does_not_execute(lm, wire, functions):
    name = functions.create(COMPILED)

    response = lm(name, '{"do": "count"}', "-InvocationType", "DRYRUN").response

    assert wire.only.headers["x-amz-invocation-type"] == "DryRun"
    assert (response["StatusCode"], response["HttpStatusCode"], response["Payload"]) == (204, "NoContent", "")
    assert functions.invoke(name, {"do": "count"}).json == {"count": 1}


def test_an_unknown_invocation_type_is_refused_by_the_server(lm, wire, echo):
    done = lm(echo, "-InvocationType", "Foo", "--error-format", "json")

    assert done.status == 1
    assert wire.only.headers["x-amz-invocation-type"] == "Foo"
    assert done.error["StatusCode"] == 400
    assert "Member must satisfy enum value set" in done.error["Message"]


def test_without_a_type_the_call_waits_for_the_answer(lm, wire, echo):
    assert lm(echo, '{"a": 1}').response["StatusCode"] == 200
    assert wire.only.headers.get("x-amz-invocation-type", "RequestResponse") == "RequestResponse"


def test_the_log_tail_is_the_end_of_the_log(lm, wire, behaving):
    response = lm(behaving, '{"do": "log", "lines": 400, "text": "a line of the log"}', "-LogType", "tail").response

    log = base64.b64decode(response["LogResult"])
    assert wire.only.headers["x-amz-log-type"] == "Tail"
    assert len(log) <= 4096
    assert b"399 a line of the log" in log
    assert b"REPORT RequestId: " + response["ResponseMetadata"]["RequestId"].encode() in log


def test_a_short_log_is_there_from_its_start(lm, echo):
    log = base64.b64decode(lm(echo, "-LogType", "Tail").response["LogResult"]).decode()

    assert "START RequestId: " in log
    assert log.index("START") < log.index("END") < log.index("REPORT")


@pytest.mark.parametrize("arguments", [[], ["-LogType", "none"]])
def test_no_log_is_sent_unless_it_is_asked_for(lm, echo, arguments):
    assert lm(echo, *arguments).response["LogResult"] is None


def test_the_bytes_of_a_file_are_sent_as_they_are(lm, wire, echo):
    content = os.urandom(300_000)
    (lm.home / "file.bin").write_bytes(content)

    for spelling in ["@file.bin", "fileb://file.bin", f"file://{lm.home}/file.bin"]:
        wire.clear()
        done = lm(echo, "-PayloadStream", spelling)
        assert done.status == 1, "random bytes are no JSON, says the server"
        assert hashlib.sha256(wire.only.body).digest() == hashlib.sha256(content).digest()


def test_a_file_comes_back_as_it_was(lm, echo):
    everything = "".join(map(chr, [*range(0x20, 0xD800), *range(0xE000, 0x110000)]))
    content = json.dumps(everything, ensure_ascii=False).encode()
    (lm.home / "file.json").write_bytes(content)

    done = lm(echo, "-PayloadStream", "@file.json", "-Select", "Payload")

    assert done.status == 0, done.errors
    assert hashlib.sha256(done.output).digest() == hashlib.sha256(content).digest()


def test_the_payload_may_come_from_standard_input(lm, wire, echo):
    done = lm(echo, "-PayloadStream", "@-", "-Select", "Payload", stdin=b'{"from":"stdin"}')

    assert done.output == b'{"from":"stdin"}'
    assert wire.only.body == b'{"from":"stdin"}'


def test_other_text_is_the_payload_itself(lm, wire, echo):
    assert lm(echo, "-PayloadStream", '{"a":1}').payload == {"a": 1}
    lm(echo, "-PayloadStream", "@@x")

    assert [exchange.body for exchange in wire.exchanges] == [b'{"a":1}', b"@x"]


def test_the_payload_stream_wins_over_the_payload(lm, wire, echo):
    assert lm(echo, '{"from": "Payload"}', "-PayloadStream", '{"from": "PayloadStream"}').payload == {
        "from": "PayloadStream"
    }
    assert wire.only.body == b'{"from": "PayloadStream"}'


def test_a_file_that_is_not_there_is_an_error_and_nothing_is_sent(lm, wire, echo):
    done = lm(echo, "-PayloadStream", "@nowhere.json")

    assert done.status == 2
    assert "nowhere.json" in done.errors
    assert wire.exchanges == []


def test_the_qualifier_selects_the_version(lm, wire, versioned):
    answers = [lm(versioned, "-Qualifier", qualifier).response for qualifier in ["1", "live", "$LATEST"]]

    assert [answer["ExecutedVersion"] for answer in answers] == ["1", "1", "$LATEST"]
    assert [json.loads(answer["Payload"])[1] for answer in answers] == ["1", "1", "$LATEST"]
    queries = [exchange.target.partition("?")[2] for exchange in wire.exchanges]
    assert queries == ["Qualifier=1", "Qualifier=live", "Qualifier=%24LATEST"]


def test_an_unknown_version_is_an_error(lm, versioned):
    done = lm(versioned, "-Qualifier", "9", "--error-format", "json")

    assert done.status == 1
    assert (done.error["StatusCode"], done.error["ErrorCode"]) == (404, "ResourceNotFoundException")


def test_a_name_with_an_alias_and_another_qualifier_disagree(lm, versioned):
    done = lm(f"{versioned}:live", "-Qualifier", "$LATEST", "--error-format", "json")

    assert done.status == 1
    assert done.error["StatusCode"] == 400
    assert "does not match the specified qualifier" in done.error["Message"]


def test_an_empty_qualifier_is_most_likely_an_unquoted_variable(lm, wire, echo):
    done = lm(echo, "-Qualifier", "")

    assert done.status == 2
    assert "$LATEST" in done.errors
    assert wire.exchanges == []


def test_the_tenant_and_the_durable_execution_reach_the_server(lm, wire, echo):
    lm(echo, "-TenantId", "blue", "-DurableExecutionName", "order-17")

    assert wire.only.headers["x-amz-tenant-id"] == "blue"
    assert wire.only.headers["x-amz-durable-execution-name"] == "order-17"


def test_neither_is_sent_unless_it_is_given(lm, wire, echo):
    lm(echo)

    assert not {"x-amz-tenant-id", "x-amz-durable-execution-name"} & wire.only.headers.keys()


def test_names_may_be_shortened_as_in_powershell(lm, wire, echo):
    assert lm("-fu", echo, "-Payload", '{"a":1}').payload == {"a": 1}
    ambiguous = lm(echo, "-Pay", "{}")

    assert ambiguous.status == 2
    assert "PayloadStream" in ambiguous.errors
    assert len(wire.exchanges) == 1


@pytest.mark.parametrize("dash", ["-", "\u2013", "\u2014", "\u2015"])
def test_every_dash_that_powershell_knows_starts_a_name(lm, wire, echo, dash):
    assert lm(f"{dash}FunctionName", echo, f'{dash}Payload:{{"a":1}}').payload == {"a": 1}


def test_what_follows_two_dashes_is_a_value(lm, wire, echo):
    assert lm(echo, "--", '{"a":1}').payload == {"a": 1}
    done = lm(echo, "--", "-Force")

    assert done.status == 1
    assert wire.exchanges[-1].body == b"-Force"


def test_positions_fill_what_is_not_named(lm, wire, behaving):
    context = lm(behaving, "-Payload", CONTEXT, '{"custom": {"c": 1}}').payload["client_context"]

    assert context["custom"] == {"c": 1}
    assert wire.only.body == CONTEXT.encode()


def test_a_parameter_given_twice_is_refused(lm, wire, echo):
    done = lm(echo, "-Region", "us-east-1", "-RegionToCall", "eu-west-1", "--error-format", "json")

    assert done.status == 2
    assert done.error["FullyQualifiedErrorId"].startswith("ParameterAlreadyBound,")
    assert wire.exchanges == []


def test_a_value_that_is_missing_is_not_taken_from_the_next_parameter(lm, wire, echo):
    done = lm(echo, "-Qualifier", "-LogType", "Tail", "--error-format", "json")

    assert done.status == 2
    assert done.error["FullyQualifiedErrorId"].startswith("MissingArgument,")
    assert wire.exchanges == []
