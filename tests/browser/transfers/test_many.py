"""Many files at once, with names in many scripts and of every length."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.support.browser.page import UploadPage
from tests.support.live.client import MIB, random_bytes
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack
from tools.bench.rig.browser_cost import Tab

MANY = 60
SECONDS = 360
BROWSER = 256 * MIB
"""By how much all processes of the browser together may grow."""
QUEUED = "[data-testid=file-row][data-state=queued]"
SETTLED = "[data-testid=file-row]:is([data-state=queued], [data-state=failed])"
LIMIT = 25
LONGEST = 255
NAMES = (
    "nothing.dat",
    unicodedata.normalize("NFC", "Ångström à la façade.dat"),
    unicodedata.normalize("NFD", "Ångström à la façade.dat"),
    "🚢👩‍👩‍👧‍👦🏴‍☠️.dat",
    "قائمة الشحنة.dat",
    "רשימת מטען.dat",
    "貨物目録.dat",
    "l" + "o" * (LONGEST - 7) + "ng.dat",
    "م" * (LONGEST - 4) + ".dat",
)
CONTENTS = {name: random_bytes(16).hex() for name in (*NAMES, *(f"file {n}.dat" for n in range(MANY - len(NAMES))))} | {
    "nothing.dat": ""
}


SENT = {name: text.encode() for name, text in CONTENTS.items()}


def listed(stack: Stack, user_id: str) -> list[dict[str, Any]]:
    """All files of a user, page by page."""
    files: list[dict[str, Any]] = []
    query: dict[str, Any] | None = {"user_id": user_id, "limit": LIMIT}
    while query:
        page = stack.client.data("GET", "/api/v1/file/all", params=query)
        files += page["items"]
        query = page["next_cursor"] and query | {"cursor": page["next_cursor"]}
    return files


def objects(stack: Stack) -> set[str]:
    """All that storage holds for us, as "bucket/key"."""
    buckets = (stack.settings.s3_private_bucket, stack.settings.s3_public_bucket)
    return {f"{bucket}/{key}" for bucket in buckets for key in stack.keys(bucket, "")}


def content(stack: Stack, path: str) -> bytes:
    """The bytes of an object."""
    bucket, _, key = path.partition("/")
    return stack.s3.get_object(Bucket=bucket, Key=key)["Body"].read()


@pytest.mark.usefixtures("no_scans")
def test_many_dropped_files_are_all_uploaded(upload_page: UploadPage, stack: Stack) -> None:
    user = upload_page.create("users", name="Shipping Company")
    upload_page.open()
    upload_page.hook("user-select").select_option(label="Shipping Company")
    expect(upload_page.hook("assignment-summary")).to_contain_text("Shipping Company")
    before = objects(stack)
    tab = Tab(upload_page.page)

    def settled() -> int:
        tab.look()
        return upload_page.page.locator(SETTLED).count()

    upload_page.drop(CONTENTS)
    eventually(settled, lambda rows: rows == MANY, SECONDS)
    expect(upload_page.page.locator(QUEUED)).to_have_count(MANY)
    upload_page.page.context.close()
    files = listed(stack, user["id"])
    contents = {file["filename"]: content(stack, file["path"]) for file in files}
    added = objects(stack) - before
    stack.client.data("DELETE", f"/api/v1/users/{user['id']}")

    assert contents == SENT
    assert (len(files), added) == (MANY, {file["path"] for file in files})
    assert tab.browser < BROWSER, f"the browser grew by {tab.browser / MIB:.0f} MiB"
