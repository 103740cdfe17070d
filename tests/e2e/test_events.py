"""Event invocations: accepted durably, run later."""

import json

import pytest
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


# Runs on when it is let through the gate, so that a test decides before what and after what it ends.
GATED = """
import os, time

def handler(event, context):
    while not os.path.exists(event["gate"]):
        time.sleep(0.01)
    with open(event["proof"], "w") as file:
        file.write("ran")
"""


@pytest.mark.parametrize("end", ["a crash", "an orderly end"])
def test_accepted_events_survive_the_server(start_server, tmp_path, end):
    server = start_server("--sandbox", "none", "--drain-timeout", "0")
    functions = Functions(server.client())
    name = functions.create(PYTHON, files={"behaviours.py": GATED})
    gate, proofs = tmp_path / "gate", [tmp_path / f"proof-{number}" for number in range(20)]
    for proof in proofs:
        event = {"gate": str(gate), "proof": str(proof)}
        assert functions.invoke(name, event, InvocationType="Event").status == 202

    if end == "a crash":
        server.kill()
    else:
        assert server.stop() == (0, [])
    survived = [proof.name for proof in proofs if proof.exists()]
    gate.touch()
    start_server("--sandbox", "none", data_dir=server.data_dir)

    assert survived == []
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
