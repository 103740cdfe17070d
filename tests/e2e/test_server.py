"""The server as its operator sees it: start, end, and what is printed."""

import json
import signal
import subprocess
import urllib.request
from concurrent.futures import ThreadPoolExecutor

from support import leftovers
from support.functions import COMPILED, KINDS, Functions
from support.server import BINARIES, clean_environment
from support.waiting import wait_until


def run(*arguments, **options):
    return subprocess.run(
        [BINARIES / "invoked", *arguments],
        env=options.pop("env", clean_environment()),
        capture_output=True,
        text=True,
        timeout=60,
        **options,
    )


def test_nothing_is_left_after_an_interrupt(start_server):
    server = start_server()
    functions = Functions(server.client())
    for kind in KINDS:
        functions.invoke(functions.create(kind))
    assert server.environments()

    assert server.stop(signal.SIGINT) == (0, [])


def test_nothing_is_left_after_a_termination(start_server):
    server = start_server()
    functions = Functions(server.client())
    functions.invoke(functions.create(COMPILED))

    assert server.stop(signal.SIGTERM) == (0, [])


def test_what_a_killed_server_left_is_cleared_by_the_next(start_server):
    before = leftovers.cgroups()
    server = start_server()
    functions = Functions(server.client())
    functions.invoke(functions.create(COMPILED))
    server.kill()

    server = start_server(data_dir=server.data_dir)
    Functions(server.client()).invoke(functions.made[0])

    assert server.stop() == (0, [])
    wait_until(lambda: not leftovers.cgroups() - before, "the groups of the killed server are gone")


def test_running_requests_are_finished_before_the_end(start_server):
    server = start_server("--drain-timeout", "60")
    functions = Functions(server.client())
    name = functions.create(COMPILED)
    functions.invoke(name)
    busy = server.environments()

    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(functions.invoke, name, {"do": "sleep", "ms": 3000})
        # A second environment is needed only while the first one is busy.
        wait_until(lambda: functions.invoke(name) and server.environments() - busy, "the long request runs")
        stopped = server.stop()

    assert answer.result().error is None
    assert stopped == (0, [])


def test_env_prints_what_a_client_needs(start_server, tmp_path):
    server = start_server()

    shell = run("env", "--data-dir", str(server.data_dir))
    as_json = run("env", "--data-dir", str(server.data_dir), "--output", "json")
    nobody = run("env", "--data-dir", str(tmp_path / "nothing"))

    assert f"export AWS_ENDPOINT_URL={server.endpoint}\n" in shell.stdout
    assert json.loads(as_json.stdout)["AWS_ENDPOINT_URL"] == server.endpoint
    assert nobody.returncode != 0
    assert "invoked serve" in nobody.stderr


def test_one_data_directory_has_one_server(start_server):
    server = start_server()

    second = run("serve", "--listen", "127.0.0.1:0", "--data-dir", str(server.data_dir))

    assert second.returncode != 0
    assert second.stderr


def test_settings_come_from_the_file_the_environment_and_the_command_line(start_server, tmp_path):
    file = tmp_path / "invoked.toml"
    file.write_text('region = "eu-west-1"\naccount_id = "111111111111"\n')

    server = start_server("--config", str(file), "--region", "ap-south-1")
    client = server.client()
    functions = Functions(client)
    name = functions.create(COMPILED)

    arn = client.get_function_configuration(FunctionName=name)["FunctionArn"]
    assert arn == f"arn:aws:lambda:ap-south-1:111111111111:function:{name}"
    assert functions.invoke(name, {"do": "environment"}).json["AWS_REGION"] == "ap-south-1"


def test_a_setting_that_means_nothing_is_refused(tmp_path):
    file = tmp_path / "invoked.toml"
    file.write_text("listne = 1\n")
    data = ("--data-dir", str(tmp_path / "data"))

    assert "listne" in run("serve", "--config", str(file), *data).stderr
    assert run("serve", "--listen", "0.0.0.0:0", *data).returncode != 0
    assert run("serve", "--account-id", "12", *data).returncode != 0
    assert run("serve", "--sandbox", "perhaps", *data).returncode != 0


def test_unsigned_requests_are_served_with_auth_off(start_server):
    server = start_server("--auth", "off")

    with urllib.request.urlopen(f"{server.endpoint}/2015-03-31/functions") as response:
        assert json.load(response)["Functions"] == []


def test_the_doctor_says_what_the_host_offers():
    done = run("doctor", "--output", "json")

    assert done.returncode == 0, done.stdout
    assert json.loads(done.stdout)
