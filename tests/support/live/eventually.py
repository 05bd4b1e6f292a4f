"""Waiting for what other processes do: asked again and again, never slept through."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

FIRST_PAUSE, LAST_PAUSE = 0.02, 0.1
"""Seconds between two questions; each pause is longer by half than the one before. A question takes processor time from
what it waits for, often as much as the pause between two."""


def eventually(ask: Callable[[], Answer], wanted: Callable[[Answer], object] = bool, seconds: float = 30.0) -> Answer:
    """The first answer that is as wanted; AssertionError with the last one when none was within `seconds`."""
    deadline, pause = time.monotonic() + seconds, FIRST_PAUSE
    while not wanted(answer := ask()):
        assert time.monotonic() < deadline, f"after {seconds:.0f} s the answer is still {answer!r}"
        time.sleep(pause)
        pause = min(pause * 1.5, LAST_PAUSE)
    return answer
