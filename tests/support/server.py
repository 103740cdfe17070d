"""A real `invoked serve`, and clients of it."""

import json
import os
import signal
import subprocess
from pathlib import Path

import boto3
from botocore.config import Config

from . import leftovers
from .waiting import DEADLINE_SECONDS, wait_until

REPOSITORY = Path(__file__).resolve().parents[2]
BINARIES = Path(os.environ.get("INVOKED_BIN_DIR", REPOSITORY / "target" / "debug"))
REGION = "us-east-1"
ACCOUNT = "000000000000"


class Server:
    """A running server. `arguments` go to `serve` after the ones that every test server gets; `prefix` is a command that
    becomes the program it is given."""

    def __init__(self, data_dir, *arguments, listen="127.0.0.1:0", prefix=(), program=BINARIES / "invoked"):
        self.data_dir = Path(data_dir)
        self.log = self.data_dir.parent / f"{self.data_dir.name}.log"
        self._before = leftovers.Before()
        command = [*prefix, program, "serve", "--listen", listen, "--data-dir", self.data_dir]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--output", "json", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                env=clean_environment(),
            )
        line = self.process.stdout.readline()
        if not line:
            status = self.process.wait(DEADLINE_SECONDS)
            raise AssertionError(f"the server ended with {status}: {self.log.read_text()}")
        self.ready = json.loads(line)
        self.endpoint = self.ready["endpoint"]
        host, _, port = self.endpoint.removeprefix("http://").rpartition(":")
        self.address = (host, int(port))

    def client(self, **config):
        """A boto3 client that sends every request once."""
        options = {"retries": {"total_max_attempts": 1}, "read_timeout": 120, "max_pool_connections": 64}
        return boto3.client(
            "lambda",
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(**(options | config)),
        )

    def variables(self):
        """What a program needs to find this server, and nothing of the caller's AWS settings."""
        return clean_environment() | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def environments(self):
        """The processes of functions: what is below the inits, which wait below the spawner before they are needed."""
        parents = {pid: parent for (pid, _), parent in leftovers.processes().items()}
        spawners = {pid for pid, parent in parents.items() if parent == self.process.pid}
        waiting = {pid for pid, parent in parents.items() if parent in spawners}
        inits = {pid for pid, parent in parents.items() if parent in waiting}
        own = {self.process.pid} | spawners | waiting | inits
        return {pid for pid, _ in leftovers.tree_of(self.process.pid)} - own

    def stop(self, number=signal.SIGINT):
        """Asks the server to end, and returns its status and what it has left behind."""
        snapshot = leftovers.Snapshot(self.process.pid, self._before)
        self.process.send_signal(number)
        status = self.process.wait(DEADLINE_SECONDS)
        return status, snapshot.left(self.data_dir)

    def kill(self):
        """Ends the server as a power cut would, and waits until its functions are gone as well."""
        tree = leftovers.tree_of(self.process.pid)
        self.process.kill()
        self.process.wait(DEADLINE_SECONDS)
        wait_until(lambda: not tree & leftovers.processes().keys(), "all of the server's processes ended")

    @property
    def runs(self):
        return self.process.poll() is None


def clean_environment():
    """The caller's environment without settings of AWS clients or of the server."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "INVOKED_")) or name == "INVOKED_BIN_DIR"
    }
