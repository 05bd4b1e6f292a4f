"""All checks, in groups: where the first of a group fails, the others could only repeat it."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from service.admin.doctor import (
    attacks,
    cors,
    database,
    ports,
    public,
    redis,
    scanner,
    settings,
    storage,
    storage_keys,
    tokens,
    upload,
    work,
)
from service.admin.doctor.finding import FAIL, SKIPPED, Check, Finding, Ground, fail, skipped
from service.errors import LongshoreError
from service.observability.redaction import scrub

GROUPS: dict[str, dict[str, Check]] = {
    "settings": settings.CHECKS,
    "tokens": tokens.CHECKS,
    "database": database.CHECKS,
    "redis": redis.CHECKS,
    "work": work.CHECKS,
    "scanner": scanner.CHECKS,
    "storage": storage.INSIDE | storage_keys.CHECKS,
    "public storage": storage.OUTSIDE,
    "attacks": attacks.CHECKS,
    "upload": upload.CHECKS | cors.PARTS,
    "public API": public.CHECKS,
    "ports": ports.CHECKS,
}
BY_ITSELF = frozenset({"settings", "tokens", "work", "attacks"})
"""Groups whose checks have nothing to do with each other."""
AFTER = {
    "work": {"redis"},
    "attacks": {"database", "storage", "public storage"},
    "upload": {"storage", "public storage"},
}
"""Groups that could only repeat that another one's first check failed."""


class Examined(NamedTuple):
    """A check's name and what it found."""

    group: str
    check: str
    finding: Finding


def examine(ground: Ground, groups: Collection[str] = tuple(GROUPS)) -> list[Examined]:
    """Every check's finding, of all groups or of these; none of them raises."""
    found: list[Examined] = []
    broken: set[str] = set()
    for group in groups:
        for number, (name, check) in enumerate(GROUPS[group].items()):
            finding = skipped("not tried") if broken & ({group} | AFTER.get(group, set())) else _tried(check, ground)
            if number == 0 and finding.status in {FAIL, SKIPPED} and group not in BY_ITSELF:
                broken.add(group)
            found.append(Examined(group, name, finding))
    return found


def _tried(check: Check, ground: Ground) -> Finding:
    try:
        return check(ground)
    except LongshoreError as error:
        return fail(f"{error.code} {error.extra.get('storage_code', '')}".strip(), error.message)
    except Exception as error:  # noqa: BLE001 - a check that breaks is a finding too, and not the end of all others
        return fail(scrub(f"{type(error).__name__}: {error}")[:200], "See whether the address answers at all.")
