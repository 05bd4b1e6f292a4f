"""Work on an adoption in turns: each continues where the last one stopped, and only one process works on it at a time.

An object, its count and the position are written in one transaction. So after a crash no object is adopted or counted
twice, and none is left out; a cancelled adoption adopts no further object. Only a page of the list is in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from service.crashpoints import reach
from service.db.models import Adoption, File
from service.db.session import Session
from service.db.statements.execution import batches
from service.db.statements.objects.keys import files_of_keys
from service.db.statements.operators.adoptions import waiting_adopted_scans
from service.deps import Deps
from service.domain.adoptions.candidates import Looked, is_unchanged, look_at
from service.domain.adoptions.objects import Order, adopt_object
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
from service.domain.uploads.policies import policy_named
from service.errors import InvalidBodyError, StorageRefusedError, StorageUnavailableError
from service.observability.logs import get_logger
from service.values import ListedObject, SweepReport
from service.values.object_keys import adopted_name
from service.values.operators.adoptions import AdoptionState, Outcome

log = get_logger(__name__)

AT_ONCE = 8
"""Objects that are requested in parallel."""
NOT_LISTED = "ADOPT_BUCKETS does not list its bucket any more"
SCANS_FIRST = "earlier adopted files are scanned first"


def continue_adoptions(deps: Deps, report: SweepReport) -> None:
    """Continue the adoptions that are due, for a limited time each."""
    for adoption_id in due_rows(deps, Adoption):
        report.adopted_objects += work_on(deps, adoption_id)


def work_on(deps: Deps, adoption_id: str) -> int:
    """Work on an adoption for one turn; returns the number of objects. Raises DatabaseUnavailableError."""
    return take_turn(deps, _Turn, adoption_id)


def order_of(deps: Deps, adoption: Adoption) -> Order:
    """Return what the objects of an adoption become. Raises InvalidBodyError if its policy does not exist any more."""
    policy = policy_named(deps.settings, adoption.policy)
    return Order(adoption.id, adoption.bucket, adoption.owner, policy, operator_of(adoption))


def count_object(adoption: Adoption, object_key: str, outcome: Outcome, reason: str | None, size: int) -> None:
    """Count an object in its adoption's locked row, and keep why it was skipped."""
    setattr(adoption, outcome, getattr(adoption, outcome) + 1)
    adoption.bytes += size
    if reason is not None:
        keep_reason(adoption, {"key": object_key, "reason": reason})


class _Turn(LeasedTurn[Adoption]):
    """One turn of a process. _uncounted: unchanged objects since the last transaction; _position: after them."""

    table = Adoption

    def __init__(self, deps: Deps, adoption_id: str, token: str, until: datetime) -> None:
        super().__init__(deps, adoption_id, token, until)
        self._uncounted = 0
        self._position: str | None = None

    def run(self) -> None:
        """Adopt object by object until none is left or the time is up."""
        reach("adoption.claimed")
        while True:
            with self._deps.db.read() as session:
                adoption = self._read(session)
                room = WAITING_AT_MOST - waiting_adopted_scans(session, ATTEMPTS_IN_BATCH)
            if adoption.bucket not in self._deps.settings.adopt_buckets:
                return self.pause(PAUSE, NOT_LISTED)
            try:
                order = order_of(self._deps, adoption)
            except InvalidBodyError as error:
                return self.pause(PAUSE, "; ".join(error.errors))
            if room <= 0:
                return self.pause(PAUSE, SCANS_FIRST)
            try:
                following = self._adopt_page(order, adoption, room)
            except (StorageUnavailableError, StorageRefusedError):
                self._save()
                raise
            if following is None:
                return self._end(follow=adoption.follow)

    def _adopt_page(self, order: Order, adoption: Adoption, room: int) -> str | None:
        """Adopt the objects of the next page, at most `room` new ones; returns the position, None at the end."""
        at, storage = adoption.position, self._deps.storage
        listed, following = storage.objects_after(adoption.bucket, at, PAGE, adoption.prefix)
        names = [adopted_name(adoption.bucket, each.object_key) for each in listed]
        with self._deps.db.read() as session:
            known = {file.object_key: file for file in files_of_keys(session, adoption.bucket, names)}
        new = 0
        last_attempt = adoption.attempts >= ATTEMPTS
        for each, looked in self._looked_at(order, listed, [known.get(name) for name in names], last_attempt):
            if self._is_over() or new >= room:
                self._save()
                self.pause(timedelta(0), None)
                raise TurnEndedError
            new += self._take(order, each, looked) in {Outcome.ADOPTED, Outcome.RENEWED}
        self._save()
        return following

    def _looked_at(
        self, order: Order, listed: Sequence[ListedObject], known: Sequence[File | None], last_attempt: bool
    ) -> Iterator[tuple[ListedObject, Looked | None]]:
        """Yield each object, and what storage has in its place now; None for one that is adopted and unchanged.

        last_attempt: of the first object, at which the last turns ended.
        """
        pairs = list(zip(listed, known, strict=True))
        if last_attempt and pairs:
            yield listed[0], self._look_last(order, *pairs.pop(0))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for some in batches(pairs, AT_ONCE):
                looked = pool.map(lambda pair: self._look(order, *pair), some)
                yield from zip([each for each, _ in some], looked, strict=True)

    def _look(self, order: Order, listed: ListedObject, known: File | None) -> Looked | None:
        if known is not None and is_unchanged(known, listed):
            return None
        return look_at(self._deps, order.bucket, listed.object_key, listed.size)

    def _look_last(self, order: Order, listed: ListedObject, known: File | None) -> Looked | None:
        try:
            return self._look(order, listed, known)
        except StorageUnavailableError as error:
            return error

    def _take(self, order: Order, listed: ListedObject, looked: Looked | None) -> Outcome:
        key = listed.object_key
        self.done += 1
        if looked is None:
            self._uncounted, self._position = self._uncounted + 1, key
            return Outcome.UNCHANGED

        def count(session: Session, outcome: Outcome, reason: str | None, size: int) -> None:
            adoption = self._locked(session)
            adoption.unchanged += self._uncounted
            count_object(adoption, key, outcome, reason, size)
            move_on(adoption, key)

        outcome = adopt_object(self._deps, order, key, looked, count)
        self._uncounted, self._position = 0, None
        return outcome

    def _save(self) -> None:
        """Count the unchanged objects since the last transaction, and move on after them. Raises TurnEndedError."""
        if self._position is None:
            return

        def write(session: Session) -> None:
            adoption = self._locked(session)
            adoption.unchanged += self._uncounted
            move_on(adoption, self._position)

        self._deps.db.transact(write)
        self._uncounted, self._position = 0, None

    def _end(self, *, follow: bool) -> None:
        self._finish(AdoptionState.FOLLOWING if follow else AdoptionState.DONE)
        reach("adoption.done")
        log.info("adoption_done", adoption_id=self._id)
