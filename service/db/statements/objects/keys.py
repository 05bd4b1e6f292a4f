"""Statements about rows by the keys of their objects, to compare them with storage's lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.db.models import File, PendingDeletion, Upload
from service.db.statements.execution import batches
from service.db.statements.transitions.rows import SERVED
from service.values import CheckedFile, Location
from service.values.object_keys import adopted_name
from service.values.states import OPEN, RESERVING, PendingKind

_FILES = File.__table__
_UPLOADS = Upload.__table__
_CHECKED = select(*(_FILES.c[name] for name in CheckedFile._fields))


def buckets_of_files(session: Session) -> list[str]:
    """Return the buckets of all files. Reads every file's row."""
    return sorted(session.scalars(select(File.bucket).distinct()))


def files_after(session: Session, place: Location, limit: int) -> list[CheckedFile]:
    """Return the next files of a bucket by key."""
    behind = (_FILES.c.bucket == place.bucket, _FILES.c.object_key > place.object_key)
    page = _CHECKED.where(*behind).order_by(_FILES.c.object_key).limit(limit)
    return [CheckedFile(*row) for row in session.execute(page)]


def checked_file(session: Session, file_id: str) -> CheckedFile | None:
    """Return the current row of a file."""
    row = session.execute(_CHECKED.where(_FILES.c.id == file_id)).one_or_none()
    return CheckedFile(*row) if row else None


def files_of_keys(session: Session, bucket: str, object_keys: Sequence[str]) -> list[File]:
    """Return the files whose objects have these keys in a bucket; at most 1000 keys."""
    return list(session.scalars(select(File).where(File.object_key.in_(object_keys), File.bucket == bucket)))


def files_to_promote(session: Session, bucket: str, object_keys: Sequence[str]) -> list[File]:
    """Return the served public files with these keys in a bucket, without those with a due scan; at most 1000 keys."""
    idle = (File.credential_hash.is_(None), File.scan_due_at.is_(None))
    where = (File.object_key.in_(object_keys), File.bucket == bucket, *SERVED, *idle)
    return list(session.scalars(select(File).where(*where).order_by(File.object_key)))


def places_of(session: Session, object_keys: Sequence[str]) -> list[Location]:
    """Return the locations of the files whose rows have one of these keys; at most 1000 keys."""
    query = select(File.bucket, File.object_key).where(File.object_key.in_(object_keys))
    return [Location(*row) for row in session.execute(query)]


class KnownUpload(NamedTuple):
    """The columns of an upload that describe its future file."""

    object_key: str
    storage_upload_id: str | None
    state: str
    id: str
    file_id: str
    owner: str | None
    filename: str | None
    content_type: str | None
    path_name: str | None


def uploads_of_keys(session: Session, object_keys: Sequence[str]) -> dict[str, KnownUpload]:
    """Return the uploads with these keys, by key; at most 1000."""
    query = select(*(_UPLOADS.c[name] for name in KnownUpload._fields)).where(_UPLOADS.c.object_key.in_(object_keys))
    return {row.object_key: KnownUpload(*row) for row in session.execute(query)}


def uploads_with_rows(session: Session, bucket: str, keys: Sequence[str]) -> set[str]:
    """Return those of these multipart upload keys that have an open upload or a pending abort."""
    open_ones = _found(session, Upload.object_key, keys, Upload.state.in_(OPEN))
    return open_ones | keys_of_pending_deletions(session, PendingKind.MULTIPART_UPLOAD, bucket, keys)


def objects_with_rows(session: Session, bucket: str, keys: dict[str, str]) -> set[str]:
    """Return those of these object keys that have a file, an upload that is or may become one, or a pending deletion.

    keys: each with the key that an upload's row would have. An aborted or expired upload does not count: no file will
    be recorded for it. An adopted object has one, too.
    """
    uploads = _found(session, Upload.object_key, list(keys.values()), Upload.state.in_(RESERVING))
    files = files_with_keys(session, bucket, list(keys))
    adopted = {key: adopted_name(bucket, key) for key in keys}
    of_adopted = files_with_keys(session, bucket, list(adopted.values()))
    return (
        {key for key, own in keys.items() if own in uploads}
        | files
        | {key for key, name in adopted.items() if name in of_adopted}
        | keys_of_pending_deletions(session, PendingKind.OBJECT, bucket, list(keys))
    )


def keys_in_use(session: Session, bucket: str, keys: Sequence[str]) -> set[str]:
    """Return those of these keys whose objects are of files that are not blocked."""
    return _found(session, File.object_key, keys, File.bucket == bucket, File.quarantine_reason.is_(None))


def files_with_keys(session: Session, bucket: str, keys: Sequence[str]) -> set[str]:
    """Return those of these keys (names, of adopted objects) that files have, blocked ones too."""
    return _found(session, File.object_key, keys, File.bucket == bucket)


def open_uploads_of(session: Session, upload_ids: Sequence[str]) -> set[str]:
    """Return those of these ids whose uploads are open or being completed."""
    return _found(session, Upload.id, upload_ids, Upload.state.in_(OPEN))


def keys_of_pending_deletions(session: Session, kind: PendingKind, bucket: str, keys: Sequence[str]) -> set[str]:
    """Return those of these keys that have a pending deletion of this kind."""
    return _found(
        session, PendingDeletion.object_key, keys, PendingDeletion.kind == kind, PendingDeletion.bucket == bucket
    )


def _found(
    session: Session, column: InstrumentedAttribute[str], values: Sequence[str], *where: ColumnElement[bool]
) -> set[str]:
    """Return those of the values that an indexed column has in rows that match `where`."""
    found: set[str] = set()
    for some in batches(values):
        found |= set(session.scalars(select(column).where(column.in_(some), *where)))
    return found
