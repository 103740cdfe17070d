"""Finding out in which environments events have left their marks."""

import itertools
from concurrent.futures import ThreadPoolExecutor

from .waiting import wait_until


def marks_of(functions, name, wanted):
    """Waits until events have left all these marks in the function's environments.

    An event may have got an environment of its own beside those of the questions. So the questions
    take a while and come one more at a time, until every environment has to answer one.
    """
    together = itertools.count(1)

    def everything():
        count = min(next(together), 20)
        with ThreadPoolExecutor(count) as threads:
            questions = [threads.submit(functions.invoke, name, {"do": "marks", "ms": 200}) for _ in range(count)]
        return set(wanted) <= {mark for question in questions for mark in question.result().json}

    wait_until(everything, f"the events have run: {sorted(wanted)}")
