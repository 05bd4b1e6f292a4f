"""Statements about the end of files: their expiry and legal holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from service.db.models import File
from service.db.types import UTCDateTime


class _OwnTime(FunctionElement[datetime]):
    """The database's own clock."""

    type = UTCDateTime()
    inherit_cache = True


@compiles(_OwnTime)
def _of_mysql(_element: _OwnTime, _compiler: Any, **_kwargs: Any) -> str:
    return "UTC_TIMESTAMP(6)"


@compiles(_OwnTime, "sqlite")
def _of_sqlite(_element: _OwnTime, _compiler: Any, **_kwargs: Any) -> str:
    return "STRFTIME('%Y-%m-%d %H:%M:%S', 'now')"


def database_time(session: Session) -> datetime:
    """Return the time by the database's own clock."""
    return session.scalars(select(_OwnTime())).one()


def expired_files(session: Session, now: datetime, limit: int) -> Sequence[str]:
    """Return ids of at most `limit` files to delete, those first that expired first."""
    return session.scalars(select(File.id).where(*_to_delete(now)).order_by(File.expires_at).limit(limit)).all()


def lock_expired_files(session: Session, file_ids: Sequence[str], now: datetime) -> Sequence[str]:
    """Return those of these files that are still to be deleted, locked until the transaction ends."""
    return session.scalars(select(File.id).where(File.id.in_(file_ids), *_to_delete(now)).with_for_update()).all()


def lock_files_on_hold(session: Session, file_ids: Sequence[str]) -> Sequence[str]:
    """Return those of these files that have a legal hold; all are locked, so that none gets one before the end."""
    rows = session.execute(select(File.id, File.legal_hold).where(File.id.in_(file_ids)).with_for_update())
    return [file_id for file_id, is_held in rows if is_held]


def _to_delete(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return File.legal_hold == false(), File.expires_at <= now
