"""Lambda's log formats for Python's `logging`. Loaded as soon as `logging` is."""

import logging
import os
import time
import traceback

from _invoked_runtime import Invocation
from _invoked_sink import IS_JSON, SINK, TIMESTAMP, frame_type

LEVEL = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "")
LEVEL = "DEBUG" if LEVEL == "TRACE" else LEVEL.upper()

# Attributes of every log record; only what a function adds is written besides our own fields.
KNOWN_ATTRIBUTES = frozenset(
    "name msg args levelname levelno pathname filename module exc_info exc_text stack_info lineno "
    "funcName created msecs relativeCreated thread threadName processName process aws_request_id "
    "tenant_id _frame_type".split()
)


def level_in_tens(record):
    return min(50, max(0, record.levelno)) // 10 * 10


class LambdaLoggerHandler(logging.Handler):
    def __init__(self, log_sink):
        super().__init__()
        self.log_sink = log_sink

    def emit(self, record):
        self.log_sink.log(self.format(record))


class LambdaLoggerHandlerWithFrameType(LambdaLoggerHandler):
    def emit(self, record):
        text = self.format(record)
        kind = getattr(record, "_frame_type", None) or frame_type(False, level_in_tens(record))
        self.log_sink.log(text, kind)


class LambdaLoggerFilter(logging.Filter):
    def filter(self, record):
        record.aws_request_id = Invocation.request_id or ""
        record.tenant_id = Invocation.tenant_id
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a record, with what the function attached to it."""

    def __init__(self):
        super().__init__(datefmt=TIMESTAMP)

    def format(self, record):
        record.levelno = level_in_tens(record)
        record.levelname = logging.getLevelName(record.levelno)
        record._frame_type = frame_type(True, record.levelno)
        is_object = isinstance(record.msg, dict) and not record.args
        failure = record.exc_info or None
        kind, error, trace = failure or (None, None, None)
        line = {
            "timestamp": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "message": record.msg if is_object else record.getMessage(),
            "logger": record.name,
            "stackTrace": failure and traceback.format_tb(trace),
            "errorType": failure and kind.__name__,
            "errorMessage": failure and str(error),
            "requestId": getattr(record, "aws_request_id", None),
            "location": failure
            and "%s:%s:%s" % (record.pathname, record.funcName, record.lineno),
        }
        if getattr(record, "tenant_id", None) is not None:
            line["tenantId"] = record.tenant_id
        for name, value in record.__dict__.items():
            if name not in KNOWN_ATTRIBUTES and name not in line:
                line[name] = value
        import json

        shown = {name: value for name, value in line.items() if value is not None}
        return json.dumps(shown, ensure_ascii=False, default=str) + "\n"


def configure():
    """Gives the root logger Lambda's handler, as functions find it."""
    logging.Formatter.converter = time.gmtime
    root = logging.getLogger()
    if IS_JSON or LEVEL:
        handler = LambdaLoggerHandlerWithFrameType(SINK)
    else:
        handler = LambdaLoggerHandler(SINK)
    if IS_JSON:
        handler.setFormatter(JsonFormatter())
    else:
        line = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n"
        handler.setFormatter(logging.Formatter(line, "%Y-%m-%dT%H:%M:%S"))
    if LEVEL in logging._nameToLevel:
        root.setLevel(LEVEL)
    handler.addFilter(LambdaLoggerFilter())
    root.addHandler(handler)
