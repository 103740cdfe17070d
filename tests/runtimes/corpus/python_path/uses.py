"""Uses what only PYTHONPATH makes visible."""

import os

import on_path


def handler(event, context):
    return [on_path.VALUE, os.environ.get("SITECUSTOMIZED")]
