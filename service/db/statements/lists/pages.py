"""Pages of lists: files in several orders and by their properties, users, appointments and others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar
from unicodedata import normalize

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from service.db.models import Adoption, AllowlistEntry, Appointment, Decision, File, FileDetail, User
from service.db.sort_names import name_key
from service.db.statements.files.folders import find_folder, folders_below
from service.db.statements.lists.paging import (
    Order,
    Slice,
    column_of,
    encode,
    order_of,
    page,
    page_along,
    page_merged,
    walk,
)
from service.values import NEWEST_FIRST, FileQuery, PersonQuery
from service.values.access.caller import Caller
from service.values.formats.media_types import is_of_type
from service.values.indexed_details import digest_of
from service.values.policies import DEFAULT

Owned = TypeVar("Owned", User, Appointment, File, FileDetail)
Within = frozenset[str | None] | None
"""The folders whose files are wanted; None: all."""
MERGED = 50
"""Folders whose lists are merged: a page of each is read."""
Person = TypeVar("Person", User, Appointment)


def page_of_files(session: Session, caller: Caller, query: FileQuery) -> tuple[Sequence[File], str | None]:
    """Return a page of a caller's files and the next cursor: by `search` for names and properties, else by `page`.

    By keys of `detail`, the list is along the index of the first one; in a folder, along that of folders; by a verdict
    alone, newest or oldest first, along that of verdicts. Raises the errors of `page`.
    """
    if query.path_name is not None:
        return _page_in_folder(session, caller, query)
    if query.detail:
        return _page_by_detail(session, caller, query)
    scope = {File.user_id: query.user_id, File.appointment_id: query.appointment_id, File.owner: query.owner}
    where = seen_by(File, caller) + [column == wanted for column, wanted in scope.items() if wanted is not None]
    if not where and query.virus_scan_status is not None and column_of(query.sort) == "created_at":
        where = [File.virus_scan_status == query.virus_scan_status]
        query = replace(query, virus_scan_status=None)
    words = name_key(query.search or "").split()
    order = order_of(File, query.sort)
    if words or query.is_filtered:
        return search(session, query, words, order, where)
    return page(session, File, query.limit, query.cursor, *where, sort=query.sort)


def _page_in_folder(session: Session, caller: Caller, query: FileQuery) -> tuple[Sequence[File], str | None]:
    """Return a page of the files in a folder of the wanted owner, else of the caller; with `recursive` also below.

    The files in a few folders are read along the index of folders; those in more, and those below with properties, are
    examined along the index of the owner.
    """
    owner = caller.subject if query.owner is None else query.owner
    top = find_folder(session, owner, query.path_name) if query.path_name else None
    if query.path_name and top is None:
        return [], None
    within = (
        frozenset([top]) if not query.recursive else None if top is None else frozenset(folders_below(session, top))
    )
    if query.detail:
        return _page_by_detail(session, caller, query, within, [_is(FileDetail.owner, owner)])
    where, words, order = [_is(File.owner, owner)], name_key(query.search or "").split(), order_of(File, query.sort)
    is_plain = not words and not query.needs_rows
    if within is not None and len(within) == 1:
        where, within = [*where, _is(File.folder_id, top)], None
    elif within is not None and len(within) <= MERGED and is_plain:
        lists = [[*where, File.folder_id == each] for each in within]
        return page_merged(session, File, order, _slice(query), lists)
    if is_plain and within is None:
        return page_along(session, select(File).where(*where), order, _slice(query))
    return search(session, query, words, order, where, within=within)


def _is(column: InstrumentedAttribute[Any], value: str | None) -> ColumnElement[bool]:
    return column.is_(None) if value is None else column == value


def _page_by_detail(
    session: Session,
    caller: Caller,
    query: FileQuery,
    within: Within = None,
    owned: Sequence[ColumnElement[bool]] = (),
) -> tuple[Sequence[File], str | None]:
    """Return a page of the files that have these values in their detail; within: only of these folders.

    owned: a condition for the owner, in addition to what the caller sees.
    """
    (key, text), *others = query.detail
    order = Order(FileDetail.created_at, FileDetail.file_id)
    where = [
        FileDetail.file_id == File.id,
        FileDetail.digest == digest_of(key, text),
        *seen_by(FileDetail, caller),
        *owned,
    ]
    where += [] if query.owner is None else [FileDetail.owner == query.owner]
    words = name_key(query.search or "").split()
    if not words and not query.needs_rows and within is None:
        return page_along(session, select(File).where(*where), order, _slice(query))
    also = []
    for other in others:
        row = aliased(FileDetail)
        also.append(exists().where(row.file_id == FileDetail.file_id, row.digest == digest_of(*other)))
    return search(session, query, words, order, where, also, within)


def page_of_users(session: Session, caller: Caller, query: PersonQuery) -> tuple[Sequence[User], str | None]:
    """Return a page of a caller's users, newest first, by `walk` for words of the name. Raises the errors of `page`."""
    return _page_by_words(session, User, User.name, query, seen_by(User, caller))


def page_of_appointments(
    session: Session, caller: Caller, query: PersonQuery
) -> tuple[Sequence[Appointment], str | None]:
    """Return a page of a caller's appointments (of one user), newest first; words are those of the title.

    Raises the errors of `page`.
    """
    of_user = [] if query.user_id is None else [Appointment.user_id == query.user_id]
    return _page_by_words(session, Appointment, Appointment.title, query, [*seen_by(Appointment, caller), *of_user])


def _page_by_words(
    session: Session,
    model: type[Person],
    name: InstrumentedAttribute[str],
    query: PersonQuery,
    where: Sequence[ColumnElement[bool]],
) -> tuple[Sequence[Person], str | None]:
    """Return those of the next rows whose names contain all (folded) words; there are few, so no column has the key."""
    words = name_key(query.search or "").split()
    if not words:
        return page(session, model, query.limit, query.cursor, *where)

    def matches(row: Any) -> bool:
        key = name_key(row.name)
        return all(word in key for word in words)

    order, part = order_of(model, NEWEST_FIRST), Slice(query.limit, query.cursor)
    return walk(session, model, order, part, where, examined=(name.label("name"),), matches=matches)


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
    return encode(sort, getattr(file, column_of(sort)), file.id)


def seen_by(model: type[Owned], caller: Caller) -> list[ColumnElement[bool]]:
    """Return the condition for rows that this caller can access."""
    return [] if caller.sees_all else [model.owner == caller.subject]


def search(
    session: Session,
    query: FileQuery,
    words: Sequence[str],
    order: Order,
    where: Sequence[ColumnElement[bool]],
    also: Sequence[ColumnElement[bool]] = (),
    within: Within = None,
) -> tuple[Sequence[File], str | None]:
    """Return those of the next files in this order whose names contain all (folded) words and that have the properties.

    within: only files of these folders, None for all. It walks in the range of the sorted column, if the query has one.
    Raises the errors of `walk`.
    """

    def matches(row: Any) -> bool:
        is_here = within is None or row.folder_id in within
        return is_here and _matches(query, row) and all(word in row.name_key for word in words)

    where = [*where, *_range_of(query, order)]
    return walk(session, File, order, _slice(query), where, examined=_EXAMINED, matches=matches, also=also)


def _slice(query: FileQuery) -> Slice:
    return Slice(query.limit, query.cursor, query.sort)


_EXAMINED = (
    File.name_key,
    *(File.virus_scan_status, File.policy, File.content_type, File.created_at, File.size),
    *(File.user_id, File.appointment_id, File.folder_id, File.filename),
)


def _range_of(query: FileQuery, order: Order) -> list[ColumnElement[bool]]:
    """Return the query's range of the sorted column, which the index then reads alone."""
    column, key = column_of(query.sort), order.key
    if column == "created_at":
        low, below = query.created_from, query.created_until
        bounds = [None if low is None else key >= low, None if below is None else key < below]
    elif column == "size":
        least, most = query.min_size, query.max_size
        bounds = [None if least is None else key >= least, None if most is None else key <= most]
    else:
        bounds = [None if query.filename is None else key == name_key(query.filename)]
    return [condition for condition in bounds if condition is not None]


def _matches(query: FileQuery, row: Any) -> bool:
    """Whether a row has the properties of the query."""
    return (
        query.virus_scan_status in {None, row.virus_scan_status}
        and query.user_id in {None, row.user_id}
        and query.appointment_id in {None, row.appointment_id}
        and query.policy in {None, row.policy or DEFAULT}
        and (query.filename is None or normalize("NFC", row.filename) == normalize("NFC", query.filename))
        and (query.content_type is None or is_of_type(row.content_type, (query.content_type.lower(),)))
        and (query.created_from is None or row.created_at >= query.created_from)
        and (query.created_until is None or row.created_at < query.created_until)
        and (query.min_size is None or row.size >= query.min_size)
        and (query.max_size is None or row.size <= query.max_size)
    )
