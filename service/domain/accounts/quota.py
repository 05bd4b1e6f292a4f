"""Quotas: the bytes of a subject, reserved and stored; reserved before the first byte is sent.

An upload's bytes and its owner's counter change in one transaction, so a crash changes both or neither. The sweeper
still counts again, as rows may be changed manually.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeVar

from service.db.models import Upload
from service.db.session import Session
from service.db.statements.usages import (
    begin_counter,
    correct_counter,
    give_back,
    open_uploads,
    reserved_by,
    suspects,
    take,
    uploads_under,
    used_bytes,
)
from service.deps import Deps
from service.domain.records.objects.storage_safety import let_through
from service.domain.records.positions import end_turn, recall, take_turn
from service.errors import PolicyRefusedError, QuotaExceededError, TooManyUploadsError
from service.observability.logs import get_logger
from service.values import AccountView, SweepReport
from service.values.access.caller import Caller, Scope

log = get_logger(__name__)

T = TypeVar("T")

ROUND = "sweep.usages"
PAGE = 500
"""Subjects that one sweep counts again."""
REST = timedelta(hours=1)
"""Pause between two rounds through all subjects."""


class _NoCounterError(Exception):
    """The subject has no counter yet."""


def in_quota(deps: Deps, owner: str | None, work: Callable[[Session], T]) -> T:
    """Run work that reserves bytes in one transaction (like `Database.transact`); new subjects get a counter first."""
    while True:
        try:
            return deps.db.transact(work)
        except _NoCounterError:  # again, if the subject is erased meanwhile
            deps.db.transact(begin_counter, owner or "")


def reserve(session: Session, deps: Deps, owner: str | None, wanted: int, room: int | None = None) -> None:
    """Reserve bytes of a subject's quota inside `in_quota`; nothing without a subject. Raises QuotaExceededError.

    wanted: may be negative; room: how much must be free, if different.
    """
    if owner is None:
        return
    needed = wanted if room is None else room
    allowed = deps.settings.quota
    if take(session, owner, wanted, allowed - needed if allowed and needed > 0 else None):
        return
    # locked: another request may have created the counter or released bytes since `take` failed
    used = used_bytes(session, owner, lock=True)
    if used is None:
        raise _NoCounterError
    if allowed and needed > 0 and used + needed > allowed:
        raise QuotaExceededError(used, allowed, needed)
    take(session, owner, wanted)


def reserve_new(session: Session, deps: Deps, upload: Upload) -> None:
    """Reserve the bytes of a new upload inside `in_quota`, before its row.

    Raises QuotaExceededError, TooManyUploadsError, PolicyRefusedError.
    """
    if upload.owner is None:
        return
    # with an unknown size, at least one byte must fit; the rest is reserved when its chunks are signed
    reserve(session, deps, upload.owner, upload.reserved, room=upload.reserved if upload.size is not None else 1)
    most = deps.settings.max_open_uploads
    # exact, as the counter's row is locked: another init of this owner waits for it
    if most and open_uploads(session, upload.owner) >= most:
        raise TooManyUploadsError(most)
    _refuse_more(session, upload.owner, upload.rules or {})


def _refuse_more(session: Session, owner: str, rules: Mapping[str, Any]) -> None:
    """Raises PolicyRefusedError if the owner has as many uploads as the policy allows; exact, as above."""
    for rule, what in (("max_open", "open uploads"), ("max_stored", "files and open uploads")):
        most = rules.get(rule) or 0
        if most and uploads_under(session, owner, rules["name"], stored=rule == "max_stored") >= most:
            reason = f"[policy] you have {most} {what} under this policy, the highest number"
            raise PolicyRefusedError(rules["name"], rule, reason)


def reserve_up_to(session: Session, deps: Deps, upload: Upload, end: int) -> None:
    """Reserve at least `end` bytes for an upload; its row is locked. Raises QuotaExceededError."""
    more = end - upload.reserved
    if more <= 0:
        return
    upload.reserved = end
    session.flush()
    reserve(session, deps, upload.owner, more)


def release(session: Session, upload: Upload) -> None:
    """Release the reserved bytes of an upload, in the transaction that ends it."""
    if upload.owner is not None:
        give_back(session, reserved_by(session, [upload.id]))


def account_of(deps: Deps, caller: Caller) -> AccountView:
    """Return the account of the caller, and how much of the quota is used."""
    scopes = tuple(scope for scope in Scope if scope in caller.scopes)
    leaks = let_through(deps) if caller.sees_all else ()
    if caller.subject is None:
        return AccountView(None, scopes, None, None, leaks)
    with deps.db.read() as session:
        used = used_bytes(session, caller.subject) or 0
    return AccountView(caller.subject, scopes, used, deps.settings.quota or None, leaks)


def recount_usages(deps: Deps, report: SweepReport) -> None:
    """Correct the counters that differ from the rows, a page of subjects at a time."""
    if not deps.settings.login_required or recall(deps, ROUND)[ROUND].due_at > deps.clock():
        return
    turn = take_turn(deps, ROUND)
    if turn is None:
        return
    with deps.db.read() as session:
        wrong, place = suspects(session, turn.memory.get("after", ""), PAGE)
    for subject in wrong:
        off = deps.db.transact(correct_counter, subject)
        if off:
            report.corrected_usages += 1
            log.warning("usage_corrected", off_by=off)
    memory, rest = ({"after": place}, timedelta(0)) if place else ({}, REST)
    deps.db.transact(end_turn, turn, memory, deps.clock() + rest)
