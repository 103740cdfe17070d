"""SnapStart: published versions whose environments are copies of one that was initialized."""

import json
import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from botocore.exceptions import ClientError
from support.functions import NODE, PYTHON, Functions
from support.waiting import wait_until

# After which a server that ends leaves work alone that does not come to its end.
SHUTDOWN_PATIENCE_SECONDS = 5

SNAP_START = {"ApplyOn": "PublishedVersions"}

COUNTS = {
    "main.py": """
import os, random, time, uuid
from snapshot_restore_py import register_before_snapshot, register_after_restore

calls = ["init"]
identity = uuid.uuid4().hex
open("/tmp/from-init", "w").write(identity)

@register_before_snapshot
def first():
    calls.append("before 1")

register_before_snapshot(lambda *given, **named: calls.append(["before 2", given, named]), 7, eight=8)

@register_after_restore
def third():
    calls.append("after 1")

register_after_restore(lambda: calls.append("after 2"))
served = 0

def handler(event, context):
    global served
    served += 1
    time.sleep(event.get("sleep", 0))
    return {
        "calls": calls,
        "identity": identity,
        "served": served,
        "tmp": open("/tmp/from-init").read(),
        "random": random.random(),
        "pid": os.getpid(),
        "version": context.function_version,
        "variables": {name: value for name, value in os.environ.items() if "INVOKED" in name or "_LAMBDA_" in name},
    }
"""
}


def publish(client, functions, files):
    name = functions.create(PYTHON, files=files, Runtime="python3.12", Handler="main.handler", SnapStart=SNAP_START)
    published = client.publish_version(FunctionName=name)
    assert (published["State"], published["StateReasonCode"]) == ("Pending", "Creating")
    assert published["SnapStart"] == {**SNAP_START, "OptimizationStatus": "Off"}
    return name, published["Version"]


def at_once(functions, name, version, event, count):
    with ThreadPoolExecutor(count) as pool:
        calls = [pool.submit(functions.invoke, name, event, Qualifier=version) for _ in range(count)]
        return [call.result() for call in calls]


def active(client, name, version):
    client.get_waiter("published_version_active").wait(
        FunctionName=name, Qualifier=version, WaiterConfig={"Delay": 1, "MaxAttempts": 30}
    )
    return client.get_function_configuration(FunctionName=name, Qualifier=version)


def reason_of_failure(client, name, version):
    def failed():
        found = client.get_function_configuration(FunctionName=name, Qualifier=version)
        return found if found["State"] == "Failed" else None

    return wait_until(failed, "the version has failed")["StateReason"]


def test_environments_of_a_version_are_copies_of_one_that_was_initialized(client, functions):
    name, version = publish(client, functions, COUNTS)

    configuration = active(client, name, version)
    assert configuration["SnapStart"] == {**SNAP_START, "OptimizationStatus": "On"}
    assert configuration["Version"] == version
    answers = at_once(functions, name, version, {"sleep": 0.5}, 3)

    identities = {answer.json["identity"] for answer in answers}
    assert len(identities) == 1
    assert {answer.json["tmp"] for answer in answers} == identities
    assert len({answer.json["random"] for answer in answers}) == 3
    for answer in answers:
        hooks = ["init", ["before 2", [7], {"eight": 8}], "before 1", "after 1", "after 2"]
        assert (answer.json["calls"], answer.json["served"], answer.json["version"]) == (hooks, 1, version)
        variables = answer.json["variables"]
        assert variables["AWS_LAMBDA_INITIALIZATION_TYPE"] == "snap-start"
        assert not {"AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"} & set(variables)
        assert not [name for name in variables if "INVOKED" in name]


def test_latest_is_initialized_as_every_function(client, functions):
    name, version = publish(client, functions, COUNTS)
    active(client, name, version)

    answer = functions.invoke(name)

    assert answer.json["calls"] == ["init"]
    assert answer.json["variables"]["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand"
    latest = client.get_function_configuration(FunctionName=name)
    assert latest["SnapStart"] == {**SNAP_START, "OptimizationStatus": "Off"}


def test_the_report_says_how_long_it_took_to_restore(client, functions):
    name, version = publish(client, functions, COUNTS)
    active(client, name, version)

    first = functions.invoke(name, {}, Qualifier=version, LogType="Tail")
    second = functions.invoke(name, {}, Qualifier=version, LogType="Tail")

    assert "\tRestore Duration: " in first.log and " ms\tBilled Restore Duration: " in first.log
    assert "Init Duration" not in first.log
    assert "Restore" not in second.log
    assert second.json["served"] == 2


HOOK_THAT_FAILS = """
from snapshot_restore_py import register_before_snapshot
register_before_snapshot(lambda: 1 / 0)
def handler(event, context):
    pass
"""


@pytest.mark.parametrize(
    ("code", "words"), [("raise ValueError('not today')", "not today"), (HOOK_THAT_FAILS, "ZeroDivisionError")]
)
def test_a_version_whose_initialization_fails_has_failed(client, functions, code, words):
    name, version = publish(client, functions, {"main.py": code})

    assert words in reason_of_failure(client, name, version)
    with pytest.raises(ClientError) as refused:
        client.invoke(FunctionName=name, Qualifier=version)
    assert refused.value.response["Error"]["Code"] == "ResourceConflictException"


def test_a_hook_that_fails_after_the_restore_fails_the_invocation(client, functions):
    code = """
from snapshot_restore_py import register_after_restore
register_after_restore(lambda: 1 / 0)
def handler(event, context):
    pass
"""
    name, version = publish(client, functions, {"main.py": code})
    active(client, name, version)

    with pytest.raises(ClientError) as refused:
        client.invoke(FunctionName=name, Qualifier=version)

    assert refused.value.response["Error"]["Code"] == "SnapStartException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "ZeroDivisionError" in refused.value.response["Error"]["Message"]


def test_a_version_that_is_being_initialized_cannot_be_invoked_yet(client, functions):
    code = "import time\ntime.sleep(2)\ndef handler(event, context):\n    return 1\n"
    name, version = publish(client, functions, {"main.py": code})

    with pytest.raises(ClientError) as refused:
        client.invoke(FunctionName=name, Qualifier=version)

    assert refused.value.response["Error"]["Code"] == "SnapStartNotReadyException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 409
    active(client, name, version)
    assert functions.invoke(name, Qualifier=version).json == 1


def test_a_function_with_threads_works_and_is_started_as_a_whole(client, functions):
    code = """
import threading, time, uuid
identity = uuid.uuid4().hex
ticks = []
def tick():
    while True:
        ticks.append(1)
        time.sleep(0.01)
threading.Thread(target=tick, daemon=True).start()
def handler(event, context):
    before = len(ticks)
    time.sleep(0.3)
    return [identity, len(ticks) > before]
"""
    name, version = publish(client, functions, {"main.py": code})
    active(client, name, version)

    answers = at_once(functions, name, version, {}, 2)

    assert [answer.json[1] for answer in answers] == [True, True]
    assert len({answer.json[0] for answer in answers}) == 2


def test_a_version_that_was_being_initialized_when_the_server_was_killed_becomes_active(start_server, tmp_path):
    server = start_server(data_dir=tmp_path / "data")
    client = server.client()
    functions = Functions(client)
    code = "import time\ntime.sleep(1)\ndef handler(event, context):\n    return 1\n"
    name, version = publish(client, functions, {"main.py": code})

    server.kill()
    server = start_server(data_dir=tmp_path / "data")
    client = server.client()

    active(client, name, version)
    answer = client.invoke(FunctionName=name, Qualifier=version)
    assert json.load(answer["Payload"]) == 1


def test_a_server_does_not_wait_for_an_initialization_when_it_ends(start_server, tmp_path):
    quiet, busy = (start_server(data_dir=tmp_path / name) for name in ("quiet", "busy"))
    client = busy.client()
    code = "import time\ntime.sleep(1000)\ndef handler(event, context):\n    return 1\n"
    publish(client, Functions(client), {"main.py": code})

    def time_to_stop(server):
        started = time.monotonic()
        assert server.stop() == (0, [])
        return time.monotonic() - started

    assert time_to_stop(busy) - time_to_stop(quiet) < SHUTDOWN_PATIENCE_SECONDS


def test_a_version_is_initialized_once_whatever_else_is_changed_meanwhile(server, client, functions):
    code = "import time\ntime.sleep(1)\ndef handler(event, context):\n    return 1\n"
    name, version = publish(client, functions, {"main.py": code})
    for number in range(3):
        client.create_alias(FunctionName=name, Name=f"alias{number}", FunctionVersion="$LATEST")

    active(client, name, version)

    assert functions.invoke(name, Qualifier=version).json == 1
    lines = server.log.read_text().splitlines()
    assert len([line for line in lines if "snapshot taken" in line and name in line]) == 1


def test_a_snapshot_that_has_ended_is_replaced(server, client, functions):
    name, version = publish(client, functions, COUNTS)
    active(client, name, version)
    before = functions.invoke(name, Qualifier=version).json["identity"]
    for process in server.environments():
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)

    answers = []

    def restored():
        answers.extend(at_once(functions, name, version, {"sleep": 0.3}, len(answers) + 2))
        identities = [answer.json["identity"] for answer in answers]
        return before not in identities and len(set(identities)) < len(identities)

    wait_until(restored, "environments are copies of another one")


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        (NODE, {}),
        (PYTHON, {"Runtime": "python3.11"}),
        (PYTHON, {"Runtime": "python3.12", "EphemeralStorage": {"Size": 1024}}),
    ],
)
def test_what_cannot_be_copied_is_refused(functions, kind, parameters):
    with pytest.raises(ClientError) as refused:
        functions.create(kind, SnapStart=SNAP_START, **parameters)

    assert refused.value.response["Error"]["Code"] == "InvalidParameterValueException"
    assert "SnapStart" in refused.value.response["Error"]["Message"]


def test_snap_start_is_switched_off_again(client, functions):
    name, version = publish(client, functions, COUNTS)
    active(client, name, version)

    client.update_function_configuration(FunctionName=name, SnapStart={"ApplyOn": "None"})
    client.get_waiter("function_updated_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    second = client.publish_version(FunctionName=name)

    assert (second["Version"], second["State"]) == ("2", "Active")
    assert second["SnapStart"] == {"ApplyOn": "None", "OptimizationStatus": "Off"}
    assert functions.invoke(name, Qualifier="2").json["calls"] == ["init"]
    assert functions.invoke(name, Qualifier=version).json["calls"][-1] == "after 2"
