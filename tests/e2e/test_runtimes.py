"""Every runtime that this host can run, and the forms that a handler can have in each."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from support.errors import refused
from support.functions import COMPILED, FOLDER, NODE, PYTHON, Functions
from support.server import BINARIES, clean_environment
from support.waiting import wait_until

JAVA_CLIENT = Path(os.environ.get("INVOKED_TEST_JAVA", BINARIES.parent / "java-client"))


def versions(family):
    """The versions of an interpreter that the server finds on this host."""
    command = [BINARIES / "invoked", "doctor", "--java-client-dir", JAVA_CLIENT]
    doctor = subprocess.run(command, capture_output=True, text=True, env=clean_environment(), check=False)
    exact = re.search(rf"{family} runtimes +exact: ([^;\n]*)", doctor.stdout)
    return re.findall(rf"{family}(\d+(?:\.\d+)?)\S* \(", exact[1]) if exact else []


def test_every_python_of_the_host_runs_its_runtime(functions):
    source = "import sys\ndef handler(event, context): return list(sys.version_info[:2])"
    found = versions("python")
    assert found

    ran = {}
    for version in found:
        name = functions.create(PYTHON, files={"main.py": source}, Handler="main.handler", Runtime=f"python{version}")
        ran[version] = functions.invoke(name).json

    assert ran == {version: [int(part) for part in version.split(".")] for version in found}


def test_every_node_of_the_host_runs_its_runtime(functions):
    source = "exports.handler = async () => process.versions.node.split('.')[0];"
    found = versions("nodejs")
    assert found

    for version in found:
        name = functions.create(NODE, files={"main.js": source}, Handler="main.handler", Runtime=f"nodejs{version}.x")
        assert functions.invoke(name).json == version


@pytest.mark.parametrize(
    ("files", "handler"),
    [
        ({"main.py": "def handler(e, c): return 'here'"}, "main.handler"),
        ({"deep/down/main.py": "def handler(e, c): return 'here'"}, "deep/down/main.handler"),
        ({"deep/__init__.py": "", "deep/main.py": "def handler(e, c): return 'here'"}, "deep.main.handler"),
    ],
)
def test_a_python_handler_is_found_where_it_lies(functions, files, handler):
    name = functions.create(PYTHON, files=files, Handler=handler)

    assert functions.invoke(name).json == "here"


MODULE = "export const handler = async () => 'here';"


@pytest.mark.parametrize(
    ("files", "handler"),
    [
        ({"main.js": "exports.handler = async () => 'here';"}, "main.handler"),
        ({"main.cjs": "exports.handler = async () => 'here';"}, "main.handler"),
        ({"main.mjs": MODULE}, "main.handler"),
        ({"main.js": MODULE, "package.json": '{"type": "module"}'}, "main.handler"),
        ({"main.mjs": "const text = await Promise.resolve('here');\nexport const handler = async () => text;"}, "main.handler"),
        ({"deep/down/main.mjs": MODULE}, "deep/down/main.handler"),
        ({"main.js": "exports.api = { v1: { handler: async () => 'here' } };"}, "main.api.v1.handler"),
        ({"main.js": "exports.handler = (event, context, callback) => callback(null, 'here');"}, "main.handler"),
    ],
)
def test_a_node_handler_is_found_in_every_kind_of_module(functions, files, handler):
    name = functions.create(NODE, files=files, Handler=handler)

    assert functions.invoke(name).json == "here"


def test_a_stack_trace_of_python_names_the_functions_lines(functions):
    source = "def inner():\n    raise KeyError('lost')\n\ndef handler(event, context):\n    inner()\n"
    name = functions.create(PYTHON, files={"main.py": source}, Handler="main.handler")

    error = functions.invoke(name).json

    assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'lost'")
    assert error["stackTrace"] == [
        '  File "/var/task/main.py", line 5, in handler\n    inner()\n',
        '  File "/var/task/main.py", line 2, in inner\n    raise KeyError(\'lost\')\n',
    ]


def test_a_stack_trace_of_node_names_the_functions_lines(functions):
    source = "function inner() { throw new RangeError('lost'); }\nexports.handler = async () => inner();"
    name = functions.create(NODE, files={"main.js": source}, Handler="main.handler")

    error = functions.invoke(name).json

    assert (error["errorType"], error["errorMessage"]) == ("RangeError", "lost")
    assert error["trace"][0] == "RangeError: lost"
    assert error["trace"][1] == "    at inner (/var/task/main.js:1:26)"
    assert error["trace"][2].startswith("    at ")
    assert "/var/task/main.js:2:" in error["trace"][2]


@pytest.fixture(scope="session")
def go_bootstrap(tmp_path_factory):
    """A function on AWS's client for Go, built with what `cargo xtask setup` has downloaded."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("no Go toolchain on this host")
    built = tmp_path_factory.mktemp("go") / "bootstrap"
    environment = os.environ | {"GOPROXY": "off", "GOFLAGS": "-mod=readonly -buildvcs=false", "CGO_ENABLED": "0"}
    building = subprocess.run(
        [go, "build", "-tags", "lambda.norpc", "-o", built, "."],
        cwd=FOLDER / "go",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if "module lookup disabled" in building.stderr:
        pytest.skip("aws-lambda-go was not downloaded")
    assert building.returncode == 0, building.stderr
    return built.read_bytes()


def test_a_function_in_go_answers_fails_and_streams(client, functions, go_bootstrap):
    name = functions.create(COMPILED, files={"bootstrap": go_bootstrap})

    answered = functions.invoke(name, {"echo": "hello"}).json
    failed = functions.invoke(name, {"fail": "no"})
    response = client.invoke_with_response_stream(FunctionName=name, Payload=b'{"stream": ["a", "b"], "fail": "late"}')
    events = list(response["EventStream"])

    assert answered == {"echo": "hello", "function": name}
    assert (failed.error, failed.json) == ("Unhandled", {"errorMessage": "no", "errorType": "errorString"})
    assert b"".join(event["PayloadChunk"]["Payload"] for event in events[:-1]) == b"ab"
    complete = events[-1]["InvokeComplete"]
    assert complete["ErrorCode"] == "errorString"
    assert '"late"' in complete["ErrorDetails"]


@pytest.fixture(scope="session")
def java_classes(tmp_path_factory):
    """A function on AWS's client for Java, compiled against the jars that `cargo xtask setup` downloads."""
    if shutil.which("javac") is None:
        pytest.skip("no Java compiler on this host")
    if not JAVA_CLIENT.is_dir():
        pytest.skip("AWS's client for Java was not downloaded")
    classes = tmp_path_factory.mktemp("java")
    source = FOLDER / "java" / "Main.java"
    subprocess.run(["javac", "--release", "17", "-cp", f"{JAVA_CLIENT}/*", "-d", classes, source], check=True)
    return {path.name: path.read_bytes() for path in classes.iterdir()}


@pytest.fixture
def java_functions(start_server):
    functions = Functions(start_server("--java-client-dir", JAVA_CLIENT).client())
    yield functions
    functions.clear()


def test_every_java_of_the_host_runs_its_runtime(java_functions, java_classes):
    found = versions("java")
    assert found

    for version in found:
        name = java_functions.create(
            COMPILED, files=java_classes, Handler="Main::handleRequest", Runtime=f"java{version}", MemorySize=512
        )
        answer = java_functions.invoke(name, {"a": [1, None, "grün"]}, LogType="Tail")
        assert answer.json == {
            "version": int(version),
            "function": name,
            "request": answer.request_id,
            "event": {"a": [1, None, "grün"]},
        }
        assert "\nhello log\n" in answer.log


def test_java_starts_with_an_archive_of_classes_once_it_was_made(start_server, java_classes):
    version = next(version for version in versions("java") if int(version) >= 13)
    server = start_server("--java-client-dir", JAVA_CLIENT)
    functions = Functions(server.client())

    def create():
        return functions.create(
            COMPILED, files=java_classes, Handler="Main::handleRequest", Runtime=f"java{version}", MemorySize=512
        )

    functions.invoke(create(), {})
    wait_until(lambda: "java classes archived" in server.log.read_text(), "the archive was made")
    answer = functions.invoke(create(), {"a": 1})

    mapped = [Path(f"/proc/{pid}/maps").read_text() for pid in server.environments()]
    assert answer.json["event"] == {"a": 1}
    assert sum("client.jsa" in maps for maps in mapped) == 1


def test_a_java_function_fails_as_on_lambda(java_functions, java_classes):
    runtime = f"java{versions('java')[0]}"

    def create(handler):
        return java_functions.create(COMPILED, files=java_classes, Handler=handler, Runtime=runtime, MemorySize=512)

    failed = java_functions.invoke(create("Main"), {"fail": "no"})
    missing = java_functions.invoke(create("There::isNone"), {})
    streamed = java_functions.invoke(create("Main$Stream"), {"echo": 1})

    assert failed.error == "Unhandled"
    assert (failed.json["errorType"], failed.json["errorMessage"]) == ("java.lang.IllegalStateException", "no")
    assert failed.json["stackTrace"][0].startswith("Main.handleRequest(Main.java:")
    assert (missing.error, missing.json["errorType"]) == ("Unhandled", "java.lang.ClassNotFoundException")
    assert (streamed.error, streamed.json) == (None, {"echo": 1})


def test_java_is_refused_where_its_client_is_missing(functions):
    with refused(code="InvalidParameterValueException", message="This server does not offer the runtime java17."):
        functions.create(COMPILED, files={"Main.class": ""}, Runtime="java17", Handler="Main")
