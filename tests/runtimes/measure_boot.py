"""Measures how long clients take from their start to the first request for work.

Not a test: `python tests/runtimes/measure_boot.py [rounds]` prints a table. All candidates take turns in
one run, so that a busy machine is as unfair to one as to another.
"""

import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import clients
import recorder

PYTHON = os.environ.get("INVOKED_MEASURED_PYTHON", "/usr/bin/python3.11")
SITE_PACKAGES = next(clients.VENV.glob("lib/python3.*/site-packages"))


def until_exit(command):
    def measure(_task_root):
        start = time.perf_counter()
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        return time.perf_counter() - start

    return measure


def until_next(command, handler, **extra):
    def measure(task_root):
        with recorder.Recorder([]) as api:
            env = clients.base_environment(task_root, handler, api.address) | extra
            start = time.perf_counter()
            process = subprocess.Popen(command, env=env, cwd=task_root, stdin=subprocess.DEVNULL)
            asked = api.drained.wait(clients.STUCK_AFTER_SECONDS)
            took = time.perf_counter() - start
            process.kill()
            process.wait()
            assert asked, command
            return took

    return measure


def candidates(scratch):
    python = clients.RUNTIMES / "python"
    subprocess.run([PYTHON, "-m", "compileall", "-q", python], check=True)
    bare = scratch / "python-without-pyc"
    shutil.copytree(python, bare, ignore=shutil.ignore_patterns("__pycache__"))
    ours = lambda place, handler: until_next(  # noqa: E731
        [PYTHON, "-S", str(place / "bootstrap.py")],
        handler,
        LAMBDA_RUNTIME_DIR=str(place),
        PYTHONPATH=str(place),
        PYTHONDONTWRITEBYTECODE="1",
    )
    published = [PYTHON, str(clients.HERE / "published/start.py")]
    node = [clients.NODE, str(clients.RUNTIMES / "nodejs/index.cjs")]
    published_node = [clients.NODE, str(clients.HERE / "published/start.mjs")]
    native = clients.PUBLISHED_NODE.env
    return {
        "python -c pass": until_exit([PYTHON, "-c", "pass"]),
        "python -S -c pass": until_exit([PYTHON, "-S", "-c", "pass"]),
        "our Python client": ours(python, "empty.handler"),
        "our Python client, no .pyc": ours(bare, "empty.handler"),
        "our Python client, function logs": ours(python, "logs.handler"),
        "awslambdaric": until_next(published, "empty.handler", PYTHONPATH=str(SITE_PACKAGES)),
        "awslambdaric, function logs": until_next(published, "logs.handler", PYTHONPATH=str(SITE_PACKAGES)),
        "node -e 0": until_exit([clients.NODE, "-e", "0"]),
        "our Node.js client": until_next(node, "empty.handler"),
        "our Node.js client, ES module": until_next(node, "module.handler"),
        "aws-lambda-ric": until_next(published_node, "empty.handler", **native),
        "aws-lambda-ric, ES module": until_next(published_node, "module.handler", **native),
    }


def main(rounds):
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        task_root = scratch / "task"
        task_root.mkdir()
        (task_root / "empty.py").write_text("def handler(event, context):\n    pass\n")
        (task_root / "logs.py").write_text("import json\nimport logging\n\nhandler = print\n")
        (task_root / "empty.js").write_text("exports.handler = async () => {};\n")
        (task_root / "module.mjs").write_text("export const handler = async () => {};\n")
        measured = candidates(scratch)
        times = {name: [] for name in measured}
        for _ in range(rounds):
            for name, measure in measured.items():
                times[name].append(measure(task_root) * 1000)
    print(f"| to the first /next, ms, {rounds} rounds | p50 | least | p50 / interpreter |")
    print("|---|---|---|---|")
    floor = None
    for name, took in times.items():
        middle = statistics.median(took)
        if name in ("python -c pass", "node -e 0"):
            floor = middle
        print(f"| {name} | {middle:.1f} | {min(took):.1f} | {middle / floor:.2f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
