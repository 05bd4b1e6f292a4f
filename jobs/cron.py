"""The clock of the sweeper: one sweep every SWEEP_INTERVAL seconds, in this process. `python -m jobs.cron`.

Not RQ's cron: that pickles its jobs, which our workers refuse to read, and it needs Redis; what a lost Redis left
owed has to be found without it. Several of these may run at once.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from types import FrameType

from jobs.context import deps
from jobs.liveness import forget, promise
from jobs.request_context import around
from service.deps import Deps
from service.domain.records.storage_safety import is_attack_due, record_attacks
from service.domain.upkeep.sweep import sweep
from service.errors import LongshoreError
from service.observability import logs, tracing

log = logging.getLogger(__name__)

SWEEP_SECONDS = 3600.0
"""A sweep that takes longer hangs (`jobs.liveness`). Usual ones take seconds; the next one continues its work."""
SLICE = 30.0
"""Seconds of waiting after which the process says that it lives."""
WAIT_SECONDS = 120.0
"""A slice of waiting that takes longer: the process was stopped."""


def run(parts: Deps, stop: threading.Event) -> None:
    """Sweep until `stop` is set, and try the attacks on storage at start and daily.

    A sweep that fails is logged, the next one tries again.
    """
    attacks = Attacks(parts)
    while not stop.is_set():
        promise("cron", SWEEP_SECONDS)
        attacks.begin_when_due()
        try:
            with around(parts, "sweep"):
                sweep(parts)
        except Exception:  # whatever it was, the sweeper must go on
            log.exception("sweep_failed")
        _wait(parts.settings.sweep_interval, stop)


class Attacks:
    """Tries the attacks on storage in the background, so that a slow storage delays no sweep.

    running: the round that was begun last.
    """

    def __init__(self, parts: Deps) -> None:
        self._parts = parts
        self._starting = True
        self.running: threading.Thread | None = None

    def begin_when_due(self) -> None:
        """Begin a round in the background where one is due and none is running; a failure is logged."""
        if self.running is not None and self.running.is_alive():
            return
        try:
            if is_attack_due(self._parts, starting=self._starting):
                self.running = threading.Thread(target=self._attack, name="attacks", daemon=True)
                self.running.start()
            self._starting = False
        except LongshoreError as error:
            log.warning("attacks_not_begun reason=%s", error.code)

    def _attack(self) -> None:
        try:
            record_attacks(self._parts)
        except LongshoreError as error:
            log.warning("attacks_not_recorded reason=%s", error.code)
        except Exception:  # whatever it was, the next round tries again
            log.exception("attacks_failed")


def _wait(seconds: float, stop: threading.Event) -> None:
    """Returns when the seconds are over, or when `stop` is set."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0 and not stop.is_set():
        promise("cron", WAIT_SECONDS)
        stop.wait(min(left, SLICE))


def _stop_on_signals(stop: threading.Event) -> None:
    def handle(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)


if __name__ == "__main__":
    logs.set_up(deps().settings)
    tracing.set_up("cron")
    forget("cron")
    stopped = threading.Event()
    _stop_on_signals(stopped)
    run(deps(), stopped)
