"""Errors of files, folders, users and appointments."""

from __future__ import annotations

from longshore.client.errors.api import ApiError


class VersionChangedError(ApiError):
    code = "version_changed"
    remedy = "Get the file again, and repeat the change with its current version."


class PrivateFilesError(ApiError):
    code = "private_files"
    remedy = "Delete the private files first, each with its credential; if it is lost, ask the operator."


class FileOnHoldError(ApiError):
    code = "file_on_hold"
    remedy = "Ask the operator to lift the legal hold."


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


class FileQuarantinedError(ApiError):
    code = "file_quarantined"
    remedy = "Do not retry; `longshore status` shows its verdict."


class FileNotReadyError(ApiError):
    code = "file_not_ready"
    remedy = "Wait for its verdict with `download --wait`."


class FileGoneError(ApiError):
    code = "file_gone"
    remedy = "It cannot be downloaded; unless it was deleted, `longshore status` shows its verdict."
