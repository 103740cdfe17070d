"""Waits to be told which function this is, in an interpreter that was started ahead of time.

What is told is the environment, on standard input; the function's files are there when it has been
read to its end.
"""

import os

# AWS's client has loaded these before the function. `logging` is not among them: it is configured
# by variables that are not known yet.
PRELOADED = (
    "collections contextlib decimal enum functools json linecache numbers re string textwrap "
    "threading tokenize traceback types warnings weakref"
)


def wait():
    for name in PRELOADED.split():
        __import__(name)
    if "_INVOKED_IS_MOULD" in os.environ:
        del os.environ["_INVOKED_IS_MOULD"]
        import _invoked_mould

        _invoked_mould.serve()
    told = b""
    while chunk := os.read(0, 65536):
        told += chunk
    if not told:
        # Nobody needs this interpreter.
        os._exit(0)
    null = os.open("/dev/null", os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    environment = os.environb
    del environment[b"_INVOKED_WAITS"]
    for variable in told.split(b"\0"):
        name, value = variable.split(b"=", 1)
        if environment.get(name) != value:
            environment[name] = value
    os.chdir(os.environ["LAMBDA_TASK_ROOT"])
