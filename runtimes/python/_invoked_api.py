"""The Runtime API 2018-06-01 over one kept connection: just as much HTTP/1.1 as it speaks.

`http.client` would double the time to the first invocation. The socket is the interpreter's own
`_socket`: `socket` costs more to import than everything here takes to run.
"""

import os
import sys
import time
from _socket import AF_INET, IPPROTO_TCP, MSG_DONTWAIT, MSG_PEEK, SOCK_STREAM, TCP_NODELAY, socket

RECEIVE_BYTES = 65536
# Bodies up to this size go out together with the head, in one packet.
COALESCED_BYTES = 16384
XRAY_CAUSE_BYTES_MAX = 1024 * 1024


class RuntimeApi:
    def __init__(self, address):
        host, _, port = address.rpartition(":")
        self.peer = (host, int(port))
        self.common = " HTTP/1.1\r\nHost: %s\r\nUser-Agent: invoked-python/%d.%d.%d\r\n" % (
            (address,) + sys.version_info[:3]
        )
        self.connection = None

    def next(self):
        """Waits for an invocation: its headers, with names in lower case, and its body."""
        try:
            status, headers, body = self.exchange("GET", "invocation/next", "", b"")
        except OSError:
            raise RuntimeError("Failed to get next") from None
        if not 200 <= status < 300:
            self.complain("Failed to get next invocation. Http Response code: %d" % status)
            raise RuntimeError("Failed to get next")
        return headers, body

    def post_response(self, request_id, extra, content_type, payload):
        if isinstance(payload, str):
            payload = payload.encode()
        headers = "Content-Type: %s\r\n" % content_type + named(extra)
        self.post("invocation/%s/response" % request_id, headers, payload, "response")

    def post_error(self, request_id, extra, payload, xray_cause):
        headers = "Content-Type: application/json\r\n" + named(extra)
        if len(xray_cause.encode()) < XRAY_CAUSE_BYTES_MAX:
            headers += "Lambda-Runtime-Function-XRay-Error-Cause: %s\r\n" % xray_cause
        self.post("invocation/%s/error" % request_id, headers, payload.encode(), "error")

    def post_init_error(self, kind, payload):
        headers = "Lambda-Runtime-Function-Error-Type: %s\r\n" % kind
        self.post("init/error", headers, payload.encode(), "error")

    def restore_next(self):
        """Says that this environment can be used, which it can at once."""
        status, _, _ = self.exchange("GET", "restore/next", "", b"")
        if not 200 <= status < 300:
            raise RuntimeError("Failed to get restore/next")

    def post_restore_error(self, kind, payload):
        headers = "Lambda-Runtime-Function-Error-Type: %s\r\n" % kind
        self.post("restore/error", headers, payload.encode(), "error")

    def post(self, path, headers, payload, what):
        try:
            status, _, answer = self.exchange("POST", path, headers, payload)
        except OSError:
            raise RuntimeError("Failed to post invocation " + what) from None
        if not 200 <= status < 300:
            text = "Failed to post handler success response. Http response code: %d. %s"
            self.complain(text % (status, bytes(answer).decode("utf-8", "replace")))
            raise RuntimeError("Failed to post invocation " + what)

    @staticmethod
    def complain(text):
        # Past `sys.stdout`, which is the function's to replace.
        line = "[ERROR] [%d] LAMBDA_RUNTIME %s\n" % (time.time() * 1000, text)
        os.write(1, line.encode())

    def exchange(self, method, path, headers, body):
        """One request, sent once, and its answer: status, headers, body."""
        head = method + " /2018-06-01/runtime/" + path + self.common + headers
        if method == "POST":
            head += "Content-Length: %d\r\n" % len(body)
        head = (head + "\r\n").encode()
        connection = self.connected()
        try:
            if len(body) <= COALESCED_BYTES:
                connection.sendall(head + body)
            else:
                connection.sendall(head)
                connection.sendall(body)
            status, answer_headers, answer = receive(connection)
        except BaseException:
            # Half an exchange, such as a signal handler that raises, must not be taken up again.
            self.disconnect()
            raise
        if answer_headers.get("connection", "").lower() == "close":
            self.disconnect()
        return status, answer_headers, answer

    def connected(self):
        """The connection, made again if the other side has ended it since the last answer."""
        if self.connection is not None:
            try:
                if self.connection.recv(1, MSG_PEEK | MSG_DONTWAIT):
                    raise ConnectionError("the Runtime API spoke out of turn")
                self.disconnect()
            except BlockingIOError:
                return self.connection
            except ConnectionResetError:
                self.disconnect()
        connection = socket(AF_INET, SOCK_STREAM)
        # The function may have set another default for its own connections.
        connection.settimeout(None)
        connection.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
        connection.connect(self.peer)
        self.connection = connection
        return connection

    def disconnect(self):
        if self.connection is not None:
            self.connection.close()
            self.connection = None


def named(extra):
    """The header that ties an answer to its invocation, where the Runtime API gave one."""
    return "Lambda-Runtime-Invocation-Id: %s\r\n" % extra if extra else ""


def receive(connection):
    """Reads one answer: status, headers, body."""
    data = bytearray()
    while True:
        end = data.find(b"\r\n\r\n")
        if end >= 0:
            break
        more(connection, data)
    status_line, *lines = bytes(data[:end]).decode("utf-8", "surrogateescape").split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    del data[: end + 4]
    if headers.get("transfer-encoding", "").lower() == "chunked":
        body = receive_chunks(connection, data)
    else:
        body = receive_exactly(connection, data, int(headers.get("content-length", 0)))
    return int(status_line.split(" ", 2)[1]), headers, body


def more(connection, data):
    received = connection.recv(RECEIVE_BYTES)
    if not received:
        raise ConnectionError("the Runtime API ended the connection")
    data += received


def receive_exactly(connection, data, length):
    have = len(data)
    if have < length:
        data.extend(bytes(length - have))
        with memoryview(data) as view:
            while have < length:
                received = connection.recv_into(view[have:])
                if not received:
                    raise ConnectionError("the Runtime API ended the connection")
                have += received
    return data


def receive_chunks(connection, data):
    body = bytearray()
    while True:
        end = data.find(b"\r\n")
        if end < 0:
            more(connection, data)
            continue
        size = int(bytes(data[:end]).split(b";")[0], 16)
        while len(data) < end + 2 + size + 2:
            more(connection, data)
        body += data[end + 2 : end + 2 + size]
        del data[: end + 2 + size + 2]
        if size == 0:
            # Trailers have no meaning here; there are none.
            return body
