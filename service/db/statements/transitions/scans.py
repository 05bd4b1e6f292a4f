"""The transitions of scans: claims, verdicts, and scans that are requested again."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, or_, update
from sqlalchemy.orm import Session

from service.db.models import File
from service.db.statements.execution import rows_met
from service.db.statements.transitions.rows import FILES
from service.values.states import FILE_STEPS, REQUESTED, RESCANNED, Verdict, origins

PENDING_RESCAN = (File.virus_scan_status.in_(RESCANNED), File.scan_due_at.is_not(None))
"""A file that has its verdict and waits for another scan."""


def claim_scan(session: Session, file_id: str, token: str, due: datetime) -> bool:
    """Claim a scan and count the attempt; False if the file is deleted, has its verdict, or is blocked.

    due: when the scan is due again. The attempt counts as unfinished until `write_verdict`, before any work begins, so
    that attempts whose process is killed are counted too.
    """
    return rows_met(session, _claim(), {"of_file": file_id, "scan_token": token, "scan_due_at": due}) == 1


def claim_rescan(session: Session, file_id: str, token: str, due: datetime) -> bool:
    """Claim a rescan of a file that keeps its verdict and is served meanwhile; False for any other file."""
    claim = (
        update(File)
        .where(File.id == file_id, *PENDING_RESCAN)
        .values(scan_token=token, scan_attempts=File.scan_attempts + 1, scan_due_at=due)
    )
    return rows_met(session, claim) == 1


def cancel_rescans(session: Session, *, requested: bool) -> int:
    """Cancel all waiting rescans, of operators only if `requested`; returns their number. Running ones continue."""
    step = update(File).where(*PENDING_RESCAN)
    if not requested:
        step = step.where(or_(File.scan_generation.is_(None), File.scan_generation != REQUESTED))
    return rows_met(session, step.values(scan_due_at=None))


def write_verdict(session: Session, file_id: str, token: str, to: Verdict, **values: Any) -> bool:
    """Write the verdict of the holder of `token`; False if the file is deleted or another process scans it now."""
    return rows_met(session, _verdict(to), {"of_file": file_id, "of_token": token} | values) == 1


def reopen_scan(session: Session, file_id: str, due: datetime) -> bool:
    """Request another scan; a running one loses its token. False if the file is deleted, scanned or blocked."""
    step = _file_step(Verdict.PENDING).where(FILES.c.quarantine_reason.is_(None))
    step = step.values(virus_scan_status=Verdict.PENDING, scan_token=None, scan_due_at=due)
    return rows_met(session, step, {"of_file": file_id}) == 1


def move_scan_due(session: Session, file_id: str, seen_due: datetime | None, due: datetime) -> bool:
    """Change when a scan is due, in the same state; False if another process did so first."""
    statement = update(File).where(File.id == file_id, File.scan_due_at == seen_due).values(scan_due_at=due)
    return rows_met(session, statement) == 1


# made once, as every scan runs them: SQLAlchemy needs more time to make a statement than to execute it


@cache
def _claim() -> Update:
    """Return the claim of a scan; parameters: `of_file` and the columns' values."""
    counted = {name: FILES.c[name] + 1 for name in ("scan_attempts", "unfinished_scans")}
    claim = _file_step(Verdict.SCANNING).where(FILES.c.quarantine_reason.is_(None))
    return claim.values(virus_scan_status=Verdict.SCANNING, **counted)


@cache
def _verdict(to: Verdict) -> Update:
    """Return the UPDATE that ends a scan; parameters: `of_file`, `of_token` and the columns' values."""
    step = _file_step(to).where(FILES.c.scan_token == bindparam("of_token"))
    return step.values(virus_scan_status=to, scan_token=None, unfinished_scans=0)


def _file_step(to: Verdict) -> Update:
    """Return the conditions for the file `of_file`; the caller sets the new state with the other values."""
    where = (FILES.c.id == bindparam("of_file"), FILES.c.virus_scan_status.in_(origins(FILE_STEPS, to)))
    return update(FILES).where(*where)
