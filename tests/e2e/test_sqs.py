"""The SQS-compatible endpoint, as boto3 sees it."""

import json
import socket
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.queues import Queues, md5, md5_of_attributes, queue_client, refused
from support.waiting import wait_until

ACCOUNT = "000000000000"
AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/aws4_request, "
    f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}"
)


@pytest.fixture(scope="session")
def sqs(server):
    return queue_client(server.endpoint)


@pytest.fixture
def queues(sqs):
    queues = Queues(sqs)
    yield queues
    queues.clear()


# Queues themselves


def test_a_queue_is_made_found_and_removed(sqs, queues, server):
    name = queues.name()
    url = queues.create(name)

    assert url == f"{server.endpoint}/{ACCOUNT}/{name}"
    assert sqs.get_queue_url(QueueName=name)["QueueUrl"] == url
    assert sqs.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=ACCOUNT)["QueueUrl"] == url
    assert queues.arn(url) == f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    sqs.delete_queue(QueueUrl=url)
    with refused("AWS.SimpleQueueService.NonExistentQueue", status=400, message="The specified queue does not exist."):
        sqs.get_queue_url(QueueName=name)


def test_creating_a_queue_again_is_no_error_unless_it_says_something_new(sqs, queues):
    name = queues.name()
    url = queues.create(name, DelaySeconds=5)

    assert queues.create(name, DelaySeconds=5) == url
    assert queues.create(name) == url
    with refused("QueueAlreadyExists", message="a different value for attribute DelaySeconds"):
        queues.create(name, DelaySeconds=6)


def test_a_new_queue_has_the_documented_attributes(sqs, queues):
    url = queues.create()

    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

    assert attributes.pop("CreatedTimestamp") == attributes.pop("LastModifiedTimestamp")
    assert attributes == {
        "QueueArn": queues.arn(url),
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "VisibilityTimeout": "30",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "DelaySeconds": "0",
        "ReceiveMessageWaitTimeSeconds": "0",
        "SqsManagedSseEnabled": "false",
    }
    assert "Attributes" not in sqs.get_queue_attributes(QueueUrl=url)


def test_attributes_can_be_changed(sqs, queues):
    url = queues.create()

    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "7", "MaximumMessageSize": "1024"})

    assert queues.attribute(url, "VisibilityTimeout") == "7"
    with refused("InvalidParameterValue", message="Message must be shorter than 1024 bytes"):
        sqs.send_message(QueueUrl=url, MessageBody="x" * 1025)
    with refused("InvalidAttributeValue", message="VisibilityTimeout"):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "43201"})
    with refused("InvalidAttributeName", message="Unknown Attribute Colour."):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Colour": "red"})
    with refused("AWS.SimpleQueueService.UnsupportedOperation", message="KmsMasterKeyId"):
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"KmsMasterKeyId": "alias/aws/sqs"})


def test_queues_are_listed_in_pages(sqs, queues):
    prefix = queues.name("-listed")
    urls = [queues.create(f"{prefix}-{number}") for number in range(5)]

    pages = sqs.get_paginator("list_queues").paginate(QueueNamePrefix=prefix, PaginationConfig={"PageSize": 2})

    assert [page["QueueUrls"] for page in pages] == [urls[:2], urls[2:4], urls[4:]]
    assert sqs.list_queues(QueueNamePrefix=prefix)["QueueUrls"] == urls
    assert "QueueUrls" not in sqs.list_queues(QueueNamePrefix="nobody")


@pytest.mark.parametrize("name", ["a b", "a.b", "x" * 81, "a.fifo"])
def test_a_bad_name_is_refused(sqs, name):
    with refused("InvalidParameterValue", message="Can only include alphanumeric characters", status=400):
        sqs.create_queue(QueueName=name)


def test_tags(sqs, queues):
    url = queues.create(tags={"team": "a"})

    sqs.tag_queue(QueueUrl=url, Tags={"stage": "test", "empty": ""})
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"team": "a", "stage": "test", "empty": ""}
    sqs.untag_queue(QueueUrl=url, TagKeys=["team", "empty"])
    assert sqs.list_queue_tags(QueueUrl=url)["Tags"] == {"stage": "test"}


def test_permissions_are_refused(sqs, queues):
    url = queues.create()

    with refused("AWS.SimpleQueueService.UnsupportedOperation", message="AddPermission"):
        sqs.add_permission(QueueUrl=url, Label="a", AWSAccountIds=[ACCOUNT], Actions=["SendMessage"])
    with refused("AWS.SimpleQueueService.UnsupportedOperation", message="RemovePermission"):
        sqs.remove_permission(QueueUrl=url, Label="a")


# Messages

ATTRIBUTES = {
    "text": {"DataType": "String", "StringValue": "häuser"},
    "number": {"DataType": "Number.float", "StringValue": "-1.5"},
    "bytes": {"DataType": "Binary", "BinaryValue": b"\x00\xff"},
}
TRACE = {"AWSTraceHeader": {"DataType": "String", "StringValue": "Root=1-5759e988-bd862e3fe1be46a994272793"}}


def test_a_message_arrives_as_it_was_sent(sqs, queues):
    url = queues.create()
    body = 'a <b> & "c"\r\n\t\U0001f600'

    sent = sqs.send_message(
        QueueUrl=url, MessageBody=body, MessageAttributes=ATTRIBUTES, MessageSystemAttributes=TRACE
    )
    [message] = queues.receive(url, MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"])

    assert sent["MD5OfMessageBody"] == message["MD5OfBody"] == md5(body)
    assert sent["MD5OfMessageAttributes"] == message["MD5OfMessageAttributes"] == md5_of_attributes(ATTRIBUTES)
    assert sent["MD5OfMessageSystemAttributes"] == md5_of_attributes(TRACE)
    assert message["MessageId"] == sent["MessageId"]
    assert message["Body"] == body
    assert message["MessageAttributes"] == ATTRIBUTES
    system = message["Attributes"]
    assert int(system.pop("SentTimestamp")) <= int(system.pop("ApproximateFirstReceiveTimestamp"))
    assert system == {
        "SenderId": ACCOUNT,
        "ApproximateReceiveCount": "1",
        "AWSTraceHeader": TRACE["AWSTraceHeader"]["StringValue"],
    }
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert queues.attribute(url, "ApproximateNumberOfMessagesNotVisible") == "0"


def test_a_receiver_sees_the_attributes_that_it_asks_for(sqs, queues):
    url = queues.create(VisibilityTimeout=0)
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes=ATTRIBUTES)

    def names(wanted):
        [message] = queues.receive(url, MessageAttributeNames=wanted)
        return sorted(message.get("MessageAttributes", {}))

    assert names([]) == []
    assert names(["text", "missing"]) == ["text"]
    assert names(["nu.*", "bytes"]) == ["bytes", "number"]
    assert names([".*"]) == ["bytes", "number", "text"]
    [message] = queues.receive(url, AttributeNames=["SenderId"])
    assert message["Attributes"] == {"SenderId": ACCOUNT}


def test_the_largest_message_fits_and_no_larger_one(sqs, queues):
    url = queues.create()

    sqs.send_message(QueueUrl=url, MessageBody="x" * 1_048_576)
    with refused("InvalidParameterValue", message="shorter than 1048576 bytes"):
        sqs.send_message(QueueUrl=url, MessageBody="x" * 1_048_577)

    assert queues.bodies(url) == ["x" * 1_048_576]


def test_bad_messages_are_refused(sqs, queues):
    url = queues.create()

    with refused("InvalidMessageContents", message="Invalid characters found"):
        sqs.send_message(QueueUrl=url, MessageBody="a\x00b")
    with refused("MissingParameter", message="MessageBody"):
        sqs.send_message(QueueUrl=url, MessageBody="")
    with refused("InvalidParameterValue", message="DelaySeconds must be >= 0 and <= 900"):
        sqs.send_message(QueueUrl=url, MessageBody="x", DelaySeconds=901)
    with refused("InvalidParameterValue", message="must contain a non-empty value of type 'String'"):
        sqs.send_message(
            QueueUrl=url, MessageBody="x", MessageAttributes={"a": {"DataType": "String", "StringValue": ""}}
        )
    with refused("AWS.SimpleQueueService.UnsupportedOperation", message="list values"):
        lists = {"DataType": "String", "StringListValues": ["a"]}
        sqs.send_message(QueueUrl=url, MessageBody="x", MessageAttributes={"a": lists})
    with refused("InvalidAttributeName", message="Unknown Attribute Colour."):
        sqs.receive_message(QueueUrl=url, AttributeNames=["Colour"])
    with refused("InvalidParameterValue", message="MaxNumberOfMessages"):
        sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=11)
    with refused("InvalidParameterValue", message="Must be >= 0 and <= 20"):
        sqs.receive_message(QueueUrl=url, WaitTimeSeconds=21)


def test_a_delayed_message_is_counted_and_comes_later(sqs, queues):
    url = queues.create()

    sqs.send_message(QueueUrl=url, MessageBody="later", DelaySeconds=900)
    sqs.send_message(QueueUrl=url, MessageBody="soon", DelaySeconds=1)

    assert queues.attribute(url, "ApproximateNumberOfMessagesDelayed") in ("1", "2")
    assert queues.bodies(url) == ["soon"]
    assert queues.attribute(url, "ApproximateNumberOfMessagesDelayed") == "1"


def test_a_long_poll_is_woken_by_a_message(sqs, queues):
    url = queues.create(ReceiveMessageWaitTimeSeconds=20)

    with ThreadPoolExecutor(4) as pool:
        polls = [pool.submit(sqs.receive_message, QueueUrl=url) for _ in range(4)]
        for number in range(4):
            sqs.send_message(QueueUrl=url, MessageBody=str(number))
        received = [poll.result()["Messages"] for poll in polls]

    assert sorted(message["Body"] for messages in received for message in messages) == ["0", "1", "2", "3"]


def test_a_client_that_vanishes_during_a_long_poll_receives_nothing(sqs, queues, server):
    url = queues.create(VisibilityTimeout=600)
    parts = urllib.parse.urlsplit(server.endpoint)
    body = json.dumps({"QueueUrl": url, "WaitTimeSeconds": 20})
    request = (
        f"POST / HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"X-Amz-Target: AmazonSQS.ReceiveMessage\r\nAuthorization: {AUTHORIZATION}\r\n"
        f"X-Amz-Date: 20260101T000000Z\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    )

    with socket.create_connection((parts.hostname, parts.port)) as vanishing:
        vanishing.sendall(request.encode())
        vanishing.settimeout(0.5)
        with pytest.raises(TimeoutError):
            vanishing.recv(1)
    with socket.create_connection((parts.hostname, parts.port)) as listening:
        listening.sendall(request.encode())
        listening.shutdown(socket.SHUT_WR)
        listening.settimeout(10)
        answer = listening.recv(4096)
    sqs.send_message(QueueUrl=url, MessageBody="x")

    assert answer.startswith(b"HTTP/1.1 200 OK") and answer.endswith(b"{}")
    assert queues.bodies(url) == ["x"]


def test_a_message_that_is_not_deleted_comes_again(sqs, queues):
    url = queues.create()
    sqs.send_message(QueueUrl=url, MessageBody="x")

    [first] = queues.receive(url, VisibilityTimeout=1)
    [second] = queues.receive(url, MessageSystemAttributeNames=["ApproximateReceiveCount"])

    assert second["MessageId"] == first["MessageId"]
    assert second["ReceiptHandle"] != first["ReceiptHandle"]
    assert second["Attributes"] == {"ApproximateReceiveCount": "2"}
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert queues.attribute(url, "ApproximateNumberOfMessagesNotVisible") == "1"
    sqs.delete_message(QueueUrl=url, ReceiptHandle=second["ReceiptHandle"])
    assert queues.attribute(url, "ApproximateNumberOfMessagesNotVisible") == "0"


def test_visibility_can_be_changed(sqs, queues):
    url = queues.create()
    sqs.send_message(QueueUrl=url, MessageBody="x")
    [message] = queues.receive(url)
    handle = message["ReceiptHandle"]

    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=600)
    with refused("InvalidParameterValue", message="43200"):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=43_201)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    [again] = queues.receive(url)

    sqs.delete_message(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"])
    with refused("InvalidParameterValue", message="Message does not exist"):
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=again["ReceiptHandle"], VisibilityTimeout=5)


def test_receipt_handles_of_others_are_refused(sqs, queues):
    one, other = queues.create(), queues.create()
    sqs.send_message(QueueUrl=one, MessageBody="x")
    [message] = queues.receive(one)

    for handle in [message["ReceiptHandle"], "nonsense", "AAAA"]:
        with refused("ReceiptHandleIsInvalid", message="is not a valid receipt handle"):
            sqs.delete_message(QueueUrl=other, ReceiptHandle=handle)
        with refused("ReceiptHandleIsInvalid"):
            sqs.change_message_visibility(QueueUrl=other, ReceiptHandle=handle, VisibilityTimeout=1)


def test_purging_removes_all_messages_once_a_minute(sqs, queues):
    url = queues.create()
    for _ in range(3):
        sqs.send_message(QueueUrl=url, MessageBody="x")
    queues.receive(url)

    sqs.purge_queue(QueueUrl=url)

    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    assert [queues.attribute(url, count) for count in counts] == ["0", "0"]
    with refused("AWS.SimpleQueueService.PurgeQueueInProgress", message="every 60 seconds"):
        sqs.purge_queue(QueueUrl=url)


def test_a_queue_of_the_same_name_is_another_one(sqs, queues):
    name = queues.name()
    url = queues.create(name)
    sqs.send_message(QueueUrl=url, MessageBody="x")
    [message] = queues.receive(url)
    sqs.delete_queue(QueueUrl=url)

    assert queues.create(name) == url

    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    with refused("ReceiptHandleIsInvalid"):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


# Batches


def test_a_batch_reports_each_entry(sqs, queues):
    url = queues.create()

    sent = sqs.send_message_batch(
        QueueUrl=url,
        Entries=[
            {"Id": "good", "MessageBody": "good", "MessageAttributes": ATTRIBUTES},
            {"Id": "bad", "MessageBody": "a\x01"},
            {"Id": "late", "MessageBody": "late", "DelaySeconds": 1},
        ],
    )
    messages = queues.receive(url, 2)
    entries = [{"Id": str(number), "ReceiptHandle": m["ReceiptHandle"]} for number, m in enumerate(messages)]
    nonsense = {"Id": "x", "ReceiptHandle": "x"}
    changed = sqs.change_message_visibility_batch(
        QueueUrl=url, Entries=[entry | {"VisibilityTimeout": 60} for entry in [*entries, nonsense]]
    )
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=[*entries, nonsense])

    assert [entry["Id"] for entry in sent["Successful"]] == ["good", "late"]
    assert sent["Successful"][0]["MD5OfMessageAttributes"] == md5_of_attributes(ATTRIBUTES)
    [failed] = sent["Failed"]
    assert (failed["Id"], failed["Code"], failed["SenderFault"]) == ("bad", "InvalidMessageContents", True)
    for answer in (changed, deleted):
        assert [entry["Id"] for entry in answer["Successful"]] == ["0", "1"]
        assert [(entry["Id"], entry["Code"]) for entry in answer["Failed"]] == [("x", "ReceiptHandleIsInvalid")]
    assert queues.attribute(url, "ApproximateNumberOfMessagesNotVisible") == "0"


def test_bad_batches_are_refused(sqs, queues):
    url = queues.create()

    def send(*entries):
        sqs.send_message_batch(QueueUrl=url, Entries=list(entries))

    def entry(name, body="x"):
        return {"Id": name, "MessageBody": body}

    code = "AWS.SimpleQueueService."
    with refused(code + "EmptyBatchRequest"):
        send()
    with refused(code + "TooManyEntriesInBatchRequest", message="You have sent 11."):
        send(*[entry(str(number)) for number in range(11)])
    with refused(code + "BatchEntryIdsNotDistinct", message="Id a repeated."):
        send(entry("a"), entry("a"))
    with refused(code + "InvalidBatchEntryId"):
        send(entry("a:b"))
    with refused(code + "BatchRequestTooLong", message="You have sent 1048577 bytes."):
        send(entry("a", "x" * 1_048_576), entry("b"))
    assert queues.attribute(url, "ApproximateNumberOfMessages") == "0"


# FIFO


def test_the_messages_of_a_group_come_in_their_order(sqs, queues):
    url = queues.create(FifoQueue="true", ContentBasedDeduplication="true")
    for number in range(3):
        for group in "ab":
            sqs.send_message(QueueUrl=url, MessageBody=f"{group}{number}", MessageGroupId=group)

    received = []
    while len(received) < 6:
        for message in queues.receive(url, MessageSystemAttributeNames=["All"]):
            received.append(message)
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    for group in "ab":
        of_group = [message for message in received if message["Attributes"]["MessageGroupId"] == group]
        assert [message["Body"] for message in of_group] == [f"{group}{number}" for number in range(3)]
        numbers = [message["Attributes"]["SequenceNumber"] for message in of_group]
        assert numbers == sorted(numbers)


def test_a_message_holds_up_its_group_and_no_other(sqs, queues):
    url = queues.create(FifoQueue="true", ContentBasedDeduplication="true", VisibilityTimeout=600)
    for body, group in [("a1", "a"), ("a2", "a"), ("b1", "b")]:
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group)

    [first] = sqs.receive_message(QueueUrl=url)["Messages"]
    [other] = sqs.receive_message(QueueUrl=url)["Messages"]

    assert (first["Body"], other["Body"]) == ("a1", "b1")
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    sqs.delete_message(QueueUrl=url, ReceiptHandle=first["ReceiptHandle"])
    assert queues.bodies(url) == ["a2"]


def test_one_receive_may_get_several_messages_of_a_group(sqs, queues):
    url = queues.create(FifoQueue="true", ContentBasedDeduplication="true", VisibilityTimeout=600)
    for number in range(12):
        sqs.send_message(QueueUrl=url, MessageBody=f"a{number}", MessageGroupId="a")

    first = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=4)["Messages"]
    sqs.send_message(QueueUrl=url, MessageBody="b", MessageGroupId="b")
    other = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]

    assert [message["Body"] for message in first] == ["a0", "a1", "a2", "a3"]
    assert [message["Body"] for message in other] == ["b"]
    for message in first[1:]:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    handle = first[0]["ReceiptHandle"]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0)
    again = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=3)["Messages"]
    assert [message["Body"] for message in again] == ["a0", "a4", "a5"]


def test_a_duplicate_is_accepted_and_not_delivered(sqs, queues):
    url = queues.create(FifoQueue="true")

    def send(body, name):
        return sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="g", MessageDeduplicationId=name)

    first, same, other = send("first", "1"), send("second", "1"), send("third", "2")

    assert (same["MessageId"], same["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    assert other["SequenceNumber"] > first["SequenceNumber"]
    assert queues.attribute(url, "ApproximateNumberOfMessages") == "2"
    [message] = sqs.receive_message(QueueUrl=url)["Messages"]
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    send("fourth", "1")
    assert queues.attribute(url, "ApproximateNumberOfMessages") == "1"


def test_deduplication_can_be_a_matter_of_groups(sqs, queues):
    url = queues.create(
        FifoQueue="true", DeduplicationScope="messageGroup", FifoThroughputLimit="perMessageGroupId"
    )

    for group in "ab":
        sqs.send_message(QueueUrl=url, MessageBody=group, MessageGroupId=group, MessageDeduplicationId="same")

    assert queues.attribute(url, "ApproximateNumberOfMessages") == "2"


def test_what_fifo_queues_ask_for(sqs, queues):
    fifo, standard = queues.create(FifoQueue="true"), queues.create()

    with refused("MissingParameter", message="MessageGroupId"):
        sqs.send_message(QueueUrl=fifo, MessageBody="x", MessageDeduplicationId="1")
    with refused("InvalidParameterValue", message="ContentBasedDeduplication enabled"):
        sqs.send_message(QueueUrl=fifo, MessageBody="x", MessageGroupId="g")
    with refused("InvalidParameterValue", message="not valid for this queue type"):
        sqs.send_message(
            QueueUrl=fifo, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="1", DelaySeconds=2
        )
    with refused("InvalidParameterValue", message="not valid for this queue type"):
        sqs.send_message(QueueUrl=standard, MessageBody="x", MessageDeduplicationId="1")
    with refused("InvalidParameterValue", message="must end with .fifo"):
        sqs.create_queue(QueueName="not-fifo", Attributes={"FifoQueue": "true"})


def test_a_receive_attempt_can_be_repeated(sqs, queues):
    url = queues.create(FifoQueue="true", ContentBasedDeduplication="true", VisibilityTimeout=600)
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g")

    first = sqs.receive_message(QueueUrl=url, ReceiveRequestAttemptId="try")["Messages"]
    again = sqs.receive_message(QueueUrl=url, ReceiveRequestAttemptId="try")["Messages"]

    assert again == first
    assert "Messages" not in sqs.receive_message(QueueUrl=url, ReceiveRequestAttemptId="another")


def test_an_expired_handle_does_not_delete_from_a_fifo_queue(sqs, queues):
    url = queues.create(FifoQueue="true", ContentBasedDeduplication="true")
    sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g")
    [message] = queues.receive(url)
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)

    with refused("InvalidParameterValue", message="The receipt handle has expired."):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


# Dead letters


def redrive(arn, count=1):
    return json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": count})


@pytest.fixture(params=["standard", "fifo"])
def pair(request, queues):
    """A queue and its dead-letter queue, and how to send to the queue."""
    kind = {"FifoQueue": "true", "ContentBasedDeduplication": "true"} if request.param == "fifo" else {}
    dead = queues.create(**kind)
    url = queues.create(RedrivePolicy=redrive(queues.arn(dead)), VisibilityTimeout=0, **kind)
    group = {"MessageGroupId": "g"} if kind else {}
    return url, dead, lambda body: queues.client.send_message(QueueUrl=url, MessageBody=body, **group)


def test_what_is_received_too_often_moves_to_the_dead_letter_queue(sqs, queues, pair):
    url, dead, send = pair
    sent = send("x")

    queues.receive(url)
    assert "Messages" not in sqs.receive_message(QueueUrl=url)
    [message] = queues.receive(dead, MessageSystemAttributeNames=["All"])

    assert (message["Body"], message["MessageId"]) == ("x", sent["MessageId"])
    assert message["Attributes"]["DeadLetterQueueSourceArn"] == queues.arn(url)
    assert message["Attributes"]["ApproximateReceiveCount"] == "2"
    assert queues.attribute(url, "ApproximateNumberOfMessages") == "0"
    assert sqs.list_dead_letter_source_queues(QueueUrl=dead)["queueUrls"] == [url]


def test_dead_letters_can_be_moved_back(sqs, queues, pair):
    url, dead, send = pair
    send("x")
    queues.receive(url)
    sqs.receive_message(QueueUrl=url)
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "600"})

    sqs.start_message_move_task(SourceArn=queues.arn(dead))
    [message] = queues.receive(url, MessageSystemAttributeNames=["All"])

    assert message["Body"] == "x"
    assert message["Attributes"]["ApproximateReceiveCount"] == "1"
    assert "DeadLetterQueueSourceArn" not in message["Attributes"]
    task = completed(sqs, queues.arn(dead))
    assert (task["ApproximateNumberOfMessagesMoved"], task["ApproximateNumberOfMessagesToMove"]) == (1, 1)
    assert "TaskHandle" not in task and "DestinationArn" not in task


def completed(sqs, arn, status="COMPLETED"):
    def ended():
        [task] = sqs.list_message_move_tasks(SourceArn=arn)["Results"]
        return task if task["Status"] == status else None

    return wait_until(ended, f"the task is {status}")


def test_a_move_can_be_slow_and_cancelled(sqs, queues):
    dead, other = queues.create(), queues.create()
    queues.create(RedrivePolicy=redrive(queues.arn(dead)))
    for _ in range(5):
        sqs.send_message(QueueUrl=dead, MessageBody="x")

    arns = {"SourceArn": queues.arn(dead), "DestinationArn": queues.arn(other)}
    handle = sqs.start_message_move_task(MaxNumberOfMessagesPerSecond=1, **arns)["TaskHandle"]
    with refused("InvalidParameterValue", message="There is already a task running."):
        sqs.start_message_move_task(**arns)
    [running] = sqs.list_message_move_tasks(SourceArn=arns["SourceArn"])["Results"]
    moved = sqs.cancel_message_move_task(TaskHandle=handle)["ApproximateNumberOfMessagesMoved"]
    task = completed(sqs, arns["SourceArn"], "CANCELLED")

    assert (running["Status"], running["TaskHandle"]) == ("RUNNING", handle)
    assert running["MaxNumberOfMessagesPerSecond"] == 1
    assert moved <= task["ApproximateNumberOfMessagesMoved"] < 5
    counts = [int(queues.attribute(url, "ApproximateNumberOfMessages")) for url in (dead, other)]
    assert sum(counts) == 5


def test_moves_that_make_no_sense_are_refused(sqs, queues):
    url, dead = queues.create(), queues.create()
    queues.create(RedrivePolicy=redrive(queues.arn(dead)))
    missing = queues.arn(url) + "-missing"

    with refused("InvalidParameterValue", message="must be configured as a Dead Letter Queue"):
        sqs.start_message_move_task(SourceArn=queues.arn(url))
    with refused("ResourceNotFoundException", message="for the SourceArn parameter", status=404):
        sqs.start_message_move_task(SourceArn=missing)
    with refused("ResourceNotFoundException", message="for the DestinationArn parameter"):
        sqs.start_message_move_task(SourceArn=queues.arn(dead), DestinationArn=missing)
    with refused("InvalidParameterValue", message="Value for parameter TaskHandle is invalid."):
        sqs.cancel_message_move_task(TaskHandle="x")


def test_a_message_without_a_source_cannot_be_moved_back(sqs, queues):
    dead = queues.create()
    queues.create(RedrivePolicy=redrive(queues.arn(dead)))
    sqs.send_message(QueueUrl=dead, MessageBody="x")

    sqs.start_message_move_task(SourceArn=queues.arn(dead))

    assert completed(sqs, queues.arn(dead), "FAILED")["FailureReason"] == "CouldNotDetermineMessageSource"
    assert queues.bodies(dead) == ["x"]


def test_a_dead_letter_queue_says_whose_it_is(sqs, queues):
    closed = queues.create(RedriveAllowPolicy=json.dumps({"redrivePermission": "denyAll"}))
    fifo = queues.create(FifoQueue="true")

    with refused("InvalidParameterValue", message="redrive allow policy"):
        queues.create(RedrivePolicy=redrive(queues.arn(closed)))
    with refused("InvalidParameterValue", message="same type of queue"):
        queues.create(RedrivePolicy=redrive(queues.arn(fifo)))
    with refused("InvalidParameterValue", message="Dead letter target does not exist"):
        queues.create(RedrivePolicy=redrive(queues.arn(closed) + "-missing"))
    with refused("InvalidParameterValue", message="Invalid value for deadLetterTargetArn"):
        queues.create(RedrivePolicy=redrive("dummy"))
    name = queues.name()
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
    policy = json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn]})
    sqs.set_queue_attributes(QueueUrl=closed, Attributes={"RedriveAllowPolicy": policy})
    url = queues.create(name, RedrivePolicy=redrive(queues.arn(closed), 3))
    assert json.loads(queues.attribute(url, "RedrivePolicy")) == json.loads(redrive(queues.arn(closed), 3))


# The server's own life


def test_nothing_is_lost_when_the_server_is_killed(start_server):
    server = start_server("--sandbox", "none")
    sqs = queue_client(server.endpoint)
    queues = Queues(sqs)
    url = queues.create("durable", VisibilityTimeout=600)
    fifo = queues.create("durable.fifo", FifoQueue="true", ContentBasedDeduplication="true")
    for number in range(10):
        sqs.send_message(QueueUrl=url, MessageBody=str(number))
    sqs.send_message(QueueUrl=fifo, MessageBody="once", MessageGroupId="g")
    held = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=2)["Messages"]

    server.kill()
    server = start_server("--sandbox", "none", data_dir=server.data_dir)
    sqs = queue_client(server.endpoint)
    queues = Queues(sqs)
    url = sqs.get_queue_url(QueueName="durable")["QueueUrl"]
    fifo = sqs.get_queue_url(QueueName="durable.fifo")["QueueUrl"]

    # Who has received keeps what it has, and its handles are good.
    sqs.delete_message(QueueUrl=url, ReceiptHandle=held[0]["ReceiptHandle"])
    rest = queues.bodies(url, 8)
    assert sorted([*rest, *(message["Body"] for message in held)]) == [str(number) for number in range(10)]
    sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=held[1]["ReceiptHandle"], VisibilityTimeout=0)
    assert queues.bodies(url) == [held[1]["Body"]]
    # A duplicate is one still.
    sqs.send_message(QueueUrl=fifo, MessageBody="once", MessageGroupId="g")
    assert queues.bodies(fifo) == ["once"]
    assert queues.attribute(fifo, "ApproximateNumberOfMessages") == "0"


def test_a_waiting_receive_does_not_hold_up_the_end_of_the_server(start_server):
    server = start_server("--sandbox", "none")
    sqs = queue_client(server.endpoint)
    url = Queues(sqs).create("quiet")

    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(sqs.receive_message, QueueUrl=url, WaitTimeSeconds=20)
        wait_until(lambda: poll.running(), "the poll has begun")
        # The server ends well before its deadline for requests, which would cut the poll off.
        status, left = server.stop()

    assert (status, left) == (0, [])
    assert poll.exception() is None or "Connection" in type(poll.exception()).__name__


def test_nothing_is_lost_under_load_when_the_server_is_killed(start_server):
    server = start_server("--sandbox", "none")
    sqs = queue_client(server.endpoint)
    urls = {
        "load": Queues(sqs).create("load", VisibilityTimeout=1),
        "load.fifo": Queues(sqs).create(
            "load.fifo", FifoQueue="true", ContentBasedDeduplication="true", VisibilityTimeout=1
        ),
    }
    accepted = {name: [] for name in urls}
    received = {name: [] for name in urls}

    def produce(name, producer, **group):
        for number in range(100_000):
            body = f"{producer} {number:06}"
            sqs.send_message(QueueUrl=urls[name], MessageBody=body, **group)
            accepted[name].append(body)

    def consume(name):
        answer = sqs.receive_message(QueueUrl=urls[name], MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            received[name].append(message["Body"])
            sqs.delete_message(QueueUrl=urls[name], ReceiptHandle=message["ReceiptHandle"])

    def consume_on(name):
        while True:
            consume(name)

    with ThreadPoolExecutor(8) as pool:
        work = [pool.submit(produce, "load", producer) for producer in "abc"]
        work += [pool.submit(consume_on, "load") for _ in "de"]
        work += [pool.submit(produce, "load.fifo", "f", MessageGroupId="g"), pool.submit(consume_on, "load.fifo")]
        wait_until(lambda: len(received["load"]) > 200 and len(received["load.fifo"]) > 50, "messages flow")
        server.kill()
        # Each went on until the server was gone.
        assert all(one.exception() for one in work)
    server = start_server("--sandbox", "none", data_dir=server.data_dir)
    sqs = queue_client(server.endpoint)
    urls = {name: sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in urls}

    for name in urls:

        def all_there(name=name):
            consume(name)
            return set(accepted[name]) <= set(received[name])

        wait_until(all_there, "every message that was accepted is received")
    # What was being deleted when the server died may come once more, but never out of its turn.
    assert sorted(received["load.fifo"]) == received["load.fifo"]
