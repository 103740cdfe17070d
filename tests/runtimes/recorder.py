"""A Runtime API that hands out the invocations of one script and records all that a client sends.

It knows nothing of Lambda's states: it answers what the script says, and never checks a request.
"""

import socket
import threading
from dataclasses import dataclass, field

REQUEST_ID = "8476a536-e9f4-11e8-9739-2dfe598c3fcd"
ARN = "arn:aws:lambda:us-east-1:123456789012:function:parity"


def request_id(number):
    """The id of the script's invocation with this number."""
    return REQUEST_ID[:-4] + f"{number:04d}"


@dataclass
class Event:
    """One invocation: the body and the headers of the answer to `/next`."""

    body: bytes = b"{}"
    headers: dict = field(default_factory=dict)
    status: int = 200


@dataclass
class Reply:
    """What the Runtime API says to a POST. `hang_up` ends the connection instead of answering."""

    status: int = 202
    body: bytes = b'{"status":"OK"}'
    headers: dict = field(default_factory=dict)
    hang_up: bool = False


@dataclass
class Request:
    """One request as it arrived. Header names are in lower case."""

    method: str
    path: str
    headers: dict
    body: bytes
    trailers: dict
    connection: int


class Recorder:
    """Serves until it is closed. `drained` is set when a client asks for work and none is left."""

    def __init__(self, events, replies=()):
        self.requests = []
        self.drained = threading.Event()
        self._events = list(events)
        self._handed_out = 0
        self._replies = list(replies)
        self._connections = 0
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._connections += 1
                number = self._connections
            threading.Thread(target=self._serve, args=(connection, number), daemon=True).start()

    def _serve(self, connection, number):
        with connection, connection.makefile("rb") as reader:
            try:
                while True:
                    request = read_request(reader, number)
                    if request is None:
                        return
                    with self._lock:
                        self.requests.append(request)
                        answer = self._answer(request)
                    if answer is None:
                        # A client that waits for work is ended by the harness; until then it waits.
                        self.drained.set()
                        reader.read(1)
                        return
                    if answer.hang_up:
                        return
                    connection.sendall(encode(answer))
                    if answer.headers.get("Connection") == "close":
                        return
            except OSError:
                return

    def _answer(self, request):
        if request.method == "POST":
            return self._replies.pop(0) if self._replies else Reply()
        if not request.path.endswith("/invocation/next"):
            return Reply(status=200, body=b"")
        if self._handed_out == len(self._events):
            return None
        event = self._events[self._handed_out]
        self._handed_out += 1
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": request_id(self._handed_out),
            "Lambda-Runtime-Deadline-Ms": "4102444800000",
            "Lambda-Runtime-Invoked-Function-Arn": ARN,
            "Lambda-Runtime-Trace-Id": f"Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e70{self._handed_out};Sampled=0",
        }
        headers.update(event.headers)
        return Reply(status=event.status, body=event.body, headers=headers)


def read_request(reader, connection):
    """Reads one HTTP/1.1 request; none when the client has closed."""
    line = reader.readline()
    if not line:
        return None
    method, path, _ = line.decode("latin-1").split(" ", 2)
    headers = read_headers(reader)
    trailers = {}
    if headers.get("expect", "").lower() == "100-continue":
        raise OSError("a client that waits for 100-continue is not expected")
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = bytearray()
        while True:
            size = int(reader.readline().split(b";")[0], 16)
            if size == 0:
                break
            body += reader.read(size)
            reader.readline()
        trailers = read_headers(reader)
    else:
        body = reader.read(int(headers.get("content-length", "0")))
    return Request(method, path, headers, bytes(body), trailers, connection)


def read_headers(reader):
    headers = {}
    while True:
        line = reader.readline()
        if line in (b"\r\n", b"\n", b""):
            return headers
        name, _, value = line.decode("utf-8", "surrogateescape").partition(":")
        name = name.strip().lower()
        # A header that comes twice is a list.
        headers[name] = ", ".join(filter(None, [headers.get(name), value.strip()]))


def encode(reply):
    headers = {"Content-Length": len(reply.body), **reply.headers}
    lines = [f"HTTP/1.1 {reply.status} Status"]
    lines += [f"{name}: {value}" for name, value in headers.items() if value is not None]
    head = "\r\n".join(lines) + "\r\n\r\n"
    return head.encode("utf-8", "surrogateescape") + reply.body
