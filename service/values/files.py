"""Values for files: queries, views, and results of the scanner."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.values.uploads import UploadedChunk

NEWEST_FIRST = "-created_at"
FILE_SORTS = tuple(sign + name for name in ("created_at", "filename", "size") for sign in ("-", ""))
"""Sort orders of lists of files; `-`: descending."""


@dataclass(frozen=True)
class FileQuery:
    """A query for a list of files; `sort` is one of FILE_SORTS.

    content_type: of the declared types, `image/*` for all images. created_from is part of the range, created_until is
    not; sizes are both. detail: keys that policies index, each with the text of its value; only in the orders by
    `created_at`. path_name: of the folder of `owner`, else of the caller, empty for files in no folder; recursive: also
    what is below. filename: exactly this name.
    """

    limit: int
    cursor: str | None = None
    sort: str = "-created_at"
    search: str | None = None
    virus_scan_status: str | None = None
    policy: str | None = None
    content_type: str | None = None
    created_from: datetime | None = None
    created_until: datetime | None = None
    min_size: int | None = None
    max_size: int | None = None
    user_id: str | None = None
    appointment_id: str | None = None
    owner: str | None = None
    detail: tuple[tuple[str, str], ...] = ()
    path_name: str | None = None
    recursive: bool = False
    filename: str | None = None

    @property
    def is_filtered(self) -> bool:
        """Whether files must be examined one by one, besides their user, appointment, owner and folder."""
        wanted = (self.virus_scan_status, self.policy, self.content_type, self.filename)
        ranges = (self.created_from, self.created_until, self.min_size, self.max_size)
        return any(value is not None for value in (*wanted, *ranges))

    @property
    def needs_rows(self) -> bool:
        """Whether more is asked than the index of the first key of `detail` shows."""
        return self.is_filtered or len(self.detail) > 1 or self.user_id is not None or self.appointment_id is not None


@dataclass(frozen=True)
class FileDecision:
    """An operator's decision that applies to a file as it is: action is `release` or `block`."""

    action: str
    by: str
    at: datetime
    reason: str | None


@dataclass(frozen=True)
class FileView:
    """A file as in the contract, without any value of its credential.

    owner: only for callers that see all. replaces: the file to delete once this one may be downloaded.
    """

    id: str
    upload_id: str
    owner: str | None
    filename: str
    path_name: str | None
    path: str
    content_type: str
    detected_content_type: str | None
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
    policy: str
    grant_id: str | None
    replaces: str | None
    version: int
    expires_at: datetime | None
    legal_hold: bool
    decision: FileDecision | None
    created_at: datetime


@dataclass(frozen=True)
class FileChange:
    """A change of a file. fields: the new values, by name; reason: for the audit log.

    versions: the change is made only if the file has one of these; None: whatever its version.
    """

    fields: Mapping[str, Any]
    versions: Collection[int] | None = None
    reason: str | None = None


@dataclass(frozen=True)
class DownloadWish:
    """The kind of download link that is needed.

    attachment: browsers save the file, whatever its type. until: the link ends then at the latest, and is signed: a
    plain link of a public file would not end. head: for a HEAD instead of a GET.
    """

    attachment: bool = False
    until: datetime | None = None
    head: bool = False


@dataclass(frozen=True)
class ContentLink:
    """A link to a file's bytes. expires_at: None if the link does not expire."""

    url: str
    expires_at: datetime | None


@dataclass(frozen=True)
class ReceiptView:
    """A signed receipt, and its contents for reading."""

    receipt: str
    contents: dict[str, Any]


@dataclass(frozen=True)
class JobView:
    """The scan's job in the queue."""

    id: str
    status: str
    enqueued_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    attempts: int = 0
    last_error: str | None = None


@dataclass(frozen=True)
class StatusView:
    """The progress of a file. checksum_algorithm and uploaded: None without parts; chunk_size: None without a file
    or if its parts are unknown; expires_at: of the open upload, then of the file; owner: only for callers that see
    all."""

    status: str
    stage: str
    upload_id: str
    file_id: str
    owner: str | None
    path_name: str | None
    policy: str
    grant_id: str | None
    size: int | None
    uploaded_bytes: int
    total_chunks: int | None
    uploaded_chunks: int
    chunk_size: int | None
    checksum_algorithm: str | None
    uploaded: list[UploadedChunk] | None
    scanned_bytes: int | None
    virus_scan_status: str | None
    virus_scan_result: str | None
    detected_content_type: str | None
    job: JobView | None
    expires_at: datetime | None
    legal_hold: bool
    decision: FileDecision | None


@dataclass(frozen=True)
class ScanVerdict:
    """The engine's result: status is a `virus_scan_status`, result a signature's name or a reason.

    engine: the engine with its signatures; None if the file was not sent to it.
    """

    status: str
    result: str | None = None
    engine: ScannerHealth | None = field(default=None, compare=False)


@dataclass(frozen=True)
class ScannerHealth:
    """status is `ok`, `off`, or `unsafe` if the engine's settings make its OK unreliable.

    max_size: the largest scanned file, in bytes. advice: recommended changes.
    """

    status: str
    engine: str | None = None
    signatures: str | None = None
    max_size: int | None = None
    advice: tuple[str, ...] = ()
