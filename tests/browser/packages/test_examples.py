"""The applications of examples/, by their command: a browser uploads to storage, and only the owner gets the file."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import APIResponse, Page, Request, expect

from service.db.models import ApiKey, File
from tests.support.browser.browsers import RealBrowser
from tests.support.browser.faulty_connection import FaultyRelay
from tests.support.browser.page import SETTLED_MS
from tests.support.documents import block_of
from tests.support.live.client import random_bytes
from tests.support.live.stack import Stack
from tools.checks.web import build_package
from tools.programs import ROOT, python_env, python_module
from tools.stack.environment import handed_over
from tools.stack.examples import EXAMPLES, origin_of
from tools.stack.processes.lock_file import only_one
from tools.stack.processes.ports import free_port

BYTES = 100_000
SOURCES = {".py", ".js", ".jsx", ".html"}
CONFIGURATION = {"manage.py", "settings.py", "vite.config.js"}
MAX_LINES = 100
"""Of an application, without empty ones and without configuration."""


@pytest.fixture(scope="module")
def addresses(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Returns the address of each example, next to a service with login on; all start together."""
    data = tmp_path_factory.mktemp("up")
    commands = [shlex.split(line) for line in block_of("the examples").splitlines()]
    assert [command[:2] for command in commands] == [["./dev", "example"]] * len(EXAMPLES)
    ports = {name: free_port() for _, _, name in commands}
    settings = {"LOGIN": "on", "CORS_ORIGINS": ",".join(map(origin_of, ports.values()))}
    for package in ("client", "element", "react"):
        build_package(package)  # once, and not by all of them at the same time
    with ExitStack() as at_end:
        api = at_end.enter_context(stack.second_api(**settings))
        at_end.enter_context(only_one(data))
        at_end.enter_context(handed_over(data, {**stack.env, **settings, "LONGSHORE_URL": api.url}, {}))
        started = {name: start(name, port, data) for name, port in ports.items()}
        try:
            yield lambda name: address(started[name], origin_of(ports[name]))
        finally:
            for process in started.values():
                process.terminate()
            assert [process.communicate() and process.returncode for process in started.values()] == [0] * len(started)
    assert stack.count(ApiKey, revoked_at=None, subject="example-html") == 0


def start(name: str, port: int, data: Path) -> subprocess.Popen[str]:
    """Starts `./dev example`, without the installing before it."""
    words = python_module("tools.stack.example", name, "--data", str(data), "--port", str(port))
    env = {**os.environ, **python_env()}
    return subprocess.Popen(words, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def address(process: subprocess.Popen[str], url: str) -> str:
    """Waits until a process has printed this address."""
    assert process.stdout
    lines = [next(iter(process.stdout.readline, ""), "")]
    while lines[-1] and url not in lines[-1]:
        lines.append(process.stdout.readline())
    assert url in lines[-1], "".join(lines)
    return url


@dataclass(frozen=True)
class Steps:
    """The steps by which a user uploads a file, and another one claims it; `claim` returns the response."""

    upload: Callable[[Page, Path], None]
    claim: Callable[[Page, str], APIResponse]
    refusal: int = 403


def choose(page: Page, file: Path) -> None:
    page.locator("#file").set_input_files(file)
    expect(page.locator("#said")).to_have_text("clean", timeout=SETTLED_MS)
    expect(page.get_by_role("progressbar")).to_have_js_property("position", 1)


def apply(page: Page, file: Path) -> None:
    page.get_by_label("Position").fill("Harbour master")
    page.locator("longshore-upload input[type=file]").set_input_files(file)
    expect(page.get_by_text("Ready", exact=True)).to_be_visible(timeout=SETTLED_MS)
    page.get_by_role("button", name="Apply").click()


def choose_photo(page: Page, file: Path) -> None:
    with page.expect_file_chooser() as dialog:
        page.get_by_role("button", name="Drop photos").click()
    dialog.value.set_files(file)
    expect(page.get_by_text(f"{file.name}: ready")).to_be_visible(timeout=SETTLED_MS)
    expect(page.get_by_role("progressbar")).to_have_js_property("position", 1)


def save(page: Page, file: Path) -> None:
    choose(page, file)
    page.get_by_role("button", name="Save").click()


def claim_by_form(page: Page, file_id: str) -> Any:
    """The page's own form, which has Django's token."""
    with page.expect_navigation() as shown:
        page.locator("#form").evaluate("(form, id) => { form.elements.file_id.value = id; form.submit(); }", file_id)
    return shown.value


def posting(path: str, **body: Any) -> Callable[[Page, str], APIResponse]:
    """Returns a claim by a request. body: the arguments of Playwright, with ID for the file's id."""

    def claim(page: Page, file_id: str) -> APIResponse:
        filled = {
            kind: {key: file_id if value == "ID" else value for key, value in body[kind].items()} for kind in body
        }
        return page.request.post(urljoin(page.url, path), **filled)

    return claim


EVERY_STEP = {
    "html": Steps(apply, posting("/applications", form={"position": "x", "file_id": "ID"})),
    "react": Steps(choose_photo, posting("/api/photos", data={"id": "ID"})),
    "fastapi": Steps(choose, posting("/documents", data={"grant_id": "ID", "file_id": "ID"})),
    "django": Steps(save, claim_by_form, refusal=200),
}


def log_in(page: Page, url: str, user: str) -> Page:
    page.goto(url)
    page.get_by_label("Your name").fill(user)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_label("Your name")).to_be_hidden()
    return page


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_uploads_a_file_for_its_owner_only(
    name: str,
    addresses: Callable[[str], str],
    real_browser: RealBrowser,
    stack: Stack,
    storage_relay: FaultyRelay,
    tmp_path: Path,
) -> None:
    url, steps = addresses(name), EVERY_STEP[name]
    file = tmp_path / f"{tmp_path.name}.bin"
    file.write_bytes(random_bytes(BYTES))
    requests: list[Request] = []
    ann, bob = (real_browser.running.new_context() for _ in range(2))
    with ann, bob:
        ann.on("request", lambda sent: requests.append(sent))
        hers = log_in(ann.new_page(), url, "ann")
        steps.upload(hers, file)
        link = hers.get_by_role("link", name=file.name)
        href = urljoin(url, link.get_attribute("href", timeout=SETTLED_MS))
        assert hers.request.get(href).body() == file.read_bytes()
        assert [put.url.startswith(storage_relay.url) for put in requests if put.method == "PUT"] == [True]

        row = stack.row(File, href.rpartition("/")[2])
        assert (row.virus_scan_status, row.owner, row.detail) == ("clean", f"example-{name}", {"user": "ann"})

        his = log_in(bob.new_page(), url, "bob")
        assert his.request.get(href).status == 404
        assert steps.claim(his, row.id).status == steps.refusal
        assert his.request.get(href).status == 404
        bob.clear_cookies()
        expect(log_in(his, url, "ann").get_by_role("link", name=file.name)).to_be_visible()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_short(name: str) -> None:
    folder = ROOT / "examples" / name
    listed = subprocess.run(["git", "ls-files", str(folder)], cwd=ROOT, capture_output=True, text=True, check=True)
    sources = [ROOT / each for each in listed.stdout.split() if Path(each).suffix in SOURCES]
    texts = [source.read_text() for source in sources if source.name not in CONFIGURATION]
    assert 0 < sum(1 for text in texts for line in text.splitlines() if line.strip()) <= MAX_LINES
