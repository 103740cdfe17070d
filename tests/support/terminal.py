"""A program on a terminal of its own, and a person who reads and types there."""

import os
import pty
import select
import subprocess
import termios
import time

from .waiting import DEADLINE_SECONDS

# The first terminal that the leader of a session opens becomes the session's own.
ON_TERMINAL = ["sh", "-c", ': <> "$0"; exec "$@"']


class Terminal:
    """Runs a program whose controlling terminal this is.

    Each of its three streams is the terminal, unless `streams` say otherwise, as for `subprocess.Popen`.
    """

    def __init__(self, command, env, **streams):
        self._parent, child = pty.openpty()
        self.screen = ""
        everywhere = {"stdin": child, "stdout": child, "stderr": child}
        try:
            self.process = subprocess.Popen(
                [*ON_TERMINAL, os.ttyname(child), *command],
                env=env,
                start_new_session=True,
                **(everywhere | streams),
            )
        finally:
            os.close(child)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(DEADLINE_SECONDS)
        os.close(self._parent)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                stream.close()

    def expect(self, text):
        """Reads until the screen shows the text, and takes everything up to it off the screen."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while text not in self.screen:
            assert self._read(deadline), f"no {text!r}, but {self.screen!r}"
        before, _, self.screen = self.screen.partition(text)
        return before

    def type(self, text):
        os.write(self._parent, text.encode())

    @property
    def echoes(self):
        """Whether what is typed is shown."""
        local_modes = termios.tcgetattr(self._parent)[3]
        return bool(local_modes & termios.ECHO)

    def end(self):
        """Waits for the end. Returns the exit status and the rest of what was shown."""
        deadline = time.monotonic() + DEADLINE_SECONDS
        while self._read(deadline):
            pass
        return self.process.wait(DEADLINE_SECONDS), self.screen

    def _read(self, deadline):
        ready, _, _ = select.select([self._parent], [], [], max(0, deadline - time.monotonic()))
        assert ready, f"nothing more in {DEADLINE_SECONDS} s after {self.screen!r}"
        try:
            part = os.read(self._parent, 65536)
        except OSError:
            # Nobody has the terminal open any more.
            return False
        self.screen += part.decode(errors="replace").replace("\r\n", "\n")
        return bool(part)
