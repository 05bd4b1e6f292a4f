"""Uploads and downloads of the page: bytes are sent to storage only, and downloaded unchanged."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.support.browser.browsers import in_both
from tests.support.browser.faulty_connection import FaultyRelay
from tests.support.browser.page import UploadPage, named
from tests.support.browser.picture import PNG
from tests.support.browser.watcher import Watcher
from tests.support.live.client import CHUNK, MIB, random_bytes, sha256
from tests.support.live.stack import Stack
from tools.stack.servers.clamd import eicar

MANY = 8 * CHUNK
API_BYTES = 20_000
"""More than everything that one upload sends to the API."""
SAMPLE = 64


@in_both
def test_a_files_bytes_are_not_sent_to_the_api(
    browser_name: str,
    upload_page: UploadPage,
    watcher: Watcher,
    stack: Stack,
    storage_relay: FaultyRelay,
    api_relay: FaultyRelay,
    tmp_path: Path,
) -> None:
    content = random_bytes(MANY)
    payload = tmp_path / f"{browser_name}.bin"
    payload.write_bytes(content)

    upload_page.choose(payload)
    row = upload_page.expect_state(payload.name, "clean")

    assert {put.url.split("/browser-private/")[0] for put in watcher.puts()} == {stack.settings.s3_public_endpoint_url}
    assert (storage_relay.carried, len(storage_relay.taken())) == (MANY, MANY // CHUNK)
    api_bytes = b"".join(passed.body for passed in api_relay.passages)
    assert 0 < len(api_bytes) < API_BYTES
    assert not any(content[at : at + SAMPLE] in api_bytes for at in range(0, MANY, MIB))
    assert [sent.url for sent in watcher.elsewhere() if sent not in watcher.puts()] == []

    name, downloaded = upload_page.download(row)
    assert (name, sha256(downloaded)) == (payload.name, sha256(content))


@in_both
def test_an_infected_file_is_shown_as_infected_without_a_download(browser_name: str, upload_page: UploadPage) -> None:
    row = upload_page.send(f"{browser_name}.com", eicar(), "infected")

    expect(row.get_by_test_id("file-state")).to_have_text("Infected")
    expect(row.get_by_test_id("file-note")).to_contain_text("can't be downloaded")
    expect(row.get_by_test_id("file-note")).to_contain_text("Eicar")
    expect(row.get_by_test_id("download")).to_have_count(0)
    expect(upload_page.hook("announcement-urgent")).to_contain_text("Infected")
    assert upload_page.data(f"file/get/{row.get_attribute('data-file-id')}")["data"]["download_url"] is None


@in_both
def test_several_files_at_once_keep_their_names_and_bytes(browser_name: str, upload_page: UploadPage) -> None:
    payload = {
        f"nothing {browser_name}.dat": b"",
        f"two-chunks {browser_name}.dat": random_bytes(CHUNK + 1),
        f"قائمة الشحنة №7 🚢 {browser_name}.dat": random_bytes(7),
        f"it's '{browser_name}'; a=b, ü.dat": random_bytes(70),
    }

    upload_page.choose(*(named(name, content) for name, content in payload.items()))

    for name, content in payload.items():
        assert upload_page.download(upload_page.expect_state(name, "clean")) == (name, content)


def test_a_percent_sign_is_part_of_a_name(upload_page: UploadPage) -> None:
    name = "100 %41.dat"  # which Firefox always saves as "100 _41.dat"

    assert upload_page.download(upload_page.send(name, b"bytes")) == (name, b"bytes")


def test_a_dropped_file_is_uploaded(upload_page: UploadPage) -> None:
    upload_page.drop({"dropped.bin": "bytes"})

    assert upload_page.download(upload_page.expect_state("dropped.bin", "clean")) == ("dropped.bin", b"bytes")


def test_a_name_with_reversed_letters_has_a_warning(upload_page: UploadPage) -> None:
    name = "harbour\u202egpj.exe"

    row = upload_page.send(name, b"not a picture")

    expect(row).to_contain_text("It really ends in \u2068exe\u2069.")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("takeover.html", b"<script>document.title = 'taken over'</script>"),
        ("shown.txt", b"hello"),
        ("shown.png", PNG),
    ],
)
def test_a_type_that_browsers_display_is_saved_instead(name: str, content: bytes, upload_page: UploadPage) -> None:
    row = upload_page.send(name, content)
    before = upload_page.page.url

    assert upload_page.download(row) == (name, content)

    assert [page.url for page in upload_page.page.context.pages] == [before]


def test_a_private_file_requires_its_credential(upload_page: UploadPage, watcher: Watcher) -> None:
    secret = random_bytes(12).hex()
    upload_page.hook("private-switch").check()
    upload_page.hook("credential-password").fill(secret)
    row = upload_page.send("private.bin", b"for two eyes")
    question = upload_page.hook("credential-dialog")

    row.get_by_test_id("download").click()
    question.get_by_test_id("credential-password").fill("wrong")
    watcher.expected.append("status of 403")
    question.get_by_test_id("dialog-confirm").click()
    expect(question.get_by_test_id("dialog-problem")).to_contain_text("Wrong password")

    question.get_by_test_id("credential-password").fill(secret)
    with upload_page.page.expect_download() as saved:
        question.get_by_test_id("dialog-confirm").click()
    assert saved.value.path().read_bytes() == b"for two eyes"
    assert not any(secret in request.url for request in watcher.requests)
