"""Resuming uploads: after a tab died, in another browser, and never with another file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.browser.browsers import in_both
from tests.support.browser.faulty_connection import FaultyRelay
from tests.support.browser.page import SETTLED_MS, UploadPage
from tests.support.browser.profile import Profile
from tests.support.browser.stored_files import ONCE, PARTS, arrived, file_sha256, has_arrived, stored_sha256
from tests.support.live.client import CHUNK, random_bytes
from tests.support.live.stack import Stack

BEFORE = PARTS // 2 * CHUNK
"""The number of bytes that were sent when the tab dies."""
BEGINNING = re.compile("/upload/(init|retry)")
"""The page that starts or resumes an upload."""


@pytest.fixture(scope="module")
def engine_url(stack: Stack, engine_root: Path) -> Iterator[str]:
    """The address of a page with only the engine."""
    with stack.second_api(WEB_ROOT=str(engine_root)) as api:
        yield api.url


@pytest.fixture
def open_engine(engine_url: str, open_upload_page: Callable[..., UploadPage]) -> Callable[[str], UploadPage]:
    """Open that page to resume an upload by its id, in a browser without any record of it."""

    def open_one(upload_id: str) -> UploadPage:
        upload_page = open_upload_page(base_url=engine_url)
        upload_page.page.goto(f"/#resume={upload_id}")
        return upload_page

    return open_one


@pytest.fixture
def twin(payload: Path) -> Path:
    """A file of the same name and size as `payload`, with other bytes."""
    file = payload.parent / "twin" / payload.name
    file.parent.mkdir()
    file.write_bytes(random_bytes(payload.stat().st_size))
    return file


@pytest.fixture
def interrupted(profile: Profile, payload: Path, storage_relay: FaultyRelay) -> str:
    """The upload_id of `payload`, of which storage has some parts; the tab that sent it is dead."""
    upload_page = profile.open()
    with storage_relay.stopped_at(BEFORE):
        with upload_page.page.expect_response("**/upload/init/") as opened:
            upload_page.choose(payload)
        upload_id = str(opened.value.json()["data"]["upload_id"])
        storage_relay.wait_stopped()
        profile.kill_tab()
        storage_relay.cut()
    storage_relay.mend()
    assert 0 < len(storage_relay.taken()) < PARTS
    return upload_id


@in_both
@pytest.mark.usefixtures("interrupted")
def test_an_upload_resumes_after_its_tab_died(
    profile: Profile, payload: Path, stack: Stack, storage_relay: FaultyRelay
) -> None:
    before = storage_relay.taken()
    upload_page = profile.open()

    upload_page.choose(payload)

    assert has_arrived(upload_page, stack, payload)
    assert storage_relay.taken() == ONCE
    assert [storage_relay.answers(part) for part in before] == [[200]] * len(before)


def test_an_upload_resumes_in_another_browser_by_its_upload_id(
    interrupted: str, open_engine: Callable[[str], UploadPage], payload: Path, stack: Stack, storage_relay: FaultyRelay
) -> None:
    upload_page = open_engine(interrupted)

    upload_page.choose(payload)

    expect(upload_page.hook("outcome")).to_have_text("clean", timeout=SETTLED_MS)
    file_id = str(upload_page.hook("outcome").get_attribute("data-file-id"))
    assert stored_sha256(stack, file_id) == file_sha256(payload)
    assert storage_relay.taken() == ONCE


def test_another_browser_refuses_another_file(
    interrupted: str, open_engine: Callable[[str], UploadPage], twin: Path, storage_relay: FaultyRelay
) -> None:
    before = storage_relay.passages[:]
    upload_page = open_engine(interrupted)

    upload_page.choose(twin)

    expect(upload_page.hook("outcome")).to_have_text("different_file")
    assert storage_relay.passages == before


@pytest.mark.usefixtures("interrupted")
def test_another_file_of_the_same_name_and_size_is_detected(
    profile: Profile, payload: Path, twin: Path, stack: Stack, storage_relay: FaultyRelay
) -> None:
    upload_page = profile.open()

    with storage_relay.stopped_at(storage_relay.carried + CHUNK):
        upload_page.choose(twin)
        expect(upload_page.row(payload.name).get_by_test_id("file-note")).to_contain_text("is a different file")
    assert has_arrived(upload_page, stack, twin)
    upload_page.choose(payload)

    assert arrived(upload_page, stack, payload.name, 2) == [file_sha256(payload), file_sha256(twin)]
    assert storage_relay.taken() == dict.fromkeys(ONCE, 2)


def test_two_files_of_a_name_chosen_together_are_both_uploaded(
    payload: Path, twin: Path, upload_page: UploadPage, stack: Stack
) -> None:
    upload_page.choose(payload, twin)
    upload_page.hook("dialog-confirm").click()

    assert has_arrived(upload_page, stack, payload)
    assert arrived(upload_page, stack, f"{payload.stem} (2).bin") == [file_sha256(twin)]


def test_a_file_of_the_same_name_chosen_later_has_its_own_upload(
    payload: Path, twin: Path, upload_page: UploadPage, stack: Stack, storage_relay: FaultyRelay
) -> None:
    with storage_relay.stopped_at(1):
        upload_page.choose(payload)
        storage_relay.wait_stopped()
        upload_page.choose(twin)
        with upload_page.page.expect_response(BEGINNING):
            upload_page.hook("dialog-confirm").click()

    assert has_arrived(upload_page, stack, payload)
    assert arrived(upload_page, stack, f"{payload.stem} (2).bin") == [file_sha256(twin)]
