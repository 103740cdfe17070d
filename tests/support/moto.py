"""Moto's server: a second Lambda API, with STS and IAM beside it, written by others than us and AWS's."""

import json
import re
import subprocess
import sys
import urllib.request
from contextlib import contextmanager

import boto3

from .functions import zipped
from .server import REGION, clean_environment
from .waiting import DEADLINE_SECONDS, wait_until

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


class Moto:
    """A running server. Functions answer with their payload, as there is nothing to run them."""

    def __init__(self, folder):
        log = folder / "moto.log"
        with log.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"],
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=clean_environment() | {"HOME": str(folder), "AWS_EC2_METADATA_DISABLED": "true"},
            )
        try:
            self.endpoint, host, port = wait_until(lambda: self._listens_at(log), "moto listens")
            self.address = (host, int(port))
            self.configure({"lambda": {"use_docker": False}})
        except BaseException:
            self.stop()
            raise

    def _listens_at(self, log):
        assert self.process.poll() is None, log.read_text()
        found = re.search(r"Running on (http://([\d.]+):(\d+))", log.read_text())
        return found and found.groups()

    def stop(self):
        self.process.terminate()
        self.process.wait(DEADLINE_SECONDS)

    def client(self, service):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id="admin",
            aws_secret_access_key="admin",
        )

    def configure(self, settings):
        self._post("/moto-api/config", json.dumps(settings))

    @contextmanager
    def looking_functions_up(self):
        """Within, functions are looked up among those with a container, and there are none."""
        self.configure({"lambda": {"use_docker": True}})
        try:
            yield
        finally:
            self.configure({"lambda": {"use_docker": False}})

    @contextmanager
    def verifying_signatures(self):
        """Within, requests are refused that are not signed by a known key with permission."""
        self._post("/moto-api/reset-auth", "0")
        try:
            yield
        finally:
            self._post("/moto-api/reset-auth", "inf")

    def answer_next(self, *answers):
        """What the next invocations answer with instead of their payload."""
        queue = {"results": list(answers), "region": REGION}
        self._post("/moto-api/static/lambda-simple/response", json.dumps(queue))

    def _post(self, path, body):
        request = urllib.request.Request(
            self.endpoint + path, data=body.encode(), headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=DEADLINE_SECONDS) as response:
            response.read()

    def create_role(self, name, trust=TRUST):
        """A role that may do everything. Returns its ARN."""
        iam = self.client("iam")
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
        iam.put_role_policy(RoleName=name, PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))
        return arn

    def create_user(self, name):
        """A user who may do everything. Returns the key id and the secret key."""
        iam = self.client("iam")
        iam.create_user(UserName=name)
        iam.put_user_policy(UserName=name, PolicyName="everything", PolicyDocument=json.dumps(EVERYTHING))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def create_function(self, name, role):
        """Returns the ARN of the function."""
        return self.client("lambda").create_function(
            FunctionName=name,
            Runtime="python3.11",
            Handler="main.handler",
            Role=role,
            Code={"ZipFile": zipped({"main.py": b"def handler(event, context): return event"})},
            Publish=True,
        )["FunctionArn"]
