"""Errors of transfers: storage, the file to send, the downloaded bytes, and a file that is not clean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from longshore.client.errors.base import LongshoreError


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


class StorageUnreachableError(TransferError):
    """No connection to storage was made, neither now nor before."""

    remedy = "Check that this machine reaches it; the operator can find the cause with `longshore doctor`."
    never_reached = True

    def __init__(self, what: str, origin: str, reason: str) -> None:
        super().__init__(what, storage_code=reason)
        LongshoreError.__init__(self, f"Storage at {origin} cannot be reached ({reason}).")


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

    def __init__(self, stage: str, verdict: str | None, result: str | None = None, filename: str = "") -> None:
        """result: what the scanner found, such as the name of a signature."""
        self.stage, self.verdict, self.result = stage, verdict, result
        found = f"{verdict or 'no verdict'}{f': {result}' if result else ''}"
        named = f"The file {filename}" if filename else "The file"
        super().__init__(f"{named} is not available: {stage} ({found}).", self.remedies.get(stage))


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


def _reason(status: int, storage_code: str) -> str:
    return " ".join(filter(None, [str(status) if status else "no answer", storage_code]))
