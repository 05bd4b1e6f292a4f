"""Replacements: a file is deleted once the one that replaces it may be downloaded.

An upload names the old file (`replaces`), and its file keeps that until it is done. The worker does it after the
verdict; the sweeper does what is left: after a crash, an operator's release, or the end of a legal hold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from service.crashpoints import reach
from service.db.models import File, Upload
from service.db.session import Session
from service.db.statements.files.replacements import due_replacements, lock_replacing_file
from service.deps import Deps
from service.domain.files.credentials import require_credential
from service.domain.files.deletion import Ending, forget_files
from service.domain.files.files import find_file
from service.domain.records import audit
from service.domain.records.objects.pending_deletions import settle_at_once
from service.domain.webhooks.events import send_soon
from service.errors import FileOnHoldError, ScopeMissingError, ServiceError
from service.observability.logs import get_logger
from service.values.access.caller import Caller, Scope
from service.values.operators.audit import Action, Actor

log = get_logger(__name__)


def require_replaceable(
    session: Session, deps: Deps, caller: Caller, file_id: str, credential: Mapping[str, str] | None
) -> None:
    """Check that the caller could delete this file now.

    Raises ScopeMissingError (also for a browser with a grant), StoredFileNotFoundError, WrongCredentialError,
    FileOnHoldError.
    """
    if not caller.may(Scope.DELETE):
        raise ScopeMissingError(Scope.DELETE)
    file = find_file(session, caller, file_id)
    require_credential(deps, caller, file, credential)
    if file.legal_hold:
        raise FileOnHoldError(1)


def replacer_of(caller: Caller) -> dict[str, Any]:
    """Return who requests a replacement, for the row of the upload: the author of the deletion in the audit log."""
    actor = audit.actor_of(caller)
    return {"name": actor.name, "key_prefix": actor.key_prefix, "address": actor.address}


def files_to_replace(deps: Deps, limit: int) -> Sequence[str]:
    """Return ids of at most `limit` files whose old file can be deleted now."""
    with deps.db.read() as session:
        return due_replacements(session, deps.clock(), limit)


def replace_at_once(deps: Deps, file_id: str) -> None:
    """Delete the old file after a verdict; a failure is left to the sweeper, as the verdict is written."""
    try:
        keys = replace_old_file(deps, file_id)
    except ServiceError as error:
        log.warning("replacement_postponed", file_id=file_id, reason=error.code)
        return
    for key in keys:
        settle_at_once(deps, key)


def replace_old_file(deps: Deps, file_id: str) -> Sequence[str]:
    """Delete the file that this one replaces, if it may be; returns the keys of the objects to delete. Idempotent.

    If the old file has not replaced its own old file yet, that is deleted too. Raises the database's errors.
    """
    reach("replacement.due")
    gone = deps.db.transact(_replace, deps, file_id, deps.clock())
    reach("replacement.forgotten")
    for old in gone:
        log.info("file_replaced", file_id=old.id, replaced_by=file_id)
    if gone:
        send_soon(deps)
    return [old.object_key for old in gone]


def _replace(session: Session, deps: Deps, file_id: str, now: datetime) -> Sequence[File]:
    """Delete the old file, and those before it; a legal hold keeps its file, and what it has replaced stays due."""
    new = lock_replacing_file(session, file_id, now)
    if new is None:
        return []
    gone = []
    replacer = session.get_one(Upload, new.upload_id).replacer
    while new.replaces is not None:
        old = session.get(File, new.replaces, with_for_update=True)
        if old is not None and old.legal_hold:
            break
        new.replaces = None
        if old is not None:
            of_old = session.get_one(Upload, old.upload_id).replacer
            forget_files(session, deps, [old.id], _ending(replacer, file_id))
            gone.append(old)
            new.replaces, replacer = old.replaces, of_old
    session.get_one(Upload, new.upload_id).replacer = replacer if new.replaces is not None else None
    return gone


def _ending(replacer: Mapping[str, Any] | None, file_id: str) -> Ending:
    actor = audit.SYSTEM if replacer is None else Actor(**replacer)
    return Ending("file.deleted", Action.DELETED, actor, replaced_by=file_id)
