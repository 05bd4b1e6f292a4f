"""Statements about uploads; their steps from one state to another are in `transitions`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, undefer

from service.db.models import Upload
from service.db.statements.execution import batches, table_of
from service.db.statements.lists.paging import Order, Slice, one_by_one, page_along, walk
from service.values import ONE_PUT, UploadToSign
from service.values.operators.views import UploadQuery
from service.values.policies import DEFAULT
from service.values.states import OPEN, UploadState

_UPLOADS = table_of(Upload)
# built once: building a statement costs as much as executing it
_TO_SIGN = select(*(_UPLOADS.c[name] for name in UploadToSign._fields)).where(_UPLOADS.c.id == bindparam("id"))


_UPLOAD = select(Upload).where(Upload.id == bindparam("id"))


class UploadOfFile(NamedTuple):
    """The columns of an upload in its file's receipt; parts: packed, None if they are unknown."""

    created_at: datetime
    chunk_size: int
    checksum_algorithm: str | None
    parts: bytes | None
    adoption_id: str | None


def upload_to_sign(connection: Connection, upload_id: str) -> UploadToSign | None:
    """Return the columns of an upload that signing needs, by its primary key, or None."""
    row = connection.execute(_TO_SIGN, {"id": upload_id}).one_or_none()
    if row is None:
        return None
    found = UploadToSign(*row)
    # processes cache it, and a schema may be large
    return found._replace(rules={**found.rules, "detail_schema": None}) if found.rules else found


def upload_of_id(session: Session, upload_id: str) -> Upload | None:
    """Return an upload as `session.get` does, in less time."""
    return session.scalars(_UPLOAD, {"id": upload_id}).one_or_none()


def upload_of_file(session: Session, file_id: str) -> Upload | None:
    return session.scalars(select(Upload).where(Upload.file_id == file_id)).one_or_none()


def upload_with_parts(session: Session, upload_id: str) -> Upload | None:
    """Return an upload with its packed parts."""
    return session.scalars(_UPLOAD.options(undefer(Upload.parts)), {"id": upload_id}).one_or_none()


def upload_of_init_key(session: Session, init_key: str) -> Upload | None:
    return session.scalars(select(Upload).where(Upload.init_key == init_key)).one_or_none()


def upload_for_receipt(session: Session, upload_id: str) -> UploadOfFile:
    columns = (Upload.created_at, Upload.chunk_size, Upload.checksum_algorithm, Upload.parts, Upload.adoption_id)
    return UploadOfFile(*session.execute(select(*columns).where(Upload.id == upload_id)).one())


def rules_of_upload(session: Session, upload_id: str) -> dict[str, Any] | None:
    return session.scalar(select(Upload.rules).where(Upload.id == upload_id))


def one_puts(
    session: Session, column: InstrumentedAttribute[str], values: Sequence[str], after: datetime
) -> dict[str, datetime]:
    """Return the uploads by one PUT with one of these values that expire after a time: their expiry, by object key."""
    query = select(Upload.object_key, Upload.expires_at).where(Upload.storage_upload_id == ONE_PUT)
    found: dict[str, datetime] = {}
    for some in batches(values):
        found |= dict(session.execute(query.where(column.in_(some), Upload.expires_at > after)).all())
    return found


def expired_uploads(session: Session, now: datetime, limit: int) -> Sequence[Upload]:
    """Return expired open uploads."""
    return _overdue(session, UploadState.UPLOADING, Upload.expires_at, now, limit)


def stuck_completions(session: Session, now: datetime, limit: int) -> Sequence[Upload]:
    """Return abandoned completions; the one that was tried last comes last."""
    return _overdue(session, UploadState.COMPLETING, Upload.lease_until, now, limit)


def bytes_of_open_uploads(session: Session) -> dict[str, int]:
    """Return the bytes declared by open uploads (0 for unknown sizes), by state; reads those by their index."""
    query = select(Upload.state, func.sum(Upload.size)).where(Upload.state.in_(OPEN)).group_by(Upload.state)
    return dict.fromkeys(OPEN, 0) | {state: int(size or 0) for state, size in session.execute(query)}


def uploads_by_state(session: Session, states: Sequence[str]) -> dict[str, int]:
    """Return the number of uploads in each of these states; reads that part of an index and no row."""
    query = select(Upload.state, func.count()).where(Upload.state.in_(states)).group_by(Upload.state)
    return dict.fromkeys(states, 0) | dict(session.execute(query).all())


def page_of_open_uploads(session: Session, query: UploadQuery) -> tuple[Sequence[Upload], str | None]:
    """Return a page of open uploads and the next cursor: those that are being completed first, of each state the ones
    that expire last. Raises the errors of `one_by_one`.
    """
    also = [] if query.owner is None else [Upload.owner == query.owner]
    also += [] if query.policy is None else [func.coalesce(Upload.policy, DEFAULT) == query.policy]
    states = [state for state in reversed(OPEN) if query.state in {None, state}]
    lists = {state.value: partial(_of_state, session, state, also) for state in states}
    return one_by_one(lists, Slice(query.limit, query.cursor))


def _of_state(
    session: Session, state: UploadState, also: Sequence[ColumnElement[bool]], part: Slice
) -> tuple[Sequence[Upload], str | None]:
    """Return a page along the index that the sweeper uses for expired uploads."""
    order, where = Order(Upload.expires_at, Upload.id), Upload.state == state
    if also:
        return walk(session, Upload, order, part, [where], also=also)
    return page_along(session, select(Upload).where(where), order, part)


def _overdue(
    session: Session, state: UploadState, time: InstrumentedAttribute[Any], now: datetime, limit: int
) -> Sequence[Upload]:
    """Return the uploads of a state whose time in this column has passed, oldest first."""
    return session.scalars(select(Upload).where(Upload.state == state, time <= now).order_by(time).limit(limit)).all()
