"""Open uploads: start, sign chunks, abort."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from service.crashpoints import reach
from service.db.models import Upload
from service.db.session import Session
from service.db.statements.deletions import add_pending_deletions, pending_deletion
from service.db.statements.transitions import move_upload, note_storage_upload, take_over_completion
from service.db.statements.uploads import upload_to_sign
from service.deps import Deps
from service.domain.accounts.quota import in_quota, release, reserve_up_to
from service.domain.records.pending_deletions import settle_at_once
from service.domain.records.recovery_metadata import recovery_metadata_of_upload
from service.domain.uploads.allowed_files import refuse_unwanted
from service.domain.uploads.idempotency import init_key, write_once
from service.domain.uploads.parts import choose_chunk_size, plan_parts
from service.domain.webhooks.events import upload_event
from service.errors import (
    CompletionInProgressError,
    FileTooLargeError,
    InitInProgressError,
    InvalidBodyError,
    UploadAbortedError,
    UploadCompletedError,
    UploadExpiredError,
    UploadNotFoundError,
)
from service.limits import FIRST_CHUNKS, MAX_PARTS
from service.observability.logs import get_logger
from service.observability.metrics import PARTS_SIGNED, UPLOADS
from service.storage.presign import checksum_headers
from service.values import (
    ChunkWish,
    Location,
    OpenedUpload,
    PartPlan,
    PartToSign,
    SignedChunk,
    UploadToSign,
    UploadWish,
)
from service.values.caller import Caller
from service.values.ids import is_id, new_id
from service.values.states import PendingKind, UploadState

log = get_logger(__name__)

AnyUpload = Upload | UploadToSign
"""An upload's row, or the part of it that signing reads."""


def initialize_upload(deps: Deps, caller: Caller, wish: UploadWish) -> OpenedUpload:
    """Start an upload: first its row, then storage's multipart upload, then storage's id in the row.

    So storage never has an upload without a row. A repeated init (the same idempotency_key) returns the same upload.
    Raises FileTooLargeError, QuotaExceededError, TooManyUploadsError, InvalidBodyError (a file that is not accepted, a
    key that was used for another init), InitInProgressError, for a repeated init the errors of a closed upload, and the
    errors of storage and database.
    """
    if wish.checksum_algorithm:
        _refuse_unchecked(deps, wish.checksum_algorithm)
    new = _new_upload(deps, caller, wish)
    reach("init.begun")
    upload = write_once(deps, new)
    reach("init.row_written")
    if upload.storage_upload_id is None and upload.state == UploadState.UPLOADING:
        upload = _open_in_storage(deps, upload)
    refuse_unless_uploading(upload, deps.clock())
    plan = known_plan(upload)
    return OpenedUpload(
        upload_id=upload.id,
        file_id=upload.file_id,
        chunk_size=upload.chunk_size,
        total_chunks=plan.total_chunks if plan else None,
        expires_at=upload.expires_at,
        chunks=sign_first(deps, upload, range(plan.total_chunks)) if plan else [],
    )


def sign_chunks(deps: Deps, caller: Caller, upload_id: str, wishes: list[ChunkWish]) -> list[SignedChunk]:
    """Sign the requested chunks: one read by primary key, no call to storage, no write.

    For an upload of unknown size, signed bytes are reserved, with a write if they grow. Raises InvalidBodyError for a
    chunk that is not in the plan, UploadNotFoundError, the errors of `refuse_unless_uploading`, and with an unknown
    size FileTooLargeError and QuotaExceededError.
    """
    with deps.db.lookup() as connection:
        upload = upload_to_sign(connection, upload_id) if is_id(upload_id) else None
    if upload is None or not caller.sees(upload.owner):
        raise _unknown_upload(caller, upload_id)
    refuse_unless_uploading(upload, deps.clock())
    plan = known_plan(upload)
    wrong = [text for wish in wishes if (text := _what_is_wrong(upload, plan, wish))]
    if wrong:
        raise InvalidBodyError(errors=wrong)
    lengths = [plan.length(wish.chunk_index) if plan else wish.size or 0 for wish in wishes]
    if plan is None:
        _reserve_signed(deps, upload, wishes)
    return _sign(deps, upload, wishes, lengths)


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
    UPLOADS.labels("aborted").inc()
    log.info("upload_aborted", upload_id=upload_id)
    settle_at_once(deps, upload.object_key)


def close_upload(session: Session, deps: Deps, upload: Upload, to: UploadState, reason: str | None = None) -> bool:
    """Close an open upload as `aborted` or `expired`, with a pending abort; False if it is not open any more."""
    if not move_upload(session, upload.id, UploadState.UPLOADING, to, failure_reason=reason):
        return False
    place = place_of(deps, upload)
    owed = pending_deletion(
        PendingKind.MULTIPART_UPLOAD, place.bucket, place.object_key, deps.clock(), upload.storage_upload_id
    )
    add_pending_deletions(session, owed)
    release(session, upload)
    if to is UploadState.EXPIRED:
        upload_event(session, deps, "upload.expired", upload, reason)
    return True


def close_completion(session: Session, deps: Deps, upload: Upload, reason: str | None, *, with_object: bool) -> bool:
    """Close a `completing` upload as `aborted`, with a pending abort; False if it is not `completing` any more.

    with_object: also record the pending deletion of an object under its key.
    """
    if not move_upload(session, upload.id, UploadState.COMPLETING, UploadState.ABORTED, failure_reason=reason):
        return False
    place, now = place_of(deps, upload), deps.clock()
    owed = [
        pending_deletion(PendingKind.MULTIPART_UPLOAD, place.bucket, place.object_key, now, upload.storage_upload_id)
    ]
    if with_object:
        owed.append(pending_deletion(PendingKind.OBJECT, place.bucket, place.object_key, now))
    add_pending_deletions(session, *owed)
    release(session, upload)
    return True


def find_upload(session: Session, caller: Caller, upload_id: str, status: int | None = None) -> Upload:
    """Return the upload's row; status: 404 for an id in a path. Raises UploadNotFoundError, also for other owners."""
    upload = session.get(Upload, upload_id) if is_id(upload_id) else None
    if upload is None or not caller.sees(upload.owner):
        raise _unknown_upload(caller, upload_id, status)
    return upload


def refuse_unless_uploading(upload: AnyUpload, now: datetime) -> None:
    """Raises UploadAborted-, UploadExpired-, UploadCompleted- or CompletionInProgressError."""
    match UploadState(upload.state):
        case UploadState.ABORTED:
            raise UploadAbortedError(upload.failure_reason)
        case UploadState.COMPLETED:
            raise UploadCompletedError
        case UploadState.COMPLETING:
            raise CompletionInProgressError
        case UploadState.EXPIRED:
            raise UploadExpiredError
        case UploadState.UPLOADING:
            # a URL could not be valid for a whole second any more
            if upload.expires_at - now < timedelta(seconds=1) or upload.storage_upload_id is None:
                raise UploadExpiredError


def place_of(deps: Deps, upload: AnyUpload) -> Location:
    """Return the location of an upload's object: always in the private bucket."""
    return Location(deps.settings.s3_private_bucket, upload.object_key)


def known_plan(upload: AnyUpload) -> PartPlan | None:
    """Return the plan of the file's parts; None while its size is unknown."""
    return None if upload.size is None else plan_parts(upload.size, upload.chunk_size)


def url_seconds(deps: Deps, upload: AnyUpload) -> int:
    """Return the seconds for part URLs: URL_TTL, but no longer than the upload. The key may expire sooner."""
    return max(1, min(deps.settings.url_ttl, int((upload.expires_at - deps.clock()).total_seconds())))


def sign_first(deps: Deps, upload: Upload, chunk_indexes: Iterable[int]) -> list[SignedChunk]:
    """Sign the first FIRST_CHUNKS of these chunks; none if a checksum is required or the size is unknown."""
    plan = known_plan(upload)
    if plan is None or upload.checksum_algorithm:
        return []
    first = [ChunkWish(index) for index, _ in zip(chunk_indexes, range(FIRST_CHUNKS), strict=False)]
    return _sign(deps, upload, first, [plan.length(wish.chunk_index) for wish in first])


def _end_left_completion(session: Session, deps: Deps, upload: Upload) -> bool:
    """Abort a completion with an expired lease; False if a process is working on it, or without a completion."""
    now = deps.clock()
    taken = take_over_completion(session, upload.id, now, now)
    return taken and close_completion(session, deps, upload, None, with_object=True)


def _unknown_upload(caller: Caller, upload_id: str, status: int | None = None) -> UploadNotFoundError:
    """Return the error for an unknown upload: 404 with login, where uploads of other owners must look the same."""
    if caller.subject is not None:
        status = 404
    return UploadNotFoundError(errors=[f"[upload_id] no upload has the id {upload_id[:64]!r}"], status=status)


def _refuse_unchecked(deps: Deps, algorithm: str) -> None:
    """Raises InvalidBodyError for an algorithm that storage does not verify, as it would not protect anything."""
    if not deps.checksums.enforces(algorithm):
        enforced = deps.checksums.enforced()
        usable = f"use one of {', '.join(sorted(enforced))}" if enforced else "leave it out"
        raise InvalidBodyError(errors=[f"[checksum_algorithm] this storage does not verify {algorithm}; {usable}"])


def _new_upload(deps: Deps, caller: Caller, wish: UploadWish) -> Upload:
    refuse_unwanted(deps.settings, wish.filename, wish.content_type)
    if wish.size is not None and wish.size > deps.settings.max_upload_size:
        raise FileTooLargeError(wish.size, deps.settings.max_upload_size)
    now = deps.clock()
    return Upload(
        id=new_id(),
        owner=caller.subject,
        file_id=new_id(),
        # random, without the name: keys are visible in URLs and logs
        object_key=new_id(),
        state=UploadState.UPLOADING,
        filename=wish.filename,
        content_type=wish.content_type,
        size=wish.size,
        reserved=0 if caller.subject is None else wish.size or 0,
        chunk_size=choose_chunk_size(wish.size, wish.chunk_size, deps.settings.chunk_size),
        checksum_algorithm=wish.checksum_algorithm,
        init_key=wish.idempotency_key and init_key(caller.subject, wish.idempotency_key),
        created_at=now,
        expires_at=now + timedelta(seconds=deps.settings.upload_ttl),
    )


def _open_in_storage(deps: Deps, upload: Upload) -> Upload:
    """Open storage's multipart upload for a row without storage's id; returns the updated row.

    Raises InitInProgressError, UploadExpiredError.
    """
    recovery = recovery_metadata_of_upload(deps.settings, upload)
    storage_upload_id = deps.storage.create_upload(
        place_of(deps, upload), upload.id, upload.checksum_algorithm, recovery
    )
    reach("init.storage_opened")
    known = deps.db.transact(note_storage_upload, upload, storage_upload_id)
    if not known:  # closed while storage was slow, or a repeated init was faster
        with deps.db.read() as session:
            still = session.get(Upload, upload.id)
        if still is None or still.state != UploadState.UPLOADING:
            raise UploadExpiredError
        if still.storage_upload_id is None:
            raise InitInProgressError
        return still
    reach("init.id_noted")
    upload.storage_upload_id = storage_upload_id
    UPLOADS.labels("initialized").inc()
    log.info("upload_initialized", upload_id=upload.id, file_id=upload.file_id, size=upload.size)
    return upload


def _reserve_signed(deps: Deps, upload: UploadToSign, wishes: list[ChunkWish]) -> None:
    """Reserve all bytes up to the end of the last requested chunk: each chunk before it has at most `chunk_size`."""
    end = max(wish.chunk_index * upload.chunk_size + (wish.size or 0) for wish in wishes)
    if end > deps.settings.max_upload_size:
        raise FileTooLargeError(end, deps.settings.max_upload_size)
    if upload.owner is None or end <= upload.reserved:
        return

    def reserve_more(session: Session) -> None:
        row = session.get(Upload, upload.id, with_for_update=True)
        if row is None:
            raise UploadNotFoundError
        refuse_unless_uploading(row, deps.clock())
        reserve_up_to(session, deps, row, end)

    in_quota(deps, upload.owner, reserve_more)


def _what_is_wrong(upload: AnyUpload, plan: PartPlan | None, wish: ChunkWish) -> str | None:
    """Return why a requested chunk is not in the plan, None if it is."""
    index = wish.chunk_index
    last = (plan.total_chunks if plan else MAX_PARTS) - 1
    if index > last:
        return f"[chunk_index] is {index}; the chunks of this upload are 0 to {last}"
    if upload.checksum_algorithm and wish.checksum is None:
        return f"[checksum] is missing for chunk {index}: this upload was started with {upload.checksum_algorithm}"
    if not upload.checksum_algorithm and wish.checksum is not None:
        return f"[checksum] is not expected for chunk {index}: this upload was started without checksum_algorithm"
    if plan is None:
        if wish.size is None:
            return f"[chunk_size] is missing for chunk {index}; it is required because the upload's size is unknown"
        if wish.size > upload.chunk_size:
            return f"[chunk_size] is {wish.size} for chunk {index}; chunks have at most {upload.chunk_size} bytes here"
    elif wish.size is not None and wish.size != plan.length(index):
        return f"[chunk_size] is {wish.size} for chunk {index}; by the upload's size it has {plan.length(index)} bytes"
    return None


def _sign(deps: Deps, upload: AnyUpload, wishes: list[ChunkWish], lengths: list[int]) -> list[SignedChunk]:
    """Sign the requested chunks in one batch."""
    algorithm = upload.checksum_algorithm
    parts = [
        PartToSign(wish.chunk_index + 1, length, wish.checksum) for wish, length in zip(wishes, lengths, strict=True)
    ]
    signed = deps.presigner.sign_parts(
        place_of(deps, upload), upload.storage_upload_id or "", parts, url_seconds(deps, upload), algorithm
    )
    PARTS_SIGNED.inc(len(parts))
    return [
        SignedChunk(
            number - 1,
            number,
            "PUT",
            url,
            checksum_headers(algorithm, checksum) if algorithm and checksum else {},
            signed.expires_at,
        )
        for (number, _, checksum), url in zip(parts, signed.urls, strict=True)
    ]
