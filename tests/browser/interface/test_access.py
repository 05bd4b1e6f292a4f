"""Accessibility of the page: axe's findings (WCAG 2.2 AA), and the user's language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.support.browser.axe import violations
from tests.support.browser.page import UploadPage, named
from tools.stack.servers.clamd import eicar


@pytest.mark.parametrize(
    ("browser_name", "scheme", "width"),
    [("chromium", "light", 1120), ("chromium", "dark", 360), ("firefox", "light", 360)],
)
def test_axe_finds_no_violations(
    open_upload_page: Callable[..., UploadPage], browser_name: str, scheme: str, width: int
) -> None:
    upload_page = open_upload_page(color_scheme=scheme, viewport={"width": width, "height": 860})
    assert violations(upload_page.page) == []
    clean, bad = f"{browser_name}-{scheme}-{width}.txt", f"{browser_name}-{scheme}-{width}.com"
    upload_page.send(clean, b"bytes")
    upload_page.send(bad, eicar(), "infected")
    upload_page.hook("private-switch").check()
    assert violations(upload_page.page) == []
    upload_page.hook("private-switch").uncheck()
    upload_page.choose(named(clean, b"other bytes"))
    expect(upload_page.hook("same-name-dialog")).to_be_visible()
    assert violations(upload_page.page) == []
    upload_page.hook("choice-skip").check()
    upload_page.hook("dialog-confirm").click()
    upload_page.hook("search").fill(clean)
    expect(upload_page.hook("result-count")).to_have_text("1 file found.")
    upload_page.row(clean).get_by_test_id("preview").click()
    expect(upload_page.hook("preview-text")).to_have_text("bytes")
    assert violations(upload_page.page) == []
    upload_page.page.keyboard.press("Escape")
    upload_page.row(clean).get_by_test_id("details").click()
    expect(upload_page.hook("receipt")).to_be_visible()
    upload_page.hook("new-link").click()
    assert violations(upload_page.page) == []
    upload_page.page.keyboard.press("Escape")
    upload_page.row(clean).get_by_test_id("rename").click()
    expect(upload_page.hook("rename-dialog")).to_be_visible()
    assert violations(upload_page.page) == []
    upload_page.page.keyboard.press("Escape")
    upload_page.row(clean).get_by_test_id("delete").click()
    expect(upload_page.hook("undo-bar")).to_contain_text(clean)
    assert violations(upload_page.page) == []
    upload_page.hook("search").fill("no such file")
    expect(upload_page.hook("list-empty")).to_be_visible()
    assert violations(upload_page.page) == []


def test_the_page_is_in_german_for_a_german_browser(open_upload_page: Callable[..., UploadPage]) -> None:
    upload_page = open_upload_page(locale="de-AT")
    row = upload_page.send("fracht.bin", b"bytes")
    expect(row.get_by_test_id("file-state")).to_have_text("Sauber")
    assert upload_page.page.evaluate("document.documentElement.lang") == "de"
    expect(upload_page.page.get_by_role("heading", name="Dateien")).to_be_visible()
