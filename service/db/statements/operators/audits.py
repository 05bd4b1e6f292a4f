"""Statements about the audit log: pages of it, and the chain of its seals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, or_, select, update
from sqlalchemy.orm import Session

from service.db.models import Audit
from service.db.statements.execution import batches, rows_met, table_of
from service.errors import InvalidBodyError
from service.values.operators.audit import AuditFilter

_AUDITS = table_of(Audit)
_SEAL = (
    update(_AUDITS)
    .where(_AUDITS.c.id == bindparam("of_id"))
    .values(sequence=bindparam("its_sequence"), seal=bindparam("its_seal"))
)


def page_of_audits(
    session: Session, wanted: AuditFilter, limit: int, cursor: str | None
) -> tuple[Sequence[Audit], str | None]:
    """Return a page of entries, newest first, and the next cursor. Raises InvalidBodyError for an invalid cursor."""
    query = select(Audit).where(*_conditions(wanted))
    if cursor is not None:
        at, row_id = _read_cursor(cursor)
        query = query.where(Audit.at <= at, or_(Audit.at < at, and_(Audit.at == at, Audit.id < row_id)))
    rows = session.scalars(query.order_by(Audit.at.desc(), Audit.id.desc()).limit(limit + 1)).all()
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], f"{last.at.isoformat()}_{last.id}"


def _conditions(wanted: AuditFilter) -> list[ColumnElement[bool]]:
    exact = {Audit.actor: wanted.actor, Audit.action: wanted.action, Audit.target_id: wanted.target_id}
    found = [column == value for column, value in exact.items() if value is not None]
    if wanted.created_from is not None:
        found.append(Audit.at >= wanted.created_from)
    if wanted.created_until is not None:
        found.append(Audit.at < wanted.created_until)
    return found


def _read_cursor(cursor: str) -> tuple[datetime, int]:
    at, _, row_id = cursor.partition("_")
    try:
        found = datetime.fromisoformat(at), int(row_id)
        if found[0].tzinfo is None or not 0 < found[1] < 2**63:
            raise ValueError
    except (ValueError, OverflowError) as error:
        raise InvalidBodyError(errors=["[cursor] is not valid; use next_cursor of the page before"]) from error
    return found


def unsealed(session: Session, limit: int) -> Sequence[Audit]:
    """Return entries without a seal, oldest first."""
    return session.scalars(select(Audit).where(Audit.sequence.is_(None)).order_by(Audit.id).limit(limit)).all()


def count_unsealed(session: Session) -> int:
    return session.scalar(select(func.count()).where(Audit.sequence.is_(None))) or 0


def write_seals(session: Session, seals: Sequence[Mapping[str, Any]]) -> None:
    """Write seals: of_id, its_sequence and its_seal of each entry."""
    if seals:
        session.connection().execute(_SEAL, list(seals))


def sealed_after(session: Session, sequence: int, limit: int) -> Sequence[Audit]:
    """Return the sealed entries after a number, in the order of the chain."""
    rows = select(Audit).where(Audit.sequence > sequence).order_by(Audit.sequence).limit(limit)
    return session.scalars(rows).all()


def sealed_before(session: Session, before: datetime, limit: int) -> Sequence[Audit]:
    """Return the first entries of the chain, as far as they are older than a time: those that may be deleted."""
    rows = session.scalars(select(Audit).where(Audit.sequence.is_not(None)).order_by(Audit.sequence).limit(limit)).all()
    old = []
    for row in rows:
        if row.at >= before:
            break
        old.append(row)
    return old


def delete_audits(session: Session, ids: Sequence[int]) -> int:
    """Delete entries; returns their number."""
    return sum(rows_met(session, delete(Audit).where(Audit.id.in_(some))) for some in batches(ids))


def forget_changes(session: Session, target_ids: Sequence[str]) -> None:
    """Remove the changed values from the entries about these targets; their digests stay."""
    for some in batches(target_ids):
        rows_met(session, update(Audit).where(Audit.target_id.in_(some)).values(changes=None))
