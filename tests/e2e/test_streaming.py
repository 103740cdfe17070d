"""Answers that arrive while the function makes them."""

import base64
import json
import re
import time
from pathlib import Path

import pytest
from support import raw
from support.errors import refused
from support.functions import COMPILED, KINDS, NODE, PYTHON
from support.waiting import wait_until

# A function in Node.js that streams what the event asks for.
STREAMER = {
    "main.js": """
const fs = require('node:fs');
const { setTimeout: sleep } = require('node:timers/promises');

exports.handler = awslambda.streamifyResponse(async (event, stream, context) => {
  if (event.log) console.log(event.log);
  if (event.throw === 'early') throw new TypeError('early');
  if (event.prelude) stream = awslambda.HttpResponseStream.from(stream, event.prelude);
  if (event.type) stream.setContentType(event.type);
  for (const chunk of event.chunks ?? []) stream.write(chunk);
  if (event.hold) await sleep(event.hold);
  if (event.throw === 'late') throw new RangeError('late');
  if (event.exit) process.exit(event.exit);
  const block = Buffer.alloc(65536, 'x');
  for (let left = event.blocks ?? 0; left > 0; left -= 1) {
    if (!stream.write(block)) await new Promise((done) => stream.once('drain', done));
  }
  stream.end();
});
"""
}


@pytest.fixture
def streamer(functions):
    return functions.create(NODE, files=STREAMER, Handler="main.handler")


class Streamed:
    """A streamed answer that was read to its end."""

    def __init__(self, response):
        self.version = response["ExecutedVersion"]
        self.content_type = response["ResponseStreamContentType"]
        self.chunks, self.complete = [], None
        for event in response["EventStream"]:
            assert self.complete is None, "something follows the end"
            if "PayloadChunk" in event:
                self.chunks.append(event["PayloadChunk"]["Payload"])
            else:
                self.complete = event["InvokeComplete"]

    @property
    def payload(self):
        return b"".join(self.chunks)


def invoke(client, name, event, **parameters):
    return Streamed(start(client, name, event, **parameters))


def start(client, name, event, **parameters):
    payload = json.dumps(event).encode()
    return client.invoke_with_response_stream(FunctionName=name, Payload=payload, **parameters)


def test_a_stream_arrives_in_order_and_ends(client, streamer):
    answer = invoke(client, streamer, {"chunks": ["one,", "two,", "three"]})

    assert (answer.payload, answer.complete) == (b"one,two,three", {})
    assert (answer.version, answer.content_type) == ("$LATEST", "application/vnd.amazon.eventstream")


def test_the_first_byte_arrives_before_the_handler_ends(client, functions):
    name = functions.create(NODE, files=STREAMER, Handler="main.handler", Timeout=120)

    response = start(client, name, {"chunks": ["first"], "hold": 60_000})

    first = next(iter(response["EventStream"]))
    assert first == {"PayloadChunk": {"Payload": b"first"}}
    response["EventStream"].close()


def test_a_compiled_function_streams_chunk_by_chunk(client, functions):
    name = functions.create(COMPILED)

    answer = invoke(client, name, {"do": "stream", "chunks": 3, "ms": 20})

    # The client of AWS for Rust begins every stream with the head of an HTTP response.
    head, _, body = answer.payload.partition(bytes(8))
    assert json.loads(head)["statusCode"] == 200
    assert body == b"chunk 0\nchunk 1\nchunk 2\n"
    assert len(answer.chunks) >= 3
    assert answer.complete == {}


def test_a_prelude_precedes_the_body_of_an_http_response(client, streamer):
    answer = invoke(client, streamer, {"prelude": {"statusCode": 201}, "chunks": ["body"]})

    assert answer.payload == b'{"statusCode":201}' + bytes(8) + b"body"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_function_that_answers_whole_answers_through_a_stream_too(client, functions, kind):
    answer = invoke(client, functions.create(kind), {"hello": "stream"})

    assert (json.loads(answer.payload), answer.complete) == ({"hello": "stream"}, {})


def test_the_end_of_a_stream_brings_the_log(client, streamer, functions):
    buffered = functions.create(PYTHON)

    streamed = invoke(client, streamer, {"log": "hello log", "chunks": ["x"]}, LogType="Tail")
    whole = invoke(client, buffered, {"do": "log", "lines": 1, "text": "hello log"}, LogType="Tail")

    for answer in (streamed, whole):
        log = base64.b64decode(answer.complete["LogResult"]).decode()
        assert "hello log" in log
        assert re.search(r"^REPORT RequestId: ", log, re.M)


def test_an_error_in_the_middle_of_a_stream_stands_at_its_end(client, streamer):
    late = invoke(client, streamer, {"chunks": ["part"], "hold": 1, "throw": "late"})
    early = invoke(client, streamer, {"throw": "early"})

    assert (late.payload, late.complete["ErrorCode"]) == (b"part", "RangeError")
    details = json.loads(late.complete["ErrorDetails"])
    assert (details["errorType"], details["errorMessage"]) == ("RangeError", "late")
    assert (early.payload, early.complete["ErrorCode"]) == (b"", "TypeError")


def test_a_function_that_fails_before_it_streams_is_unhandled(client, functions):
    answer = invoke(client, functions.create(PYTHON), {"do": "raise", "message": "no"})

    assert answer.complete["ErrorCode"] == "Unhandled"
    assert json.loads(answer.complete["ErrorDetails"])["errorMessage"] == "no"
    assert json.loads(answer.payload)["errorMessage"] == "no"


def test_a_timeout_and_a_crash_end_the_stream_where_it_is(client, functions):
    name = functions.create(NODE, files=STREAMER, Handler="main.handler", Timeout=1)

    late = invoke(client, name, {"chunks": ["part"], "hold": 60_000})
    crashed = invoke(client, name, {"chunks": ["part"], "hold": 100, "exit": 3})

    assert (late.payload, late.complete["ErrorCode"]) == (b"part", "Sandbox.Timedout")
    assert "Task timed out after 1.00 seconds" in late.complete["ErrorDetails"]
    assert crashed.payload == b"part"
    assert crashed.complete["ErrorCode"] in ("Runtime.ExitError", "Runtime.TruncatedResponse")


def test_what_cannot_run_is_refused_as_by_invoke(client, functions):
    with refused(code="ResourceNotFoundException", message=re.compile("Function not found"), status=404):
        start(client, "there-is-none", {})
    name = functions.create(COMPILED)
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with refused(code="TooManyRequestsException", status=429):
        start(client, name, {})


def test_a_dry_run_runs_nothing(client, functions, server):
    name = functions.create(COMPILED)
    path = f"/2021-11-15/functions/{name}/response-streaming-invocations"

    status, _, body = raw.request(server.address, "POST", path, headers={"X-Amz-Invocation-Type": "DryRun"})

    assert (status, body) == (204, b"")
    assert functions.invoke(name, {"do": "count"}).json == {"count": 1}


def test_a_large_stream_arrives_whole(client, streamer):
    answer = invoke(client, streamer, {"blocks": 320})

    assert len(answer.payload) == 320 * 65_536
    assert answer.complete == {}


def resident_bytes(pid):
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) * 1024


def test_a_client_that_reads_slowly_slows_the_function_down(server, functions):
    """The function gets no further than what the client's and the function's sockets hold."""
    source = STREAMER["main.js"].replace(
        "    if (!stream.write(block))",
        "    fs.writeFileSync('/tmp/left', String(left));\n    if (!stream.write(block))",
    )
    source = source.replace("  stream.end();", "  console.log('all is written');\n  stream.end();")
    name = functions.create(NODE, files={"main.js": source}, Handler="main.handler")
    body = json.dumps({"blocks": 1_600}).encode()
    path = f"/2021-11-15/functions/{name}/response-streaming-invocations"
    head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}", "X-Amz-Log-Type: Tail"]
    head += [f"{key}: {value}" for key, value in raw.SIGNATURE.items()]
    before = resident_bytes(server.process.pid)
    with raw.connect(server.address) as connection:
        connection.settimeout(60)
        connection.sendall("\r\n".join([*head, "", ""]).encode() + body)
        received = len(connection.recv(65_536))
        steady, count = 0, -1
        # It comes to a rest although nobody reads: what it wants to write is many times what fits in between.
        while steady < 10:
            time.sleep(0.1)
            now = resident_bytes(server.process.pid)
            steady, count = (steady + 1, count) if now == count else (0, now)
        assert count - before < 32 << 20
        end = b""
        while b"InvokeComplete" not in end:
            chunk = connection.recv(1 << 20)
            assert chunk, received
            received += len(chunk)
            end = end[-64:] + chunk[-4096:]

    assert received > 1_599 * 65_536


def test_a_stream_ends_at_200_megabytes(client, streamer):
    answer = invoke(client, streamer, {"blocks": 3_300})

    assert 200_000_000 < len(answer.payload) <= 209_715_200
    assert answer.complete["ErrorCode"] == "Function.ResponseSizeTooLarge"
    assert "(209715200 bytes)" in answer.complete["ErrorDetails"]


def test_an_answer_of_six_megabytes_arrives_through_a_stream(client, functions):
    answer = invoke(client, functions.create(COMPILED), {"do": "big", "bytes": 6_000_000})

    assert len(answer.payload) == 6_000_000
    assert len(answer.chunks) > 1


def test_invoke_gets_the_whole_of_a_stream(functions, streamer):
    whole = functions.invoke(streamer, {"chunks": ["one,", "two"], "type": "text/plain"})
    failed = functions.invoke(streamer, {"chunks": ["part"], "hold": 1, "throw": "late"})
    large = functions.invoke(streamer, {"blocks": 100})

    assert (whole.error, whole.payload, whole.headers["content-type"]) == (None, b"one,two", "text/plain")
    assert (failed.error, failed.json["errorType"]) == ("Unhandled", "RangeError")
    assert (large.error, large.json["errorType"]) == ("Unhandled", "Function.ResponseSizeTooLarge")


def test_a_client_that_goes_away_does_not_end_the_function(server, client, functions):
    source = STREAMER["main.js"].replace("  stream.end();", "  finished += 1;\n  stream.end();")
    source = "let finished = 0;\n" + source.replace("event.chunks ??", "event.count ? [String(finished)] : event.chunks ??")
    name = functions.create(NODE, files={"main.js": source}, Handler="main.handler")
    client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=1)
    body = json.dumps({"chunks": ["first"], "hold": 300, "blocks": 400}).encode()
    path = f"/2021-11-15/functions/{name}/response-streaming-invocations"
    head = [f"POST {path} HTTP/1.1", "Host: x", f"Content-Length: {len(body)}"]
    head += [f"{key}: {value}" for key, value in raw.SIGNATURE.items()]
    with raw.connect(server.address) as connection:
        connection.sendall("\r\n".join([*head, "", ""]).encode() + body)
        received = b""
        while b"first" not in received:
            received += connection.recv(65_536)

    def finished():
        try:
            return invoke(client, name, {"count": True}).payload
        except client.exceptions.TooManyRequestsException:
            return None

    assert wait_until(finished, "an answer of the environment that was left alone") == b"1"
