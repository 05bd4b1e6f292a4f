"""The bytes of each subject: the counter, and what it should be.

A transaction that changes it has changed the uploads first, and locks the counter's row until the commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import count
from sqlalchemy.sql.functions import sum as sum_of

from service.db.models import Upload, Usage
from service.db.statements.execution import batches, insert_once, rows_met
from service.values.states import OPEN, RESERVING


def used_bytes(session: Session, subject: str, *, lock: bool = False) -> int | None:
    """Return the bytes in a subject's counter; None without a counter. lock: until the transaction ends."""
    counted = select(Usage.bytes).where(Usage.subject == subject)
    return session.scalar(counted.with_for_update() if lock else counted)


def take(session: Session, subject: str, wanted: int, most: int | None = None) -> bool:
    """Add `wanted` bytes (or subtract); return False if the counter was above `most`, or there is none."""
    more = update(Usage).where(Usage.subject == subject).values(bytes=Usage.bytes + wanted)
    if most is not None:
        more = more.where(Usage.bytes <= most)
    return rows_met(session, more) == 1


def reserved_by(session: Session, upload_ids: Sequence[str]) -> dict[str, int]:
    """Return the reserved bytes of these uploads by owner, before their rows are deleted."""
    reserved: dict[str, int] = {}
    for some in batches(upload_ids):
        for owner, size in session.execute(_sums().where(Upload.id.in_(some))):
            reserved[owner] = reserved.get(owner, 0) + int(size)
    return reserved


def give_back(session: Session, reserved: Mapping[str, int]) -> None:
    """Subtract released bytes; always in the same order, so that two transactions do not deadlock."""
    for subject, size in sorted(reserved.items()):
        take(session, subject, -size)


def begin_counter(session: Session, subject: str) -> None:
    """Create the counter of a new subject."""
    insert_once(session, Usage, subject=subject, bytes=0)


def open_uploads(session: Session, subject: str) -> int:
    """Return the number of open uploads of a subject, including completing ones."""
    of_subject = select(count()).where(Upload.owner == subject, Upload.state.in_(OPEN))
    return session.scalar(of_subject) or 0


def uploads_under(session: Session, subject: str, policy: str, *, stored: bool) -> int:
    """Return the number of open uploads of a subject under a policy; stored: and of those whose file is there."""
    states = RESERVING if stored else OPEN
    of_both = select(count()).where(Upload.owner == subject, Upload.policy == policy, Upload.state.in_(states))
    return session.scalar(of_both) or 0


def suspects(session: Session, after: str, limit: int) -> tuple[list[str], str | None]:
    """Return those of the next subjects whose counter seems wrong, and where to continue; None at the end.

    Reads without a lock: a counter that is being changed may seem wrong.
    """
    page = select(Usage.subject, Usage.bytes).where(Usage.subject > after).order_by(Usage.subject).limit(limit)
    counted = {row.subject: row.bytes for row in session.execute(page)}
    reserved = _reserved_of(session, counted)
    wrong = [subject for subject, size in counted.items() if size != reserved.get(subject, 0)]
    return wrong, list(counted)[-1] if len(counted) == limit else None


def correct_counter(session: Session, subject: str) -> int:
    """Correct a counter, and return by how much it was off.

    Exact also with concurrent requests: with the row locked, changes that are not counted yet are not committed either.
    """
    counter = session.get(Usage, subject, with_for_update=True)
    if counter is None:
        return 0
    reserved = _reserved_of(session, [subject]).get(subject, 0)
    off, counter.bytes = counter.bytes - reserved, reserved
    return off


def _reserved_of(session: Session, subjects: Iterable[str]) -> dict[str, int]:
    reserved = _sums().where(Upload.owner.in_(subjects), Upload.state.in_(RESERVING))
    return {owner: int(size) for owner, size in session.execute(reserved)}


def _sums() -> Any:
    return select(Upload.owner, sum_of(Upload.reserved)).group_by(Upload.owner)
