"""Stopping: a flag that a whole and its works share, and threads that end together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from longshore.client.errors import StoppedError

POLL = 0.1
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
    crew = _Crew(Stop(stop), len(works), grace)
    try:
        for work in works:
            threading.Thread(target=crew.run, args=(work,), daemon=True).start()
        crew.wait()
    except KeyboardInterrupt:
        crew.stop.set()
        crew.wait()
        raise
    finally:
        crew.stop.set()
        stop.release(crew.stop)
    if crew.failures:
        raise crew.failures[0]
    stop.check()


class _Crew:
    """Works that run, and what came of them."""

    def __init__(self, stop: Stop, count: int, grace: float) -> None:
        self.stop, self.failures = stop, list[BaseException]()
        self._left, self._grace = count, grace
        self._changed = threading.Condition()

    def run(self, work: Callable[[Stop], None]) -> None:
        """One work, in its thread."""
        try:
            work(self.stop)
        except BaseException as error:  # noqa: BLE001 - it is raised where the works were started
            self.failures.append(error)
            self.stop.set()
        finally:
            with self._changed:
                self._left -= 1
                self._changed.notify()

    def wait(self) -> None:
        """Until all have ended, or for the grace after they were told to.

        Not by joining the threads: a join that Ctrl-C breaks into takes them for ended (bugs.python.org/issue45274).
        """
        told_at = 0.0
        with self._changed:
            while self._left and not (told_at and time.monotonic() - told_at > self._grace):
                self._changed.wait(POLL)
                if self.stop.is_set():
                    told_at = told_at or time.monotonic()
