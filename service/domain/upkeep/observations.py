"""What is looked up when metrics are asked for: parts, queues, open uploads, bytes held. The same on every API process.

Looked up seldom and cheaply, whatever number of rows there is: open uploads by their index, the rest as the sweeper has
last counted it. What cannot be looked up now is absent.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.db.known_keys import OPEN, uploads_by_state
from service.db.queries import oldest_owed
from service.deps import Deps
from service.domain.upkeep.health import OFF, OK, readiness
from service.domain.upkeep.storage_usage import last_count
from service.errors import LongshoreError
from service.observability.counters import Sample
from service.values import Backlog

KEPT = timedelta(seconds=10)
"""How long an observation serves: several Prometheus servers, or impatient ones, cost no more than one."""

LOOK_SECONDS = 2.0
"""For looking at parts that have just answered; with `readiness` before it less than Prometheus waits for (10 s)."""


@dataclass
class Observation:
    """What was seen. up: by part, 1 or 0. None: it could not be looked up.

    counts is what all jobs have counted; uploads counts rows by state, held bytes by state or verdict,
    let_through attacks on storage by address.
    oldest_owed: since when the oldest event is owed to a webhook, None where none is.
    """

    at: datetime
    up: dict[str, int]
    backlogs: dict[str, Backlog] | None = None
    counts: dict[Sample, float] | None = None
    uploads: dict[str, int] | None = None
    held: dict[str, int] | None = None
    let_through: dict[str, int] | None = None
    oldest_owed: datetime | None = None


class Observer:
    """One for all who ask this process."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._lock = threading.Lock()
        self._seen: Observation | None = None

    def observe(self) -> Observation:
        """The last observation, or a new one; takes a few seconds at most. Raises nothing of a part that is down."""
        with self._lock:
            now = self._deps.clock()
            if self._seen is None or now - self._seen.at >= KEPT:
                self._seen = _look(self._deps, now)
            return self._seen


def _look(deps: Deps, now: datetime) -> Observation:
    seen = Observation(at=now, up={name: int(word == OK) for name, word in readiness(deps).items() if word != OFF})
    questions = {}
    if seen.up["redis"]:
        questions["look at redis"] = lambda: _look_at_redis(deps, seen)
    if seen.up["database"]:
        questions["look at the database"] = lambda: _look_at_database(deps, seen)
    deps.checks.ask(questions, LOOK_SECONDS)
    return seen


def _look_at_redis(deps: Deps, seen: Observation) -> None:
    try:
        seen.backlogs = deps.queue.backlogs()
        seen.counts = deps.tally.read()
    except LongshoreError:
        return


def _look_at_database(deps: Deps, seen: Observation) -> None:
    try:
        with deps.db.read() as session:
            open_ones = uploads_by_state(session, OPEN)
            if deps.settings.webhooks:
                seen.oldest_owed = oldest_owed(session)
        held, ended = last_count(deps)
        seen.uploads, seen.held = ended | open_ones, held
        safety = deps.safety.last(deps.db, deps.clock())
        seen.let_through = {address: len(names) for address, names in safety.let_through.items()} if safety else None
    except LongshoreError:
        return
