"""Waiting for something to become true, under a deadline."""

import time

# Generous: it is reached only when something is broken, or the machine is very busy.
DEADLINE_SECONDS = 60


def wait_until(condition, what, seconds=DEADLINE_SECONDS):
    """Calls `condition` until it returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"after {seconds} s: not {what}; last: {value!r}")
        time.sleep(0.05)
