"""Fixtures of the end-to-end tests: servers, clients, functions."""

import pytest
from support.functions import KINDS, Functions
from support.server import Server


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """The server that most tests share. At the end it must leave nothing behind."""
    server = Server(tmp_path_factory.mktemp("server") / "data")
    yield server
    assert server.runs, server.log.read_text()[-4000:]
    status, left = server.stop()
    assert (status, left) == (0, [])


@pytest.fixture(scope="session")
def client(server):
    return server.client()


@pytest.fixture
def functions(client):
    functions = Functions(client)
    yield functions
    functions.clear()


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request):
    """Each language in turn."""
    return request.param


@pytest.fixture
def start_server(tmp_path):
    """Starts servers of the test's own. Those that still run at its end are ended."""
    started = []

    def start(*arguments, data_dir=None):
        server = Server(data_dir or tmp_path / f"data-{len(started)}", *arguments)
        started.append(server)
        return server

    yield start
    for server in started:
        if server.runs:
            status, left = server.stop()
            assert (status, left) == (0, [])
