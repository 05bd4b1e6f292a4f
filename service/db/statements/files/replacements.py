"""Statements about replacements: which file replaces which other one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, false, or_, select
from sqlalchemy.orm import Session, aliased

from service.db.models import File
from service.db.statements.transitions.rows import SERVED

_OLD = aliased(File)


def due_replacements(session: Session, now: datetime, limit: int) -> Sequence[str]:
    """Return ids of at most `limit` files that may be downloaded, and whose old file can be deleted."""
    held_not = or_(_OLD.id.is_(None), _OLD.legal_hold == false())
    due = select(File.id).outerjoin(_OLD, _OLD.id == File.replaces).where(*_replacing(now), held_not)
    return session.scalars(due.limit(limit)).all()


def lock_replacing_file(session: Session, file_id: str, now: datetime) -> File | None:
    """Return a file that may be downloaded and replaces another one, locked until the transaction ends."""
    due = select(File).where(File.id == file_id, *_replacing(now))
    return session.scalars(due.with_for_update()).one_or_none()


def _replacing(now: datetime) -> tuple[ColumnElement[bool], ...]:
    is_served = or_(File.expires_at.is_(None), File.expires_at > now)
    return (File.replaces.is_not(None), *SERVED, is_served)
