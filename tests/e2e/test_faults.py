"""Faults made on purpose: each looks to clients as the real one does, and is over when it was ordered to be."""

import json
import subprocess
import time

import pytest
from botocore.exceptions import ClientError
from support.admin import Admin
from support.functions import PYTHON, Functions
from support.queues import queue_client
from support.server import BINARIES, Server, clean_environment
from support.waiting import DEADLINE_SECONDS


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    """A server that makes faults and whose time stands still: with its functions, and its admin API."""
    server = Server(tmp_path_factory.mktemp("faulty") / "data", "--faults", "on", "--clock", "virtual")
    yield server, Functions(server.client()), Admin(server)
    assert server.stop() == (0, [])


@pytest.fixture
def ordered(faulty):
    """Orders faults for a new function, and gives its name."""
    _, functions, admin = faulty

    def order(**faults):
        name = functions.create(PYTHON)
        status, answer = admin.call("PUT", f"faults/{name}", faults)
        assert status == 200, answer
        return name

    return order


def test_a_throttle_is_the_real_answer_and_the_third_call_passes(faulty, ordered):
    _, functions, admin = faulty
    name = ordered(Throttle={"Count": 2})

    for _ in range(2):
        with pytest.raises(ClientError) as refused:
            functions.client.invoke(FunctionName=name)
        assert refused.value.response["Error"]["Code"] == "TooManyRequestsException"
        assert refused.value.response["Reason"] == "ConcurrentInvocationLimitExceeded"
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 429

    assert functions.invoke(name, {"do": "count"}).json == {"count": 1}
    assert admin.get(f"faults/{name}")["Throttle"] == {"Probability": 1.0, "Count": 0, "Struck": 2}


def test_an_initialization_that_fails_is_an_exit(faulty, ordered):
    _, functions, _ = faulty
    name = ordered(InitFailure={"Count": 1})

    failed = functions.invoke(name, {"do": "count"}, LogType="Tail")

    assert failed.json["errorType"] == "Runtime.ExitError"
    assert failed.error == "Unhandled"
    assert "Phase: invoke" in failed.log
    assert functions.invoke(name, {"do": "count"}).json == {"count": 1}


def test_a_crash_kills_the_function_at_work(faulty, ordered):
    _, functions, _ = faulty
    name = ordered(Crash={"AfterMilliseconds": 100, "Count": 1})

    crashed = functions.invoke(name, {"do": "sleep", "ms": 60_000})

    assert crashed.json["errorType"] == "Runtime.ExitError"
    assert "signal: killed" in crashed.json["errorMessage"]
    assert functions.invoke(name, {"do": "count"}).json == {"count": 1}


def test_latency_is_part_of_the_duration_and_of_the_timeout(faulty, ordered):
    _, functions, admin = faulty
    name = ordered(Latency={"Milliseconds": 300, "Count": 1})
    began = time.monotonic()
    functions.invoke(name, {"do": "count"})
    assert time.monotonic() - began >= 0.3

    functions.client.update_function_configuration(FunctionName=name, Timeout=1)
    functions.wait_updated(name)
    admin.call("PUT", f"faults/{name}", {"Latency": {"Milliseconds": 900_000, "Count": 1}})
    late = functions.invoke(name, {"do": "count"})

    assert "Task timed out after 1.00 seconds" in late.json["errorMessage"]
    assert functions.invoke(name, {"do": "count"}).json == {"count": 1}, "the environment was not used again"


def test_a_duplicated_event_runs_twice_and_ends_once(faulty, ordered):
    _, functions, admin = faulty
    name = ordered(Duplicate={})

    event = functions.invoke(name, {"do": "count"}, InvocationType="Event").request_id
    admin.post("clock/advance", {"Seconds": 0})

    result = admin.get(f"events/{event}/result")
    assert (result["Ending"], result["Invocations"]) == ("Success", 1)
    assert result["AttemptsMade"][0]["Faults"] == ["Duplicate"]
    assert functions.invoke(name, {"do": "count"}).json == {"count": 3}


def test_faults_end_in_the_dead_letter_queue_as_failures_do(faulty, ordered):
    server, functions, admin = faulty
    name = ordered(Crash={"AfterMilliseconds": 0}, Throttle={"Count": 1})
    sqs = queue_client(server.endpoint)
    url = sqs.create_queue(QueueName=f"dead-of-{name}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    functions.client.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": arn})
    functions.wait_updated(name)

    event = functions.invoke(name, {"do": "sleep", "ms": 60_000}, InvocationType="Event").request_id
    # A throttle comes again after a second and is no retry; crashes after one minute and two.
    assert [admin.next_event() for _ in range(3)] == [1.0, 60.0, 120.0]
    admin.post("clock/advance", {"Seconds": 0})

    (message,) = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=5)["Messages"]
    assert message["MessageAttributes"]["RequestID"]["StringValue"] == event
    attempts = admin.get(f"events/{event}")["AttemptsMade"]
    assert [attempt["Faults"] for attempt in attempts] == [["Throttle"], ["Crash"], ["Crash"], ["Crash"]]


def test_chance_is_the_same_for_the_same_seed(faulty, ordered):
    _, functions, admin = faulty

    def outcomes(name):
        found = []
        for _ in range(20):
            try:
                functions.client.invoke(FunctionName=name, Payload=b"{}")
                found.append(True)
            except functions.client.exceptions.TooManyRequestsException:
                found.append(False)
        return found

    fault = {"Throttle": {"Probability": 0.5}, "Seed": 7}
    name = ordered(**fault)
    first = outcomes(name)
    admin.call("PUT", f"faults/{name}", fault)

    assert first == outcomes(name)
    assert 0 < sum(first) < 20


def test_an_order_that_means_nothing_is_refused_by_its_name(faulty, ordered):
    _, functions, admin = faulty
    name = functions.create(PYTHON)

    for body, word in [
        ({}, "at least one fault"),
        ({"Throtle": {}}, "Throtle"),
        ({"Throttle": {"Probability": 1.5}}, "Probability"),
        ({"Throttle": {"Milliseconds": 5}}, "Milliseconds"),
        ({"Latency": {}}, "Milliseconds"),
        ({"Crash": {"AfterMilliseconds": 900_001}}, "AfterMilliseconds"),
    ]:
        status, answer = admin.call("PUT", f"faults/{name}", body)
        assert (status, word in answer["message"]) == (400, True), (body, answer)
    assert admin.call("PUT", "faults/nobody", {"Throttle": {}})[0] == 404
    assert admin.call("GET", f"faults/{name}")[0] == 404


def test_faults_go_with_their_function(faulty, ordered):
    _, functions, admin = faulty
    name = ordered(Throttle={})
    functions.client.delete_function(FunctionName=name)

    assert admin.call("GET", f"faults/{name}")[0] == 404


def test_the_command_orders_lists_and_clears(faulty):
    server, functions, admin = faulty
    name = functions.create(PYTHON)

    def faults(*arguments):
        command = [BINARIES / "invoked", "faults", *arguments, "--data-dir", server.data_dir, "--output", "json"]
        done = subprocess.run(
            command, env=clean_environment(), capture_output=True, check=True, timeout=DEADLINE_SECONDS
        )
        return json.loads(done.stdout)

    ordered = faults("set", name, "--throttle", "--latency", "5", "--count", "3", "--seed", "9")

    assert ordered["Seed"] == 9
    assert ordered["Latency"] == {"Milliseconds": 5, "Probability": 1.0, "Count": 3, "Struck": 0}
    assert ordered in faults("list")["Faults"]
    assert faults("clear", name) == {"Function": name}
    assert admin.call("GET", f"faults/{name}")[0] == 404


def test_a_server_that_was_not_asked_makes_no_faults(server, functions):
    name = functions.create(PYTHON)

    status, answer = Admin(server).call("PUT", f"faults/{name}", {"Throttle": {}})

    assert (status, "--faults on" in answer["message"]) == (409, True)
