"""Values of the database that a process caches for a moment, by name."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import ClassVar, Generic, TypeVar

Value = TypeVar("Value")


class TimedMemory(Generic[Value]):
    """Values by name, each for `remembered`. One for each process."""

    remembered: ClassVar[timedelta]

    def __init__(self) -> None:
        self._known: dict[str, tuple[Value, datetime]] = {}

    def recall(self, name: str, now: datetime) -> Value | None:
        """Return the value that is cached; None if there is none, or it is outdated."""
        value, until = self._known.get(name, (None, now))
        return value if until > now else None

    def _keep(self, name: str, value: Value, now: datetime) -> None:
        self._known[name] = (value, now + self.remembered)
