"""Statements about the allow-list: entries, and the files that they released."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, false, or_, select, true
from sqlalchemy.orm import Session

from service.db.models import AllowlistEntry, File
from service.db.statements.execution import batches, rows_met
from service.values.operators.decisions import AllowlistKind
from service.values.states import Verdict


def allowing_entry(session: Session, signature: str | None, sha256: str | None, now: datetime) -> AllowlistEntry | None:
    """Return an active entry for the signature or hash; the oldest of several."""
    values = {AllowlistKind.SIGNATURE: signature, AllowlistKind.SHA256: sha256}
    named = [
        and_(AllowlistEntry.kind == kind, AllowlistEntry.value == value)
        for kind, value in values.items()
        if value is not None
    ]
    query = select(AllowlistEntry).where(or_(false(), *named), *_active(now))
    return session.scalars(query.order_by(AllowlistEntry.created_at, AllowlistEntry.id).limit(1)).first()


def has_hashes(session: Session, now: datetime) -> bool:
    """Whether an active entry is a hash."""
    where = (AllowlistEntry.kind == AllowlistKind.SHA256, *_active(now))
    return session.scalar(select(AllowlistEntry.id).where(*where).limit(1)) is not None


def lock_active_entry(session: Session, entry_id: str, now: datetime) -> bool:
    """Whether the entry is active; it is locked until the transaction ends."""
    where = (AllowlistEntry.id == entry_id, *_active(now))
    return session.scalar(select(AllowlistEntry.id).where(*where).with_for_update()) is not None


def same_entry(session: Session, entry: AllowlistEntry, now: datetime) -> AllowlistEntry | None:
    """Return an entry of the same operator with the same values that has not ended."""
    names = ("kind", "value", "reason", "ends_at", "created_by")
    same = [getattr(AllowlistEntry, name) == getattr(entry, name) for name in names]
    open_ = (AllowlistEntry.removed_at.is_(None), or_(AllowlistEntry.ends_at.is_(None), AllowlistEntry.ends_at > now))
    return session.scalars(select(AllowlistEntry).where(*same, *open_).limit(1)).first()


def files_of_ended_entries(session: Session, now: datetime, limit: int) -> Sequence[File]:
    """Return files that are released by an entry that has ended or was removed; at most `limit`."""
    ended = or_(AllowlistEntry.removed_at.is_not(None), AllowlistEntry.ends_at <= now)
    query = select(File).join(AllowlistEntry, AllowlistEntry.id == File.allowlist_id)
    return session.scalars(query.where(ended, File.virus_scan_status == Verdict.RELEASED).limit(limit)).all()


def ended_entries(session: Session, before: datetime, limit: int) -> Sequence[str]:
    """Return ids of entries that ended before a time, and to which no file refers any more; oldest first."""
    ended = or_(AllowlistEntry.removed_at < before, AllowlistEntry.ends_at < before)
    unused = ~select(File.id).where(File.allowlist_id == AllowlistEntry.id).exists()
    old = select(AllowlistEntry.id).where(AllowlistEntry.created_at < before, ended, unused)
    return session.scalars(old.order_by(AllowlistEntry.created_at, AllowlistEntry.id).limit(limit)).all()


def delete_entries(session: Session, ids: Sequence[str]) -> int:
    """Delete entries; returns their number."""
    return sum(rows_met(session, delete(AllowlistEntry).where(AllowlistEntry.id.in_(some))) for some in batches(ids))


def _active(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return AllowlistEntry.is_active == true(), or_(AllowlistEntry.ends_at.is_(None), AllowlistEntry.ends_at > now)
