"""Complete an upload, from the request to the queued scan. Safe at every crash.

The upload first becomes `completing` and stores the request. From then on any call can finish it: the client's next one
or the sweeper's. Completing in storage and recording are both idempotent, so a lease only avoids doing the same work
twice at once.

The steps of `complete_upload` are: find the upload; check the request and claim the upload (`claims`); complete it at
storage (`assembly`); check the object (`verification`); record the file (`recording`); queue the scan. `claims` and
`assembly` are about parts, the other steps about any object. Repeated calls and the sweeper take the same steps. An
upload by one PUT needs fewer steps (`at_once`).
"""

from __future__ import annotations

from datetime import datetime

from service.crashpoints import reach
from service.db.models import File, Upload
from service.db.statements.files.files import file_of_upload
from service.deps import Deps
from service.domain.files.credentials import require_credential
from service.domain.files.files import shown_to, view_file
from service.domain.scanning.scans import queue_scan_or_postpone
from service.domain.uploads.completion.assembly import assemble_object
from service.domain.uploads.completion.at_once import complete_one_put
from service.domain.uploads.completion.claims import LEASE, Claimed, claim, take_over
from service.domain.uploads.completion.failures import (
    CannotCompleteError,
    StillOpenError,
    WrongObjectError,
    fail_completion,
    fail_wrong_object,
    reopen,
)
from service.domain.uploads.completion.recording import record_file
from service.domain.uploads.completion.verification import refuse_wrong_object
from service.domain.uploads.granted import granted_completion
from service.domain.uploads.open_uploads import find_upload, is_one_put
from service.domain.webhooks.events import send_soon
from service.errors import CompletionInProgressError
from service.observability.logs import get_logger
from service.observability.metrics import BYTES_COMPLETED, UPLOADS
from service.observability.tracing import span
from service.values import CompletionWish, FileView
from service.values.access.caller import Caller
from service.values.policies import DEFAULT
from service.values.states import UploadState

log = get_logger(__name__)

POLL = 0.1
"""Seconds between two checks of a completion that another process makes."""


def complete_upload(deps: Deps, caller: Caller, wish: CompletionWish) -> FileView:
    """Complete an upload and return its file; the same call again returns the same file.

    Raises UploadNotFoundError, GrantRefusedError, ChunksMissingError, SizeMismatchError, EtagMismatchError,
    FileTooLargeError, QuotaExceededError, InvalidBodyError (an unknown user or appointment, a file that is not
    accepted, metadata that the grant fixes), WrongCredentialError, the errors of a closed upload,
    CompletionInProgressError when another request takes longer than this one waits, and the errors of storage and
    database.
    """
    wish = granted_completion(deps, caller, wish)
    wait_until = deps.clock() + LEASE
    while True:
        upload, file = _find(deps, caller, wish)
        if file is not None:
            return shown_to(caller, view_file(deps, file))
        if is_one_put(upload) and upload.state == UploadState.UPLOADING:
            finished = _finish_one_put(deps, caller, upload, wish)
        else:
            claimed = claim(deps, caller, upload, wish)
            finished = None if claimed is None else _finish(deps, claimed)
        if finished is not None:
            return shown_to(caller, finished)
        _wait_for_other(deps, upload, wait_until)


def resume_completion(deps: Deps, upload: Upload) -> FileView | None:
    """Finish a completion that another process abandoned, wherever it stopped.

    Returns None while a process is working on it, or if a part changed since the parts were verified: then the upload
    is open again, for a completion that verifies the new parts.
    """
    claimed = take_over(deps, upload)
    return None if claimed is None else _finish(deps, claimed)


def _find(deps: Deps, caller: Caller, wish: CompletionWish) -> tuple[Upload, File | None]:
    """Return the upload, and its file if it is completed. Raises UploadNotFoundError, WrongCredentialError."""
    with deps.db.read() as session:
        upload = find_upload(session, caller, wish.upload_id)
        file = file_of_upload(session, upload.id) if upload.state == UploadState.COMPLETED else None
    if file is not None:
        require_credential(deps, caller, file, wish.credential)
    return upload, file


def _wait_for_other(deps: Deps, upload: Upload, until: datetime) -> None:
    """Pause if another process is completing the upload; if it was just faster, look again at once."""
    if upload.state != UploadState.COMPLETING:
        return
    if deps.clock() >= until:
        raise CompletionInProgressError
    deps.pause(POLL)


def _finish(deps: Deps, claimed: Claimed) -> FileView:
    """Make the file of a claimed upload, and return it.

    All exits of a step that fails are here, except one: if storage or the database cannot be asked, their error is
    raised, the upload stays `completing`, and the next call or the sweeper continues.
    """
    upload = claimed.upload
    with span("complete.finish", upload_id=upload.id):
        try:
            stored = assemble_object(deps, claimed)
            refuse_wrong_object(deps, upload, claimed.parts, stored)
            file, is_new = record_file(deps, upload, stored)
        except StillOpenError as failed:  # open again: the client can repair it and complete, or abort
            reopen(deps, upload)
            raise failed.error from failed
        except WrongObjectError as failed:  # aborted, if storage's list shows the same object
            raise fail_wrong_object(deps, upload, failed) from failed
        except CannotCompleteError as failed:  # aborted
            raise fail_completion(deps, upload, failed) from failed
        if is_new:
            _queue_scan(deps, file)
        return view_file(deps, file)


def _finish_one_put(deps: Deps, caller: Caller, upload: Upload, wish: CompletionWish) -> FileView | None:
    """Make the file of an upload by one PUT, and return it; None if another request closed the upload."""
    with span("complete.one_put", upload_id=upload.id):
        try:
            file = complete_one_put(deps, caller, upload, wish)
        except WrongObjectError as failed:  # aborted, if storage's list shows the same object
            raise fail_wrong_object(deps, upload, failed, UploadState.UPLOADING) from failed
        deps.open_uploads.forget(upload.id)
        if file is None:
            return None
        _queue_scan(deps, file)
        return view_file(deps, file)


def _queue_scan(deps: Deps, file: File) -> None:
    """Report the new file and queue its scan; if this process dies or Redis is down, a sweep queues it."""
    reach("complete.recorded")
    UPLOADS.labels("completed", file.policy or DEFAULT).inc()
    BYTES_COMPLETED.inc(file.size)
    log.info("file_recorded", file_id=file.id, upload_id=file.upload_id, size=file.size)
    queue_scan_or_postpone(deps, file)
    reach("complete.queued")
    if file.grant_id is not None:
        send_soon(deps)
