"""Statements about folders: find and create one by its path, the paths of files, and the end of empty folders.

A transaction that puts something into a folder locks its row, and one that takes something out deletes it if it is
empty then: so no folder ends while a file is put into it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, delete, func, literal, select, update
from sqlalchemy.orm import Session, aliased

from service.db.models import Fact, File, Folder
from service.db.sort_names import name_key
from service.db.statements.execution import batches, insert_once, rows_met, table_of
from service.db.statements.lists.paging import Order, Slice, page_along
from service.values.folders import name_digest, names_of, tree_of
from service.values.formats.ids import new_id

BY_NAME = "filename"
"""The order of folders, in the words of cursors."""
RENAMES = "folders.renames"
"""The row of `facts` that a change of the tree locks: two at once could put two folders into each other."""
_FOLDERS = table_of(Folder)


class Below(NamedTuple):
    """The size of what is in a folder: levels of folders, and characters of the longest path from it."""

    levels: int
    length: int


def find_folder(session: Session, owner: str | None, path: str) -> str | None:
    """Return the id of an owner's folder, None without one; one statement for a path of any length."""
    found = _found(session, owner, names_of(path))
    return found[-1] if len(found) == len(names_of(path)) else None


def folder_for(session: Session, owner: str | None, path: str, now: datetime) -> str:
    """Return the id of the folder with this path, created if it does not exist; it stays until the transaction ends."""
    names = names_of(path)
    while True:  # again, if the folder was deleted between two statements
        found = _found(session, owner, names)
        if found and not _keep(session, found[-1]):
            continue
        at = found[-1] if found else tree_of(owner)
        for name in names[len(found) :]:
            at = _make(session, owner, at, name, now)
        return at


def paths_of(session: Session, folder_ids: Collection[str | None]) -> dict[str | None, str | None]:
    """Return the paths of these folders by id, in one statement; None has none. No statement without folders."""
    paths: dict[str | None, str | None] = {None: None}
    for some in batches(sorted({each for each in folder_ids if each is not None})):
        names: dict[str, list[str]] = {each: [] for each in some}
        for leaf, name in session.execute(_upwards(), {"of": some}):
            names[leaf].append(name)
        paths |= {leaf: "/".join(parts) or None for leaf, parts in names.items()}
    return paths


def path_of(session: Session, file: File) -> str | None:
    """Return the path of a file's folder."""
    return None if file.folder_id is None else paths_of(session, [file.folder_id])[file.folder_id]


def folders_below(session: Session, folder_id: str) -> list[str]:
    """Return the ids of a folder and of all folders below."""
    down = _downwards(folder_id)
    return list(session.scalars(select(down.c.id)))


def size_below(session: Session, folder_id: str) -> Below:
    """Return how deep and how long the paths below a folder are."""
    down = _downwards(folder_id)
    levels, length = session.execute(select(func.max(down.c.level), func.max(down.c.length))).one()
    return Below(int(levels), int(length))


def page_of_folders(
    session: Session, parent_id: str, limit: int, cursor: str | None
) -> tuple[Sequence[Folder], str | None]:
    """Return a page of the direct subfolders, by name, and the next cursor. Raises the errors of `page_along`."""
    chosen = select(Folder).where(Folder.parent_id == parent_id)
    return page_along(session, chosen, Order(Folder.name_key, Folder.id), Slice(limit, cursor, BY_NAME))


def lock_tree(session: Session) -> None:
    """Let other transactions that move folders wait until this one ends."""
    if session.get(Fact, RENAMES, with_for_update=True) is None:
        insert_once(session, Fact, name=RENAMES, value={})
        session.get_one(Fact, RENAMES, with_for_update=True)


def move_folder(session: Session, folder_id: str, parent_id: str, name: str) -> None:
    """Put a folder with all that is in it into another one, under a name: one row changes."""
    values = {"parent_id": parent_id, "name": name, "name_digest": name_digest(name), "name_key": name_key(name)}
    rows_met(session, update(Folder).where(Folder.id == folder_id).values(**values))


def parent_of(session: Session, folder_id: str) -> str | None:
    """Return the id of the folder above, locked until the transaction ends; None if the folder does not exist."""
    return session.scalar(select(Folder.parent_id).where(Folder.id == folder_id).with_for_update())


def delete_empty(session: Session, folder_ids: Iterable[str | None]) -> int:
    """Delete those of these folders that are empty, and the folders above that are empty then; returns their number.

    Call it last in a transaction: it locks the folders' rows, after all others.
    """
    deleted = 0
    for each in sorted({folder_id for folder_id in folder_ids if folder_id is not None}):
        at: str | None = each
        while at is not None and (above := _delete_if_empty(session, at)) is not None:
            deleted += 1
            at = above
    return deleted


def empty_folders_after(session: Session, after: str, limit: int) -> tuple[list[str], str | None]:
    """Return those of the next folders by id that seem to be empty, and where to continue; None at the end."""
    inner = aliased(Folder)
    has_folders = select(inner.id).where(inner.parent_id == Folder.id).exists()
    has_files = (
        select(File.id).where(File.owner.is_not_distinct_from(Folder.owner), File.folder_id == Folder.id).exists()
    )
    columns = select(Folder.id, has_folders.label("folders"), has_files.label("files"))
    rows = session.execute(columns.where(Folder.id > after).order_by(Folder.id).limit(limit)).all()
    return [row.id for row in rows if not (row.folders or row.files)], rows[-1].id if len(rows) == limit else None


def _delete_if_empty(session: Session, folder_id: str) -> str | None:
    """Delete a folder, and return the one above; None if it is not empty or does not exist."""
    row = session.execute(
        select(Folder.owner, Folder.parent_id).where(Folder.id == folder_id).with_for_update()
    ).one_or_none()
    if row is None:
        return None
    here = (File.owner.is_(None) if row.owner is None else File.owner == row.owner, File.folder_id == folder_id)
    for inside in (select(File.id).where(*here), select(Folder.id).where(Folder.parent_id == folder_id)):
        if session.scalar(inside.limit(1)) is not None:
            return None
    rows_met(session, delete(Folder).where(Folder.id == folder_id))
    return str(row.parent_id)


def _found(session: Session, owner: str | None, names: Sequence[str]) -> list[str]:
    """Return the ids of the folders of a path, from the top as far as they exist."""
    digests = {f"digest_{level}": name_digest(name) for level, name in enumerate(names)}
    row = session.execute(_chain(len(names)), {"tree": tree_of(owner), **digests}).one_or_none()
    return [] if row is None else [each for each in row if each is not None]


def _keep(session: Session, folder_id: str) -> bool:
    """Lock a folder so that it is not deleted before this transaction ends; False if it was deleted."""
    row = select(Folder.id).where(Folder.id == folder_id).with_for_update(read=True)
    return session.scalar(row) is not None


def _make(session: Session, owner: str | None, parent_id: str, name: str, now: datetime) -> str:
    """Return the id of a folder in a locked one; if another transaction creates it at the same time, it is that one."""
    digest = name_digest(name)
    values = {"owner": owner, "parent_id": parent_id, "name": name, "name_digest": digest, "name_key": name_key(name)}
    insert_once(session, Folder, id=new_id(), created_at=now, **values)
    made = select(Folder.id).where(Folder.parent_id == parent_id, Folder.name_digest == digest)
    return session.scalars(made.with_for_update(read=True)).one()


# built once: building a statement costs as much as executing it


@cache
def _chain(depth: int) -> Select[Any]:
    """Return the query of the ids of a path's folders; parameters: `tree`, and `digest_…` of each name."""
    levels = [_FOLDERS.alias(f"level_{number}") for number in range(depth)]
    joined: Any = levels[0]
    for number, (above, level) in enumerate(pairwise(levels), start=1):
        is_inside = (level.c.parent_id == above.c.id) & (level.c.name_digest == bindparam(f"digest_{number}"))
        joined = joined.outerjoin(level, is_inside)
    top = (levels[0].c.parent_id == bindparam("tree"), levels[0].c.name_digest == bindparam("digest_0"))
    return select(*(level.c.id for level in levels)).select_from(joined).where(*top)


@cache
def _upwards() -> Select[Any]:
    """Return the query of the names of folders and of those above, from the top; parameter: the ids `of`."""
    start = select(_FOLDERS.c.id.label("leaf"), _FOLDERS.c.parent_id, _FOLDERS.c.name, literal(0).label("level"))
    up = start.where(_FOLDERS.c.id.in_(bindparam("of", expanding=True))).cte("up", recursive=True)
    above = _FOLDERS.alias("above")
    up = up.union_all(
        select(up.c.leaf, above.c.parent_id, above.c.name, up.c.level + 1).where(above.c.id == up.c.parent_id)
    )
    return select(up.c.leaf, up.c.name).order_by(up.c.leaf, up.c.level.desc())


def _downwards(folder_id: str) -> Any:
    """Return a folder and all below; each with its level and the characters of its path, both from the folder."""
    start = select(_FOLDERS.c.id, literal(0).label("level"), literal(0).label("length"))
    down = start.where(_FOLDERS.c.id == folder_id).cte("down", recursive=True)
    inner = _FOLDERS.alias("inner_folder")
    length = down.c.length + func.char_length(inner.c.name) + 1
    return down.union_all(select(inner.c.id, down.c.level + 1, length).where(inner.c.parent_id == down.c.id))
