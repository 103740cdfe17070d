"""The admin API: events seen, cancelled, redriven and purged, and their results."""

import json
import subprocess

import pytest
from support.admin import Admin
from support.functions import PYTHON, Functions
from support.server import BINARIES, clean_environment
from support.waiting import DEADLINE_SECONDS

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


def test_the_command_says_why_not(start_server):
    server = start_server("--sandbox", "none")

    assert "--clock virtual" in invoked(server, "clock", "advance", "1")[2]
    unknown = "00000000-0000-0000-0000-000000000000"
    assert f"No event has the request id {unknown}" in invoked(server, "events", "cancel", unknown)[2]
