"""A client of the admin API."""

import json
import urllib.error
import urllib.request

from .server import REGION
from .waiting import DEADLINE_SECONDS

# Well formed; the server does not verify it.
SIGNATURE = {
    "Authorization": "AWS4-HMAC-SHA256 "
    f"Credential=test/20260101/{REGION}/lambda/aws4_request, "
    f"SignedHeaders=host;x-amz-date, Signature={'0' * 64}",
    "X-Amz-Date": "20260101T000000Z",
}


class Admin:
    """The admin API of one server."""

    def __init__(self, server):
        self.base = f"{server.endpoint}/invoked/v1/"

    def call(self, method, path, body=None, headers=SIGNATURE):
        """The status and the JSON of an answer, whatever it is."""
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, content, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=2 * DEADLINE_SECONDS) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def get(self, path):
        status, answer = self.call("GET", path)
        assert status == 200, (status, answer)
        return answer

    def post(self, path, body=None):
        status, answer = self.call("POST", path, body)
        assert status == 200, (status, answer)
        return answer

    def next_event(self):
        return self.post("clock/advance", {"To": "NextEvent"})["AdvancedSeconds"]
