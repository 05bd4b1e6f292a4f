"""Kill and freeze parts and empty Redis, one strike after another, as a seed determines."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from redis.exceptions import RedisError
from sqlalchemy import ColumnElement, literal, select

from service.db.models import File, Upload
from service.deps import utc_now
from service.errors import DatabaseUnavailableError
from service.values.states import UploadState, Verdict
from tools.chaos.hurry import let_pulses_stop
from tools.chaos.rig import Rig
from tools.stack.processes.part import last_words

NAMES = ("api", "worker", "cron", "redis", "database", "storage", "clamd")
PAIRS = 3
FREEZES = 3
FLUSHES = 1
LONGEST_DOWN = 2.0
"""Seconds."""
AMBUSHES = {"completion": Upload.state == UploadState.COMPLETING, "scan": File.virus_scan_status == Verdict.SCANNING}
"""States that a strike may wait for: most faults happen in moments that random times seldom meet."""
AMBUSH_POLL = 0.01
"""Seconds."""


@dataclass(frozen=True)
class Strike:
    """One action against parts. kind: kill, freeze or flush; seconds: how long it lasts; gap: seconds before it.

    ambush: a key of AMBUSHES; the strike waits for that state, for another gap at most.
    """

    kind: str
    names: tuple[str, ...]
    seconds: float
    gap: float
    ambush: str | None = None


def make_strikes(seed: int, longest_gap: float) -> Iterator[Strike]:
    """Yield strikes without end, from a shuffled deck, so that each kind comes before one comes twice.

    longest_gap: seconds.
    """
    random = Random(f"{seed}/killer")
    while True:
        deck: list[tuple[str, tuple[str, ...]]] = [("kill", (name,)) for name in NAMES]
        deck += [("kill", tuple(random.sample(NAMES, 2))) for _ in range(PAIRS)]
        deck += [("freeze", (random.choice(NAMES),)) for _ in range(FREEZES)]
        deck += [("flush", ("redis",))] * FLUSHES
        random.shuffle(deck)
        for kind, names in deck:
            # half of the killed parts restart at once, as with a supervisor
            seconds = random.choice((0.0, random.uniform(0.2, LONGEST_DOWN)))
            ambush = random.choice((None, *AMBUSHES))
            gap = random.uniform(0, longest_gap)
            yield Strike(kind, names, max(seconds, 0.5) if kind == "freeze" else seconds, gap, ambush)


class Killer:
    """Strike until stopped; then start every part again.

    The strikes follow from the seed; what they interrupt depends on the speed of this machine.
    """

    def __init__(self, rig: Rig, seed: int, longest_gap: float) -> None:
        self.rig = rig
        self.strikes = make_strikes(seed, longest_gap)
        self.stopped = threading.Event()
        self.down: set[str] = set()
        self.kills: Counter[str] = Counter()
        self.freezes: Counter[str] = Counter()
        self.flushes = 0
        self.crashes: list[str] = []
        self.worker_began: datetime = utc_now()

    @property
    def dealt(self) -> int:
        """Return the number of strikes so far."""
        return self.kills.total() + self.freezes.total() + self.flushes

    def run(self) -> None:
        """Strike until `stopped` is set; return with all parts running."""
        try:
            while not self.stopped.is_set():
                strike = next(self.strikes)
                self.stopped.wait(strike.gap)
                if strike.ambush:
                    self._wait_for(AMBUSHES[strike.ambush], time.monotonic() + strike.gap)
                self.restart_crashed()
                self._deal(strike)
        finally:
            self.restart_crashed()
            for part in self.rig.parts.values():
                part.wait_ready()

    def restart_crashed(self) -> None:
        """Restart parts that ended by themselves, as a supervisor does, and record them."""
        for name, part in self.rig.parts.items():
            crashed = part.crashed()
            if crashed is not None:
                self.crashes.append(f"{name} ended by itself: {last_words(crashed)}")
                self._kill(name)
                self._start(name)

    def _wait_for(self, state: ColumnElement[bool], deadline: float) -> None:
        """Wait until a row is in that state, or until the deadline."""
        while not self.stopped.is_set() and time.monotonic() < deadline:
            try:
                with self.rig.db.read() as session:
                    if session.execute(select(literal(1)).where(state).limit(1)).first():
                        return
            except DatabaseUnavailableError:
                pass  # it is starting
            self.stopped.wait(AMBUSH_POLL)

    def _deal(self, strike: Strike) -> None:
        self.down |= set(strike.names) if strike.kind != "flush" else set()
        match strike.kind:
            case "flush":
                self._flush()
            case "freeze":
                for name in strike.names:
                    self.freezes[name] += 1
                    self.rig.parts[name].freeze()
                self.stopped.wait(strike.seconds)
                for name in strike.names:
                    self.rig.parts[name].thaw()
            case _:
                for name in strike.names:
                    self.kills[name] += 1
                    self._kill(name)
                self.stopped.wait(strike.seconds)
                for name in strike.names:
                    self._start(name)
        self.down.clear()

    def _kill(self, name: str) -> None:
        self.rig.parts[name].kill()
        if name == "worker":
            self._stop_pulses()

    def _stop_pulses(self) -> None:
        try:
            let_pulses_stop(self.rig.redis)
        except RedisError:
            return  # it was killed with the worker; this is repeated at the end

    def _start(self, name: str) -> None:
        """Start a part without waiting: the next strike may hit it while it starts."""
        part = self.rig.parts[name]
        part.prepare()
        part.spawn()
        if name == "worker":
            self.worker_began = utc_now()

    def _flush(self) -> None:
        self.rig.parts["redis"].wait_ready()
        self.rig.redis.flushall()
        self.flushes += 1
