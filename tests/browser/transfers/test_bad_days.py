"""Outages of the network and of services during uploads."""

from __future__ import annotations

import re

from playwright.sync_api import Request, expect

from tests.support.browser.page import SETTLED_MS, UploadPage, named
from tests.support.browser.watcher import LOST_CONNECTION, Watcher
from tests.support.live.client import CHUNK, random_bytes
from tests.support.live.stack import Stack

LATER = re.compile("/assets/later-")
"""The script that the page loads when the browser is idle."""


def is_later(request: Request) -> bool:
    """Return whether a request is for that script, also by the address of another try."""
    return LATER.search(request.url) is not None


def test_a_file_chosen_before_the_code_has_loaded_is_uploaded_later(upload_page: UploadPage, watcher: Watcher) -> None:
    watcher.expected.append("ERR_FAILED")
    upload_page.page.route(LATER, lambda route: route.abort())
    with upload_page.page.expect_event("requestfailed", is_later):
        upload_page.open()
    with upload_page.page.expect_event("requestfailed", is_later):
        upload_page.choose(named("early.bin", b"bytes"))
    expect(upload_page.hook("later-failed")).to_contain_text("Chosen files wait until then")
    upload_page.page.unroute(LATER)
    upload_page.hook("later-retry").click()
    assert upload_page.download(upload_page.expect_state("early.bin", "clean")) == ("early.bin", b"bytes")
    expect(upload_page.hook("later-failed")).to_have_count(0)


def test_an_upload_continues_after_an_outage_of_the_api(
    upload_page: UploadPage, watcher: Watcher, stack: Stack
) -> None:
    upload_page.create("users", name="Waiting Room")
    with upload_page.page.expect_event("requestfinished", is_later):
        upload_page.open()
    watcher.expected.append(LOST_CONNECTION)

    with stack.api.down():
        upload_page.hook("user-select").select_option(label="Waiting Room")
        upload_page.choose(named("patient.bin", b"bytes"))
        upload_page.expect_state("patient.bin", "uploading")
        expect(upload_page.hook("banner-unreachable")).to_be_visible()
        expect(upload_page.hook("list-failed")).to_be_visible()

    assert upload_page.download(upload_page.expect_state("patient.bin", "clean")) == ("patient.bin", b"bytes")
    expect(upload_page.hook("banner-unreachable")).to_have_count(0, timeout=SETTLED_MS)
    expect(upload_page.hook("list-failed")).to_have_count(0)


def test_an_upload_continues_after_an_outage_of_storage(
    upload_page: UploadPage, watcher: Watcher, stack: Stack
) -> None:
    content = random_bytes(2 * CHUNK)
    watcher.expected += [LOST_CONNECTION, "status of 503"]

    with stack.parts["storage"].down(), upload_page.page.expect_response("**/upload/init/") as refused:
        upload_page.choose(named("ashore.bin", content))
    assert refused.value.status == 503

    row = upload_page.expect_state("ashore.bin", "clean")
    assert upload_page.download(row) == ("ashore.bin", content)


def test_the_page_shows_an_outage_of_the_scanner(upload_page: UploadPage, watcher: Watcher, stack: Stack) -> None:
    watcher.expected.append("status of 503")

    with stack.parts["clamd"].down():
        upload_page.open()
        expect(upload_page.hook("banner-scanner-down")).to_contain_text("Can't reach the scanner")
    expect(upload_page.hook("banner-scanner-down")).to_have_count(0, timeout=SETTLED_MS)
