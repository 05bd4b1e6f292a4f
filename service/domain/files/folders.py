"""List folders."""

from __future__ import annotations

from service.db.statements.files.folders import find_folder, page_of_folders
from service.deps import Deps
from service.errors import ScopeMissingError
from service.values import Page
from service.values.access.caller import Caller, Scope
from service.values.folders import FolderQuery, FolderView, tree_of


def list_folders(deps: Deps, caller: Caller, query: FolderQuery) -> Page[FolderView]:
    """Return a page of the direct subfolders of a folder, by name; of an unknown folder, an empty one.

    Raises ScopeMissingError for the folders of another owner without the scope `admin`, InvalidBodyError for a cursor
    of another list.
    """
    owner = tree_owner(caller, query.owner)
    with deps.db.read() as session:
        parent_id = find_folder(session, owner, query.path_name) if query.path_name else tree_of(owner)
        if parent_id is None:
            return Page([], None)
        rows, following = page_of_folders(session, parent_id, query.limit, query.cursor)
    above = f"{query.path_name}/" if query.path_name else ""
    return Page([FolderView(above + row.name, row.name, row.created_at) for row in rows], following)


def tree_owner(caller: Caller, wanted: str | None) -> str | None:
    """Return whose folders a request is about: of the wanted owner, else of the caller. Raises ScopeMissingError."""
    if wanted is None:
        return caller.subject
    if not caller.sees_all and wanted != caller.subject:
        raise ScopeMissingError(Scope.ADMIN)
    return wanted
