"""Where log lines go: standard output, or the telemetry channel if the environment names one."""

import os
import sys
import time

TIMESTAMP = "%Y-%m-%dT%H:%M:%SZ"
IS_JSON = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"

# observed: frame types of the telemetry channel; the level is in the low bits, JSON is even.
FIRST_TEXT_FRAME = 0xA55A0003
FIRST_JSON_FRAME = 0xA55A0002


def frame_type(is_json, level):
    """The frame for a log level, which counts in tens; 0 is none."""
    first = FIRST_JSON_FRAME if is_json else FIRST_TEXT_FRAME
    return (first + 4 * (level // 10 + 1) if level else first).to_bytes(4, "big")


ERROR_FRAME = frame_type(IS_JSON, 40)


class StandardSink:
    """Log lines go where `print` goes."""

    def log(self, message, frame_type=None):
        sys.stdout.write(message)

    def log_error(self, lines):
        sys.stdout.write("\r".join(lines) + "\n")


class FramedSink:
    """Log lines as frames on a descriptor: type, length, microseconds, text; big-endian."""

    def __init__(self, descriptor):
        self.file = os.fdopen(descriptor, "wb", 0)

    def log(self, message, frame_type=None):
        text = message.encode("utf8")
        kind = frame_type or FIRST_TEXT_FRAME.to_bytes(4, "big")
        stamp = time.time_ns() // 1000
        self.file.write(kind + len(text).to_bytes(4, "big") + stamp.to_bytes(8, "big") + text)

    def log_error(self, lines):
        self.log("\n".join(lines), ERROR_FRAME)


if "_LAMBDA_TELEMETRY_LOG_FD" in os.environ:
    SINK = FramedSink(int(os.environ.pop("_LAMBDA_TELEMETRY_LOG_FD")))
else:
    SINK = StandardSink()
