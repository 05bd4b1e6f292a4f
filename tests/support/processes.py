"""Processes of tests."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """A process that does not outlive the block. Its pipes do neither: left open, they fail a later test."""
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        finally:
            process.kill()
