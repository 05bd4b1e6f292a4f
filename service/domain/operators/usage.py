"""The bytes in storage: by state and verdict, by subject, and by day."""

from __future__ import annotations

from datetime import timedelta

from service.db.statements.operators.subjects import bytes_of
from service.db.statements.operators.usage_history import days_since
from service.deps import Deps
from service.domain.upkeep.storage_usage import last_count
from service.values.operators.usage import SubjectBytes, UsageView


def usage(deps: Deps, days: int) -> UsageView:
    """Return the last complete count, and the history of the last `days`, today included."""
    last = last_count(deps)
    first = (deps.clock() - timedelta(days=days - 1)).date()
    with deps.db.read() as session:
        history = days_since(session, first)
        sizes = bytes_of(session, last.subjects)
    largest = sorted(sizes.items(), key=lambda each: (-each[1], each[0]))
    subjects = [SubjectBytes(*each) for each in largest]
    return UsageView(last.counted_at, last.bytes, last.files, last.uploads, subjects, history)
