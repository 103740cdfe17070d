"""The admin API: events seen, cancelled, redriven and purged, and their results."""

import json
import sqlite3
import subprocess
from contextlib import closing

import pytest
from support.admin import Admin
from support.functions import PYTHON, Functions
from support.queues import Queues, queue_client
from support.server import BINARIES, clean_environment
from support.waiting import DEADLINE_SECONDS, wait_until

FAILING = {"behaviours.py": "def handler(event, context):\n    raise ValueError('no')\n"}
ECHO = {"behaviours.py": "def handler(event, context):\n    return event\n"}


@pytest.fixture
def still(start_server):
    return start_server("--sandbox", "none", "--clock", "virtual")


@pytest.fixture
def retrying(still):
    """A server with an event that waits to run again: the name of its function, its id, and the admin API."""
    functions, admin = Functions(still.client()), Admin(still)
    name = functions.create(PYTHON, files=FAILING)
    event = functions.invoke(name, {"n": 1}, InvocationType="Event").request_id
    # Waits until the first attempt has ended.
    admin.post("clock/advance", {"Seconds": 0})
    return name, event, admin


def test_an_event_that_waits_is_listed_and_shown(retrying):
    name, event, admin = retrying

    (listed,) = admin.get(f"events?function={name}&state=retrying")["Events"]
    shown = admin.get(f"events/{event}?payload=true")

    assert (listed["RequestId"], listed["Function"], listed["State"]) == (event, name, "retrying")
    assert admin.get("events?state=queued") == {"Events": []}
    (attempt,) = shown["AttemptsMade"]
    assert (attempt["Result"], "no" in attempt["Error"]) == ("FunctionError", True)
    assert shown["Payload"] == {"n": 1}
    assert shown["Due"] == listed["Due"]
    assert shown["Caller"] == "test", "the access key that the request was signed with"
    assert admin.call("GET", f"events/{event}/result") == (202, {"RequestId": event, "State": "retrying"})


def test_a_cancelled_event_ends_and_can_begin_anew(retrying):
    name, event, admin = retrying

    assert admin.post(f"events/{event}/cancel")["Count"] == 1

    assert admin.get(f"events/{event}/result")["Ending"] == "Cancelled"
    assert admin.call("POST", f"events/{event}/cancel")[0] == 409
    assert admin.post(f"events/{event}/redrive")["Count"] == 1
    assert [admin.next_event(), admin.next_event()] == [60.0, 120.0]
    assert admin.get(f"events/{event}/result?wait=60")["Ending"] == "RetriesExhausted"


def test_a_redriven_event_runs_now(retrying):
    name, event, admin = retrying

    admin.post(f"events/{event}/redrive")
    admin.post("clock/advance", {"Seconds": 0})

    assert len(admin.get(f"events/{event}")["AttemptsMade"]) == 2


def test_a_purged_queue_is_empty(retrying):
    name, event, admin = retrying

    assert admin.post("events/purge", {"Function": name}) == {"Function": name, "Count": 1}

    assert admin.get("events") == {"Events": []}
    assert admin.call("GET", f"events/{event}/result")[0] == 404


def test_an_event_that_runs_cannot_be_cancelled(still):
    functions, admin = Functions(still.client()), Admin(still)
    name = functions.create(PYTHON)
    event = functions.invoke(name, {"do": "sleep", "ms": 3_000}, InvocationType="Event").request_id
    wait_until(lambda: admin.get("events?state=running")["Events"], "the event runs")

    status, answer = admin.call("POST", f"events/{event}/cancel")

    assert (status, "is running" in answer["message"]) == (409, True), answer
    assert admin.call("POST", f"events/{event}/redrive")[0] == 409
    assert admin.get(f"events/{event}/result?wait=60")["Ending"] == "Success"


def test_a_delivery_that_was_given_up_arrives_when_it_is_redriven(still):
    functions, admin, queues = Functions(still.client()), Admin(still), Queues(queue_client(still.endpoint))
    name = functions.create(PYTHON, files=FAILING)
    queue = queues.create("gone")
    functions.client.put_function_event_invoke_config(
        FunctionName=name,
        MaximumRetryAttempts=0,
        DestinationConfig={"OnFailure": {"Destination": queues.arn(queue)}},
    )
    queues.client.delete_queue(QueueUrl=queue)
    event = functions.invoke(name, {}, InvocationType="Event").request_id
    admin.post("clock/advance", {"Seconds": 0})
    assert admin.get(f"events/{event}")["Deliveries"][0]["State"] == "delivering"

    # It is tried for a day; the first try after that is the last.
    admin.post("clock/advance", {"Seconds": 90_000})
    admin.post("clock/advance", {"Seconds": 0})

    (delivery,) = admin.get(f"events/{event}")["Deliveries"]
    assert (delivery["State"], delivery["Tries"]) == ("undeliverable", 2)
    assert "Due" not in delivery and delivery["Error"]
    (listed,) = admin.get("events?state=undeliverable")["Events"]
    assert listed["RequestId"] == event
    assert admin.call("POST", "clock/advance", {"To": "NextEvent"})[0] == 409, "it waits for people and not for a time"
    again = queues.create("gone")
    assert admin.post(f"events/{event}/redrive")["Count"] == 1
    (body,) = queues.bodies(again)
    assert json.loads(body)["requestContext"]["requestId"] == event


def test_the_next_event_may_be_a_message_that_was_delayed(still):
    admin, queues = Admin(still), Queues(queue_client(still.endpoint))
    queue = queues.create(VisibilityTimeout="90")
    queues.client.send_message(QueueUrl=queue, MessageBody="late", DelaySeconds=30)
    queues.client.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=45)

    assert admin.next_event() == 30.0

    assert queues.bodies(queue) == ["late"]
    # The other one, and then the end of the time for which nobody else sees the first.
    assert [admin.next_event(), admin.next_event()] == [15.0, 75.0]


def test_an_event_that_cannot_be_read_is_set_aside_and_holds_nobody_up(start_server, tmp_path):
    arguments = ("--sandbox", "none", "--clock", "virtual")
    server = start_server(*arguments, data_dir=tmp_path / "data")
    functions, admin = Functions(server.client()), Admin(server)
    name = functions.create(PYTHON, files=FAILING)
    broken = functions.invoke(name, {"n": 1}, InvocationType="Event").request_id
    sound = functions.invoke(name, {"n": 2}, InvocationType="Event").request_id
    admin.post("clock/advance", {"Seconds": 0})
    assert server.stop() == (0, [])
    with closing(sqlite3.connect(server.data_dir / "queue.db")) as queue, queue:
        queue.execute("UPDATE body SET bytes = x'7b7d' WHERE id = (SELECT id FROM event WHERE key = ?)", (broken,))

    admin = Admin(start_server(*arguments, data_dir=server.data_dir))
    # The clock has gone on in reality meanwhile.
    assert 0 < admin.next_event() <= 60.0
    admin.post("clock/advance", {"Seconds": 0})

    assert admin.get(f"events/{broken}")["State"] == "unreadable"
    assert len(admin.get(f"events/{sound}")["AttemptsMade"]) == 2
    assert admin.call("POST", f"events/{broken}/redrive")[0] == 409
    assert admin.post(f"events/{broken}/cancel")["Count"] == 1


def test_results_are_listed_page_by_page(still):
    functions, admin = Functions(still.client()), Admin(still)
    name = functions.create(PYTHON, files=ECHO)
    sent = [functions.invoke(name, {"n": n}, InvocationType="Event").request_id for n in range(3)]
    for n, event in enumerate(sent):
        assert admin.get(f"events/{event}/result?wait=60")["ResponsePayload"] == {"n": n}

    seen, after = [], ""
    while True:
        page = admin.get(f"events?state=succeeded&limit=2&after={after}")
        seen += [event["RequestId"] for event in page["Events"]]
        after = page.get("Next")
        if not after:
            break

    assert sorted(seen) == sorted(sent)


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "text"),
    [
        ("GET", "nothing", None, 404, "POST clock/advance"),
        ("GET", "events?limit=0", None, 400, "limit"),
        ("GET", "events/unknown", None, 404, "No event has the request id unknown"),
        ("POST", "clock/advance", {"Seconds": -1}, 400, "Seconds"),
        ("POST", "events/purge", {"Functions": "x"}, 400, "Functions"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_reason(still, method, path, body, status, text):
    answered, answer = Admin(still).call(method, path, body)

    assert answered == status, answer
    assert text in answer.get("message", answer.get("Message"))


def test_a_request_without_a_signature_is_refused(still):
    assert Admin(still).call("GET", "events", headers={})[0] == 403


def invoked(server, *arguments):
    """Runs `invoked` for the server: status, output and errors."""
    done = subprocess.run(
        [BINARIES / "invoked", *arguments, "--data-dir", server.data_dir],
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=2 * DEADLINE_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_command_lists_advances_and_waits(still, retrying):
    name, event, _ = retrying

    status, table, _ = invoked(still, "events", "list", "--state", "retrying")
    head, row = table.splitlines()
    assert (status, head.split()[0], row.split()[:3]) == (0, "REQUEST", [event, name, "retrying"])
    for seconds in (60.0, 120.0):
        _, advanced, errors = invoked(still, "clock", "advance", "--output", "json")
        assert json.loads(advanced)["AdvancedSeconds"] == seconds, errors
    status, result, _ = invoked(still, "events", "wait", event, "--output", "json")

    assert (status, json.loads(result)["Ending"]) == (1, "RetriesExhausted")
    shown = invoked(still, "events", "show", event)[1].splitlines()
    assert ["RequestId:", event] in [line.split() for line in shown]


def test_the_command_cancels_redrives_and_purges(still, retrying):
    name, event, admin = retrying

    def done(*arguments):
        status, output, errors = invoked(still, "events", *arguments, "--output", "json")
        assert status == 0, errors
        return json.loads(output)

    assert done("cancel", event) == {"RequestId": event, "Count": 1}
    assert done("show", event)["State"] == "cancelled"
    assert done("redrive", event) == {"RequestId": event, "Count": 1}
    admin.post("clock/advance", {"Seconds": 0})
    assert done("show", event)["State"] == "retrying"
    assert done("purge", name) == {"Function": name, "Count": 1}
    assert done("list") == []


def test_the_command_says_why_not(start_server):
    server = start_server("--sandbox", "none")

    assert "--clock virtual" in invoked(server, "clock", "advance", "1")[2]
    unknown = "00000000-0000-0000-0000-000000000000"
    assert f"No event has the request id {unknown}" in invoked(server, "events", "cancel", unknown)[2]
