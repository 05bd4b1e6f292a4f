"""All checks in groups: if the first of a group fails, the others of the group are skipped."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from service.admin.doctor import ports, public
from service.admin.doctor.dependencies import database, icap, redis, scanner, settings, tokens, work
from service.admin.doctor.finding import FAIL, SKIPPED, Check, CheckContext, Finding, fail, skipped
from service.admin.doctor.storage import attacks, buckets, cors, keys, upload
from service.errors import ServiceError
from service.observability.redaction import scrub

GROUPS: dict[str, dict[str, Check]] = {
    "settings": settings.CHECKS,
    "tokens": tokens.CHECKS,
    "database": database.CHECKS,
    "redis": redis.CHECKS,
    "work": work.CHECKS,
    "scanner": scanner.CHECKS,
    "icap": icap.CHECKS,
    "storage": buckets.INSIDE | keys.CHECKS,
    "public storage": buckets.OUTSIDE,
    "attacks": attacks.CHECKS,
    "upload": upload.CHECKS | cors.PARTS,
    "public API": public.CHECKS,
    "ports": ports.CHECKS,
}
BY_ITSELF = frozenset({"settings", "tokens", "work", "attacks"})
"""Groups whose checks do not depend on each other."""
AFTER = {
    "work": {"redis"},
    "attacks": {"database", "storage", "public storage"},
    "upload": {"storage", "public storage"},
}
"""Groups that depend on the first check of other groups."""


class Examined(NamedTuple):
    """A check's name and finding."""

    group: str
    check: str
    finding: Finding


def examine(context: CheckContext, groups: Collection[str] = tuple(GROUPS)) -> list[Examined]:
    """Return the finding of every check in these groups. No check raises."""
    found: list[Examined] = []
    broken: set[str] = set()
    for group in groups:
        for number, (name, check) in enumerate(GROUPS[group].items()):
            finding = (
                skipped("skipped, as a check before it failed")
                if broken & ({group} | AFTER.get(group, set()))
                else _tried(check, context)
            )
            if number == 0 and finding.status in {FAIL, SKIPPED} and group not in BY_ITSELF:
                broken.add(group)
            found.append(Examined(group, name, finding))
    return found


def _tried(check: Check, context: CheckContext) -> Finding:
    try:
        return check(context)
    except ServiceError as error:
        return fail(f"{error.code} {error.extra.get('storage_code', '')}".strip(), error.message)
    except Exception as error:  # noqa: BLE001 - a check that raises is a finding too
        return fail(
            scrub(f"{type(error).__name__}: {error}")[:200],
            "Check that the server at this address is running and reachable.",
        )
