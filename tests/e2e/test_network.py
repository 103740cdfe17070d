"""What functions reach outside, and what they do not.

Nothing here leaves the machine: functions talk to servers on the host's loopback, which stands at the gateway where
`--network-allow` opens it.
"""

import os
import shutil
import socket
import uuid
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError
from support.functions import NODE, PYTHON, Functions
from support.outside import Outside
from support.server import BINARIES, Server
from support.waiting import wait_until

NOBODY = 65534
GATEWAY = "169.254.100.5"
MIB = 1 << 20

# Does what the event says, and answers with what it got or with how it was refused.
CALLER = """
import errno, hashlib, json, os, socket, threading

GATEWAY = "169.254.100.5"
kept = []

def connect(host, port):
    with socket.create_connection((host, port), timeout=20):
        return "connected"

def echo(port, size):
    data = os.urandom(MIB) * (size // MIB)
    back = hashlib.sha256()
    with socket.create_connection((GATEWAY, port), timeout=60) as connection:
        def send():
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        sender = threading.Thread(target=send)
        sender.start()
        while part := connection.recv(1 << 16):
            back.update(part)
        sender.join()
    return hashlib.sha256(data).hexdigest() == back.hexdigest()

def digest(port, size):
    data = os.urandom(size)
    with socket.create_connection((GATEWAY, port), timeout=60) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        answer = b""
        while part := connection.recv(100):
            answer += part
    return hashlib.sha256(data).hexdigest() == answer.decode()

def many(port, count):
    connections = [socket.create_connection((GATEWAY, port), timeout=60) for _ in range(count)]
    for index, connection in enumerate(connections):
        connection.sendall(b"%05d" % index)
    answers = [connection.recv(5, socket.MSG_WAITALL) for connection in connections]
    for connection in connections:
        connection.close()
    return answers == [b"%05d" % index for index in range(count)]

def keep(port, count):
    kept.extend(socket.create_connection((GATEWAY, port), timeout=60) for _ in range(count))
    return len(kept)

def ask(port, size):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asker:
        asker.settimeout(20)
        asker.connect((GATEWAY, port))
        data = os.urandom(size)
        asker.send(data)
        return asker.recv(1 << 17) == b"you said " + data

def resolve(name):
    return socket.gethostbyname(name)

def call(name):
    import boto3
    return json.load(boto3.client("lambda").invoke(FunctionName=name, Payload=b"{}")["Payload"])

def queue(name):
    import boto3
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    return sqs.receive_message(QueueUrl=url)["Messages"][0]["Body"]

def endpoints():
    return sorted(name for name in os.environ if "ENDPOINT" in name)

MIB = 1 << 20

def handler(event, context):
    try:
        return {"got": globals()[event["do"]](*event.get("with", []))}
    except OSError as error:
        return {"refused": errno.errorcode.get(error.errno, str(error))}
"""

FETCH = """
export const handler = async ({ url }) => {
  const answer = await fetch(url);
  return { status: answer.status, body: await answer.text() };
};
"""

# What a call needs of botocore's data; all of it would be a large package.
CALLED = ("endpoints.json", "partitions.json", "_retry.json", "sdk-default-configuration.json", "lambda", "sqs")


def as_nobody(directory):
    """How a server is started that is an ordinary user's."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    for parent in [directory, *directory.parents]:
        if parent.stat().st_uid == os.geteuid() and parent != parent.parent and parent.name != "tmp":
            parent.chmod(0o755)
    home = directory / "nobody"
    home.mkdir()
    os.chown(home, NOBODY, NOBODY)
    program = shutil.copy(BINARIES / "invoked", home / "invoked")
    prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    return {"data_dir": home / "data", "prefix": prefix, "program": program}


@pytest.fixture(scope="module")
def outside():
    outside = Outside()
    yield outside
    outside.stop()


@pytest.fixture(scope="module", params=["root", "nobody"])
def server(request, outside, tmp_path_factory):
    directory = tmp_path_factory.mktemp("server")
    options = as_nobody(directory) if request.param == "nobody" else {"data_dir": directory / "data"}
    server = Server(options.pop("data_dir"), *outside.allowed(), **options)
    yield server
    status, left = server.stop()
    assert (status, left) == (0, [])


def a_caller(client, **parameters):
    functions = Functions(client)
    name = functions.create(PYTHON, files={"caller.py": CALLER}, Handler="caller.handler", **parameters)
    return functions, name


@pytest.fixture(scope="module")
def caller(server):
    functions, name = a_caller(server.client())
    yield lambda do, *arguments: functions.invoke(name, {"do": do, "with": arguments}).json
    functions.clear()


def test_what_is_sent_comes_back_however_much_it_is(caller, outside):
    assert caller("echo", outside.ports["echo"], 64 * MIB) == {"got": True}


def test_one_side_may_end_before_the_other(caller, outside):
    assert caller("digest", outside.ports["digest"], 3 * MIB + 1) == {"got": True}


def test_a_hundred_connections_at_once(caller, outside):
    assert caller("many", outside.ports["echo"], 100) == {"got": True}


@pytest.mark.parametrize("size", [0, 1, 1_400, 60_000])
def test_datagrams_are_answered(caller, outside, size):
    assert caller("ask", outside.ports["datagrams"], size) == {"got": True}


def test_a_web_page_is_fetched_from_node(server, outside):
    functions = Functions(server.client())
    name = functions.create(NODE, files={"fetch.mjs": FETCH}, Handler="fetch.handler")

    answer = functions.invoke(name, {"url": f"http://{GATEWAY}:{outside.ports['web']}/"}).json

    assert answer == {"status": 200, "body": "hello from outside"}
    functions.clear()


def test_where_nobody_listens_is_refused(caller, outside):
    assert caller("connect", GATEWAY, outside.ports["closed"]) == {"refused": "ECONNREFUSED"}
    assert caller("ask", outside.ports["closed"], 5) == {"refused": "ECONNREFUSED"}


def test_what_is_forbidden_is_out_of_reach(caller, server):
    _, port = server.address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        # Sends nothing: it asks the kernel which of the host's addresses it would use.
        probe.connect(("192.0.2.1", 9))
        own = probe.getsockname()[0]

    for host in [GATEWAY, own, "169.254.169.254", "169.254.170.2", "100.100.100.200", "169.254.0.1"]:
        assert caller("connect", host, port) == {"refused": "EHOSTUNREACH"}, host
    # These are the sandbox's own.
    for host in ["127.0.0.1", "0.0.0.0", "169.254.100.1", "169.254.100.6"]:
        assert caller("connect", host, port) == {"refused": "ECONNREFUSED"}, host
    assert caller("connect", "255.255.255.255", port) == {"refused": "ENETUNREACH"}
    assert caller("connect", "224.0.0.1", port) == {"refused": "ENETUNREACH"}


def test_a_function_calls_functions_and_queues_of_this_server(server):
    client = server.client()
    functions, callee = a_caller(client)
    files = {"caller.py": CALLER} | boto3_files()
    name = functions.create(PYTHON, files=files, Handler="caller.handler", MemorySize=512)

    called = functions.invoke(name, {"do": "call", "with": [callee]})
    sent = functions.invoke(name, {"do": "queue", "with": [f"queue-{uuid.uuid4().hex[:8]}"]})

    assert "errorType" in called.json["got"]  # An empty event is none that the callee knows: it ran.
    assert sent.json == {"got": "hello"}
    functions.clear()


def boto3_files():
    """boto3 and what it is made of, as files of a package."""
    packages = Path(boto3.__file__).parent.parent
    files = {}
    for name in ["boto3", "botocore", "dateutil", "jmespath", "s3transfer", "urllib3"]:
        for path in (packages / name).rglob("*"):
            relative = path.relative_to(packages)
            parts = relative.parts
            is_data = parts[:2] == ("botocore", "data")
            if path.is_file() and "__pycache__" not in parts and not (is_data and parts[2] not in CALLED):
                files[str(relative)] = path.read_bytes()
    files["six.py"] = (packages / "six.py").read_bytes()
    return files


def test_the_tag_takes_the_network_away(server, outside):
    functions, name = a_caller(server.client(), Tags={"invoked:network": "none"})

    def call(do, *arguments):
        return functions.invoke(name, {"do": do, "with": arguments}).json

    assert call("connect", GATEWAY, outside.ports["echo"]) == {"refused": "ENETUNREACH"}
    assert call("connect", "192.0.2.1", 80) == {"refused": "ENETUNREACH"}
    assert call("ask", outside.ports["datagrams"], 5) == {"refused": "ENETUNREACH"}
    assert "refused" in call("resolve", "example.invalid")
    assert call("endpoints") == {"got": []}
    functions.clear()


def test_a_changed_tag_counts_from_the_next_invocation_on(server, outside):
    client = server.client()
    functions, name = a_caller(client)
    arn = client.get_function(FunctionName=name)["Configuration"]["FunctionArn"]

    def reaches_something():
        return functions.invoke(name, {"do": "endpoints"}).json != {"got": []}

    seen = [reaches_something()]
    client.tag_resource(Resource=arn, Tags={"invoked:network": "none"})
    seen.append(reaches_something())
    client.untag_resource(Resource=arn, TagKeys=["invoked:network"])
    seen.append(reaches_something())

    assert seen == [True, False, True]
    functions.clear()


def test_another_value_of_the_tag_is_refused(server):
    with pytest.raises(ClientError) as refused:
        a_caller(server.client(), Tags={"invoked:network": "host"})

    error = refused.value.response["Error"]
    assert error["Code"] == "InvalidParameterValueException"
    assert "invoked:network" in error["Message"]


def test_connections_end_with_their_environment(start_server, outside):
    server = start_server(*outside.allowed())
    functions, name = a_caller(server.client())
    functions.invoke(name, {"do": "keep", "with": [outside.ports["echo"], 0]})
    held = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    functions.invoke(name, {"do": "keep", "with": [outside.ports["echo"], 50]})
    wait_until(lambda: outside.open_echoes() == 50, "fifty connections are open")

    functions.clear()

    wait_until(lambda: outside.open_echoes() == 0, "all of them were closed")
    wait_until(
        lambda: len(os.listdir(f"/proc/{server.process.pid}/fd")) <= held,
        "the server let go of every descriptor",
    )


def test_a_server_without_network_gives_none(start_server):
    server = start_server("--network", "none")
    functions, name = a_caller(server.client())

    refused = functions.invoke(name, {"do": "connect", "with": ["192.0.2.1", 80]}).json
    endpoints = functions.invoke(name, {"do": "endpoints"}).json

    assert (refused, endpoints) == ({"refused": "ENETUNREACH"}, {"got": []})


def test_names_are_those_that_the_host_knows(outside, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can give a server another list of resolvers")
    resolvers = tmp_path / "resolv.conf"
    resolvers.write_text(f"nameserver 127.0.0.1:{outside.ports['names']}\n")
    prefix = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', resolvers]
    server = Server(tmp_path / "data", prefix=prefix)
    functions, name = a_caller(server.client())

    answer = functions.invoke(name, {"do": "resolve", "with": ["anything.example"]}).json

    assert answer == {"got": Outside.KNOWN_ADDRESS}
    assert server.stop() == (0, [])
