"""The sweeper's process: one sweep every SWEEP_INTERVAL seconds. `python -m jobs.cron`.

Not RQ's cron, which pickles its jobs (workers refuse those) and needs Redis, while sweeps must also work after Redis
was lost. Several of these processes can run in parallel.
"""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType

from jobs.context import deps
from jobs.liveness import forget, promise
from jobs.request_context import around
from service.deps import Deps
from service.domain.records.objects.storage_safety import is_attack_due, record_attacks
from service.domain.upkeep.sweep import sweep
from service.errors import ServiceError
from service.observability import logs, tracing
from service.observability.logs import get_logger
from service.observability.recent_errors import keep_errors

log = get_logger(__name__)

SWEEP_SECONDS = 3600.0
"""Time after which a sweep counts as hanging (`jobs.liveness`). Usually it takes seconds; the next one continues."""
SLICE = 30.0
"""Maximum seconds of waiting between two signs of life."""
WAIT_SECONDS = 120.0
"""A longer slice of waiting means that the process was stopped."""


def run(parts: Deps, stop: threading.Event) -> None:
    """Sweep until `stop` is set, and try the attacks on storage at start and daily.

    A failed sweep is logged, and the next one tries again.
    """
    attacks = Attacks(parts)
    while not stop.is_set():
        promise("cron", SWEEP_SECONDS)
        attacks.begin_when_due()
        try:
            with around(parts, "sweep"):
                sweep(parts)
        except Exception:  # the sweeper must continue after any error
            log.exception("sweep_failed")
        _wait(parts.settings.sweep_interval, stop)


class Attacks:
    """Try the attacks on storage in the background, so that a slow storage does not delay sweeps.

    running: the round that was started last.
    """

    def __init__(self, parts: Deps) -> None:
        self._parts = parts
        self._starting = True
        self.running: threading.Thread | None = None

    def begin_when_due(self) -> None:
        """Start a due round in the background unless one is running; failures are logged."""
        if self.running is not None and self.running.is_alive():
            return
        try:
            if is_attack_due(self._parts, starting=self._starting):
                self.running = threading.Thread(target=self._attack, name="attacks", daemon=True)
                self.running.start()
            self._starting = False
        except ServiceError as error:
            log.warning("attacks_not_begun", reason=error.code)

    def _attack(self) -> None:
        try:
            record_attacks(self._parts)
        except ServiceError as error:
            log.warning("attacks_not_recorded", reason=error.code)
        except Exception:  # the next round tries again after any error
            log.exception("attacks_failed")


def _wait(seconds: float, stop: threading.Event) -> None:
    """Wait for so many seconds, or until `stop` is set."""
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
    keep_errors(deps().errors, "cron", deps().settings)
    tracing.set_up("cron")
    forget("cron")
    stopped = threading.Event()
    _stop_on_signals(stopped)
    run(deps(), stopped)
