"""Files that are served although clamd found something: by an entry of the allow-list, or by an operator's release.

Such a file is `released`, never `clean`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.db.models import File
from service.db.session import Session
from service.db.statements.operators.allowlist import allowing_entry, has_hashes, lock_active_entry
from service.db.statements.transitions.rows import UNDECIDED
from service.deps import Deps
from service.domain.records import audit
from service.values import ScanVerdict
from service.values.operators.audit import Action
from service.values.states import Verdict


@dataclass(frozen=True)
class Release:
    """A release: by whom, when and why. allowlist_id: the entry that did; None: an operator's decision."""

    by: str
    at: datetime
    reason: str
    allowlist_id: str | None
    is_new: bool


def kept_release(file: File, verdict: ScanVerdict) -> Release | None:
    """Return an operator's release that stays: the new result is the one that was released. None: anything else.

    A file that an entry of the allow-list released needs one each time.
    """
    is_released = file.virus_scan_status == Verdict.RELEASED and file.allowlist_id is None
    is_found = verdict.status in {Verdict.INFECTED, Verdict.UNSCANNABLE, Verdict.BLOCKED}
    if not (is_released and is_found and verdict.result == file.virus_scan_result):
        return None
    return _release_of(file)


def release_by_allowlist(deps: Deps, file: File, verdict: ScanVerdict, sha256: str | None) -> Release | None:
    """Return the release of an infected file by its signature or by the hash of all its bytes."""
    if verdict.status != Verdict.INFECTED:
        return None
    with deps.db.read() as session:
        entry = allowing_entry(session, verdict.result, sha256, deps.clock())
    if entry is None:
        return None
    if file.virus_scan_status == Verdict.RELEASED and file.allowlist_id == entry.id:
        return _release_of(file)
    reason = f"Allow-list ({entry.kind} {entry.value}): {entry.reason}"
    return Release(entry.created_by, deps.clock(), reason, entry.id, is_new=True)


def _release_of(file: File) -> Release | None:
    """Return the release that the row has; None for a row without one, which cannot be."""
    if file.decided_by is None or file.decided_at is None:
        return None
    return Release(file.decided_by, file.decided_at, file.decision_reason or "", file.allowlist_id, is_new=False)


def is_still_allowed(session: Session, release: Release, now: datetime) -> bool:
    """Whether the release's entry is still active; it is locked, so that its end waits for this transaction."""
    return release.allowlist_id is None or lock_active_entry(session, release.allowlist_id, now)


def decision_columns(release: Release | None) -> dict[str, Any]:
    """Return the columns of a file with this release; None: of a file without."""
    if release is None:
        return dict(UNDECIDED)
    decided = {"decided_by": release.by, "decided_at": release.at, "decision_reason": release.reason}
    return decided | {"allowlist_id": release.allowlist_id}


def record_release(deps: Deps, session: Session, file: File, release: Release | None) -> None:
    """Record a new release by the allow-list in the audit log."""
    if release is not None and release.is_new:
        audit.record(session, deps.clock(), audit.SCANNER, Action.RELEASED, file.id, release.reason)


def needs_digest(deps: Deps) -> bool:
    """Whether the allow-list has hashes to compare with."""
    with deps.db.read() as session:
        return has_hashes(session, deps.clock())


class WholeDigest:
    """The SHA-256 of all pieces, computed while they pass."""

    def __init__(self) -> None:
        self._digest = hashlib.sha256()

    def past(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the pieces."""
        for piece in pieces:
            self._digest.update(piece)
            yield piece

    def of_all(self, rest: Iterator[bytes]) -> str:
        """Return the hash in hex, after reading the pieces that the scanner did not need for its verdict."""
        for _ in rest:
            pass
        return self._digest.hexdigest()
