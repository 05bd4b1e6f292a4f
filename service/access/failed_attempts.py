"""Count wrong keys, tokens and credentials in Redis for all processes; after too many, refuse further attempts.

Unlike the rate limits, this one is always on, and also works without Redis: then each process counts separately.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from functools import cached_property
from typing import TypeVar

from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter as Limiter
from redis.exceptions import RedisError

from service.access.rate_limits import PAUSE, network_of, redis_storage
from service.errors import TooManyRequestsError
from service.observability.logs import get_logger
from service.settings import Settings
from service.values.access.caller import Caller

log = get_logger(__name__)

T = TypeVar("T")
NAME = "guess"
Counted = tuple[str, str]
"""A counter of wrong attempts: its kind (`subject`, `address`, `file`), and its id."""


class FailedAttempts:
    """Counts wrong attempts by caller, and by file."""

    def __init__(
        self, redis_url: str, limit: str, clock: Callable[[], float] = time.monotonic, name: str = NAME
    ) -> None:
        """limit: wrong attempts per time, `20/minute`; name: of the counters. Connects at first use."""
        self._limit = parse(limit)
        self._name = name
        self._shared = Limiter(redis_storage(redis_url))
        self._clock = clock
        self._resting_until = float("-inf")

    @cached_property
    def _own(self) -> Limiter:
        """This process's own count; created at first use, as it starts a thread."""
        return Limiter(MemoryStorage())

    def admit(self, counted: Iterable[Counted]) -> None:
        """Raises TooManyRequestsError if one of these has too many wrong attempts."""
        for kind, which in counted:
            if self._ask(_test, kind, which):
                continue
            free_at = self._ask(_free_at, kind, which)
            seconds = max(1, min(math.ceil(free_at - time.time()), self._limit.get_expiry()))
            raise TooManyRequestsError(f"{kind} with a wrong key or credential", str(self._limit), seconds)

    def take(self, counted: Iterable[Counted]) -> bool:
        """Count an attempt; whether none of these has too many."""
        # each is counted, also after one that has too many
        taken = [self._ask(_hit, kind, which) for kind, which in counted]
        return all(taken)

    def note_wrong(self, counted: Iterable[Counted]) -> None:
        """Count a wrong attempt."""
        for kind, which in counted:
            self._ask(_hit, kind, which)

    def _ask(self, question: Callable[[Limiter, RateLimitItem, str, str, str], T], kind: str, which: str) -> T:
        """Use Redis, or this process's own count without it."""
        if self._clock() >= self._resting_until:
            try:
                return question(self._shared, self._limit, self._name, kind, which)
            except RedisError as error:
                self._resting_until = self._clock() + PAUSE
                log.warning("guesses_counted_alone", seconds=PAUSE, reason=type(error).__name__)
        return question(self._own, self._limit, self._name, kind, which)


def _test(limiter: Limiter, limit: RateLimitItem, *counter: str) -> bool:
    return limiter.test(limit, *counter)


def _hit(limiter: Limiter, limit: RateLimitItem, *counter: str) -> bool:
    return limiter.hit(limit, *counter)


def _free_at(limiter: Limiter, limit: RateLimitItem, *counter: str) -> float:
    return limiter.get_window_stats(limit, *counter).reset_time


def counted_by(caller: Caller) -> list[Counted]:
    """Return the subject to count an attempt for; with login off, the address."""
    if caller.subject is not None:
        return [("subject", caller.subject)]
    return counted_from(caller.address)


def counted_from(address: str | None) -> list[Counted]:
    """Return the address to count an attempt for before the caller is known."""
    return [("address", network_of(address))] if address else []


def make_failed_attempts(settings: Settings) -> FailedAttempts:
    return FailedAttempts(settings.redis_url, settings.rate_limit_guesses)
