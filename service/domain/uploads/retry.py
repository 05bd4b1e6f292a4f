"""Retry: resume an interrupted upload, finish an abandoned completion, or repeat a failed or lost scan."""

from __future__ import annotations

from collections.abc import Mapping

from service.crashpoints import reach
from service.db.models import File, Upload
from service.db.session import Session
from service.db.statements.files.files import file_of_upload
from service.db.statements.transitions.scans import reopen_scan
from service.db.statements.uploads import upload_of_file
from service.deps import Deps
from service.domain.files.credentials import require_credential, require_for_completion
from service.domain.files.files import shown_to, view_file
from service.domain.records.views import stage_of
from service.domain.scanning.failures import SCAN_GRACE
from service.domain.scanning.scans import queue_scan_or_postpone
from service.domain.uploads.completion.complete import resume_completion
from service.domain.uploads.granted import granted_credential
from service.domain.uploads.open_uploads import find_upload, known_plan, refuse_unless_uploading, unknown_file
from service.domain.uploads.parts import uploaded_chunks
from service.domain.uploads.signing import sign_first
from service.domain.uploads.stored_parts import stored_parts
from service.errors import (
    FileAlreadyUploadedError,
    FileInProgressError,
    FileQuarantinedError,
    ServiceError,
    StoredFileNotFoundError,
    UploadExpiredError,
)
from service.observability.logs import get_logger
from service.storage.replies import NotThereError
from service.values import FileView, Resumption
from service.values.access.caller import Caller
from service.values.formats.ids import is_id
from service.values.states import Stage, UploadState

log = get_logger(__name__)


def retry(
    deps: Deps, caller: Caller, *, file_id: str | None, upload_id: str | None, credential: Mapping[str, str] | None
) -> FileView | Resumption:
    """Resume the upload or repeat the scan of one of the two ids.

    Raises StoredFileNotFoundError, UploadNotFoundError, GrantRefusedError, WrongCredentialError;
    FileAlreadyUploadedError and FileInProgressError if there is nothing to do; FileQuarantinedError and the errors of a
    closed upload.
    """
    credential = granted_credential(deps, caller, credential)
    with deps.db.read() as session:
        file, upload = _named(session, caller, file_id, upload_id)
    if file is not None:
        require_credential(deps, caller, file, credential)
        return _retry_scan(deps, file)
    if upload.state == UploadState.COMPLETING:
        require_for_completion(deps, caller, upload, credential)
        finished = resume_completion(deps, upload)
        if finished is None:
            raise FileInProgressError
        return shown_to(caller, finished)
    refuse_unless_uploading(upload, deps.clock())
    return _resume(deps, caller, upload)


def _named(session: Session, caller: Caller, file_id: str | None, upload_id: str | None) -> tuple[File | None, Upload]:
    """Return the upload of the ids, and its file if it exists."""
    if upload_id is not None:
        upload = find_upload(session, caller, upload_id)
    else:
        found = upload_of_file(session, file_id) if file_id and is_id(file_id) else None
        if found is None or not caller.sees(found.owner, found.grant_id):
            raise unknown_file(caller)
        upload = found
    return file_of_upload(session, upload.id), upload


def _resume(deps: Deps, caller: Caller, upload: Upload) -> Resumption:
    """Return the chunks of an open upload in storage, and the first missing ones signed."""
    try:
        parts = stored_parts(deps, upload)
    except NotThereError as error:
        with deps.db.read() as session:  # completed or aborted meanwhile, or lost by storage
            refuse_unless_uploading(find_upload(session, caller, upload.id), deps.clock())
        raise UploadExpiredError("Storage no longer has the parts of this upload. Start a new upload.") from error
    plan = known_plan(upload)
    uploaded = uploaded_chunks(parts, plan)
    stored = {chunk.chunk_index for chunk in uploaded}
    # with an unknown size, missing chunks are only known below the last one that arrived
    end = plan.total_chunks if plan else max(stored, default=-1) + 1
    missing = [index for index in range(end) if index not in stored]
    return Resumption(
        upload_id=upload.id,
        file_id=upload.file_id,
        chunk_size=upload.chunk_size,
        total_chunks=plan.total_chunks if plan else None,
        expires_at=upload.expires_at,
        size=upload.size,
        checksum_algorithm=upload.checksum_algorithm,
        uploaded=uploaded,
        missing=missing,
        chunks=sign_first(deps, upload, missing),
    )


def _retry_scan(deps: Deps, file: File) -> FileView:
    stage = stage_of(file)
    if stage is Stage.READY:
        raise FileAlreadyUploadedError
    if stage is Stage.QUARANTINED:
        raise FileQuarantinedError
    if stage is not Stage.SCAN_FAILED and _has_live_scan(deps, file):
        raise FileInProgressError
    deps.db.transact(reopen_scan, file.id, deps.clock() + SCAN_GRACE)
    with deps.db.read() as session:
        fresh = session.get(File, file.id)
    if fresh is None:
        raise StoredFileNotFoundError
    reach("retry.reopened")
    log.info("scan_retried", file_id=file.id)
    queue_scan_or_postpone(deps, fresh)
    return view_file(deps, fresh)


def _has_live_scan(deps: Deps, file: File) -> bool:
    """Whether a job exists; False if Redis is down: the scan is queued when it is back."""
    try:
        return deps.queue.has_live_scan(file.id)
    except ServiceError:
        return False
