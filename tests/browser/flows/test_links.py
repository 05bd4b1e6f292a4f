"""Links that need a request to storage: lists have none, and the page requests one when it is needed."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from service.db.models import File
from tests.support.browser.page import UploadPage
from tests.support.browser.picture import PNG
from tests.support.browser.watcher import Watcher
from tests.support.live.stack import Stack

LISTS, LINKS = "/api/v1/file/all", re.compile("/api/v1/file/(get|content)/")


def test_links_are_requested_when_they_are_needed(upload_page: UploadPage, watcher: Watcher) -> None:
    for name in ("one.bin", "two.bin"):
        upload_page.send(name, b"bytes")
    upload_page.send("seen.txt", b"hello")
    watcher.requests.clear()
    with upload_page.page.expect_response(lambda answer: LISTS in answer.url) as listed:
        upload_page.open()
    items = listed.value.json()["data"]["items"]
    assert {item["download_url"] for item in items} == {None}

    rows = {name: upload_page.expect_state(name, "clean") for name in ("one.bin", "two.bin", "seen.txt")}
    ids = {name: row.get_attribute("data-file-id") for name, row in rows.items()}
    assert upload_page.download(rows["one.bin"]) == ("one.bin", b"bytes")
    rows["seen.txt"].get_by_test_id("preview").click()
    expect(upload_page.hook("preview-text")).to_have_text("hello")
    requested = [
        name
        for name, file_id in ids.items()
        if any(LINKS.search(sent.url) and str(file_id) in sent.url for sent in watcher.to_api())
    ]
    assert requested == ["one.bin", "seen.txt"]


def test_a_listed_picture_has_a_thumbnail_and_a_preview(upload_page: UploadPage) -> None:
    upload_page.send("pennant.png", PNG)
    upload_page.open()
    row = upload_page.expect_state("pennant.png", "clean")
    expect(row.get_by_test_id("thumbnail")).to_be_visible()
    row.get_by_test_id("preview").click()
    expect(upload_page.hook("preview-picture")).to_be_visible()
    assert upload_page.hook("preview-picture").evaluate("it => it.naturalWidth") == 2


def test_a_file_whose_object_was_replaced_is_blocked(upload_page: UploadPage, watcher: Watcher, stack: Stack) -> None:
    watcher.expected.append("status of 410")
    upload_page.send("replaced.bin", b"bytes")
    upload_page.open()
    row = upload_page.expect_state("replaced.bin", "clean")
    file_id = row.get_attribute("data-file-id")
    assert file_id is not None
    file = stack.row(File, file_id)
    stack.s3.put_object(Bucket=file.bucket, Key=file.object_key, Body=b"other")
    row.get_by_test_id("download").click()
    row = upload_page.expect_state("replaced.bin", "replaced")
    expect(row.get_by_test_id("file-note")).to_contain_text("replaced in storage after the upload")
    expect(row.get_by_test_id("download")).to_have_count(0)
    expect(row.get_by_test_id("scan-again")).to_have_count(0)
