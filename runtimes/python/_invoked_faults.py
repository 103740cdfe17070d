"""What a failed function says, to the Runtime API and to its log. Loaded by the first failure."""

import os
import sys
import time
import traceback

import _invoked_runtime
from _invoked_json import encode
from _invoked_sink import IS_JSON, SINK, TIMESTAMP

RUNTIME_DIRECTORY = os.path.dirname(os.path.abspath(__file__)) + os.sep

# observed: the words of AWS's client; logs of functions are searched for them.
INIT_WARNING = (
    "LAMBDA_WARNING: Unhandled exception. The most likely cause is an issue in the function code. "
    "However, in rare cases, a Lambda runtime update can cause unexpected function behavior. "
    "For functions using managed runtimes, runtime updates can be triggered by a function change, "
    "or can be applied automatically. To determine if the runtime has been updated, check the "
    "runtime version in the INIT_START log entry. If this error correlates with a change in the "
    "runtime version, you may be able to mitigate this error by temporarily rolling back to the "
    "previous runtime version. For more information, see "
    "https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html\r"
)


class Failure:
    """A failure as the invoker sees it, and as X-Ray does."""

    def __init__(self, error, request_id):
        if isinstance(error, _invoked_runtime.Fault):
            kind, message, frames = error.kind, error.message, []
            trace, xray_kind = error.trace or [], "LambdaValidationError"
        else:
            kind, message, frames = type(error).__name__, str(error), function_frames(error)
            trace, xray_kind = traceback.format_list(frames), kind
        self.payload = {
            "errorMessage": message,
            "errorType": kind,
            "requestId": request_id,
            "stackTrace": trace,
        }
        stack = [{"label": name, "path": path, "line": line} for path, line, name, _ in frames]
        self.xray_cause = {
            "working_directory": os.getcwd(),
            "exceptions": [{"message": message, "type": xray_kind, "stack": stack}],
            "paths": sorted({path for path, _, _, _ in frames}),
        }

    def report_init(self, api):
        """Logs and posts why the handler could not be loaded."""
        import logging

        logging.warning(INIT_WARNING)
        log(self.payload)
        api.post_init_error(self.payload["errorType"], encode(self.payload))

    def report_invocation(self, api, extra):
        """Logs and posts how the invocation failed."""
        log(self.payload)
        request_id = self.payload["requestId"]
        api.post_error(request_id, extra, encode(self.payload), encode(self.xray_cause))


def function_frames(error):
    """The frames of a traceback below the runtime's own; all of them if there are no others."""
    frames = [
        (frame.filename, frame.lineno, frame.name, frame.line)
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    for index, (path, _, _, _) in enumerate(frames):
        # AWS's client takes whatever has this name for its own.
        if not path.startswith(RUNTIME_DIRECTORY) and "/bootstrap.py" not in path:
            return frames[index:]
    return frames


def log(failure):
    if IS_JSON:
        line = {"timestamp": time.strftime(TIMESTAMP, time.gmtime()), "level": "ERROR"}
        line.update(failure)
        SINK.log_error([encode(line)])
        return
    head = "[ERROR]"
    if failure["errorType"]:
        head += " " + failure["errorType"]
    if failure["errorMessage"]:
        head += (": " if failure["errorType"] else " ") + failure["errorMessage"]
    lines = [head, "Traceback (most recent call last):"]
    for entry in failure["stackTrace"]:
        lines += [indented(line) for line in entry.splitlines()] if entry else [""]
    SINK.log_error(lines)


def indented(line):
    """The line with its indentation in spaces that no log viewer drops."""
    bare = line.lstrip(" ")
    return "\u00a0" * (len(line) - len(bare)) + bare
