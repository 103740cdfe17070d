"""The corpus, where a client can run it."""

import shutil

import clients
import pytest


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    """A copy of the corpus, whose `modules` are called as Node.js wants them."""
    copy = tmp_path_factory.mktemp("corpus") / "corpus"
    shutil.copytree(clients.CORPUS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for modules in list(copy.rglob("modules")):
        modules.rename(modules.with_name("node_modules"))
    return copy
