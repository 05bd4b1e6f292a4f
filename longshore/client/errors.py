"""Everything the client raises: the service's refusals, a class for each of its codes, and failures of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

MESSAGE = ""
"""As `happened` of an error: the service's message, which says no more than what happened."""
PASSING_STATUSES = frozenset({408, 429, 502, 503, 504})
"""Answers after which the same call may succeed."""


class LongshoreError(Exception):
    """Base of all. code: for programs; message: what happened; remedy: what to do about it."""

    code: ClassVar[str] = "failed"
    remedy: str = "Try again."
    message: str

    def __init__(self, message: str, remedy: str | None = None) -> None:
        """remedy: where this error's is another than its class's."""
        self.message = message
        if remedy is not None:
            self.remedy = remedy
        super().__init__(message)

    @property
    def sentence(self) -> str:
        """What happened, then what to do, each once: for people."""
        return f"{self.message} {self.remedy}"


class UnreachableError(LongshoreError):
    """The service gave no answer, however often it was asked."""

    code = "api_unreachable"
    remedy = "Check its address and the network, then try again."

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"The service at {url} cannot be reached ({reason}).")


class UnexpectedAnswerError(LongshoreError):
    """Something answered, and it is not the service."""

    code = "unexpected_answer"
    remedy = "Check the service's address; a proxy in between may have answered for it."


class BadTokenError(LongshoreError):
    """What is given as a key or token cannot be one. It is shown nowhere."""

    code = "bad_token"
    remedy = "Give it as it was given to you, on one line."

    def __init__(self) -> None:
        super().__init__("The API key or token is empty, or holds spaces or characters beyond ASCII.")


class InsecureServiceError(LongshoreError):
    """A key, a token or a credential would go over the network unencrypted. Nothing was sent."""

    code = "insecure_service"
    remedy = "Use its https:// address; in a network that you trust, set LONGSHORE_ALLOW_HTTP=yes."

    def __init__(self, url: str) -> None:
        super().__init__(f"{url} is another machine without https: everybody on the way could read the key.")


class NotUtf8Error(LongshoreError):
    """A text that was given has bytes that are not UTF-8. Nothing was sent."""

    code = "not_utf8"
    remedy = "Give names, details and ids in UTF-8."

    def __init__(self) -> None:
        super().__init__("A text that was given is not UTF-8.")


class TransferError(LongshoreError):
    """Storage did not take or give some bytes. status: 0 without an answer; storage_code: S3's word for it."""

    code = "transfer_failed"
    remedy = "Check the network to storage, then carry on: what has arrived stays."
    refused_remedy = "Carry on later; if it stays, the one who runs the service can see why (`longshore doctor`)."

    def __init__(self, what: str, status: int = 0, storage_code: str = "", retry_after: float = 0.0) -> None:
        self.status, self.storage_code, self.retry_after = status, storage_code, retry_after
        # a network that brings refusals is in order
        remedy = self.refused_remedy if status else None
        super().__init__(f"Storage did not {what} ({_reason(status, storage_code)}).", remedy)


class FileUnreadableError(LongshoreError):
    """The file to send cannot be read."""

    code = "file_unreadable"
    remedy = "Check that it is there and may be read."


class FileChangedError(LongshoreError):
    """The file to send is another one than when its upload began."""

    code = "file_changed"
    remedy = "Send it again once nobody writes to it."


class DifferentFileError(LongshoreError):
    """The open upload to carry on with is of another file. Nothing was sent."""

    code = "different_file"
    remedy = "Give the file that the upload was begun with, or start a new upload."


class StreamTooLongError(LongshoreError):
    """A stream has more bytes than its parts can hold."""

    code = "stream_too_long"
    remedy = "Send it in larger parts (--part-size, chunk_size), or put it into a file first."


class NotClean(LongshoreError):  # noqa: N818 - no failure of the client: what it was asked to find out
    """The file is stored, and its verdict is another than clean."""

    code = "not_clean"
    remedy = "It is served to nobody; `longshore status` shows its verdict."
    remedies: ClassVar[Mapping[str, str]] = {
        "uploading": "Finish its upload first: `longshore resume`.",
        "completing": "Wait for its verdict: `download --wait`.",
        "queued": "Wait for its verdict: `download --wait`.",
        "scanning": "Wait for its verdict: `download --wait`.",
        "scan_failed": "Have it scanned again: `longshore retry`.",
        "aborted": "Send it again.",
        "expired": "Send it again.",
    }
    """By stage; where there is none, the class's."""

    def __init__(self, stage: str, verdict: str | None) -> None:
        self.stage, self.verdict = stage, verdict
        super().__init__(
            f"The file cannot be had: it is {stage} ({verdict or 'no verdict'}).", self.remedies.get(stage)
        )


class VerificationError(LongshoreError):
    """What was downloaded is not what was stored; no file was made of it."""

    code = "verification_failed"
    remedy = "Download it again; if it stays, tell the one who runs the service."


class StoppedError(LongshoreError):
    """Stopped on request; an upload stays open and can be carried on."""

    code = "stopped"
    remedy = "Carry on whenever you like."

    def __init__(self) -> None:
        super().__init__("Stopped.")


class ApiError(LongshoreError):
    """The service refused. errors: `[field] reason` lines; extra: what else it says; retry_after: seconds.

    happened: what to tell people before the remedy. None: the service's message alone, as it says what to do, and its
    callers can do it; MESSAGE: the service's message, where it has no remedy; else words of this client, where the
    message speaks of HTTP.
    """

    code = "internal_error"
    happened: ClassVar[str | None] = None
    remedy = "Try again; if it stays, tell the one who runs the service."

    def __init__(self, status: int, answer: Mapping[str, Any], retry_after: float = 0.0) -> None:
        self.status = status
        self.errors: list[str] = list(answer.get("errors") or [])
        self.extra = {name: answer[name] for name in answer.keys() - {"code", "message", "errors", "success"}}
        self.retry_after = retry_after
        said = str(answer.get("message") or f"The service answered {status} without saying why. {self.remedy}")
        self._said = said
        super().__init__(" ".join([said, *self.errors]))

    @property
    def sentence(self) -> str:
        if self.happened is None:
            return self.message
        details = [f"{'; '.join(self.errors)}."] if self.errors else []
        return " ".join([self.happened or self._said, *details, self.remedy])

    @property
    def passing(self) -> bool:
        """Whether the same call may succeed later."""
        in_progress = {CompletionInProgressError.code, InitInProgressError.code}
        return self.status in PASSING_STATUSES or self.code in in_progress

    def chunks(self, name: str) -> list[int]:
        """Chunk indexes that the refusal names, in `missing` or `mismatched`."""
        return [index for index in self.extra.get(name) or [] if isinstance(index, int)]


class RequestTooSlowError(ApiError):
    code = "request_too_slow"
    happened = "The request did not reach the service in time."
    remedy = "Check the network, then try again."


class AddressTooLongError(ApiError):
    code = "address_too_long"
    happened = "The request's address is too long for the service."
    remedy = "Search for less."


class HeadersTooLargeError(ApiError):
    code = "headers_too_large"
    happened = "The request's headers are too large for the service."
    remedy = "Use a shorter key or credential."


class HostRefusedError(ApiError):
    code = "host_refused"
    happened = "The service does not answer to this host name."
    remedy = "Use its own address, or ask the one who runs the service to add the name to ALLOWED_HOSTS."


class LoginRequiredError(ApiError):
    code = "login_required"
    happened = "This service asks who calls."
    remedy = "Give an API key or a token: LONGSHORE_TOKEN, or `longshore config key`."


class TokenRefusedError(ApiError):
    code = "token_refused"
    remedy = "Get a new key or token from whoever gave it to you."


class ScopeMissingError(ApiError):
    code = "scope_missing"
    happened = MESSAGE
    remedy = "Use a key with that scope."


class TooManyRequestsError(ApiError):
    code = "too_many_requests"
    remedy = "Wait a little, or ask for a higher limit."


class InvalidBodyError(ApiError):
    code = "invalid_body"
    happened = "The service does not take the request."
    remedy = "Correct that and try again."


class FileInBodyError(ApiError):
    code = "file_not_accepted"
    happened = "The service takes no bytes of files."
    remedy = "Send the bytes to storage, not to the service."


class BodyTooLargeError(ApiError):
    code = "body_too_large"
    happened = "The request is too large for the service."
    remedy = "Send less in `detail`."


class FileTooLargeError(ApiError):
    code = "file_too_large"
    happened = MESSAGE
    remedy = "Send a smaller file, or ask for a higher MAX_UPLOAD_SIZE."


class QuotaExceededError(ApiError):
    code = "quota_exceeded"
    remedy = "Delete files or abort uploads, then try again."


class TooManyUploadsError(ApiError):
    code = "too_many_uploads"
    remedy = "Complete or abort some of your open uploads, or wait until they expire."


class InitInProgressError(ApiError):
    code = "init_in_progress"
    remedy = "Try again in a moment."


class PrivateFilesError(ApiError):
    code = "private_files"
    remedy = "Delete the private files first, each with its credential."


class UploadNotFoundError(ApiError):
    code = "upload_not_found"
    happened = "No upload has this id."
    remedy = "Start a new upload."


class NoSuchFileError(ApiError):
    code = "file_not_found"
    happened = MESSAGE
    remedy = "Check the id; `longshore list` shows the files that you may see."


class UserNotFoundError(ApiError):
    code = "user_not_found"
    happened = MESSAGE
    remedy = "Check the id; `longshore users list` shows them."


class AppointmentNotFoundError(ApiError):
    code = "appointment_not_found"
    happened = MESSAGE
    remedy = "Check the id; `longshore appointments list` shows them."


class ReceiptsOffError(ApiError):
    code = "receipts_off"
    happened = MESSAGE
    remedy = "Ask the one who runs the service for it."


class VerdictPendingError(ApiError):
    code = "verdict_pending"
    happened = "The file has no verdict yet."
    remedy = "Ask again later; `longshore status --watch` waits for it."


class WrongCredentialError(ApiError):
    code = "wrong_credential"
    happened = "This file is private, and the credential is missing or wrong."
    remedy = "Give the credential that the file was uploaded with."


class FileAlreadyUploadedError(ApiError):
    code = "file_already_uploaded"
    happened = "The file is uploaded already."
    remedy = "There is nothing to do: the file is ready."


class FileInProgressError(ApiError):
    code = "file_in_progress"
    happened = "The file waits for its scan, or is being scanned."
    remedy = "Wait for its verdict."


class ChunksMissingError(ApiError):
    code = "chunks_missing"
    happened = "Storage does not have all parts of the file."
    remedy = "Carry on with the upload: what is missing is sent."


class SizeMismatchError(ApiError):
    code = "size_mismatch"
    happened = "The sizes are not those that the upload was started with."
    remedy = "Carry on with the upload: what differs is sent again."


class EtagMismatchError(ApiError):
    code = "etag_mismatch"
    happened = "Storage has other bytes than were sent."
    remedy = "Carry on with the upload: what differs is sent again."


class ChecksumMismatchError(ApiError):
    code = "checksum_mismatch"
    remedy = "Start a new upload."


class UploadAbortedError(ApiError):
    code = "upload_aborted"
    remedy = "Start a new upload."


class UploadExpiredError(ApiError):
    code = "upload_expired"
    remedy = "Start a new upload."


class UploadCompletedError(ApiError):
    code = "upload_completed"
    happened = "This upload is complete."
    remedy = "Delete the file instead: `longshore delete`."


class CompletionInProgressError(ApiError):
    code = "completion_in_progress"
    happened = "This upload is being completed."
    remedy = "Ask again in a moment."


class FileQuarantinedError(ApiError):
    code = "file_quarantined"
    remedy = "It is served to nobody; nothing can be retried."


class FileNotReadyError(ApiError):
    code = "file_not_ready"
    happened = "The file cannot be downloaded yet: it has no verdict."
    remedy = "Wait for its verdict."


class FileGoneError(ApiError):
    code = "file_gone"
    happened = "The file is not served any more: it is in quarantine."


class StorageRefusedError(ApiError):
    code = "storage_refused"
    remedy = "Try again; if it stays, the service's storage settings are to be looked at (`longshore doctor`)."


class DependencyError(ApiError):
    """A part that the service depends on is down."""

    remedy = "Try again shortly; nothing is lost."


class OverloadedError(DependencyError):
    code = "overloaded"


class StorageUnavailableError(DependencyError):
    code = "storage_unavailable"


class DatabaseUnavailableError(DependencyError):
    code = "database_unavailable"


class DatabaseBusyError(DatabaseUnavailableError):
    code = "database_busy"


class DatabaseReadOnlyError(DatabaseUnavailableError):
    code = "database_read_only"


class DatabaseRefusedError(DatabaseUnavailableError):
    code = "database_refused"
    remedy = "The operator needs to check the service's DATABASE_URL (`longshore doctor`)."


class QueueUnavailableError(DependencyError):
    code = "queue_unavailable"


class LoginUnavailableError(DependencyError):
    code = "login_unavailable"


class ScannerUnavailableError(DependencyError):
    code = "scanner_unavailable"


def refusal(status: int, answer: Mapping[str, Any], retry_after: float = 0.0) -> ApiError:
    """The error of the class that mirrors the answer's code; an ApiError for a code that is not known here."""
    return BY_CODE.get(str(answer.get("code")), ApiError)(status, answer, retry_after)


def _all(base: type[ApiError]) -> list[type[ApiError]]:
    return [base, *(each for child in base.__subclasses__() for each in _all(child))]


def _reason(status: int, storage_code: str) -> str:
    return " ".join(filter(None, [str(status) if status else "no answer", storage_code]))


BY_CODE = {each.code: each for each in _all(ApiError) if each not in {DependencyError}}
