"""The transitions of operators' decisions."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Update, bindparam, case, update
from sqlalchemy.orm import Session

from service.db.models import File
from service.db.statements.execution import rows_met
from service.db.statements.transitions.rows import FILES, UNDECIDED
from service.values.states import BLOCK_STEPS, RELEASE_STEPS, REQUESTED, RESCAN_STEPS, Step, Verdict, origins


def request_rescan(session: Session, seen: File, due: datetime) -> bool:
    """Make another scan of a served file due, also if one is running; False if it was blocked or decided meanwhile.

    The rescan is requested until it has a verdict: no setting cancels it.
    """
    step = _decision(seen.quarantine_reason is not None, RESCAN_STEPS, Verdict(seen.virus_scan_status))
    values = {"scan_token": None, "scan_due_at": due, "scan_generation": REQUESTED, "scan_attempts": _FEW_ATTEMPTS}
    return rows_met(session, step.values(**values), _seen(seen)) == 1


def reopen_file(session: Session, seen: File, due: datetime) -> bool:
    """Request another scan of a file that is not served until then, wherever its object is; False as for a rescan.

    A running scan or promotion loses its token. False also if the move into quarantine is due.
    """
    step = _decision(seen.quarantine_reason is not None, RESCAN_STEPS, Verdict.PENDING)
    values = UNDECIDED | {"virus_scan_status": Verdict.PENDING, "virus_scan_result": None, "quarantine_reason": None}
    values |= {"scan_token": None, "scan_due_at": due, "scan_generation": REQUESTED}
    step = step.values(scan_attempts=_FEW_ATTEMPTS, unfinished_scans=0, **values)
    return rows_met(session, step, _seen(seen)) == 1


def release_file(session: Session, seen: File, decided: dict[str, Any], generation: int) -> bool:
    """Release a blocked or unscanned file where its object is; False as for `reopen_file`.

    decided: the columns of the decision; generation: of its scanners' newest signatures, later ones scan it again.
    """
    step = _decision(seen.quarantine_reason is not None, RELEASE_STEPS, Verdict.RELEASED)
    values = UNDECIDED | {"virus_scan_status": Verdict.RELEASED, "quarantine_reason": None, "unfinished_scans": 0}
    values |= {"scan_token": None, "scan_due_at": None, "scan_generation": generation}
    return rows_met(session, step, _seen(seen) | values | decided) == 1


def block_file(session: Session, seen: File, decided: dict[str, Any], due: datetime | None) -> bool:
    """Block a file that is not blocked, and make the move of its object due; False if it is blocked or was moved.

    due: None for an adopted object, which stays where it is.
    """
    step = _decision(seen.quarantine_reason is not None, BLOCK_STEPS, Verdict.BLOCKED)
    values = UNDECIDED | {"virus_scan_status": Verdict.BLOCKED, "quarantine_reason": decided["decision_reason"]}
    values |= {"scan_token": None, "scan_due_at": due, "scan_generation": None}
    return rows_met(session, step, _seen(seen) | values | decided) == 1


_FEW_ATTEMPTS = case((File.scan_attempts > 1, 2), else_=File.scan_attempts)
"""Waits start again, but an earlier attempt may have left a copy."""
_NAMES = ("id", "bucket", "object_key", "etag", "virus_scan_status")
"""The columns by which a decision recognizes a file as it was seen."""


# made once, as every decision runs it: SQLAlchemy needs more time to make a statement than to execute it
@cache
def _decision(is_blocked: bool, steps: tuple[Step, ...], to: Verdict) -> Update:
    """Return the conditions for a file as `_seen`; the move of a blocked one must have ended."""
    same = [FILES.c[name] == bindparam(f"seen_{name}") for name in _NAMES]
    step = update(FILES).where(*same, FILES.c.virus_scan_status.in_(origins(steps, to)))
    if not is_blocked:
        return step.where(FILES.c.quarantine_reason.is_(None))
    return step.where(FILES.c.quarantine_reason == bindparam("seen_reason"), FILES.c.scan_due_at.is_(None))


def _seen(file: File) -> dict[str, str]:
    """Return the parameters of `_decision`."""
    reason = {} if file.quarantine_reason is None else {"seen_reason": file.quarantine_reason}
    return {f"seen_{name}": getattr(file, name) for name in _NAMES} | reason
