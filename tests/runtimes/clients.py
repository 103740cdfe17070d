"""Runs a runtime client, ours or the published one, against a recording Runtime API."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, field

import recorder

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CORPUS = HERE / "corpus"
RUNTIMES = ROOT / "runtimes"
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
VENV = pathlib.Path(os.environ.get("INVOKED_TEST_VENV", TARGET / "venv"))
NODE_PACKAGES = pathlib.Path(os.environ.get("INVOKED_TEST_NPM", TARGET / "npm"))
PYTHON = os.environ.get("INVOKED_TEST_PYTHON", str(VENV / "bin/python"))
NODE = os.environ.get("INVOKED_TEST_NODE") or shutil.which("node") or "node"

# A client that neither finishes its script nor ends within this many seconds is stuck.
STUCK_AFTER_SECONDS = 20


@dataclass(frozen=True)
class Client:
    """A runtime client: its command line, and the directory whose frames are its own."""

    name: str
    command: tuple
    directory: str
    env: dict = field(default_factory=dict, hash=False)


def our_python(interpreter):
    directory = RUNTIMES / "python"
    return Client(
        "ours",
        (interpreter, "-S", str(directory / "bootstrap.py")),
        str(directory),
        {"LAMBDA_RUNTIME_DIR": str(directory), "PYTHONPATH": str(directory)},
    )


OUR_PYTHON = our_python(PYTHON)
PUBLISHED_PYTHON = Client(
    "awslambdaric", (PYTHON, str(HERE / "published/start.py")), "awslambdaric"
)
OUR_NODE = Client(
    "ours",
    (NODE, str(RUNTIMES / "nodejs/index.cjs")),
    str(RUNTIMES / "nodejs"),
    {"LAMBDA_RUNTIME_DIR": str(RUNTIMES / "nodejs")},
)
PUBLISHED_NODE = Client(
    "aws-lambda-ric",
    (NODE, str(HERE / "published/start.mjs")),
    "aws-lambda-ric",
    {"PUBLISHED_CLIENT": str(NODE_PACKAGES / "node_modules/aws-lambda-ric/dist/index.mjs")},
)


@dataclass
class Script:
    """What a client is put through."""

    handler: str
    events: list = field(default_factory=lambda: [recorder.Event()])
    env: dict = field(default_factory=dict)
    replies: list = field(default_factory=list)
    # What to send the process while it waits for work that never comes.
    signal: int = 9


@dataclass
class Outcome:
    """What a client did: its requests, its output, and how it ended."""

    requests: list
    stdout: str
    stderr: str
    telemetry: bytes
    # The exit status; None for a client that waits for work.
    exit: object


def run(client, task_root, script):
    """Runs a client until it asks for work that the script does not have, or ends by itself."""
    with recorder.Recorder(script.events, script.replies) as api, tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        telemetry = scratch / "telemetry"
        env = base_environment(task_root, script.handler, api.address) | client.env | script.env
        env = {name: value for name, value in env.items() if value is not None}
        with open(scratch / "out", "wb") as out, open(scratch / "err", "wb") as err, open(telemetry, "wb") as frames:
            if env.get("_LAMBDA_TELEMETRY_LOG_FD"):
                env["_LAMBDA_TELEMETRY_LOG_FD"] = str(frames.fileno())
            process = subprocess.Popen(
                client.command,
                env=env,
                cwd=task_root,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                pass_fds=[frames.fileno()],
            )
            ended = wait(process, api, script.signal)
        return Outcome(
            requests=api.requests,
            stdout=text(scratch / "out"),
            stderr=text(scratch / "err"),
            telemetry=telemetry.read_bytes(),
            exit=ended,
        )


def wait(process, api, last_signal):
    """The exit status of a client that ends by itself or by the signal; None for one that waits."""
    try:
        for _ in range(STUCK_AFTER_SECONDS * 50):
            if api.drained.wait(0.02):
                process.send_signal(last_signal)
                status = process.wait(STUCK_AFTER_SECONDS)
                return None if status == -last_signal == -9 else status
            status = process.poll()
            if status is not None:
                return status
        sent = [f"{request.method} {request.path}" for request in api.requests]
        raise AssertionError(f"the client is stuck; it sent {sent}")
    finally:
        process.kill()
        process.wait()


def base_environment(task_root, handler, address):
    return {
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_LAMBDA_FUNCTION_NAME": "parity",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/parity",
        "AWS_LAMBDA_LOG_STREAM_NAME": "2026/01/01/[$LATEST]0123456789abcdef0123456789abcdef",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_REGION": "us-east-1",
        "LAMBDA_TASK_ROOT": str(task_root),
        "LANG": "en_US.UTF-8",
        "PATH": os.environ["PATH"],
        "TZ": ":UTC",
        "_HANDLER": handler,
    }


def text(path):
    # Like a log: unusual bytes must not hide the rest. Line ends stay as they are.
    return path.read_bytes().decode("utf-8", "surrogateescape")
