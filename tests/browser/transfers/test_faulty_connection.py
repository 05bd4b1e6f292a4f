"""A faulty connection: only lost, refused or damaged parts are sent again."""

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
from tests.support.browser.faulty_connection import FaultyRelay
from tests.support.browser.http_exchange import FAIR, Trouble
from tests.support.browser.page import UploadPage
from tests.support.browser.stored_files import ONCE, PARTS, has_arrived
from tests.support.browser.watcher import HIDDEN_REFUSAL, LOST_CONNECTION, Watcher
from tests.support.live.client import CHUNK
from tests.support.live.stack import Stack

LATE = 4
HALF = PARTS // 2 * CHUNK
READABLE = {"Access-Control-Allow-Origin": "*"}
"""Without it the page cannot read storage's answer, as with Swift."""
Away: TypeAlias = Callable[[UploadPage, tuple[FaultyRelay, ...]], AbstractContextManager[None]]


@contextmanager
def lines_are_cut(_dock: UploadPage, lines: tuple[FaultyRelay, ...]) -> Iterator[None]:
    """Storage and API refuse every connection."""
    for line in lines:
        line.cut()
    yield
    for line in lines:
        line.mend()


@contextmanager
def browser_is_offline(upload_page: UploadPage, lines: tuple[FaultyRelay, ...]) -> Iterator[None]:
    """The browser is offline; running requests are lost."""
    upload_page.page.context.set_offline(True)
    for line in lines:
        line.cut()
        line.mend()
    yield
    upload_page.page.context.set_offline(False)


@in_both
def test_an_upload_survives_a_broken_connection_of_each_part(
    payload: Path, upload_page: UploadPage, watcher: Watcher, stack: Stack, storage_relay: FaultyRelay
) -> None:
    watcher.expected.append(LOST_CONNECTION)
    storage_relay.trouble = lambda request: Trouble(broken=request.attempt == 1)

    upload_page.choose(payload)

    assert has_arrived(upload_page, stack, payload)
    assert storage_relay.taken() == ONCE


@pytest.mark.parametrize("away", [lines_are_cut, browser_is_offline])
def test_an_upload_continues_after_an_outage_of_the_network(
    away: Away,
    payload: Path,
    upload_page: UploadPage,
    watcher: Watcher,
    stack: Stack,
    storage_relay: FaultyRelay,
    api_relay: FaultyRelay,
) -> None:
    watcher.expected.append(LOST_CONNECTION)

    with storage_relay.stopped_at(HALF):
        upload_page.choose(payload)
        storage_relay.wait_stopped()
        assert 0 < sum(storage_relay.taken().values()) < PARTS
        with away(upload_page, (storage_relay, api_relay)):
            expect(upload_page.hook("banner-unreachable")).to_be_visible()

    assert has_arrived(upload_page, stack, payload)
    assert storage_relay.taken() == ONCE


def test_an_upload_continues_after_a_restart_of_the_api(
    payload: Path, upload_page: UploadPage, watcher: Watcher, stack: Stack, storage_relay: FaultyRelay
) -> None:
    watcher.expected.append(LOST_CONNECTION)

    with storage_relay.stopped_at(HALF):
        upload_page.choose(payload)
        storage_relay.wait_stopped()
        with stack.api.down():
            storage_relay.resume()
            expect(upload_page.hook("banner-unreachable")).to_be_visible()

    assert has_arrived(upload_page, stack, payload)
    assert storage_relay.taken() == ONCE


@pytest.mark.parametrize("headers", [{}, READABLE], ids=["status hidden", "status readable"])
def test_parts_refused_by_a_busy_storage_are_sent_again(
    headers: dict[str, str],
    payload: Path,
    upload_page: UploadPage,
    watcher: Watcher,
    stack: Stack,
    storage_relay: FaultyRelay,
) -> None:
    watcher.expected += [*HIDDEN_REFUSAL, "status of 503"]
    busy = Trouble(answer=503, headers=headers)
    storage_relay.trouble = lambda request: busy if request.part and request.turn % 3 == 0 else FAIR

    upload_page.choose(payload)

    assert has_arrived(upload_page, stack, payload)
    assert storage_relay.taken() == ONCE
    assert [seen.status for seen in storage_relay.passages if not seen.reached] == [503, 503]


def test_parts_with_expired_urls_are_signed_again(
    payload: Path, open_upload_page: Callable[..., UploadPage], stack: Stack, storage_relay: FaultyRelay
) -> None:
    os.truncate(payload, LATE * CHUNK)
    storage_relay.trouble = lambda request: Trouble(late=request.attempt == 1)

    with stack.second_api(URL_TTL="3") as api:
        upload_page = open_upload_page(base_url=api.url)
        upload_page.watcher.expected += HIDDEN_REFUSAL
        upload_page.choose(payload)

        assert has_arrived(upload_page, stack, payload)
        upload_page.page.context.close()
    tries = [storage_relay.answers(part) for part in range(1, LATE + 1)]
    assert [(answers[0], answers[1:].count(200)) for answers in tries] == [(403, 1)] * LATE


def test_a_part_with_a_flipped_bit_is_sent_again(
    payload: Path, upload_page: UploadPage, watcher: Watcher, stack: Stack, storage_relay: FaultyRelay
) -> None:
    watcher.expected += HIDDEN_REFUSAL
    storage_relay.trouble = lambda request: Trouble(flip=(request.part, request.attempt) == (2, 1))

    upload_page.choose(payload)

    assert has_arrived(upload_page, stack, payload)
    assert storage_relay.answers(2) == [400, 200]
    assert storage_relay.taken() == ONCE


@in_both
def test_a_paused_file_resumes_on_request(
    browser_name: str,
    payload: Path,
    upload_page: UploadPage,
    watcher: Watcher,
    stack: Stack,
    storage_relay: FaultyRelay,
) -> None:
    watcher.expected.append(LOST_CONNECTION)
    row = upload_page.row(payload.name)
    with storage_relay.stopped_at(HALF):
        upload_page.choose(payload)
        storage_relay.wait_stopped()
        row.get_by_test_id("pause").click()
        upload_page.expect_state(payload.name, "paused")
        storage_relay.cut()
    storage_relay.mend()
    before = Counter(storage_relay.taken())
    assert 0 < before.total() < PARTS

    upload_page.send(f"{browser_name} overtaking.bin", b"bytes")
    assert storage_relay.taken() == before + Counter([1])

    row.get_by_test_id("resume").click()
    assert has_arrived(upload_page, stack, payload)
    assert storage_relay.taken() == Counter(ONCE) + Counter([1])
