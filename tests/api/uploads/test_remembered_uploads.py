"""Signing without a query for an upload that was just signed for, and how long it may use an outdated row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from service.db.cached.open_uploads import MOST, REMEMBERED, UploadMemory
from service.domain.accounts.owners import give_ownerless
from service.values import UploadToSign
from service.values.access.caller import Scope
from tests.support.fakes import FakeClock
from tests.support.login import login
from tests.support.service.recorded_calls import counted
from tests.support.service_under_test import CHUNK, FILE, App, rebuilt

SECONDS = REMEMBERED.total_seconds()
BODY = b"hello"
NOW = FakeClock().now
SOME = UploadToSign(
    "",
    None,
    "",
    "key",
    "storage's id",
    "uploading",
    5,
    0,
    CHUNK,
    None,
    None,
    None,
    None,
    policy=None,
    rules=None,
    grant_id=None,
    path_name=None,
    created_at=NOW,
    expires_at=NOW,
)


def sign(app: App, upload_id: str) -> Any:
    return app.post("/upload/chunk/", upload_id=upload_id, chunk_index=0)


def other_process(app: App) -> App:
    return rebuilt(app, open_uploads=UploadMemory())


def abort(app: App, opened: dict[str, Any]) -> None:
    assert app.client.delete(f"{FILE}/upload/{opened['upload_id']}").status_code == 200


def complete(app: App, opened: dict[str, Any]) -> None:
    assert app.post("/upload/complete/", **app.completion(opened, BODY)).status_code == 200


CLOSED = pytest.mark.parametrize(("close", "code"), [(abort, "upload_aborted"), (complete, "upload_completed")])
Close = Callable[[App, dict[str, Any]], None]


def test_signing_reads_the_row_of_an_upload_once_in_some_seconds(app: App) -> None:
    upload_id = app.init(size=3 * CHUNK)["upload_id"]
    with counted(app) as first:
        once = sign(app, upload_id).json
    with counted(app) as within:
        again = sign(app, upload_id).json
    app.clock.forward(SECONDS)
    with counted(app) as after:
        sign(app, upload_id)
    assert (first, within, after, again) == ((["SELECT"], []), ([], []), (["SELECT"], []), once)


def test_signing_reads_an_upload_of_unknown_size_each_time(app: App) -> None:
    upload_id = app.init()["upload_id"]
    with counted(app) as cost:
        for _ in range(2):
            app.post("/upload/chunk/", upload_id=upload_id, chunk_index=0, chunk_size=5)
    assert cost == (["SELECT"] * 2, [])


@CLOSED
def test_an_upload_closed_by_this_process_gets_no_more_urls(app: App, close: Close, code: str) -> None:
    opened = app.send(BODY)
    sign(app, opened["upload_id"])
    close(app, opened)
    answer = sign(app, opened["upload_id"])
    assert (answer.status_code, answer.json["code"]) == (409, code)


@CLOSED
def test_an_upload_closed_by_another_process_gets_urls_for_some_seconds(app: App, close: Close, code: str) -> None:
    """Like those that were signed before; `tests/live/flows/test_idempotence.py` tests storage's answer to them."""
    opened = app.send(BODY)
    earlier = sign(app, opened["upload_id"]).json
    close(other_process(app), opened)
    within = sign(app, opened["upload_id"]).json
    app.clock.forward(SECONDS)
    late = sign(app, opened["upload_id"])
    assert (within, late.status_code, late.json["code"]) == (earlier, 409, code)


def test_no_url_outlives_the_upload(app: App) -> None:
    app = app.with_settings(upload_ttl=60)
    upload_id = app.init(size=5)["upload_id"]
    app.clock.forward(57)
    sign(app, upload_id)
    app.clock.forward(1)
    chunk = sign(app, upload_id).json["data"]["chunks"][0]
    app.clock.forward(1.5)
    answer = sign(app, upload_id)
    assert chunk["expires_at"] == "2026-01-02T03:05:05.678901Z"
    assert (answer.status_code, answer.json["code"]) == (409, "upload_expired")


def test_login_scope_and_owner_are_checked_for_each_request(app: App) -> None:
    app = app.with_settings(login="on")
    ann = login(app, "ann")
    upload_id = ann.init(size=5)["upload_id"]
    assert sign(ann, upload_id).status_code == 200
    assert sign(login(app, "bob"), upload_id).json["code"] == "upload_not_found"
    assert sign(login(app, "ann", Scope.READ), upload_id).json["code"] == "scope_missing"
    assert sign(rebuilt(app), upload_id).json["code"] == "login_required"
    assert sign(login(app, "root", Scope.ADMIN), upload_id).status_code == 200


def test_a_new_owner_can_sign_after_some_seconds(app: App) -> None:
    """Until then only administrators can sign for it, as before it was assigned."""
    upload_id = app.init(size=5)["upload_id"]
    sign(app, upload_id)
    list(give_ownerless(app.deps, "ann"))
    ann = login(app.with_settings(login="on"), "ann")
    assert sign(ann, upload_id).json["code"] == "upload_not_found"
    app.clock.forward(SECONDS)
    assert sign(ann, upload_id).status_code == 200


def test_a_full_memory_of_uploads_is_emptied() -> None:
    memory, now = UploadMemory(), SOME.expires_at
    for number in range(MOST + 1):
        memory.remember(SOME._replace(id=str(number)), now)
    assert [memory.recall(str(number), now) is None for number in (0, MOST - 1, MOST)] == [True, True, False]
