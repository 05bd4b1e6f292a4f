"""Our plugin in a site with Uppy's Dashboard: its buttons work, and Golden Retriever restores uploads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser.faulty_connection import FaultyRelay
from tests.support.browser.http_exchange import FAIR, Trouble
from tests.support.browser.page import SETTLED_MS, UploadPage
from tests.support.browser.stored_files import ONCE, PARTS, file_sha256, stored_sha256
from tests.support.browser.watcher import HIDDEN_REFUSAL, LOST_CONNECTION
from tests.support.live.client import CHUNK
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tools.checks.web import WEB, run_script

HALF = PARTS // 2 * CHUNK
KEPT_PARTS = 2
"""Of a file that Golden Retriever keeps; without a service worker it keeps none above 10 MiB."""
KEPT_FILES = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open('uppy-blobs');
  opening.onerror = () => reject(opening.error);
  opening.onsuccess = () => {
    const counting = opening.result.transaction('files').objectStore('files').count();
    counting.onsuccess = () => resolve(counting.result);
  };
})"""


@pytest.fixture(scope="module")
def site_relay(stack: Stack) -> Iterator[FaultyRelay]:
    """The relay to the service that serves the site."""
    assert run_script("uppy-page") == 0
    with (
        stack.second_api(WEB_ROOT=str(WEB / "uppy" / "page" / "dist")) as api,
        FaultyRelay(int(urlsplit(api.url).port or 0)) as line,
    ):
        yield line


@pytest.fixture
def site(site_relay: FaultyRelay, open_upload_page: Callable[..., UploadPage]) -> UploadPage:
    """The site in a tab."""
    site_relay.reset()
    return open_upload_page(base_url=site_relay.url)


def press(page: Page, button: str) -> None:
    """Presses the first button of this name; the Dashboard has some of them twice."""
    page.get_by_role("button", name=button, exact=True).first.click()


def choose(page: Page, file: Path) -> None:
    """Picks a file in the Dashboard."""
    page.locator("input[type=file]").first.set_input_files(file)


def has_arrived(site: UploadPage, stack: Stack, payload: Path) -> bool:
    """Whether Uppy reports only this file as done, and storage has its bytes."""
    expect(site.hook("file-ids")).not_to_be_empty(timeout=SETTLED_MS)
    return stored_sha256(stack, site.hook("file-ids").inner_text()) == file_sha256(payload)


def test_an_upload_is_paused_and_resumed(
    site: UploadPage, payload: Path, stack: Stack, storage_relay: FaultyRelay
) -> None:
    site.watcher.expected.append(LOST_CONNECTION)
    with storage_relay.stopped_at(HALF):
        choose(site.page, payload)
        press(site.page, "Upload 1 file")
        storage_relay.wait_stopped()
        press(site.page, "Pause upload")
        storage_relay.cut()
    storage_relay.mend()
    press(site.page, "Resume upload")

    assert has_arrived(site, stack, payload)
    assert storage_relay.taken() == ONCE


def test_an_upload_is_cancelled_and_aborted(
    site: UploadPage, payload: Path, stack: Stack, storage_relay: FaultyRelay
) -> None:
    site.watcher.expected.append(LOST_CONNECTION)
    with storage_relay.stopped_at(HALF):
        choose(site.page, payload)
        press(site.page, "Upload 1 file")
        storage_relay.wait_stopped()
        with site.page.expect_response(lambda answer: answer.request.method == "DELETE") as forgotten:
            press(site.page, "Cancel")
        storage_relay.cut()
    storage_relay.mend()

    assert forgotten.value.json()["data"]["stage"] == "aborted"
    assert sum(storage_relay.taken().values()) < PARTS
    expect(site.page.locator(".uppy-Dashboard-Item")).to_have_count(0)


def test_a_failed_upload_is_retried(
    site: UploadPage, payload: Path, stack: Stack, site_relay: FaultyRelay, storage_relay: FaultyRelay
) -> None:
    site.watcher.expected.append("status of 400|answered 400")
    site_relay.trouble = lambda request: Trouble(answer=400) if request.path.endswith("/init/") else FAIR
    choose(site.page, payload)
    press(site.page, "Upload 1 file")
    expect(site.page.locator(".uppy-Dashboard-Item.is-error")).to_be_visible()

    site_relay.trouble = lambda request: FAIR
    press(site.page, "Retry upload")

    assert has_arrived(site, stack, payload)
    assert storage_relay.taken() == ONCE


def test_a_small_file_is_uploaded_by_one_put(
    site: UploadPage, payload: Path, stack: Stack, storage_relay: FaultyRelay
) -> None:
    """Storage's response to the first PUT is lost."""
    site.watcher.expected += [*HIDDEN_REFUSAL, "status of 412"]
    os.truncate(payload, 1000)
    storage_relay.trouble = lambda request: Trouble(lost=request.attempt == 1)
    choose(site.page, payload)
    press(site.page, "Upload 1 file")

    assert has_arrived(site, stack, payload)
    first, *later = storage_relay.answers(1)
    assert (first, set(later) <= {412}) == (200, True)
    assert [passed for passed in storage_relay.passages if "uploadId" in passed.request.query] == []


def test_golden_retriever_restores_an_upload_after_a_reload(
    site: UploadPage, payload: Path, stack: Stack, storage_relay: FaultyRelay
) -> None:
    os.truncate(payload, KEPT_PARTS * CHUNK)
    storage_relay.trouble = lambda request: Trouble(late=request.part == KEPT_PARTS)
    choose(site.page, payload)
    press(site.page, "Upload 1 file")
    eventually(storage_relay.taken, lambda taken: taken == {1: 1})
    eventually(lambda: site.page.evaluate(KEPT_FILES))

    site.page.reload()
    storage_relay.cut()
    storage_relay.trouble = lambda request: FAIR
    storage_relay.mend()
    expect(site.page.get_by_text("Session restored")).to_be_visible()
    press(site.page, "Upload 1 file")

    assert has_arrived(site, stack, payload)
    assert storage_relay.taken() == {1: 1, 2: 1}
