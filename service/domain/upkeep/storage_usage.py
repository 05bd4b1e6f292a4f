"""How many bytes storage holds for us, by what became of them, and how many uploads there are."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from service.db.known_keys import bytes_of_files, bytes_of_open_uploads, uploads_by_state
from service.deps import Deps
from service.domain.records.positions import Round, end_turn, make_due, recall, take_turn
from service.domain.upkeep.orphans import orphan_rounds
from service.values import SweepReport
from service.values.states import UploadState, Verdict

HELD = "sweep.held"
LAST, UPLOADS, AFTER, SUMS = "bytes", "uploads", "after", "sums"
"""What the round remembers: the last whole count of bytes and of uploads; of the one under way, the place and sums."""
EVERY = timedelta(minutes=10)
"""Between two rounds through all files; the sweeps meanwhile say what the last whole one found."""
SLICE = 50_000
"""Files that one statement adds up: some tenths of a second."""
SLICES = 20
"""Slices that one sweep reads, so a million files."""


def count_held(deps: Deps, report: SweepReport) -> None:
    """Say in the report what is held: bytes by state of upload, by verdict, and `orphaned` (no row knows them)."""
    seen = recall(deps, HELD, *orphan_rounds(deps))
    memory = seen[HELD].memory
    turn = take_turn(deps, HELD) if seen[HELD].due_at <= deps.clock() else None
    if turn is not None:
        memory = _go_on(deps, turn.memory)
        rest = timedelta(0) if AFTER in memory else EVERY
        deps.db.transact(end_turn, turn, memory, deps.clock() + rest)
    report.held = _bytes(memory, seen)


def count_soon(deps: Deps) -> None:
    """Let the next sweep count what is held, however young the last count is."""
    make_due(deps, HELD)


def _go_on(deps: Deps, memory: Mapping[str, Any]) -> dict[str, Any]:
    """What the round remembers after its next SLICES: the last whole count, and how far this one is."""
    after, sums = memory.get(AFTER, ""), dict(memory.get(SUMS, {}))
    for _ in range(SLICES):
        with deps.db.read() as session:
            added, after = bytes_of_files(session, after, SLICE)
        sums = {verdict.value: sums.get(verdict, 0) + added.get(verdict, 0) for verdict in Verdict}
        if after is None:
            return _whole(deps, sums)
    return {LAST: memory.get(LAST, {}), UPLOADS: memory.get(UPLOADS, {}), AFTER: after, SUMS: sums}


def _whole(deps: Deps, sums: dict[str, int]) -> dict[str, Any]:
    with deps.db.read() as session:
        uploads = uploads_by_state(session, [state.value for state in UploadState])
        return {LAST: bytes_of_open_uploads(session) | sums, UPLOADS: uploads}


def last_count(deps: Deps) -> tuple[dict[str, int], dict[str, int]]:
    """(bytes held, numbers of uploads by state) as last counted; empty before the first count. One statement."""
    seen = recall(deps, HELD, *orphan_rounds(deps))
    memory = seen[HELD].memory
    return _bytes(memory, seen) if memory.get(LAST) else {}, dict(memory.get(UPLOADS, {}))


def _bytes(memory: Mapping[str, Any], seen: dict[str, Round]) -> dict[str, int]:
    orphaned = sum(each.memory.get("last_bytes", 0) for name, each in seen.items() if name != HELD)
    last: dict[str, int] = memory.get(LAST, {})
    return last | {"orphaned": orphaned}
