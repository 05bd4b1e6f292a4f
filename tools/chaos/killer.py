"""Kills, freezes and forgets: strikes that a seed decides, dealt to the running parts one after the other."""

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
"""What a strike may lie in wait for: most of what can break breaks in moments that chance alone would seldom meet."""
AMBUSH_POLL = 0.01
"""Seconds."""


@dataclass(frozen=True)
class Strike:
    """One blow. kind: kill, freeze or flush; seconds: for how long it lasts; gap: seconds of peace before it; ambush:
    it comes as soon as one of these is under way, and a gap later at the latest."""

    kind: str
    names: tuple[str, ...]
    seconds: float
    gap: float
    ambush: str | None = None


def make_strikes(seed: int, longest_gap: float) -> Iterator[Strike]:
    """Without an end; longest_gap: seconds. They are dealt from a shuffled deck, so that every kind comes before one
    comes twice."""
    random = Random(f"{seed}/killer")
    while True:
        deck: list[tuple[str, tuple[str, ...]]] = [("kill", (name,)) for name in NAMES]
        deck += [("kill", tuple(random.sample(NAMES, 2))) for _ in range(PAIRS)]
        deck += [("freeze", (random.choice(NAMES),)) for _ in range(FREEZES)]
        deck += [("flush", ("redis",))] * FLUSHES
        random.shuffle(deck)
        for kind, names in deck:
            # half of what is killed is back at once, as under a supervisor
            seconds = random.choice((0.0, random.uniform(0.2, LONGEST_DOWN)))
            ambush = random.choice((None, *AMBUSHES))
            gap = random.uniform(0, longest_gap)
            yield Strike(kind, names, max(seconds, 0.5) if kind == "freeze" else seconds, gap, ambush)


class Killer:
    """Deals strikes until it is told to stop; then every part runs again.

    What it does follows from the seed; what that meets depends on how fast this machine's threads and processes are.
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
        """How many strikes there were."""
        return self.kills.total() + self.freezes.total() + self.flushes

    def run(self) -> None:
        """Returns when told to stop, with all parts up."""
        try:
            while not self.stopped.is_set():
                strike = next(self.strikes)
                self.stopped.wait(strike.gap)
                if strike.ambush:
                    self._lie_in_wait(AMBUSHES[strike.ambush], time.monotonic() + strike.gap)
                self.revive()
                self._deal(strike)
        finally:
            self.revive()
            for part in self.rig.parts.values():
                part.wait_ready()

    def revive(self) -> None:
        """Start again what has ended by itself, as a supervisor would; it is noted."""
        for name, part in self.rig.parts.items():
            crashed = part.crashed()
            if crashed is not None:
                self.crashes.append(f"{name} ended by itself: {last_words(crashed)}")
                self._kill(name)
                self._start(name)

    def _lie_in_wait(self, prey: ColumnElement[bool], give_up_at: float) -> None:
        """Returns in the moment in which there is one, or when it is too late."""
        while not self.stopped.is_set() and time.monotonic() < give_up_at:
            try:
                with self.rig.db.read() as session:
                    if session.execute(select(literal(1)).where(prey).limit(1)).first():
                        return
            except DatabaseUnavailableError:
                pass  # it is on its way up
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
            self._forget_pulses()

    def _forget_pulses(self) -> None:
        try:
            let_pulses_stop(self.rig.redis)
        except RedisError:
            return  # it was killed with the worker; at the end there is another chance

    def _start(self, name: str) -> None:
        """Without waiting: the next strike may meet it on its way up."""
        part = self.rig.parts[name]
        part.prepare()
        part.spawn()
        if name == "worker":
            self.worker_began = utc_now()

    def _flush(self) -> None:
        self.rig.parts["redis"].wait_ready()
        self.rig.redis.flushall()
        self.flushes += 1
