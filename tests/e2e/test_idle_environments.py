"""Environments without work: frozen, thawed, and ended when others need their memory."""

import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.errors import refused
from support.functions import COMPILED, NODE, PYTHON, Functions
from support.waiting import wait_until

PYTHON_TICKS = """
import threading, time
ticks = 0

def tick():
    global ticks
    while True:
        time.sleep(0.005)
        ticks += 1

threading.Thread(target=tick, daemon=True).start()

def handler(event, context):
    return ticks
"""

NODE_TICKS = """
let ticks = 0;
setInterval(() => { ticks += 1; }, 5);
exports.handler = async () => ticks;
"""

TICKS = {"python": {"behaviours.py": PYTHON_TICKS}, "node": {"behaviours.js": NODE_TICKS}}

NODE_LEFT_OVER = """
exports.handler = async (event) => {
  if (event.leave) setTimeout(() => console.log('left over'), 50);
  return null;
};
"""


def ticks_between(functions, kind, seconds=0.6):
    """How often a background timer of 5 ms has fired between two invocations."""
    name = functions.create(kind, files=TICKS[kind.name])
    first = functions.invoke(name).json
    time.sleep(seconds)
    return functions.invoke(name).json - first


@pytest.mark.parametrize("kind", [PYTHON, NODE], ids=lambda kind: kind.name)
def test_work_left_over_stands_still_between_invocations(functions, start_server, kind):
    awake = Functions(start_server("--freeze-after", "never").client())

    frozen, running = ticks_between(functions, kind), ticks_between(awake, kind)

    assert frozen * 3 < running, f"{frozen} ticks frozen, {running} running"


def test_work_left_over_goes_on_with_the_next_invocation(functions):
    name = functions.create(NODE, files={"behaviours.js": NODE_LEFT_OVER})
    assert "left over" not in functions.invoke(name, {"leave": True}, LogType="Tail").log
    time.sleep(0.3)

    def in_the_next():
        return "left over" in functions.invoke(name, LogType="Tail").log

    wait_until(in_the_next, "the work goes on")


@pytest.mark.parametrize("kind", [PYTHON, NODE, COMPILED], ids=lambda kind: kind.name)
def test_a_frozen_environment_answers_and_ends_as_any_other(functions, start_server, kind):
    server = start_server("--freeze-after", "0ms", "--prestart-memory", "0")
    functions = Functions(server.client())
    name = functions.create(kind)
    for n in range(5):
        assert functions.invoke(name, {"n": n}).error is None
        time.sleep(0.05)
    assert len(server.environments()) > 0

    functions.clear()

    wait_until(lambda: server.environments() == set(), "the environment has ended")


def test_idle_environments_end_when_their_memory_is_needed(start_server):
    server = start_server("--environment-memory", "128", "--prestart-memory", "0", "--idle-time", "24h")
    functions = Functions(server.client())
    for _ in range(3):
        # Nothing is known of what it uses, so it counts with everything.
        assert functions.invoke(functions.create(COMPILED)).error is None
        wait_until(lambda: len(server.environments()) == 1, "the idle one has ended")


def test_an_environment_that_does_not_fit_is_refused(start_server):
    server = start_server("--environment-memory", "200", "--prestart-memory", "0")
    functions = Functions(server.client())
    name = functions.create(COMPILED, MemorySize=256)

    with ThreadPoolExecutor() as threads:
        slow = threads.submit(functions.invoke, name, {"do": "sleep", "ms": 2000})
        wait_until(lambda: len(server.environments()) == 1, "the first one runs")
        text = re.compile("128 MB does not fit beside the 128 MB")
        with refused("TooManyRequestsException", text, status=429):
            functions.invoke(name)
        assert slow.result().error is None
    with ThreadPoolExecutor() as threads:
        several = list(threads.map(lambda _: functions.invoke(name, {"do": "sleep", "ms": 300}), range(8)))
    # Now it is known how little they use.
    assert all(answer.error is None for answer in several)


def test_an_environment_is_not_kept_longer_than_the_idle_time(start_server):
    server = start_server("--idle-time", "1s", "--prestart-memory", "0")
    functions = Functions(server.client())
    functions.invoke(functions.create(COMPILED))

    wait_until(lambda: server.environments() == set(), "the idle one has ended")
