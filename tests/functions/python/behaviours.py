"""One Python function with many behaviours: the event says what to do.

It understands the same events as the Node.js and the compiled function beside it. An event
without `do` is echoed. `FUNCTION_INIT` says what goes wrong before the first event.
"""

import os
import signal
import time

if os.environ.get("FUNCTION_INIT") == "exit":
    os._exit(42)
if os.environ.get("FUNCTION_INIT") == "raise":
    raise ValueError("no start")
if os.environ.get("FUNCTION_INIT") == "hang":
    time.sleep(3600)

invocations = 0
seen = []


def now_ms():
    return int(time.time() * 1000)


def describe(context):
    client = context.client_context
    return {
        "request_id": context.aws_request_id,
        "function_arn": context.invoked_function_arn,
        "function_name": context.function_name,
        "function_version": context.function_version,
        "memory_mb": int(context.memory_limit_in_mb),
        "log_group": context.log_group_name,
        "log_stream": context.log_stream_name,
        "deadline_ms": now_ms() + context.get_remaining_time_in_millis(),
        "trace_id": os.environ.get("_X_AMZN_TRACE_ID"),
        "client_context": client and {"custom": client.custom, "env": client.env},
    }


def sleep(ms):
    began = now_ms()
    time.sleep(ms / 1000)
    return {"began_ms": began, "ended_ms": now_ms(), "log_stream": os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]}


def allocate(mb):
    memory = bytearray(mb * 1_048_576)
    for page in range(0, len(memory), 4096):
        memory[page] = 1
    return {"sum": mb * 256}


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return {"written": path}


def log(lines, text):
    for line in range(lines):
        print(line, text)
    return {"lines": lines}


def fail(message):
    raise ValueError(message)


def handler(event, context):
    global invocations
    invocations += 1
    match event:
        case {"do": "context"}:
            return describe(context)
        case {"do": "environment"}:
            return dict(os.environ)
        case {"do": "count"}:
            return {"count": invocations}
        case {"do": "mark", "text": text}:
            seen.append(text)
            return None
        case {"do": "marks", "ms": ms}:
            time.sleep(ms / 1000)
            return seen
        case {"do": "raise", "message": message}:
            fail(message)
        case {"do": "kill"}:
            os.kill(os.getpid(), signal.SIGKILL)
        case {"do": "exit", "code": code}:
            os._exit(code)
        case {"do": "sleep", "ms": ms}:
            return sleep(ms)
        case {"do": "allocate", "mb": mb}:
            return allocate(mb)
        case {"do": "write", "path": path, "text": text}:
            return write(path, text)
        case {"do": "slow-write", "ms": ms, "path": path, "text": text}:
            time.sleep(ms / 1000)
            return write(path, text)
        case {"do": "read", "path": path}:
            with open(path, encoding="utf-8") as file:
                return file.read()
        case {"do": "log", "lines": lines, "text": text}:
            return log(lines, text)
        case {"do": "big", "bytes": size}:
            return "x" * (size - 2)
        case {"do": "unserializable"}:
            return object()
        case {"do": "nothing"}:
            return None
        case _:
            return event
