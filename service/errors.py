"""All errors that the API returns: code, HTTP status, and a message: what happened, then what to do."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Self


class ServiceError(Exception):
    """Base of all errors; one handler renders it as the contract's failure envelope.

    message: for people: a sentence about what happened, then what to do; errors: `[field] reason` lines; extra:
    further top-level members of the envelope; retry_after: seconds, sent as the Retry-After header; challenge: the
    WWW-Authenticate header (RFC 6750);
    example_arguments: what an example of a class is made with.
    """

    code: ClassVar[str] = "internal_error"
    status: int = 500
    message: str = (
        "The service failed unexpectedly. Try again; if it fails again, search the service's log for this answer's"
        " X-Request-ID."
    )
    retry_after: int | None = None
    challenge: str | None = None
    example_arguments: ClassVar[tuple[Any, ...]] = ()

    @classmethod
    def example(cls) -> Self:
        """Return an example for the OpenAPI document and docs/errors.md."""
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


class RequestBrokenError(ServiceError):
    code = "bad_request"
    status = 400
    message = "The request is incomplete or is not valid HTTP. Send it again in full."


class RequestTooSlowError(ServiceError):
    code = "request_too_slow"
    status = 408
    message = "The request did not arrive in time. Send it again; send the bytes of files to storage, not here."


class AddressTooLongError(ServiceError):
    code = "address_too_long"
    status = 414
    message = "The URL with its query is longer than 8190 bytes. Shorten the query."


class HeadersTooLargeError(ServiceError):
    code = "headers_too_large"
    status = 431
    message = (
        "The request has too many headers, or one is too long. Send at most 100 headers of at most 8190 bytes each."
    )


class RouteNotFoundError(ServiceError):
    code = "not_found"
    status = 404
    message = "No endpoint has this URL. GET /api/openapi.json lists all endpoints."


class MethodNotAllowedError(ServiceError):
    code = "method_not_allowed"
    status = 405
    message = "This URL does not support that method. Use one of the methods in the Allow header."


class AccessRefusedError(ServiceError):
    """Base of all refused access: no login, no permission, too many requests. Each is logged and counted.

    is_guess: the key, token or credential may have been guessed; too many attempts are refused. details: further
    fields of the log line, never a secret.
    """

    is_guess: bool = False
    details: Mapping[str, str] = MappingProxyType({})


class LoginRequiredError(AccessRefusedError):
    code = "login_required"
    status = 401
    message = "This service requires a login. Send `Authorization: Bearer` with an API key or a token."
    challenge = 'Bearer realm="longshore"'


class TokenRefusedError(AccessRefusedError):
    code = "token_refused"
    status = 401
    message = "This key or token is not valid, or no longer valid. Get a new one from the operator or your login."
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
        super().__init__(f"This key or token lacks the scope {' or '.join(scopes)}. Use one that has it.")
        self.challenge = f'Bearer realm="longshore", error="insufficient_scope", scope="{scopes[0]}"'
        self.details = {"needed": scopes[0]}


class GrantRefusedError(AccessRefusedError):
    """A grant does not allow the call. reason: a key of MESSAGES, in the answer too."""

    code = "grant_refused"
    status = 403
    example_arguments = ("used_up",)
    MESSAGES: ClassVar[Mapping[str, str]] = {
        "used_up": "All uploads of this grant are used. Ask your application for a new grant.",
        "revoked": "This grant was revoked. Ask your application for a new grant.",
        "expired": "This grant has expired, and nothing new is signed for it. Complete the upload if all its chunks are"
        " stored, or ask your application for a new grant.",
        "foreign": "This upload was not started with this grant. Use the grant that it was started with.",
        "not_allowed": "This call is not allowed with a grant, only init, chunk, complete, retry, abort and status of"
        " its own uploads. Use an API key or a token for it.",
        "invalid": "The application signed a grant that is not valid. Correct what `errors` names there.",
    }

    def __init__(self, reason: str, *errors: str) -> None:
        super().__init__(self.MESSAGES[reason], errors=list(errors), reason=reason)
        self.reason = reason
        self.details = {"reason": reason}


class DecisionNotFoundError(ServiceError):
    code = "decision_not_found"
    status = 404
    message = "There is no decision with this id. Check the id that was returned when it was created."


class DecisionEndedError(ServiceError):
    code = "decision_ended"
    status = 409
    message = "This decision does not wait or run any more. Get it to see its result; create a new one to continue."


class AdoptionNotFoundError(ServiceError):
    code = "adoption_not_found"
    status = 404
    message = "There is no adoption with this id. Check the id that was returned when it was created."


class AdoptionEndedError(ServiceError):
    code = "adoption_ended"
    status = 409
    message = "This adoption has ended already. Get it to see its result; create a new one to adopt later objects."


class AllowlistEntryNotFoundError(ServiceError):
    code = "allowlist_entry_not_found"
    status = 404
    message = "There is no entry of the allow-list with this id. List the allow-list to find it."


class AllowlistEntryEndedError(ServiceError):
    code = "allowlist_entry_ended"
    status = 409
    message = "This entry of the allow-list has ended or was removed. Add a new one."


class SecondPersonRequiredError(ServiceError):
    code = "second_person_required"
    status = 403
    message = (
        "A second person must approve this (RELEASE_APPROVAL): another subject with the scope `admin` than the one that"
        " created it."
    )


class GrantNotFoundError(ServiceError):
    code = "grant_not_found"
    status = 404
    message = "No grant has this id. Check the id; an expired grant is deleted after some weeks."


class LinkNotFoundError(AccessRefusedError):
    code = "link_not_found"
    status = 404
    message = "No link has this address. Check that it is complete; a link that has ended is deleted after some weeks."


class LinkEndedError(AccessRefusedError):
    """A link does not work any more. reason: a key of MESSAGES, in the answer too."""

    code = "link_ended"
    status = 410
    example_arguments = ("used_up",)
    MESSAGES: ClassVar[Mapping[str, str]] = {
        "used_up": "All downloads of this link are used. Ask for a new link.",
        "expired": "This link has expired. Ask for a new link.",
        "revoked": "This link was revoked. Ask for a new link.",
    }

    def __init__(self, reason: str, link_id: str = "") -> None:
        super().__init__(self.MESSAGES[reason], reason=reason)
        self.reason = reason
        self.details = {"reason": reason, "link_id": link_id}


class LinkInvalidError(AccessRefusedError):
    code = "link_invalid"
    status = 403
    message = "The application signed a link that is not valid. Correct what `errors` names there."
    example_arguments = ("[file_id] is missing",)

    def __init__(self, *errors: str) -> None:
        super().__init__(errors=list(errors))


class WrongPasswordError(AccessRefusedError):
    code = "wrong_password"
    status = 403
    message = (
        "This link has a password, and it is missing or wrong. Send it in the X-Link-Password header, or as JSON or a"
        " form by POST; never in the URL."
    )

    def __init__(self, link_id: str = "", *, is_guess: bool = False) -> None:
        super().__init__()
        self.is_guess = is_guess
        self.details = {"link_id": link_id}


class HostRefusedError(ServiceError):
    code = "host_refused"
    status = 421
    message = "The service does not accept this host name. The operator can add it to ALLOWED_HOSTS."


class OriginRefusedError(ServiceError):
    code = "origin_refused"
    status = 403
    message = (
        "Pages of this origin are not allowed to change anything. The operator can add the origin to CORS_ORIGINS."
    )


class TooManyRequestsError(AccessRefusedError):
    code = "too_many_requests"
    status = 429
    example_arguments = ("subject", "6000 per 1 minute", 12)

    def __init__(self, kind: str, limit: str, seconds: int) -> None:
        """kind: what is counted, `subject` or `address`; seconds: until the next request is taken."""
        super().__init__(f"Too many requests from one {kind} ({limit}). Wait {seconds} s, then continue.")
        self.retry_after = seconds


class InvalidBodyError(ServiceError):
    code = "invalid_body"
    status = 422
    message = "The request is not valid. Correct the fields named in `errors` and send it again."


class FileInBodyError(ServiceError):
    code = "file_not_accepted"
    status = 422
    message = (
        "This service does not accept the bytes of files. Request a URL from POST /api/v1/file/upload/chunk/"
        " and PUT the chunk there, directly to storage."
    )


class BodyTooLargeError(ServiceError):
    code = "body_too_large"
    status = 413
    message = (
        "The request body is too large. PUT the bytes of a file to the URLs that"
        " POST /api/v1/file/upload/chunk/ returns."
    )


class FileTooLargeError(ServiceError):
    code = "file_too_large"
    status = 413
    example_arguments = (6_597_069_766_656, 5_497_558_138_880)

    def __init__(self, size: int, allowed: int) -> None:
        super().__init__(
            f"The file has {size} bytes, and this service accepts at most {allowed}."
            " Send a smaller file, or ask the operator for a higher MAX_UPLOAD_SIZE."
        )


class VersionChangedError(ServiceError):
    code = "version_changed"
    status = 412
    example_arguments = (3,)

    def __init__(self, version: int) -> None:
        super().__init__(
            f"The file was changed meanwhile, and has version {version} now. Get it, and repeat the change with that"
            " version in If-Match.",
            version=version,
        )


class PolicyRefusedError(ServiceError):
    code = "policy_refused"
    status = 422
    example_arguments = ("avatars", "max_size", "[size] is 6000000 bytes; these files have at most 5000000")

    def __init__(self, policy: str, rule: str, *reasons: str) -> None:
        self.policy, self.rule = policy, rule
        super().__init__(
            f"The upload policy {policy} does not accept this by its rule {rule}."
            " Correct what `errors` names and send the request again, or choose another file.",
            errors=list(reasons),
            policy=policy,
            rule=rule,
        )


class QuotaExceededError(ServiceError):
    code = "quota_exceeded"
    status = 413
    example_arguments = (1_000_000_000, 1_073_741_824, 104_857_600)

    def __init__(self, used: int, allowed: int, wanted: int) -> None:
        super().__init__(
            f"{used} of your {allowed} bytes are in use, and this needs {wanted} more."
            " Delete files or abort uploads, then try again.",
            used=used,
            allowed=allowed,
            wanted=wanted,
        )


class TooManyUploadsError(ServiceError):
    code = "too_many_uploads"
    status = 409
    example_arguments = (10_000,)

    def __init__(self, allowed: int) -> None:
        super().__init__(f"You have {allowed} open uploads, the highest number allowed. Complete or abort some first.")


class InitInProgressError(ServiceError):
    code = "init_in_progress"
    status = 409
    message = "Another request with this Idempotency-Key is starting the upload. Send the same init again in a moment."
    retry_after = 2


class UploadNotFoundError(ServiceError):
    code = "upload_not_found"
    status = 422
    message = "No upload has this upload_id. Start an upload with POST /api/v1/file/upload/init/."


class StoredFileNotFoundError(ServiceError):
    code = "file_not_found"
    status = 404
    message = "No file has this id. Check the id; the file may have been deleted."


class UserNotFoundError(ServiceError):
    code = "user_not_found"
    status = 404
    message = "No user has this id. Check the id; the user may have been deleted."


class AppointmentNotFoundError(ServiceError):
    code = "appointment_not_found"
    status = 404
    message = "No appointment has this id. Check the id; the appointment may have been deleted."


class PrivateFilesError(ServiceError):
    code = "private_files"
    status = 409
    example_arguments = (3,)

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count} of the files are private. Delete each of them first, with its credential; if credentials are"
            " lost, a key with the scope `admin` deletes everything."
        )


class FileOnHoldError(ServiceError):
    code = "file_on_hold"
    status = 409
    example_arguments = (1,)

    def __init__(self, count: int) -> None:
        held = "The file has" if count == 1 else f"{count} of the files have"
        super().__init__(
            f"{held} a legal hold and cannot be deleted. Ask the operator, who can lift it with the scope `admin`."
        )


class ReceiptsOffError(ServiceError):
    code = "receipts_off"
    status = 404
    message = "This service does not issue receipts. The operator can set RECEIPT_KEY to turn them on."


class VerdictPendingError(ServiceError):
    code = "verdict_pending"
    status = 409
    message = "The file has no verdict yet, and a receipt contains the verdict. Try again when the scan has finished."
    retry_after = 2


class WrongCredentialError(AccessRefusedError):
    code = "wrong_credential"
    status = 403
    message = (
        "This file is private, and the credential is missing or wrong. Send the credential that the file was completed"
        " with, as JSON in the X-File-Credential header (or in the `credential` field of a body)."
    )

    def __init__(self, file_id: str = "", *, is_guess: bool = False) -> None:
        super().__init__()
        self.is_guess = is_guess
        self.details = {"file_id": file_id}


class FileAlreadyUploadedError(ServiceError):
    code = "file_already_uploaded"
    status = 400
    message = "File uploaded previously!"


class FileInProgressError(ServiceError):
    code = "file_in_progress"
    status = 400
    message = "The file is being scanned or waits for its scan. Wait for its verdict; there is nothing to retry."


class ChunksMissingError(ServiceError):
    code = "chunks_missing"
    status = 409
    example_arguments = ([3, 4],)

    def __init__(self, missing: list[int]) -> None:
        super().__init__(
            f"Storage does not have {len(missing)} of the chunks. Upload the chunks in `missing`, then complete again.",
            missing=missing,
        )


class SizeMismatchError(ServiceError):
    code = "size_mismatch"
    status = 409
    message = (
        "The sizes differ from those that the upload was started with. Upload the listed chunks again, each with its"
        " size, then complete with the file's actual total_size and total_chunks."
    )


class EtagMismatchError(ServiceError):
    code = "etag_mismatch"
    status = 409
    example_arguments = ([7],)

    def __init__(self, chunks: list[int]) -> None:
        super().__init__(
            "The ETags of the chunks in `mismatched` differ from those in storage. Upload those chunks again, then"
            " complete.",
            errors=[f"[parts] chunk {index} has a different ETag in storage" for index in chunks],
            mismatched=chunks,
        )


class ChecksumMismatchError(ServiceError):
    code = "checksum_mismatch"
    status = 409
    message = "The checksum of the object in storage differs from that of its parts. Start a new upload."


class UploadAbortedError(ServiceError):
    code = "upload_aborted"
    status = 409
    message = "This upload was aborted and its parts were deleted. Start a new upload."


class UploadExpiredError(ServiceError):
    code = "upload_expired"
    status = 409
    message = "This upload has expired and its parts were deleted. Start a new upload."


class UploadCompletedError(ServiceError):
    code = "upload_completed"
    status = 409
    message = "This upload is already complete. To remove it, delete the file with DELETE /api/v1/file/{file_id}."


class CompletionInProgressError(ServiceError):
    code = "completion_in_progress"
    status = 409
    message = "This upload is being completed. Send the same request again in a moment; it returns the file."
    retry_after = 2


class FileQuarantinedError(ServiceError):
    code = "file_quarantined"
    status = 409
    message = "This file is in quarantine. Do not retry; GET /api/v1/file/get/{file_id} returns the reason."


class FileNotReadyError(ServiceError):
    code = "file_not_ready"
    status = 409
    message = "The file cannot be downloaded before its verdict. Try again when its status is SUCCESS."


class FileGoneError(ServiceError):
    code = "file_gone"
    status = 410
    message = (
        "The file was deleted, has expired, or is in quarantine, and is no longer served. If it was not deleted,"
        " GET /api/v1/file/get/{file_id} returns the reason."
    )


class StorageRefusedError(ServiceError):
    """Storage answered with an error that the service cannot handle; `storage_code` has its code."""

    code = "storage_refused"
    status = 502
    example_arguments = ("CreateMultipartUpload", "AccessDenied")
    FILTERED = "RequestFiltered"
    """The code of the filter before storage's public address (deploy/caddy/storage_filter.caddy)."""

    def __init__(self, operation: str, storage_code: str) -> None:
        remedy = (
            "Set S3_ENDPOINT_URL to the address of storage behind the filter: it is set to the public address, which"
            " accepts only presigned URLs."
            if storage_code == self.FILTERED
            else "Nothing is lost; try again. If it fails again, check the service's storage settings."
        )
        super().__init__(f"Storage refused {operation} ({storage_code}). {remedy}", storage_code=storage_code)


class DependencyError(ServiceError):
    """A dependency is down: a normal state; clients try again."""

    status = 503
    retry_after = 5


class OverloadedError(DependencyError):
    code = "overloaded"
    message = "The service receives more requests than it can handle. Nothing is lost; try again shortly."


class StorageUnavailableError(DependencyError):
    code = "storage_unavailable"
    message = "Storage cannot be reached. Nothing is lost; try again shortly."


class DatabaseUnavailableError(DependencyError):
    code = "database_unavailable"
    message = "The database cannot be reached. Nothing is lost; try again shortly."


class DatabaseBusyError(DatabaseUnavailableError):
    code = "database_busy"
    message = "Other requests are changing the same rows. This request changed nothing; try again shortly."
    retry_after = 1


class DatabaseReadOnlyError(DatabaseUnavailableError):
    code = "database_read_only"
    message = (
        "The database is read-only at the moment, for example after a failover. Nothing is lost; try again shortly."
    )


class DatabaseRefusedError(DatabaseUnavailableError):
    code = "database_refused"
    message = "The database rejects the service's user. Nothing is lost; the operator needs to check DATABASE_URL."
    retry_after = 60


class QueueUnavailableError(DependencyError):
    code = "queue_unavailable"
    message = "The job queue cannot be reached. Nothing is lost; try again shortly."


class LoginUnavailableError(DependencyError):
    code = "login_unavailable"
    message = (
        "The keys of the identity provider (JWT_JWKS_URL) cannot be fetched to check this token. Try again shortly."
    )


class ScannerUnavailableError(DependencyError):
    code = "scanner_unavailable"
    message = "The virus scanner cannot be reached. No need to do anything: files are kept and scanned when it is back."


class NotReadyError(DependencyError):
    code = "not_ready"
    message = "A dependency that every request needs is down. `errors` shows which; start it or wait for it."


class NoMetricsTokenError(ServiceError):
    code = "no_metrics_token"
    status = 401
    message = "Metrics require a token. Send METRICS_TOKEN as `Authorization: Bearer …`."
