"""The transitions of files whose object moves: into the public bucket, or into quarantine."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Update, case, update
from sqlalchemy.orm import Session

from service.db.models import File
from service.db.statements.execution import rows_met
from service.db.statements.transitions.rows import SERVED, UNDECIDED, as_seen, object_of
from service.values import Location, StoredObject
from service.values.states import WITHDRAWAL_STEPS, Verdict, origins


def claim_promotion(session: Session, file: File, token: str, due: datetime) -> bool:
    """Claim the copy of a served file's object into the public bucket; False if the file has changed since it was read.

    due: when another process may finish it; no rescan is scheduled meanwhile. It counts as an attempt besides that of
    the verdict, so that the next one looks for a copy of this one.
    """
    step = update(File).where(*as_seen(file), *SERVED, File.scan_due_at == file.scan_due_at)
    attempts = case((File.scan_attempts < 1, 2), else_=File.scan_attempts + 1)
    return rows_met(session, step.values(scan_token=token, scan_due_at=due, scan_attempts=attempts)) == 1


def end_promotion(session: Session, file_id: str, token: str, **values: Any) -> bool:
    """End the claim and set `values`, the copy's location; False if the file is deleted, blocked or claimed again."""
    step = update(File).where(File.id == file_id, File.scan_token == token, *SERVED)
    return rows_met(session, step.values(scan_token=None, scan_due_at=None, **values)) == 1


def withdraw_replaced(session: Session, file: File, found: StoredObject, reason: str, due: datetime | None) -> bool:
    """Block a file whose object was replaced, and make the move of that object into quarantine due.

    due: when the move is due; None for an adopted object, which stays where it is. False if the file was deleted, moved
    or blocked since it was read.
    """
    states = origins(WITHDRAWAL_STEPS, Verdict.ERROR)
    free = (File.quarantine_reason.is_(None), File.virus_scan_status.in_(states))
    values = {"virus_scan_status": Verdict.ERROR, "virus_scan_result": reason, "quarantine_reason": reason}
    step = update(File).where(*as_seen(file), *free).values(detected_content_type=None, **UNDECIDED)
    step = step.values(scan_token=None, scan_generation=None, scan_due_at=due, **values, **object_of(found))
    return rows_met(session, step) == 1


def note_quarantine(session: Session, file: File, at: Location, copied: StoredObject) -> bool:
    """Record the location in quarantine of a blocked file; False if it was deleted or moved by another process."""
    values = {"bucket": at.bucket, "object_key": at.object_key, **object_of(copied)}
    return rows_met(session, _needing_quarantine(file).values(scan_due_at=None, **values)) == 1


def postpone_quarantine(session: Session, file: File, due: datetime) -> bool:
    """Postpone the move into quarantine to `due` after a failure. False if it is not due (any more)."""
    values = {"scan_due_at": due, "scan_attempts": File.scan_attempts + 1}
    return rows_met(session, _needing_quarantine(file).values(**values)) == 1


def end_quarantine_move(session: Session, file: File) -> bool:
    """Record the deletion of a blocked file's object instead of the move; False if the move is not due (any more)."""
    return rows_met(session, _needing_quarantine(file).values(scan_due_at=None)) == 1


def _needing_quarantine(file: File) -> Update:
    """Conditions for a blocked file whose object is at the location that was read, and must be moved."""
    here = (File.id == file.id, File.bucket == file.bucket, File.object_key == file.object_key)
    return update(File).where(*here, File.quarantine_reason.is_not(None), File.scan_due_at.is_not(None))
