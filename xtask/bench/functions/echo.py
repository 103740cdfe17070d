"""Answers with its event, after the milliseconds it asks for."""

import time


def handler(event, context):
    if "ms" in event:
        time.sleep(event["ms"] / 1000)
    return event
