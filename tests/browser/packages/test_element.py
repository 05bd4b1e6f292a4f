"""`<longshore-upload>` in the form of its README: the form can be sent only with the id of a clean file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copy

import pytest
from playwright.sync_api import expect

from service.domain.accounts.keys import create_key
from service.values.access.caller import Scope
from tests.support.browser.page import SETTLED_MS, UploadPage, named
from tests.support.documents import block_of
from tests.support.live.client import Caller, random_bytes
from tests.support.live.stack import Stack
from tools.checks.web import build_package

PAGE = '<!doctype html>\n<html lang="en"><title>An application</title><link rel="icon" href="data:," />'
OF_THE_TEST = {
    "/longshore/element.js": "/assets/element.js",
    'endpoint="https://files.example"': 'endpoint=""',
}
NO_WORKER = ["worker-src", "Creating a worker from 'blob:", "hashed on the page's own thread"]
"""The service's own policy for pages allows no worker of a blob."""

SHOW_SUBMISSION = """() => document.querySelector('form').addEventListener('submit', (event) => {
  event.preventDefault();
  document.title = new URLSearchParams(new FormData(event.target));
})"""
"""Shows what the form sends as the title: the service's own policy for pages lets no form send."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a plain page with the form, and the element as one file."""
    root = tmp_path_factory.mktemp("element")
    (root / "assets").mkdir()
    copy(build_package("element") / "index.js", root / "assets" / "element.js")
    return root


@pytest.fixture(scope="module")
def backend(stack: Stack, site: Path) -> Iterator[Caller]:
    """A backend's key for a service with login, and a page with a grant of that service."""
    (site / "index.html").touch()
    with stack.second_api(LOGIN="on", WEB_ROOT=str(site)) as api:
        caller = Caller(api.url, create_key(stack.deps, "forms", "shop", [Scope.GRANT, Scope.READ])[0])
        grant = caller.data("POST", "/api/v1/grants/", json={"subject": "shop", "count": 5})
        html = block_of("the element in a form").replace('grant="…"', f'grant="{grant["token"]}"')
        for text, own in OF_THE_TEST.items():
            assert text in html
            html = html.replace(text, own)
        (site / "index.html").write_text(PAGE + html)
        yield caller


@pytest.mark.parametrize("browser_name", ["chromium", "firefox"])
def test_a_plain_form_sends_the_id_of_a_clean_file(
    backend: Caller, open_upload_page: Callable[..., UploadPage]
) -> None:
    opened = open_upload_page(base_url=backend.url)
    opened.watcher.expected += [*NO_WORKER, "status of 403"]
    page, form = opened.page, opened.page.locator("form")
    send, body = page.get_by_role("button", name="Send"), random_bytes(1000)

    page.evaluate(SHOW_SUBMISSION)
    send.click()
    assert (form.evaluate("one => one.checkValidity()"), page.title()) == (False, "An application")
    page.locator("longshore-upload input[type=file]").set_input_files(named("cv.pdf", body))
    assert page.locator("longshore-upload").evaluate("one => one.validationMessage").startswith("Wait until cv.pdf")
    expect(page.get_by_text("Ready", exact=True)).to_be_visible(timeout=SETTLED_MS)
    send.press("Enter")
    expect(page).to_have_title(re.compile("^cv="))

    found = backend.get(page.title().removeprefix("cv="))
    assert (found["filename"], found["virus_scan_status"], backend.download(found).content) == ("cv.pdf", "clean", body)
