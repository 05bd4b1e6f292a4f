"""Checks of clamd: connection, limits and the age of its signatures."""

from __future__ import annotations

from datetime import timedelta

from service.admin.doctor.finding import Check, CheckContext, Finding, fail, ok, warn
from service.scanner.clamd.safety import NARROW
from service.scanner.clamd.signatures import date_of_signatures

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
    made = date_of_signatures(context.deps.scanner.version())
    if made is None:
        return warn("the signatures have no date", "Let freshclam fetch ClamAV's own signatures.")
    age = context.deps.clock() - made
    if age > OLD:
        return fail(f"the signatures are {age.days} days old", "Find the reason in the log of freshclam.")
    return ok(f"signatures of {made:%Y-%m-%d}")


CHECKS: dict[str, Check] = {
    "reachable": reachable,
    "limits": limits,
    "stream length": length,
    "signatures": signatures,
}
