"""Statements about the indexed keys of `detail`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from service.db.models import File, FileDetail
from service.db.statements.execution import batches, insert_rows, rows_met, table_of
from service.values.indexed_details import digest_of

_DETAILS = table_of(FileDetail)
# built once: building a statement costs as much as executing it
_DELETE = delete(_DETAILS).where(_DETAILS.c.file_id == bindparam("of_file"))


class FileToIndex(NamedTuple):
    """The columns of a file that decide about its rows."""

    id: str
    policy: str | None
    owner: str | None
    detail: dict[str, Any] | None
    credential_hash: str | None
    created_at: datetime


def add_details(session: Session, file: File | FileToIndex, values: Mapping[str, str]) -> None:
    """Insert the rows of a file without any: of these keys and values."""
    shared = {"file_id": file.id, "owner": file.owner, "created_at": file.created_at}
    rows = [shared | {"name": key, "digest": digest_of(key, text)} for key, text in values.items()]
    insert_rows(session, FileDetail, rows)


def replace_details(session: Session, file: File | FileToIndex, values: Mapping[str, str]) -> None:
    """Delete the rows of a file, and insert those of these keys and values."""
    rows_met(session, _DELETE, {"of_file": file.id})
    add_details(session, file, values)


def files_to_index(session: Session, after: str, limit: int) -> Sequence[FileToIndex]:
    """Return the next files by id."""
    columns = [getattr(File, name) for name in FileToIndex._fields]
    page = select(*columns).where(File.id > after).order_by(File.id).limit(limit)
    return [FileToIndex(*row) for row in session.execute(page)]


def lock_files_to_index(session: Session, file_ids: Sequence[str]) -> Sequence[FileToIndex]:
    """Return these files, locked until the transaction ends."""
    columns = [getattr(File, name) for name in FileToIndex._fields]
    chosen = select(*columns).where(File.id.in_(file_ids)).with_for_update()
    return [FileToIndex(*row) for row in session.execute(chosen)]


def details_of(session: Session, file_ids: Sequence[str]) -> dict[str, set[tuple[str, str, str | None]]]:
    """Return the rows of these files: name, digest and owner."""
    found: dict[str, set[tuple[str, str, str | None]]] = defaultdict(set)
    columns = (FileDetail.file_id, FileDetail.name, FileDetail.digest, FileDetail.owner)
    for some in batches(file_ids):
        for file_id, name, digest, owner in session.execute(select(*columns).where(FileDetail.file_id.in_(some))):
            found[file_id].add((name, digest, owner))
    return found
