"""Layers: published, shown, permitted, and what a function finds of them in /opt."""

import base64
import hashlib
import json
import re
import urllib.request
import uuid

import pytest
from support.errors import refused
from support.functions import COMPILED, NODE, PYTHON, zipped

ARN = "arn:aws:lambda:us-east-1:000000000000:layer"

# Answers with what the event asks for of the file system.
READER = {
    "main.py": """
import importlib, os, subprocess

def handler(event, context):
    if "import" in event:
        return importlib.import_module(event["import"]).NAME
    if "run" in event:
        return subprocess.check_output(event["run"], text=True)
    if "write" in event:
        try:
            open(event["write"], "w")
        except OSError as error:
            return error.strerror
    with open(event["read"]) as file:
        return file.read()
"""
}


@pytest.fixture
def layers(client):
    layers = Layers(client)
    yield layers
    layers.clear()


class Layers:
    """Publishes layers and takes their versions away again."""

    def __init__(self, client):
        self.client = client
        self.made = []

    def publish(self, files, name=None, **parameters):
        name = name or f"layer-{uuid.uuid4().hex[:12]}"
        content = {"ZipFile": files if isinstance(files, bytes) else zipped(files)}
        published = self.client.publish_layer_version(LayerName=name, Content=content, **parameters)
        self.made.append((name, published["Version"]))
        return published

    def arn(self, files, **parameters):
        return self.publish(files, **parameters)["LayerVersionArn"]

    def clear(self):
        for name, version in self.made:
            self.client.delete_layer_version(LayerName=name, VersionNumber=version)


def reader(functions, arns, **parameters):
    return functions.create(PYTHON, files=READER, Handler="main.handler", Layers=arns, **parameters)


def test_a_published_version_is_shown_as_it_was_published(client, layers):
    package = zipped({"python/one.py": "NAME = 'one'"})
    name = f"shown-{uuid.uuid4().hex[:8]}"

    published = layers.publish(
        package,
        name,
        Description="what it is",
        LicenseInfo="MIT",
        CompatibleRuntimes=["python3.11", "nodejs20.x"],
        CompatibleArchitectures=["x86_64"],
    )

    expected = {
        "LayerArn": f"{ARN}:{name}",
        "LayerVersionArn": f"{ARN}:{name}:1",
        "Description": "what it is",
        "Version": 1,
        "CompatibleRuntimes": ["python3.11", "nodejs20.x"],
        "CompatibleArchitectures": ["x86_64"],
        "LicenseInfo": "MIT",
    }
    assert {key: published.get(key) for key in expected} == expected
    assert published["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", published["CreatedDate"])
    content = published["Content"]
    assert content["CodeSize"] == len(package)
    assert content["CodeSha256"] == base64.b64encode(hashlib.sha256(package).digest()).decode()
    with urllib.request.urlopen(content["Location"]) as download:
        assert download.read() == package
    by_number = client.get_layer_version(LayerName=name, VersionNumber=1)
    by_layer_arn = client.get_layer_version(LayerName=f"{ARN}:{name}", VersionNumber=1)
    by_arn = client.get_layer_version_by_arn(Arn=f"{ARN}:{name}:1")
    for shown in (by_number, by_layer_arn, by_arn):
        assert {key: shown.get(key) for key in expected} == expected
        assert shown["CreatedDate"] == published["CreatedDate"]


def test_a_version_number_is_never_used_again(client, layers):
    name = layers.publish({"a": "1"})["LayerArn"].rpartition(":")[2]
    layers.publish({"a": "2"}, name)

    client.delete_layer_version(LayerName=name, VersionNumber=2)
    client.delete_layer_version(LayerName=name, VersionNumber=2)
    third = layers.publish({"a": "3"}, name)

    assert third["Version"] == 3
    with refused(code="ResourceNotFoundException", message="The resource you requested does not exist.", status=404):
        client.get_layer_version(LayerName=name, VersionNumber=2)


def test_lists_show_the_newest_version_that_fits(client, layers):
    name = f"listed-{uuid.uuid4().hex[:8]}"
    layers.publish({"a": "1"}, name, CompatibleRuntimes=["python3.11"], CompatibleArchitectures=["x86_64"])
    layers.publish({"a": "2"}, name, CompatibleRuntimes=["nodejs20.x"], CompatibleArchitectures=["arm64"])
    layers.publish({"a": "3"}, name)

    def versions(**filters):
        return [it["Version"] for it in client.list_layer_versions(LayerName=name, **filters)["LayerVersions"]]

    def latest(**filters):
        pages = client.get_paginator("list_layers").paginate(**filters)
        found = [it for page in pages for it in page["Layers"] if it["LayerName"] == name]
        return [it["LatestMatchingVersion"]["Version"] for it in found]

    assert versions() == [3, 2, 1]
    assert versions(CompatibleRuntime="python3.11") == [1]
    assert versions(CompatibleArchitecture="arm64") == [2]
    assert versions(CompatibleRuntime="python3.11", CompatibleArchitecture="arm64") == []
    assert (latest(), latest(CompatibleRuntime="nodejs20.x"), latest(CompatibleRuntime="ruby3.3")) == ([3], [2], [])
    first = client.list_layer_versions(LayerName=name, MaxItems=2)
    assert [it["Version"] for it in first["LayerVersions"]] == [3, 2]
    rest = client.list_layer_versions(LayerName=name, MaxItems=2, Marker=first["NextMarker"])
    assert [it["Version"] for it in rest["LayerVersions"]] == [1]
    assert "NextMarker" not in rest
    assert client.list_layer_versions(LayerName="there-is-none")["LayerVersions"] == []


def test_a_version_is_shared_by_its_policy(client, layers):
    name = layers.publish({"a": "1"})["LayerArn"].rpartition(":")[2]
    version = {"LayerName": name, "VersionNumber": 1}
    permission = version | {"StatementId": "one", "Action": "lambda:GetLayerVersion", "Principal": "123456789012"}
    with refused(
        code="ResourceNotFoundException", message="No policy is associated with the given resource.", status=404
    ):
        client.get_layer_version_policy(**version)

    added = client.add_layer_version_permission(**permission)

    statement = {
        "Sid": "one",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "lambda:GetLayerVersion",
        "Resource": f"{ARN}:{name}:1",
    }
    assert json.loads(added["Statement"]) == statement
    policy = client.get_layer_version_policy(**version)
    assert json.loads(policy["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}
    assert policy["RevisionId"] == added["RevisionId"]
    with refused(code="ResourceConflictException", message=re.compile("statement id .SID. provided already exists")):
        client.add_layer_version_permission(**permission)
    with refused(code="PreconditionFailedException", message=re.compile("GetLayerPolicy API"), status=412):
        client.add_layer_version_permission(**permission | {"StatementId": "two", "RevisionId": str(uuid.uuid4())})
    with refused(code="ResourceNotFoundException", message="Statement SID is not found in resource policy."):
        client.remove_layer_version_permission(**version, StatementId="two")
    client.remove_layer_version_permission(**version, StatementId="one", RevisionId=added["RevisionId"])
    with refused(code="ResourceNotFoundException", message="No policy is associated with the given resource."):
        client.get_layer_version_policy(**version)


def test_what_no_layer_can_be_is_refused_in_lambdas_words(client, layers):
    missing = f"{ARN}:there-is-none"
    with refused(code="InvalidParameterValueException", message="Layer Version Cannot be less than 1"):
        client.get_layer_version(LayerName="x", VersionNumber=0)
    with refused(code="ResourceNotFoundException", message=f"Layer version {missing}:1 does not exist."):
        client.get_layer_version_policy(LayerName="there-is-none", VersionNumber=1)
    with refused(code="ResourceNotFoundException", message=f"Layer version {missing}:1 does not exist."):
        client.add_layer_version_permission(
            LayerName=missing, VersionNumber=1, StatementId="s", Action="lambda:GetLayerVersion", Principal="*"
        )
    with refused(code="InvalidParameterValueException", message=re.compile("Could not unzip uploaded file")):
        layers.publish(b"no zip")
    with refused(code="AccessDeniedException", message=re.compile("lambda:GetLayerVersion"), status=403):
        client.get_layer_version_by_arn(Arn="arn:aws:lambda:us-east-1:111111111111:layer:theirs:1")


def test_layers_that_a_function_cannot_have_are_refused(client, functions, layers):
    arns = [layers.arn({"a": str(number)}) for number in range(6)]
    name = arns[0].rpartition(":")[0].rpartition(":")[2]
    second = layers.publish({"a": "again"}, name)["LayerVersionArn"]
    elsewhere = arns[0].replace("us-east-1", "eu-west-1")
    table = [
        (arns, "Cannot reference more than 5 layers."),
        (
            [arns[0], second],
            "Two different versions of the same layer are not allowed to be referenced in the same function. "
            f"{second} and {arns[0]} are versions of the same layer.",
        ),
        (
            [elsewhere],
            "Layers are not in the same region as the function. Layers are expected to be in region us-east-1.",
        ),
        ([f"{ARN}:there-is-none:1"], f"Layer version {ARN}:there-is-none:1 does not exist."),
        ([arns[1][:-1] + "9"], f"Layer version {arns[1][:-1]}9 does not exist."),
    ]
    function = functions.create(PYTHON)
    for asked, message in table:
        with refused(code="InvalidParameterValueException", message=message):
            functions.create(PYTHON, Layers=asked)
        with refused(code="InvalidParameterValueException", message=message):
            client.update_function_configuration(FunctionName=function, Layers=asked)


def test_code_and_layers_together_have_a_limit(client, functions, layers):
    half = zipped({"zeros": bytes(140_000_000)})
    arns = [layers.arn(half), layers.arn(half)]
    too_large = re.compile(
        r"Function code combined with layers exceeds the maximum allowed size of 262144000 bytes\. "
        r"The actual size is 28\d{7} bytes\."
    )
    name = functions.create(PYTHON, Layers=arns[:1])

    with refused(code="InvalidParameterValueException", message=too_large):
        client.update_function_configuration(FunctionName=name, Layers=arns)
    with refused(code="InvalidParameterValueException", message=too_large):
        client.update_function_code(FunctionName=name, ZipFile=half)


def test_layers_lie_over_each_other_in_order_and_are_read_only(client, functions, layers):
    below = layers.arn({"both": "below", "only/below": "b", "python/named.py": "NAME = 'layer'"})
    above = layers.arn({"both": "above", "only/above": "a"})
    name = reader(functions, [below, above])

    def read(path):
        return functions.invoke(name, {"read": f"/opt/{path}"}).json

    assert [read("both"), read("only/below"), read("only/above")] == ["above", "b", "a"]
    assert functions.invoke(name, {"write": "/opt/both"}).json == "Read-only file system"
    assert functions.invoke(name, {"import": "named"}).json == "layer"
    client.update_function_configuration(FunctionName=name, Layers=[above, below])
    functions.wait_updated(name)
    assert read("both") == "below"
    client.update_function_configuration(FunctionName=name, Layers=[])
    functions.wait_updated(name)
    assert "No such file" in functions.invoke(name, {"read": "/opt/both"}).json["errorMessage"]


def test_a_configuration_shows_its_layers_and_a_version_keeps_them(client, functions, layers):
    files = {"mark": "first"}
    arn = layers.arn(files)
    name = reader(functions, [arn])
    shown = [{"Arn": arn, "CodeSize": len(zipped(files))}]
    version = client.publish_version(FunctionName=name)["Version"]

    client.update_function_configuration(FunctionName=name, Layers=[layers.arn({"mark": "second"})])
    functions.wait_updated(name)

    published = client.get_function_configuration(FunctionName=name, Qualifier=version)
    assert published["Layers"] == shown
    assert functions.invoke(name, {"read": "/opt/mark"}, Qualifier=version).json == "first"
    assert functions.invoke(name, {"read": "/opt/mark"}).json == "second"


def test_a_deleted_version_keeps_working_for_the_functions_that_use_it(start_server, tmp_path):
    from support.functions import Functions

    server = start_server()
    client = server.client()
    functions, layers = Functions(client), Layers(client)
    arn = layers.arn({"mark": "kept"})
    name = reader(functions, [arn])
    layers.clear()
    server.stop()
    again = start_server(data_dir=server.data_dir)

    functions = Functions(again.client())

    assert functions.invoke(name, {"read": "/opt/mark"}).json == "kept"
    with refused(code="InvalidParameterValueException", message=f"Layer version {arn} does not exist."):
        reader(functions, [arn])


def test_every_search_path_of_a_runtime_leads_into_its_layers(functions, layers):
    layer = layers.arn(
        {
            "python/top.py": "NAME = 'python'",
            "python/lib/python3.11/site-packages/deep.py": "NAME = 'site-packages'",
            "nodejs/node_modules/top/index.js": "module.exports = 'node_modules';",
            "nodejs/node20/node_modules/deep/index.js": "module.exports = 'node20';",
        }
    )
    python = reader(functions, [layer])
    source = "exports.handler = async (event) => require(event.require);"
    node = functions.create(NODE, files={"main.js": source}, Handler="main.handler", Layers=[layer])

    assert [functions.invoke(python, {"import": it}).json for it in ("top", "deep")] == ["python", "site-packages"]
    assert [functions.invoke(node, {"require": it}).json for it in ("top", "deep")] == ["node_modules", "node20"]
    variables = functions.invoke(python, {"run": ["env"]}).json
    assert re.search(r"^PATH=.*:/opt/bin$", variables, re.M)
    assert re.search(r"^LD_LIBRARY_PATH=.*:/opt/lib$", variables, re.M)


def test_a_layer_brings_the_bootstrap_of_a_custom_runtime(functions, layers):
    layer = layers.arn(COMPILED.package)
    name = functions.create(COMPILED, files={"data": "nothing to run"}, Layers=[layer])

    answer = functions.invoke(name, {"hello": "layer"})

    assert (answer.error, answer.json) == (None, {"hello": "layer"})


def test_a_layer_counts_as_code_of_the_account(client, layers):
    def used():
        return client.get_account_settings()["AccountUsage"]["TotalCodeSize"]

    before = used()
    published = layers.publish({"a": "counts"})
    assert used() == before + published["Content"]["CodeSize"]
