"""A file that changes during its upload: no browser stores a mixture of two versions."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.support.browser.browsers import in_both
from tests.support.browser.faulty_connection import FaultyRelay
from tests.support.browser.page import UploadPage
from tests.support.browser.stored_files import PARTS, has_arrived
from tests.support.browser.watcher import HIDDEN_REFUSAL, Watcher
from tests.support.live.client import CHUNK, random_bytes
from tests.support.live.stack import Stack

HALF = PARTS // 2 * CHUNK
NOTICED = "net::ERR_UPLOAD_FILE_CHANGED|NotReadableError|could not be read"
"""The console's message if the browser itself has noticed it."""


@in_both
def test_a_file_that_changes_during_its_upload_fails(
    payload: Path, upload_page: UploadPage, watcher: Watcher, stack: Stack, storage_relay: FaultyRelay
) -> None:
    watcher.expected += [*HIDDEN_REFUSAL, NOTICED]  # storage refuses bytes that are not those that were signed
    with storage_relay.stopped_at(HALF):
        upload_page.choose(payload)
        storage_relay.wait_stopped()
        payload.write_bytes(random_bytes(PARTS * CHUNK))

    row = upload_page.expect_state(payload.name, "failed")
    expect(row.get_by_test_id("file-note")).to_contain_text("changed, moved or deleted after you chose it")
    assert upload_page.data(f"file/all?search={payload.stem}")["data"]["items"] == []

    row.get_by_test_id("dismiss").click()
    upload_page.choose(payload)
    assert has_arrived(upload_page, stack, payload)
