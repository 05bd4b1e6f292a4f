"""The progress of a file from init to the verdict."""

from __future__ import annotations

from collections.abc import Mapping

from service.db.models import File, Upload
from service.db.statements.files.files import file_and_chunk_size
from service.db.statements.files.folders import path_of
from service.db.statements.uploads import upload_of_file
from service.deps import Deps
from service.domain.files.credentials import require_credential, require_for_completion
from service.domain.records.views import decision_of, stage_of
from service.domain.scanning.scans import attempted
from service.domain.uploads.granted import granted_credential
from service.domain.uploads.open_uploads import known_plan, unknown_file
from service.domain.uploads.parts import uploaded_chunks
from service.domain.uploads.stored_parts import stored_parts
from service.errors import ServiceError
from service.observability.logs import get_logger
from service.storage.replies import NotThereError
from service.values import JobView, StatusView, StoredPart
from service.values.access.caller import Caller
from service.values.formats.ids import is_id
from service.values.policies import DEFAULT
from service.values.states import Stage, UploadState, stage_of_upload, status_of

log = get_logger(__name__)


def get_status(deps: Deps, caller: Caller, file_id: str, credential: Mapping[str, str] | None) -> StatusView:
    """Return the status for the id from init.

    Raises StoredFileNotFoundError, GrantRefusedError, WrongCredentialError, and storage's errors.
    """
    if not is_id(file_id):
        raise unknown_file(caller)
    credential = granted_credential(deps, caller, credential)
    for _ in range(2):
        with deps.db.read() as session:
            file, chunk_size = file_and_chunk_size(session, file_id) or (None, None)
            upload = upload_of_file(session, file_id) if file is None else None
            path_name = None if file is None else path_of(session, file)
        named = file or upload
        if named is None or not caller.sees(named.owner, named.grant_id):
            break
        if file is not None:
            require_credential(deps, caller, file, credential)
            return _of_file(deps, file, path_name, chunk_size)
        if upload is not None and upload.state != UploadState.COMPLETED:
            require_for_completion(deps, caller, upload, credential)
            return _of_upload(deps, upload)
        # completed between the two reads: the next one finds the file
    raise unknown_file(caller)


def _of_file(deps: Deps, file: File, path_name: str | None, chunk_size: int | None) -> StatusView:
    stage = stage_of(file)
    return StatusView(
        status=status_of(stage),
        stage=stage,
        upload_id=file.upload_id,
        file_id=file.id,
        owner=file.owner,
        path_name=path_name,
        policy=file.policy or DEFAULT,
        grant_id=file.grant_id,
        size=file.size,
        uploaded_bytes=file.size,
        total_chunks=file.total_chunks,
        uploaded_chunks=file.total_chunks,
        chunk_size=chunk_size,
        checksum_algorithm=None,
        uploaded=None,
        scanned_bytes=_scanned_bytes(deps, file, stage),
        virus_scan_status=file.virus_scan_status,
        virus_scan_result=file.virus_scan_result,
        detected_content_type=file.detected_content_type,
        job=_job(deps, file),
        expires_at=file.expires_at,
        legal_hold=file.legal_hold,
        decision=decision_of(file),
    )


def _of_upload(deps: Deps, upload: Upload) -> StatusView:
    stage = stage_of_upload(UploadState(upload.state), expired=upload.expires_at <= deps.clock())
    plan = known_plan(upload)
    has_parts = stage in {Stage.UPLOADING, Stage.COMPLETING}
    uploaded = uploaded_chunks(_stored_parts(deps, upload), plan) if has_parts else []
    return StatusView(
        status=status_of(stage),
        stage=stage,
        upload_id=upload.id,
        file_id=upload.file_id,
        owner=upload.owner,
        path_name=upload.path_name,
        policy=upload.policy or DEFAULT,
        grant_id=upload.grant_id,
        size=upload.size,
        uploaded_bytes=sum(chunk.size for chunk in uploaded),
        total_chunks=plan.total_chunks if plan else None,
        uploaded_chunks=len(uploaded),
        chunk_size=upload.chunk_size if has_parts else None,
        checksum_algorithm=upload.checksum_algorithm if has_parts else None,
        uploaded=uploaded if has_parts else None,
        scanned_bytes=None,
        virus_scan_status=None,
        virus_scan_result=None,
        detected_content_type=None,
        job=None,
        expires_at=upload.expires_at,
        legal_hold=False,
        decision=None,
    )


def _stored_parts(deps: Deps, upload: Upload) -> list[StoredPart]:
    if upload.storage_upload_id is None:
        return []
    try:
        return stored_parts(deps, upload)
    except NotThereError:
        return []  # just completed or aborted: the next call returns another stage


def _scanned_bytes(deps: Deps, file: File, stage: Stage) -> int | None:
    """Return the progress of the scan; None before it, or if Redis is unavailable."""
    if stage is not Stage.SCANNING:
        return file.size if stage is Stage.READY else None
    try:
        return deps.queue.scan_progress(file.id) or 0
    except ServiceError:
        return None


def _job(deps: Deps, file: File) -> JobView | None:
    """Return the file's job; None also if the queue is unavailable: the stage comes from the database."""
    try:
        job = deps.queue.scan_job(file.id)
    except ServiceError as error:
        log.warning("job_not_asked", file_id=file.id, reason=error.code)
        return None
    return None if job is None else attempted(job, file)
