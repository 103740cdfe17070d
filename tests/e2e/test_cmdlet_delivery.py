"""`Invoke-LMFunction`: a request is sent once, waited for as long as it takes, and never twice when it may have run."""

import signal
import socket
import subprocess
import threading

import pytest
from support.command import COMMAND
from support.functions import PYTHON
from support.recorder import Recorder
from support.tls import certificate
from support.waiting import DEADLINE_SECONDS, wait_until
from support.web import Reply


@pytest.fixture
def peer():
    """A server of one's own making: `answer` gets each connection. Tells how many connections there were."""
    threads = []
    listener = socket.create_server(("127.0.0.1", 0))

    class Peer:
        endpoint = f"http://127.0.0.1:{listener.getsockname()[1]}"
        connections = 0

        def answer(self, with_connection):
            def run():
                while True:
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        return
                    self.connections += 1
                    with connection:
                        with_connection(connection)

            threads.append(threading.Thread(target=run))
            threads[-1].start()
            return self

    yield Peer()
    # Wakes whoever waits for a connection.
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    for thread in threads:
        thread.join(DEADLINE_SECONDS)


def read_request(connection):
    """Reads a request with a body of two bytes."""
    received = b""
    while not received.endswith(b"\r\n\r\n{}"):
        part = connection.recv(65536)
        assert part, received
        received += part


def replying(status, code):
    body = b'{"Message": "not now", "Type": "User"}'

    def reply(connection):
        read_request(connection)
        connection.sendall(
            b"HTTP/1.1 %s\r\nx-amzn-ErrorType: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
            % (status, code, len(body), body)
        )

    return reply


def test_a_long_call_is_waited_for_and_sent_once(lm, wire, functions):
    name = functions.create(PYTHON)

    payload = lm(name, '{"do": "sleep", "ms": 8000}').payload
    count = lm(name, '{"do": "count"}').payload

    assert payload["ended_ms"] - payload["began_ms"] >= 8000
    assert count == {"count": 2}
    assert len(wire.exchanges) == 2


def test_an_interrupt_ends_the_wait_and_prints_no_answer(lm, wire, behaving):
    with subprocess.Popen(
        [COMMAND, behaving, '{"do": "sleep", "ms": 6000}'],
        env=lm.variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        wait_until(lambda: wire.exchanges, "the request has been sent")
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=DEADLINE_SECONDS)

    assert (process.returncode, output) == (130, b"")
    assert errors.startswith(b"Invoke-LMFunction: interrupted")
    assert len(wire.exchanges) == 1


def test_an_interrupt_ends_the_pipeline(lm, wire, behaving, echo):
    with subprocess.Popen(
        [COMMAND, "-Payload", '{"do": "sleep", "ms": 6000}', "--keep-going"],
        env=lm.variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        process.stdin.write(f"{behaving}\n{echo}\n".encode())
        process.stdin.flush()
        wait_until(lambda: wire.exchanges, "the first request has been sent")
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=DEADLINE_SECONDS)

    assert (process.returncode, output) == (130, b"")
    assert len(wire.exchanges) == 1


def test_a_wait_can_be_bounded(lm, wire, behaving):
    done = lm(behaving, '{"do": "sleep", "ms": 6000}', "--timeout", "0.5")

    assert (done.status, done.output) == (1, b"")
    assert "may have run" in done.errors
    assert len(wire.exchanges) == 1


def test_an_endpoint_that_nobody_serves_is_an_error(lm, echo):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]

    done = lm(echo, "-EndpointUrl", f"http://127.0.0.1:{port}")

    assert (done.status, done.output) == (1, b"")
    assert f"127.0.0.1:{port}" in done.errors


def test_a_host_that_nobody_knows_is_an_error(lm, echo):
    done = lm(echo, "-EndpointUrl", "http://nobody.invalid", "--max-attempts", "1")

    assert (done.status, done.output) == (1, b"")
    assert "nobody.invalid" in done.errors


@pytest.mark.parametrize("more", [[], ["--max-attempts", "10"]])
def test_a_failure_of_the_server_is_not_sent_again(lm, peer, more):
    peer.answer(replying(b"500 Internal Server Error", b"ServiceException"))

    done = lm("f", "-EndpointUrl", peer.endpoint, *more, "--error-format", "json")

    assert done.status == 1
    assert (done.error["ErrorCode"], done.error["StatusCode"]) == ("ServiceException", 500)
    assert peer.connections == 1


def test_a_connection_that_breaks_is_not_tried_again(lm, peer):
    peer.answer(read_request)

    done = lm("f", "-EndpointUrl", peer.endpoint)

    assert (done.status, done.output) == (1, b"")
    assert "may have run" in done.errors
    assert peer.connections == 1


@pytest.mark.parametrize(("more", "attempts"), [([], 3), (["--max-attempts", "2"], 2), (["--max-attempts", "1"], 1)])
def test_throttling_is_tried_again_as_often_as_allowed(lm, peer, more, attempts):
    peer.answer(replying(b"429 Too Many Requests", b"TooManyRequestsException"))

    done = lm("f", "-EndpointUrl", peer.endpoint, *more, "--error-format", "json")

    assert done.status == 1
    assert done.error["ErrorCode"] == "TooManyRequestsException"
    assert peer.connections == attempts


def test_a_function_without_concurrency_is_throttled_by_the_server(lm, wire, functions, client):
    name = functions.create()
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)

    done = lm(name, "--max-attempts", "2", "--error-format", "json")

    assert done.status == 1
    assert (done.error["ErrorCode"], done.error["StatusCode"]) == ("TooManyRequestsException", 429)
    assert [exchange.status for exchange in wire.exchanges] == [429, 429]


def test_an_endpoint_may_have_a_path(server, lm, echo):
    recorder = Recorder(server.address, prefix="/behind/a-gateway")
    try:
        for slash in ["", "/"]:
            endpoint = f"{recorder.endpoint}/behind/a-gateway{slash}"
            assert lm(echo, '{"a": 1}', "-EndpointUrl", endpoint).payload == {"a": 1}
    finally:
        recorder.stop()

    path = f"/behind/a-gateway/2015-03-31/functions/{echo}/invocations"
    assert [exchange.target for exchange in recorder.exchanges] == [path, path]


@pytest.mark.parametrize("url", ["localhost:9000", "ftp://127.0.0.1", "http://u:p@127.0.0.1", "http://127.0.0.1/?a=b"])
def test_what_is_no_endpoint_is_refused(lm, wire, echo, url):
    done = lm(echo, "-EndpointUrl", url)

    assert done.status == 2
    assert wire.exchanges == []


def test_a_server_that_speaks_no_lambda_is_described(lm, peer):
    def reply(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello")

    peer.answer(reply)

    assert lm("f", "-EndpointUrl", peer.endpoint, "-Select", "Payload").output == b"hello"


def test_a_certificate_is_trusted_that_the_user_trusts(lm, web, tmp_path):
    context, path = certificate(tmp_path)
    server = web(lambda request: Reply(200, request.body), tls=context)
    arguments = ["f", '{"a":1}', "-EndpointUrl", server.endpoint]

    trusted = lm(*arguments, AWS_CA_BUNDLE=str(path))
    unknown = lm(*arguments)

    assert trusted.payload == {"a": 1}
    assert (unknown.status, unknown.output) == (1, b"")
    assert "certificate" in unknown.errors
    assert len(server.requests) == 1


def test_a_certificate_of_somebody_else_is_not_trusted(lm, web, tmp_path):
    context, path = certificate(tmp_path, address="127.0.0.9")
    server = web(lambda request: Reply(200, request.body), tls=context)

    done = lm("f", "-EndpointUrl", server.endpoint, AWS_CA_BUNDLE=str(path))

    assert (done.status, done.output) == (1, b"")
    assert server.requests == []


def test_a_proxy_is_asked_for_other_hosts_and_never_for_this_machine(lm, wire, web, echo):
    proxy = web(lambda request: Reply(200, b'"proxied"'))

    there = lm("f", "-EndpointUrl", "http://lambda.invalid", http_proxy=proxy.endpoint, HTTP_PROXY="http://127.0.0.1:1")
    here = lm(echo, '"direct"', http_proxy=proxy.endpoint)

    assert there.payload == "proxied"
    assert proxy.requests[0].target == "http://lambda.invalid/2015-03-31/functions/f/invocations"
    assert proxy.requests[0].headers["host"] == "lambda.invalid"
    assert here.payload == "direct"
    assert len(proxy.requests) == len(wire.exchanges) == 1
