"""An invocation: what goes in, what comes out, and what is logged."""

import base64
import http.client
import json
import re
from concurrent.futures import ThreadPoolExecutor

from support import raw
from support.errors import refused
from support.functions import COMPILED, PYTHON

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


def client_context(value):
    return base64.b64encode(json.dumps(value).encode()).decode()


def test_an_event_goes_in_and_an_answer_comes_out(functions, kind):
    event = {"text": "grüße, 世界 🎉", "number": 1.5, "list": [1, None, True], "empty": {}}

    answer = functions.invoke(functions.create(kind), event)

    assert (answer.status, answer.error, answer.version) == (200, None, "$LATEST")
    assert answer.json == event


def test_an_invocation_without_a_body_gets_an_empty_event(server, functions, kind):
    name = functions.create(kind)

    status, _, body = raw.request(server.address, "POST", f"/2015-03-31/functions/{name}/invocations")

    assert (status, json.loads(body)) == (200, {})


def test_the_answers_headers_are_lambdas(functions):
    headers = functions.invoke(functions.create(COMPILED)).headers

    assert re.fullmatch(UUID, headers["x-amzn-requestid"])
    assert headers["content-type"] == "application/json"
    assert headers["x-amz-executed-version"] == "$LATEST"
    assert headers["x-amzn-remapped-content-length"] == "0"
    assert re.match(r"root=1-[0-9a-f]{8}-[0-9a-f]{24};", headers["x-amzn-trace-id"].lower())
    assert "x-amz-function-error" not in headers
    assert "x-amz-log-result" not in headers


def test_a_log_tail_tells_the_whole_invocation(functions, kind):
    name = functions.create(kind, MemorySize=192)
    event = {"do": "log", "lines": 2, "text": "hello"}

    cold = functions.invoke(name, event, LogType="Tail")
    warm = functions.invoke(name, event, LogType="Tail")

    report = (
        r"REPORT RequestId: {id}\tDuration: (\d+\.\d\d) ms\tBilled Duration: (\d+) ms\t"
        r"Memory Size: 192 MB\tMax Memory Used: (\d+) MB\t{init}"
    )
    for answer, init in [(cold, r"Init Duration: \d+\.\d\d ms\t"), (warm, "")]:
        lines = answer.log.split("\n")
        start = lines.index(f"START RequestId: {answer.request_id} Version: $LATEST")
        assert lines[start + 1 : start + 4] == ["0 hello", "1 hello", f"END RequestId: {answer.request_id}"]
        match = re.fullmatch(report.format(id=answer.request_id, init=init), lines[start + 4])
        assert match, lines[start + 4]
        assert int(match[2]) >= float(match[1])
        assert 0 < int(match[3]) <= 192
        assert lines[start + 5 :] == [""]
        assert start == 0


def test_a_failed_invocation_says_so_in_its_report(functions):
    name = functions.create(COMPILED, Timeout=1)

    exited = functions.invoke(name, {"do": "exit", "code": 3}, LogType="Tail")
    late = functions.invoke(name, {"do": "sleep", "ms": 60_000}, LogType="Tail")

    assert exited.log.rstrip("\n").endswith("\tStatus: error\tError Type: Runtime.ExitError")
    assert late.log.rstrip("\n").endswith("\tStatus: timeout")


def test_the_context_describes_the_invocation(functions, kind):
    name = functions.create(kind, Timeout=60, MemorySize=192)

    answer = functions.invoke(name, {"do": "context"})

    context = answer.json
    expected = {
        "request_id": answer.request_id,
        "function_name": name,
        "function_version": "$LATEST",
        "function_arn": f"arn:aws:lambda:us-east-1:000000000000:function:{name}",
        "memory_mb": 192,
        "log_group": f"/aws/lambda/{name}",
        "client_context": None,
    }
    assert {key: context.get(key) for key in expected} == expected
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32}", context["log_stream"])
    assert re.match(r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=[01]", context["trace_id"])


def test_the_client_context_reaches_the_function(functions, kind):
    sent = {"custom": {"colour": "blue"}, "env": {"locale": "de"}}
    if kind is COMPILED:
        # The Rust client calls it `environment`.
        sent = {"custom": {"colour": "blue"}, "environment": {"locale": "de"}}

    answer = functions.invoke(functions.create(kind), {"do": "context"}, ClientContext=client_context(sent))

    received = answer.json["client_context"]
    assert {key: received[key] for key in sent} == sent


def test_a_client_context_has_a_largest_size(functions):
    name = functions.create(COMPILED)
    largest = client_context({"custom": {"x": "y" * 2600}})
    assert 3400 < len(largest) <= 3583
    too_large = client_context({"custom": {"x": "y" * 2700}})
    assert len(too_large) > 3583

    assert functions.invoke(name, {"a": 1}, ClientContext=largest).json == {"a": 1}
    with refused("InvalidRequestContentException", status=400):
        functions.invoke(name, ClientContext=too_large)


def test_a_client_context_is_base64_of_json(functions):
    name = functions.create(COMPILED)

    for bad in ["%%%", base64.b64encode(b"no json").decode()]:
        with refused("InvalidRequestContentException", status=400):
            functions.invoke(name, ClientContext=bad)


def test_an_unknown_kind_of_invocation_is_refused(functions):
    name = functions.create(COMPILED)

    with refused(
        "ValidationException",
        re.compile("'invocationType' failed to satisfy constraint: Member must satisfy enum value set: "),
        400,
    ):
        functions.invoke(name, InvocationType="Later")
    with refused(
        "ValidationException",
        re.compile("'logType' failed to satisfy constraint: Member must satisfy enum value set: "),
        400,
    ):
        functions.invoke(name, LogType="All")


def test_a_trace_is_carried_on(server, functions):
    name = functions.create(PYTHON)
    root = "1-5759e988-bd862e3fe1be46a994272793"

    status, headers, body = raw.request(
        server.address,
        "POST",
        f"/2015-03-31/functions/{name}/invocations",
        b'{"do": "context"}',
        {"X-Amzn-Trace-Id": f"Root={root};Parent=53995c3f42cd8ad8;Sampled=1"},
    )

    assert status == 200
    assert root in headers["X-Amzn-Trace-Id"]
    assert json.loads(body)["trace_id"].startswith(f"Root={root};Parent=")


def test_many_invocations_go_over_one_connection(server, functions):
    name = functions.create(COMPILED)
    connection = http.client.HTTPConnection(*server.address, timeout=120)

    for number in range(50):
        body = json.dumps({"number": number})
        connection.request("POST", f"/2015-03-31/functions/{name}/invocations", body, raw.SIGNATURE)
        sock = connection.sock
        response = connection.getresponse()
        assert json.loads(response.read()) == {"number": number}
        assert connection.sock is sock is not None
    connection.close()


def test_a_long_call_is_not_cut_off(functions):
    name = functions.create(COMPILED, Timeout=120)

    # Longer than any limit that the server has on clients that say nothing.
    answer = functions.invoke(name, {"do": "sleep", "ms": 45_000})

    assert answer.error is None
    assert answer.json["ended_ms"] - answer.json["began_ms"] >= 45_000


def test_sixty_four_clients_lose_nothing(functions):
    name = functions.create(COMPILED)

    def ask(client):
        return [functions.invoke(name, {"client": client, "number": number}).json for number in range(20)]

    with ThreadPoolExecutor(64) as threads:
        answers = list(threads.map(ask, range(64)))

    assert answers == [[{"client": client, "number": number} for number in range(20)] for client in range(64)]


def test_a_dry_run_asks_whether_the_function_is_there(functions):
    name = functions.create(COMPILED)

    assert functions.invoke(name, InvocationType="DryRun").status == 204
    with refused("ResourceNotFoundException", status=404):
        functions.invoke(f"{name}-not", InvocationType="DryRun")
