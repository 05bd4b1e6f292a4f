"""Waiting for what other processes do: asked again and again, never slept through."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Answer = TypeVar("Answer")

POLL_SECONDS = 0.05


def eventually(ask: Callable[[], Answer], wanted: Callable[[Answer], object] = bool, seconds: float = 30.0) -> Answer:
    """The first answer that is as wanted; AssertionError with the last one when none was within `seconds`."""
    deadline = time.monotonic() + seconds
    while not wanted(answer := ask()):
        assert time.monotonic() < deadline, f"after {seconds:.0f} s the answer is still {answer!r}"
        time.sleep(POLL_SECONDS)
    return answer
