"""Hostile and broken input: it gets an error of Lambda's form, and nothing is lost or leaked."""

import io
import json
import os
import re
import struct
import zipfile
from concurrent.futures import ThreadPoolExecutor

import pytest
from support import raw
from support.errors import refused
from support.functions import COMPILED, ROLE, Functions
from support.waiting import wait_until

BAD_ZIP = "Could not unzip uploaded file. Please check your file, then try to upload again."
MAIN = b"def handler(event, context): return 1"


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


def create(client, package):
    client.create_function(
        FunctionName="bad-package",
        Runtime="python3.11",
        Handler="main.handler",
        Role=ROLE,
        Code={"ZipFile": package},
    )


def archive(entries):
    """A zip of (`ZipInfo` or name, content)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for entry, content in entries:
            file.writestr(entry, content)
    return buffer.getvalue()


def test_a_package_that_is_no_zip_is_refused(client):
    for package in [b"", b"no zip", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 10]:
        with refused("InvalidParameterValueException", status=400):
            create(client, package)


def test_a_truncated_zip_is_refused(client):
    whole = archive([("main.py", MAIN), ("more.py", b"x" * 10_000)])

    for length in [len(whole) - 1, len(whole) // 2, 40]:
        with refused("InvalidParameterValueException", BAD_ZIP, 400):
            create(client, whole[:length])


def test_a_zip_with_broken_content_is_refused(client):
    package = bytearray(archive([("main.py", MAIN * 100)]))
    package[45] ^= 0xFF

    with refused("InvalidParameterValueException", BAD_ZIP, 400):
        create(client, bytes(package))


def test_a_zip_bomb_is_refused(client, server):
    bomb = archive([(f"part-{number}", bytes(30_000_000)) for number in range(10)])
    assert len(bomb) < 1_000_000

    with refused("InvalidParameterValueException", "Unzipped size must be smaller than 262144000 bytes", 400):
        create(client, bomb)


def test_a_zip_that_lies_about_its_size_is_refused(client):
    package = bytearray(archive([("main.py", bytes(300_000_000))]))
    # The central directory's uncompressed size, 24 bytes into its entry.
    at = package.rindex(b"PK\x01\x02") + 24
    package[at : at + 4] = struct.pack("<I", 10)

    with refused("InvalidParameterValueException", status=400):
        create(client, bytes(package))


def test_a_zip_with_very_many_entries_is_refused_or_works(client, functions):
    package = archive([(f"{number}", b"") for number in range(60_000)] + [("main.py", MAIN)])

    try:
        create(client, package)
    except client.exceptions.InvalidParameterValueException:
        return
    functions.made.append("bad-package")
    functions.wait("bad-package")
    assert functions.invoke("bad-package").json == 1


@pytest.mark.parametrize("path", ["../outside.py", "/outside.py", "a/../../outside.py", "..\\outside.py", "a/\0b", "./../outside.py"])
def test_a_path_that_leaves_the_package_is_refused(client, server, functions, path):
    before = {file for file in server.data_dir.rglob("outside*")}

    try:
        create(client, archive([(path, b"x"), ("main.py", MAIN)]))
    except client.exceptions.InvalidParameterValueException as error:
        assert error.response["Error"]["Message"] == BAD_ZIP
    else:
        # A name that is harmless on this system, such as one with a backslash, is only a name.
        functions.made.append("bad-package")
        functions.wait("bad-package")
        assert functions.invoke("bad-package").json == 1
        assert path not in ("../outside.py", "a/../../outside.py", "./../outside.py")
    outside = {file for file in server.data_dir.rglob("outside*")} - before
    assert all("main.py" in os.listdir(file.parent) for file in outside)
    assert not (server.data_dir.parent / "outside.py").exists()


def test_a_symbolic_link_cannot_lead_out_of_the_package(client, server, functions):
    link = zipfile.ZipInfo("link")
    link.create_system = 3
    link.external_attr = 0o120777 << 16
    through = zipfile.ZipInfo("link/outside.py")
    for target in [b"/etc", b"../..", str(server.data_dir).encode()]:
        with refused("InvalidParameterValueException", BAD_ZIP, 400):
            create(client, archive([(link, target), (through, b"x"), ("main.py", MAIN)]))
    assert not list(server.data_dir.glob("outside.py"))


def test_an_absolute_link_shows_nothing_of_the_host(client, server, functions):
    link = zipfile.ZipInfo("secret")
    link.create_system = 3
    link.external_attr = 0o120777 << 16
    code = b"def handler(event, context): return open('/var/task/secret').read()"
    package = archive([(link, str(server.log).encode()), ("main.py", code)])

    try:
        create(client, package)
    except client.exceptions.InvalidParameterValueException as error:
        assert error.response["Error"]["Message"] == BAD_ZIP
        return
    functions.made.append("bad-package")
    functions.wait("bad-package")
    assert functions.invoke("bad-package").error == "Unhandled"


def test_special_bits_of_a_file_are_dropped(client, functions):
    entry = zipfile.ZipInfo("tool")
    entry.create_system = 3
    entry.external_attr = 0o106755 << 16
    code = b"import os\ndef handler(event, context): return oct(os.stat('/var/task/tool').st_mode & 0o7000)"
    create(client, archive([(entry, b"x"), ("main.py", code)]))
    functions.made.append("bad-package")
    functions.wait("bad-package")

    assert functions.invoke("bad-package").json == "0o0"


def test_a_package_of_more_than_50_mb_is_refused(client):
    package = archive([("main.py", MAIN), ("noise", os.urandom(52_500_000))])

    with refused("RequestEntityTooLargeException", status=413):
        create(client, package)


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
    for method, path in [("GET", "/"), ("GET", "/2015-03-31/nothing"), ("PATCH", "/2015-03-31/functions"), ("POST", "/%2e%2e/%2e%2e")]:
        status, headers, body = raw.request(server.address, method, path)
        assert 400 <= status < 500, path
        assert headers["X-Amzn-ErrorType"]
        assert json.loads(body)


def test_an_unsigned_request_is_refused(server):
    import http.client

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
        f"Content-Length: {len(event)}\r\n\r\n".encode() + event
    )


def test_an_unserved_operation_says_which(client):
    with refused(code="NotImplementedException", message=re.compile("ListLayers"), status=501):
        client.list_layers()
