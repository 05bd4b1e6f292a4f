"""Rows, users and appointments; by mouse and by keyboard alone."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from tests.support.browser.browsers import in_both
from tests.support.browser.page import UploadPage, named
from tests.support.browser.watcher import LOST_CONNECTION, STORAGE_PUTS, Watcher


def test_a_file_is_listed_after_a_reload(upload_page: UploadPage) -> None:
    upload_page.send("kept.bin", b"bytes")
    # a browser reports no change where the file that the field holds is chosen again
    assert upload_page.hook("drop-input").evaluate("it => it.files.length") == 0

    upload_page.open()

    assert upload_page.download(upload_page.expect_state("kept.bin", "clean")) == ("kept.bin", b"bytes")


def test_a_paused_upload_shows_when_it_expires(upload_page: UploadPage, watcher: Watcher) -> None:
    watcher.expected.append(LOST_CONNECTION)
    upload_page.page.route(STORAGE_PUTS, lambda _route: None)
    with upload_page.page.expect_request(STORAGE_PUTS):
        upload_page.choose(named("resting.bin", b"bytes"))
    row = upload_page.expect_state("resting.bin", "uploading")
    row.get_by_test_id("pause").click()
    expect(row.get_by_test_id("file-note")).to_contain_text("kept until")

    upload_page.page.unroute(STORAGE_PUTS)
    row.get_by_test_id("resume").click()
    assert upload_page.download(upload_page.expect_state("resting.bin", "clean")) == ("resting.bin", b"bytes")


def test_a_cancelled_upload_is_aborted_and_can_be_sent_again(upload_page: UploadPage, watcher: Watcher) -> None:
    def hold(_route: Route) -> None:
        """Never answers."""

    upload_page.page.route(STORAGE_PUTS, hold)
    watcher.expected.append(LOST_CONNECTION)
    with upload_page.page.expect_request(STORAGE_PUTS):
        upload_page.choose(named("regretted.bin", b"bytes"))
    row = upload_page.expect_state("regretted.bin", "uploading")
    expect(row.get_by_test_id("file-progress")).to_be_visible()

    with upload_page.page.expect_response(lambda answer: answer.request.method == "DELETE") as forgotten:
        row.get_by_test_id("cancel").click()
    assert forgotten.value.json()["data"]["stage"] == "aborted"
    upload_page.expect_state("regretted.bin", "cancelled")

    upload_page.page.unroute(STORAGE_PUTS)
    row.get_by_test_id("retry").click()
    assert upload_page.download(upload_page.expect_state("regretted.bin", "clean")) == ("regretted.bin", b"bytes")


def test_files_are_assigned_to_the_chosen_user_and_appointment(upload_page: UploadPage) -> None:
    user = upload_page.create("users", name="Ines Moreau")
    upload_page.create("appointments", user_id=user["id"], title="Visit 4")
    upload_page.open()
    upload_page.hook("user-select").select_option(label="Ines Moreau")
    upload_page.hook("appointment-select").select_option(label="Visit 4")
    expect(upload_page.hook("assignment-summary")).to_contain_text("Visit 4")

    theirs = upload_page.send("theirs.bin", b"bytes").get_attribute("data-file-id")
    assert upload_page.data(f"file/get/{theirs}")["data"]["user_id"] == user["id"]
    upload_page.hook("user-select").select_option(label="No user")
    upload_page.send("unassigned.bin", b"bytes")
    upload_page.hook("user-select").select_option(label="Ines Moreau")

    expect(upload_page.rows).to_have_count(1)
    expect(upload_page.row("theirs.bin")).to_be_visible()

    upload_page.hook("delete-user").click()
    expect(upload_page.hook("delete-user-dialog")).to_contain_text("Ines Moreau")
    upload_page.hook("dialog-confirm").click()
    expect(upload_page.row("unassigned.bin")).to_be_visible()
    expect(upload_page.row("theirs.bin")).to_have_count(0)
    assert upload_page.data(f"file/get/{theirs}")["code"] == "file_not_found"


@in_both
def test_the_page_works_with_the_keyboard_alone(browser_name: str, upload_page: UploadPage) -> None:
    keys = upload_page.page.keyboard
    upload_page.tab_to("new-user")
    keys.press("Enter")
    expect(upload_page.hook("new-user-dialog")).to_be_visible()
    keys.type(f"{browser_name} Zoller")
    keys.press("Enter")
    expect(upload_page.hook("new-user-dialog")).to_have_count(0)
    expect(upload_page.hook("assignment-summary")).to_contain_text(f"{browser_name} Zoller")

    upload_page.tab_to("user-select", back=True)
    keys.press("Home")
    expect(upload_page.hook("assignment-summary")).to_have_count(0)
    keys.type(browser_name)
    expect(upload_page.hook("files-scope")).to_contain_text(f"{browser_name} Zoller")

    # Start listening well before the key, as the browser needs a moment to intercept its dialogs.
    with upload_page.page.expect_file_chooser() as dialog:
        upload_page.tab_to("drop-input", back=True)
        keys.press("Enter")
    dialog.value.set_files([named("by-hand.bin", b"bytes")])
    row = upload_page.expect_state("by-hand.bin", "clean")

    upload_page.tab_to("download")
    with upload_page.page.expect_download() as saved:
        keys.press("Enter")
    assert saved.value.path().read_bytes() == b"bytes"

    upload_page.tab_to("delete")
    keys.press("Enter")
    expect(row).to_have_count(0)
    expect(upload_page.hook("undo")).to_be_focused()
    keys.press("Enter")
    expect(row.get_by_test_id("delete")).to_be_focused()
    keys.press("Enter")
    expect(row).to_have_count(0)

    upload_page.tab_to("search", back=True)
    keys.type("by-hand")
    expect(upload_page.hook("result-count")).to_have_text("0 files found.")
