"""Rounds that sweepers make step by step: each continues where the last one stopped, one sweeper at a time.

A round is a row of `facts`: when its next turn is due, which process has it now, and its memory. A turn of a process
that died is free again after LEASE: then the same step is repeated from the same place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from service.db.models import Fact
from service.db.session import Session
from service.db.statements.execution import insert_once
from service.db.statements.facts import facts_of_names
from service.deps import Deps
from service.values.formats.ids import new_id

LEASE = timedelta(minutes=10)
"""Lease of a turn: as long as a sweep can take (SWEEP_TIMEOUT)."""
NEVER: dict[str, Any] = {"due_at": datetime.min.replace(tzinfo=UTC).isoformat(), "token": None, "memory": {}}


@dataclass(frozen=True)
class Round:
    """A round's row; memory: stored by its last turn."""

    name: str
    due_at: datetime
    token: str | None
    memory: dict[str, Any]


def recall(deps: Deps, *names: str) -> dict[str, Round]:
    """Return these rounds by name, in one statement; a new one is due."""
    with deps.db.read() as session:
        facts = facts_of_names(session, names)
    return {name: _round(name, facts.get(name, NEVER)) for name in names}


def take_turn(deps: Deps, name: str) -> Round | None:
    """Claim the next turn of a round; None if it is not due, or another process has it."""
    now = deps.clock()
    return deps.db.transact(_take, name, now)


def _take(session: Session, name: str, now: datetime) -> Round | None:
    fact = session.get(Fact, name, with_for_update=True)
    if fact is None:
        insert_once(session, Fact, name=name, value=NEVER)
        fact = session.get_one(Fact, name, with_for_update=True)
    return _taken(fact, now)


def end_turn(session: Session, turn: Round, memory: Mapping[str, Any], due: datetime) -> bool:
    """Store the result of the turn in the caller's transaction; the next turn is due at `due`.

    False if the lease expired and another process claimed the turn: then the caller must not write either.
    """
    fact = session.get(Fact, turn.name, with_for_update=True)
    if fact is None or fact.value["token"] != turn.token:
        return False
    fact.value = _value(Round(turn.name, due, None, dict(memory)))
    return True


def make_due(deps: Deps, name: str) -> None:
    """Make the next turn of a round due now, unless one is in progress."""
    deps.db.transact(_make_due, name, deps.clock())


def _make_due(session: Session, name: str, now: datetime) -> None:
    fact = session.get(Fact, name, with_for_update=True)
    if fact is not None and fact.value["token"] is None:
        fact.value = fact.value | {"due_at": now.isoformat()}


def _taken(fact: Fact, now: datetime) -> Round | None:
    """Claim the turn of a locked row, if it is due."""
    seen = _round(fact.name, fact.value)
    if seen.due_at > now:
        return None
    turn = Round(fact.name, now + LEASE, new_id(), seen.memory)
    fact.value = _value(turn)
    return turn


def _round(name: str, value: Mapping[str, Any]) -> Round:
    return Round(name, datetime.fromisoformat(value["due_at"]), value["token"], value["memory"])


def _value(made: Round) -> dict[str, Any]:
    return {"due_at": made.due_at.isoformat(), "token": made.token, "memory": made.memory}
