"""A turn of one process on long work that a row describes. The row has its token; nothing is written without it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import ClassVar, Generic, TypeVar

from service.db.models import Adoption, Decision
from service.db.session import Session
from service.deps import Deps
from service.domain.records.backoff import wait_after

Row = TypeVar("Row", Adoption, Decision)
RETRY = timedelta(seconds=30)
"""Pause after storage or the database failed; doubled for each further one up to MAX_RETRY."""
MAX_RETRY = timedelta(minutes=30)


class TurnEndedError(Exception):
    """The work was cancelled, or another process works on it."""


class LeasedTurn(Generic[Row]):
    """The beginning and the end of each write of a turn.

    running: the row's state while there is work; lock: reads the row with this id, locked, None without one.
    """

    running: ClassVar[str]
    lock: Callable[[Session, str], Row | None]

    def __init__(self, deps: Deps, row_id: str, token: str) -> None:
        self._deps, self._id, self._token = deps, row_id, token

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

    def _locked(self, session: Session) -> Row:
        """Return the row, which must still be this turn's. Raises TurnEndedError: the transaction is rolled back."""
        row = self._mine(session)
        if row is None:
            raise TurnEndedError
        return row

    def _mine(self, session: Session) -> Row | None:
        row = self.lock(session, self._id)
        return row if row is not None and row.token == self._token and row.state == self.running else None
