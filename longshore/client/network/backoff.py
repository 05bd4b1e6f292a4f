"""Retries: exponential backoff with full jitter, at least as long as the server requests."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from longshore.client.stopping import Stop

T = TypeVar("T")
_RANDOM = random.SystemRandom()


@dataclass(frozen=True)
class RetryPolicy:
    """Number of attempts and delays in seconds. The default is about a minute on average.

    first_contact: seconds in which a server that was never reached is tried again, and connecting to it has only a few;
    None: as after any other failure.
    """

    attempts: int = 10
    base_delay: float = 0.5
    max_delay: float = 15.0
    first_contact: float | None = None


def backoff_delay(attempt: int, policy: RetryPolicy, chance: float) -> float:
    """Return the seconds before the next attempt; chance: 0 … 1, so that clients spread out."""
    # 2**attempt can exceed a float
    return chance * min(policy.max_delay, policy.base_delay * 2.0 ** min(attempt, 60))


def with_retry(
    action: Callable[[], T], judge: Callable[[Exception], float | None], policy: RetryPolicy, stop: Stop
) -> T:
    """Call `action` until it succeeds, `judge` rejects a retry, or no attempts are left; return its result.

    judge: returns the minimum wait in seconds before a retry, None for no retry.
    """
    attempt, began = 0, time.monotonic()
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
            delay = least + backoff_delay(attempt - 1, policy, _RANDOM.random())
            if _is_hopeless(error, policy, time.monotonic() + delay - began):
                raise
        stop.sleep(delay)


def _is_hopeless(error: Exception, policy: RetryPolicy, seconds: float) -> bool:
    """Whether the server was never reached, and would not have been for longer than the policy allows."""
    allowed = policy.first_contact
    return allowed is not None and seconds > allowed and getattr(error, "never_reached", False)
