"""Checks of clamd: connection, limits and the age of its signatures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from service.admin.doctor.finding import Check, CheckContext, Finding, fail, ok, warn
from service.scanner.safety import NARROW

OLD = timedelta(days=7)
"""ClamAV publishes signatures about daily."""


def reachable(context: CheckContext) -> Finding:
    if context.deps.scanner is None:
        return ok("scanning is off")
    return ok(context.deps.scanner.health().engine or "clamd answers")


def limits(context: CheckContext) -> Finding:
    if context.deps.scanner is None:
        return ok("scanning is off")
    health = context.deps.scanner.checked_health()
    advice = " ".join(said for said in health.advice if said != NARROW)
    if health.status != "ok":
        return fail("clamd passes files without a complete scan", advice)
    if advice:
        return warn("clamd's limits are unknown", advice)
    return ok("clamd reports files beyond its limits")


def length(context: CheckContext) -> Finding:
    if context.deps.scanner is None:
        return ok("scanning is off")
    size = context.deps.settings.scan_max_size
    if NARROW in context.deps.scanner.checked_health().advice:
        return warn(f"clamd rejects streams of {size} bytes", NARROW)
    return ok(f"clamd accepts streams of {size} bytes")


def signatures(context: CheckContext) -> Finding:
    if context.deps.scanner is None:
        return ok("scanning is off")
    made = _made_at(context.deps.scanner.version())
    if made is None:
        return warn("the signatures have no date", "Let freshclam fetch ClamAV's own signatures.")
    age = context.deps.clock() - made
    if age > OLD:
        return fail(f"the signatures are {age.days} days old", "Find the reason in the log of freshclam.")
    return ok(f"signatures of {made:%Y-%m-%d}")


def _made_at(version: str) -> datetime | None:
    """Parse `ClamAV 1.4.3/27800/Tue Nov 24 09:26:45 2026`, which is in clamd's local time."""
    try:
        return datetime.strptime(version.split("/")[2].strip(), "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)
    except (IndexError, ValueError):
        return None


CHECKS: dict[str, Check] = {
    "reachable": reachable,
    "limits": limits,
    "stream length": length,
    "signatures": signatures,
}
