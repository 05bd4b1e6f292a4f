"""All checks, in groups: where the first of a group fails, the others could only repeat it."""

from __future__ import annotations

from typing import NamedTuple

from longshore.doctor import database, ports, redis, scanner, settings, storage, upload
from longshore.doctor.finding import FAIL, SKIPPED, Check, Finding, Ground, fail
from service.errors import LongshoreError
from service.scrub import scrub

GROUPS: dict[str, dict[str, Check]] = {
    "settings": settings.CHECKS,
    "database": database.CHECKS,
    "redis": redis.CHECKS,
    "scanner": scanner.CHECKS,
    "storage": storage.CHECKS,
    "upload": upload.CHECKS,
    "ports": ports.CHECKS,
}
BY_ITSELF = frozenset({"settings"})
"""Groups whose checks have nothing to do with each other."""


class Examined(NamedTuple):
    """A check's name and what it found."""

    group: str
    check: str
    finding: Finding


def examine(ground: Ground) -> list[Examined]:
    """Every check's finding; none of them raises."""
    found: list[Examined] = []
    for group, checks in GROUPS.items():
        first_failed = False
        for number, (name, check) in enumerate(checks.items()):
            finding = Finding(SKIPPED, "not tried") if first_failed else _tried(check, ground)
            first_failed |= number == 0 and finding.status == FAIL and group not in BY_ITSELF
            found.append(Examined(group, name, finding))
    return found


def _tried(check: Check, ground: Ground) -> Finding:
    try:
        return check(ground)
    except LongshoreError as error:
        return fail(f"{error.code} {error.extra.get('storage_code', '')}".strip(), error.message)
    except Exception as error:  # noqa: BLE001 - a check that breaks is a finding too, and not the end of all others
        return fail(scrub(f"{type(error).__name__}: {error}")[:200], "See whether the address answers at all.")
