"""Operators' decisions about files, and the allow-list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class DecisionAction(StrEnum):
    """An action for a file: scan it again, serve it despite its verdict, withdraw it, delete it."""

    RESCAN = "rescan"
    RELEASE = "release"
    BLOCK = "block"
    DELETE = "delete"


NEED_REASON = (DecisionAction.RELEASE, DecisionAction.BLOCK)
"""Decisions that require a reason."""


class DecisionState(StrEnum):
    """Stored in decisions.state. WAITING: for the approval by a second person. DRY_RUN is not stored."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"
    DRY_RUN = "dry_run"


@dataclass(frozen=True)
class DecisionWish:
    """A decision: either file_ids or wanted is given, a filter as it is stored: properties of `FileQuery`."""

    action: DecisionAction
    file_ids: tuple[str, ...] | None
    wanted: dict[str, Any] | None
    reason: str | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class FileReason:
    """Why a decision left a file as it was."""

    file_id: str
    reason: str


@dataclass(frozen=True)
class DecisionView:
    """A decision and its progress.

    decision_id: None for a dry run. matched: files when it was created; is_exact: there are no more. file_ids: of a dry
    run the first ones, else those that were given. done, skipped, failed: files so far; reasons: of the last ones that
    were skipped or failed. problem: what it waits for.
    """

    decision_id: str | None
    action: str
    state: str
    reason: str | None
    filter: dict[str, Any] | None
    file_ids: Sequence[str] | None
    matched: int
    is_exact: bool
    done: int
    skipped: int
    failed: int
    reasons: Sequence[FileReason]
    problem: str | None
    created_by: str
    created_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    ended_at: datetime | None


class AllowlistKind(StrEnum):
    """Stored in allowlist.kind."""

    SIGNATURE = "signature"
    SHA256 = "sha256"


class EntryState(StrEnum):
    """The state of an entry of the allow-list."""

    WAITING = "waiting"
    ACTIVE = "active"
    ENDED = "ended"


@dataclass(frozen=True)
class AllowlistWish:
    """An entry to add. value: a signature's name, or a SHA-256 in hex. ends_at: None: never."""

    kind: AllowlistKind
    value: str
    reason: str
    ends_at: datetime | None = None


@dataclass(frozen=True)
class AllowlistView:
    """An entry of the allow-list."""

    entry_id: str
    kind: str
    value: str
    reason: str
    state: str
    created_by: str
    created_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    ends_at: datetime | None
    removed_at: datetime | None
