"""Rename or move a folder: one row changes, and so at once the path of all that is in it; objects stay in place."""

from __future__ import annotations

from service.db.session import Session
from service.db.statements.files.folders import (
    delete_empty,
    find_folder,
    folder_for,
    lock_tree,
    move_folder,
    parent_of,
    size_below,
)
from service.deps import Deps
from service.domain.files.folders import tree_owner
from service.domain.records import audit
from service.errors import FolderExistsError, FolderNotFoundError, InvalidBodyError
from service.limits import MAX_FOLDER_DEPTH, MAX_PATH_NAME
from service.observability.logs import get_logger
from service.values.access.caller import Caller
from service.values.folders import FolderRename, is_same_or_below, names_of, tree_of
from service.values.operators.audit import Action, Changes

log = get_logger(__name__)


def rename_folder(deps: Deps, caller: Caller, wanted: FolderRename) -> FolderRename:
    """Give a folder another path, whose missing folders are created; what is in it moves with it.

    A file that is completed meanwhile is in the folder under one of the two paths. Raises FolderNotFoundError,
    FolderExistsError, ScopeMissingError (the folders of another owner), InvalidBodyError (into itself, or too deep),
    and the errors of the database.
    """
    owner = tree_owner(caller, wanted.owner)
    come_from, to = wanted.come_from, wanted.to
    if is_same_or_below(to, come_from) and not is_same_or_below(come_from, to):
        raise InvalidBodyError(errors=["[to] is inside the folder itself"])
    deps.db.transact(_rename, deps, caller, owner, come_from, to)
    log.info("folder_renamed")
    return wanted


def _rename(session: Session, deps: Deps, caller: Caller, owner: str | None, come_from: str, to: str) -> None:
    lock_tree(session)
    folder_id = find_folder(session, owner, come_from)
    left = None if folder_id is None else parent_of(session, folder_id)
    if folder_id is None or left is None:
        raise FolderNotFoundError
    if find_folder(session, owner, to) not in {None, folder_id}:
        raise FolderExistsError
    _refuse_too_deep(session, folder_id, to)
    *above, name = names_of(to)
    parent_id = folder_for(session, owner, "/".join(above), deps.clock()) if above else tree_of(owner)
    move_folder(session, folder_id, parent_id, name)
    if come_from != to:
        changes = Changes({"path_name": come_from}, {"path_name": to})
        actor = audit.actor_of(caller)
        audit.record(session, deps.clock(), actor, Action.FOLDER_RENAMED, tree_of(owner), changes=changes)
    delete_empty(session, [left])


def _refuse_too_deep(session: Session, folder_id: str, to: str) -> None:
    """Raises InvalidBodyError if a path below the folder would be one that no request can name."""
    below = size_below(session, folder_id)
    if len(names_of(to)) + below.levels > MAX_FOLDER_DEPTH or len(to) + below.length > MAX_PATH_NAME:
        most = f"{MAX_FOLDER_DEPTH} folders in each other or {MAX_PATH_NAME} characters"
        raise InvalidBodyError(errors=[f"[to] makes the path of a folder below longer than {most}"])
