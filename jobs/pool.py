"""Run several worker processes on one host, and restart each that dies."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import connection, get_context
from multiprocessing.process import BaseProcess
from types import FrameType

from service.observability.logs import get_logger

log = get_logger(__name__)

PAUSE = 1.0
"""Seconds before a dead process is restarted."""

LOOK_SECONDS = 30.0
"""Maximum time between two signs of life of the pool."""

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Pool:
    """Run `work` in `count` forked processes until SIGTERM or SIGINT, which is passed on.

    work: gets its place (0 to count - 1), which its replacement inherits, and returns when asked to stop; any other end
    is a death. lives: called regularly while the pool runs.
    """

    def __init__(self, work: Callable[[int], None], count: int, lives: Callable[[], None] = lambda: None) -> None:
        self._work = work
        self._count = count
        self._lives = lives
        self._stopping = False
        self._running: dict[int, BaseProcess] = {}

    def run(self) -> None:
        """Return when it was asked to stop and all processes have ended."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._stop)
        self._begin(range(self._count))
        while self._running:
            self._lives()
            connection.wait([process.sentinel for process in self._running.values()], LOOK_SECONDS)
            self._replace_dead()

    def _begin(self, places: Iterable[int]) -> None:
        for place in places:
            with _stop_deferred():  # otherwise a process that is forked during a stop would miss it
                if not self._stopping:
                    process = get_context("fork").Process(target=self._child, args=(place,))
                    process.start()
                    self._running[place] = process

    def _child(self, place: int) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_DFL)  # the handlers belong to the parent
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        self._work(place)

    def _replace_dead(self) -> None:
        dead = {place: process for place, process in self._running.items() if not process.is_alive()}
        self._running = {place: process for place, process in self._running.items() if place not in dead}
        if self._stopping or not dead:
            return
        log.warning("worker_died", exit_codes=[process.exitcode for process in dead.values()])
        time.sleep(PAUSE)
        self._begin(dead)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
        for process in list(self._running.values()):
            process.terminate()


@contextmanager
def _stop_deferred() -> Iterator[None]:
    """Defer the stop signals while the block runs."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
