"""Stopping: a flag that a whole and its works share, and threads that end together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from longshore.client.errors import StoppedError

GRACE = 2.0
"""Seconds that threads have to end once they are told to; one that hangs in a system call is left behind."""


class Stop:
    """A flag that is set once. A child is set with its parent; setting it sets nobody else."""

    def __init__(self, parent: Stop | None = None) -> None:
        self._event = threading.Event()
        self._children: list[Stop] = []
        self._lock = threading.Lock()
        if parent:
            parent._adopt(self)

    def set(self) -> None:
        with self._lock:
            children = list(self._children)
        self._event.set()
        for child in children:
            child.set()

    def is_set(self) -> bool:
        return self._event.is_set()

    def check(self) -> None:
        """Raises StoppedError once it is set."""
        if self._event.is_set():
            raise StoppedError

    def sleep(self, seconds: float) -> None:
        """Waits; raises StoppedError as soon as it is set."""
        if self._event.wait(max(0.0, seconds)):
            raise StoppedError

    def release(self, child: Stop) -> None:
        """Forgets a child whose work is over."""
        with self._lock:
            self._children.remove(child)

    def _adopt(self, child: Stop) -> None:
        with self._lock:
            self._children.append(child)
        if self._event.is_set():
            child.set()


def run_together(works: Sequence[Callable[[Stop], None]], stop: Stop, grace: float = GRACE) -> None:
    """Runs each of the works in a thread until all are done. The first failure stops the others and is raised.

    grace: seconds that the works have to end once they are told to.
    """
    own = Stop(stop)
    failures: list[BaseException] = []

    def guarded(work: Callable[[Stop], None]) -> None:
        try:
            work(own)
        except BaseException as error:  # noqa: BLE001 - it is raised where the works were started
            failures.append(error)
            own.set()

    threads = [threading.Thread(target=guarded, args=(work,), daemon=True) for work in works]
    try:
        for thread in threads:
            thread.start()
        _wait(threads, own, grace)
    except KeyboardInterrupt:
        own.set()
        _wait(threads, own, grace)
        raise
    finally:
        own.set()
        stop.release(own)
    if failures:
        raise failures[0]
    stop.check()


def _wait(threads: Sequence[threading.Thread], stop: Stop, grace: float) -> None:
    """Until all have ended, or `grace` after they were told to."""
    told_at = 0.0
    for thread in threads:
        while thread.is_alive():
            thread.join(0.1)
            if stop.is_set():
                told_at = told_at or time.monotonic()
                if time.monotonic() - told_at > grace:
                    return
