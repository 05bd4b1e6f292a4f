"""Redis: there, keeps what it is given, and is not open to everybody."""

from __future__ import annotations

from typing import Any

from limits import parse
from limits.storage import RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from redis.exceptions import RedisError

from service.admin.doctor.finding import Check, Finding, Ground, fail, ok, warn
from service.queue.jobs import connect

UNTOLD = "it does not tell its settings"
TOLD_BY = "The rule +config|get in its ACL lets the doctor look."


def reachable(ground: Ground) -> Finding:
    ground.deps.queue.ping()
    return ok("it answers")


def eviction(ground: Ground) -> Finding:
    policy = _config(ground, "maxmemory-policy")
    if policy is None:
        return warn(UNTOLD, f"See to it that maxmemory-policy is noeviction. {TOLD_BY}")
    if policy != "noeviction":
        change = "Set maxmemory-policy noeviction: jobs must not be thrown away when memory is short."
        return warn(f"maxmemory-policy is {policy}", change)
    return ok(policy)


def persistence(ground: Ground) -> Finding:
    appends, saves = _config(ground, "appendonly"), _config(ground, "save")
    if appends is None:
        return warn(UNTOLD, f"See to it that appendonly is yes. {TOLD_BY}")
    if appends == "yes":
        return ok("append-only file")
    if saves:
        return warn("snapshots alone: the last minutes are lost with it", "Set appendonly yes.")
    change = "Set appendonly yes. Nothing is lost for good without it, but scans wait until the sweeper finds them."
    return warn("it forgets everything when it is restarted", change)


def guarded(ground: Ground) -> Finding:
    kwargs: dict[str, Any] = connect(ground.deps.settings.redis_url).connection_pool.connection_kwargs
    host = kwargs.get("host")
    if not kwargs.get("password") and host not in {"127.0.0.1", "localhost", "::1", None}:
        change = "Set requirepass, and the password in REDIS_URL: a Redis writer can delay scans."
        return warn(f"{host} wants no password", change)
    return ok("it wants a password, or is on this machine")


def counting(ground: Ground) -> Finding:
    """Whether requests can be counted: the service refuses nobody while they cannot."""
    settings = ground.deps.settings
    if ground.deps.limiter is None:
        return ok("nothing is limited")
    try:
        limiter = SlidingWindowCounterRateLimiter(RedisStorage(settings.redis_url, key_prefix="longshore:limits"))
        limiter.hit(parse("1000/second"), "doctor")
    except RedisError as error:
        change = (
            "Let the user of REDIS_URL run scripts on its keys: +eval +evalsha +script|load ~longshore:* in its ACL."
        )
        return fail(f"rate limits are not held: {type(error).__name__}", change)
    return ok("requests are counted")


def _config(ground: Ground, name: str) -> str | None:
    """A setting of Redis; None where it does not tell (a managed one, or an ACL without +config|get)."""
    with connect(ground.deps.settings.redis_url) as connection:
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
