"""The README's "Ten things to do with `Invoke-LMFunction`": each line does what it says, in bash."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.functions import PYTHON, Functions
from support.server import BINARIES, REPOSITORY, clean_environment

README = (REPOSITORY / "README.md").read_text()
HEADING = "## Ten things to do with `Invoke-LMFunction`"
ANSWER = r'\{"hello": "Ada"\}'


def lines_of_the_readme():
    """The commands under the heading, in their order."""
    section = README.partition(HEADING)[2].partition("\n## ")[0]
    block = re.search(r"```sh\n(.*?)```", section, re.DOTALL)[1]
    return [line for line in block.splitlines() if line and not line.startswith("#")]


def whole_answer(payload=r'\{\\"hello\\": \\"Ada\\"\}'):
    return rf'\{{"ExecutedVersion":"\$LATEST",.*"Payload":"{payload}","StatusCode":200,.*"HttpStatusCode":"OK"\}}\n'


# What each line prints, and what it leaves in files.
EXPECTED = {
    """Invoke-LMFunction hello '{"name": "Ada"}'""": whole_answer(),
    """Invoke-LMFunction hello '{"name": "Ada"}' -Select Payload > answer.json""": "",
    """echo '{"name": "Ada"}' > event.json""": "",
    """Invoke-LMFunction hello -PayloadStream @event.json""": whole_answer(),
    """cat event.json | Invoke-LMFunction hello -PayloadStream @- -Select Payload""": ANSWER,
    """Invoke-LMFunction hello '{"name": "Ada"}' -LogType Tail -Select LogResult --output text""": (
        r"(?s)(.*\n)?START RequestId: .*\nEND RequestId: .*\nREPORT RequestId: .*\n"
    ),
    """Invoke-LMFunction hello '{}' --fail-on-function-error -Select FunctionError || echo "status $?\"""": (
        r"Unhandled\nstatus 3\n"
    ),
    """Invoke-LMFunction hello '{"name": "Ada"}' -Qualifier live -Select ExecutedVersion""": r"1\n",
    """Invoke-LMFunction hello '{"name": "Ada"}' -InvocationType Event -Select StatusCode""": r"202\n",
    """Invoke-LMFunction hello -InvocationType DryRun -Select StatusCode""": r"204\n",
    """Invoke-LMFunction hello '{"name": "Ada"}' -WhatIf""": "",
    (
        r"""printf '{"Payload": {"name": "%s"}}\n' Ada Grace """
        "| Invoke-LMFunction hello --stdin -Select Payload --output text"
    ): r'\{"hello": "Ada"\}\n\{"hello": "Grace"\}\n',
    (
        "aws lambda list-functions --query Functions "
        """| Invoke-LMFunction -Payload '{"name": "Ada"}' --keep-going"""
    ): whole_answer(),
    """Invoke-LMFunction hello '{"name": "Ada"}' -ProfileName dev -Region eu-west-1""": whole_answer(),
}


@pytest.fixture
def shell(start_server, tmp_path):
    """A bash where everything is as the README has it before the ten things: server, function, alias, profile."""
    server = start_server()
    code = re.search(r"^echo '(def handler.*)' > main\.py$", README, re.MULTILINE)[1]
    functions = Functions(server.client())
    functions.create(PYTHON, FunctionName="hello", Handler="main.handler", files={"main.py": code}, Publish=True)
    server.client().create_alias(FunctionName="hello", Name="live", FunctionVersion="1")
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws" / "config").write_text("[profile dev]\naws_access_key_id = AKIDDEV\naws_secret_access_key = s\n")
    variables = clean_environment() | {
        "HOME": str(home),
        "PATH": f"{BINARIES}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }

    def run(line):
        return subprocess.run(
            ["bash", "-o", "pipefail", "-c", f'eval "$(invoked env --data-dir {server.data_dir})"\n{line}'],
            env=variables,
            cwd=home,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            start_new_session=True,
            check=False,
        )

    run.home = home
    return run


def test_each_line_does_what_it_says(shell):
    lines = lines_of_the_readme()
    assert lines == list(EXPECTED)

    for line in lines:
        done = shell(line)
        assert done.returncode == 0, (line, done.stderr)
        assert re.fullmatch(EXPECTED[line], done.stdout), (line, done.stdout)
        if "-WhatIf" in line:
            assert done.stderr.startswith("What if: "), done.stderr
        elif "--fail-on-function-error" in line:
            assert done.stderr.startswith("WARNING: "), done.stderr
        else:
            assert done.stderr == "", line
    assert re.fullmatch(ANSWER, (shell.home / "answer.json").read_text())
