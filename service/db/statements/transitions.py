"""All transitions of uploads and files: one conditional UPDATE each, so that two processes cannot both make one.

Only transitions in the tables of `service.values.states` are allowed; any other is a bug and raises ValueError.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Update, bindparam, case, false, or_, update
from sqlalchemy.orm import Session

from service.db.models import File, Upload
from service.db.statements.execution import rows_met, table_of
from service.values import CheckedFile, Location, StoredObject
from service.values.states import (
    ADOPTION_STEPS,
    BLOCK_STEPS,
    FILE_STEPS,
    PROMOTION_STEPS,
    RELEASE_STEPS,
    REPAIR_STEPS,
    REPAIR_UPLOAD_STEPS,
    REQUESTED,
    RESCAN_STEPS,
    RESCANNED,
    UPLOAD_STEPS,
    WITHDRAWAL_STEPS,
    Step,
    UploadState,
    Verdict,
    is_step,
    origins,
)

PENDING_RESCAN = (File.virus_scan_status.in_(RESCANNED), File.scan_due_at.is_not(None))
"""A file that has its verdict and waits for another scan."""
SERVED = (
    File.quarantine_reason.is_(None),
    File.virus_scan_status.in_([step.come_from for step in PROMOTION_STEPS]),
)
"""A file that has links."""
_NO_ATTEMPTS = {"scan_attempts": 0, "unfinished_scans": 0}
UNDECIDED: dict[str, Any] = {"decided_by": None, "decided_at": None, "decision_reason": None, "allowlist_id": None}
"""The columns of a file that no operator has released or blocked."""
_FILES = table_of(File)
_UPLOADS = table_of(Upload)
# built once: building a statement costs as much as executing it; the changes are parameters
_UPLOAD = update(_UPLOADS).where(_UPLOADS.c.id == bindparam("seen_id"), _UPLOADS.c.state == bindparam("seen_state"))
_WITH_RESERVED = _UPLOAD.where(_UPLOADS.c.reserved == bindparam("seen_reserved"))
_UNOPENED = _UPLOAD.where(_UPLOADS.c.object_key == bindparam("seen_key"), _UPLOADS.c.storage_upload_id.is_(None))
_WITHOUT_LEASE = _UPLOAD.where(_UPLOADS.c.lease_until <= bindparam("seen_at"))


def move_upload(session: Session, upload_id: str, come_from: UploadState, to: UploadState, **values: Any) -> bool:
    """Move an upload and set `values`; False if it is not (or no longer) in `come_from`.

    Any transition from `completing` deletes the stored request.
    """
    return _step(session, _UPLOAD, upload_id, (come_from, to), values)


def note_storage_upload(session: Session, upload: Upload, storage_upload_id: str) -> bool:
    """Record storage's id of an upload that was just opened; False if it is closed, or has another key by now."""
    return _step_unopened(session, upload, {"storage_upload_id": storage_upload_id})


def open_elsewhere(session: Session, upload: Upload, object_key: str) -> bool:
    """Give an upload without a recorded storage id another key; False if it has one, or another request did so."""
    return _step_unopened(session, upload, {"object_key": object_key})


def begin_completion(
    session: Session, upload: Upload, reserved: int, intent: dict[str, Any], parts: bytes | None, until: datetime
) -> bool:
    """Claim the completion; False if the upload is not open any more, or has different reserved bytes.

    The path of the folder is in a column of its own: an older version would not understand it in `intent`.
    """
    values: dict[str, Any] = {"completion": intent, "parts": parts, "lease_until": until, "reserved": reserved}
    values["path_name"] = upload.path_name
    return _step_with_reserved(session, upload, UploadState.COMPLETING, values)


def complete_at_once(session: Session, upload: Upload, reserved: int, parts: bytes | None) -> bool:
    """Complete an upload by one PUT; False if it is not open any more, or has different reserved bytes."""
    values = {"parts": parts, "reserved": reserved}
    return _step_with_reserved(session, upload, UploadState.COMPLETED, values)


def take_over_completion(session: Session, upload_id: str, now: datetime, until: datetime) -> bool:
    """Claim a completion with an expired lease; False if another process has it."""
    same = UploadState.COMPLETING
    return _step(session, _WITHOUT_LEASE, upload_id, (same, same), {"lease_until": until, "seen_at": now})


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


def claim_promotion(session: Session, file: File, token: str, due: datetime) -> bool:
    """Claim the copy of a served file's object into the public bucket; False if the file has changed since it was read.

    due: when another process may finish it; no rescan is scheduled meanwhile. It counts as an attempt besides that of
    the verdict, so that the next one looks for a copy of this one.
    """
    step = update(File).where(*_as_seen(file), *SERVED, File.scan_due_at == file.scan_due_at)
    attempts = case((File.scan_attempts < 1, 2), else_=File.scan_attempts + 1)
    return rows_met(session, step.values(scan_token=token, scan_due_at=due, scan_attempts=attempts)) == 1


def end_promotion(session: Session, file_id: str, token: str, **values: Any) -> bool:
    """End the claim and set `values`, the copy's location; False if the file is deleted, blocked or claimed again."""
    step = update(File).where(File.id == file_id, File.scan_token == token, *SERVED)
    return rows_met(session, step.values(scan_token=None, scan_due_at=None, **values)) == 1


def reopen_scan(session: Session, file_id: str, due: datetime) -> bool:
    """Request another scan; a running one loses its token. False if the file is deleted, scanned or blocked."""
    step = _file_step(Verdict.PENDING).where(_FILES.c.quarantine_reason.is_(None))
    step = step.values(virus_scan_status=Verdict.PENDING, scan_token=None, scan_due_at=due)
    return rows_met(session, step, {"of_file": file_id}) == 1


def withdraw_replaced(session: Session, file: File, found: StoredObject, reason: str, due: datetime | None) -> bool:
    """Block a file whose object was replaced, and make the move of that object into quarantine due.

    due: when the move is due; None for an adopted object, which stays where it is. False if the file was deleted, moved
    or blocked since it was read.
    """
    states = origins(WITHDRAWAL_STEPS, Verdict.ERROR)
    free = (File.quarantine_reason.is_(None), File.virus_scan_status.in_(states))
    values = {"virus_scan_status": Verdict.ERROR, "virus_scan_result": reason, "quarantine_reason": reason}
    step = update(File).where(*_as_seen(file), *free).values(detected_content_type=None, **UNDECIDED)
    step = step.values(scan_token=None, scan_generation=None, scan_due_at=due, **values, **_of(found))
    return rows_met(session, step) == 1


def note_quarantine(session: Session, file: File, at: Location, copied: StoredObject) -> bool:
    """Record the location in quarantine of a blocked file; False if it was deleted or moved by another process."""
    values = {"bucket": at.bucket, "object_key": at.object_key, **_of(copied)}
    return rows_met(session, _needing_quarantine(file).values(scan_due_at=None, **values)) == 1


def postpone_quarantine(session: Session, file: File, due: datetime) -> bool:
    """Postpone the move into quarantine to `due` after a failure. False if it is not due (any more)."""
    values = {"scan_due_at": due, "scan_attempts": File.scan_attempts + 1}
    return rows_met(session, _needing_quarantine(file).values(**values)) == 1


def end_quarantine_move(session: Session, file: File) -> bool:
    """Record the deletion of a blocked file's object instead of the move; False if the move is not due (any more)."""
    return rows_met(session, _needing_quarantine(file).values(scan_due_at=None)) == 1


def move_scan_due(session: Session, file_id: str, seen_due: datetime | None, due: datetime) -> bool:
    """Change when a scan is due, in the same state; False if another process did so first."""
    statement = update(File).where(File.id == file_id, File.scan_due_at == seen_due).values(scan_due_at=due)
    return rows_met(session, statement) == 1


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
    step = _repair(seen, Verdict.PENDING).values(**_NO_ATTEMPTS, **values, **_of(found))
    return rows_met(session, step) == 1


def release_replaced(session: Session, seen: CheckedFile, found: StoredObject, due: datetime) -> bool:
    """Do the same for a file that was withdrawn because its object was replaced, and is in quarantine.

    False if the row has changed since it was read, or the move into quarantine is still due.
    """
    blocked = (File.quarantine_reason == seen.quarantine_reason, File.scan_due_at.is_(None))
    state = File.virus_scan_status.in_(origins(REPAIR_STEPS, Verdict.PENDING))
    values = {"virus_scan_status": Verdict.PENDING, "virus_scan_result": None, "quarantine_reason": None}
    values["detected_content_type"] = None
    step = update(File).where(*_as_seen(seen), *blocked, state)
    return rows_met(session, step.values(scan_due_at=due, **_NO_ATTEMPTS, **values, **_of(found))) == 1


def adopt_again(session: Session, seen: CheckedFile | File, found: StoredObject, values: dict[str, Any]) -> bool:
    """Make the object that replaced an adopted one the file's: it is not served until it is scanned.

    values: further columns, with when the scan is due. A running scan loses its token. False if the file has a legal
    hold, an operator blocked it, or the row has changed since it was read.
    """
    free = (File.legal_hold == false(), File.adopted_key.is_not(None))
    not_decided = or_(File.virus_scan_status != Verdict.BLOCKED, File.decided_by.is_(None))
    states = File.virus_scan_status.in_(origins(ADOPTION_STEPS, Verdict.PENDING))
    step = update(File).where(*_as_seen(seen), *free, not_decided, states)
    unscanned: dict[str, Any] = {
        "virus_scan_status": Verdict.PENDING,
        "virus_scan_result": None,
        "quarantine_reason": None,
    }
    unscanned |= {"detected_content_type": None, "scan_token": None, "scan_generation": None, "scanned_with": None}
    unscanned |= {"virus_scan_date": None, "checksum": found.checksum, "size": found.size}
    return rows_met(session, step.values(**_NO_ATTEMPTS, **UNDECIDED, **unscanned, **_of(found), **values)) == 1


def take_object(session: Session, seen: CheckedFile, found: StoredObject) -> bool:
    """Do the same for a blocked file, which stays blocked. False if the row has changed since it was read."""
    step = update(File).where(*_as_seen(seen), File.quarantine_reason.is_not(None))
    return rows_met(session, step.values(**_of(found))) == 1


def complete_afterwards(session: Session, upload: Upload, size: int, reserved: int) -> bool:
    """Complete an upload that an older database has as open or expired; False in any other state."""
    states = origins(REPAIR_UPLOAD_STEPS, UploadState.COMPLETED)
    step = update(Upload).where(Upload.id == upload.id, Upload.state.in_(states), Upload.reserved == upload.reserved)
    return rows_met(session, step.values(state=UploadState.COMPLETED, size=size, reserved=reserved)) == 1


def follow_object(session: Session, known_at: Location, values: dict[str, Any]) -> bool:
    """Update the location of a file's object in an old database, with the verdict that applies there."""
    here = (File.bucket == known_at.bucket, File.object_key == known_at.object_key)
    step = update(File).where(*here, File.virus_scan_status.in_(origins(REPAIR_STEPS, values["virus_scan_status"])))
    values = UNDECIDED | values
    return rows_met(session, step.values(scan_token=None, scan_generation=None, **_NO_ATTEMPTS, **values)) == 1


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


def _repair(seen: CheckedFile, to: Verdict) -> Update:
    """Conditions for a file that is not blocked; a running scan loses its token, and no rescan is scheduled."""
    free = (File.quarantine_reason.is_(None), File.virus_scan_status.in_(origins(REPAIR_STEPS, to)))
    return update(File).where(*_as_seen(seen), *free).values(scan_token=None, scan_generation=None, **UNDECIDED)


def _of(found: StoredObject) -> dict[str, str | None]:
    """The columns that identify a file's object."""
    return {"etag": found.etag, "version_id": found.version_id}


def _as_seen(seen: CheckedFile | File) -> tuple[ColumnElement[bool], ...]:
    at = (File.bucket == seen.bucket, File.object_key == seen.object_key)
    return File.id == seen.id, *at, File.etag == seen.etag


def _needing_quarantine(file: File) -> Update:
    """Conditions for a blocked file whose object is at the location that was read, and must be moved."""
    here = (File.id == file.id, File.bucket == file.bucket, File.object_key == file.object_key)
    return update(File).where(*here, File.quarantine_reason.is_not(None), File.scan_due_at.is_not(None))


def _step(
    session: Session, statement: Update, upload_id: str, states: tuple[UploadState, UploadState], values: dict[str, Any]
) -> bool:
    """Move an upload from one of two states to the other by a prebuilt statement; values: changes and conditions."""
    come_from, to = states
    if not is_step(UPLOAD_STEPS, come_from, to):
        raise ValueError(f"an upload cannot change from {come_from} to {to}")
    if come_from is UploadState.COMPLETING is not to:
        values = {"completion": None, "lease_until": None} | values
    return rows_met(session, statement, {"seen_id": upload_id, "seen_state": come_from, "state": to, **values}) == 1


def _step_with_reserved(session: Session, upload: Upload, to: UploadState, values: dict[str, Any]) -> bool:
    values = values | {"seen_reserved": upload.reserved}
    return _step(session, _WITH_RESERVED, upload.id, (UploadState.UPLOADING, to), values)


def _step_unopened(session: Session, upload: Upload, values: dict[str, Any]) -> bool:
    same = UploadState.UPLOADING
    return _step(session, _UNOPENED, upload.id, (same, same), values | {"seen_key": upload.object_key})


# Made once, as every scan or decision runs them: SQLAlchemy needs more time to make a statement than to execute it.


@cache
def _claim() -> Update:
    """Return the claim of a scan; parameters: `of_file` and the columns' values."""
    counted = {name: _FILES.c[name] + 1 for name in ("scan_attempts", "unfinished_scans")}
    claim = _file_step(Verdict.SCANNING).where(_FILES.c.quarantine_reason.is_(None))
    return claim.values(virus_scan_status=Verdict.SCANNING, **counted)


@cache
def _verdict(to: Verdict) -> Update:
    """Return the UPDATE that ends a scan; parameters: `of_file`, `of_token` and the columns' values."""
    step = _file_step(to).where(_FILES.c.scan_token == bindparam("of_token"))
    return step.values(virus_scan_status=to, scan_token=None, unfinished_scans=0)


def _file_step(to: Verdict) -> Update:
    """Return the conditions for the file `of_file`; the caller sets the new state with the other values."""
    where = (_FILES.c.id == bindparam("of_file"), _FILES.c.virus_scan_status.in_(origins(FILE_STEPS, to)))
    return update(_FILES).where(*where)


_NAMES = ("id", "bucket", "object_key", "etag", "virus_scan_status")
"""The columns by which a decision recognizes a file as it was seen."""


@cache
def _decision(is_blocked: bool, steps: tuple[Step, ...], to: Verdict) -> Update:
    """Return the conditions for a file as `_seen`; the move of a blocked one must have ended."""
    same = [_FILES.c[name] == bindparam(f"seen_{name}") for name in _NAMES]
    step = update(_FILES).where(*same, _FILES.c.virus_scan_status.in_(origins(steps, to)))
    if not is_blocked:
        return step.where(_FILES.c.quarantine_reason.is_(None))
    return step.where(_FILES.c.quarantine_reason == bindparam("seen_reason"), _FILES.c.scan_due_at.is_(None))


def _seen(file: File) -> dict[str, str]:
    """Return the parameters of `_decision`."""
    reason = {} if file.quarantine_reason is None else {"seen_reason": file.quarantine_reason}
    return {f"seen_{name}": getattr(file, name) for name in _NAMES} | reason
