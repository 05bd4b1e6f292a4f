"""Statements that need more than a primary key: what is due, and what is deleted with a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, CursorResult, and_, bindparam, delete, func, insert, select
from sqlalchemy.orm import Session

from service.db.models import Appointment, Delivery, File, PendingDeletion, Upload, User
from service.db.usages import give_back, reserved_by
from service.values import Location, UploadToSign
from service.values.caller import Caller
from service.values.states import PendingKind, UploadState

_UPLOADS = Upload.__table__
_TO_SIGN = select(*(_UPLOADS.c[name] for name in UploadToSign._fields)).where(_UPLOADS.c.id == bindparam("id"))
# built once: building a statement costs as much as executing it
_FILE_AND_CHUNK_SIZE = (
    select(File, Upload.chunk_size)
    .outerjoin(Upload, and_(Upload.id == File.upload_id, Upload.parts.is_not(None)))
    .where(File.id == bindparam("id"))
)


def upload_to_sign(connection: Connection, upload_id: str) -> UploadToSign | None:
    """What signing has to know of an upload, by its primary key; None where there is none."""
    row = connection.execute(_TO_SIGN, {"id": upload_id}).one_or_none()
    return UploadToSign(*row) if row else None


def file_of_upload(session: Session, upload_id: str) -> File | None:
    return session.scalars(select(File).where(File.upload_id == upload_id)).one_or_none()


def upload_of_file(session: Session, file_id: str) -> Upload | None:
    return session.scalars(select(Upload).where(Upload.file_id == file_id)).one_or_none()


def file_and_chunk_size(session: Session, file_id: str) -> tuple[File, int | None] | None:
    """A file, and how many bytes each of its parts but the last has; None where it is known of no part."""
    row = session.execute(_FILE_AND_CHUNK_SIZE, {"id": file_id}).first()
    return None if row is None else (row[0], row[1])


def due_scans(session: Session, now: datetime, limit: int) -> Sequence[File]:
    """Files whose scan should have happened by now, oldest first."""
    return session.scalars(
        select(File).where(File.scan_due_at <= now).order_by(File.scan_due_at, File.id).limit(limit)
    ).all()


def expired_uploads(session: Session, now: datetime, limit: int) -> Sequence[Upload]:
    """Open uploads whose time is up."""
    return session.scalars(
        select(Upload)
        .where(Upload.state == UploadState.UPLOADING, Upload.expires_at <= now)
        .order_by(Upload.expires_at)
        .limit(limit)
    ).all()


def stuck_completions(session: Session, now: datetime, limit: int) -> Sequence[Upload]:
    """Return abandoned completions; the one that was tried last comes last."""
    return session.scalars(
        select(Upload)
        .where(Upload.state == UploadState.COMPLETING, Upload.lease_until <= now)
        .order_by(Upload.lease_until)
        .limit(limit)
    ).all()


def due_deletions(
    session: Session, now: datetime, limit: int, object_key: str | None = None
) -> Sequence[PendingDeletion]:
    """Return the due pending deletions, oldest first; object_key: only those of one key."""
    query = select(PendingDeletion).where(PendingDeletion.due_at <= now).order_by(PendingDeletion.due_at).limit(limit)
    if object_key is not None:
        query = query.where(PendingDeletion.object_key == object_key)
    return session.scalars(query).all()


def oldest_due(session: Session) -> datetime | None:
    """Return since when the oldest event is not delivered."""
    return session.scalar(select(func.min(Delivery.pending_since)).where(Delivery.due_at.is_not(None)))


def delete_files(
    session: Session,
    where: ColumnElement[bool],
    copies_of: Callable[[str], Iterable[Location]],
    now: datetime,
    later: datetime,
) -> list[str]:
    """Delete the files that match `where` with their uploads, and record the pending deletions of their objects.

    copies_of: other locations of an object of this key, also of a copy that a running scan is making: they are deleted
    now and again `later`. Returns the ids of the files.
    """
    chosen = select(File.id, File.upload_id, File.bucket, File.object_key, File.owner).where(where).with_for_update()
    rows = session.execute(chosen).all()
    held = reserved_by(session, [row.upload_id for row in rows if row.owner is not None])
    for some in _batches(rows):
        owed = [pending_deletion(PendingKind.OBJECT, row.bucket, row.object_key, now) for row in some]
        owed += [
            pending_deletion(PendingKind.OBJECT, copy.bucket, copy.object_key, due)
            for row in some
            for copy in copies_of(row.object_key)
            for due in (now, later)
        ]
        session.execute(insert(PendingDeletion), owed)
        session.execute(delete(File).where(File.id.in_([row.id for row in some])))
        session.execute(delete(Upload).where(Upload.id.in_([row.upload_id for row in some])))
    give_back(session, held)
    return [row.id for row in rows]


def pending_deletion(
    kind: PendingKind, bucket: str, object_key: str, due: datetime, storage_upload_id: str | None = None
) -> dict[str, Any]:
    """The values of a new row of pending_deletions."""
    return {
        "kind": kind,
        "bucket": bucket,
        "object_key": object_key,
        "storage_upload_id": storage_upload_id,
        "attempts": 0,
        "due_at": due,
    }


def seen_by(model: type[User] | type[Appointment] | type[File], caller: Caller) -> list[ColumnElement[bool]]:
    """What keeps a list to the rows that are there for this caller."""
    return [] if caller.sees_all else [model.owner == caller.subject]


def _batches(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Runs of at most 500 rows: an IN list has its limits."""
    for start in range(0, len(rows), 500):
        yield rows[start : start + 500]


def rows_met(session: Session, statement: Any) -> int:
    """How many rows an UPDATE or DELETE met."""
    return cast(
        "CursorResult[Any]", session.execute(statement, execution_options={"synchronize_session": False})
    ).rowcount
