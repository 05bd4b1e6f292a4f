"""Orphans in storage are found page by page, and nothing else is touched."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import insert, update

from service.db.models import Fact, File, PendingDeletion, Upload
from service.db.statements.objects.deletions import pending_deletion
from service.domain.records.positions import LEASE, end_turn, recall, take_turn
from service.domain.upkeep import orphans
from service.domain.upkeep.orphans import MARGIN, REST
from service.domain.upkeep.sweep import as_words, sweep
from service.errors import StorageRefusedError, StorageUnavailableError
from service.storage.multiparts import UPLOAD_ID_METADATA
from service.values import Location, NewMultipart, SweepReport
from service.values.formats.ids import new_id
from tests.support.service_under_test import App

PRIVATE, PUBLIC = "longshore-private", "longshore-public"
NOTHING = SweepReport()
MOTO_INITIATED = datetime(2010, 11, 10, 20, 48, 33, tzinfo=UTC)
"""When every multipart upload began, by moto."""


@pytest.fixture
def old(app: App) -> App:
    """By our clock, everything that is stored now is old enough to be an orphan."""
    app.clock.now = datetime.now(UTC) + timedelta(seconds=app.deps.settings.upload_ttl + 60) + MARGIN
    return app


def put(app: App, bucket: str, key: str, upload_id: str | None = None) -> str:
    """An object of five bytes; returns its key."""
    metadata = {} if upload_id is None else {UPLOAD_ID_METADATA: upload_id}
    app.s3.put_object(Bucket=bucket, Key=key, Body=b"stray", Metadata=metadata)
    return key


def multipart(app: App, bucket: str, key: str) -> str:
    """An open multipart upload that the service did not create; returns its key."""
    app.deps.storage.create_upload(NewMultipart(Location(bucket, key), new_id()))
    return key


def open_keys(app: App, bucket: str = PRIVATE) -> list[str]:
    return [up.object_key for up in app.deps.storage.open_uploads(bucket)]


def row_of(app: App, upload_id: str) -> Upload:
    with app.deps.db.read() as session:
        return session.get_one(Upload, upload_id)


def rest(app: App) -> None:
    """Move the clock to the next round."""
    app.clock.forward(REST.total_seconds())


def test_unknown_multiparts_are_aborted_in_both_buckets(app: App) -> None:
    for bucket, key in ((PRIVATE, new_id()), (PUBLIC, new_id()), (PRIVATE, f"probe-{new_id()}")):
        multipart(app, bucket, key)
    assert sweep(app.deps) == SweepReport(unknown_multiparts=3, removed=3)
    assert (open_keys(app), open_keys(app, PUBLIC)) == ([], [])
    rest(app)
    assert sweep(app.deps) == NOTHING


def test_a_second_multipart_of_a_completed_upload_is_aborted(app: App) -> None:
    """Storage's reply to the first CreateMultipartUpload was lost, and the client library repeated it."""
    opened = app.send()
    multipart(app, PRIVATE, row_of(app, opened["upload_id"]).object_key)
    assert sweep(app.deps) == NOTHING
    app.post("/upload/complete/", **app.completion(opened))
    rest(app)
    assert sweep(app.deps) == SweepReport(unknown_multiparts=1, removed=1)
    assert open_keys(app) == []


@pytest.mark.parametrize("state", ["uploading", "completing"])
def test_multiparts_of_open_uploads_are_kept(app: App, state: str) -> None:
    opened = app.init(size=5)
    with app.deps.db.write() as session:
        lease = app.clock.now + timedelta(days=1)
        session.execute(update(Upload).values(state=state, lease_until=lease))
    assert sweep(app.deps) == NOTHING
    assert open_keys(app) == [row_of(app, opened["upload_id"]).object_key]


def test_multiparts_of_unknown_age_are_kept(app: App) -> None:
    """As SeaweedFS lists them; its own lifecycle rule may abort them."""
    key = multipart(app, PRIVATE, new_id())

    def forget(parsed: dict[str, Any], **_rest: Any) -> None:
        for upload in parsed.get("Uploads", []):
            del upload["Initiated"]

    app.deps.storage._patient.meta.events.register("after-call.s3.ListMultipartUploads", forget)
    assert (sweep(app.deps), open_keys(app)) == (NOTHING, [key])


def test_multiparts_with_a_pending_abort_are_not_reported(app: App) -> None:
    key = multipart(app, PRIVATE, new_id())
    with app.deps.db.write() as session:
        row = pending_deletion("multipart_upload", PRIVATE, key, app.clock.now + timedelta(days=1))
        session.execute(insert(PendingDeletion), [row])
    assert (sweep(app.deps), app.count(PendingDeletion)) == (NOTHING, 1)


def test_young_and_foreign_multiparts_are_kept(app: App) -> None:
    multipart(app, PRIVATE, "backup/of-somebody.tar")
    assert sweep(app.deps) == NOTHING
    multipart(app, PRIVATE, new_id())
    age = timedelta(seconds=app.deps.settings.upload_ttl) + MARGIN
    app.clock.now = MOTO_INITIATED + age - timedelta(seconds=1)
    with app.deps.db.write() as session:
        session.query(Fact).delete()
    assert sweep(app.deps) == NOTHING
    rest(app)
    assert sweep(app.deps) == SweepReport(unknown_multiparts=1, removed=1)
    assert open_keys(app) == ["backup/of-somebody.tar"]


@pytest.mark.parametrize(("policy", "left"), [("report", 1), ("delete", 0)])
def test_orphans_are_reported_or_deleted_by_policy(
    old: App, policy: str, left: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    key = new_id()
    places = {PRIVATE: put(old, PRIVATE, key), PUBLIC: put(old, PUBLIC, f"quarantine/{key}")}
    app = old.with_settings(orphan_policy=policy)
    report = sweep(app.deps)
    assert report == SweepReport(orphans=2, orphan_bytes=10, removed=0 if left else 2)
    assert report.stored["orphaned"] == 10
    assert [len(old.keys(bucket)) for bucket in places] == [left, left]
    assert f"orphans_found bucket={PRIVATE} count=1 bytes=5 removed={1 - left} keys={key}" in caplog.text
    assert as_words(report) in caplog.text
    assert " orphans=2 orphan_bytes=10 " in as_words(report)
    assert sweep(app.deps) == NOTHING
    rest(app)
    report = sweep(app.deps)
    assert report == SweepReport(orphans=2 * left, orphan_bytes=10 * left)
    assert report.stored["orphaned"] == 10 * left


def test_young_and_foreign_objects_are_not_orphans(old: App) -> None:
    app = old.with_settings(orphan_policy="delete")
    key = put(old, PRIVATE, new_id())
    for name in ("index.html", f"other/{key}", f"quarantine/{key}/x", key.upper()):
        put(old, PUBLIC, name)
    old.clock.forward(-3600)
    assert sweep(app.deps) == NOTHING
    rest(old)
    assert sweep(app.deps) == SweepReport(orphans=1, orphan_bytes=5, removed=1)
    assert len(old.keys(PUBLIC)) == 4


def test_an_object_with_a_row_is_never_an_orphan(old: App) -> None:
    """Objects of open, completing and completed uploads, public copies, quarantined files, and pending deletions."""
    app = old.with_settings(orphan_policy="delete")
    opened, completing = (app.init(size=5) for _ in range(2))
    for made in (opened, completing):
        put(app, PRIVATE, row_of(app, made["upload_id"]).object_key, made["upload_id"])
    pending, public, infected = app.upload(), app.published().ready(), app.upload()
    elsewhere, copied, pending_key = (new_id() for _ in range(3))
    moved = {infected["id"]: f"quarantine/{new_id()}", pending["id"]: elsewhere}
    lease = old.clock.now + timedelta(days=1)
    with app.deps.db.write() as session:
        session.execute(
            update(Upload).where(Upload.id == completing["upload_id"]).values(state="completing", lease_until=lease)
        )
        for file_id, key in moved.items():
            session.execute(update(File).where(File.id == file_id).values(object_key=key, scan_due_at=None))
        copied = row_of(app, pending["upload_id"]).object_key
        session.execute(insert(PendingDeletion), [pending_deletion("object", PUBLIC, pending_key, lease)])
    places = [(PRIVATE, key) for key in moved.values()] + [(PUBLIC, pending_key), (PUBLIC, copied)]
    for bucket, key in places:
        put(app, bucket, key)
    before = old.keys(PRIVATE), old.keys(PUBLIC)
    assert sweep(app.deps) == NOTHING
    assert (old.keys(PRIVATE), old.keys(PUBLIC)) == before
    assert public["id"] in {file.id for file in _files(old) if file.bucket == PUBLIC}


def _files(app: App) -> list[File]:
    with app.deps.db.read() as session:
        return session.query(File).all()


@pytest.mark.parametrize("state", ["aborted", "expired"])
def test_an_object_of_an_aborted_or_expired_upload_is_an_orphan(old: App, state: str) -> None:
    opened = old.init(size=5)
    put(old, PRIVATE, row_of(old, opened["upload_id"]).object_key, opened["upload_id"])
    with old.deps.db.write() as session:
        session.execute(update(Upload).values(state=state))
    assert sweep(old.deps).orphans == 1


def test_an_orphan_with_the_id_of_an_open_upload_is_not_deleted(old: App) -> None:
    app = old.with_settings(orphan_policy="delete")
    marked = put(old, PRIVATE, new_id(), app.init(size=5)["upload_id"])
    for mark in (new_id(), "no id"):
        put(old, PRIVATE, new_id(), mark)
    assert sweep(app.deps) == SweepReport(orphans=3, orphan_bytes=15, removed=2)
    assert old.keys(PRIVATE) == [marked]


def test_an_orphan_whose_head_request_fails_is_not_deleted(old: App) -> None:
    app = old.with_settings(orphan_policy="delete")
    put(old, PRIVATE, new_id())
    with patch.object(app.deps.storage, "head", side_effect=StorageRefusedError("HeadObject", "403")):
        assert sweep(app.deps) == SweepReport(orphans=1, orphan_bytes=5)
    assert len(old.keys(PRIVATE)) == 1


def test_a_round_continues_where_the_last_sweep_stopped(old: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sweep stops after as many orphans as fit a page."""
    monkeypatch.setattr(orphans, "PAGE", 10)
    for _ in range(25):
        put(old, PRIVATE, new_id())
        multipart(old, PUBLIC, new_id())
    reports = [sweep(old.deps) for _ in range(4)]
    assert [(report.orphans, report.unknown_multiparts) for report in reports] == [(10, 10), (10, 10), (5, 5), (0, 0)]
    # stored bytes are those of complete rounds, and unchanged while the next round runs
    rest(old)
    reports += [sweep(old.deps) for _ in range(2)]
    assert [report.stored["orphaned"] for report in reports] == [0, 0, 125, 125, 125, 125]


@pytest.mark.parametrize(("pages", "reads"), [(1, [3, 1, 1, 1, 1, 0]), (2, [4, 2, 1, 0]), (20, [7, 0])])
def test_a_sweep_reads_a_limited_number_of_pages(
    app: App, pages: int, reads: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of 25 young objects in one bucket, and the only page of the other, twice: no orphan stops the sweep."""
    monkeypatch.setattr(orphans, "PAGE", 5)
    monkeypatch.setattr(orphans, "PAGES", pages)
    for _ in range(25):
        put(app, PRIVATE, new_id())
    with patch.object(app.deps.storage, "objects_after", wraps=app.deps.storage.objects_after) as mocked:
        counts = []
        for _ in reads:
            mocked.reset_mock()
            sweep(app.deps)
            counts.append(mocked.call_count)
    assert counts == reads


MULTIPARTS = ["sweep.multiparts.public", "sweep.multiparts.private"]
OBJECTS = ["sweep.objects.public", "sweep.objects.private", "sweep.replaced.public"]


@pytest.mark.parametrize(("call", "rounds"), [("multiparts_after", MULTIPARTS), ("objects_after", OBJECTS)])
def test_a_refused_list_is_retried_in_the_next_round(old: App, call: str, rounds: list[str]) -> None:
    """The same sweep reads the other lists."""
    put(old, PUBLIC, new_id())
    multipart(old, PUBLIC, new_id())
    with patch.object(old.deps.storage, call, side_effect=StorageRefusedError("List", "NotImplemented")) as mocked:
        reports = [sweep(old.deps) for _ in range(2)]
        assert [report.errors for report in reports] == [[f"{name}: storage_refused" for name in rounds], []]
        assert mocked.call_count == len(rounds)
    assert reports[0].orphans + reports[0].unknown_multiparts == 1
    rest(old)
    report = sweep(old.deps)
    assert (report.errors, report.orphans) == ([], 1)


def test_an_unanswered_list_is_retried_after_the_lease(old: App) -> None:
    put(old, PUBLIC, new_id())
    with patch.object(old.deps.storage, "objects_after", side_effect=StorageUnavailableError):
        assert sweep(old.deps).errors == [f"{name}: storage_unavailable" for name in OBJECTS]
    assert sweep(old.deps) == NOTHING
    old.clock.forward(LEASE.total_seconds())
    assert sweep(old.deps).orphans == 1


def test_a_turn_belongs_to_one_sweeper_until_its_lease_ends(app: App) -> None:
    first = take_turn(app.deps, "sweep.test")
    assert first is not None
    assert take_turn(app.deps, "sweep.test") is None
    app.clock.forward(LEASE.total_seconds())
    second = take_turn(app.deps, "sweep.test")
    assert second is not None
    assert [_ended(app, turn, {"by": turn.token}) for turn in (first, second)] == [False, True]
    assert recall(app.deps, "sweep.test")["sweep.test"].memory == {"by": second.token}


def _ended(app: App, turn: Any, memory: dict[str, Any]) -> bool:
    with app.deps.db.write() as session:
        return end_turn(session, turn, memory, app.clock.now)


def test_a_sweeper_that_lost_its_turn_writes_nothing(old: App) -> None:
    app = old.with_settings(orphan_policy="delete")
    put(old, PUBLIC, new_id())
    real = app.deps.storage.objects_after

    def slow(*args: Any) -> Any:
        found = real(*args)
        old.clock.forward(LEASE.total_seconds())
        with patch.object(app.deps.storage, "objects_after", real):
            others.append(sweep(app.deps))
        return found

    others: list[SweepReport] = []
    with patch.object(app.deps.storage, "objects_after", slow):
        report = sweep(app.deps)
    assert sum(each.orphans for each in [report, *others]) == 1
    assert sum(each.removed for each in [report, *others]) == 1
    assert old.keys(PUBLIC) == []
