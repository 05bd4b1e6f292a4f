"""Close an upload that makes no file: by an abort, or because it expired or failed."""

from __future__ import annotations

from service.crashpoints import reach
from service.db.models import Upload
from service.db.session import Session
from service.db.statements.objects.deletions import add_pending_deletions, pending_deletion
from service.db.statements.transitions.uploads import move_upload, take_over_completion
from service.deps import Deps
from service.domain.accounts.grants import give_back_use
from service.domain.accounts.quota import release
from service.domain.records.objects.late_puts import add_late_deletions
from service.domain.records.objects.pending_deletions import settle_at_once
from service.domain.uploads.open_uploads import find_upload, is_one_put, place_of, refuse_unless_uploading
from service.domain.webhooks.events import upload_event
from service.errors import (
    CompletionInProgressError,
)
from service.observability.logs import get_logger
from service.observability.metrics import UPLOADS
from service.values.access.caller import Caller
from service.values.policies import DEFAULT
from service.values.states import PendingKind, UploadState

log = get_logger(__name__)


def abort_upload(deps: Deps, caller: Caller, upload_id: str) -> None:
    """Abort an upload and delete its parts, later if storage is down. Idempotent.

    Also for an abandoned completion: an object that it may have created is deleted too.
    Raises UploadNotFoundError, UploadCompletedError, CompletionInProgressError.
    """
    reach("abort.begun")
    with deps.db.write() as session:
        upload = find_upload(session, caller, upload_id, status=404)
        if upload.state in {UploadState.ABORTED, UploadState.EXPIRED}:
            return
        if not (
            close_upload(session, deps, upload, UploadState.ABORTED) or _end_left_completion(session, deps, upload)
        ):
            session.refresh(upload)
            refuse_unless_uploading(upload, deps.clock())
            raise CompletionInProgressError  # its completion just failed and left it open
    reach("abort.closed")
    UPLOADS.labels("aborted", upload.policy or DEFAULT).inc()
    log.info("upload_aborted", upload_id=upload_id)
    settle_at_once(deps, upload.object_key)


def close_upload(session: Session, deps: Deps, upload: Upload, to: UploadState, reason: str | None = None) -> bool:
    """Close an open upload as `aborted` or `expired`, with a pending abort; False if it is not open any more."""
    if not move_upload(session, upload.id, UploadState.UPLOADING, to, failure_reason=reason):
        return False
    deps.open_uploads.forget(upload.id)
    _schedule_deletions(session, deps, upload, with_object=is_one_put(upload))
    release(session, upload)
    give_back_use(session, upload.grant_id)
    if to is UploadState.EXPIRED:
        upload_event(session, deps, "upload.expired", upload, reason)
    return True


def close_completion(
    session: Session,
    deps: Deps,
    upload: Upload,
    reason: str | None,
    *,
    with_object: bool,
    come_from: UploadState = UploadState.COMPLETING,
) -> bool:
    """Close an upload whose completion failed as `aborted`, with a pending abort; False if it left `come_from`.

    with_object: also record the pending deletion of an object under its key.
    """
    if not move_upload(session, upload.id, come_from, UploadState.ABORTED, failure_reason=reason):
        return False
    deps.open_uploads.forget(upload.id)
    _schedule_deletions(session, deps, upload, with_object=with_object)
    release(session, upload)
    give_back_use(session, upload.grant_id)
    return True


def _schedule_deletions(session: Session, deps: Deps, upload: Upload, *, with_object: bool) -> None:
    """Record what is to be deleted in storage: the multipart upload, and with_object an object under its key."""
    place, now = place_of(deps, upload), deps.clock()
    if with_object:
        add_pending_deletions(session, pending_deletion(PendingKind.OBJECT, place.bucket, place.object_key, now))
    if is_one_put(upload):
        add_late_deletions(session, deps, {upload.object_key: upload.expires_at})
        return
    pending = pending_deletion(
        PendingKind.MULTIPART_UPLOAD, place.bucket, place.object_key, now, upload.storage_upload_id
    )
    add_pending_deletions(session, pending)


def _end_left_completion(session: Session, deps: Deps, upload: Upload) -> bool:
    """Abort a completion with an expired lease; False if a process is working on it, or without a completion."""
    now = deps.clock()
    taken = take_over_completion(session, upload.id, now, now)
    return taken and close_completion(session, deps, upload, None, with_object=True)
