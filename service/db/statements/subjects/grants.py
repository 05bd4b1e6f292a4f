"""Statements about grants. A use is counted by one conditional UPDATE, so that two inits cannot both take the last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from service.db.models import Grant
from service.db.statements.execution import batches, insert_once, rows_met, table_of

_GRANTS = table_of(Grant)
# built once: building a statement costs as much as executing it
_GRANT = select(Grant).where(Grant.id == bindparam("id"))
_THIS = update(_GRANTS).where(_GRANTS.c.id == bindparam("of_grant"))
_TAKE = _THIS.where(
    _GRANTS.c.used < _GRANTS.c.count, _GRANTS.c.revoked_at.is_(None), _GRANTS.c.expires_at > bindparam("now")
).values(used=_GRANTS.c.used + 1)
_COUNT = _THIS.values(used=_GRANTS.c.used + 1)
_GIVE_BACK = _THIS.where(_GRANTS.c.used > 0).values(used=_GRANTS.c.used - 1)


def grant_of_id(session: Session, grant_id: str) -> Grant | None:
    return session.scalars(_GRANT, {"id": grant_id}).one_or_none()


def add_grant_once(session: Session, /, **values: Any) -> None:
    """Insert a grant unless one with its id exists."""
    insert_once(session, Grant, used=0, **values)


def take_use(session: Session, grant_id: str, now: datetime) -> bool:
    """Count a use; False if all are used, or the grant was revoked, has expired or is deleted."""
    return rows_met(session, _TAKE, {"of_grant": grant_id, "now": now}) == 1


def give_back_use(session: Session, grant_id: str) -> None:
    """Subtract the use of an upload that ended without a file."""
    rows_met(session, _GIVE_BACK, {"of_grant": grant_id})


def count_use(session: Session, grant_id: str) -> None:
    """Count a use, whatever the grant allows."""
    rows_met(session, _COUNT, {"of_grant": grant_id})


def revoke(session: Session, grant_id: str, now: datetime) -> bool:
    """Revoke a grant; False if it was revoked before."""
    active = update(Grant).where(Grant.id == grant_id, Grant.revoked_at.is_(None))
    return rows_met(session, active.values(revoked_at=now)) == 1


def old_grants(session: Session, expired_before: datetime, limit: int) -> Sequence[str]:
    """Return the ids of grants that expired before a time, oldest first."""
    old = select(Grant.id).where(Grant.expires_at < expired_before).order_by(Grant.expires_at).limit(limit)
    return session.scalars(old).all()


def forget(session: Session, grant_ids: Sequence[str]) -> int:
    """Delete these grants; returns their number."""
    return sum(rows_met(session, delete(Grant).where(Grant.id.in_(some))) for some in batches(grant_ids))
