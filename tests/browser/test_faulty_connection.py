"""Bad days on the line: what is lost, refused or garbled on it is sent again, and nothing else is."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeAlias

import pytest
from playwright.sync_api import expect

from tests.support.browser.browsers import in_both
from tests.support.browser.faulty_connection import Line
from tests.support.browser.http_exchange import FAIR, Trouble
from tests.support.browser.page import UploadPage
from tests.support.browser.stored_files import ONCE, PARTS, has_arrived
from tests.support.browser.watcher import HIDDEN_REFUSAL, LOST_CONNECTION, Watcher
from tests.support.live.client import CHUNK
from tests.support.live.stack import Stack

LATE = 4
HALF = PARTS // 2 * CHUNK
READABLE = {"Access-Control-Allow-Origin": "*"}
"""Without it the page is not told what storage has answered, as with Swift."""
Away: TypeAlias = Callable[[UploadPage, tuple[Line, ...]], AbstractContextManager[None]]


@contextmanager
def lines_are_cut(_dock: UploadPage, lines: tuple[Line, ...]) -> Iterator[None]:
    """Storage and API refuse every connection."""
    for line in lines:
        line.cut()
    yield
    for line in lines:
        line.mend()


@contextmanager
def browser_is_offline(dock: UploadPage, lines: tuple[Line, ...]) -> Iterator[None]:
    """The browser knows that it has no network; what was under way is lost."""
    dock.page.context.set_offline(True)
    for line in lines:
        line.cut()
        line.mend()
    yield
    dock.page.context.set_offline(False)


@in_both
def test_the_connection_of_each_part_breaks_once(
    payload: Path, dock: UploadPage, watcher: Watcher, stack: Stack, storage_line: Line
) -> None:
    watcher.expected.append(LOST_CONNECTION)
    storage_line.trouble = lambda asked: Trouble(broken=asked.attempt == 1)

    dock.choose(payload)

    assert has_arrived(dock, stack, payload)
    assert storage_line.taken() == ONCE


@pytest.mark.parametrize("away", [lines_are_cut, browser_is_offline])
def test_the_network_goes_away_in_the_middle(
    away: Away, payload: Path, dock: UploadPage, watcher: Watcher, stack: Stack, storage_line: Line, api_line: Line
) -> None:
    watcher.expected.append(LOST_CONNECTION)

    with storage_line.stopped_at(HALF):
        dock.choose(payload)
        storage_line.wait_standing()
        assert 0 < sum(storage_line.taken().values()) < PARTS
        with away(dock, (storage_line, api_line)):
            expect(dock.hook("banner-unreachable")).to_be_visible()

    assert has_arrived(dock, stack, payload)
    assert storage_line.taken() == ONCE


def test_the_api_is_restarted_in_the_middle(
    payload: Path, dock: UploadPage, watcher: Watcher, stack: Stack, storage_line: Line
) -> None:
    watcher.expected.append(LOST_CONNECTION)

    with storage_line.stopped_at(HALF):
        dock.choose(payload)
        storage_line.wait_standing()
        with stack.api.down():
            storage_line.go_on()
            expect(dock.hook("banner-unreachable")).to_be_visible()

    assert has_arrived(dock, stack, payload)
    assert storage_line.taken() == ONCE


@pytest.mark.parametrize("headers", [{}, READABLE], ids=["not told why", "told why"])
def test_storage_is_busy_at_every_fifth_part(
    headers: dict[str, str], payload: Path, dock: UploadPage, watcher: Watcher, stack: Stack, storage_line: Line
) -> None:
    watcher.expected += [*HIDDEN_REFUSAL, "status of 503"]
    busy = Trouble(answer=503, headers=headers)
    storage_line.trouble = lambda asked: busy if asked.part and asked.turn % 5 == 0 else FAIR

    dock.choose(payload)

    assert has_arrived(dock, stack, payload)
    assert storage_line.taken() == ONCE
    assert [seen.status for seen in storage_line.passages if not seen.reached] == [503, 503]


def test_the_urls_have_ended_before_they_are_used(
    payload: Path, open_dock: Callable[..., UploadPage], stack: Stack, storage_line: Line
) -> None:
    os.truncate(payload, LATE * CHUNK)
    storage_line.trouble = lambda asked: Trouble(late=asked.attempt == 1)

    with stack.second_api(URL_TTL="3") as api:
        dock = open_dock(base_url=api.url)
        dock.watcher.expected += HIDDEN_REFUSAL
        dock.choose(payload)

        assert has_arrived(dock, stack, payload)
        dock.page.context.close()
    tries = [storage_line.answers(part) for part in range(1, LATE + 1)]
    assert [(answers[0], answers[1:].count(200)) for answers in tries] == [(403, 1)] * LATE


def test_a_bit_that_turns_on_the_way_is_put_right(
    payload: Path, dock: UploadPage, watcher: Watcher, stack: Stack, storage_line: Line
) -> None:
    watcher.expected += HIDDEN_REFUSAL
    storage_line.trouble = lambda asked: Trouble(flip=(asked.part, asked.attempt) == (2, 1))

    dock.choose(payload)

    assert has_arrived(dock, stack, payload)
    assert storage_line.answers(2) == [400, 200]
    assert storage_line.taken() == ONCE


@in_both
def test_a_file_that_is_paused_goes_on_when_it_is_told_to(
    browser_name: str, payload: Path, dock: UploadPage, watcher: Watcher, stack: Stack, storage_line: Line
) -> None:
    watcher.expected.append(LOST_CONNECTION)
    row = dock.row(payload.name)
    with storage_line.stopped_at(HALF):
        dock.choose(payload)
        storage_line.wait_standing()
        row.get_by_test_id("pause").click()
        dock.expect_state(payload.name, "paused")
        storage_line.cut()
    storage_line.mend()
    before = Counter(storage_line.taken())
    assert 0 < before.total() < PARTS

    dock.send(f"{browser_name} overtaking.bin", b"cargo")
    assert storage_line.taken() == before + Counter([1])

    row.get_by_test_id("resume").click()
    assert has_arrived(dock, stack, payload)
    assert storage_line.taken() == Counter(ONCE) + Counter([1])
