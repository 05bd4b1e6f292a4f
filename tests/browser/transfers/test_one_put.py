"""Small files by one conditional PUT: the requests to storage, and a PUT whose response is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from service.db.models import Upload
from service.values import ONE_PUT
from tests.support.browser.browsers import in_both
from tests.support.browser.faulty_connection import FaultyRelay
from tests.support.browser.http_exchange import FAIR, Trouble
from tests.support.browser.page import UploadPage
from tests.support.browser.watcher import LOST_CONNECTION, Watcher
from tests.support.live.eventually import eventually
from tests.support.live.stack import Stack

BODY = b"a small file"


def upload_of(stack: Stack, filename: str) -> Upload:
    with stack.db.read() as session:
        return session.scalars(select(Upload).where(Upload.filename == filename)).one()


@in_both
def test_storage_gets_one_request_for_a_small_file(
    browser_name: str, upload_page: UploadPage, stack: Stack, storage_relay: FaultyRelay
) -> None:
    name = f"small {browser_name}.txt"
    row = upload_page.send(name, BODY)

    seen = [(passed.request.method, passed.status) for passed in storage_relay.passages]
    assert seen == [("OPTIONS", 200), ("PUT", 200)]
    assert "uploadId" not in storage_relay.passages[-1].request.query
    assert upload_of(stack, name).storage_upload_id == ONE_PUT
    assert upload_page.download(row) == (name, BODY)


@in_both
def test_a_put_whose_response_is_lost_is_found_by_retry(
    browser_name: str, upload_page: UploadPage, watcher: Watcher, stack: Stack, storage_relay: FaultyRelay
) -> None:
    watcher.expected.append(LOST_CONNECTION)
    name = f"lost {browser_name}.txt"
    storage_relay.trouble = lambda request: Trouble(lost=request.attempt == 1)

    row = upload_page.send(name, BODY)

    assert storage_relay.answers(1) == [200]
    assert upload_of(stack, name).storage_upload_id == ONE_PUT
    assert upload_page.download(row) == (name, BODY)


@pytest.fixture
def stored(
    upload_page: UploadPage, watcher: Watcher, api_relay: FaultyRelay, storage_relay: FaultyRelay, tmp_path: Path
) -> Path:
    """A file that storage has, and whose completion does not reach the service."""
    watcher.expected.append(LOST_CONNECTION)
    file = tmp_path / f"{tmp_path.name}.txt"
    file.write_bytes(BODY)
    api_relay.trouble = lambda request: Trouble(broken=request.path.endswith("/complete/"))
    with upload_page.page.expect_request("**/upload/complete/"):
        upload_page.choose(file)
    eventually(lambda: storage_relay.answers(1), lambda answers: answers == [200])
    return file


def test_after_a_reload_the_stored_chunk_is_not_sent_again(
    upload_page: UploadPage, stored: Path, api_relay: FaultyRelay, storage_relay: FaultyRelay
) -> None:
    upload_page.page.goto("about:blank")
    api_relay.trouble = lambda _request: FAIR
    upload_page.open()
    upload_page.choose(stored)

    assert upload_page.download(upload_page.expect_state(stored.name, "clean")) == (stored.name, BODY)
    assert storage_relay.answers(1) == [200]


def test_a_cancel_after_the_put_leaves_no_object(upload_page: UploadPage, stored: Path, stack: Stack) -> None:
    """Before the PUT: `test_rows.test_a_cancelled_upload_is_aborted_and_can_be_sent_again`."""
    key = upload_of(stack, stored.name).object_key
    assert stack.buckets_of(key) == [stack.settings.s3_private_bucket]
    row = upload_page.expect_state(stored.name, "retrying")
    with upload_page.page.expect_response(lambda answer: answer.request.method == "DELETE") as forgotten:
        row.get_by_test_id("cancel").click()

    assert forgotten.value.json()["data"]["stage"] == "aborted"
    upload_page.expect_state(stored.name, "cancelled")
    assert stack.buckets_of(key) == []
