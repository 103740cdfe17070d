"""Reserved concurrency: what may be reserved, what is shown, and what is refused."""

import pytest
from support.errors import refused
from support.functions import COMPILED
from support.server import ACCOUNT, REGION

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"


def reserved_of(response):
    return response.get("ReservedConcurrentExecutions")


def test_a_reservation_is_set_shown_and_removed(client, functions):
    name = functions.create()
    limits = client.get_account_settings()["AccountLimit"]

    for amount in [0, 1, 7]:
        put = client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=amount)
        assert reserved_of(put) == amount
        assert reserved_of(client.get_function_concurrency(FunctionName=name)) == amount
        assert client.get_function(FunctionName=name)["Concurrency"] == {"ReservedConcurrentExecutions": amount}
        left = client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
        assert left == limits["UnreservedConcurrentExecutions"] - amount
    client.delete_function_concurrency(FunctionName=name)

    assert reserved_of(client.get_function_concurrency(FunctionName=name)) is None
    assert "Concurrency" not in client.get_function(FunctionName=name)
    assert client.get_account_settings()["AccountLimit"] == limits


def test_a_hundred_stay_unreserved(client, functions):
    first, second = functions.create(), functions.create()
    client.put_function_concurrency(FunctionName=first, ReservedConcurrentExecutions=600)
    text = (
        "Specified ReservedConcurrentExecutions for function decreases account's "
        "UnreservedConcurrentExecution below its minimum value of [100]."
    )

    for amount in [301, 1000, 1001]:
        with refused("InvalidParameterValueException", text, 400):
            client.put_function_concurrency(FunctionName=second, ReservedConcurrentExecutions=amount)

    assert reserved_of(client.put_function_concurrency(FunctionName=second, ReservedConcurrentExecutions=300)) == 300


def test_a_reservation_is_of_the_whole_function(client, functions):
    name = functions.create(Publish=True)
    text = (
        "This operation is permitted on Lambda functions only. Aliases and versions do not support this operation. "
        "Please specify either a function name or an unqualified function ARN."
    )
    for reference in [f"{name}:1", f"{ARN}:{name}:1", f"{name}:$LATEST"]:
        with refused("InvalidParameterValueException", text, 400):
            client.put_function_concurrency(FunctionName=reference, ReservedConcurrentExecutions=1)


def test_a_function_that_does_not_exist(client):
    missing = f"Function not found: {ARN}:nobody"
    with refused("ResourceNotFoundException", f"{missing}:$LATEST", 404):
        client.put_function_concurrency(FunctionName="nobody", ReservedConcurrentExecutions=1)
    for operation in ["get_function_concurrency", "delete_function_concurrency"]:
        with refused("ResourceNotFoundException", missing, 404):
            getattr(client, operation)(FunctionName="nobody")


@pytest.mark.parametrize("concurrency", ["reserved", "removed"])
def test_a_reservation_outlives_the_server(start_server, concurrency):
    server = start_server("--sandbox", "none")
    client = server.client()
    client.create_function(
        FunctionName="fn",
        Runtime="provided.al2023",
        Handler="bootstrap",
        Role="arn:aws:iam::000000000000:role/test",
        Code={"ZipFile": COMPILED.package},
    )
    client.put_function_concurrency(FunctionName="fn", ReservedConcurrentExecutions=5)
    if concurrency == "removed":
        client.delete_function_concurrency(FunctionName="fn")
    server.kill()

    again = start_server("--sandbox", "none", data_dir=server.data_dir).client()

    expected = 5 if concurrency == "reserved" else None
    assert reserved_of(again.get_function_concurrency(FunctionName="fn")) == expected
