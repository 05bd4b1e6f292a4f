"""Users and appointments, and the files that are deleted with them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from service.crashpoints import reach
from service.db.models import Appointment, User
from service.db.session import Session
from service.db.statements.files.files import files_on_hold_of, first_files_of, private_files_of
from service.db.statements.lists.pages import page_of_appointments, page_of_users
from service.db.statements.subjects.accounts import delete_appointments_of, lock_appointments_of
from service.deps import Deps
from service.domain.accounts.assignable import find_person, get_person, is_there
from service.domain.files.deletion import deletion_by, forget_files
from service.domain.records.objects.pending_deletions import settle_soon
from service.domain.webhooks.events import send_soon
from service.errors import (
    AppointmentNotFoundError,
    FileOnHoldError,
    InvalidBodyError,
    PrivateFilesError,
    UserNotFoundError,
)
from service.observability.logs import get_logger
from service.values import AppointmentView, Page, PersonQuery, UserView
from service.values.access.caller import Caller
from service.values.formats.ids import new_id

log = get_logger(__name__)

SLICE = 500
"""Files that one transaction deletes: with 20,000 it would exceed the statement timeout and block others."""


def create_user(deps: Deps, caller: Caller, name: str) -> UserView:
    user = User(id=new_id(), owner=caller.subject, name=name, created_at=deps.clock())
    with deps.db.write() as session:
        session.add(user)
    return _view_user(user)


def get_user(deps: Deps, caller: Caller, user_id: str) -> UserView:
    """Raises UserNotFoundError."""
    with deps.db.read() as session:
        user = get_person(session, caller, User, user_id)
    if user is None:
        raise UserNotFoundError
    return _view_user(user)


def list_users(deps: Deps, caller: Caller, query: PersonQuery) -> Page[UserView]:
    """Return a page of users, newest first. Raises InvalidBodyError (cursor)."""
    with deps.db.read() as session:
        rows, following = page_of_users(session, caller, query)
    return Page([_view_user(row) for row in rows], following)


def delete_user(deps: Deps, caller: Caller, user_id: str) -> None:
    """Delete a user with its appointments and all their files, including objects.

    Files are deleted SLICE at a time, the user with the last of them: a call that ends early can be repeated.
    Raises UserNotFoundError, PrivateFilesError, FileOnHoldError.
    """

    def step(session: Session) -> tuple[int, bool]:
        # the locks prevent recording a file for them between this check and the deletion
        user = find_person(session, caller, User, user_id)
        if user is None:
            raise UserNotFoundError
        appointment_ids = lock_appointments_of(session, user_id)
        count, is_last = _forget_slice(session, deps, caller, user_id, appointment_ids)
        if is_last:
            delete_appointments_of(session, user_id)
            session.delete(user)
        return count, is_last

    count = _in_slices(deps, step)
    reach("delete.user_forgotten")
    log.info("user_deleted", user_id=user_id, files=count)
    send_soon(deps)
    settle_soon(deps)


def create_appointment(deps: Deps, caller: Caller, user_id: str, title: str) -> AppointmentView:
    """Raises InvalidBodyError if the user does not exist."""
    appointment = Appointment(id=new_id(), owner=caller.subject, user_id=user_id, title=title, created_at=deps.clock())
    with deps.db.write() as session:
        if not is_there(session, caller, User, user_id):
            raise InvalidBodyError(errors=["[user_id] no user has this id"])
        session.add(appointment)
    return _view_appointment(appointment)


def get_appointment(deps: Deps, caller: Caller, appointment_id: str) -> AppointmentView:
    """Raises AppointmentNotFoundError."""
    with deps.db.read() as session:
        appointment = get_person(session, caller, Appointment, appointment_id)
    if appointment is None:
        raise AppointmentNotFoundError
    return _view_appointment(appointment)


def list_appointments(deps: Deps, caller: Caller, query: PersonQuery) -> Page[AppointmentView]:
    """Return a page of appointments (of one user), newest first. Raises InvalidBodyError (cursor)."""
    with deps.db.read() as session:
        rows, following = page_of_appointments(session, caller, query)
    return Page([_view_appointment(row) for row in rows], following)


def delete_appointment(deps: Deps, caller: Caller, appointment_id: str) -> None:
    """Delete an appointment and its files, including objects, like a user.

    Raises AppointmentNotFoundError, PrivateFilesError, FileOnHoldError.
    """

    def step(session: Session) -> tuple[int, bool]:
        appointment = find_person(session, caller, Appointment, appointment_id)
        if appointment is None:
            raise AppointmentNotFoundError
        count, is_last = _forget_slice(session, deps, caller, None, [appointment_id])
        if is_last:
            session.delete(appointment)
        return count, is_last

    count = _in_slices(deps, step)
    log.info("appointment_deleted", appointment_id=appointment_id, files=count)
    send_soon(deps)
    settle_soon(deps)


def _forget_slice(
    session: Session, deps: Deps, caller: Caller, user_id: str | None, appointment_ids: Sequence[str]
) -> tuple[int, bool]:
    """Delete the next SLICE files of a user or of these appointments; returns their number, and whether none is left.

    Raises FileOnHoldError if one of the files has a legal hold, and PrivateFilesError if one is private: it must be
    deleted with its credential. An operator can delete private ones: credentials get lost, and people may request
    deletion of their data.
    """
    if not caller.is_operator and (private := private_files_of(session, user_id, appointment_ids)):
        raise PrivateFilesError(private)
    if held := files_on_hold_of(session, user_id, appointment_ids):
        raise FileOnHoldError(held)
    file_ids, is_last = first_files_of(session, user_id, appointment_ids, SLICE)
    return forget_files(session, deps, file_ids, deletion_by(caller)), is_last


def _in_slices(deps: Deps, step: Callable[[Session], tuple[int, bool]]) -> int:
    """Run a step in one transaction each until the last one; returns the number of deleted files."""
    total, is_last = 0, False
    while not is_last:
        count, is_last = deps.db.transact(step)
        total += count
    return total


def _view_user(user: User) -> UserView:
    return UserView(user.id, user.name, user.created_at)


def _view_appointment(appointment: Appointment) -> AppointmentView:
    return AppointmentView(appointment.id, appointment.user_id, appointment.title, appointment.created_at)
