"""A page of another origin: the manual's `./dev up` lets it call the service, and send its parts to storage.

The page is the recipe for plain HTML, to its last promise: after a failure the same file can be chosen again.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import requests
from playwright.sync_api import Page, Route, expect

from tests.support.browser.browsers import RealBrowser
from tests.support.browser.page import SETTLED_MS
from tests.support.browser.site import serve_site
from tests.support.documents import block_of
from tests.support.live.client import CHUNK, random_bytes, sha256
from tests.support.programs.shell import PYTHON
from tools.checks.web import build_package
from tools.stack.processes.ports import LOOPBACK, is_free

PAGE = "<!doctype html><meta charset=utf-8><title>A page</title><link rel=icon href='data:,'>"
TAKEN = 8
"""Ports of the page and of all parts after it."""
REFUSAL: dict[str, Any] = {"code": "too_many_uploads", "message": "Too many are open.", "errors": [], "success": False}


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A site of its own origin: its address, and the folder that it hands out."""
    folder = tmp_path / "site"
    folder.mkdir()
    with serve_site(folder) as origin:
        yield origin, folder


@pytest.fixture
def service(site: tuple[str, Path], tmp_path: Path) -> Iterator[str]:
    """`./dev up` as the manual has it for that site, without a scanner; its address."""
    origin, _ = site
    command = block_of("another origin").replace("http://localhost:5173", origin)
    setting = re.fullmatch(r"CORS_ORIGINS=(\S+) \./dev up\s*", command)
    assert setting, command
    port = next(port for port in range(20_000, 22_000, TAKEN) if all(is_free(port + step) for step in range(TAKEN)))
    words = [PYTHON, "-m", "tools.stack.up", "--port", str(port), "--data", str(tmp_path / "data")]
    environment = {**os.environ, "CORS_ORIGINS": setting[1], "CLAMD_URL": "off"}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as up:
        assert up.stdout
        try:
            assert any("Longshore is at" in line for line in iter(up.stdout.readline, ""))
            yield f"http://{LOOPBACK}:{port}"
        finally:
            up.terminate()


def choose(page: Page, file: Path) -> None:
    """Choose a file as the file dialog does: the file that is chosen already is no change.

    Playwright's own call reports a change every time.
    """
    session = page.context.new_cdp_session(page)
    document = session.send("DOM.getDocument")["root"]["nodeId"]
    field = session.send("DOM.querySelector", {"nodeId": document, "selector": "#file"})["nodeId"]
    session.send("DOM.setFileInputFiles", {"nodeId": field, "files": [str(file)]})
    session.detach()


def refuse(route: Route) -> None:
    route.fulfill(status=409, json=REFUSAL, headers={"Access-Control-Allow-Origin": "*"})


def test_a_page_of_another_origin_uploads(
    site: tuple[str, Path], service: str, real_browser: RealBrowser, tmp_path: Path
) -> None:
    address, folder = site
    copytree(build_package("client"), folder / "longshore")
    (folder / "index.html").write_text(PAGE + block_of("a plain page").replace("https://files.example", service))
    payload = tmp_path / "bytes.bin"
    payload.write_bytes(random_bytes(CHUNK + 1))

    page: Page = real_browser.running.new_page()
    page.goto(address)
    page.route("**/upload/init/", refuse)
    choose(page, payload)
    expect(page.locator("#said")).to_have_text(REFUSAL["message"])
    page.unroute("**/upload/init/")
    choose(page, payload)
    expect(page.locator("#said")).to_have_text("bytes.bin: disabled", timeout=SETTLED_MS)
    page.close()

    (file,) = requests.get(f"{service}/api/v1/file/all", timeout=10).json()["data"]["items"]
    found = requests.get(f"{service}/api/v1/file/get/{file['id']}", timeout=10).json()["data"]
    assert sha256(requests.get(found["download_url"], timeout=10).content) == sha256(payload.read_bytes())
