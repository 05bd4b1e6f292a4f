"""A file far larger than a tab's memory: its bytes are neither in the page's memory nor sent to the API."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.browser.faulty_connection import FaultyRelay
from tests.support.browser.page import UploadPage
from tests.support.live.client import CHUNK, MIB, random_bytes
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tools.bench.rig.browser_cost import Tab

BLOCKS = 512
SIZE = BLOCKS * MIB
PARTS = -(-SIZE // CHUNK)
HEAP = 64 * MIB
"""By how much the page's own objects may grow, measured all the time."""
BROWSER = 256 * MIB
"""By how much all processes of the browser together may."""
LOOKS = 50
API_BYTES_PER_PART = 200
"""Maximum bytes that the API receives for each part; mostly its checksum."""
SECONDS = 120


class Payload(NamedTuple):
    file: Path
    sha256: str


@pytest.fixture
def payload(tmp_path: Path) -> Iterator[Payload]:
    """512 MiB, no part like another; gone again after the test."""
    noise = memoryview(random_bytes(MIB))
    total = hashlib.sha256()
    file = tmp_path / "large.bin"
    try:
        with file.open("wb") as out:
            for block in range(BLOCKS):
                for piece in (block.to_bytes(8, "big"), noise[8:]):
                    out.write(piece)
                    total.update(piece)
        yield Payload(file, total.hexdigest())
    finally:
        file.unlink()


def stored_sha256(stack: Stack, upload_id: str) -> str:
    """Of the bytes that storage gives for an upload's object."""
    where = {"Bucket": stack.settings.s3_private_bucket, "Key": stack.object_key(upload_id)}
    total = hashlib.sha256()
    for piece in stack.s3.get_object(**where)["Body"].iter_chunks(MIB):
        total.update(piece)
    return total.hexdigest()


@pytest.mark.usefixtures("no_scans")
def test_a_large_file_needs_little_memory_in_the_tab_and_bypasses_the_api(
    payload: Payload, upload_page: UploadPage, stack: Stack, storage_relay: FaultyRelay, api_relay: FaultyRelay
) -> None:
    tab = Tab(upload_page.page)

    def state() -> str | None:
        tab.look()
        return upload_page.row("large.bin").get_attribute("data-state")

    upload_page.choose(payload.file)
    eventually(state, lambda now: now in {"queued", "failed"}, SECONDS)
    file_id = str(upload_page.expect_state("large.bin", "queued").get_attribute("data-file-id"))
    upload_page.page.context.close()
    found = stored_sha256(stack, stack.client.get(file_id)["upload_id"])
    stack.client.data("DELETE", f"/api/v1/file/{file_id}")

    assert found == payload.sha256

    assert (storage_relay.carried, storage_relay.taken()) == (SIZE, dict.fromkeys(range(1, PARTS + 1), 1))
    assert sum(passed.sent for passed in api_relay.passages) < API_BYTES_PER_PART * PARTS
    assert tab.looks > LOOKS
    assert tab.heap < HEAP, f"the page's heap grew by {tab.heap / MIB:.0f} MiB"
    assert tab.browser < BROWSER, f"the browser grew by {tab.browser / MIB:.0f} MiB"
