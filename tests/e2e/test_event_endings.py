"""How events end: retried, given up, and passed on to SQS, SNS, EventBridge, S3 and other functions.

The services are moto's, which others than us have written.
"""

import json
import re
import uuid

import boto3
import pytest
from support.errors import refused
from support.functions import PYTHON, Functions
from support.server import ACCOUNT, REGION, Server
from support.waiting import wait_until

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"


@pytest.fixture(scope="module")
def world(moto, tmp_path_factory):
    """A server that does not wait between retries and sends to moto."""
    services = [f"--targets-{service}={moto.endpoint}" for service in ["sqs", "sns", "events", "s3"]]
    server = Server(
        tmp_path_factory.mktemp("endings") / "data",
        "--sandbox",
        "none",
        "--async-retry-delays",
        "0s,0s",
        *services,
    )
    yield server.client()
    status, left = server.stop()
    assert (status, left) == (0, [])


@pytest.fixture
def functions(world):
    functions = Functions(world)
    yield functions
    functions.clear()


def server_queues(server):
    return boto3.client(
        "sqs",
        endpoint_url=server.endpoint,
        region_name=REGION,
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )


class Queue:
    """A queue of moto's, or of the server's own."""

    def __init__(self, sqs):
        self.sqs = sqs
        self.url = self.sqs.create_queue(QueueName=f"queue-{uuid.uuid4().hex[:12]}")["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["QueueArn"])
        self.arn = attributes["Attributes"]["QueueArn"]

    def message(self):
        """The next message, which must be the only one."""

        def receive():
            got = self.sqs.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=10,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["All"],
            )
            return got.get("Messages")

        (message,) = wait_until(receive, "a message arrives")
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
        return message

    def record(self):
        return json.loads(self.message()["Body"])


@pytest.fixture
def queue(moto):
    return Queue(moto.client("sqs"))


def sides(**arns):
    return {side: {"Destination": arn} for side, arn in arns.items()}


def invoke(functions, name, event, **parameters):
    answer = functions.invoke(name, event, InvocationType="Event", **parameters)
    assert answer.status == 202
    return answer.request_id


FAILS = {"do": "raise", "message": "no luck"}


def test_a_dead_letter_is_the_event_with_its_attributes(world, functions, queue):
    name = functions.create(PYTHON, DeadLetterConfig={"TargetArn": queue.arn})
    assert world.get_function_configuration(FunctionName=name)["DeadLetterConfig"] == {"TargetArn": queue.arn}

    request_id = invoke(functions, name, FAILS)
    message = queue.message()

    assert json.loads(message["Body"]) == FAILS
    attributes = {
        name: (attribute["DataType"], attribute["StringValue"])
        for name, attribute in message["MessageAttributes"].items()
    }
    assert attributes == {
        "RequestID": ("String", request_id),
        "ErrorCode": ("Number", "200"),
        "ErrorMessage": ("String", "no luck"),
    }


def test_a_queue_of_the_server_itself_needs_no_setting(start_server):
    server = start_server("--sandbox", "none", "--async-retry-delays", "0s,0s")
    functions, queue = Functions(server.client()), Queue(server_queues(server))
    assert queue.arn.startswith(f"arn:aws:sqs:{REGION}:{ACCOUNT}:")
    name = functions.create(PYTHON, DeadLetterConfig={"TargetArn": queue.arn})
    bad = Queue(server_queues(server))
    functions.client.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=1, DestinationConfig=sides(OnFailure=bad.arn)
    )

    request_id = invoke(functions, name, FAILS)
    message, record = queue.message(), bad.message()

    assert json.loads(message["Body"]) == FAILS
    assert message["MessageAttributes"]["RequestID"]["StringValue"] == request_id
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no luck"
    assert json.loads(record["Body"])["requestContext"]["approximateInvokeCount"] == 2
    assert record["Attributes"]["AWSTraceHeader"] == message["Attributes"]["AWSTraceHeader"]
    missing = f"{queue.arn}-not"
    why = (
        "this server has no such queue, and is not told of another SQS; create the queue here, or set "
        "`targets.sqs` to `aws` or to the URL of an endpoint"
    )
    with refused(
        "InvalidParameterValueException",
        f"The destination ARN {missing} is invalid. It cannot be reached: {why}.",
        400,
    ):
        functions.client.update_function_configuration(
            FunctionName=name, DeadLetterConfig={"TargetArn": missing}
        )


def test_the_record_of_a_success(world, functions, queue):
    name = functions.create(PYTHON)
    world.put_function_event_invoke_config(FunctionName=name, DestinationConfig=sides(OnSuccess=queue.arn))

    request_id = invoke(functions, name, {"a": 1})
    message = queue.message()

    record = json.loads(message["Body"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", record.pop("timestamp"))
    assert record == {
        "version": "1.0",
        "requestContext": {
            "requestId": request_id,
            "functionArn": f"{ARN}:{name}:$LATEST",
            "condition": "Success",
            "approximateInvokeCount": 1,
        },
        "requestPayload": {"a": 1},
        "responseContext": {"statusCode": 200, "executedVersion": "$LATEST"},
        "responsePayload": {"a": 1},
    }
    assert message["Attributes"]["AWSTraceHeader"].startswith("Root=1-")


def test_the_record_of_a_failure_and_the_dead_letter_both_arrive(moto, world, functions, queue):
    dead = Queue(moto.client("sqs"))
    name = functions.create(PYTHON, DeadLetterConfig={"TargetArn": dead.arn}, Publish=True)
    world.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    world.put_function_event_invoke_config(
        FunctionName=name, Qualifier="live", MaximumRetryAttempts=1, DestinationConfig=sides(OnFailure=queue.arn)
    )

    request_id = invoke(functions, name, FAILS, Qualifier="live")
    record = queue.record()

    assert record["requestContext"] == {
        "requestId": request_id,
        "functionArn": f"{ARN}:{name}:live",
        "condition": "RetriesExhausted",
        "approximateInvokeCount": 2,
    }
    assert record["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "1",
        "functionError": "Unhandled",
    }
    assert record["responsePayload"]["errorMessage"] == "no luck"
    assert dead.message()["MessageAttributes"]["RequestID"]["StringValue"] == request_id


def test_a_topic_passes_the_record_on(moto, world, functions, queue):
    sns = moto.client("sns")
    topic = sns.create_topic(Name=f"topic-{uuid.uuid4().hex[:12]}")["TopicArn"]
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=queue.arn, Attributes={"RawMessageDelivery": "true"}
    )
    name = functions.create(PYTHON)
    world.put_function_event_invoke_config(FunctionName=name, DestinationConfig=sides(OnSuccess=topic))

    request_id = invoke(functions, name, {"b": 2})

    assert queue.record()["requestContext"]["requestId"] == request_id


def test_a_bus_gets_an_entry(moto, world, functions, queue):
    events = moto.client("events")
    bus_name = f"bus-{uuid.uuid4().hex[:12]}"
    bus = events.create_event_bus(Name=bus_name)["EventBusArn"]
    events.put_rule(Name="all", EventBusName=bus_name, EventPattern=json.dumps({"source": ["lambda"]}))
    events.put_targets(Rule="all", EventBusName=bus_name, Targets=[{"Id": "queue", "Arn": queue.arn}])
    name = functions.create(PYTHON)
    world.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig=sides(OnFailure=bus)
    )

    invoke(functions, name, FAILS)
    entry = queue.record()

    assert entry["source"] == "lambda"
    assert entry["detail-type"] == "Lambda Function Invocation Result - Failure"
    assert entry["resources"] == [bus, f"{ARN}:{name}:$LATEST"]
    assert entry["detail"]["requestContext"]["condition"] == "RetriesExhausted"


def test_a_bucket_gets_an_object_for_a_failure(moto, world, functions):
    s3 = moto.client("s3")
    bucket = f"bucket-{uuid.uuid4().hex[:12]}"
    s3.create_bucket(Bucket=bucket)
    name = functions.create(PYTHON)
    world.put_function_event_invoke_config(
        FunctionName=name, MaximumRetryAttempts=0, DestinationConfig=sides(OnFailure=f"arn:aws:s3:::{bucket}")
    )

    request_id = invoke(functions, name, FAILS)
    (listed,) = wait_until(lambda: s3.list_objects_v2(Bucket=bucket).get("Contents"), "the object is there")

    day, second = r"\d{4}/\d\d/\d\d", r"\d{4}-\d\d-\d\dT\d\d\.\d\d\.\d\d"
    assert re.fullmatch(rf"aws/lambda/async/{name}/{day}/{second}-[0-9a-f-]{{36}}", listed["Key"])
    record = json.loads(s3.get_object(Bucket=bucket, Key=listed["Key"])["Body"].read())
    assert record["requestContext"]["requestId"] == request_id


def test_a_function_gets_the_record_as_its_event(world, functions, queue):
    name, other = functions.create(PYTHON), functions.create(PYTHON)
    world.put_function_event_invoke_config(
        FunctionName=name, DestinationConfig=sides(OnSuccess=f"{ARN}:{other}")
    )
    world.put_function_event_invoke_config(FunctionName=other, DestinationConfig=sides(OnSuccess=queue.arn))

    request_id = invoke(functions, name, {"c": 3})
    record = queue.record()

    assert record["requestContext"]["functionArn"] == f"{ARN}:{other}:$LATEST"
    assert record["requestPayload"]["requestContext"]["requestId"] == request_id
    assert record["requestPayload"]["responsePayload"] == {"c": 3}


def test_a_function_that_is_stopped_hands_its_events_on_at_once(world, functions, queue):
    name = functions.create(PYTHON)
    world.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    world.put_function_event_invoke_config(FunctionName=name, DestinationConfig=sides(OnFailure=queue.arn))

    with refused("TooManyRequestsException", "Rate Exceeded.", 429):
        functions.invoke(name)
    invoke(functions, name, {"d": 4})
    record = queue.record()

    assert record["requestContext"]["condition"] == "ZeroReservedConcurrency"
    assert record["requestContext"]["approximateInvokeCount"] == 0
    assert record["requestPayload"] == {"d": 4}
    assert "responseContext" not in record


def test_a_destination_that_is_not_there_is_refused(world, functions, queue):
    name = functions.create(PYTHON)
    for arn in [f"{queue.arn}-not", "arn:aws:s3:::not-there"]:
        with pytest.raises(world.exceptions.InvalidParameterValueException, match=f"{arn} is invalid"):
            world.put_function_event_invoke_config(FunctionName=name, DestinationConfig=sides(OnFailure=arn))


def test_a_queue_that_comes_back_gets_what_it_missed(world, functions, queue):
    name = functions.create(PYTHON)
    world.put_function_event_invoke_config(FunctionName=name, DestinationConfig=sides(OnSuccess=queue.arn))
    queue.sqs.delete_queue(QueueUrl=queue.url)

    request_id = invoke(functions, name, {"e": 5})
    functions.invoke(name)
    queue.sqs.create_queue(QueueName=queue.arn.rpartition(":")[2])

    assert queue.record()["requestContext"]["requestId"] == request_id
