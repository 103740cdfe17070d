"""`Invoke-LMFunction` as a program: in a pipe, or on a terminal of its own."""

import json
import subprocess
from dataclasses import dataclass

from .server import BINARIES, REGION, clean_environment
from .waiting import DEADLINE_SECONDS

COMMAND = BINARIES / "Invoke-LMFunction"
KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    status: int
    output: bytes
    errors: str

    @property
    def responses(self):
        """What was printed, a JSON object on each line."""
        return [json.loads(line) for line in self.output.splitlines()]

    @property
    def response(self):
        """The one answer of a command that succeeded."""
        assert self.status == 0, self.errors
        (response,) = self.responses
        return response

    @property
    def payload(self):
        """What the function answered."""
        return json.loads(self.response["Payload"])

    @property
    def error(self):
        """The one error of a command that was asked for errors as JSON."""
        (line,) = self.errors.splitlines()
        return json.loads(line)


class Command:
    """The command with an environment: no settings of the caller's, a home of its own, no instance's credentials."""

    def __init__(self, home, endpoint):
        self.home = home
        nothing = {name: value for name, value in clean_environment().items() if not name.lower().endswith("_proxy")}
        self.bare = nothing | {"HOME": str(home), "AWS_EC2_METADATA_DISABLED": "true"}
        self.variables = self.bare | KEYS | {"AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": REGION}

    def __call__(self, *arguments, stdin=None, variables=None, **more):
        """Runs it in a pipe. `variables` replace the environment, `more` is added to it."""
        done = subprocess.run(
            [COMMAND, *map(str, arguments)],
            env=(self.variables if variables is None else variables) | more,
            cwd=self.home,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            # Without a terminal, whoever runs the tests: nobody can be asked.
            start_new_session=True,
            timeout=2 * DEADLINE_SECONDS,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr.decode())
