"""Queues of tests, and clients for them."""

import hashlib
import itertools
import re
import struct

import boto3
from botocore.config import Config

from . import errors
from .server import REGION
from .waiting import wait_until


def queue_client(endpoint, **config):
    """A boto3 client of SQS that sends every request once."""
    options = {"retries": {"total_max_attempts": 1}, "read_timeout": 120, "max_pool_connections": 64}
    return boto3.client(
        "sqs",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(**(options | config)),
    )


def refused(code, message="", status=None):
    """The block must raise the error `code` with a text that has `message` in it."""
    return errors.refused(code, re.compile(re.escape(message)), status)


class Queues:
    """Makes queues, and removes them again."""

    numbers = itertools.count()

    def __init__(self, client):
        self.client = client
        self.made = []

    def name(self, suffix=""):
        return f"queue-{next(self.numbers)}{suffix}"

    def create(self, name=None, tags=None, **attributes):
        suffix = ".fifo" if attributes.get("FifoQueue") else ""
        attributes = {key: str(value) for key, value in attributes.items()}
        url = self.client.create_queue(
            QueueName=name or self.name(suffix), Attributes=attributes, tags=tags or {}
        )["QueueUrl"]
        self.made.append(url)
        return url

    def attribute(self, url, name):
        return self.client.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name]

    def arn(self, url):
        return self.attribute(url, "QueueArn")

    def receive(self, url, count=1, **options):
        """Messages, until there are `count` of them. Those that come are not given back."""
        messages = []

        def enough():
            answer = self.client.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1, **options)
            messages.extend(answer.get("Messages", []))
            return len(messages) >= count

        wait_until(enough, f"{count} messages received")
        return messages

    def bodies(self, url, count=1, **options):
        return [message["Body"] for message in self.receive(url, count, **options)]

    def clear(self):
        for url in self.made:
            try:
                self.client.delete_queue(QueueUrl=url)
            except self.client.exceptions.QueueDoesNotExist:
                pass


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


def md5_of_attributes(attributes):
    """As the developer guide of SQS describes it."""
    encoded = b""
    for name in sorted(attributes):
        data_type = attributes[name]["DataType"]
        is_binary = data_type.startswith("Binary")
        value = attributes[name]["BinaryValue"] if is_binary else attributes[name]["StringValue"].encode()
        for part in (name.encode(), data_type.encode()):
            encoded += struct.pack("!I", len(part)) + part
        encoded += (b"\2" if is_binary else b"\1") + struct.pack("!I", len(value)) + value
    return hashlib.md5(encoded).hexdigest()
