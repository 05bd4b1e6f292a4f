"""Read the audit log: pages of it, all of it for an export, and whether its chain of seals is whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from service.db.models import Audit
from service.db.statements.operators.audits import count_unsealed, page_of_audits, sealed_after
from service.deps import Deps
from service.domain.records.audit_entries import entry_of
from service.domain.upkeep.audit_chain import ends_of_chain
from service.errors import InvalidBodyError
from service.values import Page
from service.values.operators.audit import AuditEntry, AuditFilter, Flawed, Link, Verification, digest_of

CHECKED_AT_ONCE = 10_000
"""Entries that one call checks, in some tenths of a second."""
EXPORTED_AT_ONCE = 1_000


def list_audit(deps: Deps, wanted: AuditFilter, limit: int, cursor: str | None) -> Page[AuditEntry]:
    """Return a page of entries, newest first. Raises InvalidBodyError for an invalid cursor."""
    with deps.db.read() as session:
        rows, following = page_of_audits(session, wanted, limit, cursor)
    return Page([entry_of(row) for row in rows], following)


def export_audit(deps: Deps, wanted: AuditFilter) -> Iterator[AuditEntry]:
    """Yield all entries, newest first, page by page: with constant memory, and without a long transaction."""
    cursor: str | None = None
    while True:
        page = list_audit(deps, wanted, EXPORTED_AT_ONCE, cursor)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def verify_audit(deps: Deps, after: Link | None, head: Link | None = None) -> Verification:
    """Check the next entries of the chain: numbers, seals and changes.

    after: where the call before ended, None for the beginning. head: an end of the chain that was noted earlier, which
    must still be in it. Raises InvalidBodyError if entries after `after` were deleted meanwhile by AUDIT_DAYS.
    """
    while True:
        with deps.db.read() as session:
            start, last = ends_of_chain(session)
            begin = after or start
            rows = sealed_after(session, begin.sequence, CHECKED_AT_ONCE)
            waiting = count_unsealed(session)
            # a sweeper may have sealed or deleted some between these reads
            start_now, last_now = ends_of_chain(session)
        if begin.sequence >= start_now.sequence:
            break
        if after is not None:
            raise InvalidBodyError(errors=["[after] was deleted meanwhile; start again without it"])
    end, flaws = _check(rows, begin, last, head)
    is_complete = len(rows) < CHECKED_AT_ONCE
    if is_complete:
        flaws += _flaws_at_end(end, (last, last_now), head)
    return Verification(len(rows), start.sequence, end, is_complete, waiting, tuple(flaws))


def _check(rows: Sequence[Audit], begin: Link, last: Link, head: Link | None) -> tuple[Link, list[Flawed]]:
    """Return the last link and the flaws; after a flaw, the check continues from the seal that is stored."""
    at, flaws = begin, []
    for row in rows:
        entry = entry_of(row)
        number = entry.sequence or 0
        if number != at.sequence + 1:
            flaws.append(Flawed(number, f"{number - at.sequence - 1} entries before it were removed"))
        elif entry.seal != entry.sealed_after(at.seal, number):
            flaws.append(Flawed(number, "it or the entry before it was changed"))
        elif number == last.sequence and entry.seal != last.seal:
            flaws.append(Flawed(number, "it does not have the seal that was written last"))
        if row.changes is not None and digest_of(row.changes) != row.changes_digest:
            flaws.append(Flawed(number, "its changes were changed"))
        at = Link(number, entry.seal or "")
        if head is not None and number == head.sequence and entry.seal != head.seal:
            flaws.append(Flawed(number, "it does not have the seal that was noted: entries up to it were rewritten"))
    return at, flaws


def _flaws_at_end(end: Link, lasts: tuple[Link, Link], head: Link | None) -> list[Flawed]:
    """Return what is wrong with the end of the chain. lasts: the last entry before and after the entries were read."""
    before, after = lasts
    if not before.sequence <= end.sequence <= after.sequence:
        return [Flawed(before.sequence, f"the last entry should be {before.sequence}, and is {end.sequence}")]
    if head is not None and head.sequence > end.sequence:
        return [Flawed(head.sequence, "the entry that was noted does not exist any more")]
    return []
