"""The job queue (RQ on Redis): jobs by dotted name, ids only, JSON and not pickle.

A client with write access to Redis could run code by a pickle (https://python-rq.org/docs/#security-considerations), or
by the name of a function: `service.queue.guarded_jobs` validates the jobs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry as RedisRetry
from rq import Retry
from rq.exceptions import DuplicateJobError, InvalidJobOperation, NoSuchJobError
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer

from service.errors import QueueUnavailableError
from service.observability import tracing
from service.observability.metrics import FAILURES
from service.queue.guarded_jobs import (
    DELIVER_JOB,
    DELIVER_TIMEOUT,
    IMMEDIATE_RETRIES,
    RESULT_TTL,
    SCAN_JOB,
    SHORT_TTL,
    SWEEP_JOB,
    SWEEP_TIMEOUT,
    VIEWED,
    GuardedJob,
    GuardedQueue,
    job_view,
    scan_timeout,
)
from service.queue.workers import read_workers
from service.values import Backlog, JobView
from service.values.formats.plain_text import plain_text
from service.values.operators.operations import QueueView, WorkerView

SCAN_QUEUE = "scan"
RESCAN_QUEUE = "rescan"
"""Queue of rescans: files that wait for their first verdict come first."""
SWEEP_QUEUE = "sweep"
WEBHOOK_QUEUE = "webhook"
ANSWER_TIMEOUT = 5.0
"""Seconds that a request waits for Redis."""
PROGRESS_TTL = 600
"""Seconds for which a scan's progress is kept after its last update."""
SHOWN_NAME = 120
"""Maximum characters of a filename in a job's description."""
_LIVE = {JobStatus.QUEUED, JobStatus.STARTED, JobStatus.SCHEDULED, JobStatus.DEFERRED}


def connect(redis_url: str, *, blocking: bool = False) -> Redis:
    """Return a Redis connection that fails fast if Redis is down; blocking: for a worker, which waits for minutes."""
    timeout = None if blocking else ANSWER_TIMEOUT
    # for a connection that Redis closed while it was idle; one that hangs would only take twice as long
    retry = RedisRetry(NoBackoff(), 1, supported_errors=(RedisConnectionError,))
    return Redis.from_url(redis_url, socket_connect_timeout=2.0, socket_timeout=timeout, retry=retry)


class JobQueue:
    """The job queue. Every method raises QueueUnavailableError if Redis cannot be reached.

    passes: how often a scan reads a file at most, once for each scanner.
    """

    def __init__(self, connection: Redis, passes: int = 1) -> None:
        self._redis = connection
        self._passes = passes
        self._queues = {
            name: GuardedQueue(name, connection=connection, serializer=JSONSerializer)
            for name in (SCAN_QUEUE, RESCAN_QUEUE, SWEEP_QUEUE, WEBHOOK_QUEUE)
        }

    def disconnect(self) -> None:
        """Close unused connections; the next call connects again."""
        self._redis.close()

    def enqueue_scan(
        self,
        file_id: str,
        size: int,
        attempts: int = 0,
        last_error: str | None = None,
        *,
        again: bool = False,
        filename: str = "",
    ) -> bool:
        """Queue the scan of a file of `size` bytes; return False if one is already queued or running.

        attempts, last_error: of earlier scans; they and the filename are for people who read the queue. again: the file
        already has a verdict and waits behind files without one.
        """
        return self._queue_once(
            RESCAN_QUEUE if again else SCAN_QUEUE,
            SCAN_JOB,
            (file_id,),
            _job_id(file_id),
            timeout=scan_timeout(size) * self._passes,
            result_ttl=RESULT_TTL,
            failure_ttl=RESULT_TTL,
            retry=Retry(max=IMMEDIATE_RETRIES),
            description=_description(file_id, filename, size, attempts, last_error),
        )

    def scan_job(self, file_id: str) -> JobView | None:
        """Return the scan job of a file, None if Redis has none (never queued, long finished, or lost)."""
        job_id = _job_id(file_id)
        with _translated():
            found = cast("list[bytes | None]", self._redis.hmget(GuardedJob.key_for(job_id), VIEWED))
        return job_view(job_id, *found)

    def scan_jobs(self, file_ids: Sequence[str]) -> dict[str, JobView]:
        """Return the scan jobs of these files as far as Redis has them, by file, in one round trip."""
        job_ids = {file_id: _job_id(file_id) for file_id in file_ids}
        asked = self._redis.pipeline(transaction=False)
        for job_id in job_ids.values():
            asked.hmget(GuardedJob.key_for(job_id), VIEWED)
        with _translated():
            found = asked.execute(raise_on_error=False)  # an error: what is there is no job
        rows = zip(job_ids.items(), found, strict=True)
        views = {file_id: job_view(job_id, *row) for (file_id, job_id), row in rows if isinstance(row, list)}
        return {file_id: view for file_id, view in views.items() if view is not None}

    def has_live_scan(self, file_id: str) -> bool:
        """Whether a scan of the file is waiting or running."""
        with _translated():
            job = self._fetch(_job_id(file_id))
            return job is not None and self._is_live(job)

    def note_progress(self, file_id: str, scanned_bytes: int) -> None:
        """Record the progress of a running scan for `scan_progress`."""
        with _translated():
            self._redis.set(_progress_key(file_id), scanned_bytes, ex=PROGRESS_TTL)

    def scan_progress(self, file_id: str) -> int | None:
        """Return the bytes of a file that its running scan has sent to the scanner so far; None if unknown."""
        with _translated():
            noted = self._redis.get(_progress_key(file_id))
        return int(noted) if isinstance(noted, bytes) and noted.isdigit() else None

    def clean_up_dead_jobs(self) -> None:
        """Run RQ's cleanup: jobs of dead workers are retried or marked as failed."""
        with _translated():
            for name in (SCAN_QUEUE, RESCAN_QUEUE, WEBHOOK_QUEUE):
                self._queues[name].started_job_registry.cleanup()

    def backlogs(self) -> dict[str, Backlog]:
        """Return waiting and running jobs by queue."""
        with _translated():
            return {name: self._backlog(queue) for name, queue in self._queues.items()}

    def queues(self) -> dict[str, QueueView]:
        """Return the sizes of the queues by name."""
        backlogs = self.backlogs()
        with _translated():
            return {
                name: QueueView(
                    waiting=backlogs[name].waiting,
                    running=backlogs[name].running,
                    failed=queue.failed_job_registry.get_job_count(cleanup=False),
                    scheduled=queue.scheduled_job_registry.get_job_count(cleanup=False),
                    oldest_at=backlogs[name].oldest,
                )
                for name, queue in self._queues.items()
            }

    def workers(self) -> list[WorkerView]:
        """Return all workers by name, with the jobs that they run; the names of files are not in Redis."""
        with _translated():
            return read_workers(self._redis)

    def request_sweep(self) -> None:
        """Queue a sweep, unless one is waiting."""
        self._request(SWEEP_QUEUE, SWEEP_JOB, (), SWEEP_QUEUE, SWEEP_TIMEOUT)

    def request_deliveries(self, endpoint: str) -> bool:
        """Queue a turn of deliveries to one webhook, unless there is one."""
        return self._request(WEBHOOK_QUEUE, DELIVER_JOB, (endpoint,), f"deliver-{endpoint}", DELIVER_TIMEOUT)

    def _request(self, queue: str, job: str, args: tuple[str, ...], job_id: str, timeout: int) -> bool:
        return self._queue_once(queue, job, args, job_id, timeout=timeout, result_ttl=SHORT_TTL, failure_ttl=SHORT_TTL)

    def _queue_once(self, queue: str, job: str, args: tuple[str, ...], job_id: str, **options: Any) -> bool:
        """Queue a job that must not exist twice; return False if it is already queued or running.

        Redis refuses an existing one, so an earlier job is read only then.
        """
        with _translated():
            for _ in range(2):
                with suppress(DuplicateJobError):
                    self._queues[queue].enqueue_call(
                        job, args=args, job_id=job_id, meta=tracing.carried(), unique=True, **options
                    )
                    return True
                earlier = self._fetch(job_id)
                if earlier is not None and self._is_live(earlier):
                    return False
                if earlier is not None:
                    self._forget(earlier)
        return False

    def ping(self) -> None:
        with _translated():
            self._redis.ping()

    def _backlog(self, queue: GuardedQueue) -> Backlog:
        job = None
        with suppress(NoSuchJobError, ValueError):  # ValueError: an entry of the queue is no job's id
            job = next((self._fetch_job(job_id) for job_id in queue.get_job_ids(0, 1)), None)
        running = queue.started_job_registry.get_job_count(cleanup=False)
        return Backlog(queue.count, running, job.enqueued_at if job else None)

    def _is_live(self, job: Job) -> bool:
        """Whether a worker will still run the job: one that is `queued` but in no queue was lost with its worker."""
        status = job.get_status(refresh=False)
        if status is JobStatus.QUEUED:
            queue = self._queues.get(job.origin)
            return queue is not None and queue.get_job_position(job) is not None
        return status in _LIVE

    def _forget(self, job: Job) -> None:
        """Delete a job that no worker has.

        Its executions are deleted first: RQ lists an execution a minute longer than it keeps it, and its own delete
        raises ValueError in between, which is just after a worker has died. Other processes may delete it too.
        """
        left = [f"{job.id}:{execution_id}" for execution_id in job.execution_registry.get_execution_ids()]
        if left:
            self._redis.zrem(job.started_job_registry.key, *left)
            self._redis.delete(job.execution_registry.key)
        with suppress(InvalidJobOperation):  # deleted by another process meanwhile
            job.delete()

    def _fetch(self, job_id: str) -> Job | None:
        try:
            return self._fetch_job(job_id)
        except NoSuchJobError:
            return None

    def _fetch_job(self, job_id: str) -> Job:
        return GuardedJob.fetch(job_id, connection=self._redis, serializer=JSONSerializer)


def _description(file_id: str, filename: str, size: int, attempts: int, last_error: str | None) -> str:
    """Return a job's text. The name is quoted, so that it cannot be mistaken for what follows it."""
    name = f"{json.dumps(plain_text(filename, SHOWN_NAME), ensure_ascii=False)} " if filename else ""
    text = f"scan {name}{file_id} ({size} bytes), attempts before this job: {attempts}"
    return f"{text}, the last one: {last_error}" if last_error else text


def _progress_key(file_id: str) -> str:
    return f"longshore:scanned:{file_id}"


def _job_id(file_id: str) -> str:
    return f"scan-{file_id}"


@contextmanager
def _translated() -> Iterator[None]:
    try:
        with tracing.span("redis"):
            yield
    except RedisError as error:
        FAILURES.labels("redis", "unavailable").inc()
        raise QueueUnavailableError from error
