"""The state of the whole service in one answer, which comes in bounded time even if dependencies are down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from service.deps import Deps
from service.domain.records.objects.storage_safety import last_result
from service.domain.upkeep.health import DOWN, REFUSED, SLOW, readiness, scanner_health
from service.domain.upkeep.last_sweep import last_sweep
from service.errors import ServiceError
from service.scanner.clamd.signatures import date_of_signatures
from service.values.operators.operations import OverviewView, SafetyState, ScannerState

SECONDS = 2.0
"""Time limit for the questions, after those about the dependencies."""
NO_ANSWER = (DOWN, SLOW, REFUSED)


def overview(deps: Deps) -> OverviewView:
    """Return the state of the dependencies, the last sweep, and the last errors of all processes."""
    dependencies = readiness(deps)
    questions: dict[str, tuple[str, Callable[[Deps], Any]]] = {
        "scanner": ("scanner", _scanner),
        "storage_safety": ("database", _safety),
        "sweep": ("database", last_sweep),
        "errors": ("redis", lambda deps: deps.errors.read() if deps.errors else []),
    }
    asked = {
        f"overview of {name}": _answering(question, deps)
        for name, (part, question) in questions.items()
        if dependencies[part] not in NO_ANSWER
    }
    told = deps.checks.ask(asked, SECONDS)
    found = {name: told.get(f"overview of {name}") for name in questions}
    silent = {part for name, (part, _) in questions.items() if found[name] is None}
    known = {name: answer[0] if answer else None for name, answer in found.items()}
    address = deps.settings.dashboard_url or None
    return OverviewView(dependencies, **known, dashboard_url=address, unreachable=sorted(silent))


def _answering(question: Callable[[Deps], Any], deps: Deps) -> Callable[[], tuple[Any] | None]:
    """Return the question as one whose answer is in a tuple; None: there was none."""

    def ask() -> tuple[Any] | None:
        try:
            return (question(deps),)
        except ServiceError:
            return None

    return ask


def _scanner(deps: Deps) -> ScannerState:
    health = scanner_health(deps)
    signatures_at = date_of_signatures(f"{health.signatures or ''} {health.engine or ''}")
    return ScannerState(health.status, health.engine, health.signatures, signatures_at, health.advice)


def _safety(deps: Deps) -> SafetyState | None:
    last = last_result(deps)
    return SafetyState(last.checked_at, last.let_through) if last else None
