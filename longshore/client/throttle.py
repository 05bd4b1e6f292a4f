"""A cap on bytes a second, over all connections together."""

from __future__ import annotations

import threading
import time

from longshore.client.stopping import Stop


class Throttle:
    """Bytes pass one piece after another, each when those before it would have been through at the cap's rate."""

    def __init__(self, cap: float | None = None) -> None:
        """cap: bytes a second, None for as fast as the line is. May be changed at any time."""
        self.cap = cap
        self._free_at = 0.0
        self._lock = threading.Lock()

    def reserve(self, size: int, now: float) -> float:
        """Seconds that so many bytes have to wait if they come now."""
        if not self.cap:
            return 0.0
        with self._lock:
            start = max(now, self._free_at)
            self._free_at = start + size / self.cap
        return start - now

    def let_pass(self, size: int, stop: Stop) -> None:
        """Waits until so many bytes may go. Raises StoppedError."""
        stop.sleep(self.reserve(size, time.monotonic()))
