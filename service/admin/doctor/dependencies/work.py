"""Checks of workers by their heartbeats, of the sweeper by its last run, and of the backlog."""

from __future__ import annotations

from datetime import timedelta

from rq import Queue, Worker
from rq.defaults import DEFAULT_WORKER_TTL
from rq.serializers import JSONSerializer

from service.admin.doctor.finding import Check, CheckContext, Finding, fail, ok, warn
from service.observability.counters import Sample
from service.queue.jobs import SCAN_QUEUE, connect

SILENT = timedelta(seconds=DEFAULT_WORKER_TTL)
"""An idle worker sends a heartbeat slightly more often than that."""
LONG = timedelta(minutes=15)
"""Maximum time for a scan to wait for a worker."""
FEWEST_SWEEPS = 10
"""Intervals without a sweep before a warning; a single sweep may take long."""
LEAST = timedelta(minutes=5)
LAST_SWEEP = Sample("longshore_last_sweep_timestamp_seconds")


def workers(context: CheckContext) -> Finding:
    if not context.deps.scanners:
        return ok("scanning is off")
    with connect(context.deps.settings.redis_url) as connection:
        queue = Queue(SCAN_QUEUE, connection=connection, serializer=JSONSerializer)
        known = Worker.all(queue=queue, serializer=JSONSerializer)
    now = context.deps.clock()
    alive = [each for each in known if each.last_heartbeat and now - each.last_heartbeat <= SILENT]
    if not alive:
        change = "Start python -m jobs.worker, and check its log: files wait for their scan."
        return fail(f"no worker is running; {len(known)} workers have sent no heartbeat recently", change)
    return ok(f"{len(alive)} running")


def backlog(context: CheckContext) -> Finding:
    waiting = context.deps.queue.backlogs()[SCAN_QUEUE]
    now = context.deps.clock()
    if waiting.oldest and now - waiting.oldest > LONG:
        minutes = (now - waiting.oldest) // timedelta(minutes=1)
        change = "Start more workers, or raise SCAN_WORKERS and clamd's MaxThreads."
        return warn(f"{waiting.waiting} scans are waiting, the first for {minutes} minutes", change)
    return ok(f"{waiting.waiting} scans are waiting")


def sweeps(context: CheckContext) -> Finding:
    swept = context.deps.counters.read().get(LAST_SWEEP)
    change = "Start python -m jobs.cron, and check its log: only the sweeper cleans up after crashes."
    if swept is None:
        return fail("the sweeper has never run", change)
    age = context.deps.clock().timestamp() - swept
    if age > max(LEAST.total_seconds(), FEWEST_SWEEPS * context.deps.settings.sweep_interval):
        return fail(f"the last sweep was {age // 60:.0f} minutes ago", change)
    return ok(f"the last sweep was {max(0, age):.0f} s ago")


CHECKS: dict[str, Check] = {"workers": workers, "backlog": backlog, "sweeper": sweeps}
