"""Hostile and broken input: it gets an error of Lambda's form, and nothing is lost or leaked."""

import http.client
import io
import json
import os
import re
import struct
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import raw
from support.errors import refused
from support.functions import COMPILED, ROLE, Functions
from support.waiting import wait_until

BAD_ZIP = re.compile("^Could not unzip uploaded file. Please check your file, then try to upload again.")
MAIN = b"def handler(event, context): return 1"
PARAMETERS = {"Runtime": "python3.11", "Handler": "main.handler", "Role": ROLE}


@pytest.fixture(autouse=True)
def the_server_goes_on(server, functions):
    """After every test here the server still runs functions, and holds on to no file of the test."""
    descriptors = len(os.listdir(f"/proc/{server.process.pid}/fd"))
    yield
    assert functions.invoke(functions.create(COMPILED), {"a": 1}).json == {"a": 1}
    functions.clear()
    # Connections that the clients keep open and a few files come and go.
    wait_until(
        lambda: len(os.listdir(f"/proc/{server.process.pid}/fd")) <= descriptors + 60, "the server has closed its files"
    )


@pytest.fixture
def refusal_of(client, functions):
    """Tries to make a function from a package. Returns why it could not be, or nothing if it could.

    A package is looked at when it arrives and unpacked a moment later, so it can be refused at once
    or leave a function that says why it failed.
    """

    def attempt(package):
        name = f"bad-package-{uuid.uuid4().hex[:12]}"
        try:
            client.create_function(FunctionName=name, **PARAMETERS, Code={"ZipFile": package})
        except client.exceptions.InvalidParameterValueException as error:
            return error.response["Error"]["Message"]
        functions.made.append(name)

        def settled():
            configuration = client.get_function_configuration(FunctionName=name)
            return configuration["State"] != "Pending" and configuration

        configuration = wait_until(settled, "the package is unpacked")
        return configuration.get("StateReason")

    return attempt


def archive(entries):
    """A zip of (`ZipInfo` or name, content), the files readable for everybody."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for entry, content in entries:
            if isinstance(entry, str):
                entry = zipfile.ZipInfo(entry)
                entry.external_attr = 0o100644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(entry, content)
    return buffer.getvalue()


def link(name, target):
    """An entry that is a symbolic link."""
    entry = zipfile.ZipInfo(name)
    entry.create_system = 3
    entry.external_attr = 0o120777 << 16
    return entry, target


def test_a_package_that_is_no_zip_is_refused(client):
    for package in [b"no zip", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 10]:
        with refused("InvalidParameterValueException", BAD_ZIP, 400):
            client.create_function(FunctionName="no-zip", **PARAMETERS, Code={"ZipFile": package})


def test_a_truncated_zip_is_refused(client):
    whole = archive([("main.py", MAIN), ("more.py", b"x" * 10_000)])

    for length in [len(whole) - 1, len(whole) // 2, 40]:
        with refused("InvalidParameterValueException", BAD_ZIP, 400):
            client.create_function(FunctionName="truncated", **PARAMETERS, Code={"ZipFile": whole[:length]})


def test_a_zip_with_broken_content_is_refused(refusal_of):
    package = bytearray(archive([("main.py", MAIN * 100)]))
    package[45] ^= 0xFF

    assert refusal_of(bytes(package))


def test_a_zip_bomb_is_refused(client):
    bomb = archive([(f"part-{number}", bytes(30_000_000)) for number in range(10)])
    assert len(bomb) < 1_000_000

    with refused("InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes", 400):
        client.create_function(FunctionName="bomb", **PARAMETERS, Code={"ZipFile": bomb})


def test_a_zip_that_lies_about_its_size_is_refused(refusal_of, server):
    package = bytearray(archive([("main.py", bytes(300_000_000))]))
    # Its size when unpacked, where the list of contents says it, and where the content begins.
    for at in [package.rindex(b"PK\x01\x02") + 24, package.index(b"PK\x03\x04") + 22]:
        package[at : at + 4] = struct.pack("<I", 10)

    assert refusal_of(bytes(package))
    assert not [file for file in server.data_dir.rglob("main.py") if file.stat().st_size > 10_000_000]


def test_a_zip_with_very_many_entries_is_refused_or_works(refusal_of, functions):
    package = archive([(f"{number}", b"") for number in range(60_000)] + [("main.py", MAIN)])

    if refusal_of(package) is None:
        assert functions.invoke(functions.made[-1]).json == 1


@pytest.mark.parametrize("path", ["../outside.py", "a/../../outside.py", "./../outside.py", "/../outside.py"])
def test_a_path_that_leaves_the_package_is_refused(refusal_of, server, path):
    assert refusal_of(archive([(path, b"x"), ("main.py", MAIN)]))

    assert not list(server.data_dir.parent.rglob("outside.py"))


@pytest.mark.parametrize("path", ["/outside.py", "..\\outside.py", "C:\\outside.py", "a//b/./c.py"])
def test_a_strange_path_is_refused_or_stays_inside_the_package(refusal_of, server, functions, path):
    if refusal_of(archive([(path, b"x"), ("main.py", MAIN)])) is None:
        assert functions.invoke(functions.made[-1]).json == 1

    assert not (server.data_dir.parent / "outside.py").exists()
    assert not list(server.data_dir.glob("*outside.py"))


def test_nothing_is_written_through_a_symbolic_link(refusal_of, server):
    for target in [b"/etc", b"../..", str(server.data_dir).encode()]:
        assert refusal_of(archive([link("link", target), ("link/outside.py", b"x"), ("main.py", MAIN)]))

    assert not list(server.data_dir.glob("outside.py"))


def test_a_symbolic_link_shows_nothing_of_the_host(refusal_of, server, functions):
    code = b"def handler(event, context): return open('/var/task/secret').read()"
    package = archive([link("secret", str(server.log).encode()), ("main.py", code)])

    if refusal_of(package) is None:
        assert functions.invoke(functions.made[-1]).error == "Unhandled"


def test_a_symbolic_link_inside_the_package_works(refusal_of, functions):
    code = b"def handler(event, context): return open('/var/task/note').read()"
    package = archive([link("note", b"inner/note"), ("inner/note", b"found"), ("main.py", code)])

    assert refusal_of(package) is None
    assert functions.invoke(functions.made[-1]).json == "found"


def test_special_bits_of_a_file_are_dropped(refusal_of, functions):
    entry = zipfile.ZipInfo("tool")
    entry.external_attr = 0o106755 << 16
    code = b"import os\ndef handler(event, context): return oct(os.stat('/var/task/tool').st_mode & 0o7000)"

    assert refusal_of(archive([(entry, b"x"), ("main.py", code)])) is None
    assert functions.invoke(functions.made[-1]).json == "0o0"


def test_a_package_of_more_than_50_mb_is_refused(client):
    package = archive([("main.py", MAIN), ("noise", os.urandom(52_500_000))])

    with refused("RequestEntityTooLargeException", status=413):
        client.create_function(FunctionName="large", **PARAMETERS, Code={"ZipFile": package})


def test_a_body_of_10_mb_for_an_invocation_is_refused(server, functions):
    name = functions.create(COMPILED)

    status, headers, body = raw.request(
        server.address, "POST", f"/2015-03-31/functions/{name}/invocations", b"1" * 10_000_000
    )

    assert status == 413
    assert headers["X-Amzn-ErrorType"].split(":")[0] == "RequestEntityTooLargeException"
    assert "Request must be smaller than 6291456 bytes" in body.decode()


def test_a_body_that_is_announced_as_too_large_is_not_awaited(server):
    with raw.connect(server.address) as connection:
        head = "".join(f"{name}: {value}\r\n" for name, value in raw.SIGNATURE.items())
        connection.sendall(
            f"POST /2015-03-31/functions/f/invocations HTTP/1.1\r\nHost: x\r\n{head}Content-Length: 99999999\r\n\r\n".encode()
        )
        status, _, _ = raw.read_response(connection)

    assert status == 413


@pytest.mark.parametrize(
    "head",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64) + b"\r\n\r\n",
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /2015-03-31/functions HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n",
        b"GET /2015-03-31/functions HTTP/1.1\r\nHost: x\r\n: empty\r\n\r\n",
        b"GET /2015-03-31/functions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /2015-03-31/functions HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /2015-03-31/functions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /%zz%00\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
    ids=["tls", "garbage", "version", "no colon", "no name", "negative length", "two lengths", "bad chunk", "path"],
)
def test_a_garbled_request_is_refused(server, head):
    with raw.connect(server.address) as connection:
        connection.sendall(head)
        status, _, body = raw.read_response(connection)

    assert 400 <= status < 500
    assert "message" in {name.lower() for name in json.loads(body)}


def test_headers_of_more_than_a_megabyte_are_refused(server):
    with raw.connect(server.address) as connection:
        try:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"y" * 1_500_000 + b"\r\n\r\n")
        except (BrokenPipeError, ConnectionResetError):
            return
        try:
            status, _, _ = raw.read_response(connection)
        except ConnectionResetError:
            return

    assert 400 <= status < 500


def test_a_path_and_a_method_that_do_not_exist_get_lambdas_errors(server):
    for method, path in [
        ("GET", "/"),
        ("GET", "/2015-03-31/nothing"),
        ("PATCH", "/2015-03-31/functions"),
        ("POST", "/%2e%2e/%2e%2e"),
    ]:
        status, headers, body = raw.request(server.address, method, path)
        assert 400 <= status < 500, path
        assert headers["X-Amzn-ErrorType"]
        assert json.loads(body)


def test_an_unsigned_request_is_refused(server):
    connection = http.client.HTTPConnection(*server.address)
    connection.request("GET", "/2015-03-31/functions")
    response = connection.getresponse()

    assert response.status == 403
    assert response.headers["X-Amzn-ErrorType"].split(":")[0] == "MissingAuthenticationTokenException"
    connection.close()


def test_a_body_that_is_no_json_is_refused(server):
    for body in [b"{", b"[]", b"null", b'{"FunctionName": 5}', b"\xff\xfe", b"[" * 100_000]:
        status, headers, text = raw.request(server.address, "POST", "/2015-03-31/functions", body)
        assert status == 400, body[:20]
        assert headers["X-Amzn-ErrorType"], text


def test_slow_clients_do_not_hold_up_others(server, functions):
    name = functions.create(COMPILED)
    slow = [raw.connect(server.address) for _ in range(100)]
    for connection in slow:
        connection.sendall(b"POST /2015-03-31/functions/x/invocations HTTP/1.1\r\nHost: x\r\nX-Slow: ")

    for _ in range(20):
        assert functions.invoke(name, {"a": 1}).json == {"a": 1}
        for connection in slow:
            connection.sendall(b"y")

    for connection in slow:
        connection.close()


def test_a_client_that_never_finishes_its_request_is_told_so(server):
    with raw.connect(server.address) as connection:
        connection.sendall(b"GET /2015-03-31/functions HTTP/1.1\r\nHost: x\r\n")
        status, _, body = raw.read_response(connection)

    assert status == 408
    assert "did not arrive" in json.loads(body)["message"]


def test_a_client_that_goes_away_leaves_no_environment_behind(start_server, tmp_path):
    server = start_server("--sandbox", "none")
    functions = Functions(server.client())
    name = functions.create(COMPILED)
    without = server.environments()
    functions.invoke(name)
    of_one = len(server.environments() - without)
    proofs = [tmp_path / f"proof-{number}" for number in range(6)]

    for proof in proofs:
        event = json.dumps({"do": "slow-write", "ms": 1500, "path": str(proof), "text": "ran"}).encode()
        with raw.connect(server.address) as connection:
            send_invocation(connection, name, event)
            # An answer to somebody else shows that the server has had time to read the request.
            functions.invoke(name, {"do": "count"})
    wait_until(lambda: all(proof.exists() for proof in proofs), "the functions went on without their callers")
    with ThreadPoolExecutor(7) as threads:
        answers = list(threads.map(lambda _: functions.invoke(name, {"do": "sleep", "ms": 1000}), range(7)))

    assert [answer.error for answer in answers] == [None] * 7
    # Six that were left alone and one beside them, all in use again; one more may have been late.
    assert len(server.environments() - without) <= 8 * of_one


def send_invocation(connection, name, event):
    head = "".join(f"{header}: {value}\r\n" for header, value in raw.SIGNATURE.items())
    connection.sendall(
        f"POST /2015-03-31/functions/{name}/invocations HTTP/1.1\r\nHost: x\r\n{head}"
        f"Content-Length: {len(event)}\r\n\r\n".encode()
        + event
    )


def test_an_unserved_operation_says_which(client):
    with refused(code="NotImplementedException", message=re.compile("ListCodeSigningConfigs"), status=501):
        client.list_code_signing_configs()
