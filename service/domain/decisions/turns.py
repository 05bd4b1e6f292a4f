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
from service.db.statements.operators.decisions import claim_decision, count_done, due_decisions, lock_decision
from service.deps import Deps
from service.domain.decisions.actions import Order, decide_file
from service.domain.records.leased_turns import LeasedTurn, TurnEndedError
from service.domain.records.objects.pending_deletions import settle_soon
from service.domain.scanning.rescans import ATTEMPTS_IN_BATCH
from service.domain.webhooks.events import send_soon
from service.errors import DependencyError, ServiceError, StorageRefusedError
from service.limits import DECIDED_AT_ONCE
from service.observability.logs import get_logger
from service.values import FileQuery, SweepReport
from service.values.access.caller import UNRESTRICTED
from service.values.formats.ids import new_id
from service.values.operators.audit import Actor
from service.values.operators.decisions import DecisionAction, DecisionState

log = get_logger(__name__)

LEASE = timedelta(minutes=10)
"""After that time another process may continue a turn: as long as a sweep can take (SWEEP_TIMEOUT)."""
TURN = timedelta(seconds=20)
"""A turn ends after that time: the sweeper's other work must not wait."""
PAGE = 500
"""Files that are read at once: each search for them examines up to 5,000 rows."""
WAITING_AT_MOST = 500
"""Requested scans above which none is added, so that workers set the rate; files without a verdict come first."""
PAUSE = timedelta(seconds=30)
"""Pause while that many wait."""
ATTEMPTS = 5
"""Turns in a row in which storage may refuse the same file; then it counts as failed. An outage has no such limit."""
DECISIONS = 10
"""Decisions that one sweep continues."""
KEPT_REASONS = 20
"""The last reasons that a decision keeps."""


@dataclass(frozen=True)
class _Next:
    """A file to decide, and the position after it."""

    file_id: str
    position: str


def continue_decisions(deps: Deps, report: SweepReport) -> None:
    """Continue the decisions that are due, for a limited time each."""
    with deps.db.read() as session:
        due = due_decisions(session, deps.clock(), DECISIONS)
    for decision_id in due:
        report.decided_files += work_on(deps, decision_id)


def work_on(deps: Deps, decision_id: str) -> int:
    """Work on a decision for one turn; returns the number of files. What it cannot do now is left to a later turn.

    Raises DatabaseUnavailableError: then the turn ends with its lease.
    """
    token, now = new_id(), deps.clock()
    if not deps.db.transact(claim_decision, decision_id, token, now, now + LEASE):
        return 0
    turn = _Turn(deps, decision_id, token, now + TURN)
    try:
        turn.run()
    except TurnEndedError:
        log.info("decision_turn_ended", decision_id=decision_id)
    except (DependencyError, StorageRefusedError) as error:
        turn.postpone(error.code)
    if turn.files:
        send_soon(deps)
        settle_soon(deps)
    return turn.files


class _Turn(LeasedTurn[Decision]):
    """One turn of a process."""

    running = DecisionState.RUNNING
    lock = staticmethod(lock_decision)

    def __init__(self, deps: Deps, decision_id: str, token: str, until: datetime) -> None:
        super().__init__(deps, decision_id, token)
        self._until = until
        self.files = 0

    def run(self) -> None:
        """Decide file by file until none is left or the time is up. Raises TurnEndedError and DependencyError."""
        while True:
            with self._deps.db.read() as session:
                decision = session.get(Decision, self._id)
                if decision is None:
                    raise TurnEndedError
                room = self._room(session, decision)
                found, following = _next_files(session, decision, min(room, PAGE)) if room > 0 else ([], "")
            if room <= 0:
                return self.pause(PAUSE, "earlier scans that were requested come first")
            order = _order(decision)
            for each in found:
                if self._deps.clock() >= self._until:
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
        self.files += 1

    def _count(self, session: Session, each: _Next, skipped: str | None) -> None:
        if skipped is None:
            if not count_done(session, self._id, self._token, each.position):
                raise TurnEndedError
            return
        decision = self._locked(session)
        decision.position, decision.problem, decision.attempts = each.position, None, 0
        decision.skipped += 1
        _note(decision, each.file_id, skipped)

    def _fail(self, session: Session, each: _Next, reason: str) -> bool:
        """Count a file that storage has refused for the last time; False if it is tried again."""
        decision = self._locked(session)
        if decision.attempts < ATTEMPTS:
            return False
        decision.position, decision.attempts = each.position, 0
        decision.failed += 1
        _note(decision, each.file_id, reason)
        return True

    def _move_on(self, position: str) -> None:
        """Continue after rows that were examined and do not match."""

        def write(session: Session) -> None:
            self._locked(session).position = position

        self._deps.db.transact(write)
        if self._deps.clock() >= self._until:
            self.pause(timedelta(0), None)
            raise TurnEndedError

    def _end(self) -> None:
        def write(session: Session) -> None:
            decision = self._locked(session)
            decision.state, decision.ended_at = DecisionState.DONE, self._deps.clock()
            decision.token = decision.due_at = decision.problem = None

        self._deps.db.transact(write)
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
    actor = Actor(decision.created_by, decision.key_prefix, decision.address)
    return Order(DecisionAction(decision.action), actor, decision.reason)


def _note(decision: Decision, file_id: str, reason: str) -> None:
    """Keep the last reasons; a new list, as SQLAlchemy does not see changes within one."""
    decision.reasons = [*decision.reasons, {"file_id": file_id, "reason": reason}][-KEPT_REASONS:]


def work_at_once(deps: Deps, decision_id: str) -> None:
    """Work on a decision within the request; if that fails, the sweeper does it."""
    try:
        work_on(deps, decision_id)
    except ServiceError as error:
        log.warning("decision_postponed", decision_id=decision_id, reason=error.code)
