"""Assign a subject to data without an owner, from before login was turned on.

In batches, each in a transaction that updates the quota's counter; assigned rows are not examined again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select, update

from service.db.models import Appointment, File, Upload, User
from service.db.queries import rows_met
from service.db.usages import begin_counter, correct_counter, take
from service.deps import Deps
from service.domain.records import audit
from service.observability.logs import get_logger
from service.values import Given
from service.values.caller import checked_subject
from service.values.states import HOLDING

log = get_logger(__name__)

BATCH = 500


def count_ownerless(deps: Deps, user_id: str | None = None) -> Given:
    """Count the data without an owner, of one user or all."""
    with deps.db.read() as session:
        users, appointments = (
            session.scalar(select(func.count()).select_from(model).where(*_people(model, user_id))) or 0
            for model in (User, Appointment)
        )
        files, size = session.execute(select(func.count(), func.sum(File.size)).where(*_files(user_id))).one()
        left = select(func.count()).select_from(Upload).where(*_uploads_without_file())
        uploads = 0 if user_id is not None else session.scalar(left) or 0
    return Given(users, appointments, files, uploads, int(size or 0))


def give_ownerless(deps: Deps, subject: str, user_id: str | None = None) -> Iterator[Given]:
    """Assign the data to a subject in batches; files with their uploads, open uploads only without a user filter.

    The quota is not enforced here; it applies to later uploads. Raises ValueError (an invalid subject).
    """
    subject = checked_subject(subject)
    with deps.db.write() as session:
        begin_counter(session, subject)
    yield from _give_files(deps, subject, user_id)
    if user_id is None:
        yield from _give_uploads(deps, subject)
    # last, so that files without an owner do not block a concurrent deletion of a user
    for model in (Appointment, User):
        while count := _give_people(deps, subject, model, user_id):
            yield Given(**{model.__tablename__: count})
    with deps.db.write() as session:  # a completion that ran meanwhile may have been counted without an owner
        correct_counter(session, subject)


def _give_files(deps: Deps, subject: str, user_id: str | None) -> Iterator[Given]:
    while True:
        with deps.db.write() as session:
            chosen = select(File.id, File.upload_id, File.size).where(*_files(user_id)).limit(BATCH).with_for_update()
            rows = session.execute(chosen).all()
            if not rows:
                return
            ids = [row.id for row in rows]
            rows_met(session, update(File).where(File.id.in_(ids)).values(owner=subject))
            of_files = update(Upload).where(Upload.id.in_([row.upload_id for row in rows]), Upload.owner.is_(None))
            rows_met(session, of_files.values(owner=subject, reserved=_size_of_file()))
            size = sum(row.size for row in rows)
            take(session, subject, size)
            audit.record_all(session, deps.clock(), audit.SYSTEM, "given", ids, f"to {subject}")
        yield Given(files=len(rows), bytes=size)


def _size_of_file() -> Any:
    return select(File.size).where(File.upload_id == Upload.id).scalar_subquery()


def _give_uploads(deps: Deps, subject: str) -> Iterator[Given]:
    """Uploads without a file: open ones reserve what they have declared, ended ones nothing."""
    while True:
        with deps.db.write() as session:
            chosen = select(Upload).where(*_uploads_without_file()).limit(BATCH).with_for_update()
            uploads = session.scalars(chosen).all()
            if not uploads:
                return
            held = 0
            for upload in uploads:
                upload.owner = subject
                upload.reserved = _wanted(upload) if upload.state in HOLDING else 0
                held += upload.reserved
            session.flush()
            take(session, subject, held)
        yield Given(uploads=len(uploads), bytes=held)


def _wanted(upload: Upload) -> int:
    """Return the bytes that an open upload will have: from its completion, else from init."""
    return int((upload.completion or {}).get("total_size", upload.size or 0))


def _give_people(deps: Deps, subject: str, model: type[User] | type[Appointment], user_id: str | None) -> int:
    with deps.db.write() as session:
        ids = session.scalars(select(model.id).where(*_people(model, user_id)).limit(BATCH).with_for_update()).all()
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
