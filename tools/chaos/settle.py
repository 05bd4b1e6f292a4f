"""After the last strike: make all later work due, and wait until the service has done it or the time is up."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime

from redis.exceptions import RedisError
from rq import Queue
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import ColumnElement, func, or_, select

from service.db.models import Base, File, PendingDeletion, Upload
from service.errors import DatabaseUnavailableError
from service.values.states import UploadState
from tools.chaos.hurry import (
    QUEUES,
    let_pending_deletions_be_due,
    let_pulses_stop,
    let_scans_and_leases_run_out,
    let_uploads_expire,
)
from tools.chaos.rig import Rig

POLL = 0.5
"""Seconds; the sweeper comes once a second."""


def settle(rig: Rig, worker_began: datetime, seconds: float) -> bool:
    """Return whether all work was done within `seconds`. worker_began: older jobs belong to a dead worker.

    Scans first, as in real time: while a scan may still copy its file, the deletion that waits for the copy must not
    become due, and no upload may expire while a client uses it.
    """
    deadline = time.monotonic() + seconds

    def hurry_scans() -> None:
        let_scans_and_leases_run_out(rig.db)
        let_pulses_stop(rig.redis, worker_began)

    def hurry_the_rest() -> None:
        let_uploads_expire(rig.db)
        let_pending_deletions_be_due(rig.db)

    scanned = _until(lambda: _busy(rig) == 0, hurry_scans, deadline)
    return _until(lambda: _busy(rig) + _due(rig) == 0, hurry_the_rest, deadline) and scanned


def hurry_now_and_then(rig: Rig) -> None:
    """Make lost scans due while clients work, so that they need not wait minutes. The database may be down."""
    try:
        let_scans_and_leases_run_out(rig.db)
    except DatabaseUnavailableError:
        return


def live_jobs(rig: Rig) -> list[str]:
    """Return the jobs that wait or run."""
    ids: list[str] = []
    for name in QUEUES:
        ids += Queue(name, connection=rig.redis, serializer=JSONSerializer).job_ids
        registry = StartedJobRegistry(name, connection=rig.redis, serializer=JSONSerializer)
        ids += registry.get_job_ids(cleanup=False)
    return ids


def _until(calm: Callable[[], bool], hurry: Callable[[], None], deadline: float) -> bool:
    while True:
        try:
            hurry()
            if calm():
                return True
        except (DatabaseUnavailableError, RedisError):
            pass  # a part that was just restarted is not ready yet
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL)


def _busy(rig: Rig) -> int:
    """Return the number of unfinished scans and completions."""
    scans = _count(rig, File, or_(File.scan_due_at.is_not(None), File.scan_token.is_not(None)))
    return scans + _count(rig, Upload, Upload.state == UploadState.COMPLETING) + len(live_jobs(rig))


def _due(rig: Rig) -> int:
    """Return the number of uploads that must expire, and of pending deletions."""
    return _count(rig, Upload, Upload.state == UploadState.UPLOADING) + _count(rig, PendingDeletion)


def _count(rig: Rig, model: type[Base], *where: ColumnElement[bool]) -> int:
    with rig.db.read() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0
