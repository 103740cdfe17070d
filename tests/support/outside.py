"""Servers on the host's loopback, for functions to talk to."""

import hashlib
import http.server
import socket
import socketserver
import threading

LOOPBACK = "127.0.0.1"


class _Echo(socketserver.BaseRequestHandler):
    def handle(self):
        self.server.open += 1
        try:
            while data := self.request.recv(1 << 16):
                self.request.sendall(data)
        finally:
            self.server.open -= 1


class _Digest(socketserver.BaseRequestHandler):
    """Answers when the other side has said all that it has to say."""

    def handle(self):
        digest = hashlib.sha256()
        while data := self.request.recv(1 << 16):
            digest.update(data)
        self.request.sendall(digest.hexdigest().encode())


class _Web(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = b"hello from outside"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class _Datagrams(socketserver.BaseRequestHandler):
    def handle(self):
        data, server = self.request
        server.sendto(b"you said " + data, self.client_address)


class _Names(socketserver.BaseRequestHandler):
    """Knows one address for every name, and none of IPv6."""

    ADDRESS = "192.0.2.77"

    def handle(self):
        data, server = self.request
        end = data.index(b"\0", 12) + 5
        question = data[12:end]
        is_ipv4 = question[-4:-2] == b"\0\1"
        answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(self.ADDRESS) if is_ipv4 else b""
        header = data[:2] + b"\x81\x80\0\1" + (b"\0\1" if is_ipv4 else b"\0\0") + b"\0\0\0\0"
        server.sendto(header + question + answer, self.client_address)


class _Threads(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256
    open = 0


class _ThreadsOfDatagrams(socketserver.ThreadingUDPServer):
    max_packet_size = 1 << 16
    daemon_threads = True


class Outside:
    """All of them, each on a port of its own, and a port where nobody is."""

    KNOWN_ADDRESS = _Names.ADDRESS

    def __init__(self):
        made = {
            "echo": (_Threads, _Echo),
            "digest": (_Threads, _Digest),
            "web": (_Threads, _Web),
            "datagrams": (_ThreadsOfDatagrams, _Datagrams),
            "names": (_ThreadsOfDatagrams, _Names),
        }
        self.servers = {name: kind((LOOPBACK, 0), handler) for name, (kind, handler) in made.items()}
        for server in self.servers.values():
            threading.Thread(target=server.serve_forever, daemon=True).start()
        self._closed = socket.socket()
        # Bound and not listening: nobody else gets the port, and nobody answers there.
        self._closed.bind((LOOPBACK, 0))
        self.ports = {name: server.server_address[1] for name, server in self.servers.items()}
        self.ports["closed"] = self._closed.getsockname()[1]

    def allowed(self):
        """What lets functions reach all of them."""
        return [f"--network-allow={LOOPBACK}/32:{port}" for port in self.ports.values()]

    def open_echoes(self):
        """How many connections are being echoed."""
        return self.servers["echo"].open

    def stop(self):
        for server in self.servers.values():
            server.shutdown()
            server.server_close()
        self._closed.close()
