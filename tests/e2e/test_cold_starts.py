"""Runtimes that were started ahead of time: a function cannot tell, but for what only the kernel remembers."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.functions import NODE, PYTHON, RUBY, Functions
from support.waiting import wait_until

PYTHON_FACTS = """
import os, sys

def handler(event, context):
    with open("/proc/self/environ", "rb") as file:
        variables = file.read()
    waited, forked = b"_INVOKED_WAITS" in variables, b"_INVOKED_IS_MOULD" in variables
    with open("/tmp/written", "w") as file:
        file.write("x" * 100_000)
    facts = {
        "environment": dict(os.environ), "argv": sys.argv, "path": sys.path, "cwd": os.getcwd(), "pid": os.getpid(),
        "stdin": os.readlink("/proc/self/fd/0"), "open": sorted(int(fd) for fd in os.listdir("/proc/self/fd"))[:3],
        "input": sys.stdin.read(), "limits": sorted(os.listdir("/var/task")), "main": sys.modules["__main__"].__file__,
        "flags": list(sys.flags), "tmp": os.statvfs("/tmp").f_blocks * os.statvfs("/tmp").f_frsize, "uid": os.getuid(),
        "leftover modules": [name for name in ("_ctypes", "_invoked_mould") if name in sys.modules],
        "parent": os.getppid(), "program": os.readlink("/proc/self/exe"), "status": confinement(),
    }
    return {"waited": waited, "forked": forked, "facts": facts, "place": id(sys.modules)}

def confinement():
    wanted = ("Uid", "Gid", "Groups", "Threads", "Sig", "Shd", "Cap", "NoNewPrivs", "Seccomp", "Umask")
    with open("/proc/self/status") as file:
        return [line for line in file if line.startswith(wanted) and not line.startswith("SigQ")]
"""

NODE_FACTS = """
const fs = require('fs');
exports.handler = async () => ({
  waited: fs.readFileSync('/proc/self/environ', 'utf8').includes('_INVOKED_WAITS'),
  facts: {
    environment: { ...process.env }, argv: process.argv, execArgv: process.execArgv, cwd: process.cwd(), pid: process.pid,
    stdin: fs.readlinkSync('/proc/self/fd/0'), input: fs.readFileSync(0, 'utf8'), main: typeof require.main,
    files: fs.readdirSync('/var/task'), paths: module.paths, zone: new Date(0).getTimezoneOffset(),
    globals: Reflect.ownKeys(globalThis).map(String).sort(), loaded: Object.keys(require.cache).sort(),
    open: fs.readdirSync('/proc/self/fd'),
    listeners: process.eventNames().map((name) => [String(name), process.listenerCount(name)]).sort(),
  },
});
"""

RUBY_FACTS = """
def handler(event:, context:)
  waited = File.binread('/proc/self/environ').include?('_INVOKED_WAITS')
  File.write('/tmp/written', 'x' * 100_000)
  facts = {
    environment: ENV.to_h, argv: ARGV, program: $PROGRAM_NAME, path: $LOAD_PATH, cwd: Dir.pwd, pid: Process.pid,
    stdin: File.readlink('/proc/self/fd/0'), input: $stdin.read, gems: Gem.path, uid: Process.uid,
    zone: Time.now.utc_offset, encoding: [Encoding.default_external.name, ENV['LANG'].encoding.name],
  }
  { waited: waited, facts: facts }
end
"""

FILES = {"python": {"behaviours.py": PYTHON_FACTS}, "node": {"behaviours.js": NODE_FACTS}, "ruby": {"main.rb": RUBY_FACTS}}
ON_THIS_HOST = [PYTHON, NODE] + ([RUBY] if shutil.which("ruby") else [])

# Different in every environment.
OF_THE_MOMENT = {
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "_X_AMZN_TRACE_ID",
}


# So that nobody is done before all have begun.
SLOW = """
facts_of = handler

def handler(event, context):
    __import__("time").sleep(0.5)
    return facts_of(event, context)
"""


def first_answer(functions, kind, variables=None):
    """What a new function says in its first invocation."""
    name = functions.create(kind, files=FILES[kind.name], Environment={"Variables": variables or {}})
    answer = functions.invoke(name)
    assert answer.error is None, answer.json
    return answer.json


def without_the_moment(facts):
    environment = {name: value for name, value in facts["environment"].items() if name not in OF_THE_MOMENT}
    return facts | {"environment": environment}


@pytest.mark.parametrize("kind", ON_THIS_HOST, ids=lambda kind: kind.name)
def test_a_function_cannot_tell_that_its_runtime_has_waited(functions, start_server, kind):
    variables = {"COLOUR": "blue", "EMPTY": "", "EQUALS": "a=b=c", "LINES": "one\ntwo"}
    without = Functions(start_server("--prestart-memory", "0").client())
    cold = first_answer(without, kind, variables)

    def one_that_waited():
        answer = first_answer(functions, kind, variables)
        return answer["waited"] and answer

    warm = wait_until(one_that_waited, "a runtime waited for its function")

    assert not cold["waited"]
    if warm.get("forked"):
        del warm["facts"]["pid"], cold["facts"]["pid"]
    assert without_the_moment(warm["facts"]) == without_the_moment(cold["facts"])
    assert warm["facts"]["stdin"] == "/dev/null"


def test_a_function_cannot_tell_that_its_runtime_was_forked_but_for_its_process_number(functions, start_server):
    without = Functions(start_server("--prestart-memory", "0").client())
    cold = first_answer(without, PYTHON)

    def one_that_was_forked():
        answer = first_answer(functions, PYTHON)
        return answer["forked"] and answer

    one = wait_until(one_that_was_forked, "a runtime was forked")
    other = wait_until(one_that_was_forked, "another runtime was forked")

    assert one["place"] == other["place"]
    for forked in (one, other):
        del forked["facts"]["pid"]
    cold["facts"].pop("pid")
    assert without_the_moment(one["facts"]) == without_the_moment(cold["facts"])
    assert without_the_moment(other["facts"]) == without_the_moment(cold["facts"])


def test_a_rush_of_first_invocations_gets_forks_of_one_runtime(functions):
    wait_until(lambda: first_answer(functions, PYTHON)["forked"], "a runtime was forked")
    name = functions.create(PYTHON, files={"behaviours.py": PYTHON_FACTS + SLOW})

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: functions.invoke(name), range(20)))

    assert all(answer.error is None for answer in answers)
    assert len({answer.json["facts"]["environment"]["AWS_LAMBDA_LOG_STREAM_NAME"] for answer in answers}) == 20
    assert sum(answer.json["forked"] for answer in answers) >= 15


@pytest.mark.parametrize(
    ("kind", "variable"), [(PYTHON, "PYTHONUTF8"), (PYTHON, "TZ"), (NODE, "NODE_OPTIONS")], ids=lambda value: str(value)
)
def test_a_function_that_sets_what_is_read_at_start_is_started_as_a_whole(functions, kind, variable):
    wait_until(lambda: first_answer(functions, kind)["waited"], "a runtime waited for its function")
    value = {"PYTHONUTF8": "1", "TZ": "Asia/Tokyo", "NODE_OPTIONS": "--no-warnings"}[variable]

    answer = first_answer(functions, kind, {variable: value})

    assert not answer["waited"]
    assert answer["facts"]["environment"][variable] == value


def test_every_function_gets_a_runtime_of_its_own(functions):
    answers = [first_answer(functions, PYTHON, {"NUMBER": str(n)}) for n in range(12)]

    numbers = [answer["facts"]["environment"]["NUMBER"] for answer in answers]
    assert numbers == [str(n) for n in range(12)]
    assert any(answer["waited"] for answer in answers)
