"""Start processes in tests."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """Run a process during the block, and close its pipes, which would fail a later test if left open."""
    with subprocess.Popen(command, **options) as process:
        try:
            yield process
        finally:
            process.kill()
