"""Extensions: what they are told, what waits for them, and how they end."""

import json
import time
import uuid

import pytest
from support.functions import FOLDER, PYTHON, Functions, zipped
from support.server import BINARIES, Server
from support.waiting import wait_until

OBSERVER = (FOLDER / "extensions" / "observer.py").read_bytes()

# Registers a part of the runtime as an extension, and keeps what it hears of.
INTERNAL = {
    "main.py": """
import http.client, json, os, threading

def call(method, path, headers, body=None):
    connection = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
    connection.request(method, "/2020-01-01/extension/" + path, body=body, headers=headers)
    response = connection.getresponse()
    return response.status, dict(response.getheaders()), json.loads(response.read())

heard = []
name = {"Lambda-Extension-Name": "inside"}
refused = call("POST", "register", name, json.dumps({"events": ["SHUTDOWN"]}))[::2]
_, headers, facts = call("POST", "register", name, json.dumps({"events": ["INVOKE"]}))
own = {"Lambda-Extension-Identifier": headers["lambda-extension-identifier"]}

def listen():
    while True:
        heard.append(call("GET", "event/next", own)[2]["requestId"])

threading.Thread(target=listen, daemon=True).start()

def handler(event, context):
    late = call("POST", "register", {"Lambda-Extension-Name": "late"}, "{}")[::2]
    return {"refused": refused, "late": late, "facts": facts, "heard": heard, "id": context.aws_request_id}
"""
}


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A server that writes what its functions write into its log."""
    server = Server(tmp_path_factory.mktemp("extensions") / "data", "--log", "info,function=debug", "--prestart-memory", "0")
    yield Own(server)
    status, left = server.stop()
    assert (status, left) == (0, [])


class Own:
    def __init__(self, server):
        self.server = server
        self.client = server.client()
        self.functions = Functions(self.client)

    def function(self, does="", files=None, events=None, extensions=None, **parameters):
        """A function with a layer of extensions, which are told what to do."""
        variables = {"EXTENSION_DOES": does}
        if events is not None:
            variables["EXTENSION_EVENTS"] = json.dumps(events)
        extensions = extensions or {"observer": OBSERVER}
        content = zipped({f"extensions/{name}": file for name, file in extensions.items()})
        layer = self.client.publish_layer_version(
            LayerName=f"extensions-{uuid.uuid4().hex[:8]}", Content={"ZipFile": content}
        )
        defaults = {"Layers": [layer["LayerVersionArn"]], "Environment": {"Variables": variables}}
        return self.functions.create(PYTHON, files=files, **(defaults | parameters))

    def said(self, name):
        """What the extensions of a function have said."""
        lines = self.server.log.read_text().splitlines()
        words = [json.loads(line.partition("EXT ")[2]) for line in lines if "EXT {" in line]
        return [word for word in words if word["function"] == name]

    def invoke(self, name, event=None):
        return self.functions.invoke(name, event, LogType="Tail")

    def events(self, name):
        return [word["event"] for word in self.said(name) if "event" in word]

    def done(self, name):
        return [word["done"] for word in self.said(name) if "done" in word]

    def wait_for_the_end(self, name):
        """Waits until the extension has heard of the end, and gives the reason that it was told."""
        wait_until(lambda: any("over" in word for word in self.said(name)), "the extension heard of the end")
        (reason,) = [event["shutdownReason"] for event in self.events(name) if event["eventType"] == "SHUTDOWN"]
        return reason


@pytest.fixture
def alone(own):
    """The server, without the functions of other tests."""
    yield own
    own.functions.clear()
    own.functions.made.clear()


def test_an_extension_registers_hears_of_invocations_and_of_the_end(alone):
    name = alone.function()

    first = alone.invoke(name, {"n": 1})
    second = alone.invoke(name, {"n": 2})
    alone.client.delete_function(FunctionName=name)
    reason = alone.wait_for_the_end(name)

    words = alone.said(name)
    assert words[0]["registered"] == 200
    assert words[0]["facts"] == {
        "functionName": name,
        "functionVersion": "$LATEST",
        "handler": "behaviours.handler",
        "accountId": "000000000000",
    }
    events = alone.events(name)
    assert [event["eventType"] for event in events] == ["INVOKE", "INVOKE", "SHUTDOWN"]
    assert [event["requestId"] for event in events[:2]] == [first.request_id, second.request_id]
    assert events[0]["invokedFunctionArn"].endswith(f":function:{name}")
    assert events[0]["tracing"]["type"] == "X-Amzn-Trace-Id"
    assert events[0]["tracing"]["value"].startswith("Root=1-")
    assert reason == "spindown"
    assert events[2]["deadlineMs"] < (time.time() + 2) * 1000
    assert all(word["identified"] for word in words if "event" in word)


def test_the_runtime_starts_when_every_extension_has_registered(alone):
    reads = "seen = open('/tmp/registered').read()\ndef handler(event, context): return seen"
    name = alone.function("start slowly", files={"main.py": reads}, Handler="main.handler")

    answer = alone.invoke(name)

    assert (answer.error, answer.json) == (None, "False"), answer.payload


def test_the_answer_does_not_wait_for_an_extension_but_the_next_invocation_does(alone):
    name = alone.function("work on")
    first = alone.functions.invoke(name, {"do": "count"})
    done = alone.done(name)
    second = alone.functions.invoke(name, {"do": "count"})

    assert first.request_id not in done
    # The environment that was busy with its extension was not used again meanwhile.
    assert [answer.json["count"] for answer in (first, second)] == [1, 1]
    ids = {first.request_id, second.request_id}
    wait_until(lambda: ids == set(alone.done(name)), "the extensions did their work")


def test_the_report_counts_the_work_of_extensions(alone):
    name = alone.function("work on")

    answer = alone.invoke(name)

    duration = float(answer.log.partition("REPORT")[2].partition("Duration: ")[2].split()[0])
    assert duration >= 1_000
    assert alone.done(name) == [answer.request_id]


def test_an_extension_that_does_not_finish_runs_into_the_timeout(alone):
    name = alone.function("never finish", Timeout=1)

    answer = alone.invoke(name)

    assert answer.error is None
    assert "\tStatus: timeout\n" in answer.log


def test_extensions_hear_that_the_function_ran_into_its_timeout(alone):
    name = alone.function(Timeout=1)

    answer = alone.invoke(name, {"do": "sleep", "ms": 60_000})
    reason = alone.wait_for_the_end(name)

    assert answer.json["errorType"] == "Sandbox.Timedout"
    assert reason == "timeout"


def test_extensions_hear_that_the_runtime_has_ended(alone):
    name = alone.function()

    answer = alone.invoke(name, {"do": "exit", "code": 4})
    reason = alone.wait_for_the_end(name)

    assert answer.json["errorType"] == "Runtime.ExitError"
    assert reason == "failure"


def test_an_extension_that_ends_in_an_invocation_ends_it(alone):
    name = alone.function("exit in an invocation")

    answer = alone.invoke(name, {"do": "sleep", "ms": 30_000})

    assert answer.error == "Unhandled"
    assert answer.json == {
        "errorType": "Extension.Crash",
        "errorMessage": f"RequestId: {answer.request_id} Error: exit code 0",
    }
    assert "\tStatus: error\tError Type: Extension.Crash\n" in answer.log


def test_an_extension_that_ends_before_it_registers_fails_the_initialization(alone):
    name = alone.function("exit at start")

    answer = alone.invoke(name)

    assert answer.json == {
        "errorType": "Extension.Crash",
        "errorMessage": f"RequestId: {answer.request_id} Error: exit status 3",
    }
    assert "EXTENSION\tName: observer\tState: Exited\tEvents: []\n" in answer.log
    assert "Phase: invoke\tStatus: error\tError Type: Extension.Crash\n" in answer.log


def test_an_extension_that_reports_that_it_cannot_start_fails_the_initialization(alone):
    name = alone.function("fail at start")

    answer = alone.invoke(name)

    assert answer.json == {
        "errorType": "Extension.InitError",
        "errorMessage": f"RequestId: {answer.request_id} Error: exit status 1",
    }
    assert "State: InitError\tEvents: [INVOKE,SHUTDOWN]\tError Type: Mine.NoStart\n" in answer.log


@pytest.mark.parametrize(
    ("file", "why"),
    [(b"#!/no/such/program\n", "no such file or directory"), (b"nonsense", "exec format error")],
)
def test_an_extension_that_cannot_be_started_fails_the_initialization(alone, file, why):
    name = alone.function(extensions={"broken": file})

    answer = alone.invoke(name)

    assert answer.json == {
        "errorType": "Extension.LaunchError",
        "errorMessage": f"RequestId: {answer.request_id} Error: fork/exec /opt/extensions/broken: {why}",
    }
    assert "Name: broken\tState: LaunchError\tEvents: []\tError Type: UnknownError\n" in answer.log


def test_ten_extensions_run_and_eleven_do_not(alone):
    ten = {f"observer{n}": OBSERVER for n in range(10)}
    name = alone.function(extensions=ten)
    eleven = alone.function(extensions=ten | {"one-more": OBSERVER})

    answer = alone.invoke(name)
    refused = alone.invoke(eleven)

    assert answer.error is None
    assert {word["name"] for word in alone.said(name) if "event" in word} >= set(ten)
    assert refused.json["errorType"] == "Extension.LaunchError"
    assert refused.json["errorMessage"].endswith("Error: Extension limit (10) reached")


def test_an_extension_that_stays_is_killed_when_its_time_is_up(alone):
    name = alone.function("stay at the end")
    alone.invoke(name)

    alone.client.delete_function(FunctionName=name)

    wait_until(lambda: not alone.server.environments(), "the environment ended")
    assert alone.events(name)[-1]["eventType"] == "SHUTDOWN"
    assert not any("over" in word for word in alone.said(name))


def test_an_extension_that_wants_only_the_end_is_not_waited_for(alone):
    name = alone.function("never finish", events=["SHUTDOWN"])

    answer = alone.invoke(name)
    again = alone.invoke(name)

    assert (answer.error, again.error) == (None, None)


def test_telemetry_is_refused_in_words_that_extensions_know(alone):
    name = alone.function("ask for telemetry")

    alone.invoke(name)

    (word,) = [word["telemetry"] for word in alone.said(name) if "telemetry" in word]
    assert word == [
        202,
        {"errorType": "Telemetry.NotSupported", "errorMessage": "Telemetry API is not supported"},
    ]


def test_a_compiled_extension_does_the_same(alone):
    name = alone.function(extensions={"compiled": (BINARIES / "extension").read_bytes()})

    answer = alone.invoke(name)

    assert f'"requestId":"{answer.request_id}"' in answer.log


def test_a_part_of_the_runtime_can_be_an_extension(alone):
    name = alone.function(files=INTERNAL, Handler="main.handler", Layers=[])

    first = alone.invoke(name)
    second = alone.invoke(name)

    assert first.json["refused"] == [
        403,
        {
            "errorType": "Extension.InvalidEventType",
            "errorMessage": "SHUTDOWN: ShutdownEventNotSupportedForInternalExtension",
        },
    ]
    assert first.json["late"] == [
        403,
        {
            "errorType": "Extension.RegistrationClosed",
            "errorMessage": "Extension registration closed already",
        },
    ]
    assert first.json["facts"]["functionName"] == name
    assert first.request_id in second.json["heard"]
