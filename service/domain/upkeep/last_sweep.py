"""The last sweep of all processes: kept in the database, for operators."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any

from service.db.statements.facts import facts_of_names, write_fact
from service.deps import Deps
from service.errors import ServiceError
from service.observability.logs import get_logger
from service.values import SweepReport
from service.values.operators.operations import SweepView

log = get_logger(__name__)

FACT = "sweep.last"
MOST_ERRORS = 20
COUNTS = tuple(each.name for each in fields(SweepReport) if each.type == "int")
"""The counts of a sweep."""


def note_sweep(deps: Deps, report: SweepReport) -> None:
    """Record the end and counts of a sweep. Without the database, it is only logged."""
    counts = {name: getattr(report, name) for name in COUNTS}
    value = {"ended_at": deps.clock().isoformat(), "counts": counts, "errors": report.errors[:MOST_ERRORS]}
    try:
        deps.db.transact(write_fact, FACT, value)
    except ServiceError as error:
        log.warning("sweep_not_noted", reason=error.code)


def last_sweep(deps: Deps) -> SweepView | None:
    """Return the last sweep; None before the first one. Raises DatabaseUnavailableError."""
    with deps.db.read() as session:
        found: dict[str, Any] | None = facts_of_names(session, [FACT]).get(FACT)
    if found is None:
        return None
    # a sweeper of another version may have other counts
    counts = {name: found["counts"].get(name, 0) for name in COUNTS}
    return SweepView(datetime.fromisoformat(found["ended_at"]), counts, found["errors"])
