"""JSON as AWS's client writes it, with the interpreter's own encoder wherever that gives the same.

AWS's client uses `simplejson`, which writes named tuples as objects, bytes as text and decimals as
numbers. What consists of plain values only looks the same from either, and goes through the C
encoder; everything else is written here, value by value.
"""

import os
from _json import encode_basestring, encode_basestring_ascii, make_encoder, make_scanner

# observed: AWS's client leaves letters outside ASCII as they are from Python 3.12 on.
ASCII_ONLY = os.environ.get("AWS_EXECUTION_ENV") not in (
    "AWS_Lambda_python3.12",
    "AWS_Lambda_python3.13",
    "AWS_Lambda_python3.14",
    "AWS_Lambda_python3.15",
)
SCALARS = {str, int, float, bool, type(None)}


def refuse(value):
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


quote = encode_basestring_ascii if ASCII_ONLY else encode_basestring


def encode(value):
    if is_plain(value):
        plain = make_encoder({}, refuse, quote, None, ": ", ", ", False, False, True)
        return "".join(plain(value, 0))
    return "".join(chunks(value, set()))


def is_plain(value):
    """Whether a value consists of JSON's own types alone, whatever its size."""
    waiting, seen = [value], set()
    while waiting:
        value = waiting.pop()
        kind, identity = type(value), id(value)
        if kind in SCALARS or identity in seen:
            continue
        if kind is dict:
            if not SCALARS.issuperset(map(type, value)):
                return False
            value = value.values()
        elif kind is not list and kind is not tuple:
            return False
        nested = set(map(type, value)) - SCALARS
        if nested:
            seen.add(identity)
            waiting.extend(item for item in value if type(item) in nested)
    return True


def chunks(value, inside):
    """The text of any value, in pieces. `inside` has the containers around it."""
    if isinstance(value, (str, bytes)) or value is None or isinstance(value, (int, float)):
        yield scalar(value)
        return
    if id(value) in inside:
        raise ValueError("Circular reference detected")
    inside.add(id(value))
    named = as_dictionary(value)
    if named is not None or isinstance(value, dict):
        separator = "{"
        for key, item in (value if named is None else named).items():
            yield separator + key_text(key) + ": "
            yield from chunks(item, inside)
            separator = ", "
        yield "{}" if separator == "{" else "}"
    elif isinstance(value, (list, tuple)):
        separator = "["
        for item in value:
            yield separator
            yield from chunks(item, inside)
            separator = ", "
        yield "[]" if separator == "[" else "]"
    else:
        yield decimal_text(value)
    inside.discard(id(value))


def scalar(value):
    if isinstance(value, bytes):
        value = value.decode()
    if isinstance(value, str):
        return quote(str.__str__(value))
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(int(value))
    return float_text(float(value))


def float_text(value):
    if value != value:
        return "NaN"
    return {float("inf"): "Infinity", float("-inf"): "-Infinity"}.get(value) or float.__repr__(value)


def as_dictionary(value):
    """The fields of a named tuple."""
    fields = getattr(value, "_asdict", None)
    if not callable(fields):
        return None
    try:
        made = fields()
    except TypeError:
        return None
    if not isinstance(made, dict):
        raise TypeError("_asdict() must return a dict, not %s" % type(made).__name__)
    return made


def key_text(key):
    if isinstance(key, (str, bytes)):
        return scalar(key)
    if key is None or isinstance(key, (int, float)):
        return '"%s"' % scalar(key)
    raise TypeError("keys must be str, int, float, bool or None, not " + type(key).__name__)


def decimal_text(value):
    from decimal import Decimal

    if not isinstance(value, Decimal):
        refuse(value)
    return "NaN" if value.is_nan() else str(value)


class Plain:
    """How the C scanner is to read: as `json.loads` does, but without `NaN` and infinities."""

    strict = True
    object_hook = object_pairs_hook = None
    parse_float = float
    parse_int = int

    @staticmethod
    def parse_constant(name):
        raise ValueError(name)


scan = make_scanner(Plain)


def decode(body):
    text = bytes(body).decode().strip(" \t\n\r")
    try:
        value, end = scan(text, 0)
    except Exception:
        return decode_slowly(body)
    return value if end == len(text) else decode_slowly(body)


def decode_slowly(body):
    """Reads what the fast way did not like, to say what is wrong with it."""
    import json

    text = bytes(body).decode()
    if text.startswith("\ufeff"):
        text = text[1:]

    def refuse_constant(name):
        raise json.JSONDecodeError("Expecting value", text, text.index(name))

    return json.loads(text, parse_constant=refuse_constant)
