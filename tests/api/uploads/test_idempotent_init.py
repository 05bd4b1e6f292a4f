"""Repeated inits: those with the same Idempotency-Key open one upload, also after a crash of the first one."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest

from service.db.models import PendingDeletion, Upload
from service.domain.upkeep.sweep import sweep
from service.domain.uploads import idempotency
from service.domain.uploads.idempotency import OPENING
from tests.support.files.quotas import counter, storage_ids
from tests.support.files.repeated_inits import ids, init
from tests.support.login import login
from tests.support.matchers import failure
from tests.support.programs.crashes import Crash, crash
from tests.support.service_under_test import FILE, App

BUCKET = "longshore-private"


def open_in_storage(app: App) -> list[str]:
    return [each["UploadId"] for each in app.s3.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])]


@pytest.fixture
def ann(app: App) -> App:
    """The quota is enough for one of her uploads, not for two."""
    return login(app.with_settings(login="on", quota=9, max_open_uploads=1), "ann")


def test_a_repeated_init_returns_the_same_upload(ann: App) -> None:
    first, again = init(ann), init(ann)
    assert ids(first) == ids(again)
    assert (ann.count(Upload), len(open_in_storage(ann)), counter(ann.deps.db, "ann")) == (1, 1, (5, 5))
    ann.put(again.json["data"]["chunks"][0], b"hello")
    completion = ann.completion(again.json["data"])
    assert ann.post("/upload/complete/", **completion).json["data"]["id"] == ids(first)[1]


def test_an_init_with_another_key_or_none_opens_another_upload(app: App) -> None:
    opened = [ids(init(app)), ids(init(app, "another")), *(ids(app.post("/upload/init/", size=5)) for _ in "ab")]
    assert len(set(opened)) == 4


def test_two_subjects_may_have_the_same_key(ann: App) -> None:
    assert ids(init(ann)) != ids(init(login(ann, "bob")))


@pytest.mark.parametrize("changed", [{"size": 6}, {"size": None}, {"filename": "b"}, {"content_type": "a/b"}])
def test_a_key_with_another_body_is_refused(app: App, changed: dict[str, Any]) -> None:
    init(app, filename="a")
    errors = ["[Idempotency-Key] was used for another upload; make a new one for each"]
    assert init(app, **({"filename": "a"} | changed)).json == failure("invalid_body", errors=errors)


@pytest.mark.parametrize("key", ["", "x" * 256, "ä", "a b"])
def test_an_invalid_key_is_refused(app: App, key: str) -> None:
    errors = ["[Idempotency-Key] is not 1 to 255 visible ASCII characters"]
    assert (init(app, key).json, app.count(Upload)) == (failure("invalid_body", errors=errors), 0)


def test_an_upload_that_has_ended_is_not_opened_again(app: App) -> None:
    upload_id, _ = ids(init(app))
    app.client.delete(f"{FILE}/upload/{upload_id}")
    assert init(app).json == failure("upload_aborted")
    upload_id, _ = ids(init(app, "next"))
    app.clock.forward(app.deps.settings.upload_ttl)
    assert init(app, "next").json == failure("upload_expired")


@pytest.mark.parametrize(
    "where", ["storage.s3.Storage.create_upload", "domain.uploads.initialization.note_storage_upload"]
)
def test_the_next_init_opens_the_upload_after_a_crash(ann: App, where: str) -> None:
    """The upload that the first init left in storage is deleted; that of the next init is kept."""
    with patch(f"service.{where}", crash), pytest.raises(Crash):
        init(ann)
    upload_id, _ = ids(again := init(ann))
    assert ids(init(ann)) == ids(again)
    ann.clock.forward(OPENING.total_seconds())
    sweep(ann.deps)
    assert open_in_storage(ann) == [storage_ids(ann, upload_id)["UploadId"]]
    assert (ann.count(PendingDeletion), counter(ann.deps.db, "ann")) == (0, (5, 5))
    ann.put(again.json["data"]["chunks"][0], b"hello")
    assert ann.post("/upload/complete/", **ann.completion(again.json["data"])).status_code == 200


def overtaken(app: App, owner: Any, name: str) -> tuple[Any, Any]:
    """Send two inits with one key, the second one just before this call of the first one; return both answers."""
    real, answers = getattr(owner, name), []

    def other_first(*args: Any) -> Any:
        with patch.object(owner, name, real):
            answers.append(init(app))
        return real(*args)

    with patch.object(owner, name, other_first):
        return init(app), answers[0]


def test_the_slower_of_two_inits_returns_the_upload_of_the_faster(ann: App) -> None:
    slow, fast = overtaken(ann, ann.deps.storage, "create_upload")
    assert ids(slow) == ids(fast) == ids(init(ann))
    ann.put(slow.json["data"]["chunks"][0], b"hello")
    assert ann.post("/upload/complete/", **ann.completion(fast.json["data"])).status_code == 200


def test_the_slower_of_two_inits_is_refused_until_the_upload_is_open(ann: App) -> None:
    real, crashed = ann.deps.storage.create_upload, []

    def other_first(*args: Any) -> Any:
        if not crashed:
            crashed.append(True)
            with patch.object(ann.deps.storage, "create_upload", crash), pytest.raises(Crash):
                init(ann)
        return real(*args)

    with patch.object(ann.deps.storage, "create_upload", other_first):
        slow = init(ann)
    assert (slow.status_code, slow.json, slow.headers["Retry-After"]) == (409, failure("init_in_progress"), "2")
    assert ids(init(ann))


def test_two_concurrent_inits_open_one_upload(ann: App) -> None:
    """Neither sees the other's row before it writes its own, and the quota has room for one."""
    slow, fast = overtaken(ann, idempotency, "in_quota")
    assert ids(slow) == ids(fast)
    assert (ann.count(Upload), counter(ann.deps.db, "ann")) == (1, (5, 5))
