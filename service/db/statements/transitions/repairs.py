"""The transitions of files whose object is not the one that their row names."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Update, false, or_, update
from sqlalchemy.orm import Session

from service.db.models import File
from service.db.statements.execution import rows_met
from service.db.statements.transitions.rows import NO_ATTEMPTS, UNDECIDED, as_seen, object_of
from service.values import CheckedFile, Location, StoredObject
from service.values.states import ADOPTION_STEPS, REPAIR_STEPS, Verdict, origins


def mark_unusable(session: Session, seen: CheckedFile, reason: str) -> bool:
    """Mark a file without a usable object: it gets no link, and sweeps ignore it until the object is back.

    False if the row has changed since it was read, or is blocked, and so not served anyway.
    """
    values = {"virus_scan_status": Verdict.ERROR, "virus_scan_result": reason, "scan_due_at": None}
    return rows_met(session, _repair(seen, Verdict.ERROR).values(**values)) == 1


def rescan_file(session: Session, seen: CheckedFile, found: StoredObject, due: datetime) -> bool:
    """Make the found object the file's, to be served after a scan. False as for a mark."""
    values = {"virus_scan_status": Verdict.PENDING, "virus_scan_result": None, "scan_due_at": due}
    values["detected_content_type"] = None
    step = _repair(seen, Verdict.PENDING).values(**NO_ATTEMPTS, **values, **object_of(found))
    return rows_met(session, step) == 1


def release_replaced(session: Session, seen: CheckedFile, found: StoredObject, due: datetime) -> bool:
    """Do the same for a file that was withdrawn because its object was replaced, and is in quarantine.

    False if the row has changed since it was read, or the move into quarantine is still due.
    """
    blocked = (File.quarantine_reason == seen.quarantine_reason, File.scan_due_at.is_(None))
    state = File.virus_scan_status.in_(origins(REPAIR_STEPS, Verdict.PENDING))
    values = {"virus_scan_status": Verdict.PENDING, "virus_scan_result": None, "quarantine_reason": None}
    values["detected_content_type"] = None
    step = update(File).where(*as_seen(seen), *blocked, state)
    return rows_met(session, step.values(scan_due_at=due, **NO_ATTEMPTS, **values, **object_of(found))) == 1


def adopt_again(session: Session, seen: CheckedFile | File, found: StoredObject, values: dict[str, Any]) -> bool:
    """Make the object that replaced an adopted one the file's: it is not served until it is scanned.

    values: further columns, with when the scan is due. A running scan loses its token. False if the file has a legal
    hold, an operator blocked it, or the row has changed since it was read.
    """
    free = (File.legal_hold == false(), File.adopted_key.is_not(None))
    not_decided = or_(File.virus_scan_status != Verdict.BLOCKED, File.decided_by.is_(None))
    states = File.virus_scan_status.in_(origins(ADOPTION_STEPS, Verdict.PENDING))
    step = update(File).where(*as_seen(seen), *free, not_decided, states)
    unscanned: dict[str, Any] = {
        "virus_scan_status": Verdict.PENDING,
        "virus_scan_result": None,
        "quarantine_reason": None,
    }
    unscanned |= {"detected_content_type": None, "scan_token": None, "scan_generation": None, "scanned_with": None}
    unscanned |= {"virus_scan_date": None, "checksum": found.checksum, "size": found.size}
    return rows_met(session, step.values(**NO_ATTEMPTS, **UNDECIDED, **unscanned, **object_of(found), **values)) == 1


def take_object(session: Session, seen: CheckedFile, found: StoredObject) -> bool:
    """Do the same for a blocked file, which stays blocked. False if the row has changed since it was read."""
    step = update(File).where(*as_seen(seen), File.quarantine_reason.is_not(None))
    return rows_met(session, step.values(**object_of(found))) == 1


def follow_object(session: Session, known_at: Location, values: dict[str, Any]) -> bool:
    """Update the location of a file's object in an old database, with the verdict that applies there."""
    here = (File.bucket == known_at.bucket, File.object_key == known_at.object_key)
    step = update(File).where(*here, File.virus_scan_status.in_(origins(REPAIR_STEPS, values["virus_scan_status"])))
    values = UNDECIDED | values
    return rows_met(session, step.values(scan_token=None, scan_generation=None, **NO_ATTEMPTS, **values)) == 1


def _repair(seen: CheckedFile, to: Verdict) -> Update:
    """Conditions for a file that is not blocked; a running scan loses its token, and no rescan is scheduled."""
    free = (File.quarantine_reason.is_(None), File.virus_scan_status.in_(origins(REPAIR_STEPS, to)))
    return update(File).where(*as_seen(seen), *free).values(scan_token=None, scan_generation=None, **UNDECIDED)
