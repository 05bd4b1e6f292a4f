"""What the jobs of all hosts have counted, together: a hash in Redis, for whichever API process is asked.

RQ makes a process for each job: what it counts would die with it, and files or a port for each would grow without end.
A Redis that lost its data begins at zero again, which Prometheus takes for the restart of a process.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from redis import Redis
from redis.exceptions import RedisError

from service.errors import QueueUnavailableError
from service.observability.metrics import FAILURES

KEY = "longshore:metrics"


class Sample(NamedTuple):
    """A sample's name as Prometheus writes it (`longshore_scans_total`), and its labels."""

    name: str
    labels: tuple[tuple[str, str], ...] = ()


class SharedCounters:
    """Both methods raise QueueUnavailableError."""

    def __init__(self, connection: Redis) -> None:
        self._redis = connection

    def add(self, amounts: Mapping[Sample, float], latest: Mapping[Sample, float]) -> None:
        """Add amounts to what is there, and let the latest values take the place of others; one round trip."""
        with _translated():
            pipeline = self._redis.pipeline(transaction=True)
            for sample, amount in amounts.items():
                pipeline.hincrbyfloat(KEY, _field(sample), amount)
            for sample, value in latest.items():
                pipeline.hset(KEY, _field(sample), str(value))
            pipeline.execute()

    def read(self) -> dict[Sample, float]:
        """All of it."""
        with _translated():
            kept = self._redis.hgetall(KEY)
        read = (_read(field, value) for field, value in kept.items())
        return dict(each for each in read if each is not None)


def _field(sample: Sample) -> str:
    return json.dumps(sample, separators=(",", ":"))


def _read(field: bytes | str, value: bytes | str) -> tuple[Sample, float] | None:
    """What `add` wrote; None for anything else that lies there, which /metrics could not show."""
    try:
        name, labels = json.loads(field)
        pairs = tuple((str(key), str(text)) for key, text in labels)
        if not all(key.isidentifier() and (key != "le" or float(text) is not None) for key, text in pairs):
            return None
        return Sample(str(name), pairs), float(value)
    except (ValueError, TypeError, RecursionError):
        return None


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        FAILURES.labels("redis", "unavailable").inc()
        raise QueueUnavailableError from error
