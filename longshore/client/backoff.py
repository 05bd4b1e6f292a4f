"""Trying again: exponential backoff with full jitter, and no shorter than the other side asks for."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from longshore.client.stopping import Stop

T = TypeVar("T")
_RANDOM = random.SystemRandom()


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how patiently; delays in seconds. As it comes, about a minute on average."""

    attempts: int = 10
    base_delay: float = 0.5
    max_delay: float = 15.0


def backoff_delay(attempt: int, policy: RetryPolicy, chance: float) -> float:
    """Seconds before the next try; chance: 0 … 1, so that clients do not march in step."""
    # 2**attempt of a great number of attempts is more than a float holds
    return chance * min(policy.max_delay, policy.base_delay * 2.0 ** min(attempt, 60))


def with_retry(
    action: Callable[[], T], judge: Callable[[Exception], float | None], policy: RetryPolicy, stop: Stop
) -> T:
    """The result of `action`, tried until it succeeds, `judge` gives up on its error, or the attempts are used up.

    judge: the least wait in seconds before another try, None for no other.
    """
    attempt = 0
    while True:
        stop.check()
        try:
            return action()
        except Exception as error:
            stop.check()
            least = judge(error)
            attempt += 1
            if least is None or attempt >= policy.attempts:
                raise
        stop.sleep(least + backoff_delay(attempt - 1, policy, _RANDOM.random()))
