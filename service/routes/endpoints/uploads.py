"""The upload's endpoints: init, chunk, complete, retry, abort."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from service.domain.uploads.closing import abort_upload
from service.domain.uploads.completion.complete import complete_upload
from service.domain.uploads.initialization import initialize_upload
from service.domain.uploads.retry import retry
from service.domain.uploads.signing import sign_chunks
from service.errors import (
    ChecksumMismatchError,
    ChunksMissingError,
    CompletionInProgressError,
    EtagMismatchError,
    FileAlreadyUploadedError,
    FileInProgressError,
    FileOnHoldError,
    FileQuarantinedError,
    FileTooLargeError,
    InitInProgressError,
    PolicyRefusedError,
    QueueUnavailableError,
    QuotaExceededError,
    SizeMismatchError,
    StorageRefusedError,
    StorageUnavailableError,
    StoredFileNotFoundError,
    TooManyUploadsError,
    UploadAbortedError,
    UploadCompletedError,
    UploadExpiredError,
    UploadNotFoundError,
    WrongCredentialError,
)
from service.routes.http.authentication import caller
from service.routes.http.body_parsing import (
    CREDENTIAL_HEADER,
    IDEMPOTENCY_HEADER,
    IDEMPOTENCY_KEY,
    given_idempotency_key,
    header_credential,
)
from service.routes.openapi.api import ApiBlueprint, deps
from service.routes.openapi.error_responses import Refusal
from service.routes.schemas.described import UPLOAD_ID
from service.routes.schemas.requests.uploads import CompleteBody, InitBody, RetryBody, SignBody
from service.routes.schemas.responses.files import FileSchema, RetrySchema
from service.routes.schemas.responses.uploads import AbortedSchema, OpenedUploadSchema, SignedChunksSchema
from service.values import ChunkWish, CompletionWish, FileView, OpenedUpload, Resumption, UploadWish
from service.values.access.caller import Scope
from service.values.access.grants import ALWAYS, STARTED, USABLE
from service.values.states import Stage, Verdict

blueprint = ApiBlueprint(
    "uploads", __name__, url_prefix="/api/v1/file/upload", description="Upload files in chunks, directly to storage"
)

# 404 with login on: a foreign upload must look like one that does not exist
NO_UPLOAD: tuple[Refusal, ...] = (UploadNotFoundError, (UploadNotFoundError, 404))
CLOSED: tuple[Refusal, ...] = (
    UploadAbortedError,
    UploadExpiredError,
    UploadCompletedError,
    CompletionInProgressError,
)
STORAGE: tuple[Refusal, ...] = (StorageRefusedError, StorageUnavailableError)
IDEMPOTENCY = {
    "in": "header",
    "name": IDEMPOTENCY_HEADER,
    "schema": {"type": "string", "pattern": f"^{IDEMPOTENCY_KEY}$"},
    "description": "Identifies this init, for example a random UUID. Repeating the call with the same key "
    "returns the same upload.",
    "example": "8e03978e-40d5-43dd-bc93-6894a57f9324",
}
REPLACED_CREDENTIAL = {
    "in": "header",
    "name": CREDENTIAL_HEADER,
    "schema": {"type": "string", "format": "json-credential"},
    "description": "The credential of the file in `replaces`, if that is private, as a JSON object.",
    "example": '{"pin": "1234"}',
}
NOT_REPLACEABLE = (StoredFileNotFoundError, WrongCredentialError, FileOnHoldError)
JUST_COMPLETED = {
    "path": "longshore-private/7c0e4a1b-9d2f-4b63-8a75-6e1d3c5f9b77",
    "virus_scan_status": Verdict.PENDING.value,
    "virus_scan_date": None,
    "download_url": None,
}


@blueprint.route("/init/", methods=["POST"])
@blueprint.doc(operationId="initUpload")
@blueprint.needs(Scope.UPLOAD, grants=USABLE)
@blueprint.doc(parameters=[IDEMPOTENCY, REPLACED_CREDENTIAL])
@blueprint.arguments(InitBody, required=False)
@blueprint.response(200, OpenedUploadSchema)
@blueprint.refuses(FileTooLargeError, PolicyRefusedError, QuotaExceededError, TooManyUploadsError)
@blueprint.refuses(InitInProgressError, *CLOSED, *STORAGE, *NOT_REPLACEABLE)
def init(wish: UploadWish) -> OpenedUpload:
    """Start an upload

    Returns signed requests for the first chunks, so that a small file needs no call to `chunk`. All fields are
    optional. Sent again with the same `Idempotency-Key`, it returns the same upload.
    """
    wish = replace(wish, idempotency_key=given_idempotency_key(), replaced_credential=_replaced_credential(wish))
    return initialize_upload(deps(), caller(), wish)


@blueprint.route("/chunk/", methods=["POST"])
@blueprint.doc(operationId="signChunks")
@blueprint.needs(Scope.UPLOAD, grants=USABLE)
@blueprint.arguments(SignBody)
@blueprint.response(200, SignedChunksSchema)
# this does not call storage, but a role may have no key to sign with
@blueprint.refuses(
    *NO_UPLOAD, *CLOSED, FileTooLargeError, PolicyRefusedError, QuotaExceededError, StorageUnavailableError
)
def chunk(body: dict[str, Any]) -> dict[str, Any]:
    """Sign chunk uploads directly to storage

    Signs one chunk, or up to 1,000 at once. Each URL accepts exactly that chunk's number of bytes; PUT them there with
    the given headers. No byte of a file passes through this service.
    """
    wishes: list[ChunkWish] = body["wishes"]
    signed = sign_chunks(deps(), caller(), body["upload_id"], wishes)
    return {"upload_id": body["upload_id"], "chunk_index": wishes[0].chunk_index, "chunks": signed}


@blueprint.route("/complete/", methods=["POST"])
@blueprint.doc(operationId="completeUpload")
@blueprint.needs(Scope.UPLOAD, grants=STARTED)
@blueprint.doc(parameters=[REPLACED_CREDENTIAL])
@blueprint.arguments(CompleteBody)
@blueprint.response(200, FileSchema, changes=JUST_COMPLETED)
@blueprint.refuses(*NO_UPLOAD, *CLOSED, *STORAGE, *NOT_REPLACEABLE, FileTooLargeError, QuotaExceededError)
@blueprint.refuses(PolicyRefusedError, ChunksMissingError, SizeMismatchError, EtagMismatchError, ChecksumMismatchError)
def complete(wish: CompletionWish) -> FileView:
    """Complete an upload

    Verifies the parts against storage's own list and creates the file. Sent again, it returns the same file.
    """
    return complete_upload(deps(), caller(), replace(wish, replaced_credential=_replaced_credential(wish)))


def _replaced_credential(wish: UploadWish | CompletionWish) -> dict[str, str] | None:
    """Return the credential of the file to replace; None without one."""
    return None if wish.replaces is None else header_credential()


@blueprint.route("/retry", methods=["POST"])
@blueprint.doc(operationId="retryUpload")
@blueprint.needs(Scope.UPLOAD, grants=USABLE)
@blueprint.arguments(RetryBody)
@blueprint.response(200, RetrySchema)
@blueprint.refuses(*NO_UPLOAD, StoredFileNotFoundError, WrongCredentialError, *CLOSED, FileQuarantinedError)
@blueprint.refuses(FileAlreadyUploadedError, FileInProgressError, *STORAGE, QueueUnavailableError)
def retry_or_resume(body: dict[str, Any]) -> FileView | Resumption:
    """Resume an interrupted upload, or repeat a failed scan

    For an open upload: the chunks in storage, the missing chunks, and signed requests for the first missing ones. A
    failed or lost scan is queued again.
    """
    return retry(
        deps(),
        caller(),
        file_id=body.get("file_id"),
        upload_id=body.get("upload_id"),
        credential=body.get("credential"),
    )


@blueprint.named("/<upload_id>", "The upload_id that init returned.", UPLOAD_ID, methods=["DELETE"])
@blueprint.doc(operationId="abortUpload")
@blueprint.needs(Scope.UPLOAD, grants=ALWAYS)
@blueprint.response(200, AbortedSchema)
@blueprint.refuses((UploadNotFoundError, 404), *CLOSED)
def abort(upload_id: str) -> dict[str, str]:
    """Abort an upload and delete its parts"""
    abort_upload(deps(), caller(), upload_id)
    return {"upload_id": upload_id, "stage": Stage.ABORTED}
