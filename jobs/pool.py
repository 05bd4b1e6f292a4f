"""Several worker processes on one host, each begun anew when it dies."""

from __future__ import annotations

import logging
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import connection, get_context
from multiprocessing.process import BaseProcess
from types import FrameType

log = logging.getLogger(__name__)

PAUSE = 1.0
"""Seconds before a process that died is begun anew."""

STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Pool:
    """Runs `work` in `count` forked processes until this one is asked to stop (SIGTERM, SIGINT), which it passes on.

    work: returns when its process is asked to stop; whatever else ends it is a death.
    """

    def __init__(self, work: Callable[[], None], count: int) -> None:
        self._work = work
        self._count = count
        self._stopping = False
        self._running: list[BaseProcess] = []

    def run(self) -> None:
        """Returns when it was asked to stop and all of them have ended."""
        for number in STOP_SIGNALS:
            signal.signal(number, self._stop)
        self._begin(self._count)
        while self._running:
            connection.wait([process.sentinel for process in self._running])
            self._replace_dead()

    def _begin(self, count: int) -> None:
        for _ in range(count):
            with _held_back():  # else one that is born while we are asked to stop never hears of it
                if not self._stopping:
                    process = get_context("fork").Process(target=self._child)
                    process.start()
                    self._running.append(process)

    def _child(self) -> None:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_DFL)  # ours belong to the parent
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
        self._work()

    def _replace_dead(self) -> None:
        dead = [process for process in self._running if not process.is_alive()]
        self._running = [process for process in self._running if process not in dead]
        if self._stopping or not dead:
            return
        log.warning("worker_died exit_codes=%s", [process.exitcode for process in dead])
        time.sleep(PAUSE)
        self._begin(len(dead))

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True
        for process in self._running:
            process.terminate()


@contextmanager
def _held_back() -> Iterator[None]:
    """The signals that stop us wait until it is left."""
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
