"""Keep the result of a check of a scanner's settings: it is repeated for new signatures, and regularly."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

from service.errors import ScannerUnavailableError
from service.scanner.clamd.replies import ScanFailedError

KEPT_SECONDS = 300.0
"""Seconds for which a result is kept: a new configuration is not visible otherwise."""
PROBE_SECONDS = 5.0
"""Seconds for the whole check: if the scanner is busy with large files, it is repeated after RETRY_SECONDS."""
RETRY_SECONDS = 30.0


class KeptAdvice:
    """Checks a scanner and keeps the result.

    unknown: the advice until the first check ends. passing: advice whose check is repeated after RETRY_SECONDS. clock:
    seconds since any moment.
    """

    unknown: str
    passing: frozenset[str] = frozenset()

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._one_at_a_time = threading.Lock()
        self._version: str | None = None
        self._advice: tuple[str, ...] = (self.unknown,)
        self._due = clock()

    def advice(self, version: str) -> tuple[str, ...]:
        """Return recommended changes to the scanner's settings.

        version: of engine and signatures. The last result is used while the scanner is too busy for a new one.
        """
        with self._one_at_a_time:
            if version != self._version or self._clock() >= self._due:
                try:
                    self._advice = tuple(self._found(self._clock() + PROBE_SECONDS))
                    seconds = RETRY_SECONDS if self.passing & set(self._advice) else KEPT_SECONDS
                except (OSError, ScanFailedError, ScannerUnavailableError):
                    seconds = RETRY_SECONDS
                self._due = self._clock() + seconds
                self._version = version
            return self._advice

    def seconds_left(self, deadline: float) -> float:
        """Return the seconds until the deadline of a check. Raises ScannerUnavailableError after it."""
        left = deadline - self._clock()
        if left <= 0:
            raise ScannerUnavailableError
        return left

    def _found(self, deadline: float) -> Iterator[str]:
        """Check the scanner; yield advice."""
        raise NotImplementedError
