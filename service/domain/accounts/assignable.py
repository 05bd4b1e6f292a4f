"""The users and appointments of a caller; those that files are assigned to are locked against deletion."""

from __future__ import annotations

from typing import TypeVar

from service.db.models import Appointment, User
from service.db.session import Session
from service.values.access.caller import Caller
from service.values.formats.ids import is_id

Person = TypeVar("Person", User, Appointment)


def find_person(session: Session, caller: Caller, model: type[Person], row_id: str) -> Person | None:
    """Lock and return a row of this caller for its deletion; None if it does not exist, or belongs to another owner."""
    row = session.get(model, row_id, with_for_update=True) if is_id(row_id) else None
    return row if row is not None and caller.sees(row.owner) else None


def get_person(session: Session, caller: Caller, model: type[Person], row_id: str) -> Person | None:
    """Return a row of this caller; None if it does not exist, or belongs to another owner."""
    row = session.get(model, row_id) if is_id(row_id) else None
    return row if row is not None and caller.sees(row.owner) else None


def is_there(session: Session, caller: Caller, model: type[Person], row_id: str) -> bool:
    """Whether a row of this caller exists; it stays until the transaction ends."""
    row = session.get(model, row_id, with_for_update={"read": True}) if is_id(row_id) else None
    return row is not None and caller.sees(row.owner)


def what_is_gone(session: Session, caller: Caller, user_id: str | None, appointment_id: str | None) -> str | None:
    """Return the error line for an unknown user or appointment of this caller; None if all exist."""
    if user_id is not None and not is_there(session, caller, User, user_id):
        return "[user_id] no user has this id"
    if appointment_id is not None and not is_there(session, caller, Appointment, appointment_id):
        return "[appointment_id] no appointment has this id"
    return None
