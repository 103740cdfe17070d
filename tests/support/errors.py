"""Expecting an error of Lambda's, with its name, status and text."""

import re
from contextlib import contextmanager

import pytest
from botocore.exceptions import ClientError


@contextmanager
def refused(code, message=None, status=None):
    """The block must raise the error `code`. `message` is compared literally; a pattern is searched."""
    with pytest.raises(ClientError) as raised:
        yield
    response = raised.value.response
    error = response["Error"]
    assert error["Code"] == code, error
    text = error.get("Message") or ""
    if isinstance(message, re.Pattern):
        assert message.search(text), text
    elif message is not None:
        assert text == message
    if status is not None:
        assert response["ResponseMetadata"]["HTTPStatusCode"] == status
