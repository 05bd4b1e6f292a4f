"""Previews of clean files of harmless types, by storage's own links."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.support.browser.page import UploadPage
from tests.support.browser.picture import PNG
from tests.support.browser.watcher import Watcher
from tools.stack.servers.clamd import eicar


def open_preview(row: Locator) -> None:
    row.get_by_test_id("preview").click()


def test_a_picture_has_a_thumbnail_and_a_preview(upload_page: UploadPage, watcher: Watcher) -> None:
    row = upload_page.send("flag.png", PNG)
    row.scroll_into_view_if_needed()  # other tests' folders are above it
    thumbnail = row.get_by_test_id("thumbnail")
    expect(thumbnail).to_be_visible()
    open_preview(row)
    picture = upload_page.hook("preview-picture")
    expect(picture).to_be_visible()
    assert picture.evaluate("it => it.naturalWidth") == 2
    upload_page.page.keyboard.press("Escape")
    expect(row.get_by_test_id("preview")).to_be_focused()
    assert {request.method for request in watcher.elsewhere()} == {"PUT", "GET"}


def test_a_text_is_previewed_as_plain_text(upload_page: UploadPage) -> None:
    words = "<script>alert(1)</script> Grüße 🚢"
    open_preview(upload_page.send("note.txt", words.encode()))
    expect(upload_page.hook("preview-text")).to_have_text(words)


def test_a_long_text_is_previewed_in_part(upload_page: UploadPage) -> None:
    text = "0123456789\n" * 20_000
    open_preview(upload_page.send("long.txt", text.encode()))
    expect(upload_page.hook("preview-dialog")).to_contain_text("only the beginning")
    assert upload_page.hook("preview-text").text_content() == text[:65_536]


def test_a_broken_picture_shows_its_type_and_a_message(upload_page: UploadPage) -> None:
    row = upload_page.send("broken.png", b"no picture")
    open_preview(row)
    expect(upload_page.hook("preview-problem")).to_contain_text("can't be shown")
    upload_page.hook("preview-close").click()
    expect(row.get_by_test_id("thumbnail")).to_be_hidden()
    expect(row.get_by_test_id("preview")).to_contain_text("PNG")


def test_a_private_picture_requires_its_credential(upload_page: UploadPage) -> None:
    upload_page.hook("private-switch").check()
    upload_page.hook("credential-password").fill("1234")
    row = upload_page.send("private.png", PNG)
    expect(row.get_by_test_id("thumbnail")).to_have_count(0)
    open_preview(row)
    dialog = upload_page.hook("credential-dialog")
    dialog.get_by_test_id("credential-password").fill("1234")
    dialog.get_by_test_id("dialog-confirm").click()
    expect(upload_page.hook("preview-picture")).to_be_visible()
    assert upload_page.hook("preview-picture").evaluate("it => it.naturalWidth") == 2


def test_other_types_have_no_preview(upload_page: UploadPage) -> None:
    for name, body, state in (
        ("bad.txt", eicar(), "infected"),
        ("paper.pdf", b"%PDF-1.4", "clean"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "clean"),
        ("page.html", b"<p>hello", "clean"),
    ):
        expect(upload_page.send(name, body, state).get_by_test_id("preview")).to_have_count(0)
