"""After the last strike: hours pass at once, the service tidies up, until there is nothing left to do or time is up."""

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
    let_pulses_stop,
    let_removals_be_due,
    let_scans_and_leases_run_out,
    let_uploads_expire,
)
from tools.chaos.rig import Rig

POLL = 0.5
"""Seconds; the sweeper comes once a second."""


def settle(rig: Rig, worker_began: datetime, seconds: float) -> bool:
    """True when all is calm; False when `seconds` were not enough. worker_began: older jobs are a dead worker's.

    In two steps, as hours do it: while a scan may still copy its file, no removal that waits for the copy's end is
    hurried, and no upload expires under a client.
    """
    give_up_at = time.monotonic() + seconds

    def hurry_scans() -> None:
        let_scans_and_leases_run_out(rig.db)
        let_pulses_stop(rig.redis, worker_began)

    def hurry_the_rest() -> None:
        let_uploads_expire(rig.db)
        let_removals_be_due(rig.db)

    scanned = _until(lambda: _busy(rig) == 0, hurry_scans, give_up_at)
    return _until(lambda: _busy(rig) + _due(rig) == 0, hurry_the_rest, give_up_at) and scanned


def hurry_now_and_then(rig: Rig) -> None:
    """While clients are at work: nobody waits minutes for a scan that was lost. A database that is down is fine."""
    try:
        let_scans_and_leases_run_out(rig.db)
    except DatabaseUnavailableError:
        return


def live_jobs(rig: Rig) -> list[str]:
    """The jobs that wait or are being worked on."""
    ids: list[str] = []
    for name in QUEUES:
        ids += Queue(name, connection=rig.redis, serializer=JSONSerializer).job_ids
        registry = StartedJobRegistry(name, connection=rig.redis, serializer=JSONSerializer)
        ids += registry.get_job_ids(cleanup=False)
    return ids


def _until(calm: Callable[[], bool], hurry: Callable[[], None], give_up_at: float) -> bool:
    while True:
        try:
            hurry()
            if calm():
                return True
        except (DatabaseUnavailableError, RedisError):
            pass  # a part that has just come back takes a moment
        if time.monotonic() > give_up_at:
            return False
        time.sleep(POLL)


def _busy(rig: Rig) -> int:
    """Scans and completions that are not over."""
    owed = _count(rig, File, or_(File.scan_due_at.is_not(None), File.scan_token.is_not(None)))
    return owed + _count(rig, Upload, Upload.state == UploadState.COMPLETING) + len(live_jobs(rig))


def _due(rig: Rig) -> int:
    """Uploads that have to expire, and what storage has to forget."""
    return _count(rig, Upload, Upload.state == UploadState.UPLOADING) + _count(rig, PendingDeletion)


def _count(rig: Rig, model: type[Base], *where: ColumnElement[bool]) -> int:
    with rig.db.read() as session:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0
