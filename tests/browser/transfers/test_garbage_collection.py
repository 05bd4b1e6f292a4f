"""Chromium's garbage collection while parts are hashed: it collects a stream that nothing refers to, with its read."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Playwright, Route

from tests.support.browser.browsers import Chromium, RealBrowser
from tests.support.browser.page import UploadPage
from tests.support.live.client import random_bytes

COLLECTING = "setInterval(() => gc());"


@pytest.fixture
def real_browser(playwright: Playwright, chromium_path: str) -> Iterator[RealBrowser]:
    with Chromium(playwright, chromium_path, "--js-flags=--expose-gc") as real:
        yield real


def test_constant_collections_do_not_stop_an_upload(open_upload_page: Callable[..., UploadPage]) -> None:
    workers = []

    def collect(route: Route) -> None:
        workers.append(route.request.url)
        answer = route.fetch()
        route.fulfill(response=answer, body=COLLECTING + answer.text())

    upload_page = open_upload_page()
    upload_page.page.route("**/worker-*.js", collect)
    body = random_bytes(8_000_000)

    row = upload_page.send("collected.bin", body)

    assert len(workers) == 1
    assert upload_page.download(row) == ("collected.bin", body)
