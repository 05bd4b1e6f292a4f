"""Stop flags, and threads that end together."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from longshore.client.errors import StoppedError

POLL = 0.1
GRACE = 2.0
"""Seconds for threads to end after a stop; a thread that hangs in a system call is abandoned."""


class Stop:
    """A flag that is set once. Setting it also sets its children, but not its parent."""

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
        """Raises StoppedError if the flag is set."""
        if self._event.is_set():
            raise StoppedError

    def sleep(self, seconds: float) -> None:
        """Wait; raises StoppedError as soon as the flag is set."""
        if self._event.wait(max(0.0, seconds)):
            raise StoppedError

    def release(self, child: Stop) -> None:
        """Remove a child that has ended."""
        with self._lock:
            self._children.remove(child)

    def _adopt(self, child: Stop) -> None:
        with self._lock:
            self._children.append(child)
        if self._event.is_set():
            child.set()


def run_together(works: Sequence[Callable[[Stop], None]], stop: Stop, grace: float = GRACE) -> None:
    """Run each function in a thread until all are done. The first failure stops the others and is raised.

    grace: seconds for the functions to end after a stop.
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
    """Running threads and their failures."""

    def __init__(self, stop: Stop, count: int, grace: float) -> None:
        self.stop, self.failures = stop, list[BaseException]()
        self._left, self._grace = count, grace
        self._changed = threading.Condition()

    def run(self, work: Callable[[Stop], None]) -> None:
        """Run one function in its thread."""
        try:
            work(self.stop)
        except BaseException as error:  # noqa: BLE001 - raised again by `run_together`
            self.failures.append(error)
            self.stop.set()
        finally:
            with self._changed:
                self._left -= 1
                self._changed.notify()

    def wait(self) -> None:
        """Wait until all have ended, or for the grace after a stop.

        Without join(): after Ctrl-C it treats running threads as ended (bugs.python.org/issue45274).
        """
        told_at = 0.0
        with self._changed:
            while self._left and not (told_at and time.monotonic() - told_at > self._grace):
                self._changed.wait(POLL)
                if self.stop.is_set():
                    told_at = told_at or time.monotonic()
