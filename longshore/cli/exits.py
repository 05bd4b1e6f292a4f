"""The exit codes of the command line (docs/cli.md)."""

from __future__ import annotations

from longshore.client.errors import (
    ApiError,
    BadIdError,
    BadTokenError,
    DifferentFileError,
    FileChangedError,
    InsecureServiceError,
    LongshoreError,
    NoEndpointError,
    NotClean,
    NotUtf8Error,
    StoppedError,
    TokenFileError,
    TransferError,
    UnreachableError,
    VerificationError,
)

DONE, FAILED, ASKED_WRONGLY, REFUSED, NOT_FOUND, UNREACHABLE, NOT_CLEAN, OTHER_BYTES, STOPPED = (*range(8), 130)
MEANINGS = {
    DONE: "done",
    FAILED: "failed; the message shows the reason",
    ASKED_WRONGLY: "wrong usage: an unknown option, or no service configured, or not its URL",
    REFUSED: "refused: missing or invalid key, missing scope or credential, quota, or a file that is not accepted",
    NOT_FOUND: "the file, upload, user or appointment does not exist, or no longer exists",
    UNREACHABLE: "the service or storage could not be reached after all attempts; an upload can be resumed",
    NOT_CLEAN: "the file is stored, but its verdict is not clean",
    OTHER_BYTES: "unexpected bytes: the file changed, it is a different file, or its checksum differs",
    STOPPED: "stopped by Ctrl-C or SIGTERM; an upload or download can be resumed",
}
ANSWERED = {401: REFUSED, 403: REFUSED, 404: NOT_FOUND, 410: NOT_FOUND, 413: REFUSED, 422: REFUSED, 429: UNREACHABLE}
GONE = {"upload_not_found", "upload_aborted", "upload_expired"}


def exit_code(error: LongshoreError) -> int:
    """Return the exit code for an error."""
    match error:
        case StoppedError():
            return STOPPED
        case NotClean():
            return NOT_CLEAN
        case DifferentFileError() | FileChangedError() | VerificationError():
            return OTHER_BYTES
        case UnreachableError() | TransferError():
            return UNREACHABLE
        case BadTokenError() | InsecureServiceError() | TokenFileError():
            return REFUSED
        case BadIdError():
            return NOT_FOUND
        case NotUtf8Error() | NoEndpointError():
            return ASKED_WRONGLY
        case ApiError() if error.code in GONE:
            return NOT_FOUND
        case ApiError() if error.passing:
            return UNREACHABLE
        case ApiError() if error.is_foreign:
            # a proxy's 404 does not mean that the file is gone
            return FAILED
        case ApiError():
            return ANSWERED.get(error.status, FAILED)
    return FAILED
