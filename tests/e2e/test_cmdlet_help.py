"""`Invoke-LMFunction`: its help and its manual page, held against the reference page."""

import re
import shutil
import subprocess

import pytest

BY_VALUE = "True (ByValue, ByPropertyName)"
BY_NAME = "True (ByPropertyName)"

# The table of the reference page, with the two parameters of a later release: place, pipeline, default, aliases.
REFERENCE = {
    "FunctionName": ("1", BY_VALUE, "", []),
    "Payload": ("2", BY_NAME, "{}", []),
    "ClientContext": ("3", BY_NAME, "{}", []),
    "InvocationType": ("4", BY_NAME, "RequestResponse", []),
    "LogType": ("5", BY_NAME, "None", []),
    "ClientContextBase64": ("Named", BY_NAME, "", []),
    "PayloadStream": ("Named", BY_NAME, "", []),
    "Qualifier": ("Named", BY_NAME, "", []),
    "Select": ("Named", BY_NAME, "*", []),
    "PassThru": ("Named", BY_NAME, "False", []),
    "Force": ("Named", BY_NAME, "False", []),
    "TenantId": ("Named", BY_NAME, "", []),
    "DurableExecutionName": ("Named", BY_NAME, "", []),
    "AccessKey": ("Named", BY_NAME, "", ["AK"]),
    "SecretKey": ("Named", BY_NAME, "", ["SK", "SecretAccessKey"]),
    "SessionToken": ("Named", BY_NAME, "", ["ST"]),
    "Credential": ("Named", BY_VALUE, "", []),
    "NetworkCredential": ("Named", BY_VALUE, "", []),
    "ProfileName": ("Named", BY_NAME, "", ["AWSProfileName", "StoredCredentials"]),
    "ProfileLocation": ("Named", BY_NAME, "", ["AWSProfilesLocation", "ProfilesLocation"]),
    "Region": ("Named", BY_NAME, "", ["RegionToCall"]),
    "EndpointUrl": ("Named", BY_NAME, "", []),
}


@pytest.fixture
def shown(lm):
    """What the command prints without anything in its environment, and without sending anything."""

    def shown(*arguments):
        done = lm(*arguments, variables=lm.bare)
        assert (done.status, done.errors) == (0, "")
        return done.output.decode()

    return shown


@pytest.fixture
def manual(shown, tmp_path):
    path = tmp_path / "Invoke-LMFunction.1"
    path.write_text(shown("--man"))
    return path


def facts_of(text):
    """The facts that the help has below a parameter's description."""
    return {
        key.strip(): value.strip() for key, value in re.findall(r"^        (\w[\w? ]+?\??)(?: {2,}(.*))?$", text, re.M)
    }


@pytest.mark.parametrize("name", REFERENCE)
def test_the_help_knows_each_parameter_as_the_reference_page_does(shown, name):
    place, pipeline, default, aliases = REFERENCE[name]

    facts = facts_of(shown("--help=parameter", name))

    assert facts["Required?"] == ("true" if name == "FunctionName" else "false")
    assert facts["Position?"] == place
    assert facts["Default value"] == default
    assert facts["Accept pipeline input?"] == pipeline
    assert facts["Accept wildcard characters?"] == "false"
    assert sorted(re.findall(r"\w+", facts["Aliases"])) == aliases


def test_the_whole_help_has_the_parts_of_get_help_in_their_order(shown):
    text = shown("--help=full")

    parts = ["NAME", "SYNOPSIS", "SYNTAX", "DESCRIPTION", "PARAMETERS", "INPUTS", "OUTPUTS", "RELATED LINKS"]
    places = [text.index(f"\n{part}\n") if part != "NAME" else 0 for part in parts]
    assert places == sorted(places)
    for name in REFERENCE:
        assert f"\n    -{name} " in text


def test_the_short_help_has_every_parameter_and_says_where_there_is_more(shown):
    text = shown("-?")

    assert text == shown("--help")
    for name in REFERENCE:
        assert f"\n    -{name} " in text
    assert "--help=full" in text


def test_help_is_given_whatever_else_is_asked_for(lm, wire, echo):
    done = lm(echo, "{}", "-?")

    assert done.status == 0
    assert done.output.startswith(b"NAME\n")
    assert wire.exchanges == []


def test_the_examples_are_commands(shown):
    examples = re.findall(r"Example \d+\n +(.*)\n", shown("--help=examples"))

    assert len(examples) >= 5
    assert all("Invoke-LMFunction " in example for example in examples)


def test_help_of_an_unknown_parameter_is_an_error(lm):
    done = lm("--help=parameter", "Nonsense", variables=lm.bare)

    assert (done.status, done.output) == (2, b"")
    assert "Nonsense" in done.errors


def test_the_version_is_one_line(shown):
    assert re.fullmatch(r"Invoke-LMFunction \d+\.\d+\.\d+\S*\n", shown("--version"))


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_the_manual_page_is_set_without_a_warning(manual):
    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tutf8", "-P-c", "-P-b", "-P-u", manual],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert [
        part for part in ["NAME", "SYNOPSIS", "DESCRIPTION", "PARAMETERS", "EXIT STATUS"] if part not in lines
    ] == []
    words = done.stdout.split()
    assert [name for name in REFERENCE if f"-{name}" not in words] == []


def test_the_manual_page_has_a_title_that_man_finds(manual):
    text = manual.read_text()

    assert text.startswith(".TH INVOKE-LMFUNCTION 1 ")
    assert re.search(r'^\.SH "NAME"\nInvoke\\-LMFunction \\- \w', text, re.MULTILINE)
