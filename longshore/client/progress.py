"""Progress of a transfer: moved bytes, speed and remaining time."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

SPEED_WINDOW = 8.0
"""Seconds over which the speed is averaged."""
LEAST_SPAN = 0.5
TELL_EVERY = 0.1
"""Seconds between two progress events."""


@dataclass(frozen=True)
class Progress:
    """moved, size: bytes, size None while unknown; speed: bytes per second; seconds_left: None while unknown."""

    moved: int
    size: int | None
    speed: float = 0.0
    seconds_left: float | None = None


class Meter:
    """Add up the bytes of all parts; the bytes of a restarted part are subtracted. Thread-safe."""

    def __init__(self, size: int | None, tell: Callable[[Progress], None], now: Callable[[], float] = time.monotonic):
        self._size, self._tell, self._now = size, tell, now
        self._by_part: dict[int, int] = {}
        self._sum = self._travelled = 0
        self._samples = deque([(now(), 0)])
        self._told_at = 0.0
        self._lock = threading.RLock()

    def moved(self, part: int, size: int) -> None:
        """Set the sent bytes of a part; 0: it starts again."""
        with self._lock:
            before = self._by_part.get(part, 0)
            self._record(part, size)
            if size > before:
                self._travelled += size - before
                self._sample()
            if self._now() - self._told_at >= TELL_EVERY:
                self.tell()

    def stored(self, part: int, size: int) -> None:
        """Count a part that is already in storage as moved, but not for the speed."""
        with self._lock:
            self._record(part, size)

    def tell(self) -> None:
        """Report the progress now."""
        with self._lock:
            self._told_at = self._now()
            self._tell(self.read())

    def read(self) -> Progress:
        with self._lock:
            since, travelled = self._samples[0]
            span = self._now() - since
            speed = (self._travelled - travelled) / span if span >= LEAST_SPAN else 0.0
            left = None if self._size is None else self._size - self._sum
            seconds = 0.0 if left == 0 else left / speed if left is not None and speed > 0 else None
            return Progress(self._sum, self._size, speed, seconds)

    def _record(self, part: int, size: int) -> None:
        self._sum += size - self._by_part.get(part, 0)
        self._by_part[part] = size

    def _sample(self) -> None:
        now = self._now()
        if now - self._samples[-1][0] >= TELL_EVERY:
            self._samples.append((now, self._travelled))
        while len(self._samples) > 2 and self._samples[1][0] < now - SPEED_WINDOW:
            self._samples.popleft()
