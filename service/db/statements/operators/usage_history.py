"""Statements about the history of usage: a few rows for each day."""

from __future__ import annotations

from datetime import date

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from service.db.models import UsageOfDay
from service.db.statements.execution import insert_rows, rows_met
from service.values.operators.usage import DayOfUsage

STATE, SUBJECT = "state", "subject"
"""Kinds of rows: the bytes of a state or verdict, and of a subject."""


def write_day(session: Session, usage: DayOfUsage, oldest: date) -> None:
    """Replace the rows of a day, and delete those of days before `oldest`."""
    rows_met(session, delete(UsageOfDay).where(or_(UsageOfDay.day == usage.day, UsageOfDay.day < oldest)))
    by_kind = {STATE: usage.bytes, SUBJECT: usage.subjects}
    rows = [
        {"day": usage.day, "kind": kind, "name": name, "bytes": size}
        for kind, sizes in by_kind.items()
        for name, size in sizes.items()
    ]
    insert_rows(session, UsageOfDay, rows)


def days_since(session: Session, first: date) -> list[DayOfUsage]:
    """Return the days from `first` on that have rows, oldest first."""
    query = select(UsageOfDay.day, UsageOfDay.kind, UsageOfDay.name, UsageOfDay.bytes).where(UsageOfDay.day >= first)
    found: dict[date, dict[str, dict[str, int]]] = {}
    for day, kind, name, size in session.execute(query.order_by(UsageOfDay.day, UsageOfDay.bytes.desc())):
        found.setdefault(day, {STATE: {}, SUBJECT: {}}).setdefault(kind, {})[name] = size
    return [DayOfUsage(day, kinds[STATE], kinds[SUBJECT]) for day, kinds in found.items()]


def count_history_of(session: Session, subject: str) -> int:
    """Return the number of a subject's rows."""
    mine = (UsageOfDay.name == subject, UsageOfDay.kind == SUBJECT)
    return session.scalar(select(func.count()).select_from(UsageOfDay).where(*mine)) or 0


def forget_history_of(session: Session, subject: str) -> int:
    """Delete a subject's rows; returns their number."""
    return rows_met(session, delete(UsageOfDay).where(UsageOfDay.name == subject, UsageOfDay.kind == SUBJECT))
