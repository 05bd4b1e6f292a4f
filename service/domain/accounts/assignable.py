"""The users and appointments that a caller sees, locked against being deleted meanwhile."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy.orm import Session

from service.db.models import Appointment, User
from service.domain.records.ids import is_id
from service.values.caller import Caller

Person = TypeVar("Person", User, Appointment)


def find_person(session: Session, caller: Caller, model: type[Person], row_id: str) -> Person | None:
    """A row that is there for this caller, locked for its deletion; None where there is none, or it is another's."""
    row = session.get(model, row_id, with_for_update=True) if is_id(row_id) else None
    return row if row is not None and caller.sees(row.owner) else None


def is_there(session: Session, caller: Caller, model: type[Person], row_id: str) -> bool:
    """Whether a row is there for this caller, and stays so until the transaction ends."""
    row = session.get(model, row_id, with_for_update={"read": True}) if is_id(row_id) else None
    return row is not None and caller.sees(row.owner)
