"""Handlers that return values of every kind."""

import collections
import datetime
import decimal
import enum
import io
import logging
import os
import time
import typing


class Point(typing.NamedTuple):
    x: int
    y: object


class Color(str, enum.Enum):
    RED = "red"


class Level(enum.IntEnum):
    HIGH = 3


class Loud(str):
    def __str__(self):
        return "LOUD"


class Odd(int):
    def __repr__(self):
        return "odd"


class Fields:
    def _asdict(self):
        return {"from": "_asdict"}


class WrongFields:
    def _asdict(self):
        return [1]


def echo(event, context):
    return event


def nothing(event, context):
    pass


def scalars(event, context):
    return [None, True, False, 0, -1, 10**30, 1.0, 0.1, 1e300, -0.0, 5e-324, "", "text"]


def not_finite(event, context):
    return [float("nan"), float("inf"), float("-inf")]


def text(event, context):
    return {"é€😀": "\x00\x1f \x7f \x80 \u2028 \u2029 \ufeff / \\ \" \n\t"}


def bare_text(event, context):
    return "é\u2028"


def lone_surrogate(event, context):
    return "\ud800"


def raw_bytes(event, context):
    return b"\x00\xff bytes"


def byte_array(event, context):
    return bytearray(b"x")


def bytes_inside(event, context):
    return {"a": b"bytes", b"key": [b"\xc3\xa9"]}


def bad_bytes_inside(event, context):
    return [b"\xff"]


def stream(event, context):
    return io.BytesIO(b"bytes")


def decimals(event, context):
    numbers = ["1.50", "1E+3", "-0", "NaN", "sNaN", "Infinity", "123456789.123456789123456789"]
    return [decimal.Decimal(number) for number in numbers] + [{"d": decimal.Decimal(1)}]


def decimal_key(event, context):
    return {decimal.Decimal(1): 1}


def named_tuples(event, context):
    return [Point(1, Point(2, None)), (1, (2,)), {"p": Point("a", [])}]


def bare_named_tuple(event, context):
    return Point(1, 2)


def with_fields(event, context):
    return [Fields(), {"deep": Fields()}]


def wrong_fields(event, context):
    return WrongFields()


def enums(event, context):
    return [Color.RED, Level.HIGH, {Color.RED: Level.HIGH, Level.HIGH: Color.RED}]


def subclasses(event, context):
    ordered = collections.OrderedDict([("b", 1), ("a", collections.defaultdict(list, c=[]))])
    return [Loud("quiet"), Odd(7), ordered, collections.Counter("aa"), {Loud("k"): Odd(1)}]


def keys(event, context):
    return {1: "int", 2.5: "float", None: "none", True: "true", False: "false", float("nan"): "nan", "s": "s"}


def tuple_key(event, context):
    return {(1, 2): 3}


def a_set(event, context):
    return {1}


def a_date(event, context):
    return {"when": datetime.date(2026, 1, 1)}


def an_object(event, context):
    return object()


def a_generator(event, context):
    yield 1


async def a_coroutine(event, context):
    return 1


def a_module(event, context):
    return os


def circular(event, context):
    value = []
    value.append({"again": value})
    return value


def circular_with_decimal(event, context):
    value = [decimal.Decimal(1)]
    value.append(value)
    return value


def shared_twice(event, context):
    value = {"a": [1]}
    return [value, value, [value]]


def empty_containers(event, context):
    return [[], {}, (), [decimal.Decimal(1), [], {}, (), ""]]


def six_megabytes(event, context):
    return "x" * (6 * 1024 * 1024 - 2)


def six_megabytes_of_rows(event, context):
    return [{"id": number, "name": "row %d" % number, "tags": ["a", "b"]} for number in range(100_000)]


def size_of_event(event, context):
    return [len(event), len(set(event))]


def event_type(event, context):
    return [type(event).__name__, repr(event)]


def status_code(event, context):
    return {"statusCode": 200, "body": "{}"}


def error_shaped(event, context):
    return {"errorMessage": "not an error", "errorType": "Neither"}


def lambda_attribute(event, context):
    return handler_object(event, context)


class HandlerObject:
    def __call__(self, event, context):
        return "called"

    def method(self, event, context):
        return "method"


handler_object = HandlerObject()
bound = handler_object.method
anonymous = lambda event, context: "anonymous"  # noqa: E731
not_callable = 7
state = {"count": 0}


def counts(event, context):
    state["count"] += 1
    return state["count"]


def takes_nothing():
    return 1


def takes_three(event, context, more):
    return 1


def process_facts(event, context):
    import sys

    assert sys.path[0] == os.environ["LAMBDA_TASK_ROOT"]
    return {
        "cwd": os.getcwd() == os.environ["LAMBDA_TASK_ROOT"],
        "arguments": len(sys.argv),
        "name": __name__,
        "stdout": type(sys.stdout).__name__,
        "stderr": type(sys.stderr).__name__,
        "main": "__main__" in sys.modules,
        "exit": [repr(exit), repr(quit)],
        "descriptor": "_LAMBDA_TELEMETRY_LOG_FD" in os.environ,
        "root": [type(handler).__name__ for handler in logging.getLogger().handlers],
        "level": logging.getLogger().level,
        "gmtime": logging.Formatter.converter is time.gmtime,
    }
