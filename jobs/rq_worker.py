"""RQ's worker that performs jobs in its own process, without a fork for each, and refuses jobs that are not ours.

Forking for each job took most of the processor time of a small scan. What a fork gave is kept by other means: a thread
reports that a long job is alive, a job that hangs ends the process, and the process that replaces a dead one fails the
job that it left.
"""

from __future__ import annotations

import faulthandler
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType

from redis.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rq import Queue, SimpleWorker, worker_registration
from rq.exceptions import NoSuchJobError
from rq.executions import Execution
from rq.job import Job, JobStatus
from rq.utils import now
from rq.worker.base import WorkerStatus

from jobs.liveness import REDIS, promise
from service.observability.logs import get_logger
from service.queue.guarded_jobs import GuardedJob, GuardedQueue

log = get_logger(__name__)

ALIVE_SECONDS = 300.0
"""Maximum time between two signs of life (`jobs.liveness`): RQ's loop takes 30 seconds, also during a job; if Redis
does not answer, each of a few calls takes 80."""
PULSE_SECONDS = 30
"""Seconds between two reports that a job is alive. Its worker counts as dead 60 seconds after the next one is due."""
BEAT_SECONDS = 10.0
"""Minimum seconds between two reports of a worker: RQ makes three for each job."""
HANG_SECONDS = 60
"""Seconds after a job's time limit at which its process ends, if the limit could not interrupt it."""


class JobWorker(SimpleWorker):
    """RQ's worker, which also records whether it was asked to end, gives signs of life, and refuses jobs."""

    job_class = GuardedJob
    queue_class = GuardedQueue
    asked_to_stop = False
    alive_as = "worker"
    max_connection_wait_time = 30.0
    _next_beat = 0.0

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Perform a job in this process, and report meanwhile that it is alive."""
        execution = self.prepare_execution(job)
        # by a thread that does not need Python's lock
        faulthandler.dump_traceback_later(int(job.timeout or 0) + HANG_SECONDS, exit=True)
        try:
            with self._pulse(job, execution):
                self.perform_job(job, queue, execution)
        finally:
            faulthandler.cancel_dump_traceback_later()
        self.set_state(WorkerStatus.IDLE)

    @contextmanager
    def _pulse(self, job: Job, execution: Execution) -> Iterator[None]:
        """Keep the job and this worker alive in Redis while the block runs."""
        over = threading.Event()

        def beat() -> None:
            while not over.wait(PULSE_SECONDS):
                with suppress(RedisError):
                    self.maintain_heartbeats(job, execution)

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def get_heartbeat_ttl(self, job: Job, working_time: float = 0.0) -> int:
        """Return the seconds after which a job without a report is dead: not its whole time limit, as in RQ."""
        return PULSE_SECONDS + 60

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Update the files of `jobs.liveness`, and call RQ's heartbeat: not three times for each small job."""
        promise(self.alive_as, ALIVE_SECONDS)
        if pipeline is None and time.monotonic() < self._next_beat:
            return
        super().heartbeat(timeout, pipeline)
        if pipeline is None:
            self._be_known()
            self._next_beat = time.monotonic() + BEAT_SECONDS
            promise(self.alive_as + REDIS, ALIVE_SECONDS)

    def _be_known(self) -> None:
        """Register again after Redis lost its data: RQ only registers a worker at its start."""
        if not self.connection.hexists(self.key, "birth"):
            with self.connection.pipeline() as pipeline:
                pipeline.hset(self.key, mapping=self.serialize())
                worker_registration.register(self, pipeline)
                pipeline.expire(self.key, self.worker_ttl + 60)
                pipeline.execute()
            log.warning("worker_registered_again", name=self.name)

    def subscribe(self) -> None:
        """Subscribe to nothing: RQ's commands (shutdown, kill-horse, stop-job) can come from any client of Redis."""

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

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.asked_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]

    def end_predecessor(self) -> None:
        """Fail the jobs of the process that died with this worker's name: RQ retries them, or the sweeper does."""
        for execution in self.get_current_executions(refresh=True):
            with suppress(NoSuchJobError):
                job = self.job_class.fetch(execution.job_id, connection=self.connection, serializer=self.serializer)
                if job.origin in self.queue_names() and job.get_status() not in {JobStatus.FINISHED, JobStatus.FAILED}:
                    queue = next(each for each in self.queues if each.name == job.origin)
                    job.ended_at = now()
                    log.warning("job_killed", job=job.id)
                    self.handle_job_failure(job, queue, exc_string="the worker's process died", execution=execution)
        self.connection.delete(self.key, self.executions_key)
        self._executions = []
