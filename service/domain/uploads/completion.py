"""Complete an upload: verify the parts, assemble the object, record the file, queue the scan. Safe at every crash.

The upload first becomes `completing` and stores the request. From then on any call can finish it: the client's next one
or the sweeper's. Completing in storage and recording are both idempotent, so a lease only avoids doing the same work
twice at once.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from longshore.receipts.checksums import disagrees
from service.crashpoints import reach
from service.db.models import Appointment, File, Upload, User
from service.db.session import Session
from service.db.statements.files import file_of_upload
from service.db.statements.transitions import begin_completion, move_upload, take_over_completion
from service.deps import Deps
from service.domain.accounts.assignable import is_there
from service.domain.accounts.quota import in_quota, reserve
from service.domain.files.credentials import credential_hash, require_credential, require_for_completion
from service.domain.files.files import shown_to, view_file
from service.domain.records.packed_parts import pack_parts
from service.domain.scanning.failures import SCAN_GRACE
from service.domain.scanning.scans import queue_scan_or_postpone
from service.domain.uploads.allowed_files import refuse_unwanted
from service.domain.uploads.made_objects import give_up, give_up_object, make_object, reopen
from service.domain.uploads.uploads import close_upload, find_upload, place_of, refuse_unless_uploading
from service.domain.uploads.verification import fingerprint, planned_parts, refuse_wrong_parts
from service.domain.webhooks.events import send_soon
from service.errors import (
    ChecksumMismatchError,
    CompletionInProgressError,
    InvalidBodyError,
    SizeMismatchError,
    UploadExpiredError,
    WrongCredentialError,
)
from service.observability.logs import get_logger
from service.observability.metrics import BYTES_COMPLETED, UPLOADS
from service.observability.tracing import span
from service.storage.replies import NotThereError
from service.values import CompletionWish, FileView, StoredObject, StoredPart
from service.values.caller import EVERYBODY, Caller
from service.values.states import UploadState, Verdict

log = get_logger(__name__)

LEASE = timedelta(seconds=30)
"""For how long other processes leave a completion to the one that started it."""
POLL = 0.1
"""Seconds between two checks of a completion that another process makes."""


def complete_upload(deps: Deps, caller: Caller, wish: CompletionWish) -> FileView:
    """Complete an upload and return its file; the same call again returns the same file.

    Raises UploadNotFoundError, ChunksMissingError, SizeMismatchError, EtagMismatchError, FileTooLargeError,
    QuotaExceededError, InvalidBodyError (an unknown user or appointment, a file that is not accepted),
    WrongCredentialError, the errors of a closed upload, CompletionInProgressError when another request takes longer
    than this one waits, and the errors of storage and database.
    """
    return shown_to(caller, _completed(deps, caller, wish))


def _completed(deps: Deps, caller: Caller, wish: CompletionWish) -> FileView:
    give_up_at = deps.clock() + LEASE
    while True:
        with deps.db.read() as session:
            upload = find_upload(session, caller, wish.upload_id)
            file = file_of_upload(session, upload.id)
        if file is not None:
            require_credential(deps, caller, file, wish.credential)
            return view_file(deps, file)
        if upload.state == UploadState.UPLOADING:
            with span("complete.claim", upload_id=upload.id):
                parts = _claim(deps, caller, upload, wish)
            if parts is not None:
                with span("complete.finish", upload_id=upload.id):
                    return _finish(deps, upload, parts)
        elif upload.state == UploadState.COMPLETING:
            require_for_completion(deps, caller, upload, wish.credential)
            finished = resume_completion(deps, upload)
            if finished is not None:
                return finished
            if deps.clock() >= give_up_at:
                raise CompletionInProgressError
            deps.pause(POLL)
        elif upload.state != UploadState.COMPLETED:
            refuse_unless_uploading(upload, deps.clock())


def resume_completion(deps: Deps, upload: Upload) -> FileView | None:
    """Finish a completion that another process abandoned, wherever it stopped.

    Returns None while a process is working on it, or if a part changed since the parts were verified: then the upload
    is open again, for a completion that verifies the new parts.
    """
    if not _take_over(deps, upload):
        return None
    try:
        parts = deps.storage.list_parts(place_of(deps, upload), upload.storage_upload_id or "")
    except NotThereError:
        parts = []  # completed already, then the object is there
    if parts and fingerprint(parts) != (upload.completion or {})["parts"]:
        reopen(deps, upload)
        log.warning("completion_reopened", upload_id=upload.id, reason="parts changed after they were verified")
        return None
    return _finish(deps, upload, parts)


def _claim(deps: Deps, caller: Caller, upload: Upload, wish: CompletionWish) -> list[StoredPart] | None:
    """Verify everything and claim the completion; None if another process was faster."""
    now = deps.clock()
    refuse_unless_uploading(upload, now)
    refuse_unwanted(deps.settings, wish.filename, wish.content_type, wish.file_extension)
    plan = planned_parts(deps, upload, wish)
    with deps.db.read() as session:
        _refuse_unknown_people(session, caller, wish)
    try:
        parts = deps.storage.list_parts(place_of(deps, upload), upload.storage_upload_id or "")
        refuse_wrong_parts(plan, parts, wish.etags)
    except NotThereError:
        # no parts, but perhaps the object: the row may come from a backup older than the completion
        if deps.storage.head(place_of(deps, upload)) is None:
            _storage_forgot(deps, upload)
            return None
        parts = []
    upload.completion = _intent(deps, upload, wish, parts)
    reach("complete.verified")
    if not _claim_with_quota(deps, upload, wish.total_size, parts, now + LEASE):
        return None
    reach("complete.claimed")
    return parts


def _claim_with_quota(deps: Deps, upload: Upload, size: int, parts: list[StoredPart], until: datetime) -> bool:
    """Claim the completion, and reserve quota that is not reserved yet: everything if init had no size."""
    reserved = 0 if upload.owner is None else size
    packed = pack_parts(parts)

    def claim(session: Session) -> bool:
        claimed = begin_completion(session, upload, reserved, upload.completion or {}, packed, until)
        if claimed and reserved != upload.reserved:
            reserve(session, deps, upload.owner, reserved - upload.reserved)
        return claimed

    return in_quota(deps, upload.owner, claim)


def _storage_forgot(deps: Deps, upload: Upload) -> None:
    """Handle a missing multipart upload: another call just completed it, or storage lost it."""
    if not deps.db.transact(close_upload, deps, upload, UploadState.EXPIRED, "storage no longer has the parts"):
        return
    reach("complete.parts_lost")
    send_soon(deps)
    log.warning("upload_lost_by_storage", upload_id=upload.id)
    raise UploadExpiredError("Storage no longer has the parts of this upload. Start a new upload.")


def _take_over(deps: Deps, upload: Upload) -> bool:
    now = deps.clock()
    if upload.lease_until is not None and upload.lease_until > now:
        return False
    taken = deps.db.transact(take_over_completion, upload.id, now, now + LEASE)
    if taken:
        reach("complete.taken_over")
    return taken


def _intent(deps: Deps, upload: Upload, wish: CompletionWish, parts: list[StoredPart]) -> dict[str, Any]:
    """Return the request and its parts for the row; the credential only as its hash."""
    hashed = (
        credential_hash(deps.settings.secret_key, upload.file_id, wish.credential)
        if wish.credential is not None
        else None
    )
    return {
        "begun_at": deps.clock().isoformat(),
        "parts": fingerprint(parts),
        "total_size": wish.total_size,
        "total_chunks": wish.total_chunks,
        "filename": wish.filename,
        "content_type": wish.content_type,
        "file_extension": wish.file_extension,
        "credential_hash": hashed,
        "detail": wish.detail,
        "appointment_id": wish.appointment_id,
        "user_id": wish.user_id,
    }


def _finish(deps: Deps, upload: Upload, parts: list[StoredPart]) -> FileView:
    """Complete in storage, verify the object, record the file, queue the scan. The upload is `completing`."""
    intent = upload.completion or {}
    stored = make_object(deps, upload, parts)
    if stored.upload_id not in {upload.id, None}:
        raise give_up_object(deps, upload, stored, "the object in storage belongs to another upload")
    if stored.size != intent["total_size"]:
        reason = f"the object in storage has {stored.size} bytes, not {intent['total_size']}"
        raise give_up_object(deps, upload, stored, reason, SizeMismatchError)
    if upload.checksum_algorithm and disagrees(upload.checksum_algorithm, parts, stored.checksum):
        reason = f"the object in storage has the checksum {stored.checksum}, which does not match its parts"
        raise give_up_object(deps, upload, stored, reason, ChecksumMismatchError)
    return _record(deps, upload, stored)


def _record(deps: Deps, upload: Upload, stored: StoredObject) -> FileView:
    """Create the file once, in one transaction; a second call returns the first one's file."""
    intent = upload.completion or {}

    def write(session: Session) -> tuple[File | None, File | None, str | None]:
        """Return the new file, or the existing one, and which user or appointment no longer exists."""
        # the caller could access them when it made the request
        people_gone = _people_gone(session, EVERYBODY, intent["user_id"], intent["appointment_id"])
        if people_gone is None and move_upload(session, upload.id, UploadState.COMPLETING, UploadState.COMPLETED):
            file = _new_file(deps, upload, stored)
            session.add(file)
            return file, None, None
        return None, file_of_upload(session, upload.id), people_gone

    file, existing, people_gone = deps.db.transact(write)
    if file is not None:
        reach("complete.recorded")
        UPLOADS.labels("completed").inc()
        BYTES_COMPLETED.inc(file.size)
        log.info("file_recorded", file_id=file.id, upload_id=upload.id, size=file.size)
        queue_scan_or_postpone(deps, file)
        reach("complete.queued")
        return view_file(deps, file)
    if existing is not None:
        if existing.credential_hash != intent["credential_hash"]:  # another client's completion made it
            raise WrongCredentialError(existing.id)
        return view_file(deps, existing)
    raise give_up(deps, upload, people_gone or "another request ended the upload")


def _new_file(deps: Deps, upload: Upload, stored: StoredObject) -> File:
    intent = upload.completion or {}
    place = place_of(deps, upload)
    now = deps.clock()
    return File(
        id=upload.file_id,
        owner=upload.owner,
        upload_id=upload.id,
        bucket=place.bucket,
        object_key=place.object_key,
        size=stored.size,
        etag=stored.etag,
        version_id=stored.version_id,
        checksum=stored.checksum,
        virus_scan_status=Verdict.PENDING,
        scan_attempts=0,
        scan_due_at=now + SCAN_GRACE,
        created_at=now,
        **{name: value for name, value in intent.items() if name not in {"begun_at", "parts", "total_size"}},
    )


def _refuse_unknown_people(session: Session, caller: Caller, wish: CompletionWish) -> None:
    gone = _people_gone(session, caller, wish.user_id, wish.appointment_id)
    if gone:
        raise InvalidBodyError(errors=[gone])


def _people_gone(session: Session, caller: Caller, user_id: str | None, appointment_id: str | None) -> str | None:
    """Return the error line for an unknown user or appointment of this caller; None if all exist."""
    if user_id is not None and not is_there(session, caller, User, user_id):
        return "[user_id] no user has this id"
    if appointment_id is not None and not is_there(session, caller, Appointment, appointment_id):
        return "[appointment_id] no appointment has this id"
    return None
