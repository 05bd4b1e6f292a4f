"""Work on a decision in turns: each continues where the last one stopped, and only one process works on it at a time.

A file, its count and the position are written in one transaction. So after a crash no file is decided twice, and none
is left out; a cancelled decision decides no further file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from service.crashpoints import reach
from service.db.models import Decision, File
from service.db.session import Session
from service.db.statements.files.scans import requested_scans
from service.db.statements.lists.pages import after_file, page_of_files
from service.db.statements.operators.decisions import count_done
from service.deps import Deps
from service.domain.decisions.actions import Order, decide_file
from service.domain.leased_work.rows import keep_reason, move_on, operator_of
from service.domain.leased_work.turns import (
    ATTEMPTS,
    PAGE,
    PAUSE,
    WAITING_AT_MOST,
    LeasedTurn,
    TurnEndedError,
    due_rows,
    take_turn,
)
from service.domain.scanning.rescans import ATTEMPTS_IN_BATCH
from service.errors import ServiceError, StorageRefusedError
from service.limits import DECIDED_AT_ONCE
from service.observability.logs import get_logger
from service.values import FileQuery, SweepReport
from service.values.access.caller import UNRESTRICTED
from service.values.operators.decisions import DecisionAction, DecisionState

log = get_logger(__name__)


@dataclass(frozen=True)
class _Next:
    """A file to decide, and the position after it."""

    file_id: str
    position: str


def continue_decisions(deps: Deps, report: SweepReport) -> None:
    """Continue the decisions that are due, for a limited time each."""
    for decision_id in due_rows(deps, Decision):
        report.decided_files += take_turn(deps, _Turn, decision_id)


class _Turn(LeasedTurn[Decision]):
    """One turn of a process."""

    table = Decision

    def run(self) -> None:
        """Decide file by file until none is left or the time is up."""
        while True:
            with self._deps.db.read() as session:
                decision = self._read(session)
                room = self._room(session, decision)
                found, following = _next_files(session, decision, min(room, PAGE)) if room > 0 else ([], "")
            if room <= 0:
                return self.pause(PAUSE, "earlier scans that were requested come first")
            order = _order(decision)
            for each in found:
                if self._is_over():
                    return self.pause(timedelta(0), None)
                self._decide(order, each)
            if following is None:
                return self._end()
            self._move_on(following)

    def _room(self, session: Session, decision: Decision) -> int:
        """Return how many files may follow now."""
        bounded = decision.action == DecisionAction.RESCAN and not _is_short(decision)
        return WAITING_AT_MOST - requested_scans(session, ATTEMPTS_IN_BATCH) if bounded else PAGE

    def _decide(self, order: Order, each: _Next) -> None:
        try:
            decide_file(self._deps, order, each.file_id, lambda session, why: self._count(session, each, why))
        except StorageRefusedError as error:
            if not self._deps.db.transact(self._fail, each, f"{error.code}: {error.message}"):
                raise
        self.done += 1

    def _count(self, session: Session, each: _Next, skipped: str | None) -> None:
        if skipped is None:
            if not count_done(session, self._id, self._token, each.position):
                raise TurnEndedError
            return
        decision = self._locked(session)
        move_on(decision, each.position)
        decision.skipped += 1
        keep_reason(decision, {"file_id": each.file_id, "reason": skipped})

    def _fail(self, session: Session, each: _Next, reason: str) -> bool:
        """Count a file that storage has refused for the last time; False if it is tried again."""
        decision = self._locked(session)
        if decision.attempts < ATTEMPTS:
            return False
        move_on(decision, each.position)
        decision.failed += 1
        keep_reason(decision, {"file_id": each.file_id, "reason": reason})
        return True

    def _move_on(self, position: str) -> None:
        """Continue after rows that were examined and do not match."""

        def write(session: Session) -> None:
            self._locked(session).position = position

        self._deps.db.transact(write)
        if self._is_over():
            self.pause(timedelta(0), None)
            raise TurnEndedError

    def _end(self) -> None:
        self._finish(DecisionState.DONE)
        reach("decision.done")
        log.info("decision_done", decision_id=self._id)


def _is_short(decision: Decision) -> bool:
    return decision.file_ids is not None and len(decision.file_ids) <= DECIDED_AT_ONCE


def _next_files(session: Session, decision: Decision, limit: int) -> tuple[Sequence[_Next], str | None]:
    """Return the next files, and the position after them; None if they are the last."""
    if decision.file_ids is not None:
        start = int(decision.position or 0)
        ids = decision.file_ids[start : start + limit]
        end = start + len(ids)
        following = str(end) if end < len(decision.file_ids) else None
        return [_Next(file_id, str(start + number)) for number, file_id in enumerate(ids, 1)], following
    files, following = files_of_filter(session, decision.filter or {}, decision.created_at, limit, decision.position)
    return [_Next(file.id, after_file(file)) for file in files], following


def files_of_filter(
    session: Session, wanted: dict[str, str | int], before: datetime, limit: int, cursor: str | None
) -> tuple[Sequence[File], str | None]:
    """Return the next files of a stored filter, newest first, of those that were completed before a time."""
    query = read_filter(wanted)
    until = before if query.created_until is None else min(before, query.created_until)
    return page_of_files(session, UNRESTRICTED, replace(query, limit=limit, cursor=cursor, created_until=until))


def read_filter(wanted: dict[str, str | int]) -> FileQuery:
    """Return the query of a filter as it is stored."""
    times = {name: datetime.fromisoformat(str(wanted[name])) for name in TIMES if name in wanted}
    return FileQuery(limit=1, **wanted | times)  # type: ignore[arg-type]


TIMES = ("created_from", "created_until")


def _order(decision: Decision) -> Order:
    return Order(DecisionAction(decision.action), operator_of(decision), decision.reason)


def work_at_once(deps: Deps, decision_id: str) -> None:
    """Work on a decision within the request; if that fails, the sweeper does it."""
    try:
        take_turn(deps, _Turn, decision_id)
    except ServiceError as error:
        log.warning("decision_postponed", decision_id=decision_id, reason=error.code)
