"""Statements about users and appointments, and about rows without an owner."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.orm import Session

from service.db.models import Appointment, File, FileDetail, Upload, User
from service.db.statements.execution import rows_met
from service.db.statements.files.folders import folder_for, paths_of
from service.values import Given


def lock_appointments_of(session: Session, user_id: str) -> Sequence[str]:
    """Return the ids of a user's appointments, locked until the transaction ends."""
    return session.scalars(select(Appointment.id).where(Appointment.user_id == user_id).with_for_update()).all()


def delete_appointments_of(session: Session, user_id: str) -> None:
    session.execute(delete(Appointment).where(Appointment.user_id == user_id))


class OwnerlessFile(NamedTuple):
    """A file without an owner."""

    id: str
    upload_id: str
    size: int
    folder_id: str | None


def count_ownerless(session: Session, user_id: str | None) -> Given:
    """Count the rows without an owner, of one user or all; uploads only of all."""
    users, appointments = (
        session.scalar(select(func.count()).select_from(model).where(*_people(model, user_id))) or 0
        for model in (User, Appointment)
    )
    files, size = session.execute(select(func.count(), func.sum(File.size)).where(*_files(user_id))).one()
    left = select(func.count()).select_from(Upload).where(*_uploads_without_file())
    uploads = 0 if user_id is not None else session.scalar(left) or 0
    return Given(users, appointments, files, uploads, int(size or 0))


def lock_ownerless_files(session: Session, user_id: str | None, limit: int) -> list[OwnerlessFile]:
    """Return the next files without an owner, of one user or all, locked until the transaction ends."""
    chosen = (
        select(File.id, File.upload_id, File.size, File.folder_id)
        .where(*_files(user_id))
        .limit(limit)
        .with_for_update()
    )
    return [OwnerlessFile(*row) for row in session.execute(chosen)]


def assign_files(session: Session, subject: str, files: Sequence[OwnerlessFile], now: datetime) -> None:
    """Make a subject the owner of files and of their uploads, which then reserve the files' sizes.

    The files are then in the subject's folders of the same paths.
    """
    ids = [file.id for file in files]
    rows_met(session, update(File).where(File.id.in_(ids)).values(owner=subject))
    rows_met(session, update(FileDetail).where(FileDetail.file_id.in_(ids)).values(owner=subject))
    of_files = update(Upload).where(Upload.id.in_([file.upload_id for file in files]), Upload.owner.is_(None))
    size = select(File.size).where(File.upload_id == Upload.id).scalar_subquery()
    rows_met(session, of_files.values(owner=subject, reserved=size))
    paths = paths_of(session, {file.folder_id for file in files})
    for folder_id, path in paths.items():
        if path is not None:
            there = [file.id for file in files if file.folder_id == folder_id]
            target = folder_for(session, subject, path, now)
            rows_met(session, update(File).where(File.id.in_(there)).values(folder_id=target))


def lock_ownerless_uploads(session: Session, limit: int) -> Sequence[Upload]:
    """Return the next uploads without an owner and without a file, locked until the transaction ends."""
    return session.scalars(select(Upload).where(*_uploads_without_file()).limit(limit).with_for_update()).all()


def assign_people(
    session: Session, subject: str, model: type[User] | type[Appointment], user_id: str | None, limit: int
) -> int:
    """Make a subject the owner of the next rows without one, of one user or all; returns their number."""
    ids = session.scalars(select(model.id).where(*_people(model, user_id)).limit(limit).with_for_update()).all()
    given: Any = update(model).where(model.id.in_(ids)).values(owner=subject)
    return rows_met(session, given) if ids else 0


def _files(user_id: str | None) -> list[ColumnElement[bool]]:
    """Return the condition for files without an owner; of a user: directly or by an appointment."""
    if user_id is None:
        return [File.owner.is_(None)]
    appointments = select(Appointment.id).where(Appointment.user_id == user_id)
    return [File.owner.is_(None), or_(File.user_id == user_id, File.appointment_id.in_(appointments))]


def _uploads_without_file() -> list[ColumnElement[bool]]:
    return [Upload.owner.is_(None), ~select(File.id).where(File.upload_id == Upload.id).exists()]


def _people(model: type[User] | type[Appointment], user_id: str | None) -> list[ColumnElement[bool]]:
    of_user = [] if user_id is None else [(model.id if model is User else Appointment.user_id) == user_id]
    return [model.owner.is_(None), *of_user]
