"""Carrying on: after the tab has died, from another browser, and never with another file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copy, copytree

import pytest
from playwright.sync_api import expect

from tests.support.browser.browsers import in_both
from tests.support.browser.faulty_connection import Line
from tests.support.browser.page import SETTLED_MS, UploadPage
from tests.support.browser.profile import Profile
from tests.support.browser.stored_files import ONCE, PARTS, arrived, file_sha256, has_arrived, stored_sha256
from tests.support.live.client import CHUNK, random_bytes
from tests.support.live.stack import Stack
from tools.checks.web import run_script
from tools.programs import ROOT

BEFORE = 6 * CHUNK
"""So many bytes have passed when the tab dies."""
BEGINNING = re.compile("/upload/(init|retry)")
"""Where an upload is begun, or carried on with."""
ENGINE = ROOT / "web" / "client" / "dist"
ENGINE_PAGE = Path(__file__).with_name("engine")


@pytest.fixture(scope="module")
def engine_url(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the service hands out the engine alone, as its package is built, in a page of its own."""
    assert run_script("client") == 0
    root = tmp_path_factory.mktemp("engine")
    copytree(ENGINE, root / "assets")
    copy(ENGINE_PAGE / "index.html", root)
    copy(ENGINE_PAGE / "page.js", root / "assets")
    with stack.second_api(WEB_ROOT=str(root)) as api:
        yield api.url


@pytest.fixture
def open_engine(engine_url: str, open_dock: Callable[..., UploadPage]) -> Callable[[str], UploadPage]:
    """Opens that page to carry on with an upload by its id, in a browser that knows nothing of it."""

    def open_one(upload_id: str) -> UploadPage:
        dock = open_dock(base_url=engine_url)
        dock.page.goto(f"/#{upload_id}")
        return dock

    return open_one


@pytest.fixture
def twin(payload: Path) -> Path:
    """A file of the same name and size as `cargo`, with other bytes."""
    file = payload.parent / "twin" / payload.name
    file.parent.mkdir()
    file.write_bytes(random_bytes(payload.stat().st_size))
    return file


@pytest.fixture
def interrupted(profile: Profile, payload: Path, storage_line: Line) -> str:
    """The upload_id of `cargo`, of which storage has some parts; the tab that sent it is dead."""
    dock = profile.open()
    with storage_line.stopped_at(BEFORE):
        with dock.page.expect_response("**/upload/init/") as opened:
            dock.choose(payload)
        upload_id = str(opened.value.json()["data"]["upload_id"])
        storage_line.wait_standing()
        profile.kill_tab()
        storage_line.cut()
    storage_line.mend()
    assert 0 < len(storage_line.taken()) < PARTS
    return upload_id


@in_both
@pytest.mark.usefixtures("interrupted")
def test_a_tab_that_died_carries_on_where_it_stopped(
    profile: Profile, payload: Path, stack: Stack, storage_line: Line
) -> None:
    before = storage_line.taken()
    dock = profile.open()

    dock.choose(payload)

    assert has_arrived(dock, stack, payload)
    assert storage_line.taken() == ONCE
    assert [storage_line.answers(part) for part in before] == [[200]] * len(before)


def test_another_browser_carries_on_by_the_upload_id(
    interrupted: str, open_engine: Callable[[str], UploadPage], payload: Path, stack: Stack, storage_line: Line
) -> None:
    dock = open_engine(interrupted)

    dock.choose(payload)

    expect(dock.hook("outcome")).to_have_text("clean", timeout=SETTLED_MS)
    file_id = str(dock.hook("outcome").get_attribute("data-file-id"))
    assert stored_sha256(stack, file_id) == file_sha256(payload)
    assert storage_line.taken() == ONCE


def test_another_browser_refuses_another_file(
    interrupted: str, open_engine: Callable[[str], UploadPage], twin: Path, storage_line: Line
) -> None:
    before = storage_line.passages[:]
    dock = open_engine(interrupted)

    dock.choose(twin)

    expect(dock.hook("outcome")).to_have_text("different_file")
    assert storage_line.passages == before


@pytest.mark.usefixtures("interrupted")
def test_another_file_of_this_name_and_size_is_noticed(
    profile: Profile, payload: Path, twin: Path, stack: Stack, storage_line: Line
) -> None:
    dock = profile.open()

    with storage_line.stopped_at(storage_line.carried + CHUNK):
        dock.choose(twin)
        expect(dock.row(payload.name).get_by_test_id("file-note")).to_contain_text("is a different file")
    assert has_arrived(dock, stack, twin)
    dock.choose(payload)

    assert arrived(dock, stack, payload.name, 2) == [file_sha256(payload), file_sha256(twin)]
    assert storage_line.taken() == dict.fromkeys(ONCE, 2)


def test_twins_that_are_chosen_together_both_arrive(payload: Path, twin: Path, dock: UploadPage, stack: Stack) -> None:
    dock.choose(payload, twin)

    assert set(arrived(dock, stack, payload.name, 2)) == {file_sha256(payload), file_sha256(twin)}


def test_a_twin_that_is_chosen_meanwhile_has_an_upload_of_its_own(
    payload: Path, twin: Path, dock: UploadPage, stack: Stack, storage_line: Line
) -> None:
    with storage_line.stopped_at(1):
        dock.choose(payload)
        storage_line.wait_standing()
        with dock.page.expect_response(BEGINNING):
            dock.choose(twin)

    assert set(arrived(dock, stack, payload.name, 2)) == {file_sha256(payload), file_sha256(twin)}
