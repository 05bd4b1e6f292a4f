"""Delete operators' decisions and entries of the allow-list that ended longer ago than AUDIT_DAYS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from service.db.session import Session
from service.db.statements.operators.allowlist import delete_entries, ended_entries
from service.db.statements.operators.decisions import delete_decisions, ended_decisions
from service.deps import Deps
from service.observability.logs import get_logger

log = get_logger(__name__)


def delete_old_decisions(deps: Deps, limit: int) -> int:
    """Delete at most `limit` old decisions; returns their number. 0 days: none is deleted."""
    return _delete(deps, limit, "decisions", ended_decisions, delete_decisions)


def delete_old_entries_of_allowlist(deps: Deps, limit: int) -> int:
    """Delete at most `limit` old entries that no file needs; returns their number. 0 days: none is deleted."""
    return _delete(deps, limit, "allowlist", ended_entries, delete_entries)


def _delete(
    deps: Deps,
    limit: int,
    table: str,
    find: Callable[[Session, datetime, int], Sequence[str]],
    delete: Callable[[Session, Sequence[str]], int],
) -> int:
    if not deps.settings.audit_days:
        return 0
    before = deps.clock() - timedelta(days=deps.settings.audit_days)
    with deps.db.read() as session:
        old = find(session, before, limit)
    deleted = deps.db.transact(delete, old) if old else 0
    if deleted:
        log.info("decisions_deleted", table=table, rows=deleted, before=before)
    return deleted
