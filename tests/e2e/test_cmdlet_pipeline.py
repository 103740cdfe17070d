"""`Invoke-LMFunction`: standard input as PowerShell's pipeline."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.command import COMMAND
from support.functions import COMPILED, Functions

AWS = Path(sys.executable).with_name("aws")


@pytest.fixture(scope="module")
def names(shared_functions):
    """Two functions that answer with their own names."""
    return [shared_functions.create(COMPILED) for _ in range(2)]


def functions_called(wire):
    """The names in the requests, in their order."""
    return [exchange.target.split("/")[3] for exchange in wire.exchanges]


def as_lines(*lines):
    return "".join(f"{line}\n" for line in lines).encode()


def test_two_lines_are_two_calls_in_their_order(lm, wire, names):
    done = lm("-Payload", '{"do": "context"}', stdin=as_lines(*names))

    assert done.status == 0, done.errors
    assert [json.loads(answer["Payload"])["function_name"] for answer in done.responses] == names
    assert functions_called(wire) == names


def test_the_records_of_a_run_share_a_connection(lm, wire, names):
    done = lm("-Select", "StatusCode", stdin=as_lines(*names, *names))

    assert (done.status, done.output) == (0, b"200\n" * 4)
    assert len(wire.exchanges) == 4
    assert wire.connections == 1


def test_blank_lines_and_the_marks_of_windows_are_passed_over(lm, wire, names):
    done = lm(stdin=b"\xef\xbb\xbf" + f"{names[0]}\r\n\r\n   \n{names[1]}".encode())

    assert done.status == 0, done.errors
    assert functions_called(wire) == names


def test_the_first_failure_ends_the_pipeline(lm, wire, names):
    done = lm("--error-format", "json", stdin=as_lines("nobody", *names))

    assert (done.status, done.output) == (1, b"")
    assert done.error["ErrorCode"] == "ResourceNotFoundException"
    assert functions_called(wire) == ["nobody"]


def test_what_came_before_the_failure_was_printed(lm, wire, names):
    done = lm("-Payload", '{"do": "context"}', stdin=as_lines(names[0], "nobody", names[1]))

    assert done.status == 1
    assert [json.loads(answer["Payload"])["function_name"] for answer in done.responses] == names[:1]
    assert functions_called(wire) == [names[0], "nobody"]


@pytest.mark.parametrize("action", ["Continue", "SilentlyContinue", "Stop"])
def test_an_error_action_does_not_change_that(lm, wire, names, action):
    done = lm("-ErrorAction", action, stdin=as_lines("nobody", *names))

    assert (done.status, done.output) == (1, b"")
    assert functions_called(wire) == ["nobody"]


def test_keep_going_calls_the_rest(lm, wire, names):
    done = lm("--keep-going", "-Select", "StatusCode", stdin=as_lines(names[0], "nobody", names[1]))

    assert (done.status, done.output) == (1, b"200\n200\n")
    assert functions_called(wire) == [names[0], "nobody", names[1]]
    assert len(done.errors.splitlines()) == 1


def test_a_function_that_fails_ends_nothing(lm, wire, behaving, names):
    done = lm("-Payload", '{"do": "raise", "message": "no luck"}', stdin=as_lines(behaving, names[0]))

    assert done.status == 0
    assert [answer["FunctionError"] for answer in done.responses] == ["Unhandled", "Unhandled"]
    assert functions_called(wire) == [behaving, names[0]]


def test_a_function_that_fails_is_told_at_the_end_when_that_is_wanted(lm, wire, behaving, names):
    records = as_lines(
        json.dumps({"FunctionName": behaving, "Payload": {"do": "raise", "message": "no luck"}}),
        json.dumps({"FunctionName": names[0]}),
    )

    done = lm("--fail-on-function-error", stdin=records)

    assert done.status == 3
    assert functions_called(wire) == [behaving, names[0]]


def test_a_record_is_called_before_the_next_is_there(lm, names):
    with subprocess.Popen(
        [COMMAND, "-Select", "^FunctionName"], env=lm.variables, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        for name in [*names, *names]:
            process.stdin.write(as_lines(name))
            process.stdin.flush()
            assert process.stdout.readline() == as_lines(name)
        process.stdin.close()
        assert process.wait(60) == 0


def test_a_reader_that_goes_away_ends_the_pipeline(lm, wire, names):
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.run(
        [COMMAND], env=lm.variables, input=as_lines(*names, *names), stdout=writing, stderr=subprocess.PIPE, check=False
    )
    os.close(writing)

    assert (process.returncode, process.stderr) == (0, b"")
    assert len(wire.exchanges) == 1


@pytest.mark.parametrize(
    "layout",
    [
        lambda records: "\n".join(map(json.dumps, records)),
        lambda records: "".join(map(json.dumps, records)),
        lambda records: json.dumps(records, indent=2),
        lambda records: " \n" + "\n".join(json.dumps(record, indent=4) for record in records),
    ],
    ids=["lines", "concatenated", "array", "pretty"],
)
def test_objects_bind_by_their_properties_in_any_layout(lm, wire, names, layout):
    records = [{"FunctionName": name, "Payload": json.dumps({"n": n})} for n, name in enumerate(names)]

    done = lm("-Select", "Payload", stdin=layout(records).encode())

    assert done.status == 0, done.errors
    assert done.output == b'{"n":0}\n{"n":1}\n'
    assert functions_called(wire) == names


def test_properties_are_found_in_any_case_and_by_alias_and_others_are_ignored(lm, wire, echo):
    record = {"functionname": echo, "PAYLOAD": "{}", "RegionToCall": "eu-west-3", "Runtime": "x", "Timeout": 3}

    assert lm(stdin=json.dumps(record).encode()).status == 0
    assert wire.only.region == "eu-west-3"


def test_the_command_line_goes_before_the_record(lm, wire, echo):
    records = [{"FunctionName": "nobody", "Payload": {"n": n}} for n in range(2)]

    done = lm("-FunctionName", echo, "--stdin", "-Select", "Payload", stdin=json.dumps(records).encode())

    assert done.output == b'{"n":0}\n{"n":1}\n'
    assert functions_called(wire) == [echo, echo]


def test_what_a_record_binds_is_gone_with_it(lm, wire, echo):
    records = [{"FunctionName": echo, "Payload": '{"a":1}', "Qualifier": "$LATEST"}, {"FunctionName": echo}]

    assert lm(stdin=json.dumps(records).encode()).status == 0
    assert [exchange.body for exchange in wire.exchanges] == [b'{"a":1}', b"{}"]
    assert [exchange.target.partition("?")[2] for exchange in wire.exchanges] == ["Qualifier=%24LATEST", ""]


def test_a_payload_that_is_no_text_is_sent_as_json(lm, wire, echo):
    records = [{"Payload": value} for value in [{"a": [1, 2.5, None]}, [1], 7, True, None]]

    done = lm(echo, "--stdin", stdin=json.dumps(records).encode())

    assert done.status == 0, done.errors
    assert [exchange.body for exchange in wire.exchanges] == [b'{"a":[1,2.5,null]}', b"[1]", b"7", b"true", b""]


def test_texts_of_an_array_become_lines_of_the_payload_stream(lm, wire, echo):
    records = [{"PayloadStream": value} for value in [["[1,", "2]"], [123, 125], "3"]]

    done = lm(echo, "--stdin", "-Select", "Payload", stdin=json.dumps(records).encode())

    assert done.output == b"[1,2]\n{}\n3\n"
    assert [exchange.body for exchange in wire.exchanges] == [b"[1,\n2]\n", b"{}", b"3"]


def test_a_record_cannot_have_a_file_read(lm, wire, echo):
    (lm.home / "secret").write_text('"secret"')

    lm(echo, "--stdin", stdin=b'{"PayloadStream": "@secret"}')

    assert wire.only.body == b"@secret"


def test_a_json_text_is_the_name_of_a_function(lm, wire, names):
    assert lm(stdin=json.dumps(names).encode()).status == 0
    assert functions_called(wire) == names


def test_an_object_with_keys_binds_to_the_credential(lm, wire, echo):
    records = [
        {"AccessKeyId": "AKIDONE", "SecretAccessKey": "s"},
        {"AccessKeyId": "AKIDTWO", "SecretAccessKey": "s", "SessionToken": "token"},
    ]

    done = lm(echo, "--stdin", stdin=json.dumps(records).encode())

    assert done.status == 0, done.errors
    assert [exchange.key_id for exchange in wire.exchanges] == ["AKIDONE", "AKIDTWO"]
    assert [exchange.headers.get("x-amz-security-token") for exchange in wire.exchanges] == [None, "token"]


def test_a_record_that_binds_to_nothing_is_told_and_passed_over(lm, wire, echo):
    records = [{"FunctionName": echo}, {"Colour": "blue"}, {"FunctionName": echo}]

    done = lm("-Select", "StatusCode", "--error-format", "json", stdin=json.dumps(records).encode())

    assert (done.status, done.output) == (1, b"200\n200\n")
    assert done.error["FullyQualifiedErrorId"].startswith("InputObjectNotBound,")
    assert len(wire.exchanges) == 2


def test_a_name_for_a_function_that_is_named_already_binds_to_nothing(lm, wire, echo):
    done = lm(echo, "--stdin", "--error-format", "json", stdin=b"another\n")

    assert done.status == 1
    assert done.error["FullyQualifiedErrorId"].startswith("InputObjectNotBound,")
    assert wire.exchanges == []


def test_such_a_record_ends_the_pipeline_when_errors_stop_it(lm, wire, echo):
    records = [{"Colour": "blue"}, {"FunctionName": echo}]

    assert lm("-ErrorAction", "Stop", stdin=json.dumps(records).encode()).status == 1
    assert wire.exchanges == []


def test_input_that_stops_in_the_middle_is_an_error(lm, wire, echo):
    done = lm(stdin=json.dumps({"FunctionName": echo}).encode() + b'{"FunctionName": ')

    assert done.status == 1
    assert "record 2" in done.errors
    assert len(wire.exchanges) == 1


def test_a_record_of_six_megabytes_is_sent(lm, echo):
    text = "x" * 6_000_000

    done = lm("-Select", "Payload", stdin=json.dumps({"FunctionName": echo, "Payload": json.dumps(text)}).encode())

    assert done.status == 0, done.errors[:500]
    assert json.loads(done.output) == text


def test_standard_input_is_left_alone_when_a_function_is_named(lm, wire, echo):
    assert lm(echo, stdin=b"nobody\n").status == 0
    assert functions_called(wire) == [echo]


def test_nothing_is_done_for_an_empty_pipeline_that_was_asked_for(lm, wire):
    for done in [lm("--stdin", stdin=b""), lm(stdin=b"[]")]:
        assert (done.status, done.output, done.errors) == (0, b"", "")
    assert wire.exchanges == []


def test_standard_input_cannot_be_payload_and_pipeline_at_once(lm, wire):
    done = lm("-PayloadStream", "@-", stdin=b"{}")

    assert done.status == 2
    assert wire.exchanges == []


def test_what_if_says_so_for_each_record_and_sends_nothing(lm, wire):
    done = lm("-WhatIf", stdin=as_lines("one", "two"))

    assert (done.status, done.output) == (0, b"")
    assert [line.startswith("What if: ") for line in done.errors.splitlines()] == [True, True]
    assert wire.exchanges == []


def test_the_functions_that_the_aws_cli_lists_are_called(start_server, lm, tmp_path):
    server = start_server()
    functions = Functions(server.client())
    names = sorted(functions.create(COMPILED) for _ in range(3))
    variables = server.variables() | {"AWS_CONFIG_FILE": str(tmp_path / "none"), "AWS_PAGER": "", "HOME": str(lm.home)}

    listed = subprocess.run(
        [AWS, "lambda", "list-functions", "--query", "Functions", "--output", "json"],
        env=variables,
        capture_output=True,
        timeout=120,
        check=True,
    )
    done = lm("-Payload", '{"do": "context"}', stdin=listed.stdout, AWS_ENDPOINT_URL=server.endpoint)

    assert done.status == 0, done.errors
    assert [json.loads(answer["Payload"])["function_name"] for answer in done.responses] == names
