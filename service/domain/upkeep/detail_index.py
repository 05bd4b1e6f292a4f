"""Keep the indexed keys of `detail` as the policies say: after a change of theirs at once, otherwise once a day.

A round compares all files, some per sweep. New and changed files are indexed in their own transaction; the round
finds those from before a policy indexed a key, those that processes of an older release wrote, and rows of keys that
are not indexed any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from service.db.session import Session
from service.db.statements.execution import batches
from service.db.statements.files.details import details_of, files_to_index, lock_files_to_index
from service.deps import Deps
from service.domain.records.indexed_details import index_again, indexed_keys, values_to_index
from service.domain.records.positions import end_turn, make_due, recall, take_turn
from service.observability.logs import get_logger
from service.values import SweepReport
from service.values.indexed_details import digest_of

log = get_logger(__name__)

ROUND = "sweep.details"
PAGE = 1000
"""Files that one sweep compares."""
AT_ONCE = 100
"""Files that one transaction indexes."""
REST = timedelta(days=1)
"""Pause between two rounds with the same policies."""


def index_details(deps: Deps, _report: SweepReport) -> None:
    """Make the next step of the round, if it is due or the policies have changed; nothing where none indexes.

    Without a file of policies it costs no read: rows from before then stay until their files are deleted.
    """
    if not deps.settings.policies:
        return
    wanted = {policy: list(keys) for policy, keys in sorted(indexed_keys(deps.settings).items())}
    seen = recall(deps, ROUND)[ROUND]
    known = seen.memory.get("keys", {})
    if not wanted and not known and seen.memory.get("after") is None:
        return
    if known != wanted:
        make_due(deps, ROUND)
    turn = take_turn(deps, ROUND)
    if turn is None:
        return
    after = turn.memory.get("after") if turn.memory.get("keys") == wanted else None
    last, indexed = _index_page(deps, after or "")
    memory = {"after": last, "keys": wanted}
    deps.db.transact(end_turn, turn, memory, deps.clock() + (REST if last is None else timedelta(0)))
    if indexed:
        log.info("details_indexed", files=indexed, is_last=last is None)


def _index_page(deps: Deps, after: str) -> tuple[str | None, int]:
    """Index the next files by id; returns the last one's id, None at the end, and how many had other rows."""
    with deps.db.read() as session:
        files = files_to_index(session, after, PAGE)
        rows = details_of(session, [file.id for file in files])
    wrong = []
    for file in files:
        values = values_to_index(deps.settings, file)
        if {(key, digest_of(key, text), file.owner) for key, text in values.items()} != rows.get(file.id, set()):
            wrong.append(file.id)
    for some in batches(wrong, AT_ONCE):
        deps.db.transact(_index_locked, deps, some)
    return files[-1].id if len(files) == PAGE else None, len(wrong)


def _index_locked(session: Session, deps: Deps, file_ids: Sequence[str]) -> None:
    """Index files by their rows as they are now: they may have been changed or deleted since."""
    for file in lock_files_to_index(session, file_ids):
        index_again(session, deps, file)
