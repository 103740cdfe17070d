"""Functions in Ruby."""

import json
import shutil

import pytest
from support.functions import RUBY, zipped

if shutil.which("ruby") is None:
    pytest.skip("no Ruby on this host; `cargo xtask setup` installs it", allow_module_level=True)


@pytest.fixture
def ruby(functions):
    return functions.create(RUBY)


def test_every_ruby_runtime_runs(functions):
    for runtime in ["ruby3.2", "ruby3.3", "ruby3.4", "ruby4.0"]:
        name = functions.create(RUBY, Runtime=runtime)
        assert functions.invoke(name, {"n": [1, None, "grün"]}).json == {"n": [1, None, "grün"]}


def test_a_handler_may_be_a_method_of_a_class_in_a_module(functions):
    name = functions.create(RUBY, Handler="main.Deep::Down.handler")

    assert functions.invoke(name, 5).json == f"{name} 5"


def test_a_handler_is_found_in_a_directory(functions):
    source = "def run(event:, context:) = __FILE__"
    name = functions.create(RUBY, files={"deep/down.rb": source}, Handler="deep/down.run")

    assert functions.invoke(name).json == "/var/task/deep/down.rb"


def test_the_context_says_what_lambda_says(functions, ruby):
    first = functions.invoke(ruby, {"do": "context"})
    said = first.json

    assert said["request_id"] == first.request_id
    assert said["function_arn"].endswith(f":function:{ruby}")
    assert (said["function_name"], said["function_version"]) == (ruby, "$LATEST")
    assert said["memory_mb"] == "256"
    assert said["log_group"] == f"/aws/lambda/{ruby}"
    assert "[$LATEST]" in said["log_stream"]
    assert 0 < said["remaining_ms"] <= 60_000
    assert said["client_context"] is None
    assert said["trace_id"].startswith("Root=1-")
    assert said["directory"] == "/var/task"


def test_an_error_is_answered_and_logged_as_on_lambda(functions, ruby):
    answer = functions.invoke(ruby, {"do": "raise"}, LogType="Tail")
    again = functions.invoke(ruby, {"n": 1})

    assert answer.error == "Unhandled"
    trace = answer.json["stackTrace"]
    assert answer.json == {
        "errorMessage": "no such thing",
        "errorType": "Function<ArgumentError>",
        "stackTrace": trace,
    }
    assert trace[0].startswith("/var/task/main.rb:25:in ")
    assert trace[1].startswith("/var/task/main.rb:31:in ")
    assert len(trace) == 2
    assert 'Error raised from handler method\n{\n  "errorMessage": "no such thing",\n' in answer.log
    assert again.json == {"n": 1}


@pytest.mark.parametrize(("does", "kind"), [("name", "Function<NameError>"), ("exit", "Function<SystemExit>")])
def test_an_error_of_the_program_ends_the_environment(functions, ruby, does, kind):
    answer = functions.invoke(ruby, {"do": does}, LogType="Tail")
    again = functions.invoke(ruby, {"n": 1})

    assert (answer.error, answer.json["errorType"]) == ("Unhandled", kind)
    assert "Critical exception from handler" in answer.log
    assert again.json == {"n": 1}


@pytest.mark.parametrize(
    ("files", "handler", "kind", "message"),
    [
        ({"main.rb": "raise 'no start'"}, "main.handler", "Init<RuntimeError>", "no start"),
        ({"main.rb": "def ("}, "main.handler", "Init<SyntaxError>", None),
        ({"main.rb": ""}, "missing.handler", "Init<LoadError>", "cannot load such file -- missing"),
        ({"main.rb": ""}, "handler", "Init<ArgumentError>", None),
    ],
)
def test_an_error_at_the_start_fails_the_initialization(functions, files, handler, kind, message):
    name = functions.create(RUBY, files=files, Handler=handler)

    answer = functions.invoke(name)

    assert (answer.error, answer.json["errorType"]) == ("Unhandled", kind)
    assert message in (None, answer.json["errorMessage"])


def test_an_answer_that_is_no_json_is_an_error_and_bytes_are_passed_on(functions, ruby):
    failed = functions.invoke(ruby, {"do": "bytes"})
    broken = functions.create(RUBY, files={"main.rb": "def handler(event:, context:) = \"\\xff\""})

    assert (failed.error, failed.payload) == (None, b"\x00\xff")
    assert functions.invoke(broken).error == "Unhandled"


def test_a_logger_writes_lambdas_lines(functions, ruby):
    answer = functions.invoke(ruby, {"do": "log"}, LogType="Tail")

    for level in ["DEBUG", "INFO", "WARN", "ERROR"]:
        assert f" {level:>5} {answer.request_id} -- : this is {level.lower()}\n" in answer.log
    assert "\nplain\n" in answer.log


@pytest.mark.parametrize(("level", "count"), [("DEBUG", 4), ("WARN", 2), ("FATAL", 0)])
def test_a_logger_writes_json_above_its_level(functions, level, count):
    name = functions.create(RUBY, LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": level})

    answer = functions.invoke(name, {"do": "log"}, LogType="Tail")

    lines = [json.loads(line) for line in answer.log.splitlines() if line.startswith("{") and "this is" in line]
    assert len(lines) == count
    assert all(line["requestId"] == answer.request_id for line in lines)
    assert [line["level"].lower() for line in lines] == [line["message"].removeprefix("this is ") for line in lines]


def test_a_layer_brings_libraries(client, functions):
    content = {"ZipFile": zipped({"ruby/lib/from_layer.rb": "FROM_LAYER = 'layer'"})}
    layer = client.publish_layer_version(LayerName="ruby-library", Content=content)
    name = functions.create(RUBY, Layers=[layer["LayerVersionArn"]])

    assert functions.invoke(name, {"do": "gem"}).json == [True, "layer"]


GEMSPEC = """
Gem::Specification.new do |gem|
  gem.name, gem.version, gem.summary = "brought", "1.0.0", "a gem of a test"
  gem.authors, gem.files = ["nobody"], ["lib/brought.rb"]
end
"""


@pytest.mark.parametrize("place", ["layer", "package"])
def test_gems_are_found_in_layers_and_in_the_package(client, functions, place):
    below = {"layer": "ruby/gems/3.3.0", "package": "vendor/bundle/ruby/3.3.0"}[place]
    gem = {
        f"{below}/specifications/brought-1.0.0.gemspec": GEMSPEC,
        f"{below}/gems/brought-1.0.0/lib/brought.rb": "BROUGHT = 'gem'",
    }
    files = {"main.rb": "require 'brought'\ndef handler(event:, context:) = BROUGHT"}
    arns = []
    if place == "layer":
        content = {"ZipFile": zipped(gem)}
        layer = client.publish_layer_version(LayerName="ruby-gems", Content=content)
        arns.append(layer["LayerVersionArn"])
    else:
        files |= gem

    name = functions.create(RUBY, files=files, Layers=arns)

    assert functions.invoke(name).json == "gem"


def test_ruby_can_be_started_ahead_of_time(functions, ruby):
    """What waited and what did not behave the same; a variable that Ruby reads at its start makes it start anew."""
    whole = functions.create(RUBY, Environment={"Variables": {"RUBYOPT": "-W0"}})
    late = functions.create(RUBY, Environment={"Variables": {"MINE": "a=b"}})

    for name in [whole, late]:
        assert functions.invoke(name, {"do": "context"}).json["directory"] == "/var/task"
