"""`Invoke-LMFunction -NetworkCredential`: through an identity provider to a role, and with it to the function."""

import json
import signal
from urllib.parse import parse_qs

import pytest
from support.command import COMMAND
from support.identity_provider import IdentityProvider, assertion, form
from support.recorder import Recorder
from support.terminal import Terminal
from support.waiting import wait_until

PROVIDER_ARN = "arn:aws:iam::123456789012:saml-provider/ADFS"
ROLE_ARN = "arn:aws:iam::123456789012:role/Dev"
PAIR = f"{PROVIDER_ARN},{ROLE_ARN}"
REVERSED_PAIR = f"{ROLE_ARN},{PROVIDER_ARN}"
FORM = form(assertion(PAIR))
USER = "alice"
PASSWORD = "Pässword: 1"
CREDENTIAL = json.dumps({"UserName": USER, "Password": PASSWORD})


@pytest.fixture
def identity_provider():
    """Starts identity providers, which have a form with an assertion unless told otherwise."""
    started = []

    def start(scheme="Basic", page=FORM):
        started.append(IdentityProvider(scheme, USER, PASSWORD, page))
        return started[-1]

    yield start
    for provider in started:
        provider.stop()


@pytest.fixture
def sts(moto):
    recorder = Recorder(moto.address)
    yield recorder
    recorder.stop()


@pytest.fixture
def profile(lm):
    """Writes the profile `dev`, which signs in at an endpoint."""

    def write(endpoint, scheme="Basic", pair=PAIR):
        (lm.home / ".aws").mkdir()
        (lm.home / ".aws" / "config").write_text(
            f"[saml-endpoint adfs]\nendpoint = {endpoint}\n"
            + (f"authentication_type = {scheme}\n" if scheme else "")
            + f"[profile dev]\nendpoint_name = adfs\nrole_arn = {pair}\nregion = eu-west-1\n"
            "[profile static]\naws_access_key_id = AKIDSTATIC\naws_secret_access_key = s\n"
        )

    return write


@pytest.fixture
def call(lm, wire, echo, sts):
    """Calls the echo as the profile `dev`."""

    def call(*arguments, profile="dev", **variables):
        variables = lm.bare | {"AWS_ENDPOINT_URL_STS": sts.endpoint} | variables
        return lm(echo, "-EndpointUrl", wire.endpoint, "-ProfileName", profile, *arguments, variables=variables)

    return call


def request_of(sts):
    return {name: values[0] for name, values in parse_qs(sts.only.body.decode()).items()}


@pytest.mark.parametrize("scheme", ["Basic", "Digest"])
def test_who_signs_in_calls_as_the_role(identity_provider, profile, call, sts, wire, scheme):
    provider = identity_provider(scheme)
    profile(provider.url, scheme)

    done = call("-NetworkCredential", CREDENTIAL)

    assert done.status == 0, done.errors
    request = request_of(sts)
    assert request["Action"] == "AssumeRoleWithSAML"
    assert (request["PrincipalArn"], request["RoleArn"]) == (PROVIDER_ARN, ROLE_ARN)
    assert request["SAMLAssertion"] in provider.page
    assert request["DurationSeconds"] == "3600"
    assert "authorization" not in sts.only.headers
    assert f"<AccessKeyId>{wire.only.key_id}</AccessKeyId>".encode() in sts.only.answer
    assert f"<SessionToken>{wire.only.headers['x-amz-security-token']}</SessionToken>".encode() in sts.only.answer
    assert wire.only.region == "eu-west-1"


@pytest.mark.parametrize("of_profile", [PAIR, REVERSED_PAIR, PAIR.upper()], ids=["provider", "role", "capitals"])
@pytest.mark.parametrize("of_assertion", [PAIR, REVERSED_PAIR], ids=["provider first", "role first"])
def test_the_two_arns_may_have_any_order(identity_provider, profile, call, sts, of_profile, of_assertion):
    profile(identity_provider(page=form(assertion(of_assertion))).url, pair=of_profile)

    done = call("-NetworkCredential", CREDENTIAL)

    assert done.status == 0, done.errors
    assert (request_of(sts)["PrincipalArn"], request_of(sts)["RoleArn"]) == (PROVIDER_ARN, ROLE_ARN)


def test_the_last_form_field_counts(identity_provider, profile, call, sts):
    page = '<form><input type="hidden" name="SAMLResponse" value="b2xk"/></form>' + FORM
    profile(identity_provider(page=page).url)

    assert call("-NetworkCredential", CREDENTIAL).status == 0
    assert request_of(sts)["SAMLAssertion"] in FORM


def test_the_credential_may_be_in_a_file(identity_provider, profile, call, wire, lm):
    profile(identity_provider().url)
    (lm.home / "credential.json").write_text(CREDENTIAL)

    assert call("-NetworkCredential", "@credential.json").status == 0
    assert len(wire.exchanges) == 1


def test_the_password_may_be_in_the_environment(identity_provider, profile, call, wire):
    profile(identity_provider().url)

    assert call("-NetworkCredential", USER, LM_NETWORK_PASSWORD=PASSWORD).status == 0
    assert len(wire.exchanges) == 1


@pytest.fixture
def at_the_password(identity_provider, profile, lm, wire, sts, echo):
    """Runs the call on a terminal until it asks for the password."""
    profile(identity_provider().url)
    command = [
        COMMAND, echo, "-EndpointUrl", wire.endpoint, "-ProfileName", "dev", "-NetworkCredential", USER,
        "-Select", "StatusCode",
    ]  # fmt: skip
    with Terminal(command, lm.bare | {"AWS_ENDPOINT_URL_STS": sts.endpoint, "TERM": "dumb"}) as screen:
        screen.expect(f"Password for {USER}")
        yield screen


def test_the_password_is_asked_for_on_the_terminal_and_not_shown(at_the_password, wire):
    wait_until(lambda: not at_the_password.echoes, "the terminal hides what is typed")
    at_the_password.type(f"{PASSWORD}\n")
    status, shown = at_the_password.end()

    assert status == 0, shown
    assert PASSWORD not in shown
    assert "200\n" in shown
    assert at_the_password.echoes
    assert len(wire.exchanges) == 1


def test_an_interrupt_at_the_password_leaves_the_terminal_as_it_was(at_the_password, sts, wire):
    wait_until(lambda: not at_the_password.echoes, "the terminal hides what is typed")
    # Ctrl-C
    at_the_password.type("\x03")
    status, _ = at_the_password.end()

    assert status == 128 + signal.SIGINT
    assert at_the_password.echoes
    assert sts.exchanges == wire.exchanges == []


def test_without_a_terminal_a_password_has_to_be_given(identity_provider, profile, call, wire):
    provider = identity_provider()
    profile(provider.url)

    done = call("-NetworkCredential", USER)

    assert (done.status, done.output) == (1, b"")
    assert "LM_NETWORK_PASSWORD" in done.errors
    assert provider.requests == wire.exchanges == []


def test_a_record_with_user_and_password_binds_to_the_credential(identity_provider, profile, lm, wire, sts, echo):
    profile(identity_provider().url)

    done = lm(
        echo, "--stdin", "-EndpointUrl", wire.endpoint, "-ProfileName", "dev",
        stdin=CREDENTIAL.encode(), variables=lm.bare | {"AWS_ENDPOINT_URL_STS": sts.endpoint},
    )  # fmt: skip

    assert done.status == 0, done.errors
    assert len(wire.exchanges) == len(sts.exchanges) == 1


def test_a_pipeline_signs_in_once(identity_provider, profile, lm, wire, sts, echo):
    profile(identity_provider().url)

    done = lm(
        "-EndpointUrl", wire.endpoint, "-ProfileName", "dev", "-NetworkCredential", CREDENTIAL,
        stdin=f"{echo}\n{echo}\n".encode(), variables=lm.bare | {"AWS_ENDPOINT_URL_STS": sts.endpoint},
    )  # fmt: skip

    assert done.status == 0, done.errors
    assert len(wire.exchanges) == 2
    assert len(sts.exchanges) == 1


def failing(done, sts, wire, *words):
    """The call failed for a reason with these words, without a word of the password, and reached nobody else."""
    assert (done.status, done.output) == (1, b"")
    for word in words:
        assert word in done.errors
    assert PASSWORD not in done.errors
    assert sts.exchanges == wire.exchanges == []


@pytest.mark.parametrize("scheme", ["Basic", "Digest"])
def test_a_wrong_password_is_an_error(identity_provider, profile, call, sts, wire, scheme):
    profile(identity_provider(scheme).url, scheme)

    done = call("-NetworkCredential", json.dumps({"UserName": USER, "Password": "wrong"}))

    failing(done, sts, wire, USER, "password")


def test_a_page_without_an_assertion_is_described(identity_provider, profile, call, sts, wire):
    page = "<html><head><title>Sign In</title></head><body><form><input name='user'></form></body></html>"
    profile(identity_provider(page=page).url)

    failing(call("-NetworkCredential", CREDENTIAL), sts, wire, "SAMLResponse", "Sign In")


def test_a_role_that_is_not_listed_is_an_error(identity_provider, profile, call, sts, wire):
    other = f"{PROVIDER_ARN},arn:aws:iam::123456789012:role/Other"
    profile(identity_provider(page=form(assertion(other))).url)

    failing(call("-NetworkCredential", CREDENTIAL), sts, wire, "role/Dev", "role/Other")


def test_redirects_in_a_circle_end(identity_provider, profile, call, sts, wire):
    provider = identity_provider(page=None)
    profile(provider.url)

    failing(call("-NetworkCredential", CREDENTIAL), sts, wire, "redirect")
    assert len(provider.requests) < 200


def test_a_scheme_that_is_not_offered_is_an_error(identity_provider, profile, call, sts, wire):
    profile(identity_provider("Basic").url, "NTLM")

    failing(call("-NetworkCredential", CREDENTIAL), sts, wire, "NTLM", "Basic")


def test_a_password_never_goes_over_plain_http_to_another_machine(profile, call, sts, wire):
    profile("http://adfs.invalid/adfs/ls/")

    failing(call("-NetworkCredential", CREDENTIAL), sts, wire, "https")


def test_nobody_serving_the_identity_provider_is_an_error(profile, call, sts, wire):
    profile("https://127.0.0.1:1/adfs/ls/")

    failing(call("-NetworkCredential", CREDENTIAL), sts, wire, "127.0.0.1:1")


def test_what_the_token_service_refuses_is_an_error(identity_provider, profile, call, wire):
    provider = identity_provider()
    profile(provider.url)

    done = call("-NetworkCredential", CREDENTIAL, AWS_ENDPOINT_URL_STS="http://127.0.0.1:1")

    assert (done.status, done.output) == (1, b"")
    assert ROLE_ARN in done.errors
    assert wire.exchanges == []


@pytest.mark.parametrize("given", ["", "alice:secret", '{"Password": "secret"}', "{", "@nowhere"])
def test_what_is_no_network_credential_is_refused(identity_provider, profile, call, wire, given):
    provider = identity_provider()
    profile(provider.url)

    done = call("-NetworkCredential", given)

    assert (done.status, done.output) == (2, b"")
    assert "-NetworkCredential" in done.errors
    assert provider.requests == wire.exchanges == []


@pytest.mark.parametrize("arguments", [[], ["-AccessKey", "a", "-SecretKey", "s"]], ids=["profile", "keys"])
def test_a_network_credential_for_nobody_is_refused(profile, call, wire, arguments):
    profile("https://127.0.0.1:1/adfs/ls/")

    done = call("-NetworkCredential", CREDENTIAL, *arguments, profile="static")

    assert (done.status, done.output) == (2, b"")
    assert "SAML" in done.errors
    assert wire.exchanges == []


def test_an_endpoint_that_is_not_described_is_an_error(profile, call, sts, wire, lm):
    profile("https://127.0.0.1:1/adfs/ls/")
    config = lm.home / ".aws" / "config"
    config.write_text(config.read_text().replace("saml-endpoint adfs", "saml-endpoint other"))

    failing(call("-NetworkCredential", CREDENTIAL), sts, wire, "saml-endpoint adfs")
