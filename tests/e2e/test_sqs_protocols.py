"""Queues through the AWS CLI, and through the query protocol of older clients."""

import json
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
from support.queues import Queues, md5, queue_client
from support.waiting import wait_until

AWS = Path(sys.executable).with_name("aws")
NAMESPACE = "{http://queue.amazonaws.com/doc/2012-11-05/}"
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, "
    f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
)


@pytest.fixture
def queues(server):
    queues = Queues(queue_client(server.endpoint))
    yield queues
    queues.clear()


@pytest.fixture
def aws(server, tmp_path):
    def run(*arguments, check=True):
        environment = server.variables() | {"AWS_CONFIG_FILE": str(tmp_path / "none"), "AWS_PAGER": ""}
        # In its own region version 1 of the command looks for an endpoint of queues nowhere but here.
        command = [AWS, "--endpoint-url", server.endpoint, "sqs", *arguments]
        done = subprocess.run(
            command, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=120
        )
        if not check:
            return done
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout else None

    return run


def test_the_life_of_a_queue_on_the_command_line(aws, queues):
    name = queues.name("-cli")
    url = aws("create-queue", "--queue-name", name, "--attributes", "VisibilityTimeout=60", "--tags", "a=b")["QueueUrl"]
    queues.made.append(url)

    assert aws("get-queue-url", "--queue-name", name) == {"QueueUrl": url}
    assert url in aws("list-queues", "--queue-name-prefix", name)["QueueUrls"]
    assert aws("list-queue-tags", "--queue-url", url) == {"Tags": {"a": "b"}}
    attribute = json.dumps({"kind": {"DataType": "String", "StringValue": "order"}})
    sent = aws("send-message", "--queue-url", url, "--message-body", "hello", "--message-attributes", attribute)
    assert sent["MD5OfMessageBody"] == md5("hello")
    received = aws(
        "receive-message", "--queue-url", url, "--message-attribute-names", "All", "--attribute-names", "All",
        "--wait-time-seconds", "5",
    )  # fmt: skip
    [message] = received["Messages"]
    assert message["MessageAttributes"]["kind"]["StringValue"] == "order"
    handle = message["ReceiptHandle"]
    aws("change-message-visibility", "--queue-url", url, "--receipt-handle", handle, "--visibility-timeout", "90")
    aws("delete-message", "--queue-url", url, "--receipt-handle", handle)
    entries = json.dumps([{"Id": str(number), "MessageBody": str(number)} for number in range(3)])
    assert len(aws("send-message-batch", "--queue-url", url, "--entries", entries)["Successful"]) == 3
    attributes = aws("get-queue-attributes", "--queue-url", url, "--attribute-names", "All")["Attributes"]
    assert attributes["ApproximateNumberOfMessages"] == "3"
    aws("purge-queue", "--queue-url", url)
    aws("set-queue-attributes", "--queue-url", url, "--attributes", "DelaySeconds=1")
    aws("delete-queue", "--queue-url", url)
    done = aws("get-queue-url", "--queue-name", name, check=False)
    assert done.returncode != 0
    assert (
        "An error occurred (AWS.SimpleQueueService.NonExistentQueue) when calling the GetQueueUrl operation: "
        "The specified queue does not exist."
    ) in done.stderr


class Query:
    """A client of the query protocol."""

    def __init__(self, endpoint):
        self.endpoint = endpoint

    def request(self, parameters, path="/", method="POST", headers=None):
        form = urllib.parse.urlencode({"Version": "2012-11-05"} | parameters)
        headers = {"Authorization": AUTHORIZATION, "X-Amz-Date": "20260101T000000Z"} if headers is None else headers
        if method == "GET":
            request = urllib.request.Request(f"{self.endpoint}{path}?{form}", headers=headers)
        else:
            request = urllib.request.Request(f"{self.endpoint}{path}", data=form.encode(), headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as response:
                return response.status, ElementTree.fromstring(response.read())
        except urllib.error.HTTPError as error:
            return error.code, ElementTree.fromstring(error.read())

    def __call__(self, action, path="/", method="POST", **parameters):
        named = {name.replace("_", "."): value for name, value in parameters.items()}
        status, answer = self.request({"Action": action} | named, path, method)
        assert status == 200, ElementTree.tostring(answer)
        assert answer.tag == f"{NAMESPACE}{action}Response"
        assert answer.find(f"{NAMESPACE}ResponseMetadata/{NAMESPACE}RequestId").text
        return answer.find(f"{NAMESPACE}{action}Result")


def texts(element, path):
    return [found.text for found in element.iterfind("/".join(NAMESPACE + part for part in path.split("/")))]


def test_fifo_queues_batches_and_dead_letters_on_the_command_line(aws, queues):
    name = queues.name("-cli")
    fifo = "FifoQueue=true,ContentBasedDeduplication=true"
    dead = aws("create-queue", "--queue-name", f"{name}-dead.fifo", "--attributes", fifo)["QueueUrl"]
    queues.made.append(dead)
    policy = {"deadLetterTargetArn": queues.arn(dead), "maxReceiveCount": "1"}
    attributes = json.dumps(
        {"FifoQueue": "true", "ContentBasedDeduplication": "true", "RedrivePolicy": json.dumps(policy)}
    )
    url = aws("create-queue", "--queue-name", f"{name}.fifo", "--attributes", attributes)["QueueUrl"]
    queues.made.append(url)
    of_queue = ("--queue-url", url)
    source = ("--source-arn", queues.arn(dead))

    # A batch with a duplicate in it, which is accepted and not delivered.
    entries = [{"Id": str(number), "MessageBody": f"m{number % 4}", "MessageGroupId": "g"} for number in range(5)]
    sent = aws("send-message-batch", *of_queue, "--entries", json.dumps(entries))["Successful"]
    assert sent[0]["MessageId"] == sent[4]["MessageId"] and "SequenceNumber" in sent[0]
    other = aws("send-message", *of_queue, "--message-body", "other", "--message-group-id", "h")
    assert int(other["SequenceNumber"]) > int(sent[3]["SequenceNumber"])
    received = aws("receive-message", *of_queue, "--max-number-of-messages", "10", "--attribute-names", "All")["Messages"]
    of_group = [message for message in received if message["Attributes"]["MessageGroupId"] == "g"]
    assert [message["Body"] for message in of_group] == ["m0", "m1", "m2", "m3"]

    # Two are deleted at once, and the others are visible again, once too often.
    handles = [message["ReceiptHandle"] for message in received]
    entries = [{"Id": str(number), "ReceiptHandle": handle} for number, handle in enumerate(handles[:2])]
    deleted = aws("delete-message-batch", *of_queue, "--entries", json.dumps(entries))
    assert [entry["Id"] for entry in deleted["Successful"]] == ["0", "1"]
    entries = [
        {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0} for number, handle in enumerate(handles[2:])
    ]
    changed = aws("change-message-visibility-batch", *of_queue, "--entries", json.dumps(entries))
    assert len(changed["Successful"]) == 3
    assert aws("receive-message", *of_queue) is None
    assert aws("list-dead-letter-source-queues", "--queue-url", dead) == {"queueUrls": [url]}

    # They are moved back, from where a task moves all and another one has nothing to stop.
    assert aws("start-message-move-task", *source)["TaskHandle"]
    wait_until(
        lambda: aws("list-message-move-tasks", *source)["Results"][0]["Status"] == "COMPLETED", "the task has ended"
    )
    again = aws("receive-message", *of_queue, "--max-number-of-messages", "10", "--wait-time-seconds", "5")
    assert sorted(message["Body"] for message in again["Messages"]) == sorted(
        message["Body"] for message in received[2:]
    )
    done = aws("cancel-message-move-task", "--task-handle", "bm9uZQ==", check=False)
    assert "ResourceNotFoundException" in done.stderr or "InvalidParameterValue" in done.stderr

    # What remains of the commands.
    aws("tag-queue", *of_queue, "--tags", "team=a,stage=test")
    aws("untag-queue", *of_queue, "--tag-keys", "stage")
    assert aws("list-queue-tags", *of_queue) == {"Tags": {"team": "a"}}
    aws("set-queue-attributes", *of_queue, "--attributes", "DeduplicationScope=messageGroup")
    names = ("DeduplicationScope", "FifoQueue")
    attributes = aws("get-queue-attributes", *of_queue, "--attribute-names", *names)["Attributes"]
    assert attributes == {"DeduplicationScope": "messageGroup", "FifoQueue": "true"}
    for refused in [
        ("add-permission", *of_queue, "--label", "x", "--aws-account-ids", "111111111111", "--actions", "SendMessage"),
        ("remove-permission", *of_queue, "--label", "x"),
    ]:
        done = aws(*refused, check=False)
        assert "AWS.SimpleQueueService.UnsupportedOperation" in done.stderr
    aws("purge-queue", *of_queue)
    aws("delete-queue", "--queue-url", dead)
    aws("delete-queue", *of_queue)


@pytest.fixture
def query(server):
    return Query(server.endpoint)


def test_the_life_of_a_queue_in_the_query_protocol(query, queues):
    name = queues.name("-query")
    created = query(
        "CreateQueue", QueueName=name, Attribute_1_Name="VisibilityTimeout", Attribute_1_Value="60",
        Tag_1_Key="a", Tag_1_Value="b",
    )  # fmt: skip
    [url] = texts(created, "QueueUrl")
    queues.made.append(url)
    path = urllib.parse.urlsplit(url).path

    assert texts(query("GetQueueUrl", QueueName=name), "QueueUrl") == [url]
    assert texts(query("ListQueues", QueueNamePrefix=name), "QueueUrl") == [url]
    assert texts(query("ListQueueTags", path), "Tag/Key") == ["a"]
    sent = query(
        "SendMessage", path, MessageBody="<häuser>&\r\n", MessageAttribute_1_Name="kind",
        MessageAttribute_1_Value_DataType="String", MessageAttribute_1_Value_StringValue="order",
    )  # fmt: skip
    assert texts(sent, "MD5OfMessageBody") == [md5("<häuser>&\r\n")]
    received = query(
        "ReceiveMessage", path, MaxNumberOfMessages="10", AttributeName_1="All", MessageAttributeName_1="All",
        WaitTimeSeconds="5",
    )  # fmt: skip
    assert texts(received, "Message/Body") == ["<häuser>&\r\n"]
    assert texts(received, "Message/MessageId") == texts(sent, "MessageId")
    assert texts(received, "Message/MD5OfMessageAttributes") == texts(sent, "MD5OfMessageAttributes")
    assert texts(received, "Message/MessageAttribute/Value/StringValue") == ["order"]
    assert "SentTimestamp" in texts(received, "Message/Attribute/Name")
    [handle] = texts(received, "Message/ReceiptHandle")
    assert query("ChangeMessageVisibility", path, ReceiptHandle=handle, VisibilityTimeout="90") is None
    assert query("DeleteMessage", path, ReceiptHandle=handle) is None
    batch = query(
        "SendMessageBatch", QueueUrl=url, SendMessageBatchRequestEntry_1_Id="a",
        SendMessageBatchRequestEntry_1_MessageBody="1", SendMessageBatchRequestEntry_2_Id="b",
        SendMessageBatchRequestEntry_2_MessageBody="\x01",
    )  # fmt: skip
    assert texts(batch, "SendMessageBatchResultEntry/Id") == ["a"]
    assert texts(batch, "BatchResultErrorEntry/Id") == ["b"]
    attributes = query("GetQueueAttributes", path, AttributeName_1="ApproximateNumberOfMessages")
    assert texts(attributes, "Attribute/Value") == ["1"]
    assert query("PurgeQueue", path) is None
    assert query("DeleteQueue", path, method="GET") is None


def test_errors_in_the_query_protocol(query):
    status, answer = query.request({"Action": "GetQueueUrl", "QueueName": "nobody"})

    assert status == 400
    assert answer.tag == f"{NAMESPACE}ErrorResponse"
    assert texts(answer, "Error/Type") == ["Sender"]
    assert texts(answer, "Error/Code") == ["AWS.SimpleQueueService.NonExistentQueue"]
    assert texts(answer, "Error/Message") == ["The specified queue does not exist for this wsdl version."]
    assert texts(answer, "RequestId") != [None]
    status, answer = query.request({"Action": "FlyAway"})
    assert (status, texts(answer, "Error/Code")) == (400, ["InvalidAction"])


def test_an_unsigned_request_is_refused(query):
    status, answer = query.request({"Action": "ListQueues"}, headers={})

    assert (status, texts(answer, "Error/Code")) == (403, ["MissingAuthenticationToken"])


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "SerializationException"),
        (b"[]", 400, "SerializationException"),
        (b"[" * 100_000, 400, "SerializationException"),
        (b'{"QueueUrl": 7}', 400, "SerializationException"),
        (b'{"QueueUrl": "/000000000000/nobody"}', 400, "AWS.SimpleQueueService.NonExistentQueue"),
        (b"{}", 400, "MissingParameter"),
        (b" " * (4 * 1_048_576 + 1), 413, "RequestEntityTooLarge"),
    ],
    ids=["half", "list", "deep", "number", "nobody", "empty", "large"],
)
def test_hostile_requests_are_refused(server, body, status, code):
    headers = {
        "Authorization": AUTHORIZATION,
        "X-Amz-Date": "20260101T000000Z",
        "X-Amz-Target": "AmazonSQS.SendMessage",
        "Content-Type": "application/x-amz-json-1.0",
    }
    request = urllib.request.Request(server.endpoint, data=body, headers=headers)

    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request, timeout=60)

    error = raised.value
    assert (error.code, error.headers["x-amzn-query-error"]) == (status, f"{code};Sender")
    assert json.loads(error.read())["__type"].startswith("com.amazonaws.sqs#")


def test_both_protocols_see_the_same_queue(query, queues):
    url = queues.create()
    path = urllib.parse.urlsplit(url).path

    query("SendMessage", path, MessageBody="across")
    [message] = queues.receive(url)

    assert message["Body"] == "across"
    query("DeleteMessage", path, ReceiptHandle=message["ReceiptHandle"])
    assert queues.attribute(url, "ApproximateNumberOfMessagesNotVisible") == "0"
