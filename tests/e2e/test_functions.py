"""Creating, showing, listing, changing and deleting functions with boto3."""

import base64
import hashlib
import urllib.error
import urllib.request

import pytest
from support.errors import refused
from support.functions import COMPILED, NODE, PYTHON, ROLE, Functions, zipped
from support.server import ACCOUNT, REGION

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"


def test_a_new_function_says_everything_about_itself(client, functions):
    package = zipped({"main.py": "def handler(event, context): return event"})
    response = client.create_function(
        FunctionName="described",
        Runtime="python3.11",
        Handler="main.handler",
        Role=ROLE,
        Code={"ZipFile": package},
        Description="says everything",
        Timeout=7,
        MemorySize=192,
        Environment={"Variables": {"COLOUR": "blue"}},
        EphemeralStorage={"Size": 600},
        Tags={"team": "a"},
    )
    functions.made.append("described")

    assert response["ResponseMetadata"]["HTTPStatusCode"] == 201
    expected = {
        "FunctionName": "described",
        "FunctionArn": f"{ARN}:described",
        "Runtime": "python3.11",
        "Handler": "main.handler",
        "Role": ROLE,
        "CodeSize": len(package),
        "CodeSha256": base64.b64encode(hashlib.sha256(package).digest()).decode(),
        "Description": "says everything",
        "Timeout": 7,
        "MemorySize": 192,
        "Version": "$LATEST",
        "Environment": {"Variables": {"COLOUR": "blue"}},
        "EphemeralStorage": {"Size": 600},
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "TracingConfig": {"Mode": "PassThrough"},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/described"},
    }
    assert {name: response.get(name) for name in expected} == expected


def test_a_new_function_is_pending_and_becomes_active(client, functions):
    name = functions.create(wait=False, FunctionName="pending")
    functions.wait(name)
    configuration = client.get_function_configuration(FunctionName=name)

    assert configuration["State"] == "Active"
    assert configuration["LastUpdateStatus"] == "Successful"
    assert "StateReason" not in configuration


def test_the_answer_to_create_says_pending(client, functions):
    response = client.create_function(
        FunctionName="state-at-creation",
        Runtime=PYTHON.runtime,
        Handler=PYTHON.handler,
        Role=ROLE,
        Code={"ZipFile": PYTHON.package},
    )
    functions.made.append("state-at-creation")

    assert response["State"] == "Pending"
    assert response["StateReason"] == "The function is being created."
    assert response["StateReasonCode"] == "Creating"
    assert "LastUpdateStatus" not in response


def test_an_update_is_in_progress_and_becomes_successful(client, functions):
    name = functions.create()

    response = client.update_function_configuration(FunctionName=name, Timeout=9)
    assert response["State"] == "Active"
    assert response["LastUpdateStatus"] == "InProgress"

    functions.wait_updated(name)
    configuration = client.get_function_configuration(FunctionName=name)
    assert configuration["LastUpdateStatus"] == "Successful"
    assert configuration["Timeout"] == 9


def test_updated_code_is_what_runs(client, functions):
    name = functions.create(files={"behaviours.py": "def handler(event, context): return 1"})
    assert functions.invoke(name).payload == b"1"

    package = zipped({"behaviours.py": "def handler(event, context): return 2"})
    response = client.update_function_code(FunctionName=name, ZipFile=package)
    functions.wait_updated(name)

    assert response["CodeSha256"] == base64.b64encode(hashlib.sha256(package).digest()).decode()
    assert functions.invoke(name).payload == b"2"


def test_a_dry_run_of_an_update_changes_nothing(client, functions):
    name = functions.create()
    before = client.get_function_configuration(FunctionName=name)

    client.update_function_code(FunctionName=name, ZipFile=zipped({"x.py": "pass"}), DryRun=True)

    after = client.get_function_configuration(FunctionName=name)
    for field in ["CodeSha256", "RevisionId", "LastModified"]:
        assert after[field] == before[field]


def test_an_updated_configuration_reaches_the_function(client, functions, kind):
    name = functions.create(kind, Environment={"Variables": {"COLOUR": "blue"}})
    assert functions.invoke(name, {"do": "environment"}).json["COLOUR"] == "blue"

    client.update_function_configuration(
        FunctionName=name, Environment={"Variables": {"COLOUR": "green"}}, MemorySize=320
    )
    functions.wait_updated(name)

    environment = functions.invoke(name, {"do": "environment"}).json
    assert environment["COLOUR"] == "green"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "320"


def test_an_update_with_a_stale_revision_is_refused(client, functions):
    name = functions.create()
    stale = client.get_function_configuration(FunctionName=name)["RevisionId"]
    client.update_function_configuration(FunctionName=name, Description="newer")
    functions.wait_updated(name)
    fresh = client.get_function_configuration(FunctionName=name)["RevisionId"]
    message = (
        "The Revision Id provided does not match the latest Revision Id. "
        "Call the GetFunction/GetAlias API to retrieve the latest Revision Id"
    )

    assert stale != fresh
    with refused("PreconditionFailedException", message, 412):
        client.update_function_configuration(FunctionName=name, Description="lost", RevisionId=stale)
    with refused("PreconditionFailedException", message, 412):
        client.update_function_code(FunctionName=name, ZipFile=PYTHON.package, RevisionId=stale)
    with refused("PreconditionFailedException", message, 412):
        client.publish_version(FunctionName=name, RevisionId=stale)
    client.update_function_configuration(FunctionName=name, Description="kept", RevisionId=fresh)
    assert client.get_function_configuration(FunctionName=name)["Description"] == "kept"


def test_the_code_can_be_downloaded_as_it_was_uploaded(client, functions):
    name = functions.create()

    response = client.get_function(FunctionName=name)

    assert response["Code"]["RepositoryType"] == "S3"
    with urllib.request.urlopen(response["Code"]["Location"]) as download:
        assert download.read() == PYTHON.package


def test_a_link_to_the_code_cannot_be_changed(client, functions):
    location = client.get_function(FunctionName=functions.create())["Code"]["Location"]
    forged = location[:-1] + ("0" if location[-1] != "0" else "1")

    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(forged)

    assert raised.value.code in (400, 403)


def test_a_function_exists_once(client, functions):
    name = functions.create()

    with refused("ResourceConflictException", f"Function already exist: {name}", 409):
        functions.create(FunctionName=name)


def test_a_function_that_is_deleted_is_gone(client, functions):
    name = functions.create()
    functions.invoke(name)

    response = client.delete_function(FunctionName=name)

    assert response["ResponseMetadata"]["HTTPStatusCode"] == 204
    with refused("ResourceNotFoundException", f"Function not found: {ARN}:{name}", 404):
        client.get_function(FunctionName=name)
    with refused("ResourceNotFoundException", f"Function not found: {ARN}:{name}", 404):
        client.delete_function(FunctionName=name)
    with refused("ResourceNotFoundException", f"Function not found: {ARN}:{name}:$LATEST", 404):
        functions.invoke(name)


def test_a_name_can_be_used_again(functions, client):
    name = functions.create(files={"behaviours.py": "def handler(event, context): return 'old'"})
    assert functions.invoke(name).json == "old"
    client.delete_function(FunctionName=name)

    functions.create(FunctionName=name, files={"behaviours.py": "def handler(event, context): return 'new'"})

    assert functions.invoke(name).json == "new"


def test_functions_are_listed_in_pages(client, functions):
    names = {functions.create(wait=False) for _ in range(7)}

    pages = list(client.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 3}))

    listed = [function["FunctionName"] for page in pages for function in page["Functions"]]
    assert all(len(page["Functions"]) <= 3 for page in pages)
    assert len(pages) >= 3
    assert len(listed) == len(set(listed))
    assert names <= set(listed)


def test_a_listed_function_leaves_out_its_state(client, functions):
    name = functions.create()

    listed = next(
        function
        for page in client.get_paginator("list_functions").paginate()
        for function in page["Functions"]
        if function["FunctionName"] == name
    )

    assert listed["FunctionArn"] == f"{ARN}:{name}"
    assert "State" not in listed
    assert "LastUpdateStatus" not in listed


@pytest.mark.parametrize("spelling", ["{name}", "function:{name}", f"{ACCOUNT}:function:{{name}}", f"{ARN}:{{name}}"])
def test_a_function_goes_by_its_name_and_its_arns(client, functions, spelling):
    name = functions.create(COMPILED)
    called = spelling.format(name=name)

    assert client.get_function_configuration(FunctionName=called)["FunctionName"] == name
    assert functions.invoke(called, {"a": 1}).json == {"a": 1}


@pytest.mark.parametrize(
    "spelling", ["{name}:1", "function:{name}:1", f"{ACCOUNT}:function:{{name}}:1", f"{ARN}:{{name}}:1"]
)
def test_a_qualifier_may_stand_in_the_name(client, functions, spelling):
    name = functions.create(COMPILED, Publish=True)
    called = spelling.format(name=name)

    answer = functions.invoke(called, {"do": "context"})

    assert answer.version == "1"
    assert answer.json["function_version"] == "1"
    assert answer.json["function_arn"] == f"{ARN}:{name}:1"
    assert client.get_function_configuration(FunctionName=called)["FunctionArn"] == f"{ARN}:{name}:1"
    assert functions.invoke(called, Qualifier="1").version == "1"


def test_two_different_qualifiers_are_refused(client, functions):
    name = functions.create(COMPILED, Publish=True)
    message = "The derived qualifier from the function name does not match the specified qualifier."

    with refused("InvalidParameterValueException", message, 400):
        functions.invoke(f"{name}:1", Qualifier="$LATEST")
    with refused("InvalidParameterValueException", message, 400):
        client.get_function(FunctionName=f"{ARN}:{name}:1", Qualifier="2")


def test_another_region_and_another_account_are_not_here(client, functions):
    name = functions.create(COMPILED)

    with refused(
        "ResourceNotFoundException", f"Functions from 'eu-west-1' are not reachable in this region ('{REGION}')", 404
    ):
        functions.invoke(f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:{name}")
    with refused("AccessDeniedException", status=403):
        functions.invoke(f"arn:aws:lambda:{REGION}:111111111111:function:{name}")


def test_latest_is_spelled_in_capitals(client, functions):
    name = functions.create(COMPILED)

    assert (
        client.get_function(FunctionName=name, Qualifier="$LATEST")["Configuration"]["FunctionArn"]
        == f"{ARN}:{name}:$LATEST"
    )
    with refused("ResourceNotFoundException", f"Function not found: {ARN}:{name}:$latest", 404):
        client.get_function(FunctionName=name, Qualifier="$latest")


def test_tags_are_added_replaced_and_removed(client, functions):
    name = functions.create(COMPILED, Tags={"team": "a"})
    arn = f"{ARN}:{name}"

    client.tag_resource(Resource=arn, Tags={"team": "b", "stage": "test"})
    assert client.list_tags(Resource=arn)["Tags"] == {"team": "b", "stage": "test"}
    assert client.get_function(FunctionName=name)["Tags"] == {"team": "b", "stage": "test"}

    client.untag_resource(Resource=arn, TagKeys=["team"])
    assert client.list_tags(Resource=arn)["Tags"] == {"stage": "test"}


def test_tags_belong_to_functions_alone(client, functions):
    name = functions.create(COMPILED, Publish=True)
    message = "Tags on function aliases and versions are not supported. Please specify a function ARN."

    with refused("InvalidParameterValueException", message, 400):
        client.tag_resource(Resource=f"{ARN}:{name}:1", Tags={"a": "b"})
    with refused("InvalidParameterValueException", "Number of tags exceeds resource tag limit.", 400):
        client.tag_resource(Resource=f"{ARN}:{name}", Tags={f"tag{number}": "" for number in range(51)})
    with refused("ResourceNotFoundException", f"Function not found: {ARN}:no-such-function", 404):
        client.list_tags(Resource=f"{ARN}:no-such-function")


def test_the_account_counts_its_functions_and_their_code(client, functions):
    before = client.get_account_settings()
    functions.create(NODE, wait=False)
    after = client.get_account_settings()

    assert before["AccountLimit"] == {
        "TotalCodeSize": 80530636800,
        "CodeSizeUnzipped": 262144000,
        "CodeSizeZipped": 52428800,
        "ConcurrentExecutions": 1000,
        "UnreservedConcurrentExecutions": 1000,
    }
    assert after["AccountUsage"]["FunctionCount"] == before["AccountUsage"]["FunctionCount"] + 1
    grown = after["AccountUsage"]["TotalCodeSize"] - before["AccountUsage"]["TotalCodeSize"]
    assert grown == len(NODE.package)


def test_functions_outlive_the_server(start_server):
    server = start_server()
    functions = Functions(server.client())
    name = functions.create(COMPILED, Publish=True, Tags={"a": "b"})
    server.client().create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    before = server.client().get_function(FunctionName=name)["Configuration"]
    assert server.stop() == (0, [])

    again = start_server(data_dir=server.data_dir).client()

    after = again.get_function(FunctionName=name)
    assert after["Configuration"]["RevisionId"] == before["RevisionId"]
    assert after["Tags"] == {"a": "b"}
    answer = Functions(again).invoke(name, {"x": 1}, Qualifier="live")
    assert (answer.version, answer.json) == ("1", {"x": 1})
