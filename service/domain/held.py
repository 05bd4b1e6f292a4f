"""How many bytes storage holds for us, by what became of them, and how many uploads there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from service.db.known import OPEN, bytes_by_state, uploads_by_state
from service.deps import Deps
from service.domain.rounds import Round, end_turn, recall, take_turn
from service.domain.states import UploadState, Verdict
from service.domain.strays import orphan_rounds
from service.values import SweepReport

HELD = "sweep.held"
UPLOADS = "uploads"
"""Under this name the round remembers the uploads' numbers, beside the bytes."""
EVERY = timedelta(minutes=10)
"""How often it is counted, as that reads all files; the sweeps between two counts say what the last one found."""


def count_held(deps: Deps, report: SweepReport) -> None:
    """Say in the report what is held: bytes by state of upload, by verdict, and `orphaned` (no row knows them)."""
    seen = recall(deps, HELD, *orphan_rounds(deps))
    memory = seen[HELD].memory
    turn = take_turn(deps, HELD) if seen[HELD].due_at <= deps.clock() else None
    if turn is not None:
        with deps.db.read() as session:
            held = dict.fromkeys((*OPEN, *(verdict.value for verdict in Verdict)), 0) | bytes_by_state(session)
            uploads = uploads_by_state(session, [state.value for state in UploadState])
            memory = {**held, UPLOADS: uploads}
        with deps.db.write() as session:
            end_turn(session, turn, memory, deps.clock() + EVERY)
    report.held = _bytes(memory, seen)


def last_count(deps: Deps) -> tuple[dict[str, int], dict[str, int]]:
    """(bytes held, numbers of uploads by state) as last counted; empty before the first count. One statement."""
    seen = recall(deps, HELD, *orphan_rounds(deps))
    memory = seen[HELD].memory
    return _bytes(memory, seen) if memory else {}, dict(memory.get(UPLOADS, {}))


def _bytes(memory: dict[str, Any], seen: dict[str, Round]) -> dict[str, int]:
    orphaned = sum(each.memory.get("last_bytes", 0) for name, each in seen.items() if name != HELD)
    return {state: size for state, size in memory.items() if state != UPLOADS} | {"orphaned": orphaned}
