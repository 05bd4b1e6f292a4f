"""How many bytes storage holds for us, by what became of them."""

from __future__ import annotations

from datetime import timedelta

from service.db.known import OPEN, bytes_by_state
from service.deps import Deps
from service.domain.rounds import end_turn, recall, take_turn
from service.domain.states import Verdict
from service.domain.strays import orphan_rounds
from service.values import SweepReport

HELD = "sweep.held"
EVERY = timedelta(minutes=10)
"""How often it is counted, as that reads all files; the sweeps between two counts say what the last one found."""


def count_held(deps: Deps, report: SweepReport) -> None:
    """Say in the report what is held: bytes by state of upload, by verdict, and `orphaned` (no row knows them)."""
    orphans = orphan_rounds(deps)
    seen = recall(deps, HELD, *orphans)
    held = seen[HELD].memory
    turn = take_turn(deps, HELD) if seen[HELD].due_at <= deps.clock() else None
    if turn is not None:
        with deps.db.read() as session:
            held = dict.fromkeys((*OPEN, *(verdict.value for verdict in Verdict)), 0) | bytes_by_state(session)
        with deps.db.write() as session:
            end_turn(session, turn, held, deps.clock() + EVERY)
    report.held = held | {"orphaned": sum(seen[name].memory.get("last_bytes", 0) for name in orphans)}
