"""Runtimes that were started ahead of time: a function cannot tell, but for what only the kernel remembers."""

import shutil

import pytest
from support.functions import NODE, PYTHON, RUBY, Functions
from support.waiting import wait_until

PYTHON_FACTS = """
import os, sys

def handler(event, context):
    with open("/proc/self/environ", "rb") as file:
        waited = b"_INVOKED_WAITS" in file.read()
    with open("/tmp/written", "w") as file:
        file.write("x" * 100_000)
    facts = {
        "environment": dict(os.environ), "argv": sys.argv, "path": sys.path, "cwd": os.getcwd(), "pid": os.getpid(),
        "stdin": os.readlink("/proc/self/fd/0"), "open": sorted(int(fd) for fd in os.listdir("/proc/self/fd"))[:3],
        "input": sys.stdin.read(), "limits": sorted(os.listdir("/var/task")), "main": sys.modules["__main__"].__file__,
        "flags": list(sys.flags), "tmp": os.statvfs("/tmp").f_blocks * os.statvfs("/tmp").f_frsize, "uid": os.getuid(),
    }
    return {"waited": waited, "facts": facts}
"""

NODE_FACTS = """
const fs = require('fs');
exports.handler = async () => ({
  waited: fs.readFileSync('/proc/self/environ', 'utf8').includes('_INVOKED_WAITS'),
  facts: {
    environment: { ...process.env }, argv: process.argv, execArgv: process.execArgv, cwd: process.cwd(), pid: process.pid,
    stdin: fs.readlinkSync('/proc/self/fd/0'), input: fs.readFileSync(0, 'utf8'), main: typeof require.main,
    files: fs.readdirSync('/var/task'), paths: module.paths, zone: new Date(0).getTimezoneOffset(),
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
    assert without_the_moment(warm["facts"]) == without_the_moment(cold["facts"])
    assert warm["facts"]["stdin"] == "/dev/null"


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
