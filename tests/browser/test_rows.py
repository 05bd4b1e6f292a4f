"""Rows, users and appointments; by mouse and by keyboard alone."""

from __future__ import annotations

from playwright.sync_api import Route, expect

from tests.support.browser.browsers import in_both
from tests.support.browser.page import UploadPage, named
from tests.support.browser.watcher import LOST_CONNECTION, STORAGE_PUTS, Watcher


def test_a_file_is_listed_after_a_reload(dock: UploadPage) -> None:
    dock.send("kept.bin", b"cargo")
    # a browser reports no change where the file that the field holds is chosen again
    assert dock.hook("drop-input").evaluate("it => it.files.length") == 0

    dock.open()

    assert dock.download(dock.expect_state("kept.bin", "clean")) == ("kept.bin", b"cargo")


def test_a_paused_upload_says_until_when_storage_keeps_it(dock: UploadPage, watcher: Watcher) -> None:
    watcher.expected.append(LOST_CONNECTION)
    dock.page.route(STORAGE_PUTS, lambda _route: None)
    with dock.page.expect_request(STORAGE_PUTS):
        dock.choose(named("resting.bin", b"cargo"))
    row = dock.expect_state("resting.bin", "uploading")
    row.get_by_test_id("pause").click()
    expect(row.get_by_test_id("file-note")).to_contain_text("kept until")

    dock.page.unroute(STORAGE_PUTS)
    row.get_by_test_id("resume").click()
    assert dock.download(dock.expect_state("resting.bin", "clean")) == ("resting.bin", b"cargo")


def test_a_cancelled_upload_is_forgotten_and_can_be_sent_again(dock: UploadPage, watcher: Watcher) -> None:
    def hold(_route: Route) -> None:
        """Never answers."""

    dock.page.route(STORAGE_PUTS, hold)
    watcher.expected.append(LOST_CONNECTION)
    with dock.page.expect_request(STORAGE_PUTS):
        dock.choose(named("regretted.bin", b"cargo"))
    row = dock.expect_state("regretted.bin", "uploading")
    expect(row.get_by_test_id("file-progress")).to_be_visible()

    with dock.page.expect_response(lambda answer: answer.request.method == "DELETE") as forgotten:
        row.get_by_test_id("cancel").click()
    assert forgotten.value.json()["data"]["stage"] == "aborted"
    dock.expect_state("regretted.bin", "cancelled")

    dock.page.unroute(STORAGE_PUTS)
    row.get_by_test_id("retry").click()
    assert dock.download(dock.expect_state("regretted.bin", "clean")) == ("regretted.bin", b"cargo")


def test_files_are_assigned_to_the_chosen_user_and_appointment(dock: UploadPage) -> None:
    user = dock.create("users", name="Ines Moreau")
    dock.create("appointments", user_id=user["id"], title="Berth 4")
    dock.open()
    dock.hook("user-select").select_option(label="Ines Moreau")
    dock.hook("appointment-select").select_option(label="Berth 4")
    expect(dock.hook("assignment-summary")).to_contain_text("Berth 4")

    theirs = dock.send("theirs.bin", b"cargo").get_attribute("data-file-id")
    assert dock.data(f"file/get/{theirs}")["data"]["user_id"] == user["id"]
    dock.hook("user-select").select_option(label="No user")
    dock.send("nobodys.bin", b"cargo")
    dock.hook("user-select").select_option(label="Ines Moreau")

    expect(dock.rows).to_have_count(1)
    expect(dock.row("theirs.bin")).to_be_visible()

    dock.hook("delete-user").click()
    expect(dock.hook("delete-user-dialog")).to_contain_text("Ines Moreau")
    dock.hook("dialog-confirm").click()
    expect(dock.row("nobodys.bin")).to_be_visible()
    expect(dock.row("theirs.bin")).to_have_count(0)
    assert dock.data(f"file/get/{theirs}")["code"] == "file_not_found"


@in_both
def test_the_keyboard_is_enough(browser_name: str, dock: UploadPage) -> None:
    keys = dock.page.keyboard
    dock.tab_to("new-user")
    keys.press("Enter")
    keys.type(f"{browser_name} Zoller")
    keys.press("Enter")
    expect(dock.hook("new-user-dialog")).to_have_count(0)
    expect(dock.hook("assignment-summary")).to_contain_text(f"{browser_name} Zoller")

    dock.tab_to("user-select", back=True)
    keys.press("Home")
    expect(dock.hook("assignment-summary")).to_have_count(0)
    keys.type(browser_name)
    expect(dock.hook("files-scope")).to_contain_text(f"{browser_name} Zoller")

    # Listening begins well before the key: the browser takes a moment until it hands its dialogs over.
    with dock.page.expect_file_chooser() as dialog:
        dock.tab_to("drop-input", back=True)
        keys.press("Enter")
    dialog.value.set_files([named("by-hand.bin", b"cargo")])
    row = dock.expect_state("by-hand.bin", "clean")

    dock.tab_to("download")
    with dock.page.expect_download() as saved:
        keys.press("Enter")
    assert saved.value.path().read_bytes() == b"cargo"

    dock.tab_to("delete")
    keys.press("Enter")
    expect(row).to_have_count(0)
    expect(dock.hook("undo")).to_be_focused()
    keys.press("Enter")
    expect(row.get_by_test_id("delete")).to_be_focused()
    keys.press("Enter")
    expect(row).to_have_count(0)

    dock.tab_to("search", back=True)
    keys.type("by-hand")
    expect(dock.hook("result-count")).to_have_text("0 files found.")
