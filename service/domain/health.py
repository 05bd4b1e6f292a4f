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
    return deps.scanner.health() if deps.scanner else ScannerHealth(OFF)


def readiness(deps: Deps) -> dict[str, str]:
    """Each dependency by name: `ok`, `down` or `off`."""
    checks: dict[str, Callable[[], object]] = {
        "database": deps.db.ping,
        "storage": lambda: deps.storage.ping(deps.settings.s3_private_bucket),
        "redis": deps.queue.ping,
        "scanner": lambda: scanner_health(deps),
    }
    answers = {name: OK if _answers(check) else DOWN for name, check in checks.items()}
    return answers if deps.scanner else answers | {"scanner": OFF}


def is_ready(answers: dict[str, str]) -> bool:
    return all(answers[name] == OK for name in ESSENTIAL)


def _answers(check: Callable[[], object]) -> bool:
    try:
        check()
    except LongshoreError:
        return False
    return True
