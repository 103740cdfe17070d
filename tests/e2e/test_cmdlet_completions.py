"""`Invoke-LMFunction --completions`: the scripts in the shells they are for, with the Tab key pressed.

PowerShell is not among them: no package source that this project builds with has it.
"""

import os
import shutil
import subprocess

import pytest
from support.command import COMMAND
from support.terminal import Terminal

TAB = "\t"

# What is typed after the command, and the arguments that the command then gets.
TYPED = {
    "a name in any case": (f"f -inv{TAB}", ["f", "-InvocationType"]),
    "a value after its name": (f"f -InvocationType ev{TAB}", ["f", "-InvocationType", "Event"]),
    "name and value in a row": (f"f -inv{TAB}dr{TAB}", ["f", "-InvocationType", "DryRun"]),
    "a value after a colon": (f"f -LogType:t{TAB}", ["f", "-LogType:Tail"]),
    "a value by its position": (f"f 1 2 ev{TAB}", ["f", "1", "2", "Event"]),
    "an option": (f"f --keep{TAB}", ["f", "--keep-going"]),
    "a value after an equals sign": (f"f --output=j{TAB}", ["f", "--output=json"]),
    "a property": (f"f -Select exe{TAB}", ["f", "-Select", "ExecutedVersion"]),
    "a parameter of its own": (f"f -Select ^Fu{TAB}", ["f", "-Select", "^FunctionName"]),
    "a file": (f"f -PayloadStream @ev{TAB}", ["f", "-PayloadStream", "@event.json"]),
    "a file in a folder": (f"f -PayloadStream @folder/in{TAB}", ["f", "-PayloadStream", "@folder/inner.json"]),
    "a file after a colon": (f"f -PayloadStream:@ev{TAB}", ["f", "-PayloadStream:@event.json"]),
    "a profile": (f"f -ProfileName st{TAB}", ["f", "-ProfileName", "staging"]),
    "a region": (f"f -Region me-s{TAB}", ["f", "-Region", "me-south-1"]),
    "nothing that is known": (f"f -Nonsense{TAB}", ["f", "-Nonsense"]),
}


def shell(name):
    """The shell is installed with what the tests need, where that can be done."""
    missing = shutil.which(name) is None
    return pytest.param(name, marks=pytest.mark.skipif(missing, reason=f"{name} is not installed"))


@pytest.fixture
def folder(lm):
    """A home with files, profiles, and a command that completes as the real one and else shows its arguments."""
    (lm.home / "event.json").write_text("{}")
    (lm.home / "folder").mkdir()
    (lm.home / "folder" / "inner.json").write_text("{}")
    (lm.home / ".aws").mkdir()
    (lm.home / ".aws" / "config").write_text("[profile staging]\nregion = eu-west-1\n[profile production]\n")
    command = lm.home / "bin" / "Invoke-LMFunction"
    command.parent.mkdir()
    command.write_text(
        f"#!/bin/sh\ncase $1 in --complete|--completions) exec '{COMMAND}' \"$@\";; esac\n"
        "printf RAN; printf ' <%s>' \"$@\"; echo\n"
    )
    command.chmod(0o755)
    return lm.home


@pytest.fixture
def variables(lm, folder):
    return lm.bare | {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "TERM": "dumb", "INPUTRC": "/dev/null"}


# How a shell is started, the file it reads then, and what that file says.
STARTS = {
    "bash": (["bash", "--rcfile", ".bashrc", "-i"], ".bashrc", "source <(Invoke-LMFunction --completions bash)\n"),
    "zsh": (
        ["zsh", "-d", "-i"],
        ".zshrc",
        "unsetopt prompt_sp\nautoload -U compinit\ncompinit -D\nsource <(Invoke-LMFunction --completions zsh)\n",
    ),
}


@pytest.fixture
def typing(variables, folder):
    """Starts a shell that completes, and types a line. Returns the terminal."""
    opened = []

    def start(shell, line):
        command, file, text = STARTS[shell]
        (folder / file).write_text(f"{text}PS1='ready> '\n")
        screen = Terminal(command, variables, cwd=folder)
        opened.append(screen)
        screen.expect("ready> ")
        screen.type(f"Invoke-LMFunction {line}")
        return screen

    yield start
    for screen in opened:
        screen.__exit__()


@pytest.mark.parametrize("shell", [shell("bash"), shell("zsh")])
@pytest.mark.parametrize("case", TYPED)
def test_what_is_begun_is_completed(typing, shell, case):
    typed, arguments = TYPED[case]

    screen = typing(shell, f"{typed}\n")

    screen.expect("RAN")
    assert screen.expect("\n").split() == [f"<{argument}>" for argument in arguments]


@pytest.mark.parametrize("shell", [shell("bash"), shell("zsh")])
def test_what_has_many_ends_is_listed(typing, shell):
    screen = typing(shell, f"f -Profile{TAB}{TAB}")

    for name in ["-ProfileLocation", "-ProfileName"]:
        screen.expect(name)


@pytest.mark.parametrize("shell", [shell("fish")])
@pytest.mark.parametrize("case", TYPED)
def test_fish_finds_the_end_of_what_is_begun(variables, folder, shell, case):
    typed, arguments = TYPED[case]
    # The last Tab is the one asked about; those before it are done.
    words = ["Invoke-LMFunction", *arguments[:-1], typed.rstrip(TAB).replace(TAB, " ").split()[-1]]

    done = subprocess.run(
        [
            shell,
            "--no-config",
            "-c",
            'Invoke-LMFunction --completions fish | source; complete -C "$argv"',
            " ".join(words),
        ],
        env=variables,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    found = [line.partition("\t")[0] for line in done.stdout.splitlines()]
    assert found == ([] if words[-1] == arguments[-1] else arguments[-1:])


def test_a_script_exists_for_every_shell_and_no_other(lm):
    for shell in ["bash", "zsh", "fish", "pwsh"]:
        done = lm("--completions", shell, variables=lm.bare)
        assert (done.status, done.errors) == (0, "")
        assert b"Invoke-LMFunction" in done.output
    assert lm("--completions", "tcsh", variables=lm.bare).status == 2


def test_completion_sends_nothing(lm, wire):
    done = lm("--complete", "--", "-FunctionName", "f", "-Sel")

    assert done.output.split() == [b"-Select"]
    assert wire.exchanges == []
