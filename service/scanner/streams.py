"""Send a file to a scanner while it is read once: as it is, and if necessary a second time behind LEAD."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Protocol

from service.scanner.clamd.replies import ScanFailedError
from service.scanner.contents.unsearched import BEGIN, LEAD, is_unsearched
from service.scanner.contents.zip_layout import ZipLayout
from service.scanner.interface import Progress
from service.values import ScanVerdict
from service.values.states import WORSE, Verdict


class Stream(Protocol):
    """One scan, while its bytes are sent."""

    def send(self, piece: bytes) -> bool:
        """Send bytes, at least one; return False if the scanner has answered or hung up."""

    def end(self) -> bool:
        """Send the end; return False if the scanner has answered or hung up before."""

    def verdict(self, *, whole: bool) -> ScanVerdict:
        """Read the verdict. whole: the end was sent. Raises ScanFailedError without one, and if `clean` comes early."""


def scan_pieces(
    pieces: Iterator[bytes], size: int, on_progress: Progress, opened: Callable[[int], Stream]
) -> ScanVerdict:
    """Return the verdict on the pieces, which must have `size` bytes: the worst, if they are scanned twice.

    A zip in which programs find different entries is never clean. opened: opens a scan of so many bytes. Raises
    ScanFailedError without a verdict, what `opened` and `pieces` raise.
    """
    streams = [opened(size)]
    layout = ZipLayout()
    begin, pieces = split(layout.past(pieces), BEGIN)
    if is_unsearched(begin):
        streams.append(opened(len(LEAD) + size))
        if not streams[-1].send(LEAD):
            return streams[-1].verdict(whole=False)
    early = _sent(streams, pieces, size, on_progress)
    if early is not None:
        return early.verdict(whole=False)
    worst = _worst([stream.verdict(whole=True) for stream in streams])
    if worst.status == Verdict.CLEAN and layout.problem:
        return ScanVerdict(Verdict.UNSCANNABLE, f"ambiguous_zip: {layout.problem}")
    return worst


def _sent(streams: Sequence[Stream], pieces: Iterator[bytes], size: int, on_progress: Progress) -> Stream | None:
    """Send all pieces and the end; return the stream whose scanner answered or hung up before, if there is one.

    Raises ScanFailedError if there are not `size` bytes, before the end is sent.
    """
    sent = 0
    for piece in pieces:
        if not piece:
            continue  # an empty piece would be the end
        for stream in streams:
            if not stream.send(piece):
                return stream
        sent += len(piece)
        if sent > size:
            break
        on_progress(sent)
    if sent != size:
        raise ScanFailedError(f"storage returned {sent} of {size} bytes")
    return next((stream for stream in streams if not stream.end()), None)


def _worst(verdicts: Sequence[ScanVerdict]) -> ScanVerdict:
    """Return the verdict that counts. Different findings are named together: an allow-list may have only one."""
    worst = max(verdicts, key=lambda verdict: WORSE.index(Verdict(verdict.status)))
    if worst.status != Verdict.INFECTED:
        return worst
    found = dict.fromkeys(verdict.result or "" for verdict in verdicts if verdict.status == worst.status)
    return replace(worst, result=" + ".join(found))


def split(pieces: Iterator[bytes], length: int) -> tuple[bytes, Iterator[bytes]]:
    """Return the first `length` bytes, fewer if there are no more, and an iterator over all pieces."""
    first: list[bytes] = []
    for piece in pieces:
        first.append(piece)
        if sum(map(len, first)) >= length:
            break
    return b"".join(first)[:length], chain(first, pieces)
