"""Numbers of clamd's signatures that this process caches, so that it need not read them for each scan."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.db.cached.timed_memory import TimedMemory

REMEMBERED = timedelta(seconds=10)
"""Time for which a number is used without a query. Numbers only change when another database replaces this one."""


class GenerationMemory(TimedMemory[int]):
    """Recently used numbers by version: a few, as only the scanners in use have one. One for each process."""

    remembered = REMEMBERED

    def remember(self, version: str, number: int, now: datetime) -> None:
        """Cache a number; outdated ones are forgotten."""
        self._known = {name: known for name, known in self._known.items() if known[1] > now}
        self._keep(version, number, now)
