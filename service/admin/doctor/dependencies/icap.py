"""Checks of the ICAP server: connection, what it passes without reading it, and its limit of connections."""

from __future__ import annotations

from service.admin.doctor.finding import Check, CheckContext, Finding, fail, ok, warn

ABSENT = "no ICAP server is configured"


def reachable(context: CheckContext) -> Finding:
    if context.deps.icap is None:
        return ok(ABSENT)
    return ok(context.deps.icap.checked_health().engine or "the ICAP server answers")


def limits(context: CheckContext) -> Finding:
    if context.deps.icap is None:
        return ok(ABSENT)
    health = context.deps.icap.checked_health()
    advice = " ".join(health.advice)
    if health.status != "ok":
        return fail("the ICAP server passes files without a complete scan", advice)
    if advice:
        return warn("the ICAP server does not read all files", advice)
    return ok("the ICAP server reads what it passes")


def connections(context: CheckContext) -> Finding:
    if context.deps.icap is None:
        return ok(ABSENT)
    # some files are sent twice at once
    accepted, needed = context.deps.icap.abilities().connections, 2 * context.deps.settings.scan_workers
    if accepted is not None and accepted < needed:
        change = "Lower SCAN_WORKERS, or raise the server's limit; the hosts of workers share it."
        return warn(f"the ICAP server accepts {accepted} connections, and this host uses up to {needed}", change)
    return ok("the ICAP server accepts the connections of this host's workers")


CHECKS: dict[str, Check] = {"reachable": reachable, "limits": limits, "connections": connections}
