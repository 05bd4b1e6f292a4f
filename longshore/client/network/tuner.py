"""Find the fastest number of parallel parts, between a minimum and a maximum."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from longshore.client.stopping import Stop

CONNECTIONS = (2, 10)
FIRST = 4
BETTER = 1.05
"""Minimum speedup for a change to count; a smaller one may be chance."""


class Tuner:
    """Try one connection more or less after each round of parts, and continue in the faster direction.

    A failed part means one connection less. Give the same number twice for a fixed one.
    """

    def __init__(self, least: int, most: int) -> None:
        if not 1 <= least <= most:
            raise ValueError(f"connections run from 1 up, the least first; not {least} … {most}")
        self.least, self.most = least, most
        self.limit = min(most, max(least, FIRST))
        self._step = 1
        self._last_rate = 0.0
        self._bytes = self._parts = 0
        self._since = time.monotonic()

    def arrived(self, size: int, now: float) -> None:
        """Record a finished part."""
        self._bytes += size
        self._parts += 1
        if self._parts < self.limit:
            return
        rate = self._bytes / max(1e-6, now - self._since)
        if rate < self._last_rate * BETTER:
            self._step = -self._step
        self._last_rate = rate
        self._move(self._step, now)

    def failed(self, now: float) -> None:
        """Record a failed part."""
        self._step, self._last_rate = 1, 0.0
        self._move(-1, now)

    def _move(self, step: int, now: float) -> None:
        self.limit = min(self.most, max(self.least, self.limit + step))
        self._bytes = self._parts = 0
        self._since = now


class ConcurrencyLimits:
    """Limit the parallel parts of all files of a client to the tuner's number."""

    def __init__(self, least: int, most: int) -> None:
        self._tuner = Tuner(least, most)
        self._active = 0
        self._changed = threading.Condition()

    @property
    def most(self) -> int:
        return self._tuner.most

    @contextmanager
    def turn(self, stop: Stop) -> Iterator[None]:
        """Wait for a slot to send one part. Raises StoppedError."""
        with self._changed:
            while self._active >= self._tuner.limit:
                self._changed.wait(0.1)
                stop.check()
            self._active += 1
        try:
            yield
        finally:
            with self._changed:
                self._active -= 1
                self._changed.notify_all()

    def arrived(self, size: int) -> None:
        """Record a finished part."""
        with self._changed:
            self._tuner.arrived(size, time.monotonic())

    def failed(self) -> None:
        """Record a failed part."""
        with self._changed:
            self._tuner.failed(time.monotonic())
