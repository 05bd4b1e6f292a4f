"""What storage makes of an upload's parts: waited for, believed only when it is certain, and given up in the end."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from service.crashpoints import reach
from service.db.models import Upload
from service.deps import Deps
from service.domain.records.pending_deletions import settle_at_once
from service.domain.records.transitions import move_upload
from service.domain.uploads.uploads import close_completion, place_of
from service.domain.uploads.verification import fingerprint
from service.domain.webhooks.events import send_soon, upload_event
from service.errors import (
    LongshoreError,
    SizeMismatchError,
    StorageRefusedError,
    StorageUnavailableError,
    UploadAbortedError,
)
from service.observability.metrics import UPLOADS
from service.storage.replies import NotThereError, PartsRefusedError
from service.values import StoredObject, StoredPart, same_etag
from service.values.states import UploadState

log = logging.getLogger(__name__)

WAITS = (0.5, 2.0)
"""Seconds before storage is asked again for what it should have by now: parts that it refused though it lists them, an
object that it made."""
LOST_AFTER = timedelta(hours=1)
"""For how long storage may show neither parts nor object before a completion is given up."""
COMPLETION_TIME = timedelta(days=7)
"""For how long a completion is tried while storage fails: longer than an outage, and then it frees its quota."""


def make_object(deps: Deps, upload: Upload, parts: list[StoredPart]) -> StoredObject:
    """Let storage make the object of exactly these parts, and return it; done twice is done once.

    parts: empty where storage has none any more, as it was completed before. Raises SizeMismatchError and
    StorageRefusedError: the upload is open again then. Raises StorageUnavailableError: it stays `completing`, as nobody
    knows what storage did. Raises UploadAbortedError where storage has lost it.
    """
    acknowledged = bool(parts) and _complete(deps, upload, parts, WAITS)
    reach("complete.storage_done")
    return _made_object(deps, upload, acknowledged=acknowledged)


def _complete(deps: Deps, upload: Upload, parts: list[StoredPart], waits: tuple[float, ...]) -> bool:
    """Whether storage says that it has just made the object; False where it knows no such upload (any more)."""
    at, storage_upload_id = place_of(deps, upload), upload.storage_upload_id or ""
    try:
        deps.storage.complete_upload(at, storage_upload_id, parts, upload.checksum_algorithm)
    except NotThereError:
        log.info("completion_found_done upload_id=%s", upload.id)
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
        # the parts are there as they were: once the reason is gone, the client can complete, or abort
        reopen(deps, upload)
        log.warning("completion_refused upload_id=%s code=%s", upload.id, error.extra["storage_code"])
        raise
    return True


def _are_still_there(deps: Deps, upload: Upload, parts: list[StoredPart]) -> bool:
    """Whether storage lists exactly these parts, or nothing any more: then it was completed after all."""
    try:
        found = deps.storage.list_parts(place_of(deps, upload), upload.storage_upload_id or "")
    except NotThereError:
        return True
    return fingerprint(found) == fingerprint(parts)


def _made_object(deps: Deps, upload: Upload, *, acknowledged: bool) -> StoredObject:
    """The object that storage made, which some stores show only after a moment.

    Raises StorageUnavailableError while it is not there: the upload stays `completing`, and nothing is deleted. Only
    where storage did not acknowledge it just now, and has had neither parts nor object for LOST_AFTER, it lost them.
    """
    for wait in (*WAITS, None):
        stored = deps.storage.head(place_of(deps, upload))
        if stored is not None:
            return stored
        if wait is not None:
            deps.pause(wait)
    if not acknowledged and deps.clock() - _begun_at(upload) >= LOST_AFTER:
        raise give_up(deps, upload, "storage has neither the parts nor the object", with_object=False)
    log.warning("completed_object_not_shown upload_id=%s", upload.id)
    raise StorageUnavailableError("Storage does not return the completed object yet. Complete again in a moment.")


def _begun_at(upload: Upload) -> datetime:
    """When this completion was begun; of one that an older version began, when its upload was started."""
    begun = (upload.completion or {}).get("begun_at")
    return datetime.fromisoformat(begun) if begun else upload.created_at


def end_overdue_completion(deps: Deps, upload: Upload, reason: str) -> bool:
    """Give up a completion that nobody could finish for COMPLETION_TIME; False where it has time left.

    Its parts are removed. An object that storage may have made of them is left: it is an orphan then, as another
    answer of storage may show it once more.
    """
    if deps.clock() - _begun_at(upload) < COMPLETION_TIME:
        return False
    give_up(deps, upload, f"completing it failed for {COMPLETION_TIME.days} days ({reason})", with_object=False)
    return True


def reopen(deps: Deps, upload: Upload) -> None:
    """Let the client send chunks, complete and abort again; nothing happens where it is not `completing` any more."""

    def move(session: Session) -> bool:
        return move_upload(session, upload.id, UploadState.COMPLETING, UploadState.UPLOADING)

    deps.db.transact(move)


def give_up_object(
    deps: Deps, upload: Upload, stored: StoredObject, reason: str, error: type[LongshoreError] = UploadAbortedError
) -> LongshoreError:
    """`give_up` because of the object that a HEAD showed; only if the bucket's list shows the same one.

    A page that some proxy answers with has a size and an ETag too, and the object must not be deleted for that.
    """
    listed = deps.storage.listed(place_of(deps, upload))
    if listed is None or not same_etag(listed.etag, stored.etag):
        log.warning("completed_object_unclear upload_id=%s", upload.id)
        return StorageUnavailableError()
    return give_up(deps, upload, reason, error)


def give_up(
    deps: Deps,
    upload: Upload,
    reason: str,
    error: type[LongshoreError] = UploadAbortedError,
    *,
    with_object: bool = True,
) -> LongshoreError:
    """End a completion that cannot become a file, nothing half-made stays behind; returns the error to raise.

    with_object: whether an object under its key is deleted too: never without having seen it.
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
        log.error("completion_failed upload_id=%s reason=%s", upload.id, reason)
    send_soon(deps)
    settle_at_once(deps, upload.object_key)
    return error(f"The upload could not be completed: {reason}. Start a new upload.")
