"""The worker: RQ with JSON jobs; sweeps, webhooks, first scans, second ones. `python -m jobs.worker`."""

from __future__ import annotations

import logging
import signal
import time
from types import FrameType

from redis.exceptions import RedisError
from rq import Worker
from rq.serializers import JSONSerializer

import jobs.deliver
import jobs.scan
import jobs.sweep  # noqa: F401 - imported before the fork, so that no job pays for it
from jobs.context import deps
from jobs.pool import Pool
from service import logs, tracing
from service.queue import RESCAN_QUEUE, SCAN_QUEUE, SWEEP_QUEUE, WEBHOOK_QUEUE, connect

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds before a worker that lost Redis begins anew."""


class ScanWorker(Worker):
    """RQ's worker, which knows whether it ended because somebody asked it to."""

    asked_to_stop = False

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        self.asked_to_stop = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def make_worker() -> ScanWorker:
    """A worker on all queues. Raises RedisError where Redis is not there."""
    connection = connect(deps().settings.redis_url, blocking=True)
    # deliveries are short, and one job a webhook at most
    queues = [SWEEP_QUEUE, WEBHOOK_QUEUE, SCAN_QUEUE, RESCAN_QUEUE]
    return ScanWorker(queues, connection=connection, serializer=JSONSerializer)


def work_once() -> bool:
    """Work until the worker ends; True when it was asked to: RQ's also ends when Redis goes away at a bad moment."""
    worker = None
    try:
        worker = make_worker()
        worker.work(logging_level="WARNING")
    except RedisError as error:
        log.warning("worker_lost_redis reason=%s", type(error).__name__)
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)  # RQ's handlers belong to the worker that is gone
    return worker is not None and worker.asked_to_stop


def run() -> None:
    """Work until asked to stop."""
    while not work_once():
        time.sleep(PAUSE)


def run_all() -> None:
    """SCAN_WORKERS workers until asked to stop; each scans one file at a time."""
    count = deps().settings.scan_workers
    if count == 1:
        run()
    else:
        Pool(run, count).run()


if __name__ == "__main__":
    logs.set_up(deps().settings)
    tracing.set_up("worker")
    run_all()
