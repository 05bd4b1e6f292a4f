"""Downloads during uploads: the page stays open for any answer of storage."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Route, expect

from tests.support.browser.browsers import in_both
from tests.support.browser.faulty_connection import FaultyRelay
from tests.support.browser.http_exchange import FAIR, RequestHead, Trouble
from tests.support.browser.page import UploadPage
from tests.support.browser.stored_files import PARTS, has_arrived
from tests.support.browser.watcher import Watcher
from tests.support.live.client import CHUNK
from tests.support.live.stack import Stack

HALF = PARTS // 2 * CHUNK
REFUSED = "Storage didn't send the file. Try again; if it happens again, tell the operator."


@in_both
def test_a_download_during_an_upload_leaves_the_page_open(
    browser_name: str, payload: Path, upload_page: UploadPage, stack: Stack, storage_relay: FaultyRelay
) -> None:
    name = f"wanted at once {browser_name}.dat"
    row = upload_page.send(name, b"bytes")

    with storage_relay.stopped_at(HALF):
        upload_page.choose(payload)
        storage_relay.wait_stopped()

        assert upload_page.download(row) == (name, b"bytes")

    assert has_arrived(upload_page, stack, payload)


@in_both
def test_an_error_of_storage_is_shown_during_an_upload(
    browser_name: str, payload: Path, upload_page: UploadPage, stack: Stack, storage_relay: FaultyRelay
) -> None:
    def refuse_downloads(request: RequestHead) -> Trouble:
        return Trouble(answer=503) if request.method == "GET" else FAIR

    name = f"refused {browser_name}.dat"
    row = upload_page.send(name, b"bytes")

    with storage_relay.stopped_at(HALF):
        upload_page.choose(payload)
        storage_relay.wait_stopped()
        storage_relay.trouble = refuse_downloads
        upload_page.watcher.expected.append("status of 503")
        row.get_by_test_id("download").click()
        expect(row.get_by_text(REFUSED)).to_be_visible()
        storage_relay.trouble = lambda _: FAIR

        assert upload_page.download(row) == (name, b"bytes")

    expect(row.get_by_text(REFUSED)).to_have_count(0)
    assert has_arrived(upload_page, stack, payload)


@in_both
def test_a_download_works_under_a_policy_without_frame_src(
    browser_name: str, upload_page: UploadPage, watcher: Watcher
) -> None:
    def with_older_policy(route: Route) -> None:
        answer = route.fetch()
        policy = answer.headers["content-security-policy"].split("; ")
        older = "; ".join(directive for directive in policy if not directive.startswith("frame-src"))
        route.fulfill(response=answer, headers={**answer.headers, "content-security-policy": older})

    name = f"older policy {browser_name}.dat"
    upload_page.send(name, b"bytes")
    watcher.expected += ["frame-src", "default-src"]
    upload_page.page.route(f"{watcher.api_url}/", with_older_policy)
    upload_page.open()

    assert upload_page.download(upload_page.row(name)) == (name, b"bytes")

    expect(upload_page.row(name).get_by_text(REFUSED)).to_have_count(0)
