"""A web server that answers as a test says."""

import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Request:
    """The names of headers are in lower case."""

    method: str
    target: str
    headers: dict
    body: bytes


@dataclass(frozen=True)
class Reply:
    status: int
    text: str = ""
    headers: dict = field(default_factory=dict)


class Web:
    """Listens on loopback. `answer` makes a `Reply` of each `Request`, and `requests` has them all."""

    def __init__(self, answer):
        self.requests = []
        web = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def reply(self):
                headers = {name.lower(): value for name, value in self.headers.items()}
                body = self.rfile.read(int(headers.get("content-length", 0)))
                request = Request(self.command, self.path, headers, body)
                web.requests.append(request)
                reply = answer(request)
                content = reply.text.encode()
                self.send_response_only(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = do_PUT = reply

            def log_message(self, *_):
                """Says nothing: the tests look at `requests`."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()
        self.endpoint = f"http://127.0.0.1:{self._server.server_address[1]}"

    def stop(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
