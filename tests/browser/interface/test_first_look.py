"""Lighthouse's checks that need no stopwatch: weight, caching, stability, sizes, and a free main thread."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Response, expect

from tests.support.browser.page import UploadPage, named
from tests.support.live.client import MIB, random_bytes
from tests.support.live.stack import Stack

REQUESTS = 11
"""Document, two scripts, language, style, the icon of a window; account, users, folders, files, health."""
WEIGHT = 46_000
"""Compressed bytes of the page's own files on the network; the service's data grows with its files."""
LATER = re.compile(r"/assets/later-")
"""A script that the page loads when the browser is idle."""
LATER_WEIGHT = 28_000
LISTED_ANYTHING = ", ".join(f"[data-testid={each}]" for each in ("list-empty", "file-row", "folder-row"))
TARGET = 24
"""CSS pixels (WCAG 2.2, 2.5.8)."""
STILL = 0.01
"""Of a layout shift score of which 0.1 still counts as good (https://web.dev/articles/cls)."""
FREE = 0.9
"""Share of an upload's time in which the main thread could have drawn a frame at once."""
LISTED = 20
QUEUED = "[data-testid=file-row][data-state=queued]"

SHIFTS = """() => new Promise(resolve => new PerformanceObserver(list => resolve(
  list.getEntries().filter(shift => !shift.hadRecentInput).map(shift => shift.value)
)).observe({ type: "layout-shift", buffered: true }) ?? setTimeout(() => resolve([]), 500))"""
WATCH = """() => {
  window.longTasks = [];
  window.watchedSince = performance.now();
  new PerformanceObserver(list => longTasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask" });
}"""
LOOK = "() => ({ tasks: window.longTasks, elapsed: performance.now() - window.watchedSince })"
SMALL = """least => [...document.querySelectorAll("a, button, input, select, label.button, [tabindex]")]
  .filter(it => it.checkVisibility() && !it.closest(".visually-hidden, .skip") && !it.matches(".visually-hidden, h2"))
  .map(it => [it.outerHTML.slice(0, 120), it.getBoundingClientRect()])
  .filter(([, { width, height }]) => Math.min(width, height) < least)
  .map(([html, { width, height }]) => `${Math.round(width)} x ${Math.round(height)}: ${html}`)"""


def first_load(upload_page: UploadPage) -> list[Response]:
    """Every response of a load of the page, with its later part, in a profile that has nothing of it yet."""
    browser = upload_page.page.context.browser
    assert browser
    page = browser.new_context(base_url=upload_page.page.url).new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    with page.expect_response(LATER):
        load(page)
    return answers


def load(page: Page) -> None:
    """Load the page, and return when the network is idle."""
    page.goto("/")
    expect(page.locator(LISTED_ANYTHING).first).to_be_visible()
    page.wait_for_load_state("networkidle")


def test_a_first_load_is_small(upload_page: UploadPage) -> None:
    answers = first_load(upload_page)
    weights = {answer.url: answer.request.sizes()["responseBodySize"] for answer in answers}
    later = [weight for url, weight in weights.items() if LATER.search(url)]
    assert (len(answers) - len(later) <= REQUESTS, len(later)) == (True, 1), weights
    own = [weight for url, weight in weights.items() if "/api/" not in url and not LATER.search(url)]
    assert WEIGHT / 2 < sum(own) <= WEIGHT, weights
    assert sum(later) <= LATER_WEIGHT, weights
    assert upload_page.watcher.elsewhere() == []


def test_assets_are_cached_and_the_page_is_requested_again(upload_page: UploadPage) -> None:
    answers = first_load(upload_page)
    assets = [answer for answer in answers if re.search(r"/assets/.+\.(css|js)$", answer.url)]
    # a browser without a window does not load it
    icon = upload_page.page.request.get(str(upload_page.page.locator("link[rel=icon]").get_attribute("href")))
    assert (icon.status, len(assets)) == (200, 5)
    kept = {answer.headers["cache-control"] for answer in (*assets, icon)}
    assert kept == {"public, max-age=31536000, immutable"}
    assert answers[0].headers["cache-control"] == "no-cache, max-age=0"


def test_the_document_has_title_language_and_description(upload_page: UploadPage) -> None:
    head: dict[str, Any] = upload_page.page.evaluate(
        """() => ({
          title: document.title,
          lang: document.documentElement.lang,
          viewport: document.querySelector("meta[name=viewport]").content,
          description: document.querySelector("meta[name=description]").content.length > 50,
          doctype: document.compatMode,
          blocking: performance.getEntriesByType("resource")
            .filter(({ renderBlockingStatus }) => renderBlockingStatus === "blocking")
            .map(({ name }) => name.split(".").at(-1)),
        })"""
    )
    assert head == {
        "title": "Longshore",
        "lang": "en",
        "viewport": "width=device-width, initial-scale=1",
        "description": True,
        "doctype": "CSS1Compat",
        "blocking": ["js", "css"],
    }


@pytest.mark.parametrize("width", [390, 1120])
def test_the_layout_does_not_shift_while_the_list_loads(upload_page: UploadPage, width: int) -> None:
    upload_page.page.set_viewport_size({"width": width, "height": 860})
    load(upload_page.page)
    assert sum(upload_page.page.evaluate(SHIFTS)) <= STILL


def test_every_control_is_large_enough(upload_page: UploadPage) -> None:
    row = upload_page.send("pressed.txt", b"bytes")
    upload_page.hook("private-switch").check()
    row.get_by_test_id("delete").click()
    expect(upload_page.hook("undo")).to_be_visible()
    assert upload_page.page.evaluate(SMALL, TARGET) == []


@pytest.mark.usefixtures("no_scans")
def test_the_main_thread_is_free_during_an_upload(upload_page: UploadPage, stack: Stack, tmp_path: Path) -> None:
    """Measures a share of the time, as the longest task depends on the machine's other load."""
    user = upload_page.create("users", name="Frame Counter")
    upload_page.open()
    upload_page.hook("user-select").select_option(user["id"])
    heavy = tmp_path / "heavy.bin"
    heavy.write_bytes(random_bytes(20 * MIB))
    upload_page.choose(*(named(f"listed {number}.bin", b"bytes") for number in range(LISTED)))
    expect(upload_page.page.locator(QUEUED)).to_have_count(LISTED, timeout=60_000)
    upload_page.page.evaluate(WATCH)
    upload_page.choose(heavy)
    upload_page.expect_state(heavy.name, "queued")
    seen: dict[str, Any] = upload_page.page.evaluate(LOOK)
    blocked = sum(duration - 50 for duration in seen["tasks"])
    upload_page.page.context.close()
    stack.client.data("DELETE", f"/api/v1/users/{user['id']}")
    assert blocked <= (1 - FREE) * seen["elapsed"], seen
