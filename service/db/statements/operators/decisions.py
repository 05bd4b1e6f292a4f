"""Statements about operators' decisions: the count of a file, and the deletion of old ones."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from service.db.models import Decision
from service.db.statements.execution import batches, rows_met, table_of
from service.values.operators.decisions import DecisionState

_DECISIONS = table_of(Decision)


def count_done(session: Session, decision_id: str, token: str, position: str) -> bool:
    """Count a file that was decided, and move on to its position; False if another process, or none, works on it."""
    return rows_met(session, _DONE, {"its_id": decision_id, "its_token": token, "its_position": position}) == 1


# built once, as each file of a decision needs it; it reads nothing, as a decision may have a thousand ids
_DONE = (
    update(_DECISIONS)
    .where(_DECISIONS.c.id == bindparam("its_id"), _DECISIONS.c.token == bindparam("its_token"))
    .where(_DECISIONS.c.state == DecisionState.RUNNING)
    .values(done=_DECISIONS.c.done + 1, position=bindparam("its_position"), problem=None, attempts=0)
)


def ended_decisions(session: Session, before: datetime, limit: int) -> Sequence[str]:
    """Return ids of decisions that ended before a time, oldest first."""
    # what ended before was created before, and an index has that order
    old = select(Decision.id).where(Decision.created_at < before, Decision.ended_at < before)
    return session.scalars(old.order_by(Decision.created_at, Decision.id).limit(limit)).all()


def delete_decisions(session: Session, ids: Sequence[str]) -> int:
    """Delete decisions; returns their number."""
    return sum(rows_met(session, delete(Decision).where(Decision.id.in_(some))) for some in batches(ids))
