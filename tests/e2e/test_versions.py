"""Versions, which never change, and aliases, which point to them."""

import re

from support.errors import refused
from support.functions import PYTHON, zipped
from support.server import ACCOUNT, REGION

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function"


def returning(value):
    return {"behaviours.py": f"def handler(event, context): return {value!r}"}


def publish_two(client, functions):
    """A function whose version 1 answers "one" and whose version 2 answers "two"."""
    name = functions.create(files=returning("one"), Publish=True)
    client.update_function_code(FunctionName=name, ZipFile=zipped(returning("two")))
    functions.wait_updated(name)
    client.publish_version(FunctionName=name)
    client.get_waiter("published_version_active").wait(
        FunctionName=name, Qualifier="2", WaiterConfig={"Delay": 0.05, "MaxAttempts": 1200}
    )
    return name


def test_a_version_keeps_the_code_it_was_published_with(client, functions):
    name = publish_two(client, functions)

    assert functions.invoke(name, Qualifier="1").json == "one"
    assert functions.invoke(name, Qualifier="2").json == "two"
    assert functions.invoke(name).json == "two"


def test_a_version_keeps_the_configuration_it_was_published_with(client, functions):
    name = functions.create(Publish=True, Environment={"Variables": {"COLOUR": "blue"}})
    client.update_function_configuration(
        FunctionName=name, Environment={"Variables": {"COLOUR": "green"}}, Description="newer"
    )
    functions.wait_updated(name)

    assert functions.invoke(name, {"do": "environment"}, Qualifier="1").json["COLOUR"] == "blue"
    assert functions.invoke(name, {"do": "environment"}).json["COLOUR"] == "green"
    published = client.get_function_configuration(FunctionName=name, Qualifier="1")
    assert published["Environment"] == {"Variables": {"COLOUR": "blue"}}


def test_a_version_cannot_be_changed(client, functions):
    name = functions.create(Publish=True)

    with refused("InvalidParameterValueException", status=400):
        client.update_function_code(FunctionName=f"{name}:1", ZipFile=PYTHON.package)


def test_creating_with_publish_answers_version_1_under_the_plain_arn(client, functions):
    response = client.create_function(
        FunctionName="published-at-once",
        Runtime=PYTHON.runtime,
        Handler=PYTHON.handler,
        Role="arn:aws:iam::000000000000:role/test",
        Code={"ZipFile": PYTHON.package},
        Publish=True,
    )
    functions.made.append("published-at-once")

    assert response["Version"] == "1"
    assert response["FunctionArn"] == f"{ARN}:published-at-once"


def test_publishing_what_has_not_changed_makes_no_new_version(client, functions):
    name = functions.create(Publish=True)

    again = client.publish_version(FunctionName=name)

    assert again["Version"] == "1"
    assert again["FunctionArn"] == f"{ARN}:{name}:1"


def test_publishing_can_insist_on_the_code(client, functions):
    name = functions.create()
    sha = client.get_function_configuration(FunctionName=name)["CodeSha256"]
    message = (
        f"CodeSHA256 (somenonexistentsha256) is different from current CodeSHA256 in $LATEST ({sha}). "
        "Please try again with the CodeSHA256 in $LATEST."
    )

    with refused("InvalidParameterValueException", message, 400):
        client.publish_version(FunctionName=name, CodeSha256="somenonexistentsha256")
    version = client.publish_version(FunctionName=name, CodeSha256=sha, Description="insisted")
    assert (version["Version"], version["Description"]) == ("1", "insisted")


def test_versions_are_listed_after_latest(client, functions):
    name = publish_two(client, functions)

    pages = client.get_paginator("list_versions_by_function").paginate(
        FunctionName=name, PaginationConfig={"PageSize": 2}
    )

    listed = [(item["Version"], item["FunctionArn"]) for page in pages for item in page["Versions"]]
    assert listed == [("$LATEST", f"{ARN}:{name}:$LATEST"), ("1", f"{ARN}:{name}:1"), ("2", f"{ARN}:{name}:2")]


def test_a_version_can_be_deleted_and_its_number_is_not_used_again(client, functions):
    name = publish_two(client, functions)

    client.delete_function(FunctionName=name, Qualifier="2")

    with refused("ResourceNotFoundException", f"Function not found: {ARN}:{name}:2", 404):
        functions.invoke(name, Qualifier="2")
    assert functions.invoke(name, Qualifier="1").json == "one"
    client.update_function_configuration(FunctionName=name, Description="changed")
    functions.wait_updated(name)
    assert client.publish_version(FunctionName=name)["Version"] == "3"


def test_latest_and_aliases_are_not_deleted_as_functions(client, functions):
    name = functions.create(Publish=True)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")

    with refused(
        "InvalidParameterValueException", "$LATEST version cannot be deleted without deleting the function.", 400
    ):
        client.delete_function(FunctionName=name, Qualifier="$LATEST")
    with refused("InvalidParameterValueException", "Deletion of aliases is not currently supported.", 400):
        client.delete_function(FunctionName=name, Qualifier="live")


def test_an_alias_points_where_it_is_told(client, functions):
    name = publish_two(client, functions)

    alias = client.create_alias(FunctionName=name, Name="live", FunctionVersion="1", Description="first")
    assert alias["AliasArn"] == f"{ARN}:{name}:live"
    assert (alias["Name"], alias["FunctionVersion"], alias["Description"]) == ("live", "1", "first")
    answer = functions.invoke(name, Qualifier="live")
    assert (answer.version, answer.json) == ("1", "one")

    client.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    answer = functions.invoke(f"{name}:live")
    assert (answer.version, answer.json) == ("2", "two")
    assert client.get_alias(FunctionName=name, Name="live")["FunctionVersion"] == "2"


def test_the_context_shows_the_alias_and_the_version(client, functions, kind):
    name = functions.create(kind, Publish=True)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")

    context = functions.invoke(name, {"do": "context"}, Qualifier="live").json

    assert context["function_arn"] == f"{ARN}:{name}:live"
    assert context["function_version"] == "1"


def test_aliases_are_listed_in_pages_and_by_version(client, functions):
    name = publish_two(client, functions)
    for alias, version in [("a", "1"), ("b", "2"), ("c", "2")]:
        client.create_alias(FunctionName=name, Name=alias, FunctionVersion=version)

    pages = list(client.get_paginator("list_aliases").paginate(FunctionName=name, PaginationConfig={"PageSize": 2}))
    of_two = client.list_aliases(FunctionName=name, FunctionVersion="2")["Aliases"]

    assert [alias["Name"] for page in pages for alias in page["Aliases"]] == ["a", "b", "c"]
    assert [alias["Name"] for alias in of_two] == ["b", "c"]


def test_an_alias_that_is_deleted_is_gone(client, functions):
    name = functions.create(Publish=True)
    client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")

    client.delete_alias(FunctionName=name, Name="live")
    client.delete_alias(FunctionName=name, Name="live")

    with refused("ResourceNotFoundException", f"Cannot find alias arn: {ARN}:{name}:live", 404):
        client.get_alias(FunctionName=name, Name="live")
    with refused("ResourceNotFoundException", f"Function not found: {ARN}:{name}:live", 404):
        functions.invoke(name, Qualifier="live")


def test_an_alias_guards_its_revision(client, functions):
    name = publish_two(client, functions)
    stale = client.create_alias(FunctionName=name, Name="live", FunctionVersion="1")["RevisionId"]
    fresh = client.update_alias(FunctionName=name, Name="live", Description="newer", RevisionId=stale)["RevisionId"]

    with refused("PreconditionFailedException", re.compile("does not match the latest Revision Id"), 412):
        client.update_alias(FunctionName=name, Name="live", FunctionVersion="2", RevisionId=stale)
    client.update_alias(FunctionName=name, Name="live", FunctionVersion="2", RevisionId=fresh)


def test_what_an_alias_cannot_be_is_refused_in_lambdas_words(server, functions):
    client = server.client(parameter_validation=False)
    name = publish_two(client, functions)
    client.create_alias(FunctionName=name, Name="taken", FunctionVersion="1")

    def create(**parameters):
        client.create_alias(**({"FunctionName": name, "Name": "new", "FunctionVersion": "1"} | parameters))

    with refused("ResourceConflictException", f"Alias already exists: {ARN}:{name}:taken", 409):
        create(Name="taken")
    with refused("ResourceNotFoundException", f"Function not found: {ARN}:{name}:9", 404):
        create(FunctionVersion="9")
    with refused(
        "ValidationException",
        "1 validation error detected: Value '2024' at 'name' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)",
        400,
    ):
        create(Name="2024")
    with refused(
        "InvalidParameterValueException", "Number of items in AdditionalVersionWeights cannot be greater than 1", 400
    ):
        create(RoutingConfig={"AdditionalVersionWeights": {"1": 0.1, "2": 0.2}})
    with refused(
        "InvalidParameterValueException",
        "Invalid function version 1. Function version 1 is already included in routing configuration.",
        400,
    ):
        create(RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}})
    with refused(
        "InvalidParameterValueException", "$LATEST is not supported for an alias pointing to more than 1 version", 400
    ):
        create(FunctionVersion="$LATEST", RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}})
    for weight, shown in [(2.0, "2.0"), (-1.0, "-1.0")]:
        with refused(
            "ValidationException",
            f"1 validation error detected: Value '{{2={shown}}}' at 'routingConfig.additionalVersionWeights' failed to "
            "satisfy constraint: Map value must satisfy constraint: [Member must have value less than or equal to 1.0, "
            "Member must have value greater than or equal to 0.0, Member must not be null]",
            400,
        ):
            create(RoutingConfig={"AdditionalVersionWeights": {"2": weight}})
