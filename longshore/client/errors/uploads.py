"""Errors of uploads, from init to complete."""

from __future__ import annotations

from longshore.client.errors.api import ApiError


class FileTooLargeError(ApiError):
    code = "file_too_large"
    remedy = "Send a smaller file, or ask the operator for a higher MAX_UPLOAD_SIZE."


class QuotaExceededError(ApiError):
    code = "quota_exceeded"
    remedy = "Delete files or abort uploads, then try again."


class PolicyRefusedError(ApiError):
    code = "policy_refused"
    remedy = "Correct that, or choose a file that the policy accepts."


class TooManyUploadsError(ApiError):
    code = "too_many_uploads"
    remedy = "Complete or abort some of them, or wait until they expire."


class InitInProgressError(ApiError):
    code = "init_in_progress"
    remedy = "Try again in a moment."


class UploadNotFoundError(ApiError):
    code = "upload_not_found"
    happened = "No upload has this id."
    remedy = "Start a new upload."


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
