"""HTTP by hand, for requests that no client library would send."""

import http.client
import socket

SIGNATURE = {
    "Authorization": (
        "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/lambda/aws4_request, "
        "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64
    ),
    "X-Amz-Date": "20260101T000000Z",
}


def request(address, method, path, body=None, headers=None):
    """Sends a request with a well-formed signature. Returns status, headers and body."""
    connection = http.client.HTTPConnection(*address, timeout=120)
    try:
        connection.request(method, path, body=body, headers=SIGNATURE | (headers or {}))
        response = connection.getresponse()
        return response.status, response.headers, response.read()
    finally:
        connection.close()


def connect(address, timeout=120):
    return socket.create_connection(address, timeout=timeout)


def read_response(connection):
    """Reads one response from a socket. Returns status, headers and body."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    return response.status, response.headers, response.read()
