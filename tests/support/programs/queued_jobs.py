"""Jobs of two files, planted ones that would run code, and workers in the process of a test."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from service.queue.guarded_jobs import SCAN_JOB

FILE_ID = "11111111-2222-4333-8444-555555555555"
OTHER_ID = "66666666-7777-4888-8999-aaaaaaaaaaaa"
ONE, OTHER = "0" * 16, "f" * 16
"""Names of webhooks."""
CODE = """
import pathlib

def run(*args, **kwargs):
    pathlib.Path({mark!r}).touch()

run()  # on import alone
"""


@contextmanager
def kept_signals() -> Iterator[None]:
    """A worker takes the signals for itself; afterwards they are as they were."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def call(name: Any = SCAN_JOB, args: Any = (FILE_ID,), instance: Any = None, kwargs: Any = None) -> bytes:
    return json.dumps([name, instance, args, kwargs or {}]).encode()


class Pickled:
    def __init__(self, command: str) -> None:
        self.command = command

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return os.system, (self.command,)
