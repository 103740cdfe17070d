"""How a function's log is written: format, levels and group."""

import json
import re

import pytest
from support.errors import refused
from support.functions import COMPILED, NODE, PYTHON

PYTHON_LOGS = {
    "main.py": """
import logging, os

def handler(event, context):
    log = logging.getLogger("mine")
    for level in ("debug", "info", "warning", "error"):
        getattr(log, level)("this is %s", level)
    if event.get("raise"):
        raise ValueError("no")
    return {key: value for key, value in os.environ.items() if key.startswith("AWS_LAMBDA_LOG")}
"""
}

NODE_LOGS = {
    "main.js": """
exports.handler = async (event) => {
  for (const level of ['debug', 'info', 'warn', 'error']) console[level]('this is %s', level);
  if (event.raise) throw new RangeError('no');
};
"""
}


def make(functions, language, logging, **parameters):
    kind, files = {"python": (PYTHON, PYTHON_LOGS), "node": (NODE, NODE_LOGS)}[language]
    return functions.create(kind, files=files, Handler="main.handler", LoggingConfig=logging, **parameters)


def logged(functions, name, event=None):
    """The lines of an invocation's log, as JSON."""
    answer = functions.invoke(name, event or {}, LogType="Tail")
    return answer, [json.loads(line) for line in answer.log.splitlines()]


def messages(lines):
    return [line["message"] for line in lines if "message" in line]


def types(lines):
    return [line["type"] for line in lines if "type" in line]


@pytest.mark.parametrize("language", ["python", "node"])
def test_json_logs_are_json_from_the_first_line_to_the_last(functions, language):
    name = make(functions, language, {"LogFormat": "JSON"})

    answer, lines = logged(functions, name)

    assert types(lines) == ["platform.start", "platform.report"]
    start, report = lines[0], lines[-1]
    assert start["record"] == {"requestId": answer.request_id, "version": "$LATEST"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", start["time"])
    assert report["record"]["status"] == "success"
    metrics = {"durationMs", "billedDurationMs", "memorySizeMB", "maxMemoryUsedMB", "initDurationMs"}
    assert set(report["record"]["metrics"]) == metrics
    own = lines[1:-1]
    assert messages(own) == ["this is info", f"this is {'warn' if language == 'node' else 'warning'}", "this is error"]
    for line in own:
        assert line["requestId"] == answer.request_id
        assert line["timestamp"].endswith("Z")
    assert [line["level"] for line in own] == ["INFO", "WARN" if language == "node" else "WARNING", "ERROR"]


@pytest.mark.parametrize("language", ["python", "node"])
@pytest.mark.parametrize(("level", "count"), [("TRACE", 4), ("DEBUG", 4), ("WARN", 2), ("ERROR", 1), ("FATAL", 0)])
def test_an_application_log_level_leaves_out_what_is_below_it(functions, language, level, count):
    name = make(functions, language, {"LogFormat": "JSON", "ApplicationLogLevel": level})

    _, lines = logged(functions, name)

    assert len(messages(lines)) == count


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("DEBUG", ["platform.start", "platform.runtimeDone", "platform.report"]),
        ("INFO", ["platform.start", "platform.report"]),
        ("WARN", []),
    ],
)
def test_a_system_log_level_leaves_out_lines_of_the_platform(functions, level, expected):
    name = make(functions, "python", {"LogFormat": "JSON", "SystemLogLevel": level})

    _, lines = logged(functions, name)

    assert types(lines) == expected
    assert len(messages(lines)) == 3


def test_a_failure_of_the_environment_is_logged_at_level_warn(functions):
    name = functions.create(COMPILED, LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN"})

    _, lines = logged(functions, name, {"do": "exit", "code": 3})

    assert types(lines)[-2:] == ["platform.runtimeDone", "platform.report"]
    for line in lines[-2:]:
        assert (line["record"]["status"], line["record"]["errorType"]) == ("error", "Runtime.ExitError")


@pytest.mark.parametrize(("language", "kind"), [("python", "ValueError"), ("node", "RangeError")])
def test_an_error_of_the_function_is_one_json_line(functions, language, kind):
    name = make(functions, language, {"LogFormat": "JSON", "ApplicationLogLevel": "FATAL"})
    quiet, _ = logged(functions, name, {"raise": True})
    name = make(functions, language, {"LogFormat": "JSON", "ApplicationLogLevel": "ERROR"})

    answer, lines = logged(functions, name, {"raise": True})

    assert quiet.error == answer.error == "Unhandled"
    error = [line for line in lines if kind in json.dumps(line)]
    assert len(error) == 1
    assert error[0]["level"] == "ERROR"


def test_the_runtime_learns_its_log_settings_from_variables(client, functions):
    json_logs = make(functions, "python", {"LogFormat": "JSON", "ApplicationLogLevel": "WARN", "LogGroup": "/my/group"})
    text_logs = make(functions, "python", {"LogFormat": "Text"})

    def variables(name):
        found = functions.invoke(name).json
        found.pop("AWS_LAMBDA_LOG_STREAM_NAME")
        return found

    assert variables(json_logs) == {
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_LAMBDA_LOG_LEVEL": "WARN",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/my/group",
    }
    assert variables(text_logs) == {
        "AWS_LAMBDA_LOG_FORMAT": "Text",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{text_logs}",
    }


LINES = [
    '{"level":"debug","time":"2024-11-02T16:51:31Z","message":"a debug line"}',
    '{"level":"error","timestamp":"2024-11-02T16:51:31.5Z","message":"an error line"}',
    '{"level":"error","message":"without a time"}',
    '{"message":"without a level"}',
    "just text",
]


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("DEBUG", [0, 1, 2, 3, 4]),
        ("INFO", [1, 2, 3, 4]),
        ("WARN", [1, 4]),
        ("FATAL", [4]),
    ],
)
def test_lines_that_the_function_writes_itself_are_filtered_as_well(functions, level, expected):
    settings = {"LogFormat": "JSON", "ApplicationLogLevel": level, "SystemLogLevel": "WARN"}
    name = functions.create(COMPILED, LoggingConfig=settings)
    text = "\n" + "\n".join(LINES)

    log = functions.invoke(name, {"do": "log", "lines": 1, "text": text}, LogType="Tail").log

    assert [number for number, line in enumerate(LINES) if line in log] == expected


def test_text_logs_filter_nothing(functions):
    name = functions.create(COMPILED)

    log = functions.invoke(name, {"do": "log", "lines": 1, "text": "\n" + LINES[0]}, LogType="Tail").log

    assert LINES[0] in log


def test_a_failed_initialization_is_told_in_json(functions):
    name = functions.create(
        PYTHON,
        Environment={"Variables": {"FUNCTION_INIT": "exit"}},
        LoggingConfig={"LogFormat": "JSON", "SystemLogLevel": "WARN"},
    )

    _, lines = logged(functions, name)

    assert types(lines) == [
        "platform.initRuntimeDone",
        "platform.initReport",
        "platform.runtimeDone",
        "platform.report",
    ]
    for line in lines[:2]:
        record = line["record"]
        assert (record["phase"], record["status"]) == ("invoke", "error")
        assert (record["initializationType"], record["errorType"]) == ("on-demand", "Runtime.ExitError")


def test_text_logs_are_text_and_have_every_line(functions):
    name = make(functions, "node", {"LogFormat": "Text"})

    log = functions.invoke(name, {}, LogType="Tail").log

    assert log.startswith("START RequestId: ")
    assert [f"\t{level}\tthis is " in log for level in ("DEBUG", "INFO", "WARN", "ERROR")] == [True] * 4


def test_settings_are_shown_with_their_defaults_and_stay_until_they_are_changed(client, functions):
    name = functions.create(COMPILED)

    def change(**logging):
        client.update_function_configuration(FunctionName=name, LoggingConfig=logging)
        functions.wait_updated(name)
        return client.get_function_configuration(FunctionName=name)["LoggingConfig"]

    group = f"/aws/lambda/{name}"
    assert client.get_function_configuration(FunctionName=name)["LoggingConfig"] == {
        "LogFormat": "Text",
        "LogGroup": group,
    }
    levels = {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"}
    assert change(LogFormat="JSON") == {"LogFormat": "JSON", "LogGroup": group} | levels
    assert change(SystemLogLevel="WARN")["SystemLogLevel"] == "WARN"
    assert change(LogGroup="/other")["LogGroup"] == "/other"
    assert change(LogFormat="Text") == {"LogFormat": "Text", "LogGroup": "/other"}
    with refused(code="InvalidParameterValueException", message=re.compile("LogFormat is JSON")):
        change(ApplicationLogLevel="DEBUG")
