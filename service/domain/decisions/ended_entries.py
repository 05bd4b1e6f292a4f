"""Files that an entry of the allow-list released, after it has ended: they are scanned again, and not served before."""

from __future__ import annotations

from service.crashpoints import reach
from service.db.models import File
from service.db.session import Session
from service.db.statements.operators.allowlist import files_of_ended_entries
from service.db.statements.transitions.decisions import reopen_file
from service.deps import Deps
from service.domain.records import audit
from service.values.operators.audit import Action


def reopen_files_of_ended_entries(deps: Deps, limit: int) -> int:
    """Make a scan of at most `limit` such files due; returns their number."""
    with deps.db.read() as session:
        files = files_of_ended_entries(session, deps.clock(), limit)
    reopened = sum(deps.db.transact(_reopen, deps, file) for file in files)
    if files:
        reach("allowlist.reopened")
    return reopened


def _reopen(session: Session, deps: Deps, file: File) -> bool:
    now = deps.clock()
    reopened = reopen_file(session, file, now)
    if reopened:
        reason = f"The entry {file.allowlist_id} of the allow-list has ended."
        audit.record(session, now, audit.SYSTEM, Action.RESCANNED, file.id, reason)
    return reopened
