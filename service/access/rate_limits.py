"""Rate limits, counted in Redis for all processes. Without Redis no request is refused, so that uploads continue."""

from __future__ import annotations

import ipaddress
import math
import re
import time
from collections.abc import Callable

from limits import RateLimitItem, parse
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from service.errors import TooManyRequestsError
from service.observability.logs import get_logger
from service.settings import Settings

log = get_logger(__name__)

TIMEOUT = 0.5
"""Seconds for which a request waits for Redis."""
PAUSE = 5.0
"""Seconds without counting after Redis did not answer, so that one request waits, not all."""
IPV6_NETWORK = 48
"""Leading bits of an IPv6 address that identify a site, which may have all others for itself (RFC 6177, section 2)."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""IPv4 addresses behind a translator (RFC 6052, section 2.1)."""
UNREADABLE = "unreadable"
"""One name for everything in a proxy's header that is no address: otherwise each new text would start at zero."""


class RateLimiter:
    """Counts requests by subject and by address; an empty limit means no limit."""

    def __init__(
        self, redis_url: str, per_subject: str, per_address: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Limits are texts such as `6000/minute`. Connects at first use."""
        self._subject = parse(per_subject) if per_subject else None
        self._address = parse(per_address) if per_address else None
        self._limiter = SlidingWindowCounterRateLimiter(redis_storage(redis_url))
        self._clock = clock
        self._resting_until = float("-inf")

    def admit_subject(self, subject: str | None) -> None:
        """Count a request of a subject. Raises TooManyRequestsError."""
        if self._subject is not None and subject is not None:
            self._admit(self._subject, "subject", subject)

    def admit_address(self, address: str | None) -> None:
        """Count a request from an address, for any subject. Raises TooManyRequestsError."""
        if self._address is not None and address:
            self._admit(self._address, "address", network_of(address))

    def _admit(self, limit: RateLimitItem, kind: str, who: str) -> None:
        if self._clock() < self._resting_until:
            return
        try:
            if self._limiter.hit(limit, kind, who):
                return
            free_at = self._limiter.get_window_stats(limit, kind, who).reset_time
        except RedisError as error:
            self._resting_until = self._clock() + PAUSE
            log.warning("requests_not_counted", seconds=PAUSE, reason=type(error).__name__)
            return
        seconds = math.ceil(free_at - time.time())
        raise TooManyRequestsError(kind, str(limit), max(1, min(seconds, limit.get_expiry())))


def redis_storage(redis_url: str) -> RedisStorage:
    """Return the storage of the counts, which a request waits for no longer than TIMEOUT. Connects at first use."""
    return RedisStorage(
        redis_url,
        key_prefix="longshore:limits",
        socket_connect_timeout=TIMEOUT,
        socket_timeout=TIMEOUT,
        retry=Retry(NoBackoff(), 0),  # type: ignore[arg-type]
    )


def network_of(address: str) -> str:
    """Return the unit that is counted: an IPv4 address, or an IPv6 network. address: with or without a port."""
    found = re.fullmatch(r"\[([^\]]+)\](?::\d+)?|([^:]+):\d+", address.strip().strip('"'))
    text = (found[1] or found[2]) if found else address.strip()
    try:
        parsed = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return UNREADABLE
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed in NAT64:
        return str(ipaddress.IPv4Address(int(parsed) & 0xFFFFFFFF))
    return str(parsed.ipv4_mapped or ipaddress.ip_network((int(parsed), IPV6_NETWORK), strict=False))


def make_limiter(settings: Settings) -> RateLimiter | None:
    """Return the limiter of the settings, or None without limits."""
    per_subject, per_address = settings.rate_limit_subject, settings.rate_limit_address
    return RateLimiter(settings.redis_url, per_subject, per_address) if per_subject or per_address else None
