"""The virtual clock: hours of retries in milliseconds, with real function code."""

import pytest
from support.admin import Admin
from support.functions import PYTHON, Functions


@pytest.fixture
def still(start_server):
    return start_server("--sandbox", "none", "--clock", "virtual")


def test_retries_are_a_minute_and_two_minutes_apart_to_the_second(still):
    functions, admin = Functions(still.client()), Admin(still)
    name = functions.create(PYTHON, files={"behaviours.py": "def handler(event, context):\n    raise ValueError('no')\n"})

    event = functions.invoke(name, {"n": 1}, InvocationType="Event").request_id

    assert [admin.next_event(), admin.next_event()] == [60.0, 120.0]
    result = admin.get(f"events/{event}/result?wait=60")
    assert (result["Ending"], result["Invocations"], result["FunctionError"]) == ("RetriesExhausted", 3, "Unhandled")
    assert result["RequestPayload"] == {"n": 1}
    assert result["ResponsePayload"]["errorMessage"] == "no"
    assert [attempt["Result"] for attempt in result["AttemptsMade"]] == ["FunctionError"] * 3
    status, answer = admin.call("POST", "clock/advance", {"To": "NextEvent"})
    assert (status, answer["message"].split(",")[0]) == (409, "Nothing waits for a later time in any queue")


def test_a_function_sees_real_time_and_its_whole_timeout(still):
    functions, admin = Functions(still.client()), Admin(still)
    code = "def handler(event, context):\n    return context.get_remaining_time_in_millis()\n"
    name = functions.create(PYTHON, files={"behaviours.py": code}, Timeout=30)
    admin.post("clock/advance", {"Seconds": 86400})

    assert 0 < functions.invoke(name).json <= 30_000


def test_a_restart_never_goes_back(start_server, tmp_path):
    server = start_server("--sandbox", "none", "--clock", "virtual")
    reached = Admin(server).post("clock/advance", {"Seconds": 3600})["Now"]
    assert Admin(server).get("clock") == {"Clock": "virtual", "Now": reached}
    server.stop()

    again = start_server("--sandbox", "none", "--clock", "virtual", data_dir=server.data_dir)

    assert Admin(again).get("clock")["Now"] == reached
    assert "the clock is virtual" in again.log.read_text()


def test_the_clock_of_the_system_is_not_advanced(start_server):
    admin = Admin(start_server("--sandbox", "none"))

    status, answer = admin.call("POST", "clock/advance", {"Seconds": 1})

    assert admin.get("clock")["Clock"] == "system"
    assert status == 409
    assert "--clock virtual" in answer["message"]
