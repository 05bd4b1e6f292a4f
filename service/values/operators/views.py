"""Views for operators: files, open uploads and scans with all that is known about them.

What could not be asked is None, and the name of the part that did not answer is in `unreachable`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from longshore.receipts.parts import StoredPart
from service.values.access.links import LinkView
from service.values.files import FileView, JobView
from service.values.operators.audit import AuditEntry
from service.values.people import Page

REDIS = "redis"
"""The name of the queue in `unreachable`, as in the answer of `GET /api/health/ready`."""


@dataclass(frozen=True)
class AdminFile(FileView):
    """A file with what only operators see. scanned_with: engine and signatures of the verdict; downloads: about."""

    scan_attempts: int
    scanned_with: str | None
    downloads: int


@dataclass(frozen=True)
class AdminUpload:
    """An upload; state: one of `service.values.states.UploadState`; path_name: the folder that init named."""

    upload_id: str
    file_id: str
    filename: str | None
    path_name: str | None
    owner: str | None
    state: str
    size: int | None
    chunk_size: int
    content_type: str | None
    policy: str
    grant_id: str | None
    created_at: datetime
    expires_at: datetime
    failure_reason: str | None


@dataclass(frozen=True)
class ObjectView:
    """A file's object in storage. version_id: None outside of versioned buckets."""

    bucket: str
    key: str
    etag: str
    version_id: str | None


@dataclass(frozen=True)
class FileDetails:
    """One file. parts: None if they are unknown; links, audit: the newest ones."""

    file: AdminFile
    upload: AdminUpload | None
    job: JobView | None
    scan_due_at: datetime | None
    object: ObjectView
    parts: Sequence[StoredPart] | None
    links: Sequence[LinkView]
    audit: Sequence[AuditEntry]
    unreachable: Sequence[str]


@dataclass(frozen=True)
class UploadQuery:
    """A query for a list of open uploads; state: None for all states in which an upload is open."""

    limit: int
    cursor: str | None = None
    state: str | None = None
    owner: str | None = None
    policy: str | None = None


class ScanState(StrEnum):
    """The state of a scan that has not ended with a verdict.

    RUNNING: of a file without a verdict. WAITING: it is due now or later, also another scan of a file that is served
    meanwhile, until that has ended. FAILED: the last attempt had no verdict; there may be another one.
    """

    RUNNING = "running"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True)
class ScanView:
    """A file whose scan has not ended with a verdict. job: None if the queue has none, or could not be asked."""

    file_id: str
    filename: str
    owner: str | None
    size: int
    virus_scan_status: str
    state: str
    scan_attempts: int
    scan_due_at: datetime | None
    last_error: str | None
    job: JobView | None


@dataclass(frozen=True)
class ScanPage(Page[ScanView]):
    """A page of scans."""

    unreachable: Sequence[str]
