"""The object that storage assembles from an upload's parts: wait for it, verify it, and abort if it never appears."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.crashpoints import reach
from service.db.models import Upload
from service.db.session import Session
from service.db.statements.transitions import move_upload
from service.deps import Deps
from service.domain.records.pending_deletions import settle_at_once
from service.domain.uploads.uploads import close_completion, place_of
from service.domain.uploads.verification import fingerprint
from service.domain.webhooks.events import send_soon, upload_event
from service.errors import (
    ServiceError,
    SizeMismatchError,
    StorageRefusedError,
    StorageUnavailableError,
    UploadAbortedError,
)
from service.observability.logs import get_logger
from service.observability.metrics import UPLOADS
from service.storage.replies import NotThereError, PartsRefusedError
from service.values import StoredObject, StoredPart, same_etag
from service.values.states import UploadState

log = get_logger(__name__)

WAITS = (0.5, 2.0)
"""Pauses in seconds before asking storage again, about parts that it refused but lists, or about a missing object."""
LOST_AFTER = timedelta(hours=1)
"""For how long storage may show neither parts nor object before a completion is aborted."""
COMPLETION_TIME = timedelta(days=7)
"""For how long a completion is retried while storage fails: longer than an outage; then its quota is released."""


def make_object(deps: Deps, upload: Upload, parts: list[StoredPart]) -> StoredObject:
    """Let storage assemble the object from exactly these parts, and return it; idempotent.

    parts: empty if storage has none any more because it was already completed. Raises SizeMismatchError and
    StorageRefusedError: the upload is open again. Raises StorageUnavailableError: it stays `completing`, as the result
    is unknown. Raises UploadAbortedError if storage has lost it.
    """
    acknowledged = bool(parts) and _complete(deps, upload, parts, WAITS)
    reach("complete.storage_done")
    return _made_object(deps, upload, acknowledged=acknowledged)


def _complete(deps: Deps, upload: Upload, parts: list[StoredPart], waits: tuple[float, ...]) -> bool:
    """Whether storage confirms that it just assembled the object; False if it has no such upload (any more)."""
    at, storage_upload_id = place_of(deps, upload), upload.storage_upload_id or ""
    try:
        deps.storage.complete_upload(at, storage_upload_id, parts, upload.checksum_algorithm)
    except NotThereError:
        log.info("completion_found_done", upload_id=upload.id)
        return False
    except PartsRefusedError as error:
        if waits and error.passes and _are_still_there(deps, upload, parts):
            deps.pause(waits[0])
            return _complete(deps, upload, parts, waits[1:])
        reopen(deps, upload)
        raise SizeMismatchError(
            f"Storage refused the parts ({error}). Upload the chunks again, then complete."
        ) from error
    except StorageRefusedError as error:
        # the parts are unchanged: when the cause is gone, the client can complete or abort
        reopen(deps, upload)
        log.warning("completion_refused", upload_id=upload.id, code=error.extra["storage_code"])
        raise
    return True


def _are_still_there(deps: Deps, upload: Upload, parts: list[StoredPart]) -> bool:
    """Whether storage lists exactly these parts, or none any more because it was already completed."""
    try:
        found = deps.storage.list_parts(place_of(deps, upload), upload.storage_upload_id or "")
    except NotThereError:
        return True
    return fingerprint(found) == fingerprint(parts)


def _made_object(deps: Deps, upload: Upload, *, acknowledged: bool) -> StoredObject:
    """Return the assembled object, which some stores show only after a moment.

    Raises StorageUnavailableError while it is missing: the upload stays `completing`, and nothing is deleted. Only if
    storage did not confirm it just now, and has shown neither parts nor object for LOST_AFTER, it is lost.
    """
    for wait in (*WAITS, None):
        stored = deps.storage.head(place_of(deps, upload))
        if stored is not None:
            return stored
        if wait is not None:
            deps.pause(wait)
    if not acknowledged and deps.clock() - _begun_at(upload) >= LOST_AFTER:
        raise give_up(deps, upload, "storage has neither the parts nor the object", with_object=False)
    log.warning("completed_object_not_shown", upload_id=upload.id)
    raise StorageUnavailableError("Storage does not return the completed object yet. Complete again in a moment.")


def _begun_at(upload: Upload) -> datetime:
    """Return when this completion started; for one from an older version, when its upload was started."""
    begun = (upload.completion or {}).get("begun_at")
    return datetime.fromisoformat(begun) if begun else upload.created_at


def end_overdue_completion(deps: Deps, upload: Upload, reason: str) -> bool:
    """Abort a completion that has failed for COMPLETION_TIME; False if it has time left.

    Its parts are deleted. An object that storage may have assembled stays as an orphan, as a later answer of storage
    may show it again.
    """
    if deps.clock() - _begun_at(upload) < COMPLETION_TIME:
        return False
    give_up(deps, upload, f"completing it failed for {COMPLETION_TIME.days} days ({reason})", with_object=False)
    return True


def reopen(deps: Deps, upload: Upload) -> None:
    """Reopen the upload for the client; does nothing if it is not `completing` any more."""

    def move(session: Session) -> bool:
        return move_upload(session, upload.id, UploadState.COMPLETING, UploadState.UPLOADING)

    deps.db.transact(move)


def give_up_object(
    deps: Deps, upload: Upload, stored: StoredObject, reason: str, error: type[ServiceError] = UploadAbortedError
) -> ServiceError:
    """Abort because of the object that a HEAD showed, but only if the bucket's list shows the same object.

    A page from a proxy has a size and an ETag too, and must not cause the deletion of the object.
    """
    listed = deps.storage.listed(place_of(deps, upload))
    if listed is None or not same_etag(listed.etag, stored.etag):
        log.warning("completed_object_unclear", upload_id=upload.id)
        return StorageUnavailableError()
    return give_up(deps, upload, reason, error)


def give_up(
    deps: Deps,
    upload: Upload,
    reason: str,
    error: type[ServiceError] = UploadAbortedError,
    *,
    with_object: bool = True,
) -> ServiceError:
    """Abort a completion that cannot become a file, and clean up; returns the error to raise.

    with_object: also delete the object under its key, which must have been verified.
    """

    def close(session: Session) -> bool:
        closed = close_completion(session, deps, upload, reason, with_object=with_object)
        if closed:
            upload_event(session, deps, "upload.failed", upload, reason)
        return closed

    closed = deps.db.transact(close)
    reach("complete.given_up")
    if closed:
        UPLOADS.labels("failed").inc()
        log.error("completion_failed", upload_id=upload.id, reason=reason)
    send_soon(deps)
    settle_at_once(deps, upload.object_key)
    return error(f"The upload could not be completed: {reason}. Start a new upload.")
