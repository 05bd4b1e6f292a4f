"""What Lighthouse looks at and needs no stopwatch: weight, caching, stability, sizes, and a free main thread."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Response, expect

from tests.support.browser.page import UploadPage, named
from tests.support.live.client import MIB, random_bytes
from tests.support.live.stack import Stack

REQUESTS = 8
"""Document, script, style, icon; health, users, files, and one to spare."""
WEIGHT = 60_000
"""Bytes over the wire of all of them, compressed."""
TARGET = 24
"""CSS pixels (WCAG 2.2, 2.5.8)."""
STILL = 0.01
"""Of a layout shift score of which 0.1 still counts as good (https://web.dev/articles/cls)."""
FREE = 0.9
"""Share of an upload's time in which the main thread could have drawn a frame at once."""
LISTED = 50
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


def loaded(page: Page) -> list[Response]:
    """Every answer that a first load of the page brings; not what an earlier load had asked for and gets only now."""
    asked: list[Request] = []
    answers: list[Response] = []
    page.on("request", lambda request: asked.append(request))
    page.on("response", lambda answer: answers.append(answer) if answer.request in asked else None)
    page.goto("/")
    expect(page.get_by_test_id("list-empty").or_(page.get_by_test_id("file-row").first)).to_be_visible()
    page.wait_for_load_state("networkidle")
    return answers


def test_a_first_load_is_light(dock: UploadPage) -> None:
    answers = loaded(dock.page)
    weights = {answer.url: answer.request.sizes()["responseBodySize"] for answer in answers}
    assert len(answers) <= REQUESTS, weights
    assert sum(weights.values()) <= WEIGHT, weights
    assert dock.watcher.elsewhere() == []


def test_what_never_changes_is_kept_and_the_page_is_asked_for_anew(dock: UploadPage) -> None:
    answers = loaded(dock.page)
    kept = {a.url.rpartition("/assets/")[2]: a.headers["cache-control"] for a in answers if "/assets/" in a.url}
    assert len(kept) == 3
    assert set(kept.values()) == {"public, max-age=31536000, immutable"}
    assert answers[0].headers["cache-control"] == "no-cache, max-age=0"


def test_the_document_says_what_it_is(dock: UploadPage) -> None:
    head: dict[str, Any] = dock.page.evaluate(
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
        "blocking": ["css"],
    }


@pytest.mark.parametrize("width", [390, 1120])
def test_nothing_moves_while_the_list_fills(dock: UploadPage, width: int) -> None:
    dock.page.set_viewport_size({"width": width, "height": 860})
    loaded(dock.page)
    assert sum(dock.page.evaluate(SHIFTS)) <= STILL


def test_whatever_is_pressed_is_large_enough(dock: UploadPage) -> None:
    row = dock.send("pressed.txt", b"cargo")
    dock.hook("private-switch").check()
    row.get_by_test_id("delete").click()
    expect(dock.hook("undo")).to_be_visible()
    assert dock.page.evaluate(SMALL, TARGET) == []


@pytest.mark.usefixtures("no_scans")
def test_the_page_can_draw_while_bytes_travel(dock: UploadPage, stack: Stack, tmp_path: Path) -> None:
    """A share of the time and not the longest task: on a machine with much else to do, that says little of the page."""
    user = dock.create("users", name="Frame Counter")
    dock.open()
    dock.hook("user-select").select_option(user["id"])
    heavy = tmp_path / "heavy.bin"
    heavy.write_bytes(random_bytes(20 * MIB))
    dock.choose(*(named(f"listed {number}.bin", b"cargo") for number in range(LISTED)))
    expect(dock.page.locator(QUEUED)).to_have_count(LISTED, timeout=60_000)
    dock.page.evaluate(WATCH)
    dock.choose(heavy)
    dock.expect_state(heavy.name, "queued")
    seen: dict[str, Any] = dock.page.evaluate(LOOK)
    blocked = sum(duration - 50 for duration in seen["tasks"])
    dock.page.context.close()
    stack.client.data("DELETE", f"/api/v1/users/{user['id']}")
    assert blocked <= (1 - FREE) * seen["elapsed"], seen
