"""The counters of the jobs on all hosts: a hash in Redis, which any API process can read.

A host has several worker processes, and dead ones are replaced: a file or a port for each would accumulate. A Redis
that lost its data starts at zero again, which Prometheus takes for the restart of a process.
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
        """Add amounts to the counters, and replace values by the latest ones; one round trip."""
        with _translated():
            pipeline = self._redis.pipeline(transaction=True)
            for sample, amount in amounts.items():
                pipeline.hincrbyfloat(KEY, _field(sample), amount)
            for sample, value in latest.items():
                pipeline.hset(KEY, _field(sample), str(value))
            pipeline.execute()

    def read(self) -> dict[Sample, float]:
        """Return all samples."""
        with _translated():
            kept = self._redis.hgetall(KEY)
        read = (_read(field, value) for field, value in kept.items())
        return dict(each for each in read if each is not None)


def _field(sample: Sample) -> str:
    return json.dumps(sample, separators=(",", ":"))


def _read(field: bytes | str, value: bytes | str) -> tuple[Sample, float] | None:
    """Parse what `add` wrote; None for any other content, which /metrics could not show."""
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
