"""The worker: RQ with JSON jobs, sweeps before scans. `python -m jobs.worker`."""

from __future__ import annotations

import logging

from rq import Worker
from rq.serializers import JSONSerializer

import jobs.scan
import jobs.sweep  # noqa: F401 - imported before the fork, so that no job pays for it
from jobs.context import deps
from service.queue import SCAN_QUEUE, SWEEP_QUEUE, connect


def make_worker() -> Worker:
    """A worker on both queues."""
    connection = connect(deps().settings.redis_url, blocking=True)
    return Worker([SWEEP_QUEUE, SCAN_QUEUE], connection=connection, serializer=JSONSerializer)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    make_worker().work(logging_level="WARNING")
