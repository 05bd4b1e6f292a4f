"""Statements about files; their steps from one verdict to another are in `transitions`, what to scan is in `scans`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, or_, select, true, update
from sqlalchemy.orm import Session

from service.db.models import Audit, File, PendingDeletion, Upload
from service.db.statements.execution import batches, rows_met
from service.db.statements.files.folders import delete_empty
from service.db.statements.objects.deletions import add_pending_deletions, pending_adopted_deletion, pending_deletion
from service.db.statements.usages import give_back, reserved_by
from service.values import Location
from service.values.states import PendingKind

# built once: building a statement costs as much as executing it
_FILE_AND_CHUNK_SIZE = (
    select(File, Upload.chunk_size)
    .outerjoin(Upload, and_(Upload.id == File.upload_id, Upload.parts.is_not(None)))
    .where(File.id == bindparam("id"))
)


def file_of_upload(session: Session, upload_id: str) -> File | None:
    return session.scalars(select(File).where(File.upload_id == upload_id)).one_or_none()


def file_and_chunk_size(session: Session, file_id: str) -> tuple[File, int | None] | None:
    """Return a file, and the bytes of each of its parts except the last; None if the parts are unknown."""
    row = session.execute(_FILE_AND_CHUNK_SIZE, {"id": file_id}).first()
    return None if row is None else (row[0], row[1])


def lock_files(session: Session, file_ids: Sequence[str]) -> Iterable[File]:
    """Return these files, locked until the transaction ends."""
    return session.scalars(select(File).where(File.id.in_(file_ids)).with_for_update())


def first_files_of(
    session: Session, user_id: str | None, appointment_ids: Sequence[str], limit: int
) -> tuple[list[str], bool]:
    """Return ids of at most `limit` files of a user or of these appointments, and whether there are no more."""
    ids: set[str] = set()
    for where in _belonging(user_id, appointment_ids):  # one condition after the other, as each has its index
        ids.update(session.scalars(select(File.id).where(where).limit(limit + 1)))
    return sorted(ids)[:limit], len(ids) <= limit


def private_files_of(session: Session, user_id: str | None, appointment_ids: Sequence[str]) -> int:
    """Return the number of private files of a user or of these appointments."""
    return _count(session, user_id, appointment_ids, File.credential_hash.is_not(None))


def files_on_hold_of(session: Session, user_id: str | None, appointment_ids: Sequence[str]) -> int:
    """Return the number of files with a legal hold of a user or of these appointments."""
    return _count(session, user_id, appointment_ids, File.legal_hold == true())


def was_withdrawn(session: Session, file_id: str) -> bool:
    """Whether a file was served before its last verdict, by the audit log: earlier links may still lead to it."""
    where = (Audit.target_id == file_id, Audit.action == "withdrawn")
    return session.scalar(select(Audit.id).where(*where).limit(1)) is not None


def was_replaced_since(session: Session, file_id: str, since: datetime) -> bool:
    """Whether another object was found in a file's place since then, by the audit log."""
    where = (Audit.target_id == file_id, Audit.action == "replaced", Audit.at >= since)
    return session.scalar(select(Audit.id).where(*where).limit(1)) is not None


def ends_of_file(session: Session, file_id: str, actions: Sequence[str]) -> Sequence[tuple[str, str | None]]:
    """Return who ended a file, and who owned it, by these actions in the audit log."""
    found = select(Audit.actor, Audit.owner).where(Audit.target_id == file_id, Audit.action.in_(actions))
    return [(actor, owner) for actor, owner in session.execute(found)]


def sums_of_files(session: Session, after: str, limit: int) -> tuple[dict[str, int], dict[str, int], str | None]:
    """Return (bytes, number) of the next `limit` files by id, by verdict, and where to continue; None at the end.

    Reads a slice of the primary key, as an index with verdict and size would cost every verdict a write.
    """
    some = select(File.id, File.virus_scan_status, File.size).where(File.id > after).order_by(File.id).limit(limit)
    slice_ = some.subquery()
    columns = (func.sum(slice_.c.size), func.count(), func.max(slice_.c.id))
    rows = session.execute(select(slice_.c.virus_scan_status, *columns).group_by(slice_.c.virus_scan_status)).all()
    sums = {verdict: int(size) for verdict, size, _, _ in rows}
    counts = {verdict: count for verdict, _, count, _ in rows}
    is_whole = sum(counts.values()) == limit
    return sums, counts, max(last for _, _, _, last in rows) if is_whole else None


def names_of_files(session: Session, file_ids: Sequence[str]) -> dict[str, str]:
    """Return the filenames of those of these files that exist, by id."""
    names: dict[str, str] = {}
    for some in batches(file_ids):
        rows = session.execute(select(File.id, File.filename).where(File.id.in_(some)))
        names |= {row.id: row.filename for row in rows}
    return names


def delete_files(
    session: Session,
    file_ids: Sequence[str],
    copies_of: Callable[[str], Iterable[Location]],
    now: datetime,
    later: datetime,
    *,
    adopted_too: bool = False,
) -> dict[str, str | None]:
    """Delete these files with their uploads and emptied folders, and record the pending deletions of their objects.

    adopted_too: also those of adopted objects, which otherwise stay. copies_of: other locations of an object of this
    key, also of a copy that a running scan is making: they are deleted now and again `later`. Returns the ids of the
    files that were still there, with their owners.
    """
    columns = (File.id, File.upload_id, File.bucket, File.object_key, File.owner, File.folder_id)
    of_adopted = (File.adopted_key, File.etag, File.version_id)
    rows = session.execute(select(*columns, *of_adopted).where(File.id.in_(file_ids)).with_for_update()).all()
    reserved = reserved_by(session, [row.upload_id for row in rows if row.owner is not None])
    for some in batches(rows):
        own = [row for row in some if row.adopted_key is None]
        owed = [pending_deletion(PendingKind.OBJECT, row.bucket, row.object_key, now) for row in own]
        owed += [pending_adopted_deletion(row, now) for row in some if row.adopted_key is not None and adopted_too]
        owed += [
            pending_deletion(PendingKind.OBJECT, copy.bucket, copy.object_key, due)
            for row in own
            for copy in copies_of(row.object_key)
            for due in (now, later)
        ]
        add_pending_deletions(session, *owed)
        session.execute(delete(File).where(File.id.in_([row.id for row in some])))
        session.execute(delete(Upload).where(Upload.id.in_([row.upload_id for row in some])))
    give_back(session, reserved)
    delete_empty(session, {row.folder_id for row in rows})
    return {row.id: row.owner for row in rows}


def add_downloads(session: Session, file_id: str, count: int) -> None:
    rows_met(session, update(File).where(File.id == file_id).values(downloads=File.downloads + count))


def replace_credential_hash(session: Session, file_id: str, old: str, new: str) -> bool:
    """Change the hash of a file's credential; False if it is not `old` (any more)."""
    same = update(File).where(File.id == file_id, File.credential_hash == old)
    return rows_met(session, same.values(credential_hash=new)) == 1


def remove_credential_hash(session: Session, old: str, limit: int) -> tuple[int, bool]:
    """Make at most `limit` files with this hash public; returns their number, and whether those were all."""
    ids = session.scalars(select(File.id).where(File.credential_hash == old).limit(limit)).all()
    same = update(File).where(File.id.in_(ids), File.credential_hash == old)
    return rows_met(session, same.values(credential_hash=None)) if ids else 0, len(ids) < limit


def rename_bucket(
    session: Session, model: type[File] | type[PendingDeletion], old: str, new: str, limit: int
) -> int | None:
    """Change the bucket of at most `limit` rows; returns their number, None if there are no more.

    Adopted objects are not ours to move: their rows stay. A file's new object has another version, so that of the old
    bucket is removed from the row.
    """
    own = (model.bucket == old, model.adopted_key.is_(None))
    ids = session.scalars(select(model.id).where(*own).limit(limit)).all()
    if not ids:
        return None
    values = {"bucket": new} | ({"version_id": None} if model is File else {})
    return rows_met(session, update(model).where(model.id.in_(ids), model.bucket == old).values(**values))


def _count(session: Session, user_id: str | None, appointment_ids: Sequence[str], where: ColumnElement[bool]) -> int:
    belonging = or_(*_belonging(user_id, appointment_ids))
    return session.scalar(select(func.count()).where(belonging, where)) or 0


def _belonging(user_id: str | None, appointment_ids: Sequence[str]) -> list[ColumnElement[bool]]:
    of_user = [] if user_id is None else [File.user_id == user_id]
    return [*of_user, File.appointment_id.in_(appointment_ids)]
