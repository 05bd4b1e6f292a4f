"""The interface of all scanners, whatever their protocol is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

from service.values import ScannerHealth, ScanVerdict

Progress = Callable[[int], None]
"""A function that is called with the number of bytes sent to the scanner so far."""


class Scanner(Protocol):
    """A scanner. name: in policies, metrics and advice; max_size: the largest file, in bytes, that it scans."""

    name: str
    max_size: int

    def scan(self, pieces: Iterator[bytes], size: int, on_progress: Progress | None = None) -> ScanVerdict:
        """Return the verdict on `size` bytes, with the engine; clean only if the scanner said so about all of them.

        Raises ScannerUnavailableError if the scanner cannot be reached, ScanFailedError without a verdict, and what
        `pieces` raises. `pieces` is closed afterwards, also if it was not read to its end.
        """

    def health(self) -> ScannerHealth:
        """Return the engine and its signatures, without a check of its settings. Raises ScannerUnavailableError."""

    def checked_health(self) -> ScannerHealth:
        """Return the health, with the check that its word is reliable. Raises ScannerUnavailableError."""

    def disconnect(self) -> None:
        """Close connections that are kept for the next file."""


def ignore_progress(_sent: int) -> None:
    """Ignore the progress."""
