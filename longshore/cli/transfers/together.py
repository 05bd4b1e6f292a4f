"""Work on several items in parallel, and combine their exit codes."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable
from typing import TypeVar

from longshore.cli.exits import DONE
from longshore.client import Stop
from longshore.client.errors import (
    LoginRequiredError,
    StorageUnreachableError,
    TokenRefusedError,
    UnreachableError,
)
from longshore.client.stopping import run_together

T = TypeVar("T")
FILES_AT_ONCE = 4
HOPELESS = (UnreachableError, StorageUnreachableError, LoginRequiredError, TokenRefusedError)
"""Errors that the next file would have too."""
GRACE = 15.0
"""Seconds for files to stop or abort after Ctrl-C; a second Ctrl-C does not wait."""


def work_on_all(items: Iterable[T], work: Callable[[T, Stop], int]) -> int:
    """Call `work`, which returns an exit code, for all items; return the code of the first one that failed.

    The items are taken one by one, so that memory does not grow with their number. Raises what `items` or `work` raise,
    and KeyboardInterrupt.
    """
    left = enumerate(items)
    lock = threading.Lock()
    failures = [(sys.maxsize, DONE)]

    def one_after_another(stop: Stop) -> None:
        while True:
            with lock:
                found = next(left, None)
            if found is None:
                return
            stop.check()
            index, item = found
            if code := work(item, stop):
                with lock:
                    failures[0] = min(failures[0], (index, code))

    run_together([one_after_another] * FILES_AT_ONCE, Stop(), GRACE)
    return failures[0][1]
