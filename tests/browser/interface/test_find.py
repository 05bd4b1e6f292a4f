"""Searching, sorting and filtering files by the service's own search."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.browser.page import UploadPage, named
from tools.stack.servers.clamd import eicar

NAMES = ("Überweisung 10.txt", "ueberweisung.txt", "überweisung 2.txt")


@pytest.fixture
def stocked(upload_page: UploadPage) -> UploadPage:
    """A user's files, on the reloaded page."""
    user = upload_page.create("users", name=f"Finder {upload_page.page.evaluate('performance.timeOrigin')}")
    upload_page.open()
    upload_page.hook("user-select").select_option(user["id"])
    expect(upload_page.hook("assignment-summary")).to_contain_text("Finder")
    upload_page.choose(*(named(name, b"x" * size) for size, name in enumerate(NAMES, 1)), named("bad.com", eicar()))
    for name in NAMES:
        upload_page.expect_state(name, "clean")
    upload_page.expect_state("bad.com", "infected")
    upload_page.open()
    expect(upload_page.rows).to_have_count(4)
    return upload_page


def test_files_are_searched_sorted_and_filtered(stocked: UploadPage) -> None:
    shown = stocked.hook("file-name")
    stocked.hook("search").fill("uber")
    expect(stocked.hook("result-count")).to_have_text("2 files found.")
    stocked.hook("sort-select").select_option("filename")
    expect(shown).to_have_text([NAMES[0], NAMES[2]])
    stocked.hook("sort-select").select_option("-size")
    expect(shown).to_have_text([NAMES[2], NAMES[0]])

    stocked.hook("search").clear()
    expect(shown).to_have_text(["bad.com", NAMES[2], NAMES[1], NAMES[0]])
    stocked.hook("verdict-select").select_option("infected")
    expect(shown).to_have_text(["bad.com"])

    stocked.page.reload()
    expect(shown).to_have_text(["bad.com"])
    stocked.page.go_back()
    expect(shown).to_have_text(["bad.com", NAMES[2], NAMES[1], NAMES[0]])


def test_new_uploads_appear_in_a_filtered_list(stocked: UploadPage) -> None:
    stocked.hook("sort-select").select_option("-size")
    stocked.hook("search").fill("nothing of this name")
    expect(stocked.hook("list-empty")).to_be_visible()
    stocked.send("arrives.bin", b"bytes")
    stocked.hook("search").fill("über")
    expect(stocked.hook("file-name")).to_have_text([NAMES[2], NAMES[0]])
    stocked.hook("search").fill("zzz")
    stocked.hook("clear-filters").click()
    expect(stocked.rows).to_have_count(5)
