"""Read the workers from Redis: without RQ's classes, which clean up while they list, and take nothing there as true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from redis import Redis

from service.queue.guarded_jobs import (
    DELIVER_JOB,
    SCAN_JOB,
    SWEEP_JOB,
    GuardedJob,
    RefusedError,
    call_of,
)
from service.queue.redis_values import date_of, number_of, text_of
from service.values.formats.plain_text import plain_text
from service.values.operators.operations import WorkerJob, WorkerView

WORKERS = "rq:workers"
"""RQ's set of the workers' keys."""
KEY = "rq:worker:"
EXECUTIONS = ":executions"
"""RQ's set of the running jobs of a worker, `JOB:EXECUTION`: its key is the worker's key with this."""
MOST = 1_000
"""Workers that are read at most."""
MOST_COUNTED = 2**53
NAME = 200
"""Maximum characters of a name."""
FIELDS = (
    *("hostname", "pid", "state", "queues", "last_heartbeat", "birth", "successful_job_count", "failed_job_count"),
)
KINDS = {SCAN_JOB: "scan", SWEEP_JOB: "sweep", DELIVER_JOB: "deliver"}


def read_workers(redis: Redis) -> list[WorkerView]:
    """Return the workers by name, without those whose record has expired. Three round trips. Raises RedisError."""
    members = cast("list[bytes]", redis.srandmember(WORKERS, MOST))
    keys = sorted(key for key in map(text_of, members) if key.startswith(KEY))
    records = _all(redis, [("HMGET", key, *FIELDS) for key in keys])
    executions = _all(redis, [("SRANDMEMBER", key + EXECUTIONS, "1") for key in keys])
    running = [text_of(next(iter(found), None)).rpartition(":")[0] for found in executions]
    jobs = _jobs(redis, [job_id for job_id in running if job_id])
    return [
        _worker(key.removeprefix(KEY), dict(zip(FIELDS, record, strict=True)), jobs.get(job_id))
        for key, record, job_id in zip(keys, records, running, strict=True)
        if record and record[0] is not None
    ]


def _all(redis: Redis, commands: Sequence[tuple[str, ...]]) -> list[Any]:
    """Return the answers of these commands by one round trip; an empty one for a key of another type."""
    with redis.pipeline(transaction=False) as pipeline:
        for command in commands:
            pipeline.execute_command(*command)  # type: ignore[no-untyped-call]
        answers = pipeline.execute(raise_on_error=False)
    return [() if isinstance(answer, Exception) else answer for answer in answers]


def _jobs(redis: Redis, job_ids: Sequence[str]) -> dict[str, WorkerJob]:
    found = _all(redis, [("HMGET", GuardedJob.key_for(job_id), "data", "started_at") for job_id in job_ids])
    return {job_id: _job(job_id, *fields) for job_id, fields in zip(job_ids, found, strict=True) if fields}


def _job(job_id: str, data: bytes | None, started_at: bytes | None) -> WorkerJob:
    try:
        name, arguments = call_of(data or b"")
    except RefusedError:
        name, arguments = "", []
    file_id = arguments[0] if name == SCAN_JOB else None
    return WorkerJob(plain_text(job_id, NAME), KINDS.get(name), file_id, None, date_of(started_at))


def _worker(name: str, record: Mapping[str, bytes | None], job: WorkerJob | None) -> WorkerView:
    def text(field: str) -> str:
        return plain_text(text_of(record[field]), NAME)

    def count(field: str) -> int:
        return number_of(record[field], 0, MOST_COUNTED, 0)

    return WorkerView(
        name=plain_text(name, NAME),
        host=text("hostname"),
        pid=count("pid"),
        state=text("state") or "starting",
        queues=tuple(filter(None, text("queues").split(","))),
        job=job,
        last_heartbeat=date_of(record["last_heartbeat"]),
        started_at=date_of(record["birth"]),
        successful=count("successful_job_count"),
        failed=count("failed_job_count"),
    )
