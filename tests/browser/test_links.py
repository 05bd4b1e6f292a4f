"""Links where storage has to be asked before one is given: lists have none, the page asks when one is wanted."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from service.db.models import File
from tests.browser.test_preview import PNG
from tests.support.browser.page import UploadPage
from tests.support.browser.watcher import Watcher
from tests.support.live.stack import Stack

LISTS, LINKS = "/api/v1/file/all", re.compile("/api/v1/file/(get|content)/")


def test_links_are_asked_for_when_they_are_wanted(dock: UploadPage, watcher: Watcher) -> None:
    for name in ("one.bin", "two.bin"):
        dock.send(name, b"cargo")
    dock.send("seen.txt", b"hello")
    watcher.requests.clear()
    with dock.page.expect_response(lambda answer: LISTS in answer.url) as listed:
        dock.open()
    items = listed.value.json()["data"]["items"]
    assert {item["download_url"] for item in items} == {None}

    rows = {name: dock.expect_state(name, "clean") for name in ("one.bin", "two.bin", "seen.txt")}
    ids = {name: row.get_attribute("data-file-id") for name, row in rows.items()}
    assert dock.download(rows["one.bin"]) == ("one.bin", b"cargo")
    rows["seen.txt"].get_by_test_id("preview").click()
    expect(dock.hook("preview-text")).to_have_text("hello")
    asked = [
        name
        for name, file_id in ids.items()
        if any(LINKS.search(sent.url) and str(file_id) in sent.url for sent in watcher.to_api())
    ]
    assert asked == ["one.bin", "seen.txt"]


def test_a_listed_picture_is_seen(dock: UploadPage) -> None:
    dock.send("pennant.png", PNG)
    dock.open()
    row = dock.expect_state("pennant.png", "clean")
    expect(row.get_by_test_id("thumbnail")).to_be_visible()
    row.get_by_test_id("preview").click()
    expect(dock.hook("preview-picture")).to_be_visible()
    assert dock.hook("preview-picture").evaluate("it => it.naturalWidth") == 2


def test_a_file_whose_object_was_replaced_is_blocked(dock: UploadPage, watcher: Watcher, stack: Stack) -> None:
    watcher.expected.append("status of 410")
    dock.send("replaced.bin", b"cargo")
    dock.open()
    row = dock.expect_state("replaced.bin", "clean")
    file_id = row.get_attribute("data-file-id")
    assert file_id is not None
    file = stack.row(File, file_id)
    stack.s3.put_object(Bucket=file.bucket, Key=file.object_key, Body=b"other")
    row.get_by_test_id("download").click()
    row = dock.expect_state("replaced.bin", "replaced")
    expect(row.get_by_test_id("file-note")).to_contain_text("replaced in storage after the upload")
    expect(row.get_by_test_id("download")).to_have_count(0)
    expect(row.get_by_test_id("scan-again")).to_have_count(0)
