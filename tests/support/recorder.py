"""A proxy before a server: it hands every request on as it came, and remembers it."""

import http.client
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What belongs to one connection and is not handed on (RFC 9110, 7.6.1), and what is counted anew.
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "content-length"}


@dataclass
class Exchange:
    """A request, and the answer once there is one. The names of headers are in lower case."""

    method: str
    target: str
    headers: dict
    body: bytes
    status: int | None = None
    answer: bytes = field(default=b"", repr=False)

    @property
    def scope(self):
        """Who signed for which region and service: `(key id, region, service)`."""
        credential = self.headers["authorization"].partition("Credential=")[2].partition(",")[0]
        key, _, region, service, _ = credential.rsplit("/", 4)
        return key, region, service

    @property
    def key_id(self):
        return self.scope[0]

    @property
    def region(self):
        return self.scope[1]


class Recorder:
    """Listens on loopback before the server at `address`.

    `prefix` is a path that comes before the server's own, as behind a gateway; it is taken off.
    """

    def __init__(self, address, prefix=""):
        self.address = address
        self.prefix = prefix
        self.clear()
        recorder = self

        class Handler(_Handler):
            recorded_by = recorder

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def only(self):
        """The one exchange there has been."""
        assert len(self.exchanges) == 1, self.exchanges
        return self.exchanges[0]

    def clear(self):
        self.exchanges = []
        self.connections = 0

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    recorded_by = None

    def setup(self):
        super().setup()
        self.recorded_by.connections += 1

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except (BrokenPipeError, ConnectionResetError):
            # The client did not wait for the answer.
            self.close_connection = True

    def hand_on(self):
        recorder = self.recorded_by
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        exchange = Exchange(self.command, self.path, headers, body)
        recorder.exchanges.append(exchange)
        connection = http.client.HTTPConnection(*recorder.address, timeout=120)
        try:
            # The host stays the one that was signed.
            connection.putrequest(
                self.command, self.path.removeprefix(recorder.prefix), skip_host=True, skip_accept_encoding=True
            )
            for name, value in self.headers.items():
                if name.lower() not in HOP_BY_HOP:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            response = connection.getresponse()
            answer = response.read()
        finally:
            connection.close()
        exchange.status, exchange.answer = response.status, answer
        self.send_response_only(response.status)
        for name, value in response.getheaders():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        if response.status != http.client.NO_CONTENT:
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_DELETE = hand_on

    def log_message(self, *_):
        """Says nothing: the tests look at `exchanges`."""
