"""Delete folders that nothing is in: left by an older version, which deletes files without their folders.

A round examines all folders, some per sweep, once a day. Whatever else empties a folder deletes it at once.
"""

from __future__ import annotations

from datetime import timedelta

from service.db.statements.files.folders import delete_empty, empty_folders_after
from service.deps import Deps
from service.domain.records.positions import end_turn, recall, take_turn
from service.observability.logs import get_logger
from service.values import SweepReport

log = get_logger(__name__)

ROUND = "sweep.folders"
PAGE = 1000
"""Folders that one sweep examines."""
REST = timedelta(days=1)
"""Pause between two rounds."""


def delete_empty_folders(deps: Deps, _report: SweepReport) -> None:
    """Make the next step of the round, if it is due."""
    if recall(deps, ROUND)[ROUND].due_at > deps.clock():
        return
    turn = take_turn(deps, ROUND)
    if turn is None:
        return
    with deps.db.read() as session:
        empty, last = empty_folders_after(session, turn.memory.get("after") or "", PAGE)
    deleted = sum(deps.db.transact(delete_empty, [each]) for each in empty)
    deps.db.transact(end_turn, turn, {"after": last}, deps.clock() + (REST if last is None else timedelta(0)))
    if deleted:
        log.info("empty_folders_deleted", folders=deleted)
