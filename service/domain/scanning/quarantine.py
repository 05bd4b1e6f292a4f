"""Quarantine: move the object of a blocked file to another key, so that no earlier link leads to it."""

from __future__ import annotations

from datetime import timedelta

from service.crashpoints import reach
from service.db.models import File
from service.db.statements.files.files import was_withdrawn
from service.db.statements.files.retention import lock_files_on_hold
from service.db.statements.transitions.moves import end_quarantine_move, note_quarantine, postpone_quarantine
from service.deps import Deps
from service.domain.records import audit
from service.domain.records.backoff import wait_after
from service.domain.records.kept_rules import rules_of_file
from service.domain.records.objects.moves import add_pending_deletion, copy_object, place_of_file, quarantine_place
from service.domain.records.objects.pending_deletions import settle_at_once
from service.errors import StorageRefusedError, StorageUnavailableError
from service.observability.logs import get_logger
from service.scanner import ScanFailedError
from service.storage.replies import ObjectChangedError
from service.values import same_etag
from service.values.formats.media_types import OPAQUE_TYPE
from service.values.operators.audit import Action
from service.values.states import Verdict

log = get_logger(__name__)

WAIT = timedelta(minutes=1)
"""Delay after a failed move until the sweeper requests the next, doubled by every attempt, at most MAX_WAIT."""
MAX_WAIT = timedelta(hours=6)
EXPOSED_AT_MOST = timedelta(minutes=10)
"""Maximum time for an infected object to stay downloadable after its verdict while storage fails to copy it."""
HEADERS = {"ContentType": OPAQUE_TYPE, "ContentDisposition": "attachment"}


def needs_quarantine(file: File) -> bool:
    """Whether a file is blocked and its object has not been moved yet; an adopted one is never moved."""
    return file.quarantine_reason is not None and file.scan_due_at is not None and file.adopted_key is None


def move_into_quarantine(deps: Deps, file: File) -> str:
    """Move a blocked file's object; the move has been due since the verdict. Idempotent.

    The current object is moved, as earlier links lead to it, even if it is not the one that was scanned. An infected
    object of a public file that was served is deleted if it cannot be moved, as it must not stay downloadable, unless
    it has a legal hold. Returns a short result for the job's log. Raises ScanFailedError, ObjectChangedError, storage's
    and the database's errors: the move stays due, with growing delays.
    """
    try:
        return _move(deps, file)
    except (StorageRefusedError, StorageUnavailableError, ScanFailedError, ObjectChangedError) as error:
        if _is_exposed(deps, file) and _will_not_be_copied(deps, file, error):
            ended = _end_exposure(deps, file, str(error))
            if ended is not None:
                return ended
        wait = wait_after(file.scan_attempts, WAIT, MAX_WAIT)
        with deps.db.write() as session:
            postpone_quarantine(session, file, deps.clock() + wait)
        raise


def _is_exposed(deps: Deps, file: File) -> bool:
    """Whether an infected object of a public file may be downloaded: by its address, or by earlier links."""
    if file.virus_scan_status != Verdict.INFECTED or file.credential_hash is not None:
        return False
    if file.bucket == deps.settings.s3_public_bucket:
        return True
    with deps.db.read() as session:
        return was_withdrawn(session, file.id)


def _will_not_be_copied(deps: Deps, file: File, error: Exception) -> bool:
    """Whether storage refuses the copy, or has failed to make it for EXPOSED_AT_MOST since the verdict."""
    since = file.virus_scan_date or file.created_at
    return isinstance(error, StorageRefusedError) or deps.clock() - since >= EXPOSED_AT_MOST


def _end_exposure(deps: Deps, file: File, reason: str) -> str | None:
    """Delete the object of a file that cannot be moved; its row stays, as with INFECTED_POLICY=delete.

    Returns None if a legal hold prevents that.
    """
    with deps.db.write() as session:
        if lock_files_on_hold(session, [file.id]):
            log.error("infected_object_on_hold", file_id=file.id, reason=reason)
            return None
        ended = end_quarantine_move(session, file)
        if ended:
            add_pending_deletion(session, deps, place_of_file(file))
            audit.record(session, deps.clock(), audit.SCANNER, Action.DELETED, file.id, f"not moved: {reason}")
    log.error("infected_object_deleted", file_id=file.id, reason=reason)
    settle_at_once(deps, file.object_key)
    return "deleted" if ended else "moved by another worker"


def _move(deps: Deps, file: File) -> str:
    source, target = place_of_file(file), quarantine_place(deps, file.object_key)
    found = deps.storage.head(source)
    if found is None:
        raise ObjectChangedError
    copied = found
    if source != target:
        copied = copy_object(deps, file, target, rules_of_file(deps, file), HEADERS, found)
    reach("quarantine.copied")
    with deps.db.write() as session:
        moved = note_quarantine(session, file, target, copied)
        if moved and not same_etag(found.etag, file.etag):
            audit.record(
                session, deps.clock(), audit.SYSTEM, Action.REPLACED, file.id, f"ETag {file.etag}, now {found.etag}"
            )
        if moved and source != target:
            add_pending_deletion(session, deps, source)
            audit.record(session, deps.clock(), audit.SCANNER, Action.QUARANTINED, file.id, file.quarantine_reason)
        gone = session.get(File, file.id) is None
        if gone:  # deleted while it was copied: the copy has no row
            add_pending_deletion(session, deps, target)
    reach("quarantine.moved")
    log.info("file_quarantined", file_id=file.id, moved=moved)
    settle_at_once(deps, (target if gone else source).object_key)
    return "deleted" if gone else "quarantined"
