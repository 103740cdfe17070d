"""The seven mistakes that other servers make, one test each."""

import re
from concurrent.futures import ThreadPoolExecutor

from support.functions import COMPILED, PYTHON, Functions, zipped
from support.waiting import wait_until


def test_1_a_dry_run_never_executes(functions, kind):
    name = functions.create(kind)
    assert functions.invoke(name, {"do": "count"}).json == {"count": 1}

    for _ in range(3):
        answer = functions.invoke(name, {"do": "count"}, InvocationType="DryRun")
        assert (answer.status, answer.payload, answer.error, answer.version) == (204, b"", None, None)

    assert functions.invoke(name, {"do": "count"}).json == {"count": 2}


def test_2_an_event_is_accepted_before_its_handler_has_run(start_server, tmp_path):
    functions = Functions(start_server("--sandbox", "none").client())
    waiting = """
import os, time

def handler(event, context):
    while not os.path.exists(event["gate"]):
        time.sleep(0.01)
    open(event["proof"], "w").close()
"""
    name = functions.create(PYTHON, files={"behaviours.py": waiting})
    gate, proof = tmp_path / "gate", tmp_path / "proof"

    answer = functions.invoke(name, {"gate": str(gate), "proof": str(proof)}, InvocationType="Event")
    ran_before = proof.exists()
    gate.touch()

    assert (answer.status, answer.payload, answer.error, answer.version) == (202, b"", None, None)
    assert not ran_before
    wait_until(proof.exists, "the handler ran")


def test_3_the_qualifier_selects_the_code(client, functions):
    name = functions.create(files={"behaviours.py": "def handler(event, context): return 'old'"}, Publish=True)
    client.update_function_code(
        FunctionName=name, ZipFile=zipped({"behaviours.py": "def handler(event, context): return 'new'"})
    )
    functions.wait_updated(name)

    old = functions.invoke(name, Qualifier="1")
    new = functions.invoke(name, Qualifier="$LATEST")

    assert (old.version, old.json) == ("1", "old")
    assert (new.version, new.json) == ("$LATEST", "new")


def test_4_an_aliass_weights_divide_the_invocations(client, functions):
    name = functions.create(COMPILED, Publish=True, Environment={"Variables": {"VERSION": "one"}})
    client.update_function_configuration(FunctionName=name, Environment={"Variables": {"VERSION": "two"}})
    functions.wait_updated(name)
    client.publish_version(FunctionName=name)
    client.create_alias(
        FunctionName=name,
        Name="split",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 0.3}},
    )

    answers = [functions.invoke(name, {"do": "context"}, Qualifier="split") for _ in range(300)]

    assert all(answer.json["function_version"] == answer.version for answer in answers)
    assert all(answer.json["function_arn"].endswith(":split") for answer in answers)
    # 300 tosses of a 0.3 coin leave these bounds less than once in a hundred thousand runs.
    assert 55 <= sum(answer.version == "2" for answer in answers) <= 128


def test_5_twenty_cold_invocations_run_at_the_same_time(functions, client):
    for kind in (COMPILED, PYTHON):
        name = functions.create(kind)

        with ThreadPoolExecutor(20) as threads:
            answers = list(threads.map(lambda _: functions.invoke(name, {"do": "sleep", "ms": 8000}), range(20)))  # noqa: B023

        assert [answer.error for answer in answers] == [None] * 20
        spans = [answer.json for answer in answers]
        # Each says itself when it ran: there is a moment at which all of them did.
        assert max(span["began_ms"] for span in spans) <= min(span["ended_ms"] for span in spans)


def test_6_a_time_out_is_reported_in_time_and_as_json(functions, kind):
    name = functions.create(kind, Timeout=1)

    answer = functions.invoke(name, {"do": "sleep", "ms": 600_000}, LogType="Tail")

    assert answer.status == 200
    assert answer.error == "Unhandled"
    message = f"RequestId: {answer.request_id} Error: Task timed out after 1.00 seconds"
    assert answer.payload.decode() == f'{{"errorType":"Sandbox.Timedout","errorMessage":"{message}"}}'
    duration = float(re.search(r"\tDuration: ([0-9.]+) ms\t", answer.log)[1])
    assert 1000 <= duration < 10_000


def test_6_an_init_error_is_reported_at_once_and_as_json(functions):
    # The function's time-out is far longer than this test may take.
    name = functions.create(Timeout=900, Environment={"Variables": {"FUNCTION_INIT": "raise"}})

    answer = functions.invoke(name)

    assert (answer.status, answer.error) == (200, "Unhandled")
    assert answer.json["errorType"] == "ValueError"
    assert answer.json["errorMessage"] == "no start"


def test_7_the_log_tail_comes_only_when_asked_for_and_has_at_most_4_kb(functions, kind):
    name = functions.create(kind)
    event = {"do": "log", "lines": 2000, "text": "a line of the log"}

    quiet = functions.invoke(name, event)
    none = functions.invoke(name, event, LogType="None")
    tail = functions.invoke(name, event, LogType="Tail")
    unasked = functions.invoke(name, event, LogType="Tail", InvocationType="DryRun")

    assert quiet.log is None
    assert none.log is None
    assert unasked.log is None
    assert len(tail.log.encode()) == 4096
    assert "1999 a line of the log" in tail.log
    assert tail.log.splitlines()[-1].startswith(f"REPORT RequestId: {tail.request_id}\t")
