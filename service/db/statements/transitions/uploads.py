"""The transitions of uploads."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Update, bindparam, update
from sqlalchemy.orm import Session

from service.db.models import Upload
from service.db.statements.execution import rows_met, table_of
from service.values.states import REPAIR_UPLOAD_STEPS, UPLOAD_STEPS, UploadState, is_step, origins

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

    The folder and the file to replace have columns of their own: an older version does not know them in `intent`.
    """
    values: dict[str, Any] = {"completion": intent, "parts": parts, "lease_until": until, "reserved": reserved}
    values |= {"path_name": upload.path_name, **_replacement(upload)}
    return _step_with_reserved(session, upload, UploadState.COMPLETING, values)


def complete_at_once(session: Session, upload: Upload, reserved: int, parts: bytes | None) -> bool:
    """Complete an upload by one PUT; False if it is not open any more, or has different reserved bytes."""
    values = {"parts": parts, "reserved": reserved} | _replacement(upload)
    return _step_with_reserved(session, upload, UploadState.COMPLETED, values)


def take_over_completion(session: Session, upload_id: str, now: datetime, until: datetime) -> bool:
    """Claim a completion with an expired lease; False if another process has it."""
    same = UploadState.COMPLETING
    return _step(session, _WITHOUT_LEASE, upload_id, (same, same), {"lease_until": until, "seen_at": now})


def complete_afterwards(session: Session, upload: Upload, size: int, reserved: int) -> bool:
    """Complete an upload that an older database has as open or expired; False in any other state."""
    states = origins(REPAIR_UPLOAD_STEPS, UploadState.COMPLETED)
    step = update(Upload).where(Upload.id == upload.id, Upload.state.in_(states), Upload.reserved == upload.reserved)
    return rows_met(session, step.values(state=UploadState.COMPLETED, size=size, reserved=reserved)) == 1


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


def _replacement(upload: Upload) -> dict[str, Any]:
    """Return the columns of the file to replace, which a completion may set."""
    return {} if upload.replaces is None else {"replaces": upload.replaces, "replacer": upload.replacer}


def _step_with_reserved(session: Session, upload: Upload, to: UploadState, values: dict[str, Any]) -> bool:
    values = values | {"seen_reserved": upload.reserved}
    return _step(session, _WITH_RESERVED, upload.id, (UploadState.UPLOADING, to), values)


def _step_unopened(session: Session, upload: Upload, values: dict[str, Any]) -> bool:
    same = UploadState.UPLOADING
    return _step(session, _UNOPENED, upload.id, (same, same), values | {"seen_key": upload.object_key})
