"""Values for uploads: requests, signed chunks, and the plan of a file's parts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

ONE_PUT = "one-put"
"""In place of storage's upload id: the object is created by one conditional PUT, and is no multipart upload."""

ALGORITHMS = ("SHA256", "CRC32", "CRC32C", "CRC64NVME")
"""Checksum algorithms that a client may choose
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html)."""


@dataclass(frozen=True)
class PartPlan:
    """The plan of a file of `size` bytes: `total_chunks` of `chunk_size`, the last with the rest."""

    size: int
    chunk_size: int
    total_chunks: int

    def length(self, chunk_index: int) -> int:
        """Return the bytes of one chunk."""
        start = chunk_index * self.chunk_size
        return min(self.chunk_size, self.size - start)


class UploadToSign(NamedTuple):
    """The columns of an upload that signing needs."""

    id: str
    owner: str | None
    file_id: str
    object_key: str
    storage_upload_id: str | None
    state: str
    size: int | None
    reserved: int
    chunk_size: int
    checksum_algorithm: str | None
    filename: str | None
    content_type: str | None
    failure_reason: str | None
    policy: str | None
    rules: dict[str, Any] | None
    grant_id: str | None
    path_name: str | None
    created_at: datetime
    expires_at: datetime


class ChunkWish(NamedTuple):
    """A chunk to sign: size is required while the upload's is unknown, checksum if the upload has an algorithm."""

    chunk_index: int
    size: int | None = None
    checksum: str | None = None


class SignedChunk(NamedTuple):
    """A signed request to PUT one chunk."""

    chunk_index: int
    part_number: int
    method: str
    url: str
    headers: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True)
class UploadWish:
    """The request to start an upload; every field is optional.

    policy: the name of the upload policy, None for the default one. path_name: of the file's folder, None for none.
    idempotency_key: the same in each repetition of one init.
    """

    filename: str | None = None
    size: int | None = None
    content_type: str | None = None
    chunk_size: int | None = None
    checksum_algorithm: str | None = None
    policy: str | None = None
    path_name: str | None = None
    idempotency_key: str | None = None


@dataclass(frozen=True)
class OpenedUpload:
    upload_id: str
    file_id: str
    chunk_size: int
    total_chunks: int | None
    expires_at: datetime
    chunks: list[SignedChunk]


@dataclass(frozen=True)
class CompletionWish:
    """The request to complete an upload; etags maps chunk_index to its ETag.

    path_name: of the file's folder, empty for none; None: as at the start.
    """

    upload_id: str
    total_chunks: int
    total_size: int
    filename: str
    content_type: str
    file_extension: str | None = None
    credential: dict[str, str] | None = None
    detail: dict[str, Any] | None = None
    appointment_id: str | None = None
    user_id: str | None = None
    path_name: str | None = None
    etags: dict[int, str] | None = None


@dataclass(frozen=True)
class UploadedChunk:
    """A chunk in storage."""

    chunk_index: int
    size: int
    etag: str
    checksum: str | None


@dataclass(frozen=True)
class Resumption:
    """The progress of an open upload: chunks in storage, missing ones, and the first missing ones signed.

    size, chunk_size and checksum_algorithm let a client that only has the file compare its bytes with `uploaded`.
    """

    upload_id: str
    file_id: str
    chunk_size: int
    total_chunks: int | None
    expires_at: datetime
    size: int | None
    checksum_algorithm: str | None
    uploaded: list[UploadedChunk]
    missing: list[int]
    chunks: list[SignedChunk]
