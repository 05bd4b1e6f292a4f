"""Bytes that have moved, and what follows from them; and who hears of it."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

SPEED_WINDOW = 8.0
"""Seconds that count for the speed, so that it follows the line without jumping."""
LEAST_SPAN = 0.5
TELL_EVERY = 0.1
"""Seconds between two words about progress."""


@dataclass(frozen=True)
class Progress:
    """moved, size: bytes, size None while unknown; speed: bytes a second; seconds_left: None while nobody can say."""

    moved: int
    size: int | None
    speed: float = 0.0
    seconds_left: float | None = None


class Meter:
    """Adds up the bytes of all parts; a part that has to begin again gives its bytes back. For all threads."""

    def __init__(self, size: int | None, tell: Callable[[Progress], None], now: Callable[[], float] = time.monotonic):
        self._size, self._tell, self._now = size, tell, now
        self._by_part: dict[int, int] = {}
        self._sum = self._travelled = 0
        self._samples = deque([(now(), 0)])
        self._told_at = 0.0
        self._lock = threading.RLock()

    def moved(self, part: int, size: int) -> None:
        """So many bytes of the part have gone by now; 0: it begins again."""
        with self._lock:
            before = self._by_part.get(part, 0)
            self._record(part, size)
            if size > before:
                self._travelled += size - before
                self._sample()
            if self._now() - self._told_at >= TELL_EVERY:
                self.tell()

    def stored(self, part: int, size: int) -> None:
        """The part is there already: it counts as moved, not as speed."""
        with self._lock:
            self._record(part, size)

    def tell(self) -> None:
        """Say now how far it is."""
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
