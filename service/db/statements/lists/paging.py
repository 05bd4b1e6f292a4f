"""Keyset paging along an index: plain pages, walks that examine a limited number of rows, and lists one by one."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import ColumnElement, Select, and_, or_, select, union_all
from sqlalchemy.orm import Session

from service.db.models import Adoption, AllowlistEntry, Appointment, Decision, File, Folder, Link, Upload, User
from service.errors import InvalidBodyError
from service.values import FILE_SORTS, NEWEST_FIRST

T = TypeVar("T")
Row = TypeVar("Row", User, Appointment, File, Folder, Link, Decision, AllowlistEntry, Adoption, Upload)
Key = str | int | datetime
COLUMNS = {"created_at": "created_at", "filename": "name_key", "size": "size"}
"""Sort orders and their columns; each has an index with the id for each list."""
WINDOW = 5_000
"""Rows that one walk examines, in a few tenths of a second; a million files are searched in 200 calls."""
NOT_VALID = "[cursor] is not valid; use next_cursor of the page before"


class Order(NamedTuple):
    """The columns of a list's order, which an index has at its end."""

    key: Any
    row_id: Any


class Slice(NamedTuple):
    """The requested page: at most `limit` rows after `cursor`, in the order `sort`."""

    limit: int
    cursor: str | None = None
    sort: str = NEWEST_FIRST


class _Mark(NamedTuple):
    """The position after which a list continues: key and id of a row."""

    key: Key
    row_id: str


def page(
    session: Session,
    model: type[Row],
    limit: int,
    cursor: str | None,
    *where: ColumnElement[bool],
    sort: str = NEWEST_FIRST,
) -> tuple[Sequence[Row], str | None]:
    """Return a page of rows and the cursor of the next one. Raises InvalidBodyError for a cursor of another order."""
    return page_along(session, select(model).where(*where), order_of(model, sort), Slice(limit, cursor, sort))


def page_along(session: Session, chosen: Select[Row], order: Order, part: Slice) -> tuple[Sequence[Row], str | None]:
    """Return a page of the rows that a query chooses, all of which an index has in this order."""
    rows = session.scalars(along_index(chosen, order, part.sort, part.cursor).limit(part.limit + 1)).all()
    if len(rows) <= part.limit:
        return rows, None
    last = rows[part.limit - 1]
    return rows[: part.limit], encode(part.sort, getattr(last, order.key.key), last.id)


def page_merged(
    session: Session, model: type[Row], order: Order, part: Slice, lists: Sequence[Sequence[ColumnElement[bool]]]
) -> tuple[Sequence[Row], str | None]:
    """Return a page of several lists merged in one order; an index has each of them, of which a page is read.

    lists: the conditions of each; their number is limited by databases (SQLite: 500 in one statement). Raises the
    errors of `page`.
    """
    each = [
        along_index(select(model.id, order.key.label("key")).where(*where), order, part.sort, part.cursor)
        .limit(part.limit + 1)
        .subquery()
        for where in lists
    ]
    heads = union_all(*(select(one) for one in each)).subquery()
    by = (heads.c.key.desc(), heads.c.id.desc()) if part.sort.startswith("-") else (heads.c.key, heads.c.id)
    ids = session.scalars(select(heads.c.id).order_by(*by).limit(part.limit + 1)).all()
    places = {row_id: place for place, row_id in enumerate(ids[: part.limit])}
    rows = sorted(session.scalars(select(model).where(model.id.in_(places))), key=lambda row: places[row.id])
    if len(ids) <= part.limit:
        return rows, None
    last = rows[-1]
    return rows, encode(part.sort, getattr(last, order.key.key), last.id)


def walk(
    session: Session,
    model: type[Row],
    order: Order,
    part: Slice,
    where: Sequence[ColumnElement[bool]],
    *,
    examined: Sequence[Any] = (),
    matches: Callable[[Any], bool] = lambda _row: True,
    also: Sequence[ColumnElement[bool]] = (),
) -> tuple[Sequence[Row], str | None]:
    """Return those of the next WINDOW rows along an index that match.

    where: conditions of the order's index. also: further ones, which are only checked for the examined rows; matches:
    the same for the values of the columns `examined`. One query reads these along the index, and one the found rows by
    primary key. The cursor continues after the last row found or, if fewer were found than requested, after the last
    one examined. Raises the errors of `page`.
    """
    checks = [condition.label(f"also_{number}") for number, condition in enumerate(also)]
    columns = select(model.id, *examined, order.key.label("key"), *checks).where(*where)
    looked = session.execute(along_index(columns, order, part.sort, part.cursor).limit(WINDOW + 1)).all()
    found = [row for row in looked[:WINDOW] if matches(row) and all(getattr(row, check.name) for check in checks)]
    places = {row.id: place for place, row in enumerate(found[: part.limit])}
    rows = sorted(session.scalars(select(model).where(model.id.in_(places))), key=lambda row: places[row.id])
    if len(found) <= part.limit and len(looked) <= WINDOW:
        return rows, None
    last = found[part.limit - 1] if len(found) > part.limit else looked[WINDOW - 1]
    return rows, encode(part.sort, last.key, last.id)


def one_by_one(
    lists: Mapping[str, Callable[[Slice], tuple[Sequence[T], str | None]]], part: Slice
) -> tuple[Sequence[T], str | None]:
    """Return a page of several lists, one after the other; each is read along its own index.

    The cursor begins with the name of the list in which it continues. Raises InvalidBodyError for one of no list here,
    and the errors of the lists.
    """
    names = list(lists)
    name, _, cursor = (f"{names[0]}." if part.cursor is None else part.cursor).partition(".")
    if name not in lists:
        raise InvalidBodyError(errors=[NOT_VALID])
    rows: list[T] = []
    for current in names[names.index(name) :]:
        if len(rows) == part.limit:
            return rows, f"{current}."
        found, following = lists[current](Slice(part.limit - len(rows), cursor or None, part.sort))
        rows += found
        if following is not None:
            return rows, f"{current}.{following}"
        cursor = ""
    return rows, None


def order_of(model: type[Row], sort: str) -> Order:
    return Order(getattr(model, column_of(sort)), model.id)


def along_index(query: Select[Any], order: Order, sort: str, cursor: str | None) -> Select[Any]:
    """Return the query in this order, starting after the cursor."""
    key, row_id = order
    downwards = sort.startswith("-")
    if cursor is not None:
        mark = decode(sort, cursor)
        # the first condition is a range of the index; the second excludes the rows of the last page
        if downwards:
            query = query.where(key <= mark.key, or_(key < mark.key, and_(key == mark.key, row_id < mark.row_id)))
        else:
            query = query.where(key >= mark.key, or_(key > mark.key, and_(key == mark.key, row_id > mark.row_id)))
    return query.order_by(key.desc(), row_id.desc()) if downwards else query.order_by(key, row_id)


def column_of(sort: str) -> str:
    return COLUMNS[sort.lstrip("-")]


def encode(sort: str, key: Key, row_id: str) -> str:
    """Return the cursor of a list in this order that continues after a row."""
    value = key.isoformat() if isinstance(key, datetime) else key
    text = json.dumps([sort, value, row_id], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode(sort: str, cursor: str) -> _Mark:
    """Return the position of a cursor. Raises InvalidBodyError for one of another order, and for anything else."""
    try:
        made_for, value, row_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if made_for != sort:
            if made_for not in FILE_SORTS:
                raise ValueError
            raise InvalidBodyError(errors=[f"[cursor] is for the order {made_for}; start without a cursor"])
        return _Mark(_read_key(sort, value), _text(row_id, "ascii"))
    except (binascii.Error, UnicodeError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise InvalidBodyError(errors=[NOT_VALID]) from error


def _read_key(sort: str, value: Any) -> Key:
    """Return a cursor's value in its column's type. Raises ValueError and its subclasses for anything else."""
    match column_of(sort):
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
