"""The ends of completions that make no file: the upload is open again, `aborted` or `expired`."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.crashpoints import reach
from service.db.models import Upload
from service.db.session import Session
from service.db.statements.transitions.uploads import move_upload
from service.deps import Deps
from service.domain.records.objects.pending_deletions import settle_at_once
from service.domain.uploads.closing import close_completion, close_upload
from service.domain.uploads.open_uploads import place_of
from service.domain.webhooks.events import send_soon, upload_event
from service.errors import ServiceError, StorageUnavailableError, UploadAbortedError, UploadExpiredError
from service.observability.logs import get_logger
from service.observability.metrics import UPLOADS
from service.values import StoredObject, same_etag
from service.values.policies import DEFAULT
from service.values.states import UploadState

log = get_logger(__name__)

COMPLETION_TIME = timedelta(days=7)
"""For how long a completion is retried while storage fails: longer than an outage; then its quota is released."""


class StillOpenError(Exception):
    """Storage refuses to complete the upload and still has it. error: for the client."""

    def __init__(self, error: ServiceError) -> None:
        super().__init__(str(error))
        self.error = error


class CannotCompleteError(Exception):
    """The upload cannot become a file. error: for the client; with_object: the object is deleted too."""

    def __init__(
        self, reason: str, error: type[ServiceError] = UploadAbortedError, *, with_object: bool = True
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error
        self.with_object = with_object


class WrongObjectError(CannotCompleteError):
    """The object in storage is not the one that was requested."""

    def __init__(self, stored: StoredObject, reason: str, error: type[ServiceError] = UploadAbortedError) -> None:
        super().__init__(reason, error)
        self.stored = stored


def reopen(deps: Deps, upload: Upload) -> None:
    """Reopen the upload for the client; does nothing if it is not `completing` any more."""

    def move(session: Session) -> bool:
        return move_upload(session, upload.id, UploadState.COMPLETING, UploadState.UPLOADING)

    deps.db.transact(move)


def fail_wrong_object(
    deps: Deps, upload: Upload, failed: WrongObjectError, come_from: UploadState = UploadState.COMPLETING
) -> ServiceError:
    """Abort because of the object that a HEAD showed, but only if the bucket's list shows the same object.

    A page from a proxy has a size and an ETag too, and must not cause the deletion of the object.
    """
    listed = deps.storage.listed(place_of(deps, upload))
    if listed is None or not same_etag(listed.etag, failed.stored.etag):
        log.warning("completed_object_unclear", upload_id=upload.id)
        return StorageUnavailableError()
    return fail_completion(deps, upload, failed, come_from)


def fail_completion(
    deps: Deps, upload: Upload, failed: CannotCompleteError, come_from: UploadState = UploadState.COMPLETING
) -> ServiceError:
    """Abort a completion that cannot become a file, and clean up; returns the error to raise."""
    reason = failed.reason

    def close(session: Session) -> bool:
        closed = close_completion(session, deps, upload, reason, with_object=failed.with_object, come_from=come_from)
        if closed:
            upload_event(session, deps, "upload.failed", upload, reason)
        return closed

    closed = deps.db.transact(close)
    reach("complete.given_up")
    if closed:
        UPLOADS.labels("failed", upload.policy or DEFAULT).inc()
        log.error("completion_failed", upload_id=upload.id, reason=reason)
    send_soon(deps)
    settle_at_once(deps, upload.object_key)
    return failed.error(f"The upload could not be completed: {reason}. Start a new upload.")


def expire_forgotten(deps: Deps, upload: Upload) -> None:
    """Expire an open upload that storage lost, and raise UploadExpiredError.

    Returns if it is not open any more: another call has just completed it.
    """
    if not deps.db.transact(close_upload, deps, upload, UploadState.EXPIRED, "storage no longer has the parts"):
        return
    reach("complete.parts_lost")
    send_soon(deps)
    log.warning("upload_lost_by_storage", upload_id=upload.id)
    raise UploadExpiredError("Storage no longer has the parts of this upload. Start a new upload.")


def end_overdue_completion(deps: Deps, upload: Upload, reason: str) -> bool:
    """Abort a completion that has failed for COMPLETION_TIME; False if it has time left.

    Its parts are deleted. An object that storage may have assembled stays as an orphan, as a later answer of storage
    may show it again.
    """
    if deps.clock() - begun_at(upload) < COMPLETION_TIME:
        return False
    overdue = f"completing it failed for {COMPLETION_TIME.days} days ({reason})"
    fail_completion(deps, upload, CannotCompleteError(overdue, with_object=False))
    return True


def begun_at(upload: Upload) -> datetime:
    """Return when this completion started; for one from an older version, when its upload was started."""
    begun = (upload.completion or {}).get("begun_at")
    return datetime.fromisoformat(begun) if begun else upload.created_at
