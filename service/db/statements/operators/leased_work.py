"""Statements about work that the sweeper does in turns: which is due, and which process works on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from service.db.models import LeasedWork
from service.db.statements.execution import rows_met

Row = TypeVar("Row", bound=LeasedWork)
RUNNING = "running"
"""The state while there is work, of decisions and adoptions alike."""


def due_work(session: Session, table: type[LeasedWork], now: datetime, limit: int) -> Sequence[str]:
    """Return ids of rows with work that can be continued, those first that wait longest."""
    query = select(table.id).where(table.due_at <= now, table.state == RUNNING)
    return session.scalars(query.order_by(table.due_at).limit(limit)).all()


def claim_work(
    session: Session, table: type[LeasedWork], row_id: str, token: str, now: datetime, until: datetime
) -> bool:
    """Claim the work of a row until then; False if it is not due, or another process has it."""
    due = (table.id == row_id, table.state == RUNNING, table.due_at <= now)
    return rows_met(session, update(table).where(*due).values(token=token, due_at=until)) == 1


def lock_work(session: Session, table: type[Row], row_id: str) -> Row | None:
    """Return a row, locked until the transaction ends."""
    return session.get(table, row_id, with_for_update=True, populate_existing=True)
