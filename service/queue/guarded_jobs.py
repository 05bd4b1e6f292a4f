"""Validate jobs from Redis: one of three functions, with matching arguments, and a few dates and numbers.

RQ does what a job's hash in Redis names: it imports any function and any callback, sends HTTP requests (webhooks),
queues dependent jobs, repeats a job, and unpacks data of any size. This module prevents all of that.
"""

from __future__ import annotations

import json
import re
import secrets
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from redis import Redis
from redis.exceptions import ResponseError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job, JobStatus
from rq.utils import now

from service.limits import MAX_OBJECT_SIZE, MIB
from service.observability.logs import get_logger
from service.queue.redis_values import date_of, number_of, text_of
from service.values import JobView
from service.values.formats.ids import is_id

log = get_logger(__name__)

SCAN_JOB = "jobs.scan.scan_file"
SWEEP_JOB = "jobs.sweep.sweep"
DELIVER_JOB = "jobs.deliver.deliver"

IMMEDIATE_RETRIES = 1
"""Attempts that RQ adds immediately, for a broken connection; the sweeper schedules later ones from the database.

Not RQ's own delayed retries: its scheduler ends permanently if Redis is unavailable for a moment, which loses them.
"""
RESULT_TTL = 24 * 3600
"""Seconds for which the result of a finished scan is kept."""
SHORT_TTL = 600
"""The same for a sweep, and for a turn of deliveries."""
SWEEP_TIMEOUT = 600
"""Maximum seconds of a sweep."""
DELIVER_TIMEOUT = 120
"""Maximum seconds of a turn of deliveries: it starts none after the first 60, and each may wait several times 10."""
MAX_DATA = 4096
"""Maximum bytes of a job's function and arguments, and of its meta: ours need some 200."""
MAX_DESCRIPTION = 2000
"""Characters."""
MAX_META = 8
"""A job's metadata: the request's id, and what OpenTelemetry's propagators add."""

_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,128}", re.ASCII)
_ENDPOINT = re.compile(r"[0-9a-f]{16}", re.ASCII)
_META_NAME = re.compile(r"[a-z][a-z0-9_-]{0,63}", re.ASCII)
_META_VALUE = re.compile(r"[ -~]{0,1024}", re.ASCII)
_NO_JOB = secrets.token_hex(16)


MAX_PASSES = 2
"""Scanners that a scan asks one after the other at most."""


def scan_timeout(size: int) -> int:
    """Return the seconds after which RQ ends the scan of `size` bytes by one scanner."""
    return 300 + size // MIB


class Rule(NamedTuple):
    """The allowed calls of a function. arguments: a check for each; timeout, ttl: maximum seconds."""

    arguments: tuple[Callable[[str], object], ...]
    timeout: int
    ttl: int


RULES: Mapping[str, Rule] = {
    SCAN_JOB: Rule((is_id,), scan_timeout(MAX_OBJECT_SIZE) * MAX_PASSES, RESULT_TTL),
    SWEEP_JOB: Rule((), SWEEP_TIMEOUT, SHORT_TTL),
    DELIVER_JOB: Rule((_ENDPOINT.fullmatch,), DELIVER_TIMEOUT, SHORT_TTL),
}
"""All functions that a worker runs."""
_REFUSED = Rule((), DELIVER_TIMEOUT, RESULT_TTL)


VIEWED = ("data", "status", "enqueued_at", "started_at", "ended_at")
"""The fields of a job's hash that `job_view` reads."""


class RefusedError(Exception):
    """The job is not one of ours; the message is for the log and contains no data from Redis."""


class GuardedJob(Job):
    """A job from Redis, reduced to what this service stores. refusal: why it must not run; None if it may."""

    refusal: str | None = None

    def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
        """Read a job's hash. Raises NoSuchJobError without data; anything else that is wrong becomes a refusal.

        Nothing else is read: no callbacks, webhooks, dependencies, repeats, groups, rate limits, results.
        """
        get = raw_data.get
        if b"data" not in raw_data:
            raise NoSuchJobError("a job without data")
        name, self.refusal = "", None
        args: list[str] = []
        try:
            name, args = call_of(raw_data[b"data"])
        except RefusedError as error:
            self.refusal = str(error)
        self.data = self.serializer.dumps((name, None, args, {}))
        rule = RULES.get(name, _REFUSED)
        self.timeout = number_of(get(b"timeout"), 1, rule.timeout, rule.timeout)
        self.result_ttl = self.failure_ttl = rule.ttl
        self.retries_left = 0 if self.refusal else number_of(get(b"retries_left"), 0, IMMEDIATE_RETRIES, 0)
        self._status = _status(get(b"status"))
        self.origin = text_of(get(b"origin"))
        self.worker_name = text_of(get(b"worker_name")) or None
        self.description = text_of(get(b"description"))[:MAX_DESCRIPTION] or None
        self.meta = meta_of(get(b"meta"))
        self.created_at = date_of(get(b"created_at")) or now()
        self.enqueued_at, self.started_at = date_of(get(b"enqueued_at")), date_of(get(b"started_at"))
        self.ended_at, self.last_heartbeat = date_of(get(b"ended_at")), date_of(get(b"last_heartbeat"))

    def to_dict(self, include_meta: bool = True, include_result: bool = True) -> dict[str, Any]:
        """RQ's method: write the job to Redis. The data of a refused job stays unchanged there, for inspection."""
        kept = dict(super().to_dict(include_meta, include_result))
        if self.refusal is not None:
            del kept["data"]
        return kept

    @property
    def dependents_key(self) -> str:
        """A key without jobs: RQ reads here the jobs that depend on this one, and dependent jobs are not allowed."""
        return self.dependents_key_for(_NO_JOB)


class GuardedQueue(Queue):
    """A queue of guarded jobs; invalid entries are discarded."""

    job_class = GuardedJob

    @classmethod
    def lpop(cls, queue_keys: Sequence[str], timeout: int | None, connection: Redis | None = None) -> Any:
        """RQ's method: return (queue's key, job's id), or None without a job. Ids that would crash RQ are skipped."""
        while (popped := super().lpop(queue_keys, timeout, connection)) is not None:
            with suppress(UnicodeDecodeError):
                if _JOB_ID.fullmatch(popped[1].decode()):
                    return popped
            log.warning("job_refused", reason="invalid job id")
        return None

    @classmethod
    def _fetch_dequeued_job(  # type: ignore[override]
        cls, connection: Redis, queue_key: str, job_id: str, **options: Any
    ) -> tuple[Job, Queue] | None:
        """RQ's method: return (job, queue), or None if the job does not exist."""
        try:
            found = super()._fetch_dequeued_job(connection, queue_key, job_id, **options)
        except ResponseError as error:
            if not str(error).startswith("WRONGTYPE"):
                raise
            log.warning("job_refused", job=job_id, reason="not a Redis hash")
            return None
        if found is not None:
            job, queue = found
            job.origin = queue.name  # ignores the job's own claim: its end is recorded in this queue
        return found


def job_view(
    job_id: str,
    data: bytes | None,
    status: bytes | None,
    enqueued_at: bytes | None,
    started_at: bytes | None,
    ended_at: bytes | None,
) -> JobView | None:
    """Return the view of a job from its fields VIEWED, without a job for RQ; None without data, as in `restore`."""
    if data is None:
        return None
    return JobView(job_id, str(_status(status).value), date_of(enqueued_at), date_of(started_at), date_of(ended_at))


def call_of(data: bytes) -> tuple[str, list[str]]:
    """Return the function's name and its arguments from a job's data. Raises RefusedError."""
    try:
        call = json.loads(_unpacked(data))
    except (ValueError, RecursionError):
        raise RefusedError("the data is not JSON") from None
    if not isinstance(call, list) or len(call) != 4:
        raise RefusedError("the data is not a function call")
    name, instance, args, kwargs = call
    rule = RULES.get(name) if isinstance(name, str) else None
    if rule is None:
        raise RefusedError("the function is not allowed")
    if instance is not None or kwargs != {} or not isinstance(args, list) or len(args) != len(rule.arguments):
        raise RefusedError("the arguments do not match the function")
    if not all(isinstance(arg, str) and check(arg) for arg, check in zip(args, rule.arguments, strict=True)):
        raise RefusedError("an argument has the wrong format")
    return name, args


def meta_of(raw: bytes | None) -> dict[str, str]:
    """Return a job's metadata as far as it can be ours: a few short values, by name."""
    with suppress(ValueError, RecursionError):
        found = json.loads(raw) if raw and len(raw) <= MAX_DATA else {}
        pairs = list(found.items())[:MAX_META] if isinstance(found, dict) else []
        return {
            name: value
            for name, value in pairs
            if _META_NAME.fullmatch(name) and isinstance(value, str) and _META_VALUE.fullmatch(value)
        }
    return {}


def _unpacked(data: bytes) -> bytes:
    """Decompress at most MAX_DATA bytes: a megabyte in Redis could be a gigabyte here."""
    unpack = zlib.decompressobj()
    try:
        text = unpack.decompress(data, MAX_DATA + 1)
    except zlib.error:
        text = data  # RQ also accepts uncompressed data
    if len(text) > MAX_DATA:
        raise RefusedError("the data is too large")
    return text


def _status(raw: bytes | None) -> JobStatus:
    try:
        return JobStatus(text_of(raw))
    except ValueError:
        return JobStatus.CREATED
