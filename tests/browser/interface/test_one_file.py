"""One file: its details, its links, and renaming with undo; and the page's theme and language."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser.browsers import in_both
from tests.support.browser.look import brightness, overflow
from tests.support.browser.page import UploadPage
from tests.support.live.stack import Stack

PHONE = {"width": 320, "height": 740}


@in_both
def test_a_files_details_are_shown_and_a_link_shares_it(upload_page: UploadPage, browser_name: str) -> None:
    page, name = upload_page.page, f"{browser_name} handed over.txt"
    row = upload_page.send(name, b"bytes")
    row.get_by_test_id("details").focus()
    page.keyboard.press("Enter")
    panel = upload_page.hook("details-panel")
    expect(panel.get_by_test_id("details-verdict")).to_contain_text(re.compile(r"Clean.*ClamAV"))
    expect(panel.get_by_test_id("details-file")).to_contain_text("text/plain")
    if browser_name == "chromium":  # Firefox does not report downloads of blobs by WebDriver BiDi
        with page.expect_download() as saved:
            panel.get_by_test_id("receipt").click()
        assert saved.value.path().read_text().count(".") == 2

    panel.get_by_test_id("new-link").click()
    panel.get_by_test_id("link-downloads").fill("1")
    panel.get_by_test_id("create-link").click()
    url = panel.get_by_test_id("link-url").input_value()
    answer = page.request.get(url)
    assert (answer.status, answer.body()) == (200, b"bytes")
    panel.get_by_test_id("revoke-link").click()
    expect(panel.get_by_test_id("link")).to_have_attribute("data-state", "revoked")
    assert page.request.get(url).status == 410

    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(row.get_by_test_id("details")).to_be_focused()


@in_both
def test_a_file_is_renamed_and_the_rename_undone(upload_page: UploadPage, browser_name: str) -> None:
    page, name = upload_page.page, f"{browser_name} draft.txt"
    row = upload_page.send(name, b"bytes")
    file_id = row.get_attribute("data-file-id")
    row.get_by_test_id("rename").click()
    expect(upload_page.hook("name-input")).to_be_focused()
    # the extension is not selected, so it stays
    page.keyboard.insert_text(f"{browser_name} final")
    page.keyboard.press("Enter")
    renamed = upload_page.row(f"{browser_name} final.txt")
    expect(renamed).to_have_count(1)
    upload_page.open()
    assert upload_page.download(renamed) == (f"{browser_name} final.txt", b"bytes")

    renamed.get_by_test_id("rename").click()
    # another client renames it first
    change = {"filename": f"{browser_name} theirs.txt"}
    assert page.request.patch(f"/api/v1/file/{file_id}", data=change).ok
    page.keyboard.insert_text(f"{browser_name} mine")
    page.keyboard.press("Enter")
    expect(upload_page.hook("dialog-problem")).to_contain_text(f"{browser_name} theirs.txt")
    page.keyboard.press("Enter")
    expect(upload_page.row(f"{browser_name} mine.txt")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(upload_page.row(f"{browser_name} theirs.txt")).to_have_count(1)
    upload_page.watcher.expected.append("412")


def test_a_file_that_was_deleted_elsewhere_is_shown_as_deleted(upload_page: UploadPage, stack: Stack) -> None:
    upload_page.page.clock.install()
    row = upload_page.send("gone meanwhile.txt", b"bytes")
    row.get_by_test_id("details").click()
    expect(upload_page.hook("receipt")).to_be_visible()
    stack.client.data("DELETE", f"/api/v1/file/{row.get_attribute('data-file-id')}")
    upload_page.page.clock.fast_forward(20_000)
    expect(upload_page.hook("details-gone")).to_be_visible()
    upload_page.watcher.expected.append("404")


@in_both
def test_theme_and_language_survive_a_reload(open_upload_page: Callable[..., UploadPage]) -> None:
    upload_page = open_upload_page(color_scheme="light")
    upload_page.hook("theme-select").select_option("dark")
    assert brightness(upload_page.page) < 60
    upload_page.hook("language-select").select_option("de")
    expect(upload_page.hook("drop-zone")).to_contain_text("Dateien hier ablegen")
    assert brightness(upload_page.page) < 60
    assert upload_page.page.locator("html").get_attribute("lang") == "de"
    upload_page.page.goto("/admin/")
    expect(upload_page.hook("theme-select")).to_have_value("dark")
    assert brightness(upload_page.page) < 60


def test_the_theme_is_set_before_the_first_paint(open_upload_page: Callable[..., UploadPage]) -> None:
    upload_page = open_upload_page(color_scheme="light")
    upload_page.hook("theme-select").select_option("dark")
    page = upload_page.page
    # the page's own script never arrives
    page.route(re.compile(r"/assets/page-.*\.js"), lambda route: route.abort())
    page.goto("/")
    assert brightness(page) < 60
    page.unroute_all()
    upload_page.watcher.expected.append("ERR_FAILED")


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1120, "height": 860}])
def test_the_details_fit_the_window(open_upload_page: Callable[..., UploadPage], viewport: dict[str, int]) -> None:
    upload_page = open_upload_page(viewport=viewport)
    row = upload_page.send(f"{'long-name' * 20} {viewport['width']}.txt", b"bytes")
    row.get_by_test_id("details").click()
    expect(upload_page.hook("receipt")).to_be_visible()
    box = upload_page.hook("details-panel").bounding_box()
    assert box
    assert (box["width"] == viewport["width"]) == (viewport is PHONE)
    assert overflow(upload_page.page) == 0
    panel = upload_page.hook("details-panel")
    assert panel.evaluate("it => it.scrollWidth - it.clientWidth") == 0
