"""Statements about pending deletions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from service.db.models import PendingDeletion
from service.db.statements.execution import insert_rows, rows_met
from service.values.states import PendingKind


def pending_deletion(
    kind: PendingKind, bucket: str, object_key: str, due: datetime, storage_upload_id: str | None = None
) -> dict[str, Any]:
    """Return the values of a new row of pending_deletions."""
    return {
        "kind": kind,
        "bucket": bucket,
        "object_key": object_key,
        "storage_upload_id": storage_upload_id,
        "adopted_key": None,
        "etag": None,
        "version_id": None,
        "attempts": 0,
        "due_at": due,
    }


def pending_adopted_deletion(file: Any, due: datetime) -> dict[str, Any]:
    """Return the values of a new row for the object of an adopted file (its row, or columns of it)."""
    identity = {name: getattr(file, name) for name in ("adopted_key", "etag", "version_id")}
    return pending_deletion(PendingKind.OBJECT, file.bucket, file.object_key, due) | identity


def add_pending_deletions(session: Session, *rows: dict[str, Any]) -> None:
    """Add rows with the values of `pending_deletion`."""
    insert_rows(session, PendingDeletion, rows)


def due_deletions(
    session: Session, now: datetime, limit: int, object_key: str | None = None
) -> Sequence[PendingDeletion]:
    """Return the due pending deletions, oldest first; object_key: only those of one key."""
    query = select(PendingDeletion).where(PendingDeletion.due_at <= now).order_by(PendingDeletion.due_at).limit(limit)
    if object_key is not None:
        query = query.where(PendingDeletion.object_key == object_key)
    return session.scalars(query).all()


def has_due_deletion(session: Session, object_keys: Collection[str], now: datetime) -> bool:
    """Whether an object with one of these keys is about to be deleted."""
    where = (PendingDeletion.object_key.in_(object_keys), PendingDeletion.due_at <= now)
    return session.scalar(select(PendingDeletion.id).where(*where).limit(1)) is not None


def remove_pending_deletions(session: Session, ids: Sequence[int]) -> int:
    """Remove the rows of completed deletions; returns how many still existed."""
    return rows_met(session, delete(PendingDeletion).where(PendingDeletion.id.in_(ids)))


def remove_pending_deletions_of(session: Session, object_keys: Collection[str]) -> None:
    """Remove the rows of objects that are gone, of every kind."""
    session.execute(delete(PendingDeletion).where(PendingDeletion.object_key.in_(object_keys)))


def change_pending_deletion(session: Session, row_id: int, values: Mapping[str, Any]) -> None:
    session.execute(update(PendingDeletion).where(PendingDeletion.id == row_id).values(**values))
