"""Every refusal that a client can meet: its code, its HTTP status, and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self


class LongshoreError(Exception):
    """Base of all refusals; one handler renders it as the contract's failure envelope.

    message: the sentence for a person; errors: `[field] reason` lines; extra: further top-level members of the
    envelope; retry_after: seconds, sent as the Retry-After header; challenge: the WWW-Authenticate header (RFC 6750);
    example_arguments: what an example of a class is made with.
    """

    code: ClassVar[str] = "internal_error"
    status: int = 500
    message: str = (
        "Something went wrong on our side. Try again; if it stays, look in the service's log for this answer's"
        " X-Request-ID."
    )
    retry_after: int | None = None
    challenge: str | None = None
    example_arguments: ClassVar[tuple[Any, ...]] = ()

    @classmethod
    def example(cls) -> Self:
        """One as a client may meet it, for the API's description and docs/errors.md."""
        return cls(*cls.example_arguments)

    def __init__(
        self,
        message: str | None = None,
        *,
        errors: list[str] | None = None,
        status: int | None = None,
        **extra: Any,
    ) -> None:
        self.message = message or self.message
        self.errors = errors or []
        self.status = status or self.status
        self.extra = extra
        super().__init__(self.message)


class RequestBrokenError(LongshoreError):
    code = "bad_request"
    status = 400
    message = "The request breaks off, or is none that HTTP knows. Send it again, whole."


class RequestTooSlowError(LongshoreError):
    code = "request_too_slow"
    status = 408
    message = "The request did not arrive in time. Send it again; a file's bytes go to storage, not here."


class AddressTooLongError(LongshoreError):
    code = "address_too_long"
    status = 414
    message = "The address with its query is longer than 8190 bytes. Shorten the query."


class HeadersTooLargeError(LongshoreError):
    code = "headers_too_large"
    status = 431
    message = "The request has too many or too long headers. Send at most 100, of at most 8190 bytes each."


class NoSuchRouteError(LongshoreError):
    code = "not_found"
    status = 404
    message = "There is nothing at this address. GET /api/openapi.json lists what there is."


class MethodNotAllowedError(LongshoreError):
    code = "method_not_allowed"
    status = 405
    message = "This address does not take that method. Use one that the Allow header names."


class AccessRefusedError(LongshoreError):
    """A caller did not get in, not so far, or too often. Each is logged and counted.

    is_guess: the key, token or credential may have been guessed; too many of those are slowed down. details: what the
    log says besides, never a secret.
    """

    is_guess: bool = False
    details: Mapping[str, str] = MappingProxyType({})


class LoginRequiredError(AccessRefusedError):
    code = "login_required"
    status = 401
    message = "This service wants to know who calls: send `Authorization: Bearer` with an API key or a token."
    challenge = 'Bearer realm="longshore"'


class TokenRefusedError(AccessRefusedError):
    code = "token_refused"
    status = 401
    message = "This key or token is not valid (any more). Get a new one from whoever gave it to you."
    challenge = 'Bearer realm="longshore", error="invalid_token"'

    def __init__(self, reason: str = "invalid", *, is_guess: bool = False, **details: str) -> None:
        """reason: for the log, not for the caller."""
        super().__init__()
        self.is_guess = is_guess
        self.details = {"reason": reason, **details}


class ScopeMissingError(AccessRefusedError):
    code = "scope_missing"
    status = 403
    example_arguments = ("upload",)

    def __init__(self, *scopes: str) -> None:
        super().__init__(f"This key or token does not allow that; it needs the scope {' or '.join(scopes)}.")
        self.challenge = f'Bearer realm="longshore", error="insufficient_scope", scope="{scopes[0]}"'
        self.details = {"needed": scopes[0]}


class HostRefusedError(LongshoreError):
    code = "host_refused"
    status = 421
    message = "The service does not answer to this host name. Its operator can add the name to ALLOWED_HOSTS."


class OriginRefusedError(LongshoreError):
    code = "origin_refused"
    status = 403
    message = "Pages of this origin may not change anything here. The operator can add the origin to CORS_ORIGINS."


class TooManyRequestsError(AccessRefusedError):
    code = "too_many_requests"
    status = 429
    example_arguments = ("subject", "6000 per 1 minute", 12)

    def __init__(self, kind: str, limit: str, seconds: int) -> None:
        """kind: what is counted, `subject` or `address`; seconds: until the next request is taken."""
        super().__init__(f"Too many requests of one {kind} ({limit}). Wait {seconds} s, then go on.")
        self.retry_after = seconds


class InvalidBodyError(LongshoreError):
    code = "invalid_body"
    status = 422
    message = "The request does not validate. Correct the fields named in `errors` and send it again."


class FileInBodyError(LongshoreError):
    code = "file_not_accepted"
    status = 422
    message = (
        "No byte of a file passes through this service. Ask POST /api/v1/file/upload/chunk/ for a URL"
        " and PUT the chunk there, straight to storage."
    )


class BodyTooLargeError(LongshoreError):
    code = "body_too_large"
    status = 413
    message = (
        "The request body is too large. The bytes of a file do not belong here:"
        " PUT them to the URLs that POST /api/v1/file/upload/chunk/ gives."
    )


class FileTooLargeError(LongshoreError):
    code = "file_too_large"
    status = 413
    example_arguments = (6_597_069_766_656, 5_497_558_138_880)

    def __init__(self, size: int, allowed: int) -> None:
        super().__init__(f"The file has {size} bytes; this service takes at most {allowed}.")


class QuotaExceededError(LongshoreError):
    code = "quota_exceeded"
    status = 413
    example_arguments = (1_000_000_000, 1_073_741_824, 104_857_600)

    def __init__(self, used: int, allowed: int, wanted: int) -> None:
        super().__init__(
            f"{used} of your {allowed} bytes are taken, and this needs {wanted} more."
            " Delete files or abort uploads, then try again.",
            used=used,
            allowed=allowed,
            wanted=wanted,
        )


class TooManyUploadsError(LongshoreError):
    code = "too_many_uploads"
    status = 409
    example_arguments = (10_000,)

    def __init__(self, allowed: int) -> None:
        super().__init__(f"You have {allowed} open uploads, as many as are allowed. Complete or abort some first.")


class InitInProgressError(LongshoreError):
    code = "init_in_progress"
    status = 409
    message = "Another request with this Idempotency-Key opens the upload. Send the same init again in a moment."
    retry_after = 2


class UploadNotFoundError(LongshoreError):
    code = "upload_not_found"
    status = 422
    message = "No upload has this upload_id. Start one with POST /api/v1/file/upload/init/."


class NoSuchFileError(LongshoreError):
    code = "file_not_found"
    status = 404
    message = "No file has this id. It may have been deleted."


class UserNotFoundError(LongshoreError):
    code = "user_not_found"
    status = 404
    message = "No user has this id."


class AppointmentNotFoundError(LongshoreError):
    code = "appointment_not_found"
    status = 404
    message = "No appointment has this id."


class PrivateFilesError(LongshoreError):
    code = "private_files"
    status = 409
    example_arguments = (3,)

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count} of the files are private. Delete each of them first, with its credential; where credentials are"
            " lost, an operator's key (scope admin) deletes everything."
        )


class ReceiptsOffError(LongshoreError):
    code = "receipts_off"
    status = 404
    message = "This service gives no receipts: its operator has not set RECEIPT_KEY."


class VerdictPendingError(LongshoreError):
    code = "verdict_pending"
    status = 409
    message = "The file has no verdict yet, and a receipt says what it was. Ask again once its status is ready."
    retry_after = 2


class WrongCredentialError(AccessRefusedError):
    code = "wrong_credential"
    status = 403
    message = (
        "This file is private. Send the credential it was completed with,"
        " as JSON in the X-File-Credential header (or in the `credential` field of a body)."
    )

    def __init__(self, file_id: str = "", *, is_guess: bool = False) -> None:
        super().__init__()
        self.is_guess = is_guess
        self.details = {"file_id": file_id}


class FileAlreadyUploadedError(LongshoreError):
    code = "file_already_uploaded"
    status = 400
    message = "File uploaded previously!"


class FileInProgressError(LongshoreError):
    code = "file_in_progress"
    status = 400
    message = "The file is being worked on; there is nothing to retry yet. Ask for its status."


class ChunksMissingError(LongshoreError):
    code = "chunks_missing"
    status = 409
    example_arguments = ([3, 4],)

    def __init__(self, missing: list[int]) -> None:
        super().__init__(
            f"Storage does not have {len(missing)} of the chunks. Send those listed in `missing`, then complete again.",
            missing=missing,
        )


class SizeMismatchError(LongshoreError):
    code = "size_mismatch"
    status = 409
    message = (
        "The sizes are not those that the upload was started with. Send the chunks that are named again, each with its"
        " size, then complete with the file's own total_size and total_chunks."
    )


class EtagMismatchError(LongshoreError):
    code = "etag_mismatch"
    status = 409
    example_arguments = ([7],)

    def __init__(self, chunks: list[int]) -> None:
        super().__init__(
            "Storage has other bytes for the chunks listed in `mismatched` than the ETags in `parts` say."
            " Send those chunks again, then complete.",
            errors=[f"[parts] chunk {index} has another ETag in storage" for index in chunks],
            mismatched=chunks,
        )


class ChecksumMismatchError(LongshoreError):
    code = "checksum_mismatch"
    status = 409
    message = "Storage made an object of another checksum than its parts have. Start a new upload."


class UploadAbortedError(LongshoreError):
    code = "upload_aborted"
    status = 409
    message = "This upload was aborted and its parts are gone. Start a new one."


class UploadExpiredError(LongshoreError):
    code = "upload_expired"
    status = 409
    message = "This upload has expired and its parts are gone. Start a new one."


class UploadCompletedError(LongshoreError):
    code = "upload_completed"
    status = 409
    message = "This upload is complete: it is a file now. Delete the file with DELETE /api/v1/file/{file_id}."


class CompletionInProgressError(LongshoreError):
    code = "completion_in_progress"
    status = 409
    message = "This upload is being completed. Send the same complete again in a moment; it returns the file."
    retry_after = 2


class FileQuarantinedError(LongshoreError):
    code = "file_quarantined"
    status = 409
    message = "This file is in quarantine and is not served. Nothing can be retried."


class FileNotReadyError(LongshoreError):
    code = "file_not_ready"
    status = 409
    message = "The file cannot be downloaded yet: it has no verdict. Ask for its status, and again once it is ready."


class FileGoneError(LongshoreError):
    code = "file_gone"
    status = 410
    message = "The file is not served any more: it is in quarantine. Ask for it to see why."


class StorageRefusedError(LongshoreError):
    """Storage answered with an error that we know no way out of (its code is in `storage_code`)."""

    code = "storage_refused"
    status = 502
    example_arguments = ("CreateMultipartUpload", "AccessDenied")
    FILTERED = "RequestFiltered"
    """The code of the filter before storage's public address (deploy/caddy/storage_filter.caddy)."""

    def __init__(self, operation: str, storage_code: str) -> None:
        remedy = (
            "S3_ENDPOINT_URL leads to storage's public address, which accepts only presigned URLs. Set it to the"
            " address of storage behind that filter."
            if storage_code == self.FILTERED
            else "Nothing is lost; try again, and if it stays, check the service's storage settings."
        )
        super().__init__(f"Storage refused {operation} ({storage_code}). {remedy}", storage_code=storage_code)


class DependencyError(LongshoreError):
    """A part that we depend on is down: an ordinary state, to be tried again."""

    status = 503
    retry_after = 5


class OverloadedError(DependencyError):
    code = "overloaded"
    message = "The service is receiving more requests than it can keep. Nothing is lost; try again shortly."


class StorageUnavailableError(DependencyError):
    code = "storage_unavailable"
    message = "Storage cannot be reached. Nothing is lost; try again shortly."


class DatabaseUnavailableError(DependencyError):
    code = "database_unavailable"
    message = "The database cannot be reached. Nothing is lost; try again shortly."


class DatabaseBusyError(DatabaseUnavailableError):
    code = "database_busy"
    message = "Other requests are changing the same rows. Nothing was changed by this one; try again shortly."
    retry_after = 1


class DatabaseReadOnlyError(DatabaseUnavailableError):
    code = "database_read_only"
    message = "The database takes no changes at the moment, as after a failover. Nothing is lost; try again shortly."


class DatabaseRefusedError(DatabaseUnavailableError):
    code = "database_refused"
    message = "The database refuses the service's user. Nothing is lost; the operator needs to check DATABASE_URL."
    retry_after = 60


class QueueUnavailableError(DependencyError):
    code = "queue_unavailable"
    message = "The job queue cannot be reached. Nothing is lost; try again shortly."


class LoginUnavailableError(DependencyError):
    code = "login_unavailable"
    message = "Whoever vouches for tokens cannot be reached, and this one cannot be judged without. Try again shortly."


class ScannerUnavailableError(DependencyError):
    code = "scanner_unavailable"
    message = "The virus scanner cannot be reached. Files are kept, and scanned when it is back."


class NotReadyError(DependencyError):
    code = "not_ready"
    message = "A part that every request needs is down; `errors` names it."


class NoMetricsTokenError(LongshoreError):
    code = "no_metrics_token"
    status = 401
    message = "Metrics are for those who send METRICS_TOKEN: `Authorization: Bearer …`."
