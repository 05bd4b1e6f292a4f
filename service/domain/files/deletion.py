"""Delete files: by a client, with their user or appointment, when they expire, or when another one replaces them.

A legal hold prevents all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from service.crashpoints import reach
from service.db.models import File
from service.db.session import Session
from service.db.statements.files.files import delete_files
from service.db.statements.files.links import remove_links_of_files
from service.db.statements.files.retention import database_time, expired_files, lock_expired_files, lock_files_on_hold
from service.deps import Deps
from service.domain.files.credentials import require_credential
from service.domain.files.files import find_file
from service.domain.records import audit
from service.domain.records.objects.late_puts import expect_late_puts_of_files
from service.domain.records.objects.moves import copies_of
from service.domain.records.objects.pending_deletions import settle_at_once
from service.domain.webhooks.events import file_event, send_soon
from service.errors import FileOnHoldError, ScopeMissingError
from service.observability.logs import get_logger
from service.values.access.caller import Caller, Scope
from service.values.access.links import KEPT as LINKS_KEPT
from service.values.operators.audit import Action, Actor, Changes

log = get_logger(__name__)

COPY_TIME = timedelta(hours=1)
"""Maximum time for a started copy to end; then its target is deleted again."""


class Ending(NamedTuple):
    """How a file ends. event: for webhooks; action, actor and reason: for the audit log.

    adopted_too: whether the object of an adopted file is deleted, too: only on explicit request. replaced_by: the file
    that replaces it.
    """

    event: str
    action: Action
    actor: Actor
    reason: str | None = None
    adopted_too: bool = False
    replaced_by: str | None = None

    @property
    def named(self) -> dict[str, str]:
        """The file that replaces it, by name for events and the audit log; empty without one."""
        return {} if self.replaced_by is None else {"replaced_by": self.replaced_by}


EXPIRY = Ending("file.expired", Action.EXPIRED, audit.SYSTEM)


ADOPTED_TOO = "with its adopted object"


def deletion_by(caller: Caller, *, adopted_too: bool = False) -> Ending:
    """Return the ending of files that a caller deletes."""
    reason = ADOPTED_TOO if adopted_too else None
    return Ending("file.deleted", Action.DELETED, audit.actor_of(caller), reason, adopted_too)


def delete_file(
    deps: Deps,
    caller: Caller,
    file_id: str,
    credential: Mapping[str, str] | None,
    *,
    adopted_too: bool = False,
) -> None:
    """Delete a file and its object, the latter later if storage is down; an adopted object only if `adopted_too`.

    Raises FileOnHoldError, StoredFileNotFoundError, WrongCredentialError, ScopeMissingError (adopted objects are not
    the owner's to delete), and the errors of the database.
    """
    if adopted_too and not caller.sees_all:
        raise ScopeMissingError(Scope.ADMIN)

    def forget(session: Session) -> File:
        file = find_file(session, caller, file_id)
        require_credential(deps, caller, file, credential)
        reach("delete.begun")
        forget_files(
            session, deps, [file_id], deletion_by(caller, adopted_too=adopted_too and file.adopted_key is not None)
        )
        return file

    file = deps.db.transact(forget)
    reach("delete.forgotten")
    log.info("file_deleted", file_id=file_id)
    send_soon(deps)
    settle_at_once(deps, file.object_key)


def forget_files(session: Session, deps: Deps, file_ids: Sequence[str], ending: Ending) -> int:
    """Delete these files' rows and record the pending deletions of their objects; returns their number.

    Raises FileOnHoldError if one of them has a legal hold.
    """
    if held := lock_files_on_hold(session, file_ids):
        raise FileOnHoldError(len(held))
    now = deps.clock()
    file_event(session, deps, ending.event, file_ids, ending.named)
    expect_late_puts_of_files(session, deps, file_ids)
    gone = delete_files(
        session, file_ids, lambda key: copies_of(deps, key), now, now + COPY_TIME, adopted_too=ending.adopted_too
    )
    remove_links_of_files(session, list(gone), now, now + LINKS_KEPT)
    changes = Changes({}, ending.named) if ending.named else None
    audit.record_ends(session, now, ending.actor, ending.action, gone, ending.reason, changes)
    return len(gone)


def files_to_expire(deps: Deps, limit: int) -> tuple[Sequence[str], datetime]:
    """Return ids of at most `limit` expired files, and the time by which they have expired.

    That is the earlier one of our clock and the database's: one clock that is wrong must not delete files.
    """
    now = deps.clock()
    with deps.db.read() as session:
        found = expired_files(session, now, limit)
        if found and (theirs := database_time(session)) < now:
            return expired_files(session, theirs, limit), theirs
    return found, now


def expire_files(deps: Deps, file_ids: Sequence[str], now: datetime) -> int:
    """Delete those of these files that have expired by `now` and have no legal hold; returns their number."""

    def forget(session: Session) -> Sequence[str]:
        expired = lock_expired_files(session, file_ids, now)
        forget_files(session, deps, expired, EXPIRY)
        return expired

    expired = deps.db.transact(forget)
    for file_id in expired:
        log.info("file_expired", file_id=file_id)
    if expired:
        send_soon(deps)
    return len(expired)
