"""Turns of one process on work that a row describes. The row has its token; nothing is written without it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic

from service.db.models import LeasedWork
from service.db.session import Session
from service.db.statements.operators.leased_work import RUNNING, Row, claim_work, due_work, lock_work
from service.deps import Deps
from service.domain.leased_work.rows import end_work
from service.domain.records.backoff import wait_after
from service.domain.records.objects.pending_deletions import settle_soon
from service.domain.webhooks.events import send_soon
from service.errors import DependencyError, StorageRefusedError
from service.observability.logs import get_logger
from service.values.formats.ids import new_id

log = get_logger(__name__)

LEASE = timedelta(minutes=10)
"""After that time another process may continue a turn: as long as a sweep can take (SWEEP_TIMEOUT)."""
TURN = timedelta(seconds=20)
"""A turn ends after that time: the sweeper's other work must not wait."""
PAGE = 500
"""Files or objects that are read at once, and in memory."""
WAITING_AT_MOST = 500
"""Scans that wait, above which none is added: workers set the rate, and uploads come first."""
PAUSE = timedelta(seconds=30)
"""Pause while that many wait, or while a setting prevents the work."""
ATTEMPTS = 5
"""Turns in a row that may end at the same file or object; then it counts as failed, unless all of storage fails."""
ROWS = 10
"""Rows of a table that one sweep continues."""
RETRY = timedelta(seconds=30)
"""Pause after storage or the database failed; doubled for each further one up to MAX_RETRY."""
MAX_RETRY = timedelta(minutes=30)


class TurnEndedError(Exception):
    """The work was cancelled, or another process works on it."""


class LeasedTurn(ABC, Generic[Row]):
    """One turn of a process; a subclass has the work itself. table: of its row; done: files or objects so far."""

    table: ClassVar[type[Any]]

    def __init__(self, deps: Deps, row_id: str, token: str, until: datetime) -> None:
        self._deps, self._id, self._token, self._until = deps, row_id, token, until
        self.done = 0

    @abstractmethod
    def run(self) -> None:
        """Work until nothing is left or the time is up. Raises TurnEndedError, DependencyError, StorageRefusedError."""

    def pause(self, wait: timedelta, problem: str | None) -> None:
        """End the turn; the next one is due after `wait`. Does nothing if it is not this process's turn any more."""
        self._deps.db.transact(self._pause, wait, problem)

    def postpone(self, problem: str) -> None:
        """End the turn at what failed: the next one begins with it, after growing delays."""
        self._deps.db.transact(self._pause, None, f"{problem}: it is tried again")

    def _pause(self, session: Session, wait: timedelta | None, problem: str | None) -> None:
        row = self._mine(session)
        if row is None:
            return
        if wait is None:
            row.attempts += 1
            wait = wait_after(row.attempts, RETRY, MAX_RETRY)
        row.token, row.due_at, row.problem = None, self._deps.clock() + wait, problem

    def _is_over(self) -> bool:
        return self._deps.clock() >= self._until

    def _finish(self, state: str) -> None:
        """End the work itself. Raises TurnEndedError."""

        def write(session: Session) -> None:
            end_work(self._locked(session), state, self._deps.clock())

        self._deps.db.transact(write)

    def _read(self, session: Session) -> Row:
        """Return the row. Raises TurnEndedError if it was deleted."""
        row: Row | None = session.get(self.table, self._id)
        if row is None:
            raise TurnEndedError
        return row

    def _locked(self, session: Session) -> Row:
        """Return the row, which must still be this turn's. Raises TurnEndedError: the transaction is rolled back."""
        row = self._mine(session)
        if row is None:
            raise TurnEndedError
        return row

    def _mine(self, session: Session) -> Row | None:
        row: Row | None = lock_work(session, self.table, self._id)
        return row if row is not None and row.token == self._token and row.state == RUNNING else None


def due_rows(deps: Deps, table: type[LeasedWork]) -> Sequence[str]:
    """Return ids of rows whose work is due, for one sweep."""
    with deps.db.read() as session:
        return due_work(session, table, deps.clock(), ROWS)


def take_turn(deps: Deps, turns: type[LeasedTurn[Any]], row_id: str) -> int:
    """Work on a row for one turn; returns the number of files or objects. The rest is left to later turns.

    Raises DatabaseUnavailableError: then the turn ends with its lease.
    """
    token, now = new_id(), deps.clock()
    if not deps.db.transact(claim_work, turns.table, row_id, token, now, now + LEASE):
        return 0
    turn = turns(deps, row_id, token, now + TURN)
    try:
        turn.run()
    except TurnEndedError:
        log.info("turn_ended", table=turns.table.__tablename__, id=row_id)
    except (DependencyError, StorageRefusedError) as error:
        code = error.extra.get("storage_code")
        turn.postpone(f"{error.code} ({code})" if code else error.code)
    if turn.done:
        send_soon(deps)
        settle_soon(deps)
    return turn.done
