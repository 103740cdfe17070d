"""Handlers that fail, each in its own way."""

import os
import sys


class Custom(Exception):
    pass


class WithText(Exception):
    def __str__(self):
        return "text of its own"


class BrokenText(Exception):
    def __str__(self):
        raise ValueError("no text")


def raises(event, context):
    raise ValueError("a message")


def deep(event, context):
    def inner(depth):
        if depth:
            return inner(depth - 1)
        raise Custom("deep", 7)

    inner(3)


def without_message(event, context):
    raise Custom


def with_text(event, context):
    raise WithText("ignored")


def broken_text(event, context):
    raise BrokenText()


def multi_line(event, context):
    raise Custom("first\n  second\n\nthird é €")


def with_cause(event, context):
    try:
        {}["missing"]
    except KeyError as error:
        raise Custom("outer") from error


def with_context(event, context):
    try:
        1 / 0
    finally:
        raise Custom("in finally")


def key_error(event, context):
    return event["missing"]


def on_one_line(event, context): raise Custom("one line")  # noqa: E704


def in_library(event, context):
    import json

    json.loads("{")


def in_generated_code(event, context):
    exec(compile("raise ValueError('generated')", "<generated>", "exec"))


def in_file_called_bootstrap(event, context):
    exec(compile("\nraise ValueError('x')", "/elsewhere/bootstrap.py", "exec"))




def long_message(event, context):
    raise Custom("x" * 1_100_000)


def system_exit(event, context):
    sys.exit(42)


def system_exit_without_code(event, context):
    sys.exit()


def system_exit_with_text(event, context):
    sys.exit("a reason")


def exit_builtin(event, context):
    exit(3)


def os_exit(event, context):
    print("before", flush=True)
    os._exit(7)


def interrupt(event, context):
    raise KeyboardInterrupt()


def base_exception(event, context):
    raise GeneratorExit("base")


def killed(event, context):
    os.kill(os.getpid(), 9)


def second_time(event, context):
    if event.get("fail"):
        raise Custom("once")
    return "fine"


def surrogate(event, context):
    raise Custom("\ud800")


def looks_like_json(event, context):
    raise Custom('{"errorMessage": "inner", "quote": "\\""}')


def empty_name(event, context):
    raise type("", (Exception,), {})("nameless")


def exits_in_thread(event, context):
    import threading

    def fails():
        raise Custom("in a thread")

    thread = threading.Thread(target=fails, name="worker")
    threading.excepthook = lambda arguments: print("hook", arguments.exc_type.__name__)
    thread.start()
    thread.join()
    return "survived"


def lost_pipe(event, context):
    sys.stdout.stream = None
    return 1
