"""Compare uploaded files with storage."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.support.browser.page import SETTLED_MS, UploadPage
from tests.support.live.client import sha256
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack

PARTS = 6
"""Bytes of the default test file."""
FILE_IDS = "rows => rows.map((row) => row.dataset.fileId)"
ONCE = dict.fromkeys(range(1, PARTS + 1), 1)
"""Storage accepted every part, and none twice."""


def arrived(upload_page: UploadPage, stack: Stack, name: str, count: int = 1) -> list[str]:
    """Return the SHA-256 of the objects of the rows with this name, when there are so many and all are clean."""
    rows = upload_page.row(name)
    expect(rows.and_(upload_page.page.locator("[data-state=clean]"))).to_have_count(count, timeout=SETTLED_MS)
    # between these two looks the list may be loading again, without rows
    ids = eventually(lambda: rows.evaluate_all(FILE_IDS), lambda found: len(found) == count and all(found))
    return [stored_sha256(stack, file_id) for file_id in ids]


def has_arrived(upload_page: UploadPage, stack: Stack, payload: Path) -> bool:
    """Whether storage has this file's bytes under its name, in the only row with that name."""
    return arrived(upload_page, stack, payload.name) == [file_sha256(payload)]


def stored_sha256(stack: Stack, file_id: str) -> str:
    """Return the SHA-256 of the bytes at the file's link."""
    return sha256(stack.client.download(stack.client.get(file_id)).content)


def file_sha256(file: Path) -> str:
    """Return the SHA-256 of a file on disk."""
    return sha256(file.read_bytes())
