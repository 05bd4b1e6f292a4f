"""The sweeper: due work is done once, by any process and with any number of sweeps."""

from __future__ import annotations

import threading
from typing import Any
from unittest.mock import patch

import pymysql
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from jobs import cron
from service.db.models import File, PendingDeletion, Upload
from service.db.statements.files.scans import due_scans
from service.deps import Deps
from service.domain.records.objects.storage_safety import PUBLIC
from service.domain.scanning.failures import SCAN_GRACE
from service.domain.upkeep.sweep import sweep
from service.domain.uploads.closing import close_upload
from service.errors import StorageUnavailableError
from service.values import SweepReport
from tests.support.service_under_test import FILE, App
from tests.support.storage.attack_results import ALL_REFUSED, note

NOTHING = SweepReport()


def test_an_idle_sweep_does_nothing(app: App) -> None:
    app.ready()
    assert sweep(app.deps) == NOTHING


def test_expired_uploads_end_in_database_and_storage(app: App) -> None:
    for _ in range(3):
        app.send()
    app.clock.forward(24 * 3600)
    report = sweep(app.deps)
    assert report == SweepReport(expired_uploads=3, removed=3)
    assert "Uploads" not in app.s3.list_multipart_uploads(Bucket="longshore-private")
    assert sweep(app.deps) == NOTHING


def test_a_scan_whose_job_is_lost_is_queued_once(app: App) -> None:
    file = app.upload()
    app.queue.jobs.clear()
    app.clock.forward(SCAN_GRACE.total_seconds())
    assert sweep(app.deps).queued_scans == 1
    assert sweep(app.deps) == NOTHING
    assert app.queue.jobs == {file["id"]: "queued"}


def test_a_scan_that_was_just_queued_is_not_queued_again(app: App) -> None:
    """While a worker takes a job, it seems lost: a sweeper at that moment would queue it twice."""
    app.upload()
    app.queue.jobs.clear()
    assert sweep(app.deps) == NOTHING


def test_a_scan_that_could_not_be_queued_is_due_at_once(app: App) -> None:
    app.queue.down = True
    file = app.upload()
    app.queue.down = False
    assert sweep(app.deps).queued_scans == 1
    assert app.queue.jobs == {file["id"]: "queued"}


def test_a_scan_that_a_sweep_could_not_queue_is_due_at_once(app: App) -> None:
    app.queue.full = True
    file = app.upload()
    assert sweep(app.deps) == SweepReport(errors=["requeue_scans: queue_unavailable"])
    app.queue.full = False
    assert sweep(app.deps).queued_scans == 1
    assert app.queue.jobs == {file["id"]: "queued"}


def test_two_sweepers_queue_a_scan_once(app: App) -> None:
    app.upload()
    app.queue.jobs.clear()
    app.clock.forward(SCAN_GRACE.total_seconds())
    with app.deps.db.read() as session:
        due = due_scans(session, app.deps.clock(), 1)
    assert sweep(app.deps).queued_scans == 1
    app.queue.jobs.clear()  # as a worker has just taken it
    with patch("service.domain.upkeep.sweep.due_scans", return_value=due):
        assert sweep(app.deps) == NOTHING
    assert app.queue.jobs == {}


def test_a_scan_with_a_live_job_is_not_queued_again(app: App) -> None:
    app.upload()
    app.clock.forward(SCAN_GRACE.total_seconds())
    assert sweep(app.deps) == NOTHING


def test_a_failed_deletion_is_retried_at_growing_intervals(app: App) -> None:
    opened = app.send()
    down = app.without_storage()
    down.client.delete(f"{FILE}/upload/{opened['upload_id']}")
    waits = []
    for _ in range(3):
        with app.deps.db.read() as session:
            pending_deletion = session.query(PendingDeletion).one()
        waits.append((pending_deletion.due_at - app.clock.now).total_seconds())
        app.clock.forward(waits[-1])
        sweep(down.deps)
    assert waits == [30, 60, 120]
    assert pending_deletion.last_error == "storage_unavailable"


def test_an_abort_that_left_parts_is_repeated(app: App) -> None:
    opened = app.send()
    with patch.object(app.deps.storage, "abort_upload", return_value=False):
        app.client.delete(f"{FILE}/upload/{opened['upload_id']}")
    assert app.count(PendingDeletion) == 1
    app.clock.forward(30)
    assert sweep(app.deps).removed == 1
    assert (app.count(PendingDeletion), app.deps.storage.open_uploads("longshore-private")) == (0, [])


def test_an_object_that_storage_refuses_to_delete_stays_pending(app: App) -> None:
    file = app.upload()

    def refuse(_bucket: str, keys: list[str]) -> dict[str, str]:
        return dict.fromkeys(keys, "AccessDenied: no")

    with patch.object(app.deps.storage, "delete", refuse):
        assert app.client.delete(f"{FILE}/{file['id']}").status_code == 200
    with app.deps.db.read() as session:
        errors = {
            pending_deletion.last_error
            for pending_deletion in session.query(PendingDeletion)
            if pending_deletion.attempts
        }
    assert (errors, app.count(File), len(app.keys("longshore-private"))) == ({"AccessDenied: no"}, 0, 1)
    app.clock.forward(3600)
    sweep(app.deps)
    assert (app.count(PendingDeletion), app.keys("longshore-private")) == (0, [])


def test_an_object_that_was_deleted_while_storage_was_down_is_deleted_later(app: App) -> None:
    file = app.ready()
    with patch.object(app.deps.storage, "delete", side_effect=StorageUnavailableError):
        assert app.client.delete(f"/api/v1/file/{file['id']}").status_code == 200
    assert len(app.keys("longshore-private")) == 1
    app.clock.forward(60)
    sweep(app.deps)
    assert (app.keys("longshore-private"), app.keys("longshore-public")) == ([], [])


def test_a_step_that_fails_does_not_stop_the_others(app: App) -> None:
    app.upload()
    app.send()
    app.queue.down = True
    app.clock.forward(24 * 3600)
    report = sweep(app.deps)
    assert (report.errors, report.expired_uploads) == (["requeue_scans: queue_unavailable"], 1)


def test_a_locked_row_does_not_end_a_step(app: App) -> None:
    locked, free = app.send()["upload_id"], app.send()["upload_id"]
    app.clock.forward(25 * 3600)
    close = close_upload

    def wait_in_vain(session: Session, deps: Deps, upload: Upload, *rest: Any) -> bool:
        if upload.id == locked:
            raise OperationalError("UPDATE", {}, pymysql.err.OperationalError(1205, "Lock wait timeout exceeded"))
        return close(session, deps, upload, *rest)

    with patch("service.domain.upkeep.sweep.close_upload", wait_in_vain):
        report = sweep(app.deps)
    assert (report.expired_uploads, report.errors) == (1, [f"expiry of {locked}: database_busy"])
    assert sweep(app.deps).expired_uploads == 1
    with app.deps.db.read() as session:
        assert {session.get_one(Upload, each).state for each in (locked, free)} == {"expired"}


def test_cron_continues_after_a_failed_sweep(app: App) -> None:
    stop = threading.Event()
    calls: list[Any] = []

    def fail_twice(_deps: Any) -> None:
        calls.append(None)
        if len(calls) == 3:
            stop.set()
        raise ZeroDivisionError

    quick = app.with_settings(sweep_interval=0)
    note(app, ALL_REFUSED, one_put={PUBLIC: ()})  # else attacks on storage would begin
    with patch("jobs.cron.sweep", fail_twice):
        cron.run(quick.deps, stop)
    assert len(calls) == 3


def test_a_step_that_raises_an_unexpected_error_does_not_stop_the_others(app: App) -> None:
    app.send()
    app.clock.forward(24 * 3600)
    with patch("service.domain.upkeep.sweep.stuck_completions", side_effect=ZeroDivisionError):
        report = sweep(app.deps)
    assert (report.errors, report.expired_uploads) == (["finish_completions: ZeroDivisionError"], 1)
