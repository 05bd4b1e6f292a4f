"""Limit the bytes per second over all connections."""

from __future__ import annotations

import threading
import time

from longshore.client.stopping import Stop


class Throttle:
    """Pieces pass one after another, each when those before it would have passed at the limit's rate."""

    def __init__(self, cap: float | None = None) -> None:
        """cap: bytes per second, None for no limit. Can be changed at any time."""
        self.cap = cap
        self._free_at = 0.0
        self._lock = threading.Lock()

    def reserve(self, size: int, now: float) -> float:
        """Return the seconds that these bytes need to wait now."""
        if not self.cap:
            return 0.0
        with self._lock:
            start = max(now, self._free_at)
            self._free_at = start + size / self.cap
        return start - now

    def let_pass(self, size: int, stop: Stop) -> None:
        """Wait until these bytes can pass. Raises StoppedError."""
        stop.sleep(self.reserve(size, time.monotonic()))
