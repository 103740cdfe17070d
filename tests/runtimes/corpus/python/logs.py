"""Handlers that write to the log."""

import logging
import os
import sys

logger = logging.getLogger(__name__)


def prints(event, context):
    print("one", "two", sep=", ")
    print("multi\nline")
    print("no end", end="")
    print("é€😀")
    print("to stderr", file=sys.stderr)
    sys.stdout.writelines(["a", "b\n"])
    os.write(1, b"raw\n")
    return sys.stdout.write("x\n")


def levels(event, context):
    root = logging.getLogger()
    for name in ("debug", "info", "warning", "error", "critical"):
        getattr(root, name)("%s %d", name, 1)
    root.log(35, "between")
    root.log(100, "above")


def all_levels(event, context):
    logging.getLogger().setLevel(logging.DEBUG)
    levels(event, context)
    logging.getLogger().log(5, "below")
    logging.getLogger().setLevel(1)
    logging.getLogger().log(5, "below")


def named_logger(event, context):
    logger.warning("named")
    logging.getLogger("a.b").error("deeper")


def exceptions(event, context):
    try:
        raise ValueError("caught")
    except ValueError:
        logger.exception("with trace")
    logger.error("no trace", exc_info=False)
    logger.error("none to show", exc_info=True)


def stack(event, context):
    logger.warning("stack", stack_info=True)


def extra(event, context):
    logger.warning("extra", extra={"count": 1, "what": {"a": [1]}, "none": None, "odd": object})
    logger.warning("clash", extra={"level": "mine", "requestId": "mine", "tenantId": "mine"})


def objects(event, context):
    logger.warning({"a": 1, "set": {1}})
    logger.warning({"a": "%(b)s"})
    logger.warning(["list"])
    logger.warning("%s", {"b": 2})
    logger.warning("%(key)s", {"key": "value"})


def bad_format(event, context):
    logging.raiseExceptions = False
    logger.warning("%d", "not a number")
    return "survived"


def multi_line(event, context):
    logger.warning("first\nsecond\r\nthird\n")


def empty(event, context):
    logger.warning("")


def unicode_line(event, context):
    logger.warning("é€😀 \u2028 \x7f")


def own_handler(event, context):
    root = logging.getLogger()
    root.handlers[0].setFormatter(logging.Formatter("[mine] %(aws_request_id)s %(message)s\n"))
    root.warning("formatted")


def basic_config(event, context):
    logging.basicConfig(level=logging.INFO, format="ignored %(message)s")
    logging.info("not shown")
    logging.warning("shown")
    logging.basicConfig(level=logging.INFO, format="forced %(message)s", force=True, stream=sys.stdout)
    logging.info("forced")


def fails_after_log(event, context):
    logger.error("first")
    raise RuntimeError("then")


def redirected(event, context):
    import contextlib
    import io

    hidden = io.StringIO()
    with contextlib.redirect_stdout(hidden):
        logger.warning("captured")
        print("too")
    return hidden.getvalue().count("\n")


def handler_names(event, context):
    root = logging.getLogger()
    return [
        [type(handler).__name__, handler.level, [type(f).__name__ for f in handler.filters]]
        for handler in root.handlers
    ] + [root.level]


logger.warning("while loading")
