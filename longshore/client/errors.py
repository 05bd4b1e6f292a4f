"""The errors that the client raises: one class for each error code of the API, and the client's own errors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, ClassVar

FIRST_SENTENCE = re.compile(r"(?<=[.!?]) (?=[A-Z`])")
"""The service's messages are a sentence about what happened, then what a caller of the API does about it."""
PASSING_STATUSES = frozenset({408, 429, 502, 503, 504})
"""Status codes after which the same call may succeed."""


class LongshoreError(Exception):
    """Base of all errors. code: for programs; message: what happened; remedy: what to do."""

    code: ClassVar[str] = "failed"
    remedy: str = "Try again."
    message: str

    def __init__(self, message: str, remedy: str | None = None) -> None:
        """remedy: replaces that of the class."""
        self.message = message
        if remedy is not None:
            self.remedy = remedy
        super().__init__(message)

    @property
    def sentence(self) -> str:
        """Return a sentence about what happened, then what to do: for people."""
        return f"{self.message} {self.remedy}".strip()


class UnreachableError(LongshoreError):
    """The service did not answer any of the attempts."""

    code = "api_unreachable"
    remedy = "Check its URL and the network, then try again."

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"The service at {url} cannot be reached ({reason}).")


class UnexpectedAnswerError(LongshoreError):
    """The answer is not from the service."""

    code = "unexpected_answer"
    remedy = "Check the service's URL; a proxy may have answered instead."


class BadTokenError(LongshoreError):
    """The given key or token is malformed. Its text is not shown."""

    code = "bad_token"
    remedy = "Enter it exactly as you received it, on one line."

    def __init__(self) -> None:
        super().__init__("The API key or token is empty, or contains spaces or characters other than ASCII.")


class InsecureServiceError(LongshoreError):
    """A key, a token or a credential would go over the network unencrypted. Nothing was sent."""

    code = "insecure_service"
    remedy = "Use an https:// URL; in a network that you trust, set LONGSHORE_ALLOW_HTTP=yes."

    def __init__(self, url: str) -> None:
        super().__init__(f"{url} is another machine without https, so the key could be read on the way.")


class NotUtf8Error(LongshoreError):
    """A given text is not UTF-8. Nothing was sent."""

    code = "not_utf8"
    remedy = "Use UTF-8 for names, details and ids."

    def __init__(self) -> None:
        super().__init__("A given text is not UTF-8.")


class TransferError(LongshoreError):
    """A transfer from or to storage failed. status: 0 without an answer; storage_code: the S3 error code."""

    code = "transfer_failed"
    remedy = "Check the network to storage, then resume: finished parts are kept."
    refused_remedy = "Resume later; if it fails again, the operator can find the cause with `longshore doctor`."

    def __init__(self, what: str, status: int = 0, storage_code: str = "", retry_after: float = 0.0) -> None:
        self.status, self.storage_code, self.retry_after = status, storage_code, retry_after
        # with an answer, the network works
        remedy = self.refused_remedy if status else None
        super().__init__(f"Storage did not {what} ({_reason(status, storage_code)}).", remedy)


class FileUnreadableError(LongshoreError):
    """The file to send cannot be read."""

    code = "file_unreadable"
    remedy = "Check that the file exists and is readable."


class FileChangedError(LongshoreError):
    """The file changed since its upload was started."""

    code = "file_changed"
    remedy = "Upload it again when it is no longer being written."


class DifferentFileError(LongshoreError):
    """The open upload belongs to a different file. Nothing was sent."""

    code = "different_file"
    remedy = "Give the file that the upload was started with, or start a new upload."


class StreamTooLongError(LongshoreError):
    """A stream has more bytes than its parts can hold."""

    code = "stream_too_long"
    remedy = "Use larger parts (--part-size, chunk_size), or write it to a file first."


class NotClean(LongshoreError):  # noqa: N818 - a result, not a failure of the client
    """The file is stored, but its verdict is not clean."""

    code = "not_clean"
    remedy = "It cannot be downloaded; unless it was deleted, `longshore status` shows its verdict."
    remedies: ClassVar[Mapping[str, str]] = {
        "uploading": "Finish its upload first with `longshore resume`.",
        "completing": "Wait for its verdict with `download --wait`.",
        "queued": "Wait for its verdict with `download --wait`.",
        "scanning": "Wait for its verdict with `download --wait`.",
        "scan_failed": "Repeat the scan with `longshore retry`.",
        "aborted": "Upload it again.",
        "expired": "Upload it again.",
    }
    """By stage; any other stage has the remedy of the class."""

    def __init__(self, stage: str, verdict: str | None) -> None:
        self.stage, self.verdict = stage, verdict
        super().__init__(f"The file is not available: {stage} ({verdict or 'no verdict'}).", self.remedies.get(stage))


class VerificationError(LongshoreError):
    """The downloaded bytes are not those that were stored; they were discarded."""

    code = "verification_failed"
    remedy = "Download it again; if it fails again, tell the operator."


class StoppedError(LongshoreError):
    """Stopped on request; an upload stays open and can be resumed."""

    code = "stopped"
    remedy = "Resume at any time."

    def __init__(self) -> None:
        super().__init__("Stopped.")


class ApiError(LongshoreError):
    """The service refused. errors: `[field] reason` lines; extra: further fields of the answer; retry_after: seconds.

    happened: replaces the first sentence of the service's message, if that is about HTTP.
    """

    code = "internal_error"
    happened: ClassVar[str | None] = None
    remedy = "Try again; if it fails again, tell the operator."

    def __init__(self, status: int, answer: Mapping[str, Any], retry_after: float = 0.0) -> None:
        self.status = status
        self.errors: list[str] = list(answer.get("errors") or [])
        self.extra = {name: answer[name] for name in answer.keys() - {"code", "message", "errors", "success"}}
        self.retry_after = retry_after
        text = str(answer.get("message") or f"The service answered {status} without a reason.")
        # a code that this version does not know: its message contains the only remedy
        is_known = not answer.get("message") or answer.get("code") in BY_CODE
        happened = (self.happened or FIRST_SENTENCE.split(text)[0]) if is_known else text
        details = [f"{'; '.join(self.errors)}."] if self.errors else []
        super().__init__(" ".join([happened, *details]), None if is_known else "")

    @property
    def passing(self) -> bool:
        """Whether the same call may succeed later."""
        in_progress = {CompletionInProgressError.code, InitInProgressError.code}
        return self.status in PASSING_STATUSES or self.code in in_progress

    def chunks(self, name: str) -> list[int]:
        """Chunk indexes in the answer's field `missing` or `mismatched`."""
        return [index for index in self.extra.get(name) or [] if isinstance(index, int)]


class RequestTooSlowError(ApiError):
    code = "request_too_slow"
    happened = "The request did not reach the service in time."
    remedy = "Check the network, then try again."


class AddressTooLongError(ApiError):
    code = "address_too_long"
    happened = "The request's URL is too long for the service."
    remedy = "Search for fewer words."


class HeadersTooLargeError(ApiError):
    code = "headers_too_large"
    happened = "The request's headers are too large for the service."
    remedy = "Use a shorter key or credential."


class HostRefusedError(ApiError):
    code = "host_refused"
    remedy = "Use the service's own URL, or ask the operator to add the name to ALLOWED_HOSTS."


class LoginRequiredError(ApiError):
    code = "login_required"
    remedy = "Set an API key or a token with LONGSHORE_TOKEN or `longshore config key`."


class TokenRefusedError(ApiError):
    code = "token_refused"
    remedy = "Get a new key or token from the operator."


class GrantRefusedError(ApiError):
    """The token is a grant, which does not allow the call. reason: such as `used_up`, `revoked` or `expired`."""

    code = "grant_refused"
    remedy = "Ask the application that gave you this token for a new one."

    @property
    def reason(self) -> str:
        return str(self.extra.get("reason", ""))


class DecisionNotFoundError(ApiError):
    code = "decision_not_found"


class DecisionEndedError(ApiError):
    code = "decision_ended"


class AdoptionNotFoundError(ApiError):
    code = "adoption_not_found"


class AdoptionEndedError(ApiError):
    code = "adoption_ended"


class AllowlistEntryNotFoundError(ApiError):
    code = "allowlist_entry_not_found"


class AllowlistEntryEndedError(ApiError):
    code = "allowlist_entry_ended"


class SecondPersonRequiredError(ApiError):
    code = "second_person_required"


class GrantNotFoundError(ApiError):
    code = "grant_not_found"
    remedy = "Check the id; an expired grant is deleted after some weeks."


class LinkNotFoundError(ApiError):
    code = "link_not_found"
    remedy = "Check the link; `longshore links list` shows those of a file."


class LinkEndedError(ApiError):
    """A link does not work any more. reason: `used_up`, `expired` or `revoked`."""

    code = "link_ended"
    remedy = "Ask for a new link."

    @property
    def reason(self) -> str:
        return str(self.extra.get("reason", ""))


class LinkInvalidError(ApiError):
    code = "link_invalid"
    remedy = "Correct that in the application that signed the link."


class WrongPasswordError(ApiError):
    code = "wrong_password"
    remedy = "Give the password of the link."


class ScopeMissingError(ApiError):
    code = "scope_missing"
    remedy = "Use a key with that scope."


class TooManyRequestsError(ApiError):
    code = "too_many_requests"
    remedy = "Wait a moment, or ask the operator for a higher limit."


class InvalidBodyError(ApiError):
    code = "invalid_body"
    happened = "The service does not accept the request."
    remedy = "Correct the request and try again."


class FileInBodyError(ApiError):
    code = "file_not_accepted"
    remedy = "Send the bytes to storage, not to the service."


class BodyTooLargeError(ApiError):
    code = "body_too_large"
    remedy = "Send a smaller `detail`."


class FileTooLargeError(ApiError):
    code = "file_too_large"
    remedy = "Send a smaller file, or ask the operator for a higher MAX_UPLOAD_SIZE."


class QuotaExceededError(ApiError):
    code = "quota_exceeded"
    remedy = "Delete files or abort uploads, then try again."


class VersionChangedError(ApiError):
    code = "version_changed"
    remedy = "Get the file again, and repeat the change with its current version."


class PolicyRefusedError(ApiError):
    code = "policy_refused"
    remedy = "Correct that, or choose a file that the policy accepts."


class TooManyUploadsError(ApiError):
    code = "too_many_uploads"
    remedy = "Complete or abort some of them, or wait until they expire."


class InitInProgressError(ApiError):
    code = "init_in_progress"
    remedy = "Try again in a moment."


class PrivateFilesError(ApiError):
    code = "private_files"
    remedy = "Delete the private files first, each with its credential; if it is lost, ask the operator."


class FileOnHoldError(ApiError):
    code = "file_on_hold"
    remedy = "Ask the operator to lift the legal hold."


class UploadNotFoundError(ApiError):
    code = "upload_not_found"
    happened = "No upload has this id."
    remedy = "Start a new upload."


class StoredFileNotFoundError(ApiError):
    code = "file_not_found"
    remedy = "Check the id; `longshore list` shows your files."


class FolderNotFoundError(ApiError):
    code = "folder_not_found"
    remedy = "Check the path; a folder ends with the last file in it, or was renamed."


class FolderExistsError(ApiError):
    code = "folder_exists"
    remedy = "Choose another path, or move the files one by one."


class UserNotFoundError(ApiError):
    code = "user_not_found"
    remedy = "Check the id; `longshore users list` shows the users."


class AppointmentNotFoundError(ApiError):
    code = "appointment_not_found"
    remedy = "Check the id; `longshore appointments list` shows the appointments."


class ReceiptsOffError(ApiError):
    code = "receipts_off"
    remedy = "Ask the operator to turn them on (RECEIPT_KEY)."


class VerdictPendingError(ApiError):
    code = "verdict_pending"
    happened = "The file has no verdict yet."
    remedy = "Try again later; `longshore status --watch` waits for it."


class WrongCredentialError(ApiError):
    code = "wrong_credential"
    remedy = "Give the credential that the file was uploaded with."


class FileAlreadyUploadedError(ApiError):
    code = "file_already_uploaded"
    happened = "The file is already uploaded."
    remedy = "No action is needed: the file is ready."


class FileInProgressError(ApiError):
    code = "file_in_progress"
    remedy = "Wait for its verdict."


class ChunksMissingError(ApiError):
    code = "chunks_missing"
    happened = "Storage does not have all parts of the file."
    remedy = "Resume the upload to send the missing parts."


class SizeMismatchError(ApiError):
    code = "size_mismatch"
    happened = "The sizes differ from those that the upload was started with."
    remedy = "Resume the upload to send the differing parts again."


class EtagMismatchError(ApiError):
    code = "etag_mismatch"
    happened = "Some parts in storage differ from those that were sent."
    remedy = "Resume the upload to send the differing parts again."


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
    remedy = "Delete its file instead with `longshore delete`."


class CompletionInProgressError(ApiError):
    code = "completion_in_progress"
    remedy = "Try again in a moment."


class FileQuarantinedError(ApiError):
    code = "file_quarantined"
    remedy = "Do not retry; `longshore status` shows its verdict."


class FileNotReadyError(ApiError):
    code = "file_not_ready"
    remedy = "Wait for its verdict with `download --wait`."


class FileGoneError(ApiError):
    code = "file_gone"
    remedy = "It cannot be downloaded; unless it was deleted, `longshore status` shows its verdict."


class StorageRefusedError(ApiError):
    code = "storage_refused"
    remedy = "Try again; if it fails again, the operator needs to check the storage settings (`longshore doctor`)."


class DependencyError(ApiError):
    """A dependency of the service is down."""

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
    """Return the error for the answer's code; a plain ApiError for an unknown code."""
    return BY_CODE.get(str(answer.get("code")), ApiError)(status, answer, retry_after)


def _all(base: type[ApiError]) -> list[type[ApiError]]:
    return [base, *(each for child in base.__subclasses__() for each in _all(child))]


def _reason(status: int, storage_code: str) -> str:
    return " ".join(filter(None, [str(status) if status else "no answer", storage_code]))


BY_CODE = {each.code: each for each in _all(ApiError) if each not in {DependencyError}}
