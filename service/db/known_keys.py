"""Which of the keys that storage lists have a row, and how many bytes the rows of each state stand for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from service.db.models import File, PendingDeletion, Upload
from service.values.states import HOLDING, OPEN, PendingKind


def uploads_with_rows(session: Session, bucket: str, keys: Sequence[str]) -> set[str]:
    """Return those of these multipart upload keys that have an open upload or a pending abort."""
    open_ones = _found(session, Upload.object_key, keys, Upload.state.in_(OPEN))
    return open_ones | _due(session, PendingKind.MULTIPART_UPLOAD, bucket, keys)


def objects_with_rows(session: Session, bucket: str, keys: dict[str, str]) -> set[str]:
    """Return those of these object keys that have a file, an upload that is or may become one, or a pending deletion.

    keys: each with the key that an upload's row would have. An aborted or expired upload does not count: no file will
    be recorded for it.
    """
    uploads = _found(session, Upload.object_key, list(keys.values()), Upload.state.in_(HOLDING))
    files = _found(session, File.object_key, list(keys), File.bucket == bucket)
    return (
        {key for key, own in keys.items() if own in uploads}
        | files
        | _due(session, PendingKind.OBJECT, bucket, list(keys))
    )


def open_uploads_of(session: Session, upload_ids: Sequence[str]) -> set[str]:
    """Of these ids those of uploads that are open or being completed."""
    return _found(session, Upload.id, upload_ids, Upload.state.in_(OPEN))


def bytes_of_open_uploads(session: Session) -> dict[str, int]:
    """Bytes declared by open uploads (0 where the size is unknown), by state; reads those by their index."""
    query = select(Upload.state, func.sum(Upload.size)).where(Upload.state.in_(OPEN)).group_by(Upload.state)
    return dict.fromkeys(OPEN, 0) | {state: int(size or 0) for state, size in session.execute(query)}


def bytes_of_files(session: Session, after: str, limit: int) -> tuple[dict[str, int], str | None]:
    """Return the bytes of the next `limit` files by id, by verdict, and where to continue; None at the end.

    Reads a slice of the primary key, as an index with verdict and size would cost every verdict a write.
    """
    some = select(File.id, File.virus_scan_status, File.size).where(File.id > after).order_by(File.id).limit(limit)
    slice_ = some.subquery()
    columns = (func.sum(slice_.c.size), func.count(), func.max(slice_.c.id))
    rows = session.execute(select(slice_.c.virus_scan_status, *columns).group_by(slice_.c.virus_scan_status)).all()
    sums = {verdict: int(size) for verdict, size, _, _ in rows}
    whole = sum(count for _, _, count, _ in rows) == limit
    return sums, max(last for _, _, _, last in rows) if whole else None


def uploads_by_state(session: Session, states: Sequence[str]) -> dict[str, int]:
    """How many uploads there are in each of these states; reads that part of an index and no row."""
    query = select(Upload.state, func.count()).where(Upload.state.in_(states)).group_by(Upload.state)
    return dict.fromkeys(states, 0) | dict(session.execute(query).all())


def _due(session: Session, kind: PendingKind, bucket: str, keys: Sequence[str]) -> set[str]:
    return _found(
        session, PendingDeletion.object_key, keys, PendingDeletion.kind == kind, PendingDeletion.bucket == bucket
    )


def _found(
    session: Session, column: InstrumentedAttribute[str], values: Sequence[str], *where: ColumnElement[bool]
) -> set[str]:
    """Those of the values that rows which meet `where` have in an indexed column."""
    found: set[str] = set()
    for some in _batches(values):
        found |= set(session.scalars(select(column).where(column.in_(some), *where)))
    return found


def _batches(values: Sequence[str]) -> Iterator[Sequence[str]]:
    """Runs of at most 500: an IN list has its limits."""
    for start in range(0, len(values), 500):
        yield values[start : start + 500]
