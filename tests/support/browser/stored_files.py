"""What came of files on the page, as storage holds it."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from tests.support.browser.page import SETTLED_MS, UploadPage
from tests.support.live.client import sha256
from tests.support.live.stack import Stack

PARTS = 10
"""Of the file that tests send unless they say otherwise."""
ONCE = dict.fromkeys(range(1, PARTS + 1), 1)
"""Storage took every part, and none twice."""


def arrived(dock: UploadPage, stack: Stack, name: str, count: int = 1) -> list[str]:
    """SHA-256 of what storage holds for the rows of this name, once all are clean and there are so many."""
    rows = dock.row(name)
    expect(rows.and_(dock.page.locator("[data-state=clean]"))).to_have_count(count, timeout=SETTLED_MS)
    expect(rows).to_have_count(count)
    return [stored_sha256(stack, str(row.get_attribute("data-file-id"))) for row in rows.all()]


def has_arrived(dock: UploadPage, stack: Stack, payload: Path) -> bool:
    """Whether storage holds this file's bytes under its name, and there is no other row of that name."""
    return arrived(dock, stack, payload.name) == [file_sha256(payload)]


def stored_sha256(stack: Stack, file_id: str) -> str:
    """Of the bytes that the file's link brings."""
    return sha256(stack.client.download(stack.client.get(file_id)).content)


def file_sha256(file: Path) -> str:
    """Of the bytes on the disk."""
    return sha256(file.read_bytes())
