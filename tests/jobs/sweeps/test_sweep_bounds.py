"""Sweeps of many rows: each handles a limited number, and the next one finishes a killed one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from moto import mock_aws
from sqlalchemy import event, insert, select, update

from service.db.models import File, PendingDeletion, Upload
from service.db.statements.objects.deletions import pending_deletion
from service.domain.records.objects.pending_deletions import SETTLING
from service.domain.records.positions import LEASE
from service.domain.upkeep import storage_usage
from service.domain.upkeep import sweep as sweeping
from service.domain.upkeep.orphans import MARGIN
from service.domain.upkeep.storage_usage import EVERY
from service.domain.upkeep.sweep import BATCHES, sweep
from service.errors import StorageUnavailableError
from service.values import Location, NewMultipart, SweepReport
from service.values.formats.ids import new_id
from tests.support.files.swept_rows import file_row, upload_row
from tests.support.service_under_test import App, end, make_app_under_test
from tests.support.storage.quick_moto import create_upload

PRIVATE = "longshore-private"
NOTHING = SweepReport()
SMALL = 100
"""LIMIT in tests with more rows than a sweep handles: a tenth of the real one."""
MANY = 250
STATES = (
    *("uploading", "completing", "pending", "scanning", "clean", "infected", "unscannable", "error", "disabled"),
    "blocked",
    "released",
)
STATES += ("orphaned",)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "LIMIT", SMALL)


def test_a_sweep_expires_a_thousand_abandoned_uploads(app: App) -> None:
    rows = [upload_row(app.clock.now, "uploading") for _ in range(1000)]
    for row in rows:
        row["storage_upload_id"] = create_upload(PRIVATE, row["object_key"])
    with app.deps.db.write() as session:
        session.execute(insert(Upload), rows)
    assert sweep(app.deps) == SweepReport(expired_uploads=1000, removed=1000)
    with app.deps.db.read() as session:
        states = Counter(session.scalars(select(Upload.state)))
    assert (states, app.count(PendingDeletion)) == ({"expired": 1000}, 0)
    assert app.deps.storage.open_uploads(PRIVATE) == []
    assert sweep(app.deps) == NOTHING


@pytest.mark.usefixtures("small")
def test_a_sweep_takes_a_limited_number_of_each_kind(app: App) -> None:
    """MANY rows are due of each kind: a sweep takes SMALL of each, but all deletions, and the third the last ones."""
    now = app.clock.now
    pending = [pending_deletion("object", PRIVATE, new_id(), now) for _ in range(MANY)]
    with app.deps.db.write() as session:
        for state in ("uploading", "completing", "completed"):
            session.execute(insert(Upload), [upload_row(now, state) for _ in range(MANY)])
        done = session.execute(select(Upload.id, Upload.file_id).where(Upload.state == "completed")).all()
        session.execute(insert(File), [file_row(now, *ids) for ids in done])
        session.execute(insert(PendingDeletion), pending)

    def finish(deps: Any, upload: Upload) -> bool:
        with deps.db.write() as session:
            session.execute(update(Upload).where(Upload.id == upload.id).values(lease_until=now + timedelta(days=9)))
        return True

    with (
        patch.object(sweeping, "resume_completion", finish),
        patch.object(app.deps.storage, "abort_upload", return_value=True),
    ):
        reports = [sweep(app.deps) for _ in range(6)]
    counts = [(each.expired_uploads, each.finished_completions, each.queued_scans) for each in reports]
    assert counts == [(100,) * 3, (100,) * 3, (50,) * 3, (0,) * 3, (0,) * 3, (0,) * 3]
    assert [each.removed for each in reports] == [350, 100, 50, 0, 0, 0]
    assert [each.errors for each in reports] == [[]] * 6


@pytest.mark.usefixtures("small")
def test_a_sweep_deletes_a_limited_number_of_objects(app: App) -> None:
    more = 1
    rows = [pending_deletion("object", PRIVATE, new_id(), app.clock.now) for _ in range(SMALL * BATCHES + more)]
    with app.deps.db.write() as session:
        session.execute(insert(PendingDeletion), rows)
    with patch.object(app.deps.storage, "delete", return_value={}) as delete:
        assert [sweep(app.deps).removed for _ in range(3)] == [SMALL * BATCHES, more, 0]
    assert [len(call.args[1]) for call in delete.call_args_list] == [SMALL] * BATCHES + [more]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("slow", [True, False], ids=["slow", "down"])
def test_a_storage_that_is_slow_or_down_gets_one_batch_a_sweep(app: App, slow: bool) -> None:
    rows = [pending_deletion("object", PRIVATE, new_id(), app.clock.now) for _ in range(2 * SMALL)]
    with app.deps.db.write() as session:
        session.execute(insert(PendingDeletion), rows)

    def delete(_bucket: str, _keys: list[str]) -> dict[str, str]:
        if not slow:
            raise StorageUnavailableError
        app.clock.forward(SETTLING.total_seconds())
        return {}

    with patch.object(app.deps.storage, "delete", side_effect=delete) as mocked:
        assert sweep(app.deps).removed == (SMALL if slow else 0)
    assert (mocked.call_count, app.count(PendingDeletion)) == (1, SMALL if slow else 2 * SMALL)


def test_stored_bytes_are_reported_always_and_counted_at_intervals(app: App) -> None:
    app.ready(b"12345")
    app.ready(b"not-really-a-virus")
    app.upload(b"123")
    app.init(size=1000)
    app.init()
    reported = dict.fromkeys(STATES, 0) | {"uploading": 1000, "pending": 3, "clean": 5, "infected": 18}
    assert sweep(app.deps).stored == reported
    app.upload(b"12")
    assert sweep(app.deps).stored == reported
    app.clock.forward(EVERY.total_seconds())
    assert sweep(app.deps).stored == reported | {"pending": 5}


def test_stored_bytes_are_counted_slice_by_slice(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two files a statement, two statements a sweep; until a round is complete, the previous numbers are reported."""
    monkeypatch.setattr(storage_usage, "SLICE", 2)
    monkeypatch.setattr(storage_usage, "SLICES", 2)
    for _ in range(5):
        app.upload(b"123")
    reported = [sweep(app.deps).stored for _ in range(2)]
    assert reported == [{"orphaned": 0}, dict.fromkeys(STATES, 0) | {"pending": 15}]
    app.upload(b"12345")
    app.clock.forward(EVERY.total_seconds())
    reported = [sweep(app.deps).stored["pending"] for _ in range(2)]
    assert reported == [15, 20]


@pytest.mark.parametrize("files", [3, 4, 5, 8])
def test_no_file_is_counted_twice_or_left_out(app: App, files: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage_usage, "SLICE", 4)
    for _ in range(files):
        app.upload(b"123")
    assert sweep(app.deps).stored["pending"] == 3 * files


class KilledError(BaseException):
    """The process ends here."""


@contextmanager
def killed_at(app: App, step: int) -> Iterator[None]:
    """Inside the block the process dies just before its `step`th write or call to storage."""
    steps = count(1)

    def reach(**_call: Any) -> None:
        if next(steps) == step:
            raise KilledError

    def execute(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if not statement.startswith(("SELECT", "BEGIN")):
            reach()

    events = app.deps.storage._s3.meta.events
    event.listen(app.deps.db.engine, "before_cursor_execute", execute)
    events.register("before-call.s3", reach)
    try:
        yield
    finally:
        event.remove(app.deps.db.engine, "before_cursor_execute", execute)
        events.unregister("before-call.s3", reach)


def laden(folder: Path) -> App:
    """An app with work for every step of a sweep."""
    folder.mkdir()
    app = make_app_under_test(folder)
    app = app.with_settings(orphan_policy="delete")
    app.clock.now = datetime.now(UTC)
    app.send()
    file = app.upload(b"lost with Redis")
    stuck = app.send(b"left by its process")
    with patch.object(app.deps.storage, "head", side_effect=KilledError):
        with suppress(KilledError):
            app.post("/upload/complete/", **app.completion(stuck, b"left by its process"))
    app.queue.jobs.clear()
    app.deps.storage.create_upload(NewMultipart(Location(PRIVATE, new_id()), new_id()))
    app.s3.put_object(Bucket=PRIVATE, Key=new_id(), Body=b"orphan")
    app.clock.forward(app.deps.settings.upload_ttl + MARGIN.total_seconds() + 60)
    assert file["id"] not in app.queue.jobs
    return app


def test_a_sweep_killed_at_any_step_is_finished_by_the_next(tmp_path: Path) -> None:
    """At every second step only, because preparing the app takes time."""
    for step in count(1, 2):
        with mock_aws():
            app = laden(tmp_path / str(step))
            survived = True
            with killed_at(app, step):
                try:
                    sweep(app.deps)
                except KilledError:
                    survived = False
            app.clock.forward(LEASE.total_seconds())
            assert sweep(app.deps).errors == []
            assert_all_done(app)
            end(app)
        if survived:
            break
    assert step > 20


def assert_all_done(app: App) -> None:
    with app.deps.db.read() as session:
        states = Counter(session.scalars(select(Upload.state)))
        files = session.query(File).all()
    assert states == {"expired": 1, "completed": 2}
    assert app.queue.jobs == {file.id: "queued" for file in files}
    assert app.keys(PRIVATE) == sorted(file.object_key for file in files)
    assert app.deps.storage.open_uploads(PRIVATE) == []
    assert app.count(PendingDeletion) == 0
