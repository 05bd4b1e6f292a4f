"""Open uploads: find one, and refuse what is not open."""

from __future__ import annotations

from datetime import datetime, timedelta

from service.db.models import Upload
from service.db.session import Session
from service.db.statements.uploads import upload_of_id
from service.deps import Deps
from service.domain.uploads.parts import plan_parts
from service.errors import (
    CompletionInProgressError,
    GrantRefusedError,
    ServiceError,
    StoredFileNotFoundError,
    UploadAbortedError,
    UploadCompletedError,
    UploadExpiredError,
    UploadNotFoundError,
)
from service.values import (
    ONE_PUT,
    Location,
    PartPlan,
    UploadToSign,
)
from service.values.access.caller import Caller
from service.values.formats.ids import is_id
from service.values.states import UploadState

AnyUpload = Upload | UploadToSign
"""An upload's row, or the part of it that signing reads."""


def find_upload(session: Session, caller: Caller, upload_id: str, status: int | None = None) -> Upload:
    """Return the upload's row; status: 404 for an id in a path. Raises the error of `unknown_upload`."""
    upload = upload_of_id(session, upload_id) if is_id(upload_id) else None
    if upload is None or not caller.sees(upload.owner, upload.grant_id):
        raise unknown_upload(caller, upload_id, status)
    return upload


def unknown_upload(caller: Caller, upload_id: str, status: int | None = None) -> ServiceError:
    """Return the error for an unknown upload: 404 with login, where uploads of other owners must look the same.

    To a grant, all uploads look the same that were not started with it.
    """
    if caller.grant is not None:
        return GrantRefusedError("foreign")
    if caller.subject is not None:
        status = 404
    return UploadNotFoundError(errors=[f"[upload_id] no upload has the id {upload_id[:64]!r}"], status=status)


def unknown_file(caller: Caller) -> ServiceError:
    """Return the error for an unknown file of an upload; to a grant, all others look the same."""
    return StoredFileNotFoundError() if caller.grant is None else GrantRefusedError("foreign")


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


def is_one_put(upload: AnyUpload) -> bool:
    """Whether the object is created by one conditional PUT instead of a multipart upload."""
    return upload.storage_upload_id == ONE_PUT


def place_of(deps: Deps, upload: AnyUpload) -> Location:
    """Return the location of an upload's object: always in the private bucket."""
    return Location(deps.settings.s3_private_bucket, upload.object_key)


def known_plan(upload: AnyUpload) -> PartPlan | None:
    """Return the plan of the file's parts; None while its size is unknown."""
    return None if upload.size is None else plan_parts(upload.size, upload.chunk_size)
