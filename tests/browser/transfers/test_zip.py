"""Several files as one zip archive, which a service worker makes while the browser saves it."""

from __future__ import annotations

import io
import zipfile

import pytest
from playwright.sync_api import expect

from tests.support.browser.browsers import in_both
from tests.support.browser.page import UploadPage, named
from tests.support.browser.watcher import Watcher
from tests.support.live.client import MIB, random_bytes
from tools.stack.servers.clamd import eicar


@pytest.fixture
def bodies(browser_name: str) -> dict[str, bytes]:
    """Files by name: one is read in advance, one by many pieces, one has no bytes."""
    small, large, empty = (f"{name} {browser_name}" for name in ("small.txt", "größer.bin", "empty.txt"))
    return {small: b"hello", large: random_bytes(7 * MIB), empty: b""}


@pytest.fixture
def chosen(upload_page: UploadPage, browser_name: str, bodies: dict[str, bytes]) -> UploadPage:
    """The files of a user of their own, all chosen, and one that is infected."""
    user = upload_page.create("users", name=f"Zipper {browser_name}")
    upload_page.open()
    upload_page.hook("user-select").select_option(user["id"])
    upload_page.choose(*(named(name, body) for name, body in bodies.items()), named("bad.com", eicar()))
    for name in bodies:
        upload_page.expect_state(name, "clean")
    upload_page.expect_state("bad.com", "infected")
    upload_page.hook("select-all").check()
    return upload_page


@in_both
def test_the_archive_contains_the_clean_files(chosen: UploadPage, bodies: dict[str, bytes]) -> None:
    chosen.hook("selected-zip").click()
    expect(chosen.hook("left-out")).to_contain_text("bad.com")
    with chosen.page.expect_download() as started:
        chosen.hook("dialog-confirm").click()
    archive = zipfile.ZipFile(io.BytesIO(started.value.path().read_bytes()))
    assert (started.value.suggested_filename, archive.testzip()) == ("files.zip", None)
    assert {name: archive.read(name) for name in archive.namelist()} == bodies
    expect(chosen.hook("zip-state")).to_have_attribute("data-state", "done")


@in_both
def test_a_file_deleted_meanwhile_ends_the_archive(
    chosen: UploadPage, bodies: dict[str, bytes], watcher: Watcher
) -> None:
    watcher.expected += ["status of 410", "ServiceWorker intercepted the request"]
    chosen.hook("selected-zip").click()
    expect(chosen.hook("left-out")).to_be_visible()
    [name] = [each for each in bodies if each.startswith("größer")]
    file_id = chosen.row(name).get_attribute("data-file-id")
    assert chosen.page.request.delete(f"/api/v1/file/{file_id}").ok
    with chosen.page.expect_download() as started:
        chosen.hook("dialog-confirm").click()
    expect(chosen.hook("zip-state")).to_have_attribute("data-state", "failed")
    expect(chosen.hook("zip-state")).to_contain_text(name)
    assert started.value.failure() is not None
