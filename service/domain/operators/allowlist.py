"""The allow-list: signatures and files that are served although clamd finds something, with a reason and an end."""

from __future__ import annotations

from datetime import datetime

from service.db.models import AllowlistEntry
from service.db.session import Session
from service.db.statements.lists.pages import page_of_allowlist
from service.db.statements.operators.allowlist import same_entry
from service.deps import Deps
from service.domain.records import audit
from service.domain.records.objects.pending_deletions import settle_soon
from service.errors import (
    AllowlistEntryEndedError,
    AllowlistEntryNotFoundError,
    InvalidBodyError,
    SecondPersonRequiredError,
)
from service.values import Page
from service.values.access.caller import Caller
from service.values.formats.ids import is_id, new_id
from service.values.operators.audit import Action
from service.values.operators.decisions import AllowlistView, AllowlistWish, EntryState


def add_entry(deps: Deps, caller: Caller, wish: AllowlistWish) -> AllowlistView:
    """Add an entry, which releases infected files from their next scan on. Repeating it changes nothing.

    With RELEASE_APPROVAL it waits for a second person, as it releases files. Raises InvalidBodyError for an end in the
    past.
    """
    actor, now = audit.actor_of(caller), deps.clock()
    if wish.ends_at is not None and wish.ends_at <= now:
        raise InvalidBodyError(errors=["[ends_at] is in the past: the entry would have no effect"])
    entry = AllowlistEntry(
        id=new_id(),
        kind=wish.kind.value,
        value=wish.value,
        reason=wish.reason,
        is_active=deps.settings.release_approval == "off",
        created_by=actor.name,
        created_at=now,
        ends_at=wish.ends_at,
    )

    def add(session: Session) -> AllowlistEntry:
        same = same_entry(session, entry, now)
        if same is not None:
            return same
        session.add(entry)
        session.flush()
        audit.record(session, now, actor, Action.ALLOWLIST_ADDED, entry.id, _described(entry))
        return entry

    with deps.db.write() as session:
        added = add(session)
    return _shown(added, now)


def list_entries(deps: Deps, limit: int, cursor: str | None) -> Page[AllowlistView]:
    """Return a page of the allow-list, newest entries first, also ended ones. Raises InvalidBodyError."""
    with deps.db.read() as session:
        rows, following = page_of_allowlist(session, limit, cursor)
    return Page([_shown(row, deps.clock()) for row in rows], following)


def approve_entry(deps: Deps, caller: Caller, entry_id: str, reason: str | None = None) -> AllowlistView:
    """Approve an entry as the second person, from when on it releases files. Repeating it changes nothing.

    reason: of the approval, for the audit log.

    Raises AllowlistEntryNotFoundError, AllowlistEntryEndedError, SecondPersonRequiredError.
    """
    actor, now = audit.actor_of(caller), deps.clock()

    def approve(session: Session) -> AllowlistEntry:
        entry = _locked(session, entry_id)
        if _state(entry, now) is EntryState.ENDED:
            raise AllowlistEntryEndedError
        if entry.is_active:
            return entry
        if entry.created_by == actor.name:
            raise SecondPersonRequiredError
        entry.is_active, entry.approved_by, entry.approved_at = True, actor.name, now
        audit.record(session, now, actor, Action.ALLOWLIST_APPROVED, entry.id, reason or _described(entry))
        return entry

    return _shown(deps.db.transact(approve), now)


def remove_entry(deps: Deps, caller: Caller, entry_id: str) -> AllowlistView:
    """End an entry now; the sweeper has the files that it released scanned again. Repeating it changes nothing.

    Raises AllowlistEntryNotFoundError.
    """
    actor, now = audit.actor_of(caller), deps.clock()

    def remove(session: Session) -> AllowlistEntry:
        entry = _locked(session, entry_id)
        if entry.removed_at is None:
            entry.is_active, entry.removed_at = False, now
            audit.record(session, now, actor, Action.ALLOWLIST_REMOVED, entry.id, _described(entry))
        return entry

    entry = deps.db.transact(remove)
    settle_soon(deps)
    return _shown(entry, now)


def _locked(session: Session, entry_id: str) -> AllowlistEntry:
    entry = session.get(AllowlistEntry, entry_id, with_for_update=True) if is_id(entry_id) else None
    if entry is None:
        raise AllowlistEntryNotFoundError
    return entry


def _state(entry: AllowlistEntry, now: datetime) -> EntryState:
    if entry.removed_at is not None or (entry.ends_at is not None and entry.ends_at <= now):
        return EntryState.ENDED
    return EntryState.ACTIVE if entry.is_active else EntryState.WAITING


def _described(entry: AllowlistEntry) -> str:
    return f"{entry.kind} {entry.value}: {entry.reason}"


def _shown(entry: AllowlistEntry, now: datetime) -> AllowlistView:
    names = ("kind", "value", "reason", "created_by", "created_at", "approved_by", "approved_at")
    shared = {name: getattr(entry, name) for name in (*names, "ends_at", "removed_at")}
    return AllowlistView(entry_id=entry.id, state=_state(entry, now), **shared)
