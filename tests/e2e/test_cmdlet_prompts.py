"""`Invoke-LMFunction` on a terminal: what a person sees, is asked, and answers."""

import signal
import subprocess

import pytest
from support.command import COMMAND
from support.functions import PYTHON
from support.terminal import Terminal

QUESTION = '[Y] Yes  [A] Yes to All  [N] No  [L] No to All  [?] Help (default is "Y"): '


@pytest.fixture
def terminal(lm):
    """Starts the command on a terminal, which understands no colours unless told otherwise."""

    def start(*arguments, TERM="dumb", streams=None):
        return Terminal([COMMAND, *arguments], lm.variables | {"TERM": TERM}, **(streams or {}))

    return start


def test_a_terminal_gets_powershells_list(terminal, echo):
    with terminal(echo, '{"a":1}', "-LogType", "Tail") as screen:
        status, shown = screen.end()

    assert status == 0
    lines = shown.splitlines()
    values = {name.strip(): value.strip() for name, colon, value in (line.partition(" :") for line in lines) if colon}
    assert list(values) == [
        "ExecutedVersion",
        "FunctionError",
        "LogResult",
        "Payload",
        "StatusCode",
        "ResponseMetadata",
        "ContentLength",
        "HttpStatusCode",
    ]
    assert values["StatusCode"] == "200"
    assert values["ExecutedVersion"] == "$LATEST"
    assert values["Payload"] == '{"a":1}'
    assert any("START RequestId: " in line for line in lines)
    assert any("REPORT RequestId: " in line for line in lines)


def test_a_terminal_with_colours_gets_them_unless_they_are_unwanted(lm, echo):
    with Terminal([COMMAND, echo], lm.variables | {"TERM": "xterm"}) as screen:
        _, coloured = screen.end()
    with Terminal([COMMAND, echo], lm.variables | {"TERM": "xterm", "NO_COLOR": "1"}) as screen:
        _, plain = screen.end()

    assert "\x1b[" in coloured
    assert "\x1b" not in plain


def test_a_selected_payload_ends_its_line_on_a_terminal(terminal, echo):
    with terminal(echo, '{"a":1}', "-Select", "Payload") as screen:
        assert screen.end() == (0, '{"a":1}\n')


def test_what_a_function_answers_cannot_control_the_terminal(terminal, functions):
    code = "def handler(event, context): return '\\x9b31m'"
    name = functions.create(PYTHON, files={"behaviours.py": code})

    with terminal(name, "-LogType", "Tail") as screen:
        status, shown = screen.end()

    assert status == 0
    assert "\x1b" not in shown
    assert "\x9b" not in shown


@pytest.mark.parametrize("answer", ["", "y", "YES", "a", "Yes to All"])
def test_who_agrees_invokes(terminal, wire, echo, answer):
    with terminal(echo, "{}", "-Confirm", "-Select", "StatusCode") as screen:
        before = screen.expect(QUESTION)
        screen.type(f"{answer}\n")
        status, shown = screen.end()

    assert before == (
        "\nConfirm\nAre you sure you want to perform this action?\n"
        f'Performing the operation "Invoke-LMFunction (Invoke)" on target "{echo}".\n'
    )
    assert (status, shown) == (0, f"{answer}\n200\n")
    assert len(wire.exchanges) == 1


@pytest.mark.parametrize("answer", ["n", "No", "l", "no to all"])
def test_who_declines_does_not(terminal, wire, echo, answer):
    with terminal(echo, "{}", "-cf") as screen:
        screen.expect(QUESTION)
        screen.type(f"{answer}\n")
        assert screen.end() == (0, f"{answer}\n")

    assert wire.exchanges == []


def test_who_is_not_understood_or_asks_for_help_is_asked_again(terminal, wire, echo):
    with terminal(echo, "{}", "-Confirm", "-Select", "StatusCode") as screen:
        screen.expect(QUESTION)
        screen.type("perhaps\n")
        screen.expect(QUESTION)
        screen.type("?\n")
        assert "L - Skip this operation and all subsequent operations." in screen.expect(QUESTION)
        screen.type("y\n")
        assert screen.end() == (0, "y\n200\n")

    assert len(wire.exchanges) == 1


def test_who_hangs_up_has_not_agreed(terminal, wire, echo):
    with terminal(echo, "{}", "-Confirm") as screen:
        screen.expect(QUESTION)
        # Ctrl-D
        screen.type("\x04")
        status, _ = screen.end()

    assert status == 0
    assert wire.exchanges == []


@pytest.mark.parametrize(
    ("answers", "called"), [("yn", [True, False]), ("ny", [False, True]), ("a", [True, True]), ("l", [False, False])]
)
def test_each_record_is_asked_about_until_all_are_answered_for(terminal, wire, echo, behaving, answers, called):
    streams = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}

    with terminal("-Confirm", "-Select", "^FunctionName", streams=streams) as screen:
        screen.process.stdin.write(f"{echo}\n{behaving}\n".encode())
        screen.process.stdin.close()
        for answer in answers:
            screen.expect(QUESTION)
            screen.type(f"{answer}\n")
        printed = screen.process.stdout.read().decode().split()
        status, _ = screen.end()

    assert status == 0
    assert printed == [name for name, is_called in zip([echo, behaving], called, strict=True) if is_called]
    assert len(wire.exchanges) == len(printed)


def test_force_and_what_if_ask_nobody_on_a_terminal_either(terminal, wire, echo):
    with terminal(echo, "-Confirm", "-Force", "-Select", "StatusCode") as screen:
        assert screen.end() == (0, "200\n")
    with terminal(echo, "-Confirm", "-WhatIf") as screen:
        status, shown = screen.end()

    assert status == 0
    assert shown.startswith("What if: ")
    assert len(wire.exchanges) == 1


def test_a_wait_is_shown_on_a_terminal_and_gone_with_the_answer(terminal, behaving):
    with terminal(behaving, '{"do": "sleep", "ms": 2500}', "-Select", "StatusCode", TERM="xterm") as screen:
        screen.expect(f"{behaving}: waiting for the answer, 1 s")
        screen.expect(", 2 s")
        status, shown = screen.end()

    assert status == 0
    assert shown.rpartition("\r\x1b[K")[2] == "200\n"


def test_a_wait_is_not_shown_where_it_would_be_in_the_way(lm, behaving):
    done = lm(behaving, '{"do": "sleep", "ms": 1500}')

    assert (done.status, done.errors) == (0, "")


def test_an_interrupt_on_the_terminal_ends_the_wait(terminal, wire, behaving):
    streams = {"stdout": subprocess.PIPE}

    with terminal(behaving, '{"do": "sleep", "ms": 6000}', TERM="xterm", streams=streams) as screen:
        screen.expect("waiting for the answer")
        # Ctrl-C
        screen.type("\x03")
        printed = screen.process.stdout.read()
        status, shown = screen.end()

    assert (status, printed) == (128 + signal.SIGINT, b"")
    assert "interrupted" in shown.rpartition("\r\x1b[K")[2]
    assert len(wire.exchanges) == 1


def test_an_interrupt_at_the_question_sends_nothing(terminal, wire, echo):
    with terminal(echo, "-Confirm") as screen:
        screen.expect(QUESTION)
        screen.type("\x03")
        status, _ = screen.end()

    assert status == 128 + signal.SIGINT
    assert wire.exchanges == []


def test_at_a_terminal_a_missing_name_is_not_waited_for(terminal, wire):
    with terminal("-Payload", "{}") as screen:
        status, shown = screen.end()

    assert status == 2
    assert "FunctionName" in shown
    assert wire.exchanges == []


def test_records_may_be_typed_when_that_is_asked_for(terminal, wire, echo):
    with terminal("--stdin", "-Select", "StatusCode") as screen:
        screen.type(f"{echo}\n")
        screen.expect("200\n")
        screen.type("\x04")
        status, _ = screen.end()

    assert status == 0
    assert len(wire.exchanges) == 1
