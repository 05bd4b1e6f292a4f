"""The sweeper: what is owed is done, once, whoever sweeps and how often."""

from __future__ import annotations

import threading
from typing import Any
from unittest.mock import patch

import pymysql
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from jobs import cron
from service.db.models import File, Removal, Upload
from service.db.queries import owed_scans
from service.deps import Deps
from service.domain.scan_failures import SCAN_GRACE
from service.domain.sweep import sweep
from service.domain.uploads import close_upload
from service.errors import StorageUnavailableError
from service.values import SweepReport
from tests.api.test_safety import ALL_REFUSED, note
from tests.world import FILE, World

NOTHING = SweepReport()


def test_nothing_to_do(world: World) -> None:
    world.ready()
    assert sweep(world.deps) == NOTHING


def test_expired_uploads_are_forgotten_on_both_sides(world: World) -> None:
    for _ in range(3):
        world.send()
    world.clock.forward(24 * 3600)
    report = sweep(world.deps)
    assert report == SweepReport(expired_uploads=3, removed=3)
    assert "Uploads" not in world.s3.list_multipart_uploads(Bucket="longshore-private")
    assert sweep(world.deps) == NOTHING


def test_a_scan_whose_job_is_gone_is_queued_once(world: World) -> None:
    file = world.upload()
    world.queue.jobs.clear()
    world.clock.forward(SCAN_GRACE.total_seconds())
    assert sweep(world.deps).queued_scans == 1
    assert sweep(world.deps) == NOTHING
    assert world.queue.jobs == {file["id"]: "queued"}


def test_a_scan_that_was_just_queued_is_left_to_its_worker(world: World) -> None:
    """Between the queue and the worker's hands a job looks lost: a sweeper at that moment would make it two."""
    world.upload()
    world.queue.jobs.clear()
    assert sweep(world.deps) == NOTHING


def test_a_scan_that_could_not_be_queued_is_owed_at_once(world: World) -> None:
    world.queue.down = True
    file = world.upload()
    world.queue.down = False
    assert sweep(world.deps).queued_scans == 1
    assert world.queue.jobs == {file["id"]: "queued"}


def test_a_scan_that_a_sweep_could_not_queue_is_owed_at_once(world: World) -> None:
    world.queue.full = True
    file = world.upload()
    assert sweep(world.deps) == SweepReport(errors=["requeue_scans: queue_unavailable"])
    world.queue.full = False
    assert sweep(world.deps).queued_scans == 1
    assert world.queue.jobs == {file["id"]: "queued"}


def test_of_two_sweepers_one_queues_the_scan(world: World) -> None:
    world.upload()
    world.queue.jobs.clear()
    world.clock.forward(SCAN_GRACE.total_seconds())
    with world.deps.db.read() as session:
        owed = owed_scans(session, world.deps.clock(), 1)
    assert sweep(world.deps).queued_scans == 1
    world.queue.jobs.clear()  # just in its worker's hands
    with patch("service.domain.sweep.owed_scans", return_value=owed):
        assert sweep(world.deps) == NOTHING
    assert world.queue.jobs == {}


def test_a_scan_whose_job_lives_is_left_alone(world: World) -> None:
    world.upload()
    world.clock.forward(SCAN_GRACE.total_seconds())
    assert sweep(world.deps) == NOTHING


def test_a_failed_removal_waits_longer_each_time(world: World) -> None:
    opened = world.send()
    down = world.without_storage()
    down.client.delete(f"{FILE}/upload/{opened['upload_id']}")
    waits = []
    for _ in range(3):
        with world.deps.db.read() as session:
            removal = session.query(Removal).one()
        waits.append((removal.due_at - world.clock.now).total_seconds())
        world.clock.forward(waits[-1])
        sweep(down.deps)
    assert waits == [30, 60, 120]
    assert removal.last_error == "storage_unavailable"


def test_an_abort_after_which_parts_are_still_there_is_repeated(world: World) -> None:
    opened = world.send()
    with patch.object(world.deps.storage, "abort_upload", return_value=False):
        world.client.delete(f"{FILE}/upload/{opened['upload_id']}")
    assert world.count(Removal) == 1
    world.clock.forward(30)
    assert sweep(world.deps).removed == 1
    assert (world.count(Removal), world.deps.storage.open_uploads("longshore-private")) == (0, [])


def test_an_object_that_storage_will_not_delete_stays_owed(world: World) -> None:
    file = world.upload()

    def refuse(_bucket: str, keys: list[str]) -> dict[str, str]:
        return dict.fromkeys(keys, "AccessDenied: no")

    with patch.object(world.deps.storage, "delete", refuse):
        assert world.client.delete(f"{FILE}/{file['id']}").status_code == 200
    with world.deps.db.read() as session:
        owed = {removal.last_error for removal in session.query(Removal) if removal.attempts}
    assert (owed, world.count(File), len(world.keys("longshore-private"))) == ({"AccessDenied: no"}, 0, 1)
    world.clock.forward(3600)
    sweep(world.deps)
    assert (world.count(Removal), world.keys("longshore-private")) == (0, [])


def test_an_object_that_was_deleted_while_storage_was_down_is_deleted_later(world: World) -> None:
    file = world.ready()
    with patch.object(world.deps.storage, "delete", side_effect=StorageUnavailableError):
        assert world.client.delete(f"/api/v1/file/{file['id']}").status_code == 200
    assert len(world.keys("longshore-public")) == 1
    world.clock.forward(60)
    sweep(world.deps)
    assert (world.keys("longshore-private"), world.keys("longshore-public")) == ([], [])


def test_one_kind_that_fails_keeps_no_other_from_its_turn(world: World) -> None:
    world.upload()
    world.send()
    world.queue.down = True
    world.clock.forward(24 * 3600)
    report = sweep(world.deps)
    assert (report.errors, report.expired_uploads) == (["requeue_scans: queue_unavailable"], 1)


def test_a_row_that_others_hold_ends_no_step(world: World) -> None:
    held, free = world.send()["upload_id"], world.send()["upload_id"]
    world.clock.forward(25 * 3600)
    close = close_upload

    def wait_in_vain(session: Session, deps: Deps, upload: Upload, *rest: Any) -> bool:
        if upload.id == held:
            raise OperationalError("UPDATE", {}, pymysql.err.OperationalError(1205, "Lock wait timeout exceeded"))
        return close(session, deps, upload, *rest)

    with patch("service.domain.sweep.close_upload", wait_in_vain):
        report = sweep(world.deps)
    assert (report.expired_uploads, report.errors) == (1, [f"expiry of {held}: database_busy"])
    assert sweep(world.deps).expired_uploads == 1
    with world.deps.db.read() as session:
        assert {session.get_one(Upload, each).state for each in (held, free)} == {"expired"}


def test_cron_goes_on_after_a_sweep_that_fails(world: World) -> None:
    stop = threading.Event()
    calls: list[Any] = []

    def fail_twice(_deps: Any) -> None:
        calls.append(None)
        if len(calls) == 3:
            stop.set()
        raise ZeroDivisionError

    quick = world.with_settings(sweep_interval=0)
    note(world, ALL_REFUSED)  # else attacks on storage would begin
    with patch("jobs.cron.sweep", fail_twice):
        cron.run(quick.deps, stop)
    assert len(calls) == 3


def test_a_step_with_a_bug_does_not_keep_the_others_from_their_turn(world: World) -> None:
    world.send()
    world.clock.forward(24 * 3600)
    with patch("service.domain.sweep.stuck_completions", side_effect=ZeroDivisionError):
        report = sweep(world.deps)
    assert (report.errors, report.expired_uploads) == (["finish_completions: ZeroDivisionError"], 1)
