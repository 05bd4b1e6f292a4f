"""The rows of work that is done in turns: their first values, their progress, and their end."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from service.db.models import LeasedWork
from service.db.statements.operators.leased_work import RUNNING
from service.deps import Deps
from service.domain.records import audit
from service.values.access.caller import Caller
from service.values.formats.ids import new_id
from service.values.operators.audit import Actor

KEPT_REASONS = 20
"""The last reasons that a row keeps."""


def new_work(deps: Deps, caller: Caller) -> dict[str, Any]:
    """Return the values of a new row: its id, counts of zero, and the operator. The sweeper begins at once."""
    actor, now = audit.actor_of(caller), deps.clock()
    counts = {"skipped": 0, "failed": 0, "attempts": 0, "reasons": []}
    operator = {"created_by": actor.name, "key_prefix": actor.key_prefix, "address": audit.address_of(actor)}
    return {"id": new_id(), "state": RUNNING, "due_at": now, "created_at": now, **counts, **operator}


def operator_of(row: LeasedWork) -> Actor:
    """Return the operator who ordered the work, for the audit log."""
    return Actor(row.created_by, row.key_prefix, row.address)


def move_on(row: LeasedWork, position: str | None) -> None:
    """Continue after this file or object, without the problem and attempts of earlier turns."""
    row.position, row.problem, row.attempts = position, None, 0


def keep_reason(row: LeasedWork, reason: dict[str, str]) -> None:
    """Keep the last reasons; a new list, as SQLAlchemy does not see changes within one."""
    row.reasons = [*row.reasons, reason][-KEPT_REASONS:]


def end_work(row: LeasedWork, state: str, now: datetime) -> None:
    """End the work of a locked row; no process continues it."""
    row.state, row.ended_at = state, now
    row.token = row.due_at = row.problem = None
