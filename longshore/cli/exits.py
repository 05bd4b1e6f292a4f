"""The exit codes of the command line: what a script can tell apart (docs/cli.md)."""

from __future__ import annotations

from longshore.client.errors import (
    ApiError,
    BadTokenError,
    DifferentFileError,
    FileChangedError,
    InsecureServiceError,
    LongshoreError,
    NotClean,
    NotUtf8Error,
    StoppedError,
    TransferError,
    UnreachableError,
    VerificationError,
)

DONE, FAILED, ASKED_WRONGLY, REFUSED, NOT_FOUND, UNREACHABLE, NOT_CLEAN, OTHER_BYTES, STOPPED = (*range(8), 130)
MEANINGS = {
    DONE: "done",
    FAILED: "could not be done; the message says why",
    ASKED_WRONGLY: "asked for wrongly: an unknown option, no service named",
    REFUSED: "refused: no or a bad key, a scope or a credential that is missing, a quota, a file that is not taken",
    NOT_FOUND: "there is no such file, upload, user or appointment (any more)",
    UNREACHABLE: "service or storage could not be reached, after all tries; an upload can be carried on",
    NOT_CLEAN: "the file is stored, and its verdict is not clean",
    OTHER_BYTES: "other bytes than expected: a file that changed, another file, a checksum that differs",
    STOPPED: "stopped by Ctrl-C or SIGTERM; an upload or download can be carried on",
}
ANSWERED = {401: REFUSED, 403: REFUSED, 404: NOT_FOUND, 413: REFUSED, 422: REFUSED, 429: UNREACHABLE}
GONE = {"upload_not_found", "upload_aborted", "upload_expired"}


def exit_code(error: LongshoreError) -> int:
    """What the process ends with."""
    match error:
        case StoppedError():
            return STOPPED
        case NotClean():
            return NOT_CLEAN
        case DifferentFileError() | FileChangedError() | VerificationError():
            return OTHER_BYTES
        case UnreachableError() | TransferError():
            return UNREACHABLE
        case BadTokenError() | InsecureServiceError():
            return REFUSED
        case NotUtf8Error():
            return ASKED_WRONGLY
        case ApiError() if error.code in GONE:
            return NOT_FOUND
        case ApiError() if error.passing:
            return UNREACHABLE
        case ApiError():
            return ANSWERED.get(error.status, FAILED)
    return FAILED
