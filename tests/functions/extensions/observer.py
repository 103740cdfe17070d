#!/usr/bin/python3
"""An external extension that says in the log what it hears of.

`EXTENSION_DOES` says what goes wrong, or takes long.
"""

import http.client
import json
import os
import sys
import time

API = os.environ["AWS_LAMBDA_RUNTIME_API"]
NAME = os.path.basename(sys.argv[0])
DOES = os.environ.get("EXTENSION_DOES", "")
EVENTS = json.loads(os.environ.get("EXTENSION_EVENTS", '["INVOKE", "SHUTDOWN"]'))


def say(**what):
    whose = {"name": NAME, "function": os.environ["AWS_LAMBDA_FUNCTION_NAME"]}
    print("EXT " + json.dumps(whose | what), flush=True)


def call(method, path, headers=None, body=None):
    connection = http.client.HTTPConnection(API)
    connection.request(method, path, body=body, headers=headers or {})
    response = connection.getresponse()
    text = response.read().decode()
    return response.status, dict(response.getheaders()), json.loads(text or "null")


def main():
    if DOES == "exit at start":
        sys.exit(3)
    if DOES == "start slowly":
        time.sleep(0.3)
        with open("/tmp/registered", "w", encoding="utf-8") as file:
            file.write(str("_HANDLER" in os.environ))
    status, headers, facts = call(
        "POST",
        "/2020-01-01/extension/register",
        {"Lambda-Extension-Name": NAME, "Lambda-Extension-Accept-Feature": "accountId"},
        json.dumps({"events": EVENTS}),
    )
    say(registered=status, facts=facts)
    own = {"Lambda-Extension-Identifier": headers["lambda-extension-identifier"]}
    if DOES == "fail at start":
        failure = own | {"Lambda-Extension-Function-Error-Type": "Mine.NoStart"}
        say(answer=call("POST", "/2020-01-01/extension/init/error", failure, "{}")[0])
        sys.exit(1)
    if DOES == "ask for telemetry":
        say(telemetry=call("PUT", "/2022-07-01/telemetry", own, "{}")[::2])
    while True:
        _, headers, event = call("GET", "/2020-01-01/extension/event/next", own)
        say(event=event, identified="lambda-extension-event-identifier" in headers)
        if event["eventType"] == "SHUTDOWN":
            if DOES == "stay at the end":
                time.sleep(60)
            time.sleep(0.05)
            say(over=True)
            return
        if DOES == "exit in an invocation":
            sys.exit(0)
        if DOES == "work on":
            time.sleep(1)
            say(done=event["requestId"])
        if DOES == "never finish":
            time.sleep(60)


main()
