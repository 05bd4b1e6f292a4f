"""Seal the audit log: each entry gets its number and a hash of itself and of the seal before it; delete old entries.

Entries are written in many transactions at once, so the sweeper seals them some seconds later, one sweeper at a time.
A person who changes or removes a sealed entry would have to write all later seals again, and the log lines
`audit_sealed` would contradict them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from service.db.models import Audit, Fact
from service.db.session import Session
from service.db.statements.execution import insert_once
from service.db.statements.facts import facts_of_names
from service.db.statements.operators.audits import delete_audits, sealed_before, unsealed, write_seals
from service.deps import Deps
from service.domain.records.audit_entries import entry_of
from service.observability.logs import get_logger
from service.values.operators.audit import Link

log = get_logger(__name__)

HEAD, START = "audit.head", "audit.start"
"""Rows of `facts`: the last sealed entry, and the last one that AUDIT_DAYS deleted."""


def seal_entries(deps: Deps, limit: int, batches: int) -> int:
    """Seal entries, at most `limit` in each of `batches` transactions; returns their number."""
    with deps.db.read() as session:
        if not unsealed(session, 1):
            return 0
    total = 0
    for _ in range(batches):
        head, count = deps.db.transact(_seal, limit)
        total += count
        if count:
            log.info("audit_sealed", sequence=head.sequence, seal=head.seal, entries=count)
        if count < limit:
            break
    return total


def _seal(session: Session, limit: int) -> tuple[Link, int]:
    """Seal the next entries; the locked row HEAD lets one sweeper at a time do so."""
    insert_once(session, Fact, name=HEAD, value=_value(Link()))
    fact = session.get_one(Fact, HEAD, with_for_update=True)
    head = _link(fact.value)
    seals = []
    for row in unsealed(session, limit):
        number = head.sequence + 1
        head = Link(number, entry_of(row).sealed_after(head.seal, number))
        seals.append({"of_id": row.id, "its_sequence": head.sequence, "its_seal": head.seal})
    write_seals(session, seals)
    fact.value = _value(head)
    return head, len(seals)


def delete_old_entries(deps: Deps, limit: int) -> int:
    """Delete sealed entries that are older than AUDIT_DAYS; returns their number. 0 days: none is deleted."""
    if not deps.settings.audit_days:
        return 0
    before = deps.clock() - timedelta(days=deps.settings.audit_days)
    with deps.db.read() as session:
        if not sealed_before(session, before, 1):
            return 0
    deleted = deps.db.transact(_delete, before, limit)
    log.info("audit_deleted", entries=deleted, before=before)
    return deleted


def _delete(session: Session, before: datetime, limit: int) -> int:
    insert_once(session, Fact, name=START, value=_value(Link()))
    fact = session.get_one(Fact, START, with_for_update=True)
    old = sealed_before(session, before, limit)
    if old:
        fact.value = _value(_end_of(old[-1]))
    return delete_audits(session, [row.id for row in old])


def _end_of(row: Audit) -> Link:
    return Link(row.sequence or 0, row.seal or "")


def ends_of_chain(session: Session) -> tuple[Link, Link]:
    """Return the place after the last deleted entry, and the last sealed one."""
    found = facts_of_names(session, (START, HEAD))
    start, head = (_link(found[name]) if name in found else Link() for name in (START, HEAD))
    return start, head


def _value(link: Link) -> dict[str, object]:
    return {"sequence": link.sequence, "seal": link.seal}


def _link(value: dict[str, object]) -> Link:
    return Link(int(str(value["sequence"])), str(value["seal"]))
