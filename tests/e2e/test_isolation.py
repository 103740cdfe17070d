"""What functions can reach of the server, of the host and of each other, and that nothing of them stays.

The attempts to get out of a sandbox are in `crates/sandbox/tests/isolation`; here are those that need a whole server.
"""

import json
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from support import leftovers
from support.functions import COMPILED, PYTHON, Functions
from support.server import BINARIES, clean_environment
from support.waiting import wait_until

NOBODY = 65534
# Who invoke at the same time in the soak.
CALLERS = 8

# Does what the event says, and answers with what it got or with how it was refused.
INTRUDER = """
import json, os, socket, subprocess, urllib.error, urllib.request

def connect(host, port):
    with socket.create_connection((host, port), timeout=2):
        return "connected"

def read(path):
    with open(path, errors="replace") as file:
        return file.read()

def everything():
    found = []
    for pid in [name for name in os.listdir("/proc") if name.isdigit() and name != str(os.getpid())]:
        for name in ("environ", "cmdline", "mem", "maps"):
            try:
                found.append(read(f"/proc/{pid}/{name}"))
            except OSError:
                pass
    return "".join(found)

def answer_for(request_id, text):
    api = os.environ["AWS_LAMBDA_RUNTIME_API"]
    url = f"http://{api}/2018-06-01/runtime/invocation/{request_id}/response"
    request = urllib.request.Request(url, json.dumps(text).encode(), method="POST")
    try:
        with urllib.request.urlopen(request) as response:
            return response.status
    except urllib.error.HTTPError as error:
        return error.code

def leave_behind():
    return subprocess.Popen(["/bin/sleep", "1000"], start_new_session=True).pid

def handler(event, context):
    try:
        return {"got": globals()[event["do"]](*event.get("with", []))}
    except OSError as error:
        return {"refused": str(error)}
"""


@pytest.fixture
def intruder(functions):
    name = functions.create(PYTHON, files={"intruder.py": INTRUDER}, Handler="intruder.handler")
    return lambda do, *arguments: functions.invoke(name, {"do": do, "with": arguments}).json


def test_the_servers_port_is_out_of_reach(server, intruder):
    host, port = server.address

    assert "refused" in intruder("connect", host, port)


def test_the_servers_files_are_out_of_reach(server, intruder):
    for path in [server.data_dir / "meta.db", server.log]:
        assert path.exists()
        assert "No such file" in intruder("read", str(path))["refused"]


def test_metadata_of_a_cloud_is_out_of_reach(intruder):
    for address in ["169.254.169.254", "169.254.170.2", "fd00:ec2::254"]:
        assert "refused" in intruder("connect", address, 80)


def test_credentials_of_others_are_out_of_reach(functions, intruder):
    secret = "the secret of a neighbour"
    neighbour = functions.create(PYTHON, Environment={"Variables": {"SECRET": secret}})
    environment = functions.invoke(neighbour, {"do": "environment"}).json

    found = intruder("everything")["got"]

    assert environment["SECRET"] == secret
    for text in [secret, environment["AWS_SESSION_TOKEN"], environment["AWS_SECRET_ACCESS_KEY"]]:
        assert text not in found


def test_nobody_answers_for_a_neighbour(functions, intruder):
    neighbour = functions.create(COMPILED)
    with ThreadPoolExecutor() as pool:
        busy = pool.submit(functions.invoke, neighbour, {"do": "sleep", "ms": 1500})
        # A request id cannot be guessed; here it is given away. It is the neighbour's next one either way.
        status = intruder("answer_for", "00000000-0000-4000-8000-000000000000", "forged")["got"]
        answer = busy.result()

    assert status == 400
    assert answer.error is None
    assert "began_ms" in answer.json


def test_what_a_function_leaves_behind_ends_with_its_environment(start_server):
    server = start_server()
    functions = Functions(server.client())
    name = functions.create(PYTHON, files={"intruder.py": INTRUDER}, Handler="intruder.handler")
    functions.invoke(name, {"do": "leave_behind"})
    assert len(server.environments()) >= 2

    functions.clear()

    wait_until(lambda: not server.environments(), "the environment ended with what it had started")


def test_an_ordinary_user_is_refused_more_isolation_than_there_is(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    # The binary may be below directories of root's alone.
    home = tmp_path / "nobody"
    home.mkdir()
    for directory in [home, *home.parents]:
        if directory.stat().st_uid == os.geteuid() and directory != directory.parent and directory.name != "tmp":
            directory.chmod(0o755)
    os.chown(home, NOBODY, NOBODY)
    program = shutil.copy(BINARIES / "invoked", home / "invoked")

    def run(*arguments):
        return subprocess.run(
            [program, *arguments, "--data-dir", home / "data"],
            user=NOBODY,
            group=NOBODY,
            extra_groups=[],
            env=clean_environment() | {"HOME": str(home)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    served = run("serve", "--listen", "127.0.0.1:0", "--isolation", "limits")
    findings = run("doctor", "--output", "json", "--isolation", "limits")
    allowed = run("doctor", "--output", "json")

    assert served.returncode != 0
    assert "memory limit" in served.stderr
    assert "Delegate=yes" in served.stderr
    status = {finding["feature"]: finding["status"] for finding in json.loads(findings.stdout)}
    assert (findings.returncode, status["memory limit"], status["user namespaces"]) == (1, "fail", "ok")
    status = {finding["feature"]: finding["status"] for finding in json.loads(allowed.stdout)}
    assert (allowed.returncode, status["memory limit"]) == (0, "warn")


@pytest.mark.timeout(3600)
def test_a_server_that_has_worked_and_crashed_a_lot_holds_nothing(start_server):
    """`INVOKED_SOAK=100000,1000` is the long one: so many invocations, and so many that end their environment."""
    invocations, crashes = (int(count) for count in os.environ.get("INVOKED_SOAK", "600,30").split(","))
    server = start_server()
    functions = Functions(server.client())
    name = functions.create(COMPILED)
    functions.invoke(name)
    before = Held(server)
    events = [{"do": "exit", "code": 1} if is_crash(index, invocations, crashes) else {} for index in range(invocations)]

    with ThreadPoolExecutor(CALLERS) as pool:
        errors = [answer.error for answer in pool.map(lambda event: functions.invoke(name, event), events, chunksize=1)]

    print(f"held before: {before}, after: {Held(server)}")
    assert errors.count("Unhandled") == crashes
    assert errors.count(None) == invocations - crashes
    functions.clear()
    wait_until(lambda: not server.environments(), "the function's environments ended")
    wait_until(lambda: Held(server).is_at_most(before), "the server let go of everything")
    print(f"held at the end: {Held(server)}")


def is_crash(index, invocations, crashes):
    """Spreads the crashes evenly."""
    return (index + 1) * crashes // invocations > index * crashes // invocations


class Held:
    """What the server and its spawner hold now."""

    def __init__(self, server):
        tree = {pid for pid, _ in leftovers.tree_of(server.process.pid)}
        parents = {pid: parent for (pid, _), parent in leftovers.processes().items()}
        lasting = [server.process.pid, *(pid for pid, parent in parents.items() if parent == server.process.pid)]
        self.processes = len(tree)
        self.descriptors = [len(os.listdir(f"/proc/{pid}/fd")) for pid in lasting]
        self.mounts = [len(Path(f"/proc/{pid}/mountinfo").read_text().splitlines()) for pid in lasting]
        self.groups = len(own_groups(tree))

    def __repr__(self):
        return f"{vars(self)}"

    def is_at_most(self, before):
        # The clients keep a connection each, and one environment was there before.
        return (
            self.processes <= before.processes
            and self.mounts == before.mounts
            and self.groups <= before.groups
            and all(now <= then + CALLERS for now, then in zip(self.descriptors, before.descriptors, strict=True))
        )


def own_groups(tree):
    """The groups of sandboxes of the spawners in `tree`."""
    found = set()
    for parent, names, _ in os.walk("/sys/fs/cgroup"):
        directory = os.path.basename(parent)
        if directory.startswith("invoked-") and any(str(pid) in directory.split("-") for pid in tree):
            found |= {os.path.join(parent, name) for name in names}
    return found
