"""The AWS CLI, with nothing but an endpoint and any keys."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest
from support.functions import KINDS, ROLE

AWS = Path(sys.executable).with_name("aws")


@pytest.fixture
def aws(server, tmp_path):
    def run(*arguments, check=True):
        environment = server.variables() | {"AWS_CONFIG_FILE": str(tmp_path / "none"), "AWS_PAGER": ""}
        done = subprocess.run(
            [AWS, "lambda", *arguments], env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        if check:
            assert done.returncode == 0, done.stderr
        return done

    return run


def test_create_and_invoke(aws, functions, tmp_path, kind):
    name = f"from-the-cli-{kind.name}"
    (tmp_path / "package.zip").write_bytes(kind.package)

    created = aws(
        "create-function", "--function-name", name, "--runtime", kind.runtime, "--handler", kind.handler,
        "--role", ROLE, "--zip-file", "fileb://package.zip",
    )  # fmt: skip
    functions.made.append(name)
    aws("wait", "function-active-v2", "--function-name", name)
    invoked = aws("invoke", "--function-name", name, "--payload", '{"a": 1}', "--log-type", "Tail", "answer.json")

    assert json.loads(created.stdout)["FunctionName"] == name
    answer = json.loads(invoked.stdout)
    assert (answer["StatusCode"], answer["ExecutedVersion"]) == (200, "$LATEST")
    assert "START RequestId: " in base64.b64decode(answer["LogResult"]).decode()
    assert json.loads((tmp_path / "answer.json").read_text()) == {"a": 1}


def test_an_error_reads_as_lambdas(aws):
    done = aws("get-function", "--function-name", "nobody", check=False)

    assert done.returncode != 0
    assert (
        "An error occurred (ResourceNotFoundException) when calling the GetFunction operation: "
        "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody"
    ) in done.stderr


def test_the_life_of_a_function(aws, functions, tmp_path):
    kind = KINDS[0]
    (tmp_path / "package.zip").write_bytes(kind.package)
    aws(
        "create-function", "--function-name", "cli-life", "--runtime", kind.runtime, "--handler", kind.handler,
        "--role", ROLE, "--zip-file", "fileb://package.zip", "--publish", "--tags", "team=a",
    )  # fmt: skip
    functions.made.append("cli-life")
    aws("create-alias", "--function-name", "cli-life", "--name", "live", "--function-version", "1")

    event = aws("invoke", "--function-name", "cli-life:live", "--invocation-type", "Event", "out")
    dry = aws("invoke", "--function-name", "cli-life", "--invocation-type", "DryRun", "out")
    versions = aws(
        "list-versions-by-function", "--function-name", "cli-life", "--query", "Versions[].Version", "--output", "text"
    )
    aws("delete-function", "--function-name", "cli-life")

    assert json.loads(event.stdout) == {"StatusCode": 202}
    assert json.loads(dry.stdout) == {"StatusCode": 204}
    assert versions.stdout.split() == ["$LATEST", "1"]
