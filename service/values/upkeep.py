"""Results of sweeps, repairs, queues and webhooks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from service.values.storage import Location


class CheckedFile(NamedTuple):
    """The columns of a file that describe its object and its access."""

    id: str
    bucket: str
    object_key: str
    adopted_key: str | None
    size: int
    etag: str
    version_id: str | None
    virus_scan_status: str
    virus_scan_result: str | None
    quarantine_reason: str | None
    scan_due_at: datetime | None


@dataclass(frozen=True)
class Flaw:
    """A file whose object differs from its row. done: what was done about it, None if nothing.

    kind: `lost` (no object), `damaged` (different size), `changed` (different ETag), `replaced` (different, and
    withdrawn for that), `back` (it was marked, and is right again).
    """

    file_id: str
    kind: str
    path: str
    size: int
    found: str
    done: str | None = None


@dataclass(frozen=True)
class CheckedPage:
    """A page of checked files; place: of the object after which the next page continues."""

    files: int
    bytes: int
    place: Location
    flaws: list[Flaw]


@dataclass
class Recovered:
    """The results of a page of objects.

    moved: files whose object is at another location than in the database. left_over: obsolete objects of moved files,
    which are deleted. without_metadata: files without recovery metadata. sealed: private files with a
    lost credential.
    """

    looked_at: int = 0
    files: int = 0
    bytes: int = 0
    quarantined: int = 0
    sealed: int = 0
    without_metadata: int = 0
    moved: int = 0
    left_over: int = 0


@dataclass(frozen=True)
class Given:
    """Rows that got an owner; bytes: what they use of its quota. uploads: those without a file."""

    users: int = 0
    appointments: int = 0
    files: int = 0
    uploads: int = 0
    bytes: int = 0


class Backlog(NamedTuple):
    """The backlog of a queue: waiting jobs, running jobs, and since when the first one waits."""

    waiting: int
    running: int
    oldest: datetime | None


@dataclass(frozen=True)
class DeliveryView:
    """An event for a webhook: due (`owed`), accepted (`delivered`) or failed for the last time (`failed`)."""

    id: str
    event: str
    url: str
    file_id: str | None
    state: str
    attempts: int
    last_status: int | None
    last_error: str | None
    last_attempt_at: datetime | None
    created_at: datetime
    due_at: datetime | None
    payload: dict[str, Any]


@dataclass
class SweepReport:
    """The counts of one sweep.

    replacements: files that were deleted because another one replaced them.
    queued_promotions: files whose copy into the public bucket was queued, after S3_PUBLIC_BASE_URL was set.
    decided_files: files of operators' decisions; reopened_files: those whose entry of the allow-list has ended.
    forgotten_decisions, forgotten_entries: ended ones of the allow-list, which AUDIT_DAYS deletes.
    adopted_objects: objects that adoptions examined.
    unknown_multiparts and orphans (objects, orphan_bytes together) have no row, in the pages of this sweep; replaced:
    files whose object was replaced, and that were withdrawn. stored: bytes by state as of the last count, which is
    ignored when two reports are compared.
    """

    expired_uploads: int = 0
    expired_files: int = 0
    replacements: int = 0
    finished_completions: int = 0
    queued_scans: int = 0
    rescans: int = 0
    queued_promotions: int = 0
    removed: int = 0
    queued_deliveries: int = 0
    forgotten_deliveries: int = 0
    forgotten_grants: int = 0
    forgotten_links: int = 0
    forgotten_audits: int = 0
    forgotten_decisions: int = 0
    forgotten_entries: int = 0
    sealed_audits: int = 0
    decided_files: int = 0
    reopened_files: int = 0
    adopted_objects: int = 0
    corrected_usages: int = 0
    replaced: int = 0
    unknown_multiparts: int = 0
    orphans: int = 0
    orphan_bytes: int = 0
    stored: dict[str, int] = field(default_factory=dict, compare=False)
    errors: list[str] = field(default_factory=list)
