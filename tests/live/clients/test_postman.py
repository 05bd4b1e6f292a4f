"""The Postman collection: it is generated from the OpenAPI document, and newman runs all of it with a real file."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping

import pytest

from tests.support.live.stack import Stack
from tools.checks import web
from tools.docs.postman.collection import FOLDER, TARGET, document, text
from tools.docs.postman.scripts import DOWNLOAD, FOLDERS, SEND
from tools.programs import ROOT


@pytest.fixture(scope="module")
def node() -> Mapping[str, str]:
    """An environment in which the pinned newman runs."""
    environment = web.node_environment()
    web.install_packages(FOLDER)
    return environment


def test_the_collection_is_generated_from_the_openapi_document() -> None:
    assert TARGET.read_text() == text(), "run: ./dev postman"


def test_the_collection_contains_every_operation() -> None:
    operations = {
        operation["operationId"]
        for methods in document()["paths"].values()
        for operation in methods.values()
        if "operationId" in operation
    }
    assert {name for folder in FOLDERS.values() for name in folder} == operations | {SEND, DOWNLOAD}


def test_newman_runs_the_whole_collection(one_stack: Stack, node: Mapping[str, str]) -> None:
    run = [str(FOLDER / "node_modules" / ".bin" / "newman"), "run", str(TARGET), "--color=off"]
    variables = ["--env-var", f"baseUrl={one_stack.client.url}"]
    done = subprocess.run([*run, *variables], cwd=ROOT, env=dict(node), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the download has all bytes" in done.stdout
