"""Event invocations: accepted durably, run later."""

import json

from support.errors import refused
from support.functions import COMPILED, PYTHON, Functions
from support.marks import marks_of
from support.waiting import wait_until


def test_an_event_runs_in_its_sandbox(functions, kind):
    name = functions.create(kind)

    answer = functions.invoke(name, {"do": "mark", "text": "here"}, InvocationType="Event")

    assert answer.status == 202
    marks_of(functions, name, ["here"])


def test_an_event_knows_its_alias(start_server, tmp_path):
    server = start_server("--sandbox", "none")
    functions = Functions(server.client())
    code = """
import json, os

def handler(event, context):
    with open(event["path"] + ".part", "w") as file:
        json.dump([context.invoked_function_arn, context.function_version, context.aws_request_id], file)
    os.rename(event["path"] + ".part", event["path"])
"""
    name = functions.create(PYTHON, files={"behaviours.py": code}, Publish=True)
    server.client().create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    note = tmp_path / "note"

    answer = functions.invoke(name, {"path": str(note)}, InvocationType="Event", Qualifier="live")
    wait_until(note.exists, "the event ran")

    arn, version, request_id = json.loads(note.read_text())
    assert arn.endswith(f":{name}:live")
    assert version == "1"
    assert request_id == answer.request_id


def test_accepted_events_survive_a_crash_of_the_server(start_server, tmp_path):
    server = start_server("--sandbox", "none")
    functions = Functions(server.client())
    name = functions.create(COMPILED)
    proofs = [tmp_path / f"proof-{number}" for number in range(20)]
    for proof in proofs:
        # Long enough that none of them is through when the server dies.
        event = {"do": "slow-write", "ms": 4000, "path": str(proof), "text": "ran"}
        assert functions.invoke(name, event, InvocationType="Event").status == 202

    server.kill()
    survived = [proof.name for proof in proofs if proof.exists()]
    start_server("--sandbox", "none", data_dir=server.data_dir)

    assert survived == []
    wait_until(lambda: all(proof.exists() for proof in proofs), "every event has run")


def test_accepted_events_survive_an_orderly_end_of_the_server(start_server, tmp_path):
    server = start_server("--sandbox", "none", "--drain-timeout", "0")
    functions = Functions(server.client())
    name = functions.create(COMPILED)
    proofs = [tmp_path / f"proof-{number}" for number in range(5)]
    for proof in proofs:
        event = {"do": "slow-write", "ms": 4000, "path": str(proof), "text": "ran"}
        functions.invoke(name, event, InvocationType="Event")

    assert server.stop() == (0, [])
    start_server("--sandbox", "none", data_dir=server.data_dir)

    wait_until(lambda: all(proof.exists() for proof in proofs), "every event has run")


def test_many_events_all_run(start_server, tmp_path):
    functions = Functions(start_server("--sandbox", "none").client())
    name = functions.create(COMPILED)
    proofs = [tmp_path / f"proof-{number}" for number in range(200)]

    for proof in proofs:
        functions.invoke(name, {"do": "write", "path": str(proof), "text": "ran"}, InvocationType="Event")

    wait_until(lambda: all(proof.exists() for proof in proofs), "every event has run")


def test_an_event_for_a_function_that_is_gone_is_refused(functions):
    with refused("ResourceNotFoundException", status=404):
        functions.invoke("nobody", InvocationType="Event")


def test_events_do_not_hold_up_other_functions(functions):
    slow, quick = functions.create(COMPILED, Timeout=120), functions.create(COMPILED)
    functions.invoke(quick)
    for _ in range(10):
        functions.invoke(slow, {"do": "sleep", "ms": 20_000}, InvocationType="Event")

    functions.invoke(quick, {"do": "mark", "text": "through"}, InvocationType="Event")

    marks_of(functions, quick, ["through"])
