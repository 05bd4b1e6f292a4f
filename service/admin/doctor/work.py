"""Whether anybody works: workers by their heartbeats in Redis, the sweeper by when it last swept, and what waits."""

from __future__ import annotations

from datetime import timedelta

from rq import Queue, Worker
from rq.defaults import DEFAULT_WORKER_TTL
from rq.serializers import JSONSerializer

from service.admin.doctor.finding import Check, Finding, Ground, fail, ok, warn
from service.observability.counters import Sample
from service.queue.jobs import SCAN_QUEUE, connect

SILENT = timedelta(seconds=DEFAULT_WORKER_TTL)
"""An idle worker gives a sign of life a little more often than that."""
LONG = timedelta(minutes=15)
"""So long a scan may wait for a worker."""
FEWEST_SWEEPS = 10
"""Intervals without a sweep: each may take as long as its steps need."""
LEAST = timedelta(minutes=5)
LAST_SWEEP = Sample("longshore_last_sweep_timestamp_seconds")


def workers(ground: Ground) -> Finding:
    if ground.deps.scanner is None:
        return ok("scanning is off")
    with connect(ground.deps.settings.redis_url) as connection:
        queue = Queue(SCAN_QUEUE, connection=connection, serializer=JSONSerializer)
        known = Worker.all(queue=queue, serializer=JSONSerializer)
    now = ground.deps.clock()
    alive = [each for each in known if each.last_heartbeat and now - each.last_heartbeat <= SILENT]
    if not alive:
        change = "Start python -m jobs.worker, and see its log: files wait for their scan."
        return fail(f"nobody scans; {len(known)} workers have not been heard of for long", change)
    return ok(f"{len(alive)} at work")


def backlog(ground: Ground) -> Finding:
    waiting = ground.deps.queue.backlogs()[SCAN_QUEUE]
    now = ground.deps.clock()
    if waiting.oldest and now - waiting.oldest > LONG:
        minutes = (now - waiting.oldest) // timedelta(minutes=1)
        change = "Start more workers, or set SCAN_WORKERS and clamd's MaxThreads higher."
        return warn(f"{waiting.waiting} scans wait, the first for {minutes} minutes", change)
    return ok(f"{waiting.waiting} scans wait")


def sweeps(ground: Ground) -> Finding:
    swept = ground.deps.tally.read().get(LAST_SWEEP)
    change = "Start python -m jobs.cron, and see its log: what crashes leave is finished by nobody else."
    if swept is None:
        return fail("nobody has swept", change)
    age = ground.deps.clock().timestamp() - swept
    if age > max(LEAST.total_seconds(), FEWEST_SWEEPS * ground.deps.settings.sweep_interval):
        return fail(f"the last sweep was {age // 60:.0f} minutes ago", change)
    return ok(f"the last sweep was {max(0, age):.0f} s ago")


CHECKS: dict[str, Check] = {"workers": workers, "backlog": backlog, "sweeper": sweeps}
