"""How the events of a function are to be treated: settings per version and alias, and every refusal."""

import datetime

import pytest
from support.errors import refused
from support.server import ACCOUNT, REGION

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"
NO_DESTINATIONS = {"OnSuccess": {}, "OnFailure": {}}


@pytest.fixture
def name(functions, client):
    """A function with version 1 and the alias `live`."""
    name = functions.create(Publish=True)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    return name


def without_metadata(response):
    return {key: value for key, value in response.items() if key != "ResponseMetadata"}


def test_what_was_set_is_shown_with_both_destinations(client, name):
    before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=1)

    put = without_metadata(client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0))
    shown = without_metadata(client.get_function_event_invoke_config(FunctionName=name, Qualifier="$LATEST"))

    assert put == shown
    modified = put.pop("LastModified")
    assert before <= modified <= datetime.datetime.now(datetime.UTC)
    assert put == {
        "FunctionArn": f"{ARN}:{name}:$LATEST",
        "MaximumRetryAttempts": 0,
        "DestinationConfig": NO_DESTINATIONS,
    }


def test_a_put_replaces_and_an_update_merges(client, functions, name):
    other = f"{ARN}:{functions.create()}"
    everything = {
        "MaximumRetryAttempts": 2,
        "MaximumEventAgeInSeconds": 21600,
        "DestinationConfig": {"OnSuccess": {"Destination": other}, "OnFailure": {"Destination": other}},
    }
    client.put_function_event_invoke_config(FunctionName=name, **everything)

    updated = client.update_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=0)
    replaced = client.put_function_event_invoke_config(FunctionName=name, MaximumEventAgeInSeconds=60)

    assert updated["MaximumRetryAttempts"] == 0
    assert updated["MaximumEventAgeInSeconds"] == 21600
    assert updated["DestinationConfig"] == everything["DestinationConfig"]
    assert "MaximumRetryAttempts" not in replaced
    assert replaced["DestinationConfig"] == NO_DESTINATIONS


def test_each_version_and_alias_has_its_own(client, name):
    spellings = [
        ({"FunctionName": name}, "$LATEST"),
        ({"FunctionName": name, "Qualifier": "1"}, "1"),
        ({"FunctionName": f"{name}:live"}, "live"),
        ({"FunctionName": f"{ARN}:{name}:live", "Qualifier": "live"}, "live"),
    ]
    for retries, (spelling, qualifier) in zip([0, 1, 2, 1], spellings, strict=True):
        put = client.put_function_event_invoke_config(MaximumRetryAttempts=retries, **spelling)
        assert put["FunctionArn"] == f"{ARN}:{name}:{qualifier}"

    pages = client.get_paginator("list_function_event_invoke_configs").paginate(
        FunctionName=name, PaginationConfig={"PageSize": 2}
    )
    configs = [config for page in pages for config in page["FunctionEventInvokeConfigs"]]

    listed = {config["FunctionArn"].rpartition(":")[2]: config["MaximumRetryAttempts"] for config in configs}
    assert listed == {"$LATEST": 0, "1": 1, "live": 1}


def test_a_config_goes_with_its_alias_and_its_version(client, name):
    for qualifier in ["1", "live"]:
        client.put_function_event_invoke_config(FunctionName=name, Qualifier=qualifier, MaximumRetryAttempts=1)

    client.delete_alias(FunctionName=name, Name="live")
    client.delete_function(FunctionName=name, Qualifier="1")

    assert client.list_function_event_invoke_configs(FunctionName=name)["FunctionEventInvokeConfigs"] == []


def test_a_deleted_config_is_gone(client, name):
    client.put_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)

    client.delete_function_event_invoke_config(FunctionName=name)

    nothing = f"The function {ARN}:{name}:$LATEST doesn't have an EventInvokeConfig"
    for operation in ["get_function_event_invoke_config", "delete_function_event_invoke_config"]:
        with refused("ResourceNotFoundException", nothing, 404):
            getattr(client, operation)(FunctionName=name)
    with refused("ResourceNotFoundException", nothing, 404):
        client.update_function_event_invoke_config(FunctionName=name, MaximumRetryAttempts=1)


def test_nothing_to_set_is_refused_before_the_function_is_looked_for(client):
    text = "You must specify at least one of error handling or destination setting."
    for operation in ["put_function_event_invoke_config", "update_function_event_invoke_config"]:
        with refused("InvalidParameterValueException", text, 400):
            getattr(client, operation)(FunctionName="nobody")


def test_what_does_not_exist_cannot_be_configured(client, name):
    for reference in ["nobody", f"{ARN}:nobody", f"{name}:none", f"{name}:7"]:
        with refused("ResourceNotFoundException", "The function doesn't exist.", 404):
            client.put_function_event_invoke_config(FunctionName=reference, MaximumRetryAttempts=1)
    for operation in ["delete_function_event_invoke_config", "list_function_event_invoke_configs"]:
        with refused("ResourceNotFoundException", "The function doesn't exist.", 404):
            getattr(client, operation)(FunctionName="nobody")
    missing = f"The function {ARN}:nobody:$LATEST doesn't have an EventInvokeConfig"
    with refused("ResourceNotFoundException", missing, 404):
        client.get_function_event_invoke_config(FunctionName="nobody")
    missing = f"The function {ARN}:{name}:none doesn't have an EventInvokeConfig"
    with refused("ResourceNotFoundException", missing, 404):
        client.get_function_event_invoke_config(FunctionName=name, Qualifier="none")


def test_qualifiers_that_differ_are_refused(client, name):
    text = "The derived qualifier from the function name does not match the specified qualifier."
    for reference, qualifier in [(f"{name}:live", "1"), (f"{name}:$LATEST", "1"), (f"{ARN}:{name}:1", "$LATEST")]:
        with refused("InvalidParameterValueException", text, 400):
            client.put_function_event_invoke_config(
                FunctionName=reference, Qualifier=qualifier, MaximumRetryAttempts=1
            )


def on(side, arn):
    return {side: {"Destination": arn}}


def test_destinations_that_cannot_be_any(client, name):
    own, lost, iam = f"{ARN}:{name}", f"{ARN}:lost", f"arn:aws:iam:{REGION}:{ACCOUNT}:function:{name}"
    fifo = f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue.fifo"
    unsupported = "The provided destination config DestinationConfig(onSuccess={}, onFailure={}) is invalid."
    itself = "You can't specify the function as a destination for itself."
    for destinations, text in [
        (on("OnSuccess", lost), f"The destination ARN {lost} is invalid."),
        (on("OnSuccess", own), itself),
        (on("OnFailure", f"{own}:live"), itself),
        (on("OnSuccess", iam), unsupported.format(f"OnSuccess(destination={iam})", "null")),
        (on("OnFailure", fifo), unsupported.format("null", f"OnFailure(destination={fifo})")),
    ]:
        with refused("InvalidParameterValueException", text, 400):
            client.put_function_event_invoke_config(FunctionName=name, DestinationConfig=destinations)


def test_a_destination_that_cannot_be_reached_is_refused_with_the_setting(client, name):
    topic = f"arn:aws:sns:{REGION}:{ACCOUNT}:topic"

    with refused("InvalidParameterValueException", status=400):
        client.put_function_event_invoke_config(FunctionName=name, DestinationConfig=on("OnFailure", topic))

    with pytest.raises(client.exceptions.InvalidParameterValueException, match=f"{topic} .*`targets.sns`"):
        client.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": topic})


def test_numbers_out_of_range(client, name):
    text = "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must have value {}"
    for parameter, value, member, bound in [
        ("MaximumRetryAttempts", 3, "maximumRetryAttempts", "less than or equal to 2"),
        ("MaximumEventAgeInSeconds", 21601, "maximumEventAgeInSeconds", "less than or equal to 21600"),
    ]:
        with refused("ValidationException", text.format(value, member, bound), 400):
            client.put_function_event_invoke_config(FunctionName=name, **{parameter: value})


def test_empty_destinations_are_none(client, name):
    for destinations in [{"OnSuccess": {}}, {"OnFailure": {}}, {}, on("OnSuccess", "")]:
        put = client.put_function_event_invoke_config(FunctionName=name, DestinationConfig=destinations)
        assert put["DestinationConfig"] == NO_DESTINATIONS


def test_a_dead_letter_queue_is_a_standard_queue_or_topic(client, name):
    kinds = "The dead-letter queue must be a standard SQS queue or a standard SNS topic: "
    bucket, fifo = "arn:aws:s3:::bucket", f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue.fifo"
    for arn, why in [
        (bucket, f"`{bucket}` is no ARN of an SQS queue or an SNS topic."),
        (fifo, f"`{fifo}` is a FIFO queue or topic, and only standard ones can be destinations."),
    ]:
        with refused("InvalidParameterValueException", kinds + why, 400):
            client.update_function_configuration(FunctionName=name, DeadLetterConfig={"TargetArn": arn})


def test_invoke_async_takes_an_event(client, name):
    accepted = client.invoke_async(FunctionName=name, InvokeArgs=b"{}")

    assert accepted["Status"] == 202
    with refused("InvalidRequestContentException", status=400):
        client.invoke_async(FunctionName=name, InvokeArgs=b"{")
    too_large = "Request must be smaller than 262144 bytes for the InvokeAsync operation"
    with refused("RequestEntityTooLargeException", too_large, 413):
        client.invoke_async(FunctionName=name, InvokeArgs=b'"' + b"x" * 262_144 + b'"')


def test_an_event_has_at_most_a_megabyte(client, functions, name):
    limit = 1_048_576
    for size in [limit, limit + 1]:
        payload = b'"' + b"x" * (size - 2) + b'"'
        if size == limit:
            assert functions.invoke(name, Payload=payload, InvocationType="Event").status == 202
            continue
        text = f"{size} byte payload is too large for the Event invocation type (limit {limit} bytes)"
        with refused("RequestEntityTooLargeException", text, 413):
            functions.invoke(name, Payload=payload, InvocationType="Event")
