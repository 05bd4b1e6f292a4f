"""Pending deletions: recorded in the database first, so that they are done later if storage is down."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from service.crashpoints import reach
from service.db.models import PendingDeletion
from service.db.session import Session
from service.db.statements.objects.deletions import change_pending_deletion, due_deletions, remove_pending_deletions
from service.db.statements.objects.keys import files_with_keys, keys_in_use
from service.deps import Deps
from service.domain.records.backoff import wait_after
from service.errors import ServiceError, StorageRefusedError
from service.observability.logs import get_logger
from service.values import ONE_PUT, Location, same_etag
from service.values.states import PendingKind

log = get_logger(__name__)

BACKOFF = timedelta(seconds=30)
"""Delay after the first failed attempt; doubled for each further one up to MAX_BACKOFF."""
MAX_BACKOFF = timedelta(hours=1)
SETTLING = timedelta(minutes=1)
"""After that time a sweep begins no further batch: the sweeper's other work must not wait."""


def settle_at_once(deps: Deps, object_key: str) -> None:
    """Try the pending deletions of one object; a failure is left to the sweeper, as the caller is already done."""
    try:
        with deps.db.read() as session:
            due = due_deletions(session, deps.clock(), limit=10, object_key=object_key)
        _settle(deps, due)
    except ServiceError as error:
        log.warning("removals_postponed", object_key=object_key, reason=error.code)


def settle_soon(deps: Deps) -> None:
    """Request a sweep; without a queue, the next scheduled one does it."""
    try:
        deps.queue.request_sweep()
    except ServiceError as error:
        log.warning("sweep_not_requested", reason=error.code)


def settle_pending_deletions(deps: Deps, limit: int = 1000, batches: int = 1) -> int:
    """Do at most `limit` pending deletions in each batch; returns how many succeeded. Safe to run in parallel.

    Another batch follows if the one before was full and made progress, within SETTLING.
    """
    total, until = 0, deps.clock() + SETTLING
    for _ in range(batches):
        with deps.db.read() as session:
            due = due_deletions(session, deps.clock(), limit)
        gone = _settle(deps, due)
        total += gone
        if len(due) < limit or not gone or deps.clock() >= until:
            break
    return total


def _settle(deps: Deps, due: Sequence[PendingDeletion]) -> int:
    """Try pending deletions; returns how many succeeded, each counted by one sweep only."""
    if not due:
        return 0
    reach("removal.begun")
    failed = _delete_objects(deps, [row for row in due if _is_object(row) and row.adopted_key is None])
    failed |= _delete_adopted_objects(deps, [row for row in due if row.adopted_key is not None])
    reach("removal.objects_deleted")
    failed |= _abort_uploads(deps, [row for row in due if not _is_object(row)])
    reach("removal.uploads_aborted")
    done = sorted(row.id for row in due if row.id not in failed)
    # two transactions: two sweepers that wait for each other's rows would deadlock
    gone = deps.db.transact(remove_pending_deletions, done)
    if failed:
        deps.db.transact(_postpone, deps.clock(), due, failed)
    reach("removal.settled")
    log.info("pending_deletions_settled", gone=gone, postponed=len(failed))
    return gone


def _is_object(row: PendingDeletion) -> bool:
    """Whether an object is to be deleted; during an upgrade, the release before notes one PUT as a multipart upload."""
    return row.kind == PendingKind.OBJECT or row.storage_upload_id == ONE_PUT


def _postpone(session: Session, now: datetime, due: Sequence[PendingDeletion], failed: Mapping[int, str]) -> None:
    """Record why these rows are still pending and when they are due, in the order of their ids against deadlocks."""
    for row in sorted(due, key=lambda row: row.id):
        if row.id in failed:
            wait = wait_after(row.attempts, BACKOFF, MAX_BACKOFF)
            values = {"attempts": row.attempts + 1, "last_error": failed[row.id], "due_at": now + wait}
            change_pending_deletion(session, row.id, values)


def _delete_objects(deps: Deps, rows: Sequence[PendingDeletion]) -> dict[int, str]:
    """Delete the rows' objects, one call per bucket; returns the reason for each that still exists.

    The deletion of a late PUT is planned for days later, and a file may have returned from quarantine meanwhile: then
    its object stays, and the row is done.
    """
    by_bucket: dict[str, list[PendingDeletion]] = defaultdict(list)
    for row in rows:
        by_bucket[row.bucket].append(row)
    failed: dict[int, str] = {}
    for bucket, some in by_bucket.items():
        try:
            keys = {row.object_key for row in some}
            with deps.db.read() as session:
                keys -= keys_in_use(session, bucket, sorted(keys))
            refused = deps.storage.delete(bucket, sorted(keys)) if keys else {}
        except ServiceError as error:
            refused = dict.fromkeys((row.object_key for row in some), error.code)
        failed |= {row.id: refused[row.object_key] for row in some if row.object_key in refused}
    return failed


def _delete_adopted_objects(deps: Deps, rows: Sequence[PendingDeletion]) -> dict[int, str]:
    """Delete adopted objects, as their requests said; returns the reason for each that could not be deleted.

    Only the object that was adopted, in a versioned bucket that version: another one in its place stays, and so does
    one that was adopted again meanwhile.
    """
    failed: dict[int, str] = {}
    for row in rows:
        at = Location(row.bucket, row.adopted_key or "", row.version_id)
        try:
            with deps.db.read() as session:
                if files_with_keys(session, row.bucket, [row.object_key]):
                    continue
            found = deps.storage.head(at)
            if found is None or not same_etag(found.etag, row.etag or ""):
                log.info("adopted_object_kept", path=at, reason="it is gone, or another one")
            elif not deps.storage.delete_exactly(at):
                failed[row.id] = "the answer is not from an S3 server"
        except StorageRefusedError as error:
            failed[row.id] = f"{error.code}: {error.extra['storage_code']}"
        except ServiceError as error:
            failed[row.id] = error.code
    return failed


def _abort_uploads(deps: Deps, rows: Sequence[PendingDeletion]) -> dict[int, str]:
    """Abort the rows' multipart uploads; returns the reason for each that is still open."""
    failed: dict[int, str] = {}
    for row in rows:
        try:
            if not _abort(deps, row):
                failed[row.id] = "parts are still there after the abort"
        except ServiceError as error:
            failed[row.id] = error.code
    return failed


def _abort(deps: Deps, row: PendingDeletion) -> bool:
    at = Location(row.bucket, row.object_key)
    if row.storage_upload_id is not None:
        return deps.storage.abort_upload(at, row.storage_upload_id)
    # storage's id never arrived: any upload under this key belongs to this row
    found = [up for up in deps.storage.open_uploads(at.bucket, at.object_key) if up.object_key == at.object_key]
    still_open = [up for up in found if not deps.storage.abort_upload(at, up.storage_upload_id)]
    return not still_open
