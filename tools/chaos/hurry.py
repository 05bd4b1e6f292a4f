"""Make later work due now, as if hours had passed; the service's own processes then do it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from redis import Redis
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import ColumnElement, update
from sqlalchemy.orm import InstrumentedAttribute

from service.db.models import Adoption, Decision, File, PendingDeletion, Upload
from service.db.session import Database
from service.deps import utc_now
from service.queue.jobs import RESCAN_QUEUE, SCAN_QUEUE, SWEEP_QUEUE, WEBHOOK_QUEUE
from service.values.states import UploadState

QUEUES = (SCAN_QUEUE, RESCAN_QUEUE, SWEEP_QUEUE, WEBHOOK_QUEUE)
SECOND = timedelta(seconds=1)


def let_scans_and_leases_run_out(db: Database) -> None:
    """Make all waiting scans due, and end all leases of completions, decisions and adoptions."""
    _let_pass(db, File.scan_due_at)
    _let_pass(db, Decision.due_at)
    _let_pass(db, Adoption.due_at)
    _let_pass(db, Upload.lease_until)


def let_pending_deletions_be_due(db: Database) -> None:
    """Make all pending deletions due."""
    _let_pass(db, PendingDeletion.due_at)


def let_uploads_expire(db: Database) -> None:
    """Make every open upload expire."""
    _let_pass(db, Upload.expires_at, Upload.state == UploadState.UPLOADING)


def _let_pass(db: Database, column: InstrumentedAttribute[Any], *conditions: ColumnElement[bool]) -> None:
    """Set the times of a column that are in the future to a second ago.

    A time in the past stays: a process that claims a row compares it, and each change here would defeat the claim.
    """
    now = utc_now()
    with db.write() as session:
        session.execute(update(column.class_).where(column > now, *conditions).values({column.key: now - SECOND}))


def let_pulses_stop(redis: Redis, began_before: datetime | None = None) -> None:
    """Remove the heartbeats of jobs, as if their worker had been killed minutes ago.

    began_before: only of older jobs, those of a dead worker while another one works.
    """
    for name in QUEUES:
        registry = StartedJobRegistry(name, connection=redis, serializer=JSONSerializer)
        waiting: Iterable[bytes] = redis.zrange(registry.key, 0, -1)  # type: ignore[assignment]
        silent = [entry for entry in waiting if began_before is None or _began(redis, entry, began_before)]
        if silent:
            redis.zadd(registry.key, dict.fromkeys(silent, 1), xx=True)


def _began(redis: Redis, entry: bytes, before: datetime) -> bool:
    """Return whether a registry's entry (job:execution) began before then; one without a job did."""
    try:
        job = Job.fetch(entry.decode().partition(":")[0], connection=redis, serializer=JSONSerializer)
    except NoSuchJobError:
        return True
    return job.started_at is None or job.started_at < before
