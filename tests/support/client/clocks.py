"""A clock, and a stop that records how long it waits."""

from __future__ import annotations

from longshore.client import Stop


class Clock:
    """A clock that a test sets; what it calls `time` elsewhere."""

    def __init__(self, now: float = 0.0) -> None:
        self.now = now

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now


class Waits(Stop):
    """Does not wait; slept: the requested times."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
