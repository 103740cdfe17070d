"""The same calls to this server and to moto's: their answers have the same shape, their errors the same code."""

import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer
from support.queues import queue_client

TEXT = {"DataType": "String", "StringValue": "v"}


@pytest.fixture(scope="module")
def moto():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield queue_client(f"http://{host}:{port}")
    server.stop()


class Story:
    """Calls to one server, and what came of each: the names in an answer, or the code of an error."""

    def __init__(self, client):
        self.client = client
        self.told = []

    def __call__(self, operation, **parameters):
        try:
            answer = getattr(self.client, operation)(**parameters)
        except ClientError as error:
            self.told.append((operation, error.response["Error"]["Code"]))
            return None
        answer.pop("ResponseMetadata")
        self.told.append((operation, shape(answer)))
        return answer


def shape(value):
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in sorted(value.items())}
    if isinstance(value, list):
        return [shape(inner) for inner in value]
    return type(value).__name__


def standard_queue(call):
    url = call("create_queue", QueueName="story", Attributes={"VisibilityTimeout": "600"}, tags={"a": "b"})["QueueUrl"]
    call("create_queue", QueueName="story", Attributes={"VisibilityTimeout": "600"})
    call("create_queue", QueueName="story", Attributes={"VisibilityTimeout": "601"})
    call("create_queue", QueueName="no good name")
    call("get_queue_url", QueueName="story")
    call("get_queue_url", QueueName="nobody")
    call("list_queues", QueueNamePrefix="story")
    call("list_queue_tags", QueueUrl=url)
    call("tag_queue", QueueUrl=url, Tags={"c": "d"})
    call("untag_queue", QueueUrl=url, TagKeys=["a"])
    call("list_queue_tags", QueueUrl=url)
    call("get_queue_attributes", QueueUrl=url, AttributeNames=["VisibilityTimeout", "QueueArn"])
    call("get_queue_attributes", QueueUrl=url, AttributeNames=["Colour"])
    call("set_queue_attributes", QueueUrl=url, Attributes={"DelaySeconds": "0"})
    call("send_message", QueueUrl=url, MessageBody="one", MessageAttributes={"n": TEXT})
    call("send_message", QueueUrl=url, MessageBody="x" * 1_048_577)
    sent = {"Id": "a", "MessageBody": "two"}, {"Id": "b", "MessageBody": "three"}
    call("send_message_batch", QueueUrl=url, Entries=list(sent))
    call("send_message_batch", QueueUrl=url, Entries=[])
    call("receive_message", QueueUrl=url, MaxNumberOfMessages=11)
    names = {"MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"]}
    received = call("receive_message", QueueUrl=url, MaxNumberOfMessages=10, **names)
    handles = [message["ReceiptHandle"] for message in received["Messages"]]
    call("receive_message", QueueUrl=url)
    call("change_message_visibility", QueueUrl=url, ReceiptHandle=handles[0], VisibilityTimeout=601)
    call("change_message_visibility", QueueUrl=url, ReceiptHandle=handles[0], VisibilityTimeout=43_201)
    call("delete_message", QueueUrl=url, ReceiptHandle=handles[0])
    call("delete_message", QueueUrl=url, ReceiptHandle=handles[0])
    call("delete_message", QueueUrl=url, ReceiptHandle="nonsense")
    entries = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(handles[1:])]
    call("delete_message_batch", QueueUrl=url, Entries=entries)
    call("purge_queue", QueueUrl=url)
    call("delete_queue", QueueUrl=url)
    call("send_message", QueueUrl=url, MessageBody="late")


def fifo_queue(call):
    kind = {"FifoQueue": "true"}
    call("create_queue", QueueName="story", Attributes=kind)
    url = call("create_queue", QueueName="story.fifo", Attributes=kind)["QueueUrl"]
    call("send_message", QueueUrl=url, MessageBody="x", MessageGroupId="g")
    call("send_message", QueueUrl=url, MessageBody="x", MessageDeduplicationId="d")
    call("send_message", QueueUrl=url, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="d")
    call("send_message", QueueUrl=url, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="d", DelaySeconds=9)
    call("receive_message", QueueUrl=url, MessageSystemAttributeNames=["All"])
    call("receive_message", QueueUrl=url)
    call("delete_queue", QueueUrl=url)


def dead_letters(call):
    dead = call("create_queue", QueueName="story-dead")["QueueUrl"]
    answer = call("get_queue_attributes", QueueUrl=dead, AttributeNames=["QueueArn"])
    policy = f'{{"deadLetterTargetArn": "{answer["Attributes"]["QueueArn"]}", "maxReceiveCount": 1}}'
    attributes = {"RedrivePolicy": policy, "VisibilityTimeout": "0"}
    url = call("create_queue", QueueName="story-live", Attributes=attributes)["QueueUrl"]
    call("get_queue_attributes", QueueUrl=url, AttributeNames=["RedrivePolicy"])
    call("list_dead_letter_source_queues", QueueUrl=dead)
    call("send_message", QueueUrl=url, MessageBody="x")
    for queue in (url, url, dead):
        call("receive_message", QueueUrl=queue)
    for queue in (url, dead):
        call("delete_queue", QueueUrl=queue)


@pytest.mark.parametrize("story", [standard_queue, fifo_queue, dead_letters], ids=lambda story: story.__name__)
def test_both_servers_tell_the_same_story(server, moto, story):
    ours, theirs = Story(queue_client(server.endpoint)), Story(moto)
    story(ours)
    story(theirs)

    assert ours.told == theirs.told
