"""The small frozen values that the layers hand each other. Sizes are bytes, times aware and in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, NamedTuple, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Location:
    """Where an object lies in storage."""

    bucket: str
    object_key: str

    def __str__(self) -> str:
        return f"{self.bucket}/{self.object_key}"


@dataclass(frozen=True)
class PartPlan:
    """How a file of `size` bytes is cut: `total_chunks` of `chunk_size`, the last one of what remains."""

    size: int
    chunk_size: int
    total_chunks: int

    def length(self, chunk_index: int) -> int:
        """Bytes of one chunk."""
        start = chunk_index * self.chunk_size
        return min(self.chunk_size, self.size - start)


@dataclass(frozen=True)
class StoredPart:
    """A part as ListParts reports it; checksum is base64 or None where the store reports none."""

    part_number: int
    size: int
    etag: str
    checksum: str | None = None


@dataclass(frozen=True)
class StoredObject:
    """An object as HEAD reports it; upload_id is our own mark in its metadata, which may hold its papers too."""

    size: int
    etag: str
    upload_id: str | None
    checksum: str | None = None
    content_type: str = ""
    metadata: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OpenMultipart:
    """A multipart upload that storage holds open."""

    object_key: str
    storage_upload_id: str
    initiated_at: datetime


class MultipartPlace(NamedTuple):
    """Where a list of open multipart uploads goes on: after this one."""

    object_key: str
    storage_upload_id: str


@dataclass(frozen=True)
class ListedObject:
    """An object as a list of its bucket shows it."""

    object_key: str
    size: int
    modified_at: datetime
    etag: str = ""


class CheckedFile(NamedTuple):
    """What a file's row says of its object, and of who may have it."""

    id: str
    bucket: str
    object_key: str
    size: int
    etag: str
    virus_scan_status: str
    quarantine_reason: str | None
    scan_due_at: datetime | None


@dataclass(frozen=True)
class Flaw:
    """A file whose object is not what its row says. done: what was done about it, None where nothing was.

    kind: `lost` (no object), `damaged` (of another size), `changed` (another ETag), `back` (it was marked, and is as it
    should be).
    """

    file_id: str
    kind: str
    path: str
    size: int
    found: str
    done: str | None = None


@dataclass(frozen=True)
class CheckedPage:
    """Some files that were checked; place: behind which object the next page goes on."""

    files: int
    bytes: int
    place: Location
    flaws: list[Flaw]


@dataclass
class Recovered:
    """What a page of objects brought.

    moved: files that the database knew at the place they were at before. left_over: objects of files that lie elsewhere
    by now; they are removed. without_papers: files of which little more is known than their bytes. sealed: private ones
    whose credential is lost.
    """

    looked_at: int = 0
    files: int = 0
    bytes: int = 0
    quarantined: int = 0
    sealed: int = 0
    without_papers: int = 0
    moved: int = 0
    left_over: int = 0


@dataclass(frozen=True)
class Given:
    """Rows that got an owner; bytes are what they hold of its quota. uploads: those without a file."""

    users: int = 0
    appointments: int = 0
    files: int = 0
    uploads: int = 0
    bytes: int = 0


class PartToSign(NamedTuple):
    """A part that is to be sent: how many bytes, and their checksum (base64) where the upload has an algorithm."""

    part_number: int
    length: int
    checksum: str | None = None


@dataclass(frozen=True)
class SignedParts:
    """Presigned URLs for the parts asked for, in their order, and until when they are good."""

    urls: list[str]
    expires_at: datetime


@dataclass(frozen=True)
class SignedRequest:
    """A presigned GET, and until when it is good."""

    url: str
    expires_at: datetime


class UploadToSign(NamedTuple):
    """What signing has to know of an upload's row."""

    owner: str | None
    object_key: str
    storage_upload_id: str | None
    state: str
    size: int | None
    chunk_size: int
    checksum_algorithm: str | None
    failure_reason: str | None
    expires_at: datetime


class ChunkWish(NamedTuple):
    """A chunk that a client wants to send: size is needed while the upload's is unknown, checksum where it has one."""

    chunk_index: int
    size: int | None = None
    checksum: str | None = None


class SignedChunk(NamedTuple):
    """Permission to PUT one chunk."""

    chunk_index: int
    part_number: int
    method: str
    url: str
    headers: dict[str, str]
    expires_at: datetime


@dataclass(frozen=True)
class UploadWish:
    """What a client says when it starts an upload; everything may be unknown."""

    filename: str | None = None
    size: int | None = None
    content_type: str | None = None
    chunk_size: int | None = None
    checksum_algorithm: str | None = None


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
    """What a client says when it completes an upload; etags maps chunk_index to the ETag it was given."""

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
    etags: dict[int, str] | None = None


@dataclass(frozen=True)
class UploadedChunk:
    """A chunk that storage has."""

    chunk_index: int
    size: int
    etag: str
    checksum: str | None


@dataclass(frozen=True)
class Resumption:
    """Where an open upload stands: what storage has, what is missing, and the first missing chunks signed.

    size, chunk_size and checksum_algorithm let a client that has only the file compare its own bytes with `uploaded`.
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


@dataclass(frozen=True)
class FileQuery:
    """Which files a list shows, and in which order: `sort` is one of `service.db.pages.FILE_SORTS`."""

    limit: int
    cursor: str | None = None
    sort: str = "-created_at"
    search: str | None = None
    virus_scan_status: str | None = None
    user_id: str | None = None
    appointment_id: str | None = None


@dataclass(frozen=True)
class FileView:
    """A file as the contract shows it. A credential's values are nowhere in it."""

    id: str
    upload_id: str
    filename: str
    path: str
    content_type: str
    size: int
    detail: dict[str, Any] | None
    is_private: bool
    download_url: str | None
    download_expires_at: datetime | None
    checksum: str | None
    virus_scan_status: str
    virus_scan_result: str | None
    virus_scan_date: datetime | None
    is_quarantined: bool
    quarantine_reason: str | None
    appointment_id: str | None
    user_id: str | None
    created_at: datetime


@dataclass(frozen=True)
class JobView:
    """The scan job as the queue knows it."""

    id: str
    status: str
    enqueued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    attempts: int = 0
    last_error: str | None = None


class Backlog(NamedTuple):
    """What a queue holds: jobs that wait, jobs that run, and since when the first one waits."""

    waiting: int
    running: int
    oldest: datetime | None


@dataclass(frozen=True)
class StatusView:
    """How far a file is. chunk_size, checksum_algorithm and uploaded: None once there are no parts any more."""

    status: str
    stage: str
    upload_id: str
    file_id: str
    size: int | None
    uploaded_bytes: int
    total_chunks: int | None
    uploaded_chunks: int
    chunk_size: int | None
    checksum_algorithm: str | None
    uploaded: list[UploadedChunk] | None
    scanned_bytes: int | None
    virus_scan_status: str | None
    job: JobView | None
    expires_at: datetime | None


@dataclass(frozen=True)
class KeyView:
    """An API key as people are shown it: all but its secret."""

    prefix: str
    name: str
    subject: str
    scopes: tuple[str, ...]
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True)
class AccountView:
    """Who calls, and how much of the quota is taken. used_bytes: None where login is off; allowed_bytes: no limit."""

    subject: str | None
    scopes: tuple[str, ...]
    used_bytes: int | None
    allowed_bytes: int | None


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list; next_cursor asks for the following one, None at the end."""

    items: list[T]
    next_cursor: str | None


@dataclass(frozen=True)
class ScanVerdict:
    """What the engine said: status is a `virus_scan_status`, result its words (a signature's name, a reason)."""

    status: str
    result: str | None = None


@dataclass(frozen=True)
class ScannerHealth:
    """status is `ok`, `off`, or `unsafe` where the engine's settings make its OK worth little.

    max_size: the largest file, in bytes, that is scanned. advice: sentences that say what to change.
    """

    status: str
    engine: str | None = None
    signatures: str | None = None
    max_size: int | None = None
    advice: tuple[str, ...] = ()


@dataclass(frozen=True)
class UserView:
    id: str
    name: str
    created_at: datetime


@dataclass(frozen=True)
class AppointmentView:
    id: str
    user_id: str
    title: str
    created_at: datetime


@dataclass
class SweepReport:
    """What one sweep did, counted.

    unknown_multiparts and orphans (objects, orphan_bytes together) are what no row knows, in the pages that this sweep
    looked at. held is how many bytes there are by state, as of the last count; as it tells nothing of what this sweep
    did, two reports that differ in it only are equal.
    """

    expired_uploads: int = 0
    finished_completions: int = 0
    queued_scans: int = 0
    rescans: int = 0
    removed: int = 0
    corrected_usages: int = 0
    unknown_multiparts: int = 0
    orphans: int = 0
    orphan_bytes: int = 0
    held: dict[str, int] = field(default_factory=dict, compare=False)
    errors: list[str] = field(default_factory=list)
