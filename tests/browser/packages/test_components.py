"""The manual's page of components, as `./dev docs --serve` serves it: each one uploads a file to clean."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser.axe import violations
from tests.support.browser.page import SETTLED_MS, UploadPage, named
from tests.support.browser.watcher import LOST_CONNECTION
from tests.support.documents import block_of
from tests.support.live.client import Client
from tests.support.live.stack import Stack
from tools.docs.site import build_page
from tools.docs.site_server import site_server
from tools.stack.examples import origin_of

PAGE = "docs/components"
SETTLED = {
    "element/several": "Ready",
    "element/form": "Ready",
    "element/themes": "Ready",
    "react/list": "ready",
    "react/field": "clean",
    "vue/list": "ready",
    "vue/field": "clean",
    "svelte/list": "ready",
    "svelte/field": "clean",
    "uppy/dashboard": "clean",
    "engine/upload": "clean",
}
"""The demos, and what each shows of a clean file."""


@dataclass(frozen=True)
class Manual:
    """The served manual, and the service of its demos."""

    url: str
    api: Client


@pytest.fixture
def manual(stack: Stack, tmp_path: Path) -> Iterator[Manual]:
    """The page with its demos, which upload to a service that allows it."""
    site = tmp_path / "site"
    with site_server(site, 0) as server:
        url = origin_of(server.server_port)
        with stack.second_api(CORS_ORIGINS=url) as api:
            build_page(PAGE, site, api.url)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield Manual(url, api)
            finally:
                server.shutdown()


def choose(page: Page, demo: Locator, name: str) -> None:
    """Chooses a file: by Enter on a dropzone, else in the first field."""
    file = named(name, name.encode())
    zone = demo.locator(".dropzone")
    if zone.count():
        with page.expect_file_chooser() as dialog:
            zone.press("Enter")
        dialog.value.set_files(file)
    else:
        demo.locator("input[type=file]").first.set_input_files(file)


def test_each_component_uploads_to_clean(manual: Manual, open_upload_page: Callable[..., UploadPage]) -> None:
    assert "./dev docs --serve" in block_of("the demos")
    opened = open_upload_page(base_url=manual.url)
    page = opened.page
    opened.watcher.expected.append(LOST_CONNECTION)
    page.route(f"{manual.api.url}/**", lambda route: route.abort())
    page.reload()
    stopped = page.locator(".demo").filter(has_text="Start ./dev up, then try again.")
    expect(stopped).to_have_count(len(SETTLED))
    page.unroute_all()
    stopped.last.get_by_role("button", name="Try again").press("Enter")
    expect(stopped).to_have_count(0)

    demos = {name: page.locator(f'.demo[data-demo="{name}"]') for name in SETTLED}
    for name, demo in demos.items():
        choose(page, demo, f"{name.replace('/', '-')}.txt")
    demos["uppy/dashboard"].get_by_role("button", name="Upload 1 file").click()
    for name, demo in demos.items():
        expect(demo).to_contain_text(SETTLED[name], timeout=SETTLED_MS)

    assert violations(page, {"include": [".demo", ".demo-service"], "exclude": [".uppy-Root"]}) == []
    files = manual.api.data("GET", "/api/v1/file/all")["items"]
    expected = {f"{name.replace('/', '-')}.txt": "clean" for name in SETTLED}
    assert expected.items() <= {file["filename"]: file["virus_scan_status"] for file in files}.items()
    assert page.locator("longshore-upload[name=cv]").evaluate("one => one.checkValidity()")
