"""The job queue (RQ on Redis): jobs by dotted name, ids only, JSON and not pickle.

Whoever can write to Redis could run code through a pickle (https://python-rq.org/docs/#security-considerations).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry as RedisRetry
from rq import Queue, Retry
from rq.exceptions import DuplicateJobError, NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from service.errors import QueueUnavailableError
from service.limits import MIB
from service.values import JobView

SCAN_QUEUE = "scan"
SWEEP_QUEUE = "sweep"
SCAN_JOB = "jobs.scan.scan_file"
SWEEP_JOB = "jobs.sweep.sweep"

IMMEDIATE_RETRIES = 1
"""Attempts that RQ adds at once, for a connection that broke; later ones are the sweeper's, from the database.

Not RQ's own delayed retries: its scheduler ends for good when Redis is away for a moment, and they are then lost.
"""
RESULT_TTL = 24 * 3600
"""Seconds for which a finished job can be asked about."""
SWEEP_TIMEOUT = 600
"""Seconds that one sweep may take."""

_LIVE = {JobStatus.QUEUED, JobStatus.STARTED, JobStatus.SCHEDULED, JobStatus.DEFERRED}


def connect(redis_url: str, *, blocking: bool = False) -> Redis:
    """A Redis connection that says soon when Redis is down; blocking: for a worker, which waits on it for minutes."""
    timeout = None if blocking else 5.0
    return Redis.from_url(
        redis_url, socket_connect_timeout=2.0, socket_timeout=timeout, retry=RedisRetry(NoBackoff(), 1)
    )


def scan_timeout(size: int) -> int:
    """Seconds that the scan of `size` bytes may take before RQ ends it."""
    return 300 + size // MIB


class JobQueue:
    """Every method raises QueueUnavailableError when Redis cannot be reached."""

    def __init__(self, connection: Redis) -> None:
        self._redis = connection
        self._scans = Queue(SCAN_QUEUE, connection=connection, serializer=JSONSerializer)
        self._sweeps = Queue(SWEEP_QUEUE, connection=connection, serializer=JSONSerializer)

    def enqueue_scan(self, file_id: str, size: int) -> None:
        """Queue the scan of a file; one that is queued or running already stays as it is."""
        with _translated():
            job = self._fetch(file_id)
            if job is not None:
                if _is_live(self._scans, job):
                    return
                job.delete()
            try:
                self._scans.enqueue_call(
                    SCAN_JOB,
                    args=(file_id,),
                    job_id=_job_id(file_id),
                    timeout=scan_timeout(size),
                    result_ttl=RESULT_TTL,
                    failure_ttl=RESULT_TTL,
                    retry=Retry(max=IMMEDIATE_RETRIES),
                    description=f"scan {file_id}",
                    unique=True,
                )
            except DuplicateJobError:
                return

    def scan_job(self, file_id: str) -> JobView | None:
        """The scan job of a file, None where Redis knows none (never queued, long done, or lost)."""
        with _translated():
            job = self._fetch(file_id)
            if job is None:
                return None
        # as it was when fetched: asking again could find a job that is being replaced just now
        status = job.get_status(refresh=False)
        return JobView(
            id=job.id,
            status=str(status.value),
            enqueued_at=job.enqueued_at,
            started_at=job.started_at,
            ended_at=job.ended_at,
        )

    def has_live_scan(self, file_id: str) -> bool:
        """Whether a scan of the file is waiting or running."""
        with _translated():
            job = self._fetch(file_id)
            return job is not None and _is_live(self._scans, job)

    def give_up_dead_scans(self) -> None:
        """Let RQ notice jobs whose worker died: they are retried or marked failed."""
        with _translated():
            self._scans.started_job_registry.cleanup()

    def request_sweep(self) -> None:
        """Queue a sweep, unless one is waiting."""
        with _translated():
            waiting = self._sweeps.fetch_job(SWEEP_QUEUE)
            if waiting is not None and not _is_live(self._sweeps, waiting):
                waiting.delete()
            try:
                self._sweeps.enqueue_call(
                    SWEEP_JOB, job_id=SWEEP_QUEUE, timeout=SWEEP_TIMEOUT, result_ttl=600, failure_ttl=600, unique=True
                )
            except DuplicateJobError:
                return

    def ping(self) -> None:
        with _translated():
            self._redis.ping()

    def _fetch(self, file_id: str) -> Job | None:
        try:
            return Job.fetch(_job_id(file_id), connection=self._redis, serializer=JSONSerializer)
        except NoSuchJobError:
            return None


def _is_live(queue: Queue, job: Job) -> bool:
    """Whether somebody will still do it: one that says `queued` but waits in no queue was lost with its worker."""
    status = job.get_status(refresh=False)
    if status is JobStatus.QUEUED:
        return queue.get_job_position(job) is not None
    return status in _LIVE


def _job_id(file_id: str) -> str:
    return f"scan-{file_id}"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise QueueUnavailableError from error
