"""`Invoke-LMFunction --wait`: the result of an event, however late it comes."""

import json
import subprocess

import pytest
from support.admin import Admin
from support.command import COMMAND, Command
from support.functions import PYTHON, Functions
from support.waiting import DEADLINE_SECONDS, wait_until
from support.web import Reply

EVENT = ("-InvocationType", "Event", "--wait")
RAISE = '{"do": "raise", "message": "no"}'
ACCEPTED = Reply(202, headers={"x-amzn-requestid": "00000000-0000-0000-0000-000000000007"})


def answering(*replies):
    """Gives each request the next reply."""
    replies = iter(replies)
    return lambda request: next(replies)


def test_the_result_of_an_event_is_its_answer(lm, wire, echo):
    done = lm(echo, '{"a" : 1.0}', *EVENT)

    assert done.response["StatusCode"] == 202
    assert json.loads(done.response["Payload"]) == {"a": 1.0}
    assert done.response["ExecutedVersion"] == "$LATEST"
    assert lm(echo, '{"a" : 1.0}', *EVENT, "-Select", "Payload").output == b'{"a":1.0}'
    methods = [exchange.method for exchange in wire.exchanges]
    assert methods.count("POST") == 2, "each event is sent once"


def test_the_result_of_a_version_names_the_version(lm, client, echo):
    version = client.publish_version(FunctionName=echo)["Version"]

    done = lm(echo, "{}", *EVENT, "-Qualifier", version, "-Select", "ExecutedVersion")

    assert done.output.decode().strip().strip('"') == version


def test_an_event_that_failed_for_good_is_a_function_error(lm, client, functions):
    name = functions.create(PYTHON)
    client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)

    done = lm(name, RAISE, *EVENT, "--fail-on-function-error")

    assert done.status == 3
    (answer,) = done.responses
    assert answer["FunctionError"] == "Unhandled"
    assert "errorMessage" in json.loads(answer["Payload"])


@pytest.fixture
def still(start_server, tmp_path):
    """A server whose time stands still: its functions, the command for it, and its admin API."""
    server = start_server("--sandbox", "none", "--clock", "virtual")
    return Functions(server.client()), Command(tmp_path, server.endpoint), Admin(server)


def waiting(command, *arguments):
    process = subprocess.Popen(
        [COMMAND, *arguments],
        env=command.variables,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    return process


def only_event(admin):
    events = admin.get("events")["Events"]
    return events[0] if events and events[0]["State"] == "retrying" else None


def test_a_result_is_waited_for_through_every_retry(still):
    functions, command, admin = still
    name = functions.create(PYTHON)
    with waiting(command, name, RAISE, *EVENT, "-Select", "FunctionError") as process:
        wait_until(lambda: only_event(admin), "the event waits to run again")

        assert [admin.next_event(), admin.next_event()] == [60.0, 120.0]

        output, errors = process.communicate(timeout=DEADLINE_SECONDS)
    assert (process.returncode, b"Unhandled" in output) == (0, True), errors
    assert len(admin.get("events")["Events"]) == 1


def test_an_event_that_was_cancelled_has_no_result(still):
    functions, command, admin = still
    name = functions.create(PYTHON)
    with waiting(command, name, RAISE, *EVENT) as process:
        event = wait_until(lambda: only_event(admin), "the event waits to run again")["RequestId"]

        admin.post(f"events/{event}/cancel")

        _, errors = process.communicate(timeout=DEADLINE_SECONDS)
    # It has run once, and what it answered then is no result of the event.
    assert (process.returncode, b"Cancelled" in errors) == (1, True), errors


def test_a_timeout_ends_the_wait_and_not_the_event(still):
    functions, command, admin = still
    name = functions.create(PYTHON)

    done = command(name, RAISE, *EVENT, "--timeout", "1")

    (event,) = admin.get("events")["Events"]
    assert done.status == 1
    assert event["RequestId"] in done.errors and "it goes on" in done.errors
    assert event["State"] == "retrying"


def test_only_an_event_is_waited_for(lm, wire, echo):
    for arguments in (["--wait"], ["-InvocationType", "RequestResponse", "--wait"]):
        done = lm(echo, "{}", *arguments)

        assert (done.status, "-InvocationType Event" in done.errors) == (2, True)
    assert wire.exchanges == []


def test_aws_is_not_asked_for_what_it_does_not_keep(lm):
    variables = {name: value for name, value in lm.variables.items() if name != "AWS_ENDPOINT_URL"}

    done = lm("fn", "{}", *EVENT, "--error-format", "json", variables=variables)

    assert (done.status, done.error["Category"]) == (2, "InvalidArgument")
    assert "Nothing was sent" in done.error["Message"]


def test_a_server_that_tells_no_results_is_named(lm, web):
    server = web(answering(ACCEPTED, Reply(404, b'{"message": "no such path"}')))

    done = lm("fn", "{}", *EVENT, AWS_ENDPOINT_URL=server.endpoint)

    assert done.status == 1
    assert "was accepted and is not lost" in done.errors and "no such path" in done.errors
    assert [request.method for request in server.requests] == ["POST", "GET"]


def test_asking_is_repeated_whatever_breaks(lm, web):
    result = Reply(200, b'{"Ending": "Success", "ExecutedVersion": "1", "ResponsePayload": [7]}')
    busy = Reply(429, b'{"message": "busy"}')
    server = web(answering(ACCEPTED, Reply(500), Reply(202, b'{"State": "queued"}'), busy, result))

    done = lm("fn", "{}", *EVENT, AWS_ENDPOINT_URL=server.endpoint)

    assert (done.payload, done.response["ExecutedVersion"]) == ([7], "1")
    assert [request.method for request in server.requests] == ["POST", "GET", "GET", "GET", "GET"]


def test_a_result_that_is_not_kept_is_named(start_server, tmp_path):
    server = start_server("--sandbox", "none", "--async-result-retention", "0s")
    name = Functions(server.client()).create(PYTHON)

    done = Command(tmp_path, server.endpoint)(name, '{"do": "count"}', *EVENT)

    assert (done.status, "--async-result-retention" in done.errors) == (1, True)
