"""Errors of uploads, from init to complete."""

from __future__ import annotations

from service.errors.base import ServiceError


class FileTooLargeError(ServiceError):
    code = "file_too_large"
    status = 413
    example_arguments = (6_597_069_766_656, 5_497_558_138_880)

    def __init__(self, size: int, allowed: int) -> None:
        super().__init__(
            f"The file has {size} bytes, and this service accepts at most {allowed}."
            " Send a smaller file, or ask the operator for a higher MAX_UPLOAD_SIZE."
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
