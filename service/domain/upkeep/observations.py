"""Values for metrics: dependencies, queues, open uploads, bytes in storage. The same for every API process.

Looked up rarely and cheaply, independent of the number of rows: open uploads by their index, the rest from the
sweeper's last count. Values that cannot be looked up are absent.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.db.statements.uploads import uploads_by_state
from service.db.statements.webhooks import oldest_due
from service.deps import Deps
from service.domain.records.objects.storage_safety import last_result
from service.domain.upkeep.health import OFF, OK, readiness
from service.domain.upkeep.storage_usage import last_count
from service.errors import ServiceError
from service.observability.counters import Sample
from service.scanner.clamd.signatures import date_of_signatures
from service.values import Backlog
from service.values.states import OPEN

KEPT = timedelta(seconds=10)
"""Seconds for which an observation is reused, so that several Prometheus servers cost no more than one."""

LOOK_SECONDS = 2.0
"""Time limit for the lookups; with `readiness` before it, less than Prometheus waits for (10 s)."""


@dataclass
class Observation:
    """One observation. up: by dependency, 1 or 0. None: could not be looked up.

    counts: of all jobs; uploads: rows by state, `stored`: bytes by state or verdict, let_through: attacks on storage by
    address. signatures: their dates, by scanner. oldest_owed: time of the oldest event that is not delivered, None
    without one.
    """

    at: datetime
    up: dict[str, int]
    backlogs: dict[str, Backlog] | None = None
    counts: dict[Sample, float] | None = None
    uploads: dict[str, int] | None = None
    stored: dict[str, int] | None = None
    let_through: dict[str, int] | None = None
    signatures: dict[str, float] | None = None
    oldest_due: datetime | None = None


class Observer:
    """The observer that all requests of this process share."""

    def __init__(self, deps: Deps) -> None:
        self._deps = deps
        self._lock = threading.Lock()
        self._seen: Observation | None = None

    def observe(self) -> Observation:
        """Return the last observation, or a new one within a few seconds. Dependencies that are down raise nothing."""
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
    if "scanner" in seen.up:
        questions["look at the scanners"] = lambda: _look_at_scanners(deps, seen)
    deps.checks.ask(questions, LOOK_SECONDS)
    return seen


def _look_at_redis(deps: Deps, seen: Observation) -> None:
    try:
        seen.backlogs = deps.queue.backlogs()
        seen.counts = deps.counters.read()
    except ServiceError:
        return


def _look_at_scanners(deps: Deps, seen: Observation) -> None:
    found = {}
    for scanner in deps.scanners:
        try:
            health = scanner.health()
        except ServiceError:
            continue
        made = date_of_signatures(f"{health.signatures or ''} {health.engine or ''}")
        if made is not None:
            found[scanner.name] = made.timestamp()
    seen.signatures = found


def _look_at_database(deps: Deps, seen: Observation) -> None:
    try:
        with deps.db.read() as session:
            open_ones = uploads_by_state(session, OPEN)
            if deps.settings.webhooks:
                seen.oldest_due = oldest_due(session)
        last = last_count(deps)
        seen.uploads, seen.stored = {**last.uploads, **open_ones}, dict(last.bytes)
        safety = last_result(deps)
        seen.let_through = {address: len(names) for address, names in safety.let_through.items()} if safety else None
    except ServiceError:
        return
