"""Compares what two runtime clients did, apart from what is theirs alone to choose.

Left out of the comparison: clock readings, the runtime's own stack frames, and headers that only say
which HTTP client is at work.
"""

import json
import re
import struct

HEADERS = ("content-type", "trailer")
HEADER_PREFIX = "lambda-runtime-"
XRAY_CAUSE = "lambda-runtime-function-xray-error-cause"
ERROR_BODY = "lambda-runtime-function-error-body"

CLOCKS = [
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "<time>"),
    (re.compile(r"\[\d{13}\] LAMBDA_RUNTIME"), "[<ms>] LAMBDA_RUNTIME"),
]

# In messages about modules that are missing: who required them.
OWN_MODULE = re.compile(r"/[^\s\"\\]*(?:/runtimes/nodejs|/aws-lambda-ric/dist)/index\.mjs")


def shown(outcome, own_frame):
    """All that is compared, in a form whose difference pytest can print."""
    clean = cleaner(own_frame)
    return {
        "requests": [request_shown(request, clean, own_frame) for request in outcome.requests],
        "stdout": [short(line) for line in clean(outcome.stdout).splitlines(keepends=True)],
        "stderr": [short(line) for line in clean(outcome.stderr).splitlines(keepends=True)],
        "telemetry": [(kind, short(clean(text))) for kind, text in frames(outcome.telemetry)],
        "exit": outcome.exit,
    }


def cleaner(own_frame):
    def clean(text):
        for pattern, replacement in CLOCKS:
            text = pattern.sub(replacement, text)
        return OWN_MODULE.sub("<runtime>/index.mjs", own_frame.sub("", text))

    return clean


def request_shown(request, clean, own_frame):
    headers = {
        name: value
        for name, value in request.headers.items()
        if name in HEADERS or name.startswith(HEADER_PREFIX)
    }
    if XRAY_CAUSE in headers:
        headers[XRAY_CAUSE] = xray_shown(headers[XRAY_CAUSE], own_frame)
    trailers = dict(request.trailers)
    if ERROR_BODY in trailers:
        import base64

        trailers[ERROR_BODY] = clean(base64.b64decode(trailers[ERROR_BODY]).decode())
    return {
        "what": f"{request.method} {request.path}",
        "headers": headers,
        "body": short(clean(request.body.decode("utf-8", "surrogateescape"))),
        "trailers": trailers,
    }


def short(text):
    """Megabytes are equal or not; nobody reads the difference, and finding it takes for ever."""
    return text if len(text) < 4_000 else f"{text[:200]}... {len(text)} long, {hash(text)}"


def xray_shown(text, own_frame):
    """The cause with its keys in order, but without frames and paths of the runtime."""
    cause = json.loads(text)
    paths = set()
    for exception in cause["exceptions"]:
        stack = exception["stack"]
        # `file` is what AWS's client for Node.js makes of every file:// URL.
        stack[:] = [frame for frame in stack if not is_own(frame["path"], own_frame)]
        paths.update(frame["path"] for frame in stack)
    cause["paths"] = sorted(set(cause["paths"]) & paths)
    return short(json.dumps(cause, ensure_ascii=False))


def is_own(path, own_frame):
    return path == "file" or own_frame.owns(path)


def frames(telemetry):
    """The frames of the telemetry channel: type and text."""
    told = []
    while telemetry:
        kind, length, microseconds = struct.unpack(">IIQ", telemetry[:16])
        assert microseconds > 1_700_000_000_000_000, "a frame carries the time in microseconds"
        told.append((hex(kind), telemetry[16 : 16 + length].decode()))
        telemetry = telemetry[16 + length :]
    return told


class OwnFrames:
    """Recognizes the stack frames of a runtime client in tracebacks, in JSON and in the log."""

    def __init__(self, patterns, markers):
        self.patterns = [re.compile(pattern, re.S) for pattern in patterns]
        self.markers = markers

    def sub(self, replacement, text):
        if not self.owns(text):
            return text
        for pattern in self.patterns:
            text = pattern.sub(replacement, text)
        return text

    def owns(self, path):
        return any(marker in path for marker in self.markers)


def python_frames(*markers):
    """Frames of Python files whose path has one of the markers."""
    own = "|".join(map(re.escape, markers))
    return OwnFrames(
        [
            # In a JSON array: one string a frame.
            rf'"  File \\"[^"\\]*(?:{own})[^"\\]*\\", line \d+, in [^"]*?\\n(?:    (?:[^"\\]|\\.)*?\\n)?"(?:, )?',
            # In the log, behind non-breaking spaces.
            rf'[\r\n]\u00a0\u00a0File "[^"]*(?:{own})[^"]*", line \d+, in [^\r\n]*(?:[\r\n]\u00a0{{4}}[^\r\n]*)?',
            # In a traceback of the interpreter: the frame, its line, and marks below that.
            rf'  File "[^"\n]*(?:{own})[^"\n]*", line \d+, in [^\n]*\n(?:    [^\n]*\n)*',
            # In a warning: the place, and the line.
            rf"(?m:^)/[^\n:]*(?:{own})[^\n:]*:\d+: (?=\w+Warning: )",
            r"(?<=never awaited\n)  [^\n]*\n",
        ],
        markers,
    )


def node_frames(*markers):
    """Frames of JavaScript files whose path has one of the markers."""
    own = "|".join(map(re.escape, markers))
    return OwnFrames(
        [
            rf',"    at [^"]*(?:{own})[^"]*"',
            rf"[\r\n]    at [^\r\n]*(?:{own})[^\r\n]*",
            rf"(?:\\r|\\n)    at [^\\\"\r\n]*(?:{own})[^\\\"\r\n]*",
        ],
        markers,
    )
