"""The worker: RQ with JSON jobs. Some of its processes scan and sweep, others call webhooks. `python -m jobs.worker`.

A client with write access to Redis can plant jobs: the worker only does what `service.queue.guarded_jobs` allows,
refuses the rest, and accepts no commands.
"""

from __future__ import annotations

import signal
import time
from types import FrameType
from typing import NamedTuple

from redis.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rq import Queue, Worker, worker_registration
from rq.executions import Execution
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import now

import jobs.deliver
import jobs.scan
import jobs.sweep  # noqa: F401 - imported before the fork, so that no job pays for it
from jobs.context import deps
from jobs.liveness import REDIS, forget, promise
from jobs.pool import Pool
from service.domain.scanning.warmup import warm_up
from service.observability import logs, tracing
from service.observability.logs import get_logger
from service.queue.guarded_jobs import GuardedJob, GuardedQueue
from service.queue.jobs import RESCAN_QUEUE, SCAN_QUEUE, SWEEP_QUEUE, WEBHOOK_QUEUE, connect
from service.settings import Settings

log = get_logger(__name__)

MAX_DELIVERERS = 4
"""Processes of one host that call webhooks; more webhooks share them."""
PAUSE = 1.0
"""Seconds before a worker that lost Redis starts again."""
ALIVE_SECONDS = 300.0
"""Maximum time between two signs of life (`jobs.liveness`): RQ's loop takes 30 seconds, also during a job; if Redis
does not answer, each of a few calls takes 80."""
WORKER_TTL = 45
"""RQ's timeout: it waits for a job 15 seconds less, and for any answer of Redis 5 less."""


class ScanWorker(Worker):
    """RQ's worker, which also records whether it was asked to end, gives signs of life, and refuses jobs."""

    job_class = GuardedJob
    queue_class = GuardedQueue
    asked_to_stop = False
    alive_as = "worker"
    max_connection_wait_time = 30.0

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """Call RQ's heartbeat and update the file of `jobs.liveness`, but not in the process of a job."""
        if not self.is_horse:
            promise(self.alive_as, ALIVE_SECONDS)
        super().heartbeat(timeout, pipeline)
        if not self.is_horse:
            self._be_known()
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
        """Run a job as RQ does, in the job's process. A refused job fails here, before any import for it."""
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


class Place(NamedTuple):
    """One process of this host. name: of its file for `jobs.liveness`; queues: in the order in which it takes jobs."""

    name: str
    queues: tuple[str, ...]


def places_of(settings: Settings) -> list[Place]:
    """The processes of a worker host: SCAN_WORKERS that scan, and one for each webhook, MAX_DELIVERERS at most.

    They share no jobs, so that slow receivers delay neither scans nor the events of others.
    """
    scanned: tuple[str, ...] = (SWEEP_QUEUE, SCAN_QUEUE, RESCAN_QUEUE)
    if not settings.webhooks:
        scanned += (WEBHOOK_QUEUE,)  # jobs that were queued before WEBHOOKS was emptied send nothing
    deliverers = min(len(settings.webhooks), MAX_DELIVERERS)
    places = [Place(f"worker-{number}", scanned) for number in range(settings.scan_workers)]
    places += [Place(f"worker-webhook-{number}", (WEBHOOK_QUEUE,)) for number in range(deliverers)]
    return places if len(places) > 1 else [Place("worker", scanned)]


def make_worker(place: Place) -> ScanWorker:
    """Return the worker of a place. Raises RedisError if Redis is unavailable."""
    connection = connect(deps().settings.redis_url, blocking=True)
    worker = ScanWorker(place.queues, connection=connection, serializer=JSONSerializer, worker_ttl=WORKER_TTL)
    worker.alive_as = place.name
    return worker


def work_once(place: Place) -> bool:
    """Work until the worker ends; True if it was asked to: RQ's also ends if Redis fails at a bad moment."""
    worker = None
    try:
        worker = make_worker(place)
        worker.work(logging_level="WARNING")
    except RedisError as error:
        log.warning("worker_lost_redis", reason=type(error).__name__)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)  # RQ's handlers belong to the ended worker
    return worker is not None and worker.asked_to_stop


def run(place: Place) -> None:
    """Work until asked to stop."""
    promise(place.name + REDIS, ALIVE_SECONDS)
    promise(place.name, ALIVE_SECONDS)
    while not work_once(place):
        time.sleep(PAUSE)
        promise(place.name, ALIVE_SECONDS)


def run_all() -> None:
    """Run all places of this host until asked to stop; each does one job at a time."""
    forget("worker")
    warm_up(deps())
    places = places_of(deps().settings)
    if len(places) == 1:
        run(places[0])
        return
    for place in places:
        # otherwise a worker that hangs before its first sign of life would not be noticed
        promise(place.name, ALIVE_SECONDS)
    Pool(lambda number: run(places[number]), len(places), lambda: promise("worker", ALIVE_SECONDS)).run()


if __name__ == "__main__":
    logs.set_up(deps().settings)
    tracing.set_up("worker")
    run_all()
