"""The worker: RQ with JSON jobs. Some of its processes scan and sweep, others call webhooks. `python -m jobs.worker`.

A client with write access to Redis can plant jobs: the worker only does what `service.queue.guarded_jobs` allows,
refuses the rest, and accepts no commands.
"""

from __future__ import annotations

import signal
import socket
import time
from typing import NamedTuple

from redis.exceptions import RedisError
from rq.serializers import JSONSerializer

import jobs.deliver
import jobs.scan
import jobs.sweep  # noqa: F401 - imported before the fork, for all processes at once
from jobs.context import deps
from jobs.liveness import REDIS, forget, promise
from jobs.pool import Pool
from jobs.rq_worker import ALIVE_SECONDS, JobWorker
from service.domain.scanning.warmup import warm_up
from service.domain.upkeep import job_counts
from service.observability import logs, tracing
from service.observability.logs import get_logger
from service.observability.recent_errors import keep_errors
from service.queue.jobs import RESCAN_QUEUE, SCAN_QUEUE, SWEEP_QUEUE, WEBHOOK_QUEUE, connect
from service.settings import Settings
from service.values.formats.ids import new_id

log = get_logger(__name__)

MAX_DELIVERERS = 4
"""Processes of one host that call webhooks; more webhooks share them."""
PAUSE = 1.0
"""Seconds before a worker that lost Redis starts again."""
WORKER_TTL = 45
"""RQ's timeout: it waits for a job 15 seconds less, and for any answer of Redis 5 less."""
NAME = f"{socket.gethostname()}.{new_id()}"
"""Of this host's workers in Redis, with the place after it: a process that replaces a dead one has the same name."""


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
    return places


def make_worker(place: Place) -> JobWorker:
    """Return the worker of a place. Raises RedisError if Redis is unavailable."""
    connection = connect(deps().settings.redis_url, blocking=True)
    name = f"{NAME}.{place.name}"
    worker = JobWorker(place.queues, name, connection=connection, serializer=JSONSerializer, worker_ttl=WORKER_TTL)
    worker.alive_as = place.name
    worker.end_predecessor()
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


def run_and_count(place: Place) -> None:
    """Do so in a process of the pool, and save what its jobs counted and traced."""
    try:
        with job_counts.handed_in_regularly(deps()):
            run(place)
    finally:
        tracing.flush()


def run_all() -> None:
    """Run all places of this host until asked to stop; each does one job at a time."""
    forget("worker")
    warm_up(deps())
    places = places_of(deps().settings)
    for place in places:
        # otherwise a worker that hangs before its first sign of life would not be noticed
        promise(place.name, ALIVE_SECONDS)
    Pool(lambda number: run_and_count(places[number]), len(places), lambda: promise("worker", ALIVE_SECONDS)).run()


if __name__ == "__main__":
    logs.set_up(deps().settings)
    keep_errors(deps().errors, "worker", deps().settings)
    tracing.set_up("worker")
    run_all()
