"""Statements that erase a subject's rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, false, func, or_, select, true, update
from sqlalchemy.orm import Session

from service.db.models import AllowlistEntry, ApiKey, Appointment, Decision, File, Grant, Upload, Usage, User
from service.db.statements.execution import rows_met
from service.db.statements.files.links import active_links_of
from service.db.statements.operators.adoptions import adoptions_naming
from service.db.statements.operators.usage_history import count_history_of, forget_history_of
from service.values import Erased
from service.values.states import UploadState

ENDED = (UploadState.ABORTED, UploadState.EXPIRED)


class FileOfSubject(NamedTuple):
    """A file to erase."""

    id: str
    size: int


def count_data_of(session: Session, subject: str, now: datetime) -> Erased:
    """Count a subject's rows; kept: of files with a legal hold."""

    def count(model: type[Any], *where: ColumnElement[bool]) -> int:
        return session.scalar(select(func.count()).select_from(model).where(*where)) or 0

    free = (File.owner == subject, File.legal_hold == false())
    files, size = session.execute(select(func.count(), func.sum(File.size)).where(*free)).one()
    return Erased(
        keys=count(ApiKey, ApiKey.subject == subject, ApiKey.revoked_at.is_(None)),
        grants=count(Grant, Grant.subject == subject, Grant.revoked_at.is_(None)),
        links=active_links_of(session, subject, now),
        adoptions=adoptions_naming(session, subject),
        uploads=count(Upload, Upload.owner == subject, Upload.state == UploadState.UPLOADING),
        files=files,
        bytes=int(size or 0),
        ended_uploads=count(Upload, Upload.owner == subject, Upload.state.in_(ENDED)),
        appointments=count(Appointment, Appointment.owner == subject),
        users=count(User, User.owner == subject),
        decisions=len(decisions_naming(session, subject)),
        allowlist=count(AllowlistEntry, _has_decided(AllowlistEntry, subject)),
        history=count_history_of(session, subject),
        on_hold=count(File, File.owner == subject, File.legal_hold == true()),
        completing=count(Upload, Upload.owner == subject, Upload.state == UploadState.COMPLETING),
    )


def revoke_keys(session: Session, subject: str, now: datetime) -> int:
    """Revoke a subject's API keys; returns the number of those that were active."""
    active = update(ApiKey).where(ApiKey.subject == subject, ApiKey.revoked_at.is_(None))
    return rows_met(session, active.values(revoked_at=now))


def revoke_grants(session: Session, subject: str, now: datetime) -> int:
    """Revoke a subject's grants and remove their metadata; returns the number of those that were not revoked before.

    The rows stay until the sweeper deletes them: a grant that a backend signed would get a new one at its next use.
    """
    mine = update(Grant).where(Grant.subject == subject)
    revoked = rows_met(session, mine.where(Grant.revoked_at.is_(None)).values(revoked_at=now))
    rows_met(session, mine.values(detail=None, sealed=None))
    return revoked


def open_uploads_of(session: Session, subject: str, limit: int) -> Sequence[Upload]:
    """Return the next open uploads of a subject, locked until the transaction ends."""
    mine = (Upload.owner == subject, Upload.state == UploadState.UPLOADING)
    return session.scalars(select(Upload).where(*mine).limit(limit).with_for_update()).all()


def lock_files_of(session: Session, subject: str, limit: int) -> list[FileOfSubject]:
    """Return the next files of a subject without a legal hold, locked until the transaction ends."""
    mine = (File.owner == subject, File.legal_hold == false())
    rows = session.execute(select(File.id, File.size).where(*mine).limit(limit).with_for_update())
    return [FileOfSubject(*row) for row in rows]


def forget_ended_uploads(session: Session, subject: str, limit: int) -> int:
    """Delete the next uploads of a subject that made no file; returns their number."""
    ended = select(Upload.id).where(Upload.owner == subject, Upload.state.in_(ENDED)).limit(limit)
    ids = session.scalars(ended.with_for_update()).all()
    return rows_met(session, delete(Upload).where(Upload.id.in_(ids))) if ids else 0


def forget_people(session: Session, subject: str, model: type[User] | type[Appointment], limit: int) -> int:
    """Delete the next users or appointments of a subject to which no row belongs any more; returns their number."""
    if model is User:
        belongs = or_(
            select(File.id).where(File.user_id == User.id).exists(),
            select(Appointment.id).where(Appointment.user_id == User.id).exists(),
        )
    else:
        belongs = select(File.id).where(File.appointment_id == Appointment.id).exists()
    ids = session.scalars(select(model.id).where(model.owner == subject, ~belongs).limit(limit).with_for_update()).all()
    gone: Any = delete(model).where(model.id.in_(ids))
    return rows_met(session, gone) if ids else 0


def decisions_naming(session: Session, subject: str) -> list[str]:
    """Return ids of the decisions of an operator, and of those about all files of an owner."""
    rows = session.execute(
        select(Decision.id, Decision.filter, _has_decided(Decision, subject)).where(
            or_(_has_decided(Decision, subject), Decision.filter.is_not(None))
        )
    )
    return [of for of, wanted, is_operator in rows if is_operator or (wanted or {}).get("owner") == subject]


def lock_entries_of(session: Session, subject: str, limit: int) -> Sequence[AllowlistEntry]:
    """Return the next entries of the allow-list of an operator, locked until the transaction ends."""
    mine = select(AllowlistEntry).where(_has_decided(AllowlistEntry, subject))
    return session.scalars(mine.limit(limit).with_for_update()).all()


def _has_decided(model: type[Decision] | type[AllowlistEntry], subject: str) -> ColumnElement[bool]:
    return or_(model.created_by == subject, model.approved_by == subject)


def forget_usage_of(session: Session, subject: str) -> int:
    """Delete a subject's usage history, and its counter if nothing is left; returns the number of days."""
    rows_met(session, delete(Usage).where(Usage.subject == subject, Usage.bytes == 0))
    return forget_history_of(session, subject)
