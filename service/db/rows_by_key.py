"""Rows by the keys of their objects: to hold them against what storage lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from service.db.models import File, PendingDeletion, Upload
from service.values import CheckedFile, Location
from service.values.states import PendingKind

_FILES = File.__table__
_UPLOADS = Upload.__table__
_CHECKED = select(*(_FILES.c[name] for name in CheckedFile._fields))


def buckets_of_files(session: Session) -> list[str]:
    """The buckets that files lie in. Reads every file's row."""
    return sorted(session.scalars(select(File.bucket).distinct()))


def files_after(session: Session, place: Location, limit: int) -> list[CheckedFile]:
    """The next files of a bucket, by key."""
    behind = (_FILES.c.bucket == place.bucket, _FILES.c.object_key > place.object_key)
    page = _CHECKED.where(*behind).order_by(_FILES.c.object_key).limit(limit)
    return [CheckedFile(*row) for row in session.execute(page)]


def checked_file(session: Session, file_id: str) -> CheckedFile | None:
    """One file as it is now."""
    row = session.execute(_CHECKED.where(_FILES.c.id == file_id)).one_or_none()
    return CheckedFile(*row) if row else None


def files_of_keys(session: Session, bucket: str, object_keys: Sequence[str]) -> list[File]:
    """The files whose objects have these keys in a bucket; at most 1000 keys."""
    return list(session.scalars(select(File).where(File.object_key.in_(object_keys), File.bucket == bucket)))


def places_of(session: Session, object_keys: Sequence[str]) -> list[Location]:
    """Where files whose rows have one of these keys lie; at most 1000 keys."""
    query = select(File.bucket, File.object_key).where(File.object_key.in_(object_keys))
    return [Location(*row) for row in session.execute(query)]


class KnownUpload(NamedTuple):
    """Return the upload's columns that describe its future file."""

    object_key: str
    state: str
    id: str
    file_id: str
    owner: str | None
    filename: str | None
    content_type: str | None


def uploads_of_keys(session: Session, object_keys: Sequence[str]) -> dict[str, KnownUpload]:
    """The uploads that have these keys, by key; at most 1000."""
    query = select(*(_UPLOADS.c[name] for name in KnownUpload._fields)).where(_UPLOADS.c.object_key.in_(object_keys))
    return {row.object_key: KnownUpload(*row) for row in session.execute(query)}


def keys_of_pending_deletions(session: Session, bucket: str, object_keys: Sequence[str]) -> set[str]:
    """Of these keys those whose object is to be removed; at most 1000."""
    owed = select(PendingDeletion.object_key).where(PendingDeletion.object_key.in_(object_keys))
    return set(
        session.scalars(owed.where(PendingDeletion.bucket == bucket, PendingDeletion.kind == PendingKind.OBJECT))
    )
