"""What sweeps, repairs, queues and webhooks report."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from service.values.storage import Location


class CheckedFile(NamedTuple):
    """What a file's row says of its object, and of who may have it."""

    id: str
    bucket: str
    object_key: str
    size: int
    etag: str
    version_id: str | None
    virus_scan_status: str
    virus_scan_result: str | None
    quarantine_reason: str | None
    scan_due_at: datetime | None


@dataclass(frozen=True)
class Flaw:
    """A file whose object is not what its row says. done: what was done about it, None where nothing was.

    kind: `lost` (no object), `damaged` (of another size), `changed` (another ETag), `replaced` (the same, and
    withdrawn for that), `back` (it was marked, and is as it should be).
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


class Backlog(NamedTuple):
    """What a queue holds: jobs that wait, jobs that run, and since when the first one waits."""

    waiting: int
    running: int
    oldest: datetime | None


@dataclass(frozen=True)
class DeliveryView:
    """An event that a webhook is owed (`owed`), has taken (`delivered`) or will not get any more (`failed`)."""

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
    """What one sweep did, counted.

    unknown_multiparts and orphans (objects, orphan_bytes together) are what no row knows, in the pages that this sweep
    looked at; replaced: files that were withdrawn as another object lies in their place. held is how many bytes there
    are by state, as of the last count; as it tells nothing of what this sweep did, two reports that differ in it only
    are equal.
    """

    expired_uploads: int = 0
    finished_completions: int = 0
    queued_scans: int = 0
    rescans: int = 0
    removed: int = 0
    queued_deliveries: int = 0
    forgotten_deliveries: int = 0
    corrected_usages: int = 0
    replaced: int = 0
    unknown_multiparts: int = 0
    orphans: int = 0
    orphan_bytes: int = 0
    held: dict[str, int] = field(default_factory=dict, compare=False)
    errors: list[str] = field(default_factory=list)
