"""`Invoke-LMFunction` against a Lambda API that is not ours: the same commands, and signatures that are verified."""

import subprocess
import sys
from pathlib import Path

import pytest
from support.command import Command

AWS = Path(sys.executable).with_name("aws")


@pytest.fixture(scope="module")
def role(moto):
    return moto.create_role("lambda")


@pytest.fixture(scope="module")
def hello(moto, role):
    """A function on the other server. Returns its ARN."""
    return moto.create_function("hello", role)


@pytest.fixture(scope="module")
def ada(moto):
    """A user of the other server, as variables of the environment."""
    key_id, secret = moto.create_user("ada")
    return {"AWS_ACCESS_KEY_ID": key_id, "AWS_SECRET_ACCESS_KEY": secret}


@pytest.fixture
def lm(moto_wire, hello, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    return Command(home, moto_wire.endpoint)


@pytest.mark.parametrize("name", ["hello", "function:hello", "arn:aws:lambda:us-east-1:123456789012:function:hello"])
def test_a_function_is_invoked_and_its_answer_is_printed(lm, moto_wire, name):
    done = lm(name, '{"name": "grüße"}')

    assert done.payload == {"name": "grüße"}
    assert (done.response["StatusCode"], done.response["HttpStatusCode"]) == (200, "OK")
    assert len(moto_wire.exchanges) == 1


def test_the_defaults_are_understood(lm, moto_wire):
    assert lm("hello").payload == {}
    assert moto_wire.only.body == b"{}"


def test_what_the_function_answers_is_printed_whatever_was_sent(lm, moto):
    moto.answer_next('{"answer": 42}', "no JSON")

    assert lm("hello", '{"question": true}', "-Select", "Payload").output == b'{"answer": 42}'
    assert lm("hello", "-Select", "Payload").output == b"no JSON"


@pytest.mark.parametrize(
    ("type", "status", "name"),
    [("RequestResponse", 200, "OK"), ("Event", 202, "Accepted"), ("dryrun", 204, "NoContent")],
)
def test_every_type_of_invocation_has_its_status(lm, moto_wire, type, status, name):
    response = lm("hello", "{}", "-InvocationType", type).response

    assert (response["StatusCode"], response["HttpStatusCode"]) == (status, name)
    assert len(moto_wire.exchanges) == 1


def test_one_thing_of_the_answer_is_selected(lm):
    assert lm("hello", '{"a": 1}', "-Select", "Payload").output == b'{"a": 1}'
    assert lm("hello", "-Select", "StatusCode").output == b"200\n"
    assert lm("hello", "-Select", "^FunctionName").output == b"hello\n"
    assert lm("hello", "-Select", "ExecutedVersion").output == b""


def test_an_invalid_selection_sends_nothing_to_this_server_either(lm, moto_wire):
    assert lm("hello", "-Select", "ContentLength").status == 2
    assert moto_wire.exchanges == []


def test_an_unknown_function_is_the_same_error_as_everywhere(lm, moto, moto_wire):
    with moto.looking_functions_up():
        done = lm("nobody", "--error-format", "json")

    assert (done.status, done.output) == (1, b"")
    assert done.error["Message"] == "Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody"
    assert (done.error["ErrorCode"], done.error["StatusCode"]) == ("ResourceNotFoundException", 404)
    assert done.error["FullyQualifiedErrorId"] == (
        "Amazon.Lambda.Model.ResourceNotFoundException,Amazon.PowerShell.Cmdlets.LM.InvokeLMFunctionCmdlet"
    )
    assert len(moto_wire.exchanges) == 1


def test_the_functions_that_the_aws_cli_lists_are_invoked(lm, moto, role, moto_wire):
    moto.create_function("second", role)
    listed = subprocess.run(
        [AWS, "lambda", "list-functions", "--query", "Functions", "--output", "json"],
        env=lm.variables | {"AWS_PAGER": ""},
        capture_output=True,
        timeout=120,
        check=True,
    )
    moto_wire.clear()

    done = lm("-Select", "^FunctionName", stdin=listed.stdout)

    assert done.output.split() == [b"hello", b"second"]
    assert len(moto_wire.exchanges) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["hello"],
        ["hello", '{"text": "grüße 🎉"}', '{"custom": {"a": "b"}}'],
        ["hello", "{}", "-Qualifier", "$LATEST"],
        ["hello:live", "-LogType", "Tail", "-InvocationType", "Event"],
        ["arn:aws:lambda:us-east-1:123456789012:function:hello:1"],
        ["hello", "-TenantId", "two  blanks", "-DurableExecutionName", "order-17"],
    ],
    ids=" ".join,
)
def test_the_signature_is_the_one_that_others_compute(lm, moto, ada, arguments):
    with moto.verifying_signatures():
        done = lm(*arguments, **ada)

    assert done.status == 0, done.errors


def test_a_wrong_secret_is_refused(lm, moto, ada, moto_wire):
    with moto.verifying_signatures():
        done = lm("hello", "-AccessKey", ada["AWS_ACCESS_KEY_ID"], "-SecretKey", "wrong")

    assert (done.status, done.output) == (1, b"")
    assert "SignatureDoesNotMatch" in done.errors
    assert moto_wire.only.status == 403


def test_an_unknown_key_is_refused(lm, moto, moto_wire):
    with moto.verifying_signatures():
        done = lm("hello", "-AccessKey", "AKIANOBODY", "-SecretKey", "wrong")

    assert (done.status, done.output) == (1, b"")
    assert "InvalidClientTokenId" in done.errors
    assert moto_wire.only.status == 403


def test_temporary_keys_are_signed_with_their_token(lm, moto, role):
    keys = moto.client("sts").assume_role(RoleArn=role, RoleSessionName="test")["Credentials"]
    arguments = ["hello", "-AccessKey", keys["AccessKeyId"], "-SecretKey", keys["SecretAccessKey"]]

    with moto.verifying_signatures():
        with_token = lm(*arguments, "-SessionToken", keys["SessionToken"])
        without = lm(*arguments)

    assert with_token.status == 0, with_token.errors
    assert without.status == 1
