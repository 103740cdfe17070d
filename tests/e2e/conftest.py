"""Fixtures of the tests of `Invoke-LMFunction`: the command, what it sends, and functions to call."""

import pytest
from support.command import Command
from support.functions import COMPILED, PYTHON, Functions
from support.moto import Moto
from support.recorder import Recorder
from support.web import Web


@pytest.fixture(scope="session")
def recorder(server):
    recorder = Recorder(server.address)
    yield recorder
    recorder.stop()


@pytest.fixture
def wire(recorder):
    """What the test has sent to the server."""
    recorder.clear()
    return recorder


@pytest.fixture
def lm(wire, tmp_path):
    """The command, with keys and a region in its environment, and the recorded server as its endpoint."""
    home = tmp_path / "home"
    home.mkdir()
    return Command(home, wire.endpoint)


@pytest.fixture(scope="session")
def shared_functions(client):
    functions = Functions(client)
    yield functions
    functions.clear()


@pytest.fixture(scope="session")
def echo(shared_functions):
    """A function for all tests that leave nothing behind in it."""
    return shared_functions.create(COMPILED)


@pytest.fixture(scope="session")
def behaving(shared_functions):
    """The Python function of many behaviours, for all tests that leave nothing behind in it."""
    return shared_functions.create(PYTHON)


@pytest.fixture(scope="session")
def moto(tmp_path_factory):
    """A Lambda API that is not ours, with STS and IAM."""
    moto = Moto(tmp_path_factory.mktemp("moto"))
    yield moto
    moto.stop()


@pytest.fixture(scope="session")
def moto_recorder(moto):
    recorder = Recorder(moto.address)
    yield recorder
    recorder.stop()


@pytest.fixture
def moto_wire(moto_recorder):
    """What the test has sent to moto."""
    moto_recorder.clear()
    return moto_recorder


@pytest.fixture
def web():
    """Starts web servers, each with its own answer."""
    started = []

    def start(answer, **options):
        started.append(Web(answer, **options))
        return started[-1]

    yield start
    for server in started:
        server.stop()
