"""Looking for files among others, by the service's own search."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.browser.page import UploadPage, named
from tools.stack.servers.clamd import eicar

NAMES = ("Überweisung 10.txt", "ueberweisung.txt", "überweisung 2.txt")


@pytest.fixture
def stocked(dock: UploadPage) -> UploadPage:
    """A user's files, and the page as another visit finds it."""
    user = dock.create("users", name=f"Finder {dock.page.evaluate('performance.timeOrigin')}")
    dock.open()
    dock.hook("user-select").select_option(user["id"])
    expect(dock.hook("assignment-summary")).to_contain_text("Finder")
    dock.choose(*(named(name, b"x" * size) for size, name in enumerate(NAMES, 1)), named("bad.com", eicar()))
    for name in NAMES:
        dock.expect_state(name, "clean")
    dock.expect_state("bad.com", "infected")
    dock.open()
    expect(dock.rows).to_have_count(4)
    return dock


def test_files_are_found_and_put_in_order(stocked: UploadPage) -> None:
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

    stocked.open()
    expect(shown).to_have_text(["bad.com", NAMES[2], NAMES[1], NAMES[0]])


def test_what_is_under_way_stays_in_sight_of_a_search(stocked: UploadPage) -> None:
    stocked.hook("sort-select").select_option("-size")
    stocked.hook("search").fill("nothing of this name")
    expect(stocked.hook("list-empty")).to_be_visible()
    stocked.send("arrives.bin", b"cargo")
    stocked.hook("search").fill("über")
    expect(stocked.hook("file-name")).to_have_text([NAMES[2], NAMES[0]])
    stocked.hook("search").fill("zzz")
    stocked.hook("clear-filters").click()
    expect(stocked.rows).to_have_count(5)
