"""Pages of lists: keyset paging along an index, in several orders; a search examines a limited number of rows."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from service.db.models import Adoption, AllowlistEntry, Appointment, Decision, File, FileDetail, Link, User
from service.db.sort_names import name_key
from service.errors import InvalidBodyError
from service.values import FILE_SORTS, NEWEST_FIRST, FileQuery
from service.values.caller import Caller
from service.values.indexed_details import digest_of
from service.values.media_types import is_of_type
from service.values.policies import DEFAULT

Row = TypeVar("Row", User, Appointment, File, Link, Decision, AllowlistEntry, Adoption)
Owned = TypeVar("Owned", User, Appointment, File, FileDetail)
Key = str | int | datetime
_COLUMNS = {"created_at": "created_at", "filename": "name_key", "size": "size"}
"""Sort orders and their columns; each has an index with the id for each list."""
WINDOW = 5_000
"""Rows that one search examines, in a few tenths of a second; a million files are searched in 200 calls."""


class _Order(NamedTuple):
    """The columns of a list's order, which an index has at its end."""

    key: Any
    row_id: Any


class _Mark(NamedTuple):
    """The position after which a list continues: key and id of a row."""

    key: Key
    row_id: str


def page_of_files(session: Session, caller: Caller, query: FileQuery) -> tuple[Sequence[File], str | None]:
    """Return a page of a caller's files and the next cursor: by `search` for names and properties, else by `page`.

    By keys of `detail`, the list is along the index of the first one. Raises the errors of `page`.
    """
    if query.detail:
        return _page_by_detail(session, caller, query)
    scope = {File.user_id: query.user_id, File.appointment_id: query.appointment_id, File.owner: query.owner}
    where = seen_by(File, caller) + [column == wanted for column, wanted in scope.items() if wanted is not None]
    words = name_key(query.search or "").split()
    order = _order_of(File, query.sort)
    if words or query.is_filtered:
        return search(session, query, words, order, [*where, *_range_of(query, order)])
    return page(session, File, query.limit, query.cursor, *where, sort=query.sort)


def _page_by_detail(session: Session, caller: Caller, query: FileQuery) -> tuple[Sequence[File], str | None]:
    """Return a page of the files that have these values in their detail."""
    (key, text), *others = query.detail
    order = _Order(FileDetail.created_at, FileDetail.file_id)
    where = [FileDetail.file_id == File.id, FileDetail.digest == digest_of(key, text), *seen_by(FileDetail, caller)]
    where += [] if query.owner is None else [FileDetail.owner == query.owner]
    words = name_key(query.search or "").split()
    if not words and not query.needs_rows:
        return _page_along(session, select(File).where(*where), order, query)
    also = []
    for other in others:
        row = aliased(FileDetail)
        also.append(exists().where(row.file_id == FileDetail.file_id, row.digest == digest_of(*other)))
    return search(session, query, words, order, [*where, *_range_of(query, order)], also)


def page_of_users(
    session: Session, caller: Caller, limit: int, cursor: str | None
) -> tuple[Sequence[User], str | None]:
    """Return a page of a caller's users, newest first. Raises the errors of `page`."""
    return page(session, User, limit, cursor, *seen_by(User, caller))


def page_of_appointments(
    session: Session, caller: Caller, limit: int, cursor: str | None, user_id: str | None
) -> tuple[Sequence[Appointment], str | None]:
    """Return a page of a caller's appointments (of one user), newest first. Raises the errors of `page`."""
    of_user = [] if user_id is None else [Appointment.user_id == user_id]
    return page(session, Appointment, limit, cursor, *seen_by(Appointment, caller), *of_user)


def page_of_decisions(session: Session, limit: int, cursor: str | None) -> tuple[Sequence[Decision], str | None]:
    """Return a page of decisions, newest first. Raises the errors of `page`."""
    return page(session, Decision, limit, cursor)


def page_of_allowlist(session: Session, limit: int, cursor: str | None) -> tuple[Sequence[AllowlistEntry], str | None]:
    """Return a page of the allow-list, newest entries first. Raises the errors of `page`."""
    return page(session, AllowlistEntry, limit, cursor)


def page_of_adoptions(session: Session, limit: int, cursor: str | None) -> tuple[Sequence[Adoption], str | None]:
    """Return a page of adoptions, newest first. Raises the errors of `page`."""
    return page(session, Adoption, limit, cursor)


def after_file(file: File, sort: str = NEWEST_FIRST) -> str:
    """Return the cursor of a list of files that continues after this one."""
    return _encode(sort, getattr(file, _column(sort)), file.id)


def seen_by(model: type[Owned], caller: Caller) -> list[ColumnElement[bool]]:
    """Return the condition for rows that this caller can access."""
    return [] if caller.sees_all else [model.owner == caller.subject]


def page(
    session: Session,
    model: type[Row],
    limit: int,
    cursor: str | None,
    *where: ColumnElement[bool],
    sort: str = NEWEST_FIRST,
) -> tuple[Sequence[Row], str | None]:
    """Return a page of rows and the cursor of the next one. Raises InvalidBodyError for a cursor of another order."""
    asked = FileQuery(limit, cursor, sort)
    return _page_along(session, select(model).where(*where), _order_of(model, sort), asked)


def _page_along(
    session: Session, chosen: Select[Row], order: _Order, query: FileQuery
) -> tuple[Sequence[Row], str | None]:
    limit, sort = query.limit, query.sort
    rows = session.scalars(_along_index(chosen, order, sort, query.cursor).limit(limit + 1)).all()
    if len(rows) <= limit:
        return rows, None
    last = rows[limit - 1]
    return rows[:limit], _encode(sort, getattr(last, _column(sort)), last.id)


def search(
    session: Session,
    query: FileQuery,
    words: Sequence[str],
    order: _Order,
    where: Sequence[ColumnElement[bool]],
    also: Sequence[ColumnElement[bool]] = (),
) -> tuple[Sequence[File], str | None]:
    """Return those of the next WINDOW files whose names contain all (folded) words and that have the properties.

    where: conditions of the order's index. also: further ones, which are only checked for the examined files.
    One query reads names and properties along the list's index, in the range of the sorted column if there is one, and
    one the found rows by primary key. The cursor
    continues after the last file found or, if fewer were found than requested, after the last one examined. Raises the
    errors of `page`.
    """
    checks = [condition.label(f"also_{number}") for number, condition in enumerate(also)]
    columns = select(File.id, File.name_key, *_EXAMINED, order.key.label("key"), *checks).where(*where)
    looked = session.execute(_along_index(columns, order, query.sort, query.cursor).limit(WINDOW + 1)).all()
    found = [
        row
        for row in looked[:WINDOW]
        if _matches(query, row)
        and all(word in row.name_key for word in words)
        and all(getattr(row, check.name) for check in checks)
    ]
    places = {row.id: place for place, row in enumerate(found[: query.limit])}
    files = sorted(session.scalars(select(File).where(File.id.in_(places))), key=lambda file: places[file.id])
    if len(found) <= query.limit and len(looked) <= WINDOW:
        return files, None
    last = found[query.limit - 1] if len(found) > query.limit else looked[WINDOW - 1]
    return files, _encode(query.sort, last.key, last.id)


_EXAMINED = (
    *(File.virus_scan_status, File.policy, File.content_type, File.created_at, File.size),
    *(File.user_id, File.appointment_id),
)


def _range_of(query: FileQuery, order: _Order) -> list[ColumnElement[bool]]:
    """Return the query's range of the sorted column, which the index then reads alone."""
    column, key = _column(query.sort), order.key
    if column == "created_at":
        low, below = query.created_from, query.created_until
        bounds = [None if low is None else key >= low, None if below is None else key < below]
    elif column == "size":
        least, most = query.min_size, query.max_size
        bounds = [None if least is None else key >= least, None if most is None else key <= most]
    else:
        bounds = []
    return [condition for condition in bounds if condition is not None]


def _matches(query: FileQuery, row: Any) -> bool:
    """Whether a row has the properties of the query."""
    return (
        query.virus_scan_status in {None, row.virus_scan_status}
        and query.user_id in {None, row.user_id}
        and query.appointment_id in {None, row.appointment_id}
        and query.policy in {None, row.policy or DEFAULT}
        and (query.content_type is None or is_of_type(row.content_type, (query.content_type.lower(),)))
        and (query.created_from is None or row.created_at >= query.created_from)
        and (query.created_until is None or row.created_at < query.created_until)
        and (query.min_size is None or row.size >= query.min_size)
        and (query.max_size is None or row.size <= query.max_size)
    )


def _order_of(model: type[Row], sort: str) -> _Order:
    return _Order(getattr(model, _column(sort)), model.id)


def _along_index(query: Select[Any], order: _Order, sort: str, cursor: str | None) -> Select[Any]:
    """Return the query in this order, starting after the cursor."""
    key, row_id = order
    downwards = sort.startswith("-")
    if cursor is not None:
        mark = _decode(sort, cursor)
        # the first condition is a range of the index; the second excludes the rows of the last page
        if downwards:
            query = query.where(key <= mark.key, or_(key < mark.key, and_(key == mark.key, row_id < mark.row_id)))
        else:
            query = query.where(key >= mark.key, or_(key > mark.key, and_(key == mark.key, row_id > mark.row_id)))
    return query.order_by(key.desc(), row_id.desc()) if downwards else query.order_by(key, row_id)


def _column(sort: str) -> str:
    return _COLUMNS[sort.lstrip("-")]


def _encode(sort: str, key: Key, row_id: str) -> str:
    value = key.isoformat() if isinstance(key, datetime) else key
    text = json.dumps([sort, value, row_id], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decode(sort: str, cursor: str) -> _Mark:
    try:
        made_for, value, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if made_for != sort:
            if made_for not in FILE_SORTS:
                raise ValueError
            raise InvalidBodyError(errors=[f"[cursor] is for the order {made_for}; start without a cursor"])
        return _Mark(_read_key(sort, value), _text(row_id, "ascii"))
    except (binascii.Error, UnicodeError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise InvalidBodyError(errors=["[cursor] is not valid; use next_cursor of the page before"]) from error


def _read_key(sort: str, value: Any) -> Key:
    """Return a cursor's value in its column's type. Raises ValueError and its subclasses for anything else."""
    match _column(sort):
        case "created_at":
            at = datetime.fromisoformat(_text(value))
            if at.tzinfo is None:
                raise ValueError
            return at.astimezone(UTC)
        case "size":
            if type(value) is not int or not 0 <= value < 2**63:
                raise ValueError
            return value
        case _:
            return _text(value)


def _text(value: Any, charset: str = "utf-8") -> str:
    """Return text that every database can store: no half of a surrogate pair. Raises ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError
    return value.encode(charset).decode(charset)
