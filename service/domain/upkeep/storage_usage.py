"""Count the bytes in storage by state, the files and the uploads, and keep a history of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from service.db.session import Session
from service.db.statements.files.files import sums_of_files
from service.db.statements.operators.subjects import largest_subjects
from service.db.statements.operators.usage_history import write_day
from service.db.statements.uploads import bytes_of_open_uploads, uploads_by_state
from service.deps import Deps
from service.domain.records.positions import Round, end_turn, make_due, recall, take_turn
from service.domain.upkeep.orphans import orphan_rounds
from service.values import SweepReport
from service.values.operators.usage import DayOfUsage, LastCount
from service.values.states import UploadState, Verdict

STORED_BYTES = "sweep.held"
"""The row of `facts`: sweepers of the release before use the same one."""
LAST, UPLOADS, FILES, SUBJECTS, COUNTED_AT = "bytes", "uploads", "files", "subjects", "counted_at"
"""Memory of the round: the last complete count."""
AFTER, SUMS, COUNTS = "after", "sums", "counts"
"""And the position of the current one, with its sums of bytes and its numbers of files so far."""
EVERY = timedelta(minutes=10)
"""Pause between two rounds through all files; meanwhile sweeps report the last complete count."""
SLICE = 50_000
"""Files that one statement adds up, which takes some tenths of a second."""
SLICES = 20
"""Slices that one sweep reads, so a million files."""
LARGEST = 20
"""Subjects with the most bytes that a count names."""
HISTORY = timedelta(days=400)
"""How many days the history has."""


def count_storage_usage(deps: Deps, report: SweepReport) -> None:
    """Report the bytes in storage by state of upload, by verdict, and `orphaned` (without a row)."""
    seen = recall(deps, STORED_BYTES, *orphan_rounds(deps))
    memory = seen[STORED_BYTES].memory
    turn = take_turn(deps, STORED_BYTES) if seen[STORED_BYTES].due_at <= deps.clock() else None
    if turn is not None:
        memory, of_subjects = _continue_count(deps, turn.memory)
        now = deps.clock()
        today = None if AFTER in memory else DayOfUsage(now.date(), _bytes(memory, seen), of_subjects)

        def end(session: Session) -> None:
            rest = EVERY if today else timedelta(0)
            if end_turn(session, turn, memory, now + rest) and today:
                write_day(session, today, today.day - HISTORY + timedelta(days=1))

        deps.db.transact(end)
    report.stored = _bytes(memory, seen)


def count_soon(deps: Deps) -> None:
    """Make the next sweep count the bytes again, however recent the last count is."""
    make_due(deps, STORED_BYTES)


def _continue_count(deps: Deps, memory: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the round's memory after its next SLICES: the last complete count, and the progress of this one.

    Also returns the subjects with the most bytes, if it is complete.
    """
    # sweepers of the release before continue a round without numbers of files: begin it again
    is_ours = COUNTS in memory
    after = memory[AFTER] if is_ours else ""
    sums, counts = (dict(memory[name]) if is_ours else {} for name in (SUMS, COUNTS))
    for _ in range(SLICES):
        with deps.db.read() as session:
            more_bytes, more_files, after = sums_of_files(session, after, SLICE)
        sums, counts = _added(sums, more_bytes), _added(counts, more_files)
        if after is None:
            return _whole(deps, sums, counts)
    last = {name: memory[name] for name in (LAST, UPLOADS, FILES, SUBJECTS, COUNTED_AT) if name in memory}
    return last | {AFTER: after, SUMS: sums, COUNTS: counts}, {}


def _added(sums: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    return {verdict.value: sums.get(verdict, 0) + more.get(verdict, 0) for verdict in Verdict}


def _whole(deps: Deps, sums: dict[str, int], counts: dict[str, int]) -> tuple[dict[str, Any], dict[str, int]]:
    with deps.db.read() as session:
        uploads = uploads_by_state(session, [state.value for state in UploadState])
        subjects = largest_subjects(session, LARGEST)
        memory = {
            LAST: bytes_of_open_uploads(session) | sums,
            UPLOADS: uploads,
            FILES: counts,
            SUBJECTS: list(subjects),
            COUNTED_AT: deps.clock().isoformat(),
        }
        return memory, subjects


def last_count(deps: Deps) -> LastCount:
    """Return the last complete count; empty before the first one. One statement."""
    seen = recall(deps, STORED_BYTES, *orphan_rounds(deps))
    memory = seen[STORED_BYTES].memory
    if not memory.get(LAST):
        return LastCount()
    counted_at = memory.get(COUNTED_AT)  # the release before did not record this, the files and the subjects
    return LastCount(
        counted_at=datetime.fromisoformat(counted_at) if counted_at else None,
        bytes=_bytes(memory, seen),
        files=memory.get(FILES, {}),
        uploads=memory.get(UPLOADS, {}),
        subjects=memory.get(SUBJECTS, []),
    )


def _bytes(memory: Mapping[str, Any], seen: dict[str, Round]) -> dict[str, int]:
    orphaned = sum(each.memory.get("last_bytes", 0) for name, each in seen.items() if name != STORED_BYTES)
    last: dict[str, int] = memory.get(LAST, {})
    return last | {"orphaned": orphaned}
