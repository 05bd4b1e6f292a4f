"""Files: how they are asked for and shown, and what the scanner says of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from service.values.uploads import UploadedChunk

NEWEST_FIRST = "-created_at"
FILE_SORTS = tuple(sign + name for name in ("created_at", "filename", "size") for sign in ("-", ""))
"""Orders of lists of files; `-`: downwards."""


@dataclass(frozen=True)
class FileQuery:
    """Which files a list shows, and in which order: `sort` is one of FILE_SORTS."""

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
class ContentLink:
    """Where a file's bytes are. expires_at: None where the link has no end."""

    url: str
    expires_at: datetime | None


@dataclass(frozen=True)
class ReceiptView:
    """A receipt as it is signed, and what it says for those who only want to read it."""

    receipt: str
    contents: dict[str, Any]


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


@dataclass(frozen=True)
class StatusView:
    """How far a file is. checksum_algorithm and uploaded: None once there are no parts any more; chunk_size: None where
    there never will be a file, or of one whose parts are not known."""

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
class ScanVerdict:
    """What the engine said: status is a `virus_scan_status`, result its words (a signature's name, a reason).

    engine: the one that said so, with its signatures; None where the file was not sent to it.
    """

    status: str
    result: str | None = None
    engine: ScannerHealth | None = field(default=None, compare=False)


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
