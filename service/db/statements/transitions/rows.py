"""Conditions and columns that several transitions of files share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement

from service.db.models import File
from service.db.statements.execution import table_of
from service.values import CheckedFile, StoredObject
from service.values.states import PROMOTION_STEPS

SERVED = (
    File.quarantine_reason.is_(None),
    File.virus_scan_status.in_([step.come_from for step in PROMOTION_STEPS]),
)
"""A file that has links."""
NO_ATTEMPTS = {"scan_attempts": 0, "unfinished_scans": 0}
UNDECIDED: dict[str, Any] = {"decided_by": None, "decided_at": None, "decision_reason": None, "allowlist_id": None}
"""The columns of a file that no operator has released or blocked."""
FILES = table_of(File)


def object_of(found: StoredObject) -> dict[str, str | None]:
    """The columns that identify a file's object."""
    return {"etag": found.etag, "version_id": found.version_id}


def as_seen(seen: CheckedFile | File) -> tuple[ColumnElement[bool], ...]:
    at = (File.bucket == seen.bucket, File.object_key == seen.object_key)
    return File.id == seen.id, *at, File.etag == seen.etag
