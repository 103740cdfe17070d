"""`Invoke-LMFunction`: as whom, for which region and where it calls, without profiles; seen on the wire."""

import pytest
from support.functions import COMPILED, Functions
from support.recorder import Recorder

KEYS_OF_ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "s"}
KEYS = ["-AccessKey", "AKIDLINE", "-SecretKey", "s"]
SECRET = "wJalrXUtnFEMI"


@pytest.fixture
def bare(lm, wire, echo):
    """Calls the echo at the recorded server, with no other AWS setting than those given."""

    def call(*arguments, **variables):
        return lm(echo, "-EndpointUrl", wire.endpoint, *arguments, variables=lm.bare, **variables)

    return call


@pytest.fixture
def other_wire(server):
    recorder = Recorder(server.address)
    yield recorder
    recorder.stop()


def test_keys_of_the_command_line_sign(bare, wire):
    done = bare(*KEYS, "-SessionToken", "token")

    assert done.status == 0, done.errors
    assert wire.only.scope == ("AKIDLINE", "us-east-1", "lambda")
    assert wire.only.headers["x-amz-security-token"] == "token"


@pytest.mark.parametrize(
    "arguments",
    [
        ["-AK", "AKIDLINE", "-SK", "s", "-ST", "token"],
        ["-ak:AKIDLINE", "-SecretAccessKey:s", "-st:token"],
        ["-Ac", "AKIDLINE", "-Sec", "s", "-Ses", "token"],
    ],
    ids=" ".join,
)
def test_the_keys_have_aliases(bare, wire, arguments):
    done = bare(*arguments)

    assert done.status == 0, done.errors
    assert wire.only.key_id == "AKIDLINE"
    assert wire.only.headers["x-amz-security-token"] == "token"


def test_keys_of_the_environment_sign(bare, wire):
    bare(**KEYS_OF_ENVIRONMENT)
    bare(**KEYS_OF_ENVIRONMENT, AWS_SESSION_TOKEN="token")

    assert [exchange.key_id for exchange in wire.exchanges] == ["AKIDENV", "AKIDENV"]
    assert [exchange.headers.get("x-amz-security-token") for exchange in wire.exchanges] == [None, "token"]


def test_keys_of_the_command_line_win_whole(bare, wire):
    done = bare(*KEYS, **KEYS_OF_ENVIRONMENT, AWS_SESSION_TOKEN="token")

    assert done.status == 0, done.errors
    assert wire.only.key_id == "AKIDLINE"
    assert "x-amz-security-token" not in wire.only.headers


@pytest.mark.parametrize(
    "arguments",
    [["-AccessKey", "a"], ["-SecretKey", "s"], ["-SessionToken", "t"], ["-AccessKey", "a", "-SecretKey", ""]],
    ids=" ".join,
)
def test_half_a_key_pair_is_an_error_even_with_keys_in_the_environment(bare, wire, arguments):
    done = bare(*arguments, **KEYS_OF_ENVIRONMENT)

    assert (done.status, done.output) == (2, b"")
    assert wire.exchanges == []


@pytest.mark.parametrize("variable", KEYS_OF_ENVIRONMENT)
def test_half_a_key_pair_of_the_environment_is_an_error(bare, wire, variable):
    done = bare(**{variable: "x"})

    assert (done.status, done.output) == (1, b"")
    (missing,) = KEYS_OF_ENVIRONMENT.keys() - {variable}
    assert missing in done.errors
    assert wire.exchanges == []


@pytest.mark.parametrize("alias", ["-AK", "-ak:AKID", "-AccessKey"])
def test_a_key_given_by_its_name_and_an_alias_is_given_twice(bare, wire, alias):
    value = [] if ":" in alias else ["AKID"]

    done = bare(*KEYS, alias, *value, "--error-format", "json")

    assert done.status == 2
    assert done.error["FullyQualifiedErrorId"].startswith("ParameterAlreadyBound,")
    assert wire.exchanges == []


def test_without_credentials_nothing_is_sent_and_it_is_said_what_to_set(bare, wire):
    done = bare()

    assert (done.status, done.output) == (1, b"")
    assert "-AccessKey" in done.errors
    assert "AWS_ACCESS_KEY_ID" in done.errors
    assert wire.exchanges == []


def test_no_secret_is_printed(lm, wire):
    arguments = ["nobody", "-AccessKey", "AKIDLINE", "-SecretKey", SECRET, "-SessionToken", f"{SECRET}TOKEN"]

    done = lm(*arguments, "-Verbose", "-Debug")

    assert done.status == 1
    assert wire.only.key_id == "AKIDLINE"
    assert "DEBUG: " in done.errors
    assert SECRET not in done.errors
    assert SECRET not in str(wire.only.headers["authorization"])


REGIONS = {"AWS_REGION": "ca-central-1", "AWS_DEFAULT_REGION": "sa-east-1"}


@pytest.mark.parametrize(
    ("arguments", "variables", "region"),
    [
        (["-Region", "eu-west-1"], ["AWS_REGION", "AWS_DEFAULT_REGION"], "eu-west-1"),
        (["-RegionToCall", "eu-west-1"], ["AWS_REGION"], "eu-west-1"),
        (["-R:eu-west-1"], [], "eu-west-1"),
        ([], ["AWS_REGION", "AWS_DEFAULT_REGION"], "ca-central-1"),
        ([], ["AWS_DEFAULT_REGION"], "sa-east-1"),
        ([], [], "us-east-1"),
    ],
    ids=str,
)
def test_the_region_is_found_in_its_order(bare, wire, arguments, variables, region):
    done = bare(*KEYS, *arguments, **{name: REGIONS[name] for name in variables})

    assert done.status == 0, done.errors
    assert wire.only.scope == ("AKIDLINE", region, "lambda")


@pytest.mark.parametrize(
    ("variables", "region"), [({}, "eu-north-1"), ({"AWS_REGION": "ca-central-1"}, "ca-central-1")]
)
def test_an_arn_has_the_region_that_nothing_else_names(lm, wire, echo, variables, region):
    arn = f"arn:aws:lambda:eu-north-1:000000000000:function:{echo}"

    lm(arn, "-EndpointUrl", wire.endpoint, *KEYS, variables=lm.bare | variables)

    assert wire.only.region == region


def test_without_a_region_or_an_endpoint_nothing_is_called(lm, wire):
    done = lm("f", *KEYS, variables=lm.bare)

    assert (done.status, done.output) == (1, b"")
    assert "-Region" in done.errors
    assert "AWS_REGION" in done.errors
    assert wire.exchanges == []


def test_a_region_cannot_name_another_host(lm, wire):
    done = lm("f", *KEYS, "-Region", "127.0.0.1/#", variables=lm.bare)

    assert done.status == 2
    assert wire.exchanges == []


@pytest.mark.parametrize(
    ("wanted", "others"),
    [
        ("-EndpointUrl", ["AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL"]),
        ("AWS_ENDPOINT_URL_LAMBDA", ["AWS_ENDPOINT_URL"]),
        ("AWS_ENDPOINT_URL", []),
    ],
)
def test_the_endpoint_is_found_in_its_order(lm, wire, other_wire, echo, wanted, others):
    variables = lm.bare | dict.fromkeys(others, other_wire.endpoint)
    arguments = [echo, '{"a":1}', *KEYS]
    if wanted.startswith("-"):
        arguments += [wanted, wire.endpoint]
    else:
        variables[wanted] = wire.endpoint

    assert lm(*arguments, variables=variables).payload == {"a": 1}
    assert len(wire.exchanges) == 1
    assert other_wire.exchanges == []


def test_configured_endpoints_can_be_passed_over(lm, wire, other_wire, echo):
    variables = {
        "AWS_ENDPOINT_URL_LAMBDA": other_wire.endpoint,
        "AWS_ENDPOINT_URL": other_wire.endpoint,
        "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    }

    given = lm(echo, "-EndpointUrl", wire.endpoint, *KEYS, variables=lm.bare | variables)
    nothing = lm(echo, *KEYS, variables=lm.bare | variables)

    assert given.status == 0, given.errors
    assert nothing.status == 1
    assert "region" in nothing.errors
    assert len(wire.exchanges) == 1
    assert other_wire.exchanges == []


def test_a_request_without_a_signature_needs_no_keys(lm, start_server):
    server = start_server("--auth", "off")
    name = Functions(server.client()).create(COMPILED)
    recorder = Recorder(server.address)
    try:
        arguments = [name, '{"a":1}', "-EndpointUrl", recorder.endpoint]
        payload = lm(*arguments, "--no-sign-request", variables=lm.bare).payload
        lm(*arguments, "--no-sign-request", variables=lm.bare | KEYS_OF_ENVIRONMENT)
    finally:
        recorder.stop()

    assert payload == {"a": 1}
    assert len(recorder.exchanges) == 2
    for exchange in recorder.exchanges:
        assert not {"authorization", "x-amz-date", "x-amz-security-token"} & exchange.headers.keys()


def test_a_server_that_wants_signatures_refuses_a_request_without(bare, wire):
    done = bare("--no-sign-request", "--error-format", "json")

    assert done.status == 1
    assert done.error["StatusCode"] == 403
    assert len(wire.exchanges) == 1
