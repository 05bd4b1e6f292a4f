"""Quotas: bytes that are reserved and released, and a counter that is always the sum of the uploads."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.db.models import Upload, Usage
from service.db.statements.usages import begin_counter, take
from service.domain.accounts.quota import REST
from service.domain.upkeep.sweep import sweep
from service.domain.uploads import signing
from service.domain.uploads.completion.failures import COMPLETION_TIME
from service.values.access.caller import Scope
from tests.support.files.quotas import counter, storage_ids
from tests.support.login import login
from tests.support.matchers import failure, success
from tests.support.programs.crashes import Crash, crash
from tests.support.service_under_test import CHUNK, FILE, App

QUOTA = 100


@pytest.fixture
def limited(app: App) -> App:
    """Login is on, and every subject has 100 bytes."""
    return app.with_settings(login="on", quota=QUOTA)


def used(app: App) -> int:
    """The caller's account in /users/me."""
    return int(app.client.get("/api/v1/users/me").json["data"]["used_bytes"])


def begin(app: App, size: int | None) -> dict[str, Any]:
    """An upload with its bytes in storage; of unknown size its chunk has 30 bytes."""
    opened = app.init(size=size)
    send(app, opened, 30 if size is None else size)
    return opened


def send(app: App, opened: dict[str, Any], length: int) -> None:
    """The one chunk of an upload."""
    wish = {"upload_id": opened["upload_id"], "chunk_index": 0, "chunk_size": length}
    app.put(app.post("/upload/chunk/", **wish).json["data"]["chunks"][0], b"x" * length)


def complete(app: App, opened: dict[str, Any], size: int) -> Any:
    return app.post("/upload/complete/", **app.completion(opened, b"x" * size))


def exceeded(used: int, wanted: int) -> dict[str, Any]:
    return failure("quota_exceeded", used=used, allowed=QUOTA, wanted=wanted)


OWN = ["upload", "read", "delete"]
STORAGE: dict[str, Any] = {"storage_lets_through": []}


def test_users_me_shows_the_used_and_the_allowed_bytes(limited: App) -> None:
    ann = login(limited, "ann")
    mine = {"subject": "ann", "scopes": OWN, "used_bytes": 0, "allowed_bytes": QUOTA} | STORAGE
    assert ann.client.get("/api/v1/users/me").json == success(mine)
    ann.init(size=40)
    ann.ready(b"x" * 10)
    assert ann.client.get("/api/v1/users/me").json == success(mine | {"used_bytes": 50})
    assert used(login(limited, "bob")) == 0


def test_used_bytes_are_counted_without_a_quota(app: App) -> None:
    ann = login(app.with_settings(login="on"), "ann")
    ann.init(size=10**12)
    expected = {
        "subject": "ann",
        "scopes": OWN,
        "used_bytes": 10**12,
        "allowed_bytes": None,
    } | STORAGE
    assert ann.client.get("/api/v1/users/me").json == success(expected)


def test_with_login_off_no_bytes_are_counted(app: App) -> None:
    open_to_all = app.with_settings(quota=1)
    open_to_all.ready(b"x" * 50)
    anonymous = {
        "subject": None,
        "scopes": [*OWN, "grant", "admin"],
        "used_bytes": None,
        "allowed_bytes": None,
    } | STORAGE
    assert open_to_all.client.get("/api/v1/users/me").json == success(anonymous)
    assert app.count(Usage) == 0


@pytest.mark.parametrize(("size", "status"), [(99, 200), (100, 200), (101, 413)])
def test_init_accepts_a_size_up_to_the_quota(limited: App, size: int, status: int) -> None:
    answer = login(limited, "ann").post("/upload/init/", size=size)
    assert (answer.status_code, answer.json.get("wanted")) == (status, size if status == 413 else None)


def test_an_init_over_the_quota_is_refused(limited: App) -> None:
    ann = login(limited, "ann")
    ann.init(size=60)
    answer = ann.post("/upload/init/", size=41)
    assert (answer.status_code, answer.json) == (413, exceeded(used=60, wanted=41))
    assert limited.count(Upload) == 1, "what is refused leaves nothing"
    assert login(limited, "bob").post("/upload/init/", size=41).status_code == 200
    assert (ann.post("/upload/init/", size=40).status_code, used(ann)) == (200, 100)


def test_a_first_init_succeeds_when_another_creates_the_counter(limited: App) -> None:
    """Two first inits run at once: this one finds no counter, and before it reads again the other creates one."""
    ann = login(limited, "ann")

    def late(session: Session, subject: str, *numbers: int | None) -> bool:
        if taking.call_count > 1:
            return take(session, subject, *numbers)  # type: ignore[arg-type]
        begin_counter(session, subject)
        return take(session, subject, 60) and False

    with patch("service.domain.accounts.quota.take", side_effect=late) as taking:
        assert ann.post("/upload/init/", size=40).status_code == 200
    assert used(ann) == 100
    assert ann.post("/upload/init/", size=1).json == exceeded(used=100, wanted=1)


def sign(app: App, opened: dict[str, Any], *chunks: tuple[int, int]) -> Any:
    """Chunks (index, bytes) of an upload of unknown size."""
    wanted = [{"chunk_index": index, "chunk_size": size} for index, size in chunks]
    return app.post("/upload/chunk/", upload_id=opened["upload_id"], chunks=wanted)


def test_signing_reserves_the_bytes_of_an_upload_of_unknown_size(limited: App) -> None:
    ann = login(limited, "ann")
    opened, other = ann.init(), ann.init(size=71)
    answer = sign(ann, opened, (0, 30))
    assert (answer.status_code, answer.json) == (413, exceeded(used=71, wanted=30))
    ann.client.delete(f"{FILE}/upload/{other['upload_id']}")
    send(ann, opened, 30)
    assert used(ann) == 30
    assert [complete(ann, opened, 30).status_code for _ in range(2)] == [200, 200]
    assert used(ann) == 30


@pytest.mark.parametrize(
    ("signed", "reserved"),
    [
        ([[(0, 30)], [(0, 20)], [(0, 40)]], 40),
        ([[(1, 7)]], CHUNK + 7),
        ([[(0, CHUNK), (1, CHUNK), (2, 5)], [(1, 1)]], 2 * CHUNK + 5),
        ([[(2, 0)], [(0, CHUNK)]], 2 * CHUNK),
    ],
)
def test_signing_reserves_bytes_up_to_the_highest_signed_chunk(
    app: App, signed: list[list[tuple[int, int]]], reserved: int
) -> None:
    """Parts that are signed again, in any order, can never store more bytes than are reserved."""
    ann = login(app.with_settings(login="on", quota=100 * CHUNK), "ann")
    opened = ann.init()
    for chunks in signed:
        assert sign(ann, opened, *chunks).status_code == 200
    assert counter(app.deps.db, "ann") == (reserved, reserved)
    ann.client.delete(f"{FILE}/upload/{opened['upload_id']}")
    assert counter(app.deps.db, "ann") == (0, 0)


def test_no_url_is_signed_beyond_the_largest_file(app: App) -> None:
    small = app.with_settings(max_upload_size=CHUNK + 10)
    opened = small.init()
    assert sign(small, opened, (0, CHUNK), (1, 10)).status_code == 200
    assert sign(small, opened, (1, 11)).json == failure("file_too_large")


def test_signing_is_refused_when_the_upload_is_completed_meanwhile(limited: App) -> None:
    ann = login(limited, "ann")
    opened = begin(ann, None)
    real = signing.known_plan

    def completed_meanwhile(upload: Any) -> Any:
        with patch.object(signing, "known_plan", real):
            complete(ann, opened, 30)
        return real(upload)

    with patch.object(signing, "known_plan", completed_meanwhile):
        assert sign(ann, opened, (0, 60)).json == failure("upload_completed")
    assert counter(limited.deps.db, "ann") == (30, 30)


def test_max_open_uploads_limits_uploads_of_any_size(limited: App) -> None:
    ann = login(limited.with_settings(max_open_uploads=3), "ann")
    opened = [ann.init(size=0), ann.init(size=0), ann.init()]
    answer = ann.post("/upload/init/", size=0)
    assert (answer.status_code, answer.json) == (409, failure("too_many_uploads"))
    assert limited.count(Upload) == 3, "what is refused leaves nothing"
    assert login(limited.with_settings(max_open_uploads=3), "bob").init(size=0)
    ann.client.delete(f"{FILE}/upload/{opened[2]['upload_id']}")
    assert complete(ann, opened[0], 0).json == failure("chunks_missing", missing=[0])
    assert ann.post("/upload/init/", size=0).status_code == 200


def test_init_of_unknown_size_is_refused_when_the_quota_is_used_up(limited: App) -> None:
    ann = login(limited, "ann")
    ann.init(size=100)
    answer = ann.post("/upload/init/")
    assert (answer.status_code, answer.json) == (413, exceeded(used=100, wanted=1))
    assert ann.post("/upload/init/", size=0).status_code == 200, "a file of no bytes always fits"


def test_a_resumed_completion_counts_the_bytes_of_its_shorter_part(limited: App) -> None:
    """Its part was sent again, shorter, after the process that completed it died."""
    ann = login(limited, "ann")
    opened = begin(ann, None)
    with patch("service.storage.s3.Storage.complete_upload", crash), pytest.raises(Crash):
        complete(ann, opened, 30)
    assert counter(limited.deps.db, "ann") == (30, 30)
    ids = storage_ids(limited, opened["upload_id"])
    limited.s3.upload_part(Bucket="longshore-private", PartNumber=1, Body=b"x" * 20, **ids)
    limited.clock.forward(60)
    assert complete(ann, opened, 20).json["data"]["size"] == 20
    assert counter(limited.deps.db, "ann") == (20, 20)


def test_the_bytes_of_a_failed_completion_are_released(limited: App) -> None:
    ann = login(limited, "ann")
    opened = begin(ann, None)
    with patch.object(limited.deps.storage, "head", lambda _at: None):
        assert complete(ann, opened, 30).json["code"] == "storage_unavailable"
        assert counter(limited.deps.db, "ann") == (30, 30)
        limited.clock.forward(COMPLETION_TIME.total_seconds())
        sweep(limited.deps)
    assert counter(limited.deps.db, "ann") == (0, 0)


def test_the_bytes_of_an_upload_that_storage_has_lost_are_released(limited: App) -> None:
    ann = login(limited, "ann")
    opened = begin(ann, 30)
    limited.s3.abort_multipart_upload(Bucket="longshore-private", **storage_ids(limited, opened["upload_id"]))
    assert complete(ann, opened, 30).json["code"] == "upload_expired"
    assert counter(limited.deps.db, "ann") == (0, 0)


def test_deleting_a_user_releases_the_bytes_of_each_owner(limited: App) -> None:
    ann, admin = login(limited, "ann"), login(limited, "root", Scope.ADMIN)
    user = ann.client.post("/api/v1/users/", json={"name": "Ada"}).json["data"]["id"]
    for app, size in ((ann, 10), (ann, 20), (admin, 30)):
        app.upload(b"x" * size, user_id=user)
    assert (used(ann), used(admin)) == (30, 30)
    ann.client.delete(f"/api/v1/users/{user}")
    assert (used(ann), used(admin)) == (0, 0)


def test_a_lowered_quota_keeps_files_and_refuses_new_uploads(limited: App) -> None:
    file = login(limited, "ann").ready(b"x" * 60)
    ann = login(limited.with_settings(quota=50), "ann")
    assert ann.get(file["id"]).status_code == 200
    assert ann.post("/upload/init/", size=1).json == failure("quota_exceeded", used=60, allowed=50, wanted=1)
    assert ann.client.delete(f"{FILE}/{file['id']}").status_code == 200
    assert ann.post("/upload/init/", size=50).status_code == 200


def test_the_sweeper_corrects_wrong_counters(limited: App, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.domain.accounts.quota.PAGE", 2)
    people = {name: login(limited, name) for name in ("ann", "bob", "cy", "dan", "eve")}
    for app in people.values():
        app.upload(b"x" * 10)
    with limited.deps.db.write() as session:
        session.execute(update(Usage).where(Usage.subject.in_(["bob", "eve"])).values(bytes=77))
    corrected = [sweep(limited.deps).corrected_usages for _ in range(4)]
    assert (corrected, [used(app) for app in people.values()]) == ([1, 0, 1, 0], [10] * 5)
    with limited.deps.db.write() as session:
        session.execute(update(Usage).values(bytes=-5))
    assert sweep(limited.deps).corrected_usages == 0, "it has just been round"
    limited.clock.forward(REST.total_seconds())
    assert sum(sweep(limited.deps).corrected_usages for _ in range(3)) == 5


# random sequences of calls

NAMES = (f"subject {number}" for number in count())
SIZES = st.integers(0, 60)
STEPS = st.one_of(
    st.tuples(st.just("init"), st.none() | SIZES),
    st.tuples(st.sampled_from(["complete", "abort", "delete", "expire", "recount"]), st.integers(0, 9)),
)


class Life:
    """One subject's uploads against a model: the reserved bytes of each, by upload_id."""

    def __init__(self, app: App) -> None:
        self.shared = app
        self.name = next(NAMES)
        self.app = login(app, self.name)
        self.opened: dict[str, tuple[dict[str, Any], int | None]] = {}
        self.files: dict[str, str] = {}
        self.reserved: dict[str, int] = {}

    def init(self, size: int | None) -> None:
        taken = sum(self.reserved.values())
        answer = self.app.post("/upload/init/", size=size)
        if (size if size is not None else 1) > QUOTA - taken and size != 0:
            assert answer.json == exceeded(used=taken, wanted=1 if size is None else size)
            return
        opened = answer.json["data"]
        length = 30 if size is None else size
        if taken + length > QUOTA:
            assert sign(self.app, opened, (0, length)).json == exceeded(used=taken, wanted=length)
            self.app.client.delete(f"{FILE}/upload/{opened['upload_id']}")
            return
        send(self.app, opened, length)
        self.opened[opened["upload_id"]] = (opened, size)
        self.reserved[opened["upload_id"]] = length

    def complete(self, which: int) -> None:
        if not self.opened:
            return
        upload_id = list(self.opened)[which % len(self.opened)]
        opened, size = self.opened[upload_id]
        answer = complete(self.app, opened, 30 if size is None else size)
        del self.opened[upload_id]
        self.reserved[upload_id] = answer.json["data"]["size"]
        self.files[answer.json["data"]["id"]] = upload_id

    def abort(self, which: int) -> None:
        if self.opened:
            upload_id = list(self.opened)[which % len(self.opened)]
            assert self.app.client.delete(f"{FILE}/upload/{upload_id}").status_code == 200
            del self.opened[upload_id], self.reserved[upload_id]

    def delete(self, which: int) -> None:
        if self.files:
            file_id = list(self.files)[which % len(self.files)]
            assert self.app.client.delete(f"{FILE}/{file_id}").status_code == 200
            del self.reserved[self.files.pop(file_id)]

    def expire(self, _which: int) -> None:
        self.shared.clock.forward(self.shared.deps.settings.upload_ttl)
        sweep(self.shared.deps)
        for upload_id in self.opened:
            del self.reserved[upload_id]
        self.opened.clear()

    def recount(self, _which: int) -> None:
        self.shared.clock.forward(REST.total_seconds())
        assert sweep(self.shared.deps).corrected_usages == 0
        if self.opened:  # an hour may have been the last one of some
            self.expire(0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=1, max_size=14))
def test_the_counter_is_always_the_sum_of_the_uploads(limited: App, steps: list[tuple[str, Any]]) -> None:
    life = Life(limited)
    for step, argument in steps:
        do: Callable[[Any], None] = getattr(life, step)
        do(argument)
        reserved = sum(life.reserved.values())
        assert counter(limited.deps.db, life.name) == (reserved, reserved)
        assert used(life.app) == reserved


def test_a_completion_releases_bytes_that_were_reserved_meanwhile(limited: App) -> None:
    """After it has read the row and before its claim, another process reserves 20 bytes more for the same upload."""
    ann = login(limited, "ann")
    opened = begin(ann, 30)
    changes = count()

    def reserve_more(point: str) -> None:
        if point == "complete.verified" and next(changes) == 0:
            with ann.deps.db.write() as session:
                session.execute(update(Upload).values(reserved=Upload.reserved + 20))
                session.execute(update(Usage).values(bytes=Usage.bytes + 20))

    with patch("service.domain.uploads.completion.claims.reach", reserve_more):
        assert complete(ann, opened, 30).status_code == 200
    assert (next(changes), used(ann)) == (2, 30)
    with ann.deps.db.read() as session:
        [subject] = session.scalars(select(Usage.subject))
    assert counter(ann.deps.db, subject) == (30, 30)
