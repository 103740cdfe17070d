"""A module below packages."""

from . import sibling


def handler(event, context):
    return [__name__, sibling.VALUE]
