"""Count the bytes in storage by state, and the uploads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from service.db.statements.files import bytes_of_files
from service.db.statements.uploads import bytes_of_open_uploads, uploads_by_state
from service.deps import Deps
from service.domain.records.positions import Round, end_turn, make_due, recall, take_turn
from service.domain.upkeep.orphans import orphan_rounds
from service.values import SweepReport
from service.values.states import UploadState, Verdict

STORED_BYTES = "sweep.held"
"""The row of `facts`: sweepers of the release before use the same one."""
LAST, UPLOADS, AFTER, SUMS = "bytes", "uploads", "after", "sums"
"""Memory of the round: the last complete count of bytes and uploads, and the position and sums of the current one."""
EVERY = timedelta(minutes=10)
"""Pause between two rounds through all files; meanwhile sweeps report the last complete count."""
SLICE = 50_000
"""Files that one statement adds up, which takes some tenths of a second."""
SLICES = 20
"""Slices that one sweep reads, so a million files."""


def count_storage_usage(deps: Deps, report: SweepReport) -> None:
    """Report the bytes in storage by state of upload, by verdict, and `orphaned` (without a row)."""
    seen = recall(deps, STORED_BYTES, *orphan_rounds(deps))
    memory = seen[STORED_BYTES].memory
    turn = take_turn(deps, STORED_BYTES) if seen[STORED_BYTES].due_at <= deps.clock() else None
    if turn is not None:
        memory = _go_on(deps, turn.memory)
        rest = timedelta(0) if AFTER in memory else EVERY
        deps.db.transact(end_turn, turn, memory, deps.clock() + rest)
    report.stored = _bytes(memory, seen)


def count_soon(deps: Deps) -> None:
    """Make the next sweep count the bytes again, however recent the last count is."""
    make_due(deps, STORED_BYTES)


def _go_on(deps: Deps, memory: Mapping[str, Any]) -> dict[str, Any]:
    """Return the round's memory after its next SLICES: the last complete count, and the progress of this one."""
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
    """Return (bytes in storage, uploads by state) as last counted; empty before the first count. One statement."""
    seen = recall(deps, STORED_BYTES, *orphan_rounds(deps))
    memory = seen[STORED_BYTES].memory
    return _bytes(memory, seen) if memory.get(LAST) else {}, dict(memory.get(UPLOADS, {}))


def _bytes(memory: Mapping[str, Any], seen: dict[str, Round]) -> dict[str, int]:
    orphaned = sum(each.memory.get("last_bytes", 0) for name, each in seen.items() if name != STORED_BYTES)
    last: dict[str, int] = memory.get(LAST, {})
    return last | {"orphaned": orphaned}
