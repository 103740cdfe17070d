"""Execution environments: what they contain, how long they live, what they cannot do."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.errors import refused
from support.functions import COMPILED, NODE, PYTHON, Functions
from support.waiting import wait_until

COMMON = {
    "AWS_REGION": "us-east-1",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
    "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
    "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
    "AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1:2000",
    "_AWS_XRAY_DAEMON_ADDRESS": "169.254.100.1",
    "_AWS_XRAY_DAEMON_PORT": "2000",
    "LAMBDA_TASK_ROOT": "/var/task",
    "LAMBDA_RUNTIME_DIR": "/var/runtime",
    "LANG": "en_US.UTF-8",
    "TZ": ":UTC",
    "PATH": "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
    "LD_LIBRARY_PATH": "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib",
    "COLOUR": "blue",
}
OF_KIND = {
    "python": {"AWS_EXECUTION_ENV": "AWS_Lambda_python3.11", "PYTHONPATH": "/var/runtime"},
    "node": {
        "AWS_EXECUTION_ENV": "AWS_Lambda_nodejs20.x",
        "NODE_PATH": (
            "/opt/nodejs/node20/node_modules:/opt/nodejs/node_modules:/var/runtime/node_modules:/var/runtime:/var/task"
        ),
    },
    "compiled": {},
}


def test_the_documented_variables_are_there(functions, kind):
    name = functions.create(kind, Environment={"Variables": {"COLOUR": "blue"}})

    environment = functions.invoke(name, {"do": "environment"}).json

    expected = (
        COMMON
        | OF_KIND[kind.name]
        | {
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
            "_HANDLER": kind.handler,
        }
    )
    assert {variable: environment.get(variable) for variable in expected} == expected
    for variable in [
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
    ]:
        assert environment[variable]
    if kind is COMPILED:
        assert "AWS_EXECUTION_ENV" not in environment


def test_nothing_of_the_servers_environment_is_visible(functions, kind):
    environment = functions.invoke(functions.create(kind), {"do": "environment"}).json

    assert not [variable for variable in environment if variable.startswith(("INVOKED", "HOME", "USER", "SSH", "XDG"))]


def test_variables_that_lambda_reserves_cannot_be_set(functions):
    with refused(
        "InvalidParameterValueException",
        "Lambda was unable to configure your environment variables because the environment variables you have "
        "provided contains reserved keys that are currently not supported for modification. Reserved keys used in "
        "this request: AWS_REGION",
        400,
    ):
        functions.create(Environment={"Variables": {"AWS_REGION": "mars-1"}})


def test_an_environment_is_used_again(functions, kind):
    name = functions.create(kind)

    counts = [functions.invoke(name, {"do": "count"}).json["count"] for _ in range(5)]

    assert counts == [1, 2, 3, 4, 5]


def test_an_environment_runs_one_invocation_at_a_time(functions, kind):
    name = functions.create(kind)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: functions.invoke(name, {"do": "sleep", "ms": 200}), range(24)))

    spans = [answer.json for answer in answers]
    streams = {span["log_stream"] for span in spans}
    assert len(streams) <= 8
    for stream in streams:
        mine = sorted((span["began_ms"], span["ended_ms"]) for span in spans if span["log_stream"] == stream)
        assert all(ended <= began for (_, ended), (began, _) in zip(mine, mine[1:], strict=False)), mine


def test_versions_do_not_share_environments(client, functions):
    name = functions.create(COMPILED, Publish=True)

    assert functions.invoke(name, {"do": "count"}, Qualifier="1").json == {"count": 1}
    assert functions.invoke(name, {"do": "count"}).json == {"count": 1}
    assert functions.invoke(name, {"do": "count"}, Qualifier="1").json == {"count": 2}


def test_tmp_can_be_written_and_stays_while_the_environment_lives(functions, kind):
    name = functions.create(kind)

    functions.invoke(name, {"do": "write", "path": "/tmp/note", "text": "kept"})

    assert functions.invoke(name, {"do": "read", "path": "/tmp/note"}).json == "kept"


def test_what_a_timed_out_environment_had_is_gone(functions, kind):
    """Lambda would keep `/tmp`; docs/differences.md says why we do not."""
    name = functions.create(kind, Timeout=2)
    functions.invoke(name, {"do": "write", "path": "/tmp/note", "text": "kept"})

    assert functions.invoke(name, {"do": "sleep", "ms": 600_000}).error == "Unhandled"

    assert functions.invoke(name, {"do": "count"}).json == {"count": 1}
    assert functions.invoke(name, {"do": "read", "path": "/tmp/note"}).error == "Unhandled"


def test_the_memory_that_a_function_used_is_reported(functions, kind):
    name = functions.create(kind)

    answer = functions.invoke(name, {"do": "allocate", "mb": 100}, LogType="Tail")
    later = functions.invoke(name, LogType="Tail")

    used = [int(re.search(r"Max Memory Used: (\d+) MB", log)[1]) for log in (answer.log, later.log)]
    # The most that the environment has ever used, not only this invocation.
    assert 100 <= used[0] <= used[1] <= 256


def test_functions_do_not_see_each_others_tmp(functions, kind):
    one, other = functions.create(kind), functions.create(kind)
    functions.invoke(one, {"do": "write", "path": "/tmp/secret", "text": "mine"})

    answer = functions.invoke(other, {"do": "read", "path": "/tmp/secret"})

    assert answer.error == "Unhandled"


@pytest.mark.parametrize(
    "path", ["/var/task/note", "/opt/note", "/usr/note", "/note", "/etc/note", "/proc/sys/kernel/hostname"]
)
def test_nothing_but_tmp_can_be_written(functions, kind, path):
    answer = functions.invoke(functions.create(kind), {"do": "write", "path": path, "text": "x"})

    assert answer.error == "Unhandled", answer.payload


def test_the_hosts_files_are_not_visible(functions, server):
    name = functions.create(PYTHON)

    for path in [str(server.data_dir / "meta.db"), "/etc/shadow", "/root/.bashrc", str(server.log)]:
        answer = functions.invoke(name, {"do": "read", "path": path})
        assert answer.error == "Unhandled", path


CURIOUS = """
import os, resource, socket

def attempt(action):
    try:
        return repr(action())
    except OSError as error:
        return type(error).__name__

def handler(event, context):
    address = tuple(event["address"])
    return {
        "uid": os.getuid(),
        "processes": sorted(int(name) for name in os.listdir("/proc") if name.isdigit()),
        "server": attempt(lambda: socket.create_connection(address, 2).close()),
        "interfaces": [name for _, name in socket.if_nameindex()],
        "mount": attempt(lambda: os.listdir("/var/task")),
        "capabilities": [line for line in open("/proc/self/status") if line.startswith("CapEff")][0].split()[1],
        "new_privileges": [line for line in open("/proc/self/status") if line.startswith("NoNewPrivs")][0].split()[1],
        "seccomp": [line for line in open("/proc/self/status") if line.startswith("Seccomp:")][0].split()[1],
        "cwd": os.getcwd(),
        "hard_open_files": resource.getrlimit(resource.RLIMIT_NOFILE)[1],
    }
"""


def test_a_function_is_alone_in_its_sandbox(functions, server):
    name = functions.create(PYTHON, files={"behaviours.py": CURIOUS})

    found = functions.invoke(name, {"address": server.address}).json

    assert found["uid"] != 0
    assert len(found["processes"]) <= 3
    assert found["server"] != "None"
    assert found["interfaces"] == ["lo", "eth0", "uplink"]
    assert int(found["capabilities"], 16) == 0
    assert (found["new_privileges"], found["seccomp"]) == ("1", "2")
    assert found["cwd"] == "/var/task"
    assert found["hard_open_files"] == 1024


def test_a_full_tmp_is_the_functions_own_problem(functions):
    code = """
def handler(event, context):
    with open("/tmp/big", "wb") as file:
        for _ in range(600):
            file.write(b"x" * 1048576)
"""
    name = functions.create(PYTHON, files={"behaviours.py": code}, MemorySize=1024)

    answer = functions.invoke(name)

    assert answer.error == "Unhandled"
    assert answer.json["errorType"] == "OSError"
    assert "No space left on device" in answer.json["errorMessage"]


def test_processes_that_a_function_starts_end_with_its_environment(start_server):
    # Without runtimes that wait, which come and go by themselves.
    server = start_server("--prestart-memory", "0")
    functions = Functions(server.client())
    code = """
import subprocess

def handler(event, context):
    subprocess.Popen(["sleep", "3600"], start_new_session=True)
    return "started"
"""
    name = functions.create(PYTHON, files={"behaviours.py": code})
    functions.invoke(name)
    assert len(server.environments()) >= 2

    functions.client.delete_function(FunctionName=name)

    wait_until(lambda: not server.environments(), "the environment's processes ended")


def test_a_fork_bomb_stays_in_its_sandbox(functions):
    code = """
import os, time

def handler(event, context):
    made = 0
    try:
        while True:
            if os.fork() == 0:
                time.sleep(3600)
                os._exit(0)
            made += 1
    except OSError:
        return made
"""
    name = functions.create(PYTHON, files={"behaviours.py": code}, MemorySize=2048)
    other = functions.create(COMPILED)

    assert functions.invoke(name).json <= 1024
    assert functions.invoke(other, {"a": 1}).json == {"a": 1}


def test_code_in_a_subfolder_is_found(functions):
    python = functions.create(
        PYTHON,
        Handler="inner/main.handler",
        files={
            "inner/main.py": "import inner.more\ndef handler(event, context): return inner.more.VALUE",
            "inner/more.py": "VALUE = 7",
        },
    )
    node = functions.create(
        NODE,
        Handler="inner/main.handler",
        files={
            "inner/main.js": "const more = require('./more'); exports.handler = async () => more.value;",
            "inner/more.js": "exports.value = 7;",
        },
    )

    assert functions.invoke(python).json == 7
    assert functions.invoke(node).json == 7
