"""The demonstration of the README: from an empty directory to functions that answer.

It uses nothing but what any user has: boto3 to deploy functions, `Invoke-LMFunction` to call them.
Every claim that it prints is checked; it ends with 1 if one does not hold.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))

from support.functions import COMPILED, NODE, PYTHON, Functions, zipped
from support.server import BINARIES, Server
from support.waiting import wait_until

COLOURED = sys.stdout.isatty() and "NO_COLOR" not in os.environ

GREET = """\
visits = []

def handler(event, context):
    if event.get("visitors"):
        return visits
    name = event["name"]
    visits.append(name)
    print(f"greeting {name}")
    return {"greeting": f"Hello, {name}!", "visit": len(visits)}
"""

WORDS = """\
export async function handler(event) {
  const words = event.text.split(/\\s+/).filter(Boolean);
  console.log(`counting ${words.length} words`);
  return { words: words.length, longest: [...words].sort((a, b) => b.length - a.length)[0] };
}
"""


class Untrue(Exception):
    """Something that the demo said is not so."""


def paint(code, text):
    return f"\x1b[{code}m{text}\x1b[0m" if COLOURED else text


def chapter(text):
    print(f"\n{paint('1;36', '== ' + text)}", flush=True)


def say(text):
    print(f"   {text}", flush=True)


def show(text):
    for line in text.rstrip("\n").split("\n"):
        print(f"   {paint('2', '| ' + line)}", flush=True)


def check(is_so, claim):
    if not is_so:
        raise Untrue(claim)
    print(f"   {paint('1;32', 'ok')} {claim}", flush=True)


class Demo:
    def __init__(self, server):
        self.server = server
        self.client = server.client()
        self.functions = Functions(self.client)

    def invoke(self, *arguments):
        """Calls `Invoke-LMFunction`, shows how, and returns the response that it prints."""
        shown = " ".join(f"'{word}'" if set(word) & set(' {}"$') else word for word in arguments)
        say(paint("1", f"$ Invoke-LMFunction {shown}"))
        done = subprocess.run(
            [BINARIES / "Invoke-LMFunction", *arguments],
            env=self.server.variables(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if done.returncode != 0:
            raise Untrue(f"Invoke-LMFunction ended with {done.returncode}: {done.stderr}")
        response = json.loads(done.stdout)
        if response["Payload"]:
            show(response["Payload"])
        return response

    def create(self):
        chapter("Three functions: Python, Node.js, and a compiled one")
        self.functions.create(
            PYTHON, FunctionName="greet", Handler="greet.handler", files={"greet.py": GREET}, Publish=True
        )
        self.functions.create(NODE, FunctionName="words", Handler="words.handler", files={"words.mjs": WORDS})
        self.functions.create(COMPILED, FunctionName="echo")
        for function in self.client.list_functions()["Functions"]:
            name, runtime, arn = (function[key] for key in ("FunctionName", "Runtime", "FunctionArn"))
            say(f"{name:<8} {runtime:<16} {function['CodeSize']:>9} bytes  {arn}")

    def answers(self):
        chapter("Each one answers")
        response = self.invoke("greet", '{"name": "Ada"}')
        check(json.loads(response["Payload"])["greeting"] == "Hello, Ada!", "the Python function greeted Ada")
        response = self.invoke("words", '{"text": "the quick brown fox"}')
        check(
            json.loads(response["Payload"]) == {"words": 4, "longest": "quick"},
            "the Node.js function counted four words",
        )
        response = self.invoke("-FunctionName", "echo", "-Payload", '{"compiled": true}')
        check(json.loads(response["Payload"]) == {"compiled": True}, "the compiled function echoed its event")

    def log_tail(self):
        chapter("The end of the log, when asked for")
        response = self.invoke("words", '{"text": "one two"}', "-LogType", "Tail")
        log = base64.b64decode(response["LogResult"]).decode()
        show(log)
        check(
            "counting 2 words" in log and "REPORT RequestId: " in log, "the log has the function's line and the report"
        )

    def versions(self):
        chapter("A version keeps its code")
        changed = GREET.replace("Hello", "Good evening")
        self.client.update_function_code(FunctionName="greet", ZipFile=zipped({"greet.py": changed}))
        self.functions.wait_updated("greet")
        old = self.invoke("greet", '{"name": "Ada"}', "-Qualifier", "1")
        new = self.invoke("greet", '{"name": "Ada"}')
        check(old["ExecutedVersion"] == "1" and "Hello" in old["Payload"], "version 1 still says hello")
        check(new["ExecutedVersion"] == "$LATEST" and "Good evening" in new["Payload"], "$LATEST says good evening")

    def errors(self):
        chapter("A function that fails, and one that takes too long")
        response = self.invoke("greet", '{"nobody": true}')
        error = json.loads(response["Payload"])
        check(response["StatusCode"] == 200, "the invocation itself was fine: status 200")
        check(
            response["FunctionError"] == "Unhandled" and error["errorType"] == "KeyError",
            "the function raised a KeyError",
        )
        self.client.update_function_configuration(FunctionName="echo", Timeout=1)
        self.functions.wait_updated("echo")
        response = self.invoke("echo", '{"do": "sleep", "ms": 60000}')
        check("Task timed out after 1.00 seconds" in response["Payload"], "a minute's sleep was ended after a second")

    def dry_run(self):
        chapter("A dry run, which executes nothing")
        before = self.visitors()
        response = self.invoke("greet", '{"name": "nobody"}', "-InvocationType", "DryRun")
        check(response["StatusCode"] == 204, "the answer is 204")
        check(self.visitors() == before, "nobody has visited")

    def event(self):
        chapter("An event, which is on disk before it is accepted, and runs afterwards")
        response = self.invoke("greet", '{"name": "Grace"}', "-InvocationType", "Event")
        check(response["StatusCode"] == 202, "the answer is 202")
        wait_until(lambda: "Grace" in self.visitors(), "the event has run")
        check(True, "Grace has visited")

    def visitors(self):
        return self.functions.invoke("greet", {"visitors": True}).json


def main():
    chapter("A server, with nothing to configure")
    with tempfile.TemporaryDirectory(prefix="invoked-demo-") as directory:
        server = Server(Path(directory) / "data")
        try:
            say(f"it is ready at {server.endpoint}; a client needs")
            exports = subprocess.run(
                [BINARIES / "invoked", "env", "--data-dir", server.data_dir], capture_output=True, text=True, check=True
            )
            show(exports.stdout)
            demo = Demo(server)
            for part in (
                demo.create,
                demo.answers,
                demo.log_tail,
                demo.versions,
                demo.errors,
                demo.dry_run,
                demo.event,
            ):
                part()
            chapter("The end")
            say(f"{len(server.environments())} processes of the server's run; an interrupt (Ctrl-C) ends them")
        except BaseException:
            server.kill()
            show(server.log.read_text()[-4000:])
            raise
        status, left = server.stop()
        check(status == 0, "the server ended by itself")
        check(
            left == [],
            f"no process, mount, cgroup or network namespace is left{': ' + '; '.join(left) if left else ''}",
        )
    print(f"\n{paint('1;32', 'That was the demo.')}")


if __name__ == "__main__":
    try:
        main()
    except (Untrue, AssertionError) as error:
        print(f"   {paint('1;31', 'not so:')} {error}", file=sys.stderr)
        sys.exit(1)
