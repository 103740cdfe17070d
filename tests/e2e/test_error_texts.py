"""Lambda's own texts for what it refuses, as they were recorded from the service."""

import base64
import json
import re

import pytest
from support import raw
from support.errors import refused
from support.functions import COMPILED, PYTHON, ROLE, zipped

NAME_PATTERN = (
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{12}:)?"
    "(function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?"
)


@pytest.fixture
def create(server):
    """CreateFunction by hand, past boto3's own checks. Returns status, error and message."""

    def send(**parameters):
        body = {
            "FunctionName": "refused",
            "Runtime": "python3.11",
            "Handler": "main.handler",
            "Role": ROLE,
            "Code": {"ZipFile": base64.b64encode(zipped({"main.py": "x"})).decode()},
        } | parameters
        sent = {name: value for name, value in body.items() if value is not None}
        status, headers, text = raw.request(server.address, "POST", "/2015-03-31/functions", json.dumps(sent))
        answer = json.loads(text)
        kind = (headers["X-Amzn-ErrorType"] or "").split(":")[0]
        return status, kind, answer.get("message") or answer.get("Message")

    return send


def test_one_violated_constraint(create):
    assert create(Role="r1") == (
        400,
        "ValidationException",
        "1 validation error detected: Value 'r1' at 'role' failed to satisfy constraint: Member must satisfy regular "
        "expression pattern: arn:(aws[a-zA-Z-]*)?:iam::\\d{12}:role/?[a-zA-Z_0-9+=,.@\\-_/]+",
    )


def test_several_violated_constraints_come_in_one_message(create):
    status, kind, message = create(Role="r1", MemorySize=1, Timeout=0)

    assert (status, kind) == (400, "ValidationException")
    assert message.startswith("3 validation errors detected: ")
    parts = sorted(message.removeprefix("3 validation errors detected: ").split("; "))
    assert parts[0].startswith(
        "Value '0' at 'timeout' failed to satisfy constraint: Member must have value greater than or equal to 1"
    )
    assert parts[1].startswith(
        "Value '1' at 'memorySize' failed to satisfy constraint: Member must have value greater than or equal to 128"
    )
    assert parts[2].startswith("Value 'r1' at 'role' failed to satisfy constraint: ")


def test_architectures(create):
    assert create(Architectures=["x86_64", "arm64"])[1:] == (
        "ValidationException",
        "1 validation error detected: Value '[x86_64, arm64]' at 'architectures' failed to satisfy constraint: "
        "Member must have length less than or equal to 1",
    )
    kind, message = create(Architectures=["X86_64"])[1:]
    assert kind == "ValidationException"
    assert re.fullmatch(
        r"1 validation error detected: Value '\[X86_64\]' at 'architectures' failed to satisfy constraint: Member must "
        r"satisfy constraint: \[Member must satisfy enum value set: \[(x86_64, arm64|arm64, x86_64)\], Member must not be null\]",
        message,
    )


def test_names(create):
    assert create(FunctionName="a" * 65)[:2] == (400, "InvalidParameterValueException")
    assert create(FunctionName="a" * 65)[2] == (
        f"1 validation error detected: Value '{'a' * 65}' at 'functionName' failed to satisfy constraint: "
        "Member must have length less than or equal to 64"
    )
    long = "arn:aws:lambda:us-east-1:000000000000:function:" + "a" * 100
    assert (
        f"Value '{long}' at 'functionName' failed to satisfy constraint: Member must have length less than or equal to 140"
        in create(FunctionName=long)[2]
    )
    assert create(FunctionName="my-function!") == (
        400,
        "ValidationException",
        "1 validation error detected: Value 'my-function!' at 'functionName' failed to satisfy constraint: "
        f"Member must satisfy regular expression pattern: {NAME_PATTERN}",
    )


def test_runtimes(create):
    for runtime in ["non-existent-runtime", "PYTHON3.11"]:
        status, kind, message = create(Runtime=runtime)
        assert (status, kind) == (400, "InvalidParameterValueException")
        assert message.startswith(
            f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: ["
        )
        assert message.endswith("] or be a valid ARN")
    assert create(Runtime="python3.7") == (
        400,
        "InvalidParameterValueException",
        "The runtime parameter of python3.7 is no longer supported for creating or updating AWS Lambda functions. "
        "We recommend you use a supported runtime while creating or updating functions.",
    )


def test_environment_variables(create):
    variables = {"LONG": "x" * 5000}
    measured = json.dumps(variables, separators=(",", ":"))

    assert create(Environment={"Variables": variables}) == (
        400,
        "InvalidParameterValueException",
        "Lambda was unable to configure your environment variables because the environment variables you have provided "
        f"exceeded the 4KB limit. String measured: {measured}",
    )


def test_what_is_not_offered_is_refused_and_not_ignored(create):
    for parameter in [
        {"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}},
        {"DeadLetterConfig": {"TargetArn": "arn:aws:s3:::bucket"}},
        {"Layers": ["arn:aws:lambda:us-east-1:000000000000:layer:l:1"]},
        {"TracingConfig": {"Mode": "Active"}},
        {"PackageType": "Image", "Code": {"ImageUri": "a/b:c"}, "Runtime": None, "Handler": None},
        {"Code": {"S3Bucket": "bucket", "S3Key": "key"}},
        {"Runtime": "java21"},
        {
            "FileSystemConfigs": [
                {
                    "Arn": "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0123456789abcdef0",
                    "LocalMountPath": "/mnt/a",
                }
            ]
        },
    ]:
        status, _, message = create(**parameter)
        assert 400 <= status < 500, parameter
        assert message, parameter


def test_qualifiers(client, functions):
    name = functions.create(COMPILED)

    with refused(
        "ValidationException",
        re.compile("at 'qualifier' failed to satisfy constraint: Member must satisfy regular expression pattern: "),
        400,
    ):
        client.get_function(FunctionName=name, Qualifier="bad qualifier?")
    with refused("ValidationException", re.compile("Member must have length less than or equal to 128"), 400):
        client.get_function(FunctionName=name, Qualifier="q" * 129)


def test_a_function_that_is_being_updated_is_not_updated_again(client, functions):
    name = functions.create(PYTHON)
    client.update_function_code(FunctionName=name, ZipFile=zipped({"behaviours.py": "x = 1"}))

    try:
        client.update_function_configuration(FunctionName=name, Timeout=5)
    except client.exceptions.ResourceConflictException as error:
        assert error.response["Error"]["Message"] == (
            "The operation cannot be performed at this time. An update is in progress for resource: "
            f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
        )
    functions.wait_updated(name)


def test_the_keys_of_an_error_body_are_those_of_lambda(server):
    _, headers, body = raw.request(server.address, "GET", "/2015-03-31/functions/nobody")

    assert headers["X-Amzn-ErrorType"].split(":")[0] == "ResourceNotFoundException"
    assert json.loads(body) == {
        "Type": "User",
        "Message": "Function not found: arn:aws:lambda:us-east-1:000000000000:function:nobody",
    }
