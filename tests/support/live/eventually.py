"""Wait for other processes by repeated questions, never by a fixed sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

FIRST_PAUSE, LAST_PAUSE = 0.02, 0.1
"""Seconds between two questions; each pause is half as long again as the one before. A question takes processor time
from the process that it waits for, often as much as the pause."""


def eventually(ask: Callable[[], Answer], wanted: Callable[[Answer], object] = bool, seconds: float = 30.0) -> Answer:
    """Return the first expected answer. Raises AssertionError with the last one after `seconds`."""
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE
    while not wanted(answer := ask()):
        assert time.monotonic() < deadline, f"after {seconds:.0f} s the answer is still {answer!r}"
        time.sleep(pause)
        pause = min(pause * 1.5, LAST_PAUSE)
    return answer
