"""`Invoke-LMFunction`: credential profiles and what stands in for them; whose keys reach the wire."""

import hashlib
import json
import stat
from urllib.parse import parse_qs

import pytest
from support.command import COMMAND
from support.recorder import Recorder
from support.terminal import Terminal
from support.web import Reply

KEYS_OF_ENVIRONMENT = {"AWS_ACCESS_KEY_ID": "AKIDENV", "AWS_SECRET_ACCESS_KEY": "s"}
STATIC = "aws_access_key_id = {}\naws_secret_access_key = s\n"


@pytest.fixture
def call(lm, wire, echo):
    """Calls the echo at the recorded server, with no other AWS setting than those given."""

    def call(*arguments, **variables):
        return lm(echo, "-EndpointUrl", wire.endpoint, *arguments, variables=lm.bare, **variables)

    return call


@pytest.fixture
def write(lm):
    """Writes a file below the home directory, `.aws/credentials` or `.aws/config` for short names."""

    def write(name, text):
        path = lm.home / (f".aws/{name}" if name in ("credentials", "config") else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    return write


@pytest.fixture
def program(write):
    """Writes a program that prints what it is given, and what it was called with to `called`."""

    def program(output):
        path = write("program", f'#!/bin/sh\necho "$@" >> "$(dirname "$0")/called"\ncat <<\'END\'\n{output}\nEND\n')
        path.chmod(path.stat().st_mode | stat.S_IXUSR)
        return path

    return program


@pytest.fixture
def sts(moto):
    """Moto's STS, recorded."""
    recorder = Recorder(moto.address)
    yield recorder
    recorder.stop()


@pytest.fixture(scope="module")
def role(moto):
    return moto.create_role("assumed")


def form(exchange):
    return {name: values[0] for name, values in parse_qs(exchange.body.decode()).items()}


def test_a_profile_of_the_credentials_file_signs(call, write, wire):
    write("credentials", f"[dev]\n{STATIC.format('AKIDDEV')}aws_session_token = token\n")

    done = call("-ProfileName", "dev")

    assert done.status == 0, done.errors
    assert wire.only.scope == ("AKIDDEV", "us-east-1", "lambda")
    assert wire.only.headers["x-amz-security-token"] == "token"


def test_a_profile_of_the_config_file_signs_with_its_region(call, write, wire):
    write("config", f"[profile dev]\nregion = eu-west-3\n{STATIC.format('AKIDDEV')}")

    done = call("-ProfileName", "dev")

    assert done.status == 0, done.errors
    assert wire.only.scope == ("AKIDDEV", "eu-west-3", "lambda")


@pytest.mark.parametrize("parameter", ["-ProfileName", "-StoredCredentials", "-AWSProfileName", "-ProfileN", "-Sto"])
def test_the_profile_parameter_has_aliases(call, write, wire, parameter):
    write("credentials", f"[dev]\n{STATIC.format('AKIDDEV')}")

    assert call(parameter, "dev").status == 0
    assert wire.only.key_id == "AKIDDEV"


def test_the_credentials_file_wins_over_the_config_file(call, write, wire):
    write("config", f"[profile dev]\nregion = eu-west-3\n{STATIC.format('AKIDCONFIG')}")
    write("credentials", f"[dev]\n{STATIC.format('AKIDCREDENTIALS')}")

    assert call("-ProfileName", "dev").status == 0
    assert wire.only.scope == ("AKIDCREDENTIALS", "eu-west-3", "lambda")


def test_the_files_may_be_elsewhere(call, write, wire):
    credentials = write("elsewhere", f"[dev]\n{STATIC.format('AKIDDEV')}")
    config = write("config-elsewhere", "[profile dev]\nregion = eu-west-3\n")

    done = call("-ProfileName", "dev", AWS_SHARED_CREDENTIALS_FILE=str(credentials), AWS_CONFIG_FILE=str(config))

    assert done.status == 0, done.errors
    assert wire.only.scope == ("AKIDDEV", "eu-west-3", "lambda")


@pytest.mark.parametrize("parameter", ["-ProfileLocation", "-AWSProfilesLocation", "-ProfilesLocation"])
@pytest.mark.parametrize("spelling", ["{home}/folder/mine", "folder/mine"])
def test_a_location_has_its_own_profiles(call, write, wire, lm, parameter, spelling):
    write("credentials", f"[dev]\n{STATIC.format('AKIDDEFAULT')}")
    write("folder/mine", f"[dev]\n{STATIC.format('AKIDMINE')}")

    done = call("-ProfileName", "dev", parameter, spelling.format(home=lm.home))

    assert done.status == 0, done.errors
    assert wire.only.key_id == "AKIDMINE"


def test_a_location_has_the_config_file_beside_it(call, write, wire):
    location = write("folder/mine", f"[dev]\n{STATIC.format('AKIDMINE')}")
    write("folder/config", f"[profile dev]\nregion = eu-west-3\n{STATIC.format('AKIDCONFIG')}")

    done = call("-ProfileName", "dev", "-ProfileLocation", location)

    assert done.status == 0, done.errors
    assert wire.only.scope == ("AKIDMINE", "eu-west-3", "lambda")


def test_a_location_leaves_the_default_files_out(call, write, wire):
    write("credentials", f"[dev]\n{STATIC.format('AKIDDEFAULT')}")
    location = write("folder/mine", f"[other]\n{STATIC.format('AKIDMINE')}")

    done = call("-ProfileName", "dev", "-ProfileLocation", location)

    assert (done.status, done.output) == (1, b"")
    assert str(location) in done.errors
    assert wire.exchanges == []


def test_a_location_that_is_not_there_is_an_error(call, write, wire):
    write("credentials", f"[dev]\n{STATIC.format('AKIDDEFAULT')}")

    done = call("-ProfileName", "dev", "-ProfileLocation", "nowhere")

    assert done.status in (1, 2)
    assert "nowhere" in done.errors
    assert wire.exchanges == []


def test_an_unknown_profile_is_an_error_although_there_are_other_keys(call, write, wire):
    write("credentials", f"[default]\n{STATIC.format('AKIDDEFAULT')}")

    done = call("-ProfileName", "nobody", **KEYS_OF_ENVIRONMENT)

    assert (done.status, done.output) == (1, b"")
    assert "nobody" in done.errors
    assert wire.exchanges == []


def test_an_unknown_profile_of_the_environment_is_an_error_too(call, write, wire):
    write("credentials", f"[default]\n{STATIC.format('AKIDDEFAULT')}")

    done = call(AWS_PROFILE="nobody")

    assert (done.status, done.output) == (1, b"")
    assert "nobody" in done.errors
    assert "AWS_PROFILE" in done.errors
    assert wire.exchanges == []


CREDENTIAL = json.dumps({"AccessKeyId": "AKIDCREDENTIAL", "SecretAccessKey": "s"})
SOURCES = {
    "keys": (["-AccessKey", "AKIDLINE", "-SecretKey", "s"], {}, "AKIDLINE"),
    "credential": (["-Credential", CREDENTIAL], {}, "AKIDCREDENTIAL"),
    "profile": (["-ProfileName", "named"], {}, "AKIDNAMED"),
    "environment": ([], KEYS_OF_ENVIRONMENT, "AKIDENV"),
    "environment's profile": ([], {"AWS_PROFILE": "chosen"}, "AKIDCHOSEN"),
    "default profile": ([], {}, "AKIDDEFAULT"),
}


@pytest.mark.parametrize("wanted", SOURCES)
def test_each_source_of_keys_goes_before_the_next(call, write, wire, wanted):
    write(
        "credentials",
        "".join(f"[{name}]\n{STATIC.format('AKID' + name.upper())}" for name in ["named", "chosen", "default"]),
    )
    names = list(SOURCES)
    arguments, variables = [], {}
    for name in names[names.index(wanted) :]:
        arguments += SOURCES[name][0]
        variables |= SOURCES[name][1]

    done = call(*arguments, **variables)

    assert done.status == 0, done.errors
    assert wire.only.key_id == SOURCES[wanted][2]


@pytest.mark.parametrize("wanted", SOURCES)
def test_debug_tells_which_keys_were_taken(call, write, wanted):
    write(
        "credentials",
        "".join(f"[{name}]\n{STATIC.format('AKID' + name.upper())}" for name in ["named", "chosen", "default"]),
    )
    arguments, variables, _ = SOURCES[wanted]
    said = {
        "keys": "the supplied key parameters",
        "credential": "the supplied credentials object",
        "profile": "the stored profile named 'named'",
        "environment": "the environment",
        "environment's profile": "the stored profile named 'chosen'",
        "default profile": "the stored profile named 'default'",
    }

    done = call(*arguments, "-Debug", **variables)

    assert done.status == 0, done.errors
    assert any(line.startswith("DEBUG: ") and said[wanted] in line for line in done.errors.splitlines()), done.errors


REGIONS_BY_PRECEDENCE = [
    ("-Region", ["-Region", "eu-west-1"], {}, "eu-west-1"),
    ("the named profile", ["-ProfileName", "named"], {}, "eu-west-2"),
    ("AWS_REGION", [], {"AWS_REGION": "eu-west-3"}, "eu-west-3"),
    ("AWS_DEFAULT_REGION", [], {"AWS_DEFAULT_REGION": "eu-north-1"}, "eu-north-1"),
    ("the environment's profile", [], {"AWS_PROFILE": "chosen"}, "eu-south-1"),
    ("the default profile", [], {}, "eu-central-1"),
]


@pytest.mark.parametrize("wanted", range(len(REGIONS_BY_PRECEDENCE)), ids=lambda at: REGIONS_BY_PRECEDENCE[at][0])
def test_each_source_of_the_region_goes_before_the_next(call, write, wire, wanted):
    regions = {"named": "eu-west-2", "chosen": "eu-south-1", "default": "eu-central-1"}
    write("credentials", "".join(f"[{name}]\n{STATIC.format('AKID')}region = {regions[name]}\n" for name in regions))
    arguments, variables = [], {}
    for _, more_arguments, more_variables, _ in REGIONS_BY_PRECEDENCE[wanted:]:
        arguments += more_arguments
        variables |= more_variables

    done = call(*arguments, **variables)

    assert done.status == 0, done.errors
    assert wire.only.region == REGIONS_BY_PRECEDENCE[wanted][3]


def test_the_region_of_a_profile_goes_before_that_of_an_arn(lm, write, wire, echo):
    write("credentials", f"[default]\n{STATIC.format('AKID')}region = eu-west-2\n")

    lm(f"arn:aws:lambda:us-west-2:000000000000:function:{echo}", "-EndpointUrl", wire.endpoint, variables=lm.bare)

    assert wire.only.region == "eu-west-2"


def test_a_profile_names_its_endpoint(lm, write, wire, echo):
    write(
        "config",
        f"[profile plain]\nregion = eu-west-2\nendpoint_url = {wire.endpoint}\n{STATIC.format('AKIDPLAIN')}"
        "[profile services]\nregion = eu-west-2\nservices = local\nendpoint_url = http://127.0.0.1:1\n"
        f"{STATIC.format('AKIDSERVICES')}"
        f"[services local]\nlambda =\n  endpoint_url = {wire.endpoint}\n",
    )

    for profile in ["plain", "services"]:
        done = lm(echo, "-ProfileName", profile, variables=lm.bare)
        assert done.status == 0, done.errors

    assert [exchange.key_id for exchange in wire.exchanges] == ["AKIDPLAIN", "AKIDSERVICES"]


def test_the_environments_endpoint_goes_before_the_profiles(lm, write, wire, echo):
    write("config", f"[profile dev]\nendpoint_url = http://127.0.0.1:1\n{STATIC.format('AKIDDEV')}")

    done = lm(echo, "-ProfileName", "dev", variables=lm.bare | {"AWS_ENDPOINT_URL": wire.endpoint})

    assert done.status == 0, done.errors
    assert wire.only.key_id == "AKIDDEV"


@pytest.mark.parametrize("is_file", [False, True], ids=["text", "file"])
def test_a_credential_is_what_a_credential_process_prints(call, write, wire, is_file):
    text = json.dumps({"Version": 1, "AccessKeyId": "AKIDC", "SecretAccessKey": "s", "SessionToken": "token"})
    write("credential.json", text)

    done = call("-Credential", "@credential.json" if is_file else text, **KEYS_OF_ENVIRONMENT)

    assert done.status == 0, done.errors
    assert wire.only.key_id == "AKIDC"
    assert wire.only.headers["x-amz-security-token"] == "token"


@pytest.mark.parametrize("text", ["", "{", "{}", '{"AccessKeyId": "AKID"}', "AKID:wJalrXUtnFEMI", "@nowhere"])
def test_what_is_no_credential_is_refused_and_not_repeated(call, wire, text):
    done = call("-Credential", text, **KEYS_OF_ENVIRONMENT)

    assert (done.status, done.output) == (2, b"")
    assert "-Credential" in done.errors
    assert "wJalrXUtnFEMI" not in done.errors
    assert wire.exchanges == []


def test_a_process_of_a_profile_prints_its_keys(call, write, program, wire):
    path = program(
        json.dumps({"Version": 1, "AccessKeyId": "AKIDPROCESS", "SecretAccessKey": "s", "SessionToken": "t"})
    )
    write("config", f"[profile dev]\ncredential_process = {path} one two\n")

    done = call("-ProfileName", "dev")

    assert done.status == 0, done.errors
    assert wire.only.key_id == "AKIDPROCESS"
    assert wire.only.headers["x-amz-security-token"] == "t"
    assert path.with_name("called").read_text() == "one two\n"


def test_a_process_that_fails_is_an_error(call, write, wire):
    write("config", "[profile dev]\ncredential_process = false\n")

    done = call("-ProfileName", "dev", **KEYS_OF_ENVIRONMENT)

    assert (done.status, done.output) == (1, b"")
    assert "dev" in done.errors
    assert wire.exchanges == []


def test_a_profile_assumes_a_role_with_the_keys_of_another(call, write, wire, sts, role):
    write("credentials", f"[base]\n{STATIC.format('AKIDBASE')}")
    write(
        "config",
        f"[profile dev]\nrole_arn = {role}\nsource_profile = base\nrole_session_name = from-a-test\n"
        "region = eu-west-1\n",
    )

    done = call("-ProfileName", "dev", AWS_ENDPOINT_URL_STS=sts.endpoint)

    assert done.status == 0, done.errors
    assert sts.only.scope == ("AKIDBASE", "eu-west-1", "sts")
    assert (form(sts.only)["Action"], form(sts.only)["RoleArn"]) == ("AssumeRole", role)
    assert form(sts.only)["RoleSessionName"] == "from-a-test"
    assert f"<AccessKeyId>{wire.only.key_id}</AccessKeyId>".encode() in sts.only.answer
    assert f"<SessionToken>{wire.only.headers['x-amz-security-token']}</SessionToken>".encode() in sts.only.answer
    assert wire.only.region == "eu-west-1"


def test_roles_may_follow_each_other(call, write, wire, sts, role, moto):
    second = moto.create_role("second")
    write("credentials", f"[base]\n{STATIC.format('AKIDBASE')}")
    write(
        "config",
        f"[profile first]\nrole_arn = {role}\nsource_profile = base\nregion = eu-west-1\n"
        f"[profile dev]\nrole_arn = {second}\nsource_profile = first\nregion = eu-west-1\n",
    )

    done = call("-ProfileName", "dev", AWS_ENDPOINT_URL_STS=sts.endpoint)

    assert done.status == 0, done.errors
    assert [form(exchange)["RoleArn"] for exchange in sts.exchanges] == [role, second]
    first, last = sts.exchanges
    assert f"<AccessKeyId>{last.key_id}</AccessKeyId>".encode() in first.answer
    assert f"<AccessKeyId>{wire.only.key_id}</AccessKeyId>".encode() in last.answer


def test_profiles_that_lead_to_each_other_are_an_error(call, write, wire, sts, role):
    write(
        "config",
        f"[profile one]\nrole_arn = {role}\nsource_profile = two\nregion = eu-west-1\n"
        f"[profile two]\nrole_arn = {role}\nsource_profile = one\nregion = eu-west-1\n",
    )

    done = call("-ProfileName", "one", AWS_ENDPOINT_URL_STS=sts.endpoint)

    assert (done.status, done.output) == (1, b"")
    assert sts.exchanges == wire.exchanges == []


def test_a_role_is_assumed_once_for_a_whole_pipeline(lm, write, wire, sts, role, echo):
    write("credentials", f"[base]\n{STATIC.format('AKIDBASE')}")
    write("config", f"[profile dev]\nrole_arn = {role}\nsource_profile = base\nregion = eu-west-1\n")

    done = lm(
        "-ProfileName", "dev", "-EndpointUrl", wire.endpoint,
        stdin=f"{echo}\n{echo}\n".encode(), variables=lm.bare | {"AWS_ENDPOINT_URL_STS": sts.endpoint},
    )  # fmt: skip

    assert done.status == 0, done.errors
    assert len(sts.exchanges) == 1
    assert len(wire.exchanges) == 2


def test_keys_of_a_role_are_accepted_where_signatures_are_verified(lm, write, moto, role):
    moto.create_function("for-a-role", role)
    key_id, secret = moto.create_user("base")
    write("credentials", f"[base]\naws_access_key_id = {key_id}\naws_secret_access_key = {secret}\n")
    write("config", f"[profile dev]\nrole_arn = {role}\nsource_profile = base\nregion = us-east-1\n")

    with moto.verifying_signatures():
        done = lm("for-a-role", "-ProfileName", "dev", variables=lm.bare | {"AWS_ENDPOINT_URL": moto.endpoint})

    assert done.status == 0, done.errors


def test_a_role_that_is_refused_is_an_error(call, write, wire, sts, moto, role):
    write("credentials", f"[base]\n{STATIC.format('AKIANOBODY')}")
    write("config", f"[profile dev]\nrole_arn = {role}\nsource_profile = base\nregion = eu-west-1\n")

    with moto.verifying_signatures():
        done = call("-ProfileName", "dev", AWS_ENDPOINT_URL_STS=sts.endpoint)

    assert (done.status, done.output) == (1, b"")
    assert role in done.errors
    assert wire.exchanges == []


def test_a_code_of_a_device_is_asked_for_on_the_terminal(lm, write, wire, sts, role, echo):
    device = "arn:aws:iam::123456789012:mfa/ada"
    write("credentials", f"[base]\n{STATIC.format('AKIDBASE')}")
    write(
        "config",
        f"[profile dev]\nrole_arn = {role}\nsource_profile = base\nmfa_serial = {device}\nregion = eu-west-1\n",
    )
    command = [COMMAND, echo, "-ProfileName", "dev", "-EndpointUrl", wire.endpoint, "-Select", "StatusCode"]

    with Terminal(command, lm.bare | {"AWS_ENDPOINT_URL_STS": sts.endpoint, "TERM": "dumb"}) as screen:
        screen.expect(device)
        screen.type("123456\n")
        status, shown = screen.end()

    assert status == 0, shown
    assert "200\n" in shown
    assert (form(sts.only)["SerialNumber"], form(sts.only)["TokenCode"]) == (device, "123456")
    assert len(wire.exchanges) == 1


def test_without_a_terminal_a_code_cannot_be_asked_for(call, write, wire, sts, role):
    write("credentials", f"[base]\n{STATIC.format('AKIDBASE')}")
    write("config", f"[profile dev]\nrole_arn = {role}\nsource_profile = base\nmfa_serial = m\nregion = eu-west-1\n")

    done = call("-ProfileName", "dev", AWS_ENDPOINT_URL_STS=sts.endpoint)

    assert (done.status, done.output) == (1, b"")
    assert "terminal" in done.errors
    assert sts.exchanges == wire.exchanges == []


def test_a_web_identity_is_exchanged_for_keys(call, write, wire, sts, role):
    token = write("token", "a.web.identity")

    done = call(
        AWS_WEB_IDENTITY_TOKEN_FILE=str(token),
        AWS_ROLE_ARN=role,
        AWS_REGION="eu-west-1",
        AWS_ENDPOINT_URL_STS=sts.endpoint,
    )

    assert done.status == 0, done.errors
    assert form(sts.only)["WebIdentityToken"] == "a.web.identity"
    assert "authorization" not in sts.only.headers
    assert f"<AccessKeyId>{wire.only.key_id}</AccessKeyId>".encode() in sts.only.answer


ROLE_OF_A_MACHINE = {
    "Code": "Success",
    "Type": "AWS-HMAC",
    "AccessKeyId": "ASIAMACHINE",
    "SecretAccessKey": "s",
    "Token": "token",
    "Expiration": "2999-01-01T00:00:00Z",
    "LastUpdated": "2026-01-01T00:00:00Z",
}


def test_a_container_has_keys(call, wire, web):
    container = web(lambda request: Reply(200, json.dumps(ROLE_OF_A_MACHINE).encode()))

    done = call(
        AWS_CONTAINER_CREDENTIALS_FULL_URI=f"{container.endpoint}/role",
        AWS_CONTAINER_AUTHORIZATION_TOKEN="Basic abc",
    )

    assert done.status == 0, done.errors
    assert container.requests[0].headers["authorization"] == "Basic abc"
    assert wire.only.key_id == "ASIAMACHINE"
    assert wire.only.headers["x-amz-security-token"] == "token"


def test_an_instance_has_keys(lm, wire, web, echo):
    answers = {
        "/latest/api/token": "session",
        "/latest/meta-data/iam/security-credentials/": "the-role",
        "/latest/meta-data/iam/security-credentials/the-role": json.dumps(ROLE_OF_A_MACHINE),
    }

    def metadata(request):
        lives = {"x-aws-ec2-metadata-token-ttl-seconds": "21600"}
        known = answers.get(request.target)
        return Reply(404) if known is None else Reply(200, known.encode(), lives)

    instance = web(metadata)
    variables = lm.bare | {
        "AWS_EC2_METADATA_DISABLED": "false",
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": instance.endpoint,
    }

    done = lm(echo, "-EndpointUrl", wire.endpoint, "-Region", "eu-west-1", variables=variables)

    assert done.status == 0, done.errors
    assert wire.only.scope == ("ASIAMACHINE", "eu-west-1", "lambda")
    assert wire.only.headers["x-amz-security-token"] == "token"


def test_single_sign_on_that_is_over_says_what_to_run(call, write, wire):
    write(
        "config",
        "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\nregion = eu-west-1\n"
        "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.invalid/start\n",
    )

    done = call("-ProfileName", "dev", **KEYS_OF_ENVIRONMENT)

    assert (done.status, done.output) == (1, b"")
    assert "aws sso login --profile dev" in done.errors
    assert wire.exchanges == []


def test_single_sign_on_gives_keys_while_it_lasts(call, write, wire, web):
    keys = {"accessKeyId": "ASIASSO", "secretAccessKey": "s", "sessionToken": "token", "expiration": 32_503_680_000_000}
    portal = web(lambda request: Reply(200, json.dumps({"roleCredentials": keys}).encode()))
    write(
        "config",
        "[profile dev]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = dev\nregion = eu-west-1\n"
        "[sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.invalid/start\n",
    )
    session = {"accessToken": "the-session", "expiresAt": "2999-01-01T00:00:00Z", "region": "eu-west-1"}
    name = hashlib.sha1(b"corp").hexdigest()
    write(f".aws/sso/cache/{name}.json", json.dumps(session))

    done = call("-ProfileName", "dev", AWS_ENDPOINT_URL_SSO=portal.endpoint)

    assert done.status == 0, done.errors
    assert "role_name=dev" in portal.requests[0].target
    assert portal.requests[0].headers["x-amz-sso_bearer_token"] == "the-session"
    assert wire.only.scope == ("ASIASSO", "eu-west-1", "lambda")
    assert wire.only.headers["x-amz-security-token"] == "token"
