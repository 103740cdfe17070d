"""Functions to deploy: their packages, their kinds, and a short way to invoke them."""

import base64
import io
import json
import uuid
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .server import BINARIES, REPOSITORY

FOLDER = REPOSITORY / "tests" / "functions"
ROLE = "arn:aws:iam::000000000000:role/test"


def zipped(files):
    """A package. `files` are contents by path; `bootstrap` and extensions are made executable."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            entry = zipfile.ZipInfo(path)
            entry.compress_type = zipfile.ZIP_DEFLATED
            is_program = path == "bootstrap" or path.startswith("extensions/")
            entry.external_attr = (0o100755 if is_program else 0o100644) << 16
            archive.writestr(entry, content)
    return buffer.getvalue()


@cache
def _package(path, name):
    return zipped({name: Path(path).read_bytes()})


@dataclass(frozen=True)
class Kind:
    """A language, and the function of many behaviours in it."""

    name: str
    runtime: str
    handler: str
    path: Path

    @property
    def package(self):
        return _package(self.path, self.path.name)


PYTHON = Kind("python", "python3.11", "behaviours.handler", FOLDER / "python" / "behaviours.py")
NODE = Kind("node", "nodejs20.x", "behaviours.handler", FOLDER / "nodejs" / "behaviours.mjs")
COMPILED = Kind("compiled", "provided.al2023", "bootstrap", BINARIES / "bootstrap")
# Not on every host; `cargo xtask setup` installs it where it can.
RUBY = Kind("ruby", "ruby3.3", "main.handler", FOLDER / "ruby" / "main.rb")
KINDS = [PYTHON, NODE, COMPILED]


@dataclass(frozen=True)
class Answer:
    """What an invocation came to."""

    status: int
    payload: bytes
    error: str | None
    version: str | None
    log: str | None
    headers: dict

    @property
    def json(self):
        return json.loads(self.payload)

    @property
    def request_id(self):
        return self.headers["x-amzn-requestid"]


class Functions:
    """Makes functions on one server and takes them away again."""

    def __init__(self, client):
        self.client = client
        self.made = []

    def create(self, kind=PYTHON, files=None, wait=True, **parameters):
        """Creates a function and returns its name. `files` replace the function of many behaviours."""
        name = parameters.pop("FunctionName", None) or f"{kind.name}-{uuid.uuid4().hex[:12]}"
        package = kind.package if files is None else zipped(files)
        request = {
            "Runtime": kind.runtime,
            "Handler": kind.handler,
            "Role": ROLE,
            "Code": {"ZipFile": package},
            "Timeout": 60,
            "MemorySize": 256,
        }
        self.client.create_function(FunctionName=name, **(request | parameters))
        self.made.append(name)
        if wait:
            self.wait(name)
        return name

    def wait(self, name):
        self.client.get_waiter("function_active_v2").wait(
            FunctionName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 1200}
        )

    def wait_updated(self, name):
        self.client.get_waiter("function_updated_v2").wait(
            FunctionName=name, WaiterConfig={"Delay": 0.05, "MaxAttempts": 1200}
        )

    def invoke(self, name, event=None, **parameters):
        return invoke(self.client, name, event, **parameters)

    def clear(self):
        for name in self.made:
            with suppress(self.client.exceptions.ResourceNotFoundException):
                self.client.delete_function(FunctionName=name)


def invoke(client, name, event=None, **parameters):
    """Invokes a function with a JSON event (or `Payload` as bytes) and returns the `Answer`."""
    payload = parameters.pop("Payload", None)
    if payload is None:
        payload = json.dumps({} if event is None else event).encode()
    response = client.invoke(FunctionName=name, Payload=payload, **parameters)
    log = response.get("LogResult")
    return Answer(
        status=response["StatusCode"],
        payload=response["Payload"].read(),
        error=response.get("FunctionError"),
        version=response.get("ExecutedVersion"),
        log=base64.b64decode(log).decode() if log is not None else None,
        headers=response["ResponseMetadata"]["HTTPHeaders"],
    )
