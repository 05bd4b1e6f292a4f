"""RQ's worker that performs jobs in its own process, without a fork for each, and refuses jobs that are not ours.

A fork for each job took most of the processor time of a small scan. What it gave is kept by other means: a thread
reports that a long job is alive; a job that its time limit cannot interrupt ends the process, and so does one that was
interrupted, as its connections may be in any state; the process that replaces a dead one fails the job that it left.
"""

from __future__ import annotations

import faulthandler
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from types import FrameType
from typing import Any

from redis.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rq import Queue, worker_registration
from rq.exceptions import StopRequested
from rq.executions import Execution
from rq.job import Job
from rq.timeouts import BaseTimeoutException
from rq.utils import now
from rq.worker.base import WorkerStatus

from jobs.liveness import REDIS, promise
from jobs.two_call_worker import TwoCallWorker
from service.observability.logs import get_logger
from service.queue.guarded_jobs import GuardedJob, GuardedQueue
from service.repeated import repeated

log = get_logger(__name__)

ALIVE_SECONDS = 300.0
"""Maximum time between two signs of life (`jobs.liveness`): RQ's loop takes 30 seconds, also during a job; if Redis
does not answer, each of a few calls takes 80."""
PULSE_SECONDS = 20
"""Seconds between two reports of a running job."""
SILENT_SECONDS = 80
"""Seconds without a report after which a job's process counts as dead: the next sweep then queues the job again."""
BEAT_SECONDS = 1.0
"""Minimum seconds between two reports of a worker outside of its jobs: RQ makes three for each job."""
HANG_SECONDS = 60
"""Seconds after a job's time limit at which its process ends, if the limit could not interrupt it."""


class JobWorker(TwoCallWorker):
    """RQ's worker, which also records whether it was asked to end, gives signs of life, and refuses jobs."""

    job_class = GuardedJob
    queue_class = GuardedQueue
    asked_to_stop = False
    alive_as = "worker"
    max_connection_wait_time = 30.0
    _interrupted = False
    _next_beat = 0.0

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Perform a job in this process. Raises SystemExit after a job that its time limit interrupted."""
        execution = self.prepare_execution(job)
        with (
            repeated(PULSE_SECONDS, lambda: self._report(job, execution)),
            _ended_if_it_hangs(int(job.timeout or 0) + HANG_SECONDS),
        ):
            # its request's id and its span end with it
            copy_context().run(self.perform_job, job, queue, execution)
        self.set_state(WorkerStatus.IDLE)
        if self._interrupted:
            raise SystemExit(f"job {job.id} was interrupted")

    def _report(self, job: Job, execution: Execution) -> None:
        """Report the job and this worker as alive."""
        with suppress(RedisError):  # the next report may reach it
            self.maintain_heartbeats(job, execution)
            self._has_reached_redis()

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """Return the seconds after which a job without a report is abandoned: not its whole time limit, as in RQ."""
        return SILENT_SECONDS

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Call RQ's heartbeat and update the files of `jobs.liveness`, at most every BEAT_SECONDS outside of jobs."""
        if pipeline is not None:  # a pulse
            promise(self.alive_as, ALIVE_SECONDS)
            super().heartbeat(timeout, pipeline)
        elif time.monotonic() >= self._next_beat:
            promise(self.alive_as, ALIVE_SECONDS)
            super().heartbeat(timeout)
            self._has_reached_redis()

    def _has_reached_redis(self) -> None:
        """Update the file, and register again after Redis lost its data: RQ only registers a worker at its start."""
        if not self.connection.hexists(self.key, "birth"):
            with self.connection.pipeline() as pipeline:
                pipeline.hset(self.key, mapping=self.serialize() | {"state": self.get_state()})
                worker_registration.register(self, pipeline)
                pipeline.expire(self.key, self.worker_ttl + 60)
                pipeline.execute()
            log.warning("worker_registered_again", name=self.name)
        promise(self.alive_as + REDIS, ALIVE_SECONDS)
        self._next_beat = time.monotonic() + BEAT_SECONDS

    def set_state(self, state: str, pipeline: Pipeline | None = None) -> None:
        """Record a new state: RQ records the same one again in each turn of its loop."""
        if state != self.get_state():
            super().set_state(state, pipeline)

    def subscribe(self) -> None:
        """Subscribe to nothing: RQ's commands (shutdown, stop-job) can come from any client of Redis."""

    def run_maintenance_tasks(self) -> None:
        """Run RQ's maintenance; an error in it (an invalid entry of a registry) does not end the worker."""
        try:
            super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        except (RedisConnectionError, RedisTimeoutError):
            raise
        except Exception:
            log.exception("queue_maintenance_failed")
            self.last_cleaned_at = now()  # type: ignore[assignment]

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """Run a job as RQ does. A refused job fails here, before any import for it."""
        refusal = job.refusal if isinstance(job, GuardedJob) else "not checked"
        if refusal is None:
            return super().perform_job(job, queue, execution)
        log.warning("job_refused", job=job.id, reason=refusal)
        job.ended_at = now()
        self.handle_job_failure(job, queue, exc_string=f"refused: {refusal}", execution=execution)
        return False

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """Log a job's exception as RQ does, and remember that its time limit raised it."""
        self._interrupted |= isinstance(exc_info[1], BaseTimeoutException)
        super().handle_exception(job, *exc_info)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.asked_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def _shutdown(self) -> None:
        """End after the current job. Unlike RQ's, it makes no call to Redis: the signal may have interrupted one."""
        if self.get_state() != WorkerStatus.BUSY:
            raise StopRequested
        self._stop_requested = True

    def end_predecessor(self) -> None:
        """Fail the job of the process that died with this worker's name: RQ retries it, or the sweeper does."""
        try:
            for execution in self.get_current_executions(refresh=True):
                self._end_abandoned(execution)
        except RedisError:
            raise
        except Exception:  # an invalid entry
            log.exception("predecessor_not_ended", name=self.name)
        self.connection.delete(self.key, self.executions_key)
        self._executions = []

    def _end_abandoned(self, execution: Execution) -> None:
        job = self.job_class.fetch(execution.job_id, connection=self.connection, serializer=self.serializer)
        # a sweep may have found it first
        if self.connection.zscore(job.started_job_registry.key, execution.composite_key) is not None:
            job.ended_at = now()
            log.warning("job_killed", job=job.id)
            queue = next(each for each in self.queues if each.name == job.origin)
            self.handle_job_failure(job, queue, exc_string="the worker's process died", execution=execution)


@contextmanager
def _ended_if_it_hangs(seconds: float) -> Iterator[None]:
    """End this process if the block takes longer, by a thread that needs no lock of Python's."""
    faulthandler.dump_traceback_later(seconds, exit=True, file=sys.__stderr__ or 2)
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
