"""Checks of Redis: connection, persistence, eviction and password."""

from __future__ import annotations

from typing import Any

from limits import parse
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError

from service.admin.doctor.finding import Check, CheckContext, Finding, fail, ok, warn
from service.queue.jobs import connect

UNTOLD = "Redis does not allow reading its settings"
TOLD_BY = "The rule +config|get in its ACL allows this check to read the setting."


def reachable(context: CheckContext) -> Finding:
    context.deps.queue.ping()
    return ok("Redis answers")


def eviction(context: CheckContext) -> Finding:
    policy = _config(context, "maxmemory-policy")
    if policy is None:
        return warn(UNTOLD, f"Make sure that maxmemory-policy is noeviction. {TOLD_BY}")
    if policy != "noeviction":
        change = "Set maxmemory-policy noeviction, so that no jobs are deleted when memory is short."
        return warn(f"maxmemory-policy is {policy}", change)
    return ok(policy)


def persistence(context: CheckContext) -> Finding:
    appends, saves = _config(context, "appendonly"), _config(context, "save")
    if appends is None:
        return warn(UNTOLD, f"Make sure that appendonly is yes. {TOLD_BY}")
    if appends == "yes":
        return ok("append-only file")
    if saves:
        return warn("only snapshots, so a crash loses the last minutes", "Set appendonly yes.")
    change = "Set appendonly yes. Without it nothing is lost, but scans wait until the sweeper queues them again."
    return warn("a restart loses all jobs", change)


def guarded(context: CheckContext) -> Finding:
    kwargs: dict[str, Any] = connect(context.deps.settings.redis_url).connection_pool.connection_kwargs
    host = kwargs.get("host")
    if not kwargs.get("password") and host not in {"127.0.0.1", "localhost", "::1", None}:
        change = "Set requirepass, and the password in REDIS_URL: anyone with write access can delay scans."
        return warn(f"{host} requires no password", change)
    return ok("Redis requires a password, or is on this machine")


def counting(context: CheckContext) -> Finding:
    """Check that requests can be counted; otherwise rate limits have no effect."""
    settings = context.deps.settings
    if context.deps.limiter is None:
        return ok("no rate limits are set")
    try:
        limiter = SlidingWindowCounterRateLimiter(RedisStorage(settings.redis_url, key_prefix="longshore:limits"))
        limiter.hit(parse("1000/second"), "doctor")
    except RedisError as error:
        change = "Allow the user of REDIS_URL to run scripts on its keys: +eval +evalsha +script|load ~longshore:*."
        return fail(f"rate limits have no effect: {type(error).__name__}", change)
    return ok("requests are counted")


def _config(context: CheckContext, name: str) -> str | None:
    """Return a setting of Redis; None if it is not readable (managed Redis, or an ACL without +config|get)."""
    with connect(context.deps.settings.redis_url) as connection:
        try:
            values = connection.config_get(name)
        except RedisError:
            return None
    return str(values[name]) if isinstance(values, dict) and name in values else None  # as text: it is ASCII


CHECKS: dict[str, Check] = {
    "reachable": reachable,
    "eviction": eviction,
    "persistence": persistence,
    "password": guarded,
    "rate limits": counting,
}
