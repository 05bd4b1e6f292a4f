"""Several worker processes on one host, each begun anew when it dies."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import connection, get_context
from multiprocessing.process import BaseProcess
from types import FrameType

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds before a process that died is begun anew."""

LOOK_SECONDS = 30.0
"""After so long without a death the pool says that it lives."""

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Pool:
    """Runs `work` in `count` forked processes until this one is asked to stop (SIGTERM, SIGINT), which it passes on.

    work: gets its process' place (0 to count - 1), which its successor inherits, and returns when the process is asked
    to stop; whatever else ends it is a death. lives: called now and then while the pool watches over them.
    """

    def __init__(self, work: Callable[[int], None], count: int, lives: Callable[[], None] = lambda: None) -> None:
        self._work = work
        self._count = count
        self._lives = lives
        self._stopping = False
        self._running: dict[int, BaseProcess] = {}

    def run(self) -> None:
        """Returns when it was asked to stop and all of them have ended."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._stop)
        self._begin(range(self._count))
        while self._running:
            self._lives()
            connection.wait([process.sentinel for process in self._running.values()], LOOK_SECONDS)
            self._replace_dead()

    def _begin(self, places: Iterable[int]) -> None:
        for place in places:
            with _held_back():  # else one that is born while we are asked to stop never hears of it
                if not self._stopping:
                    process = get_context("fork").Process(target=self._child, args=(place,))
                    process.start()
                    self._running[place] = process

    def _child(self, place: int) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_DFL)  # ours belong to the parent
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        self._work(place)

    def _replace_dead(self) -> None:
        dead = {place: process for place, process in self._running.items() if not process.is_alive()}
        self._running = {place: process for place, process in self._running.items() if place not in dead}
        if self._stopping or not dead:
            return
        log.warning("worker_died exit_codes=%s", [process.exitcode for process in dead.values()])
        time.sleep(PAUSE)
        self._begin(dead)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
        for process in list(self._running.values()):
            process.terminate()


@contextmanager
def _held_back() -> Iterator[None]:
    """The signals that stop us wait until it is left."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
