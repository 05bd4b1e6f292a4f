"""The engine with only a grant: from init to the verdict, and until the grant is revoked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from service.domain.accounts.keys import create_key
from service.values.access.caller import Scope
from tests.support.browser.faulty_connection import FaultyRelay
from tests.support.browser.page import SETTLED_MS, UploadPage
from tests.support.browser.stored_files import PARTS
from tests.support.live.client import CHUNK, FILE, Caller, random_bytes
from tests.support.live.stack import Stack

GRANTS = "/api/v1/grants/"


@pytest.fixture(scope="module")
def backend(stack: Stack, engine_root: Path) -> Iterator[Caller]:
    """A backend's key for the service, which has login on and serves the page."""
    with stack.second_api(LOGIN="on", WEB_ROOT=str(engine_root)) as api:
        yield Caller(api.url, create_key(stack.deps, "backend", "shop", [Scope.GRANT, Scope.READ])[0])


@pytest.fixture
def grant(backend: Caller) -> dict[str, Any]:
    """A grant of one file of shop."""
    made: dict[str, Any] = backend.data("POST", GRANTS, json={"subject": "shop", "detail": {"order": 7}})
    return made


@pytest.fixture
def page(backend: Caller, grant: dict[str, Any], open_upload_page: Callable[..., UploadPage]) -> UploadPage:
    """The page with the grant's token."""
    opened = open_upload_page(base_url=backend.url)
    # at the end the engine asks for a link, which a grant does not allow
    opened.watcher.expected.append("status of 403")
    opened.page.goto(f"/#grant={grant['token']}")
    return opened


@pytest.mark.parametrize("size", [100, CHUNK + 1], ids=["one PUT", "two parts"])
def test_a_file_is_uploaded_with_a_grant_alone(
    page: UploadPage, backend: Caller, grant: dict[str, Any], tmp_path: Path, size: int
) -> None:
    file, body = tmp_path / "granted.bin", random_bytes(size)
    file.write_bytes(body)
    page.choose(file)

    expect(page.hook("outcome")).to_have_text("clean", timeout=SETTLED_MS)
    found = backend.get(str(page.hook("outcome").get_attribute("data-file-id")))
    assert (found["grant_id"], found["detail"], found["size"]) == (grant["grant_id"], {"order": 7}, size)
    assert backend.download(found).content == body
    assert {sent.headers["authorization"] for sent in page.watcher.to_api() if "/api/" in sent.url} == {
        f"Bearer {grant['token']}"
    }


def test_an_upload_stops_when_its_grant_is_revoked(
    page: UploadPage, backend: Caller, grant: dict[str, Any], payload: Path, storage_relay: FaultyRelay
) -> None:
    """Signed parts are stored; no more are signed, the upload cannot be completed, and it can be aborted."""
    with storage_relay.stopped_at(CHUNK):
        with page.page.expect_response("**/upload/init/") as opened:
            page.choose(payload)
        upload = opened.value.json()["data"]
        storage_relay.wait_stopped()
        assert backend.data("DELETE", GRANTS + grant["grant_id"])["state"] == "revoked"

    expect(page.hook("outcome")).to_have_text("grant_refused", timeout=SETTLED_MS)
    browser = Caller(backend.url, grant["token"])
    now = browser.status(upload["file_id"])
    taken = storage_relay.taken()
    assert (now["stage"], now["uploaded_chunks"]) == ("uploading", len(taken))
    assert 0 < len(taken) <= PARTS
    assert set(taken.values()) == {1}
    assert browser.data("DELETE", f"{FILE}/upload/{upload['upload_id']}")["stage"] == "aborted"
    assert backend.data("GET", GRANTS + grant["grant_id"])["used"] == 0
