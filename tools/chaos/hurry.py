"""Time that passes at once: what is due some time is due now. Who acts on it are the service's own processes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from redis import Redis
from rq.exceptions import NoSuchJobError
from rq.job import Job
from rq.registry import StartedJobRegistry
from rq.serializers import JSONSerializer
from sqlalchemy import update

from service.db.models import File, PendingDeletion, Upload
from service.db.session import Database
from service.deps import utc_now
from service.queue.jobs import RESCAN_QUEUE, SCAN_QUEUE, SWEEP_QUEUE, WEBHOOK_QUEUE
from service.values.states import UploadState

QUEUES = (SCAN_QUEUE, RESCAN_QUEUE, SWEEP_QUEUE, WEBHOOK_QUEUE)
SECOND = timedelta(seconds=1)


def let_scans_and_leases_run_out(db: Database) -> None:
    """Owed scans are due, and nobody holds a completion any more."""
    with db.write() as session:
        session.execute(update(File).where(File.scan_due_at.is_not(None)).values(scan_due_at=utc_now() - SECOND))
        session.execute(update(Upload).where(Upload.lease_until.is_not(None)).values(lease_until=utc_now() - SECOND))


def let_removals_be_due(db: Database) -> None:
    """All that storage has to forget is to be forgotten now."""
    with db.write() as session:
        session.execute(update(PendingDeletion).values(due_at=utc_now() - SECOND))


def let_uploads_expire(db: Database) -> None:
    """Every upload that is still open has been so for too long."""
    still_open = Upload.state == UploadState.UPLOADING
    with db.write() as session:
        session.execute(update(Upload).where(still_open).values(expires_at=utc_now() - SECOND))


def let_pulses_stop(redis: Redis, began_before: datetime | None = None) -> None:
    """As if a killed worker had been silent for minutes: its jobs have no pulse. began_before: only jobs older than
    this, those of a worker that is dead while another one works."""
    for name in QUEUES:
        registry = StartedJobRegistry(name, connection=redis, serializer=JSONSerializer)
        waiting: Iterable[bytes] = redis.zrange(registry.key, 0, -1)  # type: ignore[assignment]
        silent = [entry for entry in waiting if began_before is None or _began(redis, entry, began_before)]
        if silent:
            redis.zadd(registry.key, dict.fromkeys(silent, 1), xx=True)


def _began(redis: Redis, entry: bytes, before: datetime) -> bool:
    """Whether a registry's entry (job:execution) began before then; one without a job did."""
    try:
        job = Job.fetch(entry.decode().partition(":")[0], connection=redis, serializer=JSONSerializer)
    except NoSuchJobError:
        return True
    return job.started_at is None or job.started_at < before
