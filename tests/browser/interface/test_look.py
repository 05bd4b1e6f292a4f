"""The page in narrow windows and in the dark, and the page of the API documentation."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from functools import partial

from playwright.sync_api import ConsoleMessage, expect

from tests.support.browser.browsers import in_both
from tests.support.browser.look import LONG_NAME, brightness, overflow
from tests.support.browser.page import UploadPage
from tests.support.browser.watcher import Watcher
from tools.stack.servers.clamd import eicar

PHONE = {"width": 320, "height": 740}
FORBIDDEN = """async () => {
  document.body.append(Object.assign(document.createElement('script'), { text: 'void 0' }));
  await crypto.subtle.digest('SHA-256', new Uint8Array(1));
}"""
SIX = (
    "/api/v1/file/upload/init/",
    "/api/v1/file/upload/chunk/",
    "/api/v1/file/upload/complete/",
    "/api/v1/file/get/{file_id}",
    "/api/v1/file/status/{file_id}",
    "/api/v1/file/upload/retry",
)


def test_the_page_fits_a_narrow_window(open_upload_page: Callable[..., UploadPage]) -> None:
    upload_page = open_upload_page(viewport=PHONE)
    upload_page.send(LONG_NAME, b"bytes")
    upload_page.send("malware.com", eicar(), "infected")
    upload_page.hook("private-switch").check()

    assert overflow(upload_page.page) == 0
    upload_page.row(LONG_NAME).get_by_test_id("delete").click()
    expect(upload_page.hook("undo")).to_be_in_viewport(ratio=1)
    assert overflow(upload_page.page) == 0


def test_the_page_follows_the_color_scheme(open_upload_page: Callable[..., UploadPage]) -> None:
    night = open_upload_page(color_scheme="dark")
    day = open_upload_page(color_scheme="light")

    assert brightness(night.page) < 60 < 200 < brightness(day.page)
    night.send("at-night.bin", b"bytes")


def test_the_api_documentation_shows_the_six_endpoints(upload_page: UploadPage, watcher: Watcher) -> None:
    upload_page.page.goto("/api/docs")

    for path in SIX:
        expect(upload_page.page.locator(f".opblock-summary-path[data-path='{path}']")).to_be_visible()
    assert watcher.elsewhere() == []


@in_both
def test_forbidden_actions_of_the_page_are_detected(upload_page: UploadPage, watcher: Watcher) -> None:
    complaints = ("against the page's policy: script-src-elem inline", "hashed on the page's own thread")
    with ExitStack() as messages:
        for complaint in complaints:
            # the browser reports it later, perhaps after the script's end
            messages.enter_context(upload_page.page.expect_console_message(partial(contains, complaint)))
        upload_page.page.evaluate(FORBIDDEN)
    for complaint in complaints:
        assert any(complaint in reported for reported in watcher.complaints())
    watcher.expected.append("")


def contains(complaint: str, message: ConsoleMessage) -> bool:
    return complaint in message.text
