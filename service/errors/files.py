"""Errors of files, users and appointments."""

from __future__ import annotations

from service.errors.base import ServiceError


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


class StoredFileNotFoundError(ServiceError):
    code = "file_not_found"
    status = 404
    message = "No file has this id. Check the id; the file may have been deleted."


class FolderNotFoundError(ServiceError):
    code = "folder_not_found"
    status = 404
    message = "No folder has this path. Check the path; a folder ends with the last file in it, or was renamed."


class FolderExistsError(ServiceError):
    code = "folder_exists"
    status = 409
    message = "There is a folder with this path already. Choose another one, or move the files one by one."


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
