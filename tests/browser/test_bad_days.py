"""Lines that break and services that go away, while files are on their way."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.browser.page import SETTLED_MS, UploadPage, named
from tests.support.browser.watcher import LOST_CONNECTION, Watcher
from tests.support.live.client import CHUNK, random_bytes
from tests.support.live.stack import Stack


def test_the_api_goes_away_and_comes_back(dock: UploadPage, watcher: Watcher, stack: Stack) -> None:
    dock.create("users", name="Waiting Room")
    dock.open()
    watcher.expected.append(LOST_CONNECTION)

    with stack.api.down():
        dock.hook("user-select").select_option(label="Waiting Room")
        dock.choose(named("patient.bin", b"cargo"))
        dock.expect_state("patient.bin", "uploading")
        expect(dock.hook("banner-unreachable")).to_be_visible()
        expect(dock.hook("list-failed")).to_be_visible()

    assert dock.download(dock.expect_state("patient.bin", "clean")) == ("patient.bin", b"cargo")
    expect(dock.hook("banner-unreachable")).to_have_count(0, timeout=SETTLED_MS)
    expect(dock.hook("list-failed")).to_have_count(0)


def test_storage_goes_away_and_comes_back(dock: UploadPage, watcher: Watcher, stack: Stack) -> None:
    content = random_bytes(2 * CHUNK)
    watcher.expected += [LOST_CONNECTION, "status of 503"]

    with stack.parts["storage"].down(), dock.page.expect_response("**/upload/init/") as refused:
        dock.choose(named("ashore.bin", content))
    assert refused.value.status == 503

    row = dock.expect_state("ashore.bin", "clean")
    assert dock.download(row) == ("ashore.bin", content)


def test_the_scanner_is_away_and_the_page_says_so(dock: UploadPage, watcher: Watcher, stack: Stack) -> None:
    watcher.expected.append("status of 503")

    with stack.parts["clamd"].down():
        dock.open()
        expect(dock.hook("banner-scanner-down")).to_contain_text("Can't reach the scanner")
    expect(dock.hook("banner-scanner-down")).to_have_count(0, timeout=SETTLED_MS)
