"""Whether the parts that we depend on answer."""

from __future__ import annotations

from collections.abc import Callable

from service.deps import Deps
from service.errors import LongshoreError
from service.values import ScannerHealth

OK, DOWN, OFF = "ok", "down", "off"

ESSENTIAL = ("database", "storage")
"""Without these nothing can be answered; without Redis or the scanner uploads are taken, and scanned later."""


def scanner_health(deps: Deps) -> ScannerHealth:
    """What the scanner says of itself. Raises ScannerUnavailableError."""
    return deps.scanner.checked_health() if deps.scanner else ScannerHealth(OFF)


def readiness(deps: Deps) -> dict[str, str]:
    """Each dependency by name: `ok`, `down`, `off`, or `unsafe` for a scanner whose OK is worth little."""
    checks: dict[str, Callable[[], object]] = {
        "database": deps.db.ping,
        "storage": lambda: deps.storage.ping(deps.settings.s3_private_bucket),
        "redis": deps.queue.ping,
    }
    answers = {name: OK if _answers(check) else DOWN for name, check in checks.items()}
    return answers | {"scanner": _scanner_word(deps)}


def is_ready(answers: dict[str, str]) -> bool:
    return all(answers[name] == OK for name in ESSENTIAL)


def _scanner_word(deps: Deps) -> str:
    try:
        return scanner_health(deps).status
    except LongshoreError:
        return DOWN


def _answers(check: Callable[[], object]) -> bool:
    try:
        check()
    except LongshoreError:
        return False
    return True
