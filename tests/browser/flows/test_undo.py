"""Deleting a file: it disappears immediately, is deleted later, and can be restored until then."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Request, Route, expect

from tests.support.browser.page import UploadPage
from tests.support.browser.watcher import Watcher
from tests.support.live.eventually import eventually

UNDO_TIME_MS = 10_000
SECONDS = 15


@pytest.fixture
def slow(upload_page: UploadPage) -> UploadPage:
    """The page under a clock that the test can put forward."""
    upload_page.page.clock.install()
    upload_page.open()
    return upload_page


def is_deletion(request: Request) -> bool:
    return request.method == "DELETE"


def is_gone(upload_page: UploadPage, file_id: str | None) -> bool:
    return upload_page.data(f"file/status/{file_id}").get("code") == "file_not_found"


def delete(slow: UploadPage, row: Locator) -> None:
    """Delete a file; away from the bar, as its time is paused under the pointer."""
    row.get_by_test_id("delete").click()
    slow.page.mouse.move(0, 0)


def test_a_file_is_deleted_when_the_undo_time_ends(slow: UploadPage) -> None:
    row = slow.send("unwanted.bin", b"bytes")
    file_id = row.get_attribute("data-file-id")

    delete(slow, row)
    expect(row).to_have_count(0)
    expect(slow.hook("announcement")).to_contain_text("unwanted.bin")
    assert not is_gone(slow, file_id)

    with slow.page.expect_request_finished(is_deletion):
        slow.page.clock.fast_forward(UNDO_TIME_MS)
    assert is_gone(slow, file_id)
    expect(slow.hook("undo-bar")).to_have_count(0)


def test_undo_restores_the_file(slow: UploadPage, watcher: Watcher) -> None:
    row = slow.send("missed.bin", b"bytes")
    delete(slow, row)
    slow.hook("undo").click()

    expect(row.get_by_test_id("delete")).to_be_focused()
    slow.page.clock.fast_forward(2 * UNDO_TIME_MS)
    assert slow.download(row) == ("missed.bin", b"bytes")
    assert [request for request in watcher.to_api() if is_deletion(request)] == []


def test_the_undo_time_pauses_while_the_button_has_focus(slow: UploadPage, watcher: Watcher) -> None:
    row = slow.send("pondered.bin", b"bytes")
    file_id = row.get_attribute("data-file-id")
    row.get_by_test_id("delete").focus()
    slow.page.keyboard.press("Enter")
    expect(slow.hook("undo")).to_be_focused()
    slow.page.clock.fast_forward(10 * UNDO_TIME_MS)
    assert [request for request in watcher.to_api() if is_deletion(request)] == []
    assert not is_gone(slow, file_id)

    slow.page.keyboard.press("Shift+Tab")
    with slow.page.expect_request_finished(is_deletion):
        slow.page.clock.fast_forward(UNDO_TIME_MS)
    assert is_gone(slow, file_id)


def test_leaving_the_page_deletes_the_file(upload_page: UploadPage) -> None:
    row = upload_page.send("left.bin", b"bytes")
    file_id = row.get_attribute("data-file-id")
    row.get_by_test_id("delete").click()
    expect(row).to_have_count(0)

    upload_page.open()
    expect(upload_page.hook("files-scope")).to_be_visible()
    expect(row).to_have_count(0)
    assert eventually(lambda: is_gone(upload_page, file_id), bool, SECONDS)


def test_a_private_file_is_deleted_with_its_credential(upload_page: UploadPage) -> None:
    upload_page.hook("private-switch").check()
    upload_page.hook("credential-password").fill("1234")
    row = upload_page.send("secret.bin", b"bytes")
    file_id = row.get_attribute("data-file-id")
    dialog = upload_page.hook("credential-dialog")
    row.get_by_test_id("delete").click()
    dialog.get_by_test_id("credential-password").fill("4321")
    upload_page.watcher.expected.append("status of 403")
    dialog.get_by_test_id("dialog-confirm").click()
    expect(dialog.get_by_test_id("dialog-problem")).to_contain_text("Wrong password")
    dialog.get_by_test_id("credential-password").fill("1234")
    dialog.get_by_test_id("dialog-confirm").click()
    expect(row).to_have_count(0)

    upload_page.open()
    assert eventually(lambda: is_gone(upload_page, file_id), bool, SECONDS)


def test_a_refused_deletion_restores_the_file_with_the_message(slow: UploadPage, watcher: Watcher) -> None:
    body = '{"code": "sealed", "message": "The court has sealed it.", "errors": [], "success": false}'

    def refuse(route: Route) -> None:
        if is_deletion(route.request):
            route.fulfill(status=409, content_type="application/json", body=body)
        else:
            route.fallback()

    row = slow.send("sealed.bin", b"bytes")
    slow.page.route("**/api/v1/file/*", refuse)
    watcher.expected.append("status of 409")
    delete(slow, row)
    expect(row).to_have_count(0)
    slow.page.clock.fast_forward(UNDO_TIME_MS)

    expect(row).to_contain_text("Couldn't delete the file. The court has sealed it.")
    expect(slow.hook("announcement-urgent")).to_contain_text("Couldn't delete")
    assert slow.download(row) == ("sealed.bin", b"bytes")
