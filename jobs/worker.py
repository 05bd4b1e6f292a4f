"""The worker: RQ with JSON jobs. Some of its processes scan and sweep, others call webhooks. `python -m jobs.worker`.

A Redis writer can plant a job: the worker does what `service.queue.guarded_jobs` allows, refuses the rest, and takes no
commands.
"""

from __future__ import annotations

import logging
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
from service.queue.guarded_jobs import GuardedJob, GuardedQueue
from service.queue.jobs import RESCAN_QUEUE, SCAN_QUEUE, SWEEP_QUEUE, WEBHOOK_QUEUE, connect
from service.settings import Settings

log = logging.getLogger(__name__)

MAX_DELIVERERS = 4
"""Processes of one host that call webhooks; more webhooks take turns in them."""
PAUSE = 1.0
"""Seconds before a worker that lost Redis begins anew."""
ALIVE_SECONDS = 300.0
"""A worker that says nothing for longer hangs (`jobs.liveness`): RQ's loop goes round in 30 seconds, also beside a job;
with a Redis that answers nothing, each of a few calls takes 80."""
WORKER_TTL = 45
"""Of RQ: it waits 15 seconds less for a job, before its loop goes round, and 5 less for any answer of Redis."""


class ScanWorker(Worker):
    """RQ's worker, which knows whether it ended because somebody asked it to, says that it lives, and refuses jobs."""

    job_class = GuardedJob
    queue_class = GuardedQueue
    asked_to_stop = False
    alive_as = "worker"
    max_connection_wait_time = 30.0

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """RQ's own, made wherever its loop comes by. The process of a job makes one too: that is not the worker."""
        if not self.is_horse:
            promise(self.alive_as, ALIVE_SECONDS)
        super().heartbeat(timeout, pipeline)
        if not self.is_horse:
            self._be_known()
            promise(self.alive_as + REDIS, ALIVE_SECONDS)

    def _be_known(self) -> None:
        """Where Redis has lost everything: RQ registers a worker at its birth only, and then nobody knows of it."""
        if not self.connection.hexists(self.key, "birth"):
            with self.connection.pipeline() as pipeline:
                pipeline.hset(self.key, mapping=self.serialize())
                worker_registration.register(self, pipeline)
                pipeline.expire(self.key, self.worker_ttl + 60)
                pipeline.execute()
            log.warning("worker_registered_again name=%s", self.name)

    def subscribe(self) -> None:
        """Subscribe to nothing: RQ's commands (shutdown, kill-horse, stop-job) come from any Redis writer."""

    def run_maintenance_tasks(self) -> None:
        """RQ's own. What it chokes on (an entry of a registry that is no job) does not end the worker."""
        try:
            super().run_maintenance_tasks()  # type: ignore[no-untyped-call]
        except (RedisConnectionError, RedisTimeoutError):
            raise
        except Exception:
            log.exception("queue_maintenance_failed")
            self.last_cleaned_at = now()  # type: ignore[assignment]

    def perform_job(self, job: Job, queue: Queue, execution: Execution) -> bool:
        """RQ's own, in the process of the job. One that is refused fails here, before anything is imported for it."""
        refusal = job.refusal if isinstance(job, GuardedJob) else "not checked"
        if refusal is None:
            return super().perform_job(job, queue, execution)
        log.warning("job_refused job=%s reason=%s", job.id, refusal)
        job.ended_at = now()
        self.handle_job_failure(job, queue, exc_string=f"refused: {refusal}", execution=execution)
        return False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.asked_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


class Place(NamedTuple):
    """One process of this host. name: under which it says that it lives; queues: whose jobs it takes, in this order."""

    name: str
    queues: tuple[str, ...]


def places_of(settings: Settings) -> list[Place]:
    """The processes of a worker host: SCAN_WORKERS that scan, and one for each webhook, MAX_DELIVERERS at most.

    They share no jobs: receivers that take seconds for each answer delay no scan, and one no other's events.
    """
    scanned: tuple[str, ...] = (SWEEP_QUEUE, SCAN_QUEUE, RESCAN_QUEUE)
    if not settings.webhooks:
        scanned += (WEBHOOK_QUEUE,)  # what was queued before WEBHOOKS was emptied: nothing is sent for it
    deliverers = min(len(settings.webhooks), MAX_DELIVERERS)
    places = [Place(f"worker-{number}", scanned) for number in range(settings.scan_workers)]
    places += [Place(f"worker-webhook-{number}", (WEBHOOK_QUEUE,)) for number in range(deliverers)]
    return places if len(places) > 1 else [Place("worker", scanned)]


def make_worker(place: Place) -> ScanWorker:
    """The worker of a place. Raises RedisError where Redis is not there."""
    connection = connect(deps().settings.redis_url, blocking=True)
    worker = ScanWorker(place.queues, connection=connection, serializer=JSONSerializer, worker_ttl=WORKER_TTL)
    worker.alive_as = place.name
    return worker


def work_once(place: Place) -> bool:
    """Work until the worker ends; True when it was asked to: RQ's also ends when Redis goes away at a bad moment."""
    worker = None
    try:
        worker = make_worker(place)
        worker.work(logging_level="WARNING")
    except RedisError as error:
        log.warning("worker_lost_redis reason=%s", type(error).__name__)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)  # RQ's handlers belong to the worker that is gone
    return worker is not None and worker.asked_to_stop


def run(place: Place) -> None:
    """Work until asked to stop."""
    promise(place.name + REDIS, ALIVE_SECONDS)
    promise(place.name, ALIVE_SECONDS)
    while not work_once(place):
        time.sleep(PAUSE)
        promise(place.name, ALIVE_SECONDS)


def run_all() -> None:
    """All places of this host until asked to stop; each does one job at a time."""
    forget("worker")
    warm_up(deps())
    places = places_of(deps().settings)
    if len(places) == 1:
        run(places[0])
        return
    for place in places:
        promise(place.name, ALIVE_SECONDS)  # else one that hangs before its first word is not missed
    Pool(lambda number: run(places[number]), len(places), lambda: promise("worker", ALIVE_SECONDS)).run()


if __name__ == "__main__":
    logs.set_up(deps().settings)
    tracing.set_up("worker")
    run_all()
