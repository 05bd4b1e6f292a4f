"""Compare the parts of an open upload with the file: by each part's checksum, else by its ETag."""

from __future__ import annotations

import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace

from longshore.client.observer import Comparison
from longshore.client.parts import PartPlan
from longshore.client.stopping import Stop, run_together
from longshore.client.values import Resumption, StoredChunk
from longshore.receipts.hashing import as_text, digest

MD5 = re.compile(r'"?([0-9a-f]{32})"?', re.IGNORECASE)
"""The hash that an ETag is on stores without encryption."""
HASHERS = 2
Pieces = Callable[[int, int], Iterable[memoryview]]
"""Reads bytes of a file: start, and how many."""


def compare_stored(found: Resumption, plan: PartPlan, pieces: Pieces, stop: Stop) -> Comparison:
    """Read as much of the file as storage has, and compare it part by part. Raises what reading raises."""
    left = iter(found.uploaded)
    results: defaultdict[str, set[int]] = defaultdict(set)
    by: set[str] = set()
    lock = threading.Lock()

    def work(stop: Stop) -> None:
        while True:
            stop.check()
            with lock:
                stored = next(left, None)
            if stored is None:
                return
            algorithm, result = compare_one(stored, plan, found.checksum_algorithm, pieces)
            with lock:
                results[result].add(stored.chunk_index)
                by.update(filter(None, [algorithm]))

    run_together([work] * min(HASHERS, max(1, len(found.uploaded))), stop)
    return Comparison(
        frozenset(results["same"]), frozenset(results["other"]), frozenset(results["unknown"]), frozenset(by)
    )


def compare_bytes(stored: StoredChunk, length: int, algorithm: str | None, pieces: Iterable[memoryview]) -> str:
    """Return `same`, `other` or `unknown` for one part and the `length` bytes that it should have."""
    _, result = compare_one(
        replace(stored, chunk_index=0), PartPlan(length, max(1, length)), algorithm, lambda *_: pieces
    )
    return result


def compare_one(stored: StoredChunk, plan: PartPlan, algorithm: str | None, pieces: Pieces) -> tuple[str | None, str]:
    """Return (what was compared, `same`, `other` or `unknown`) for one part."""
    start, length = plan.start(stored.chunk_index), plan.length(stored.chunk_index)
    if stored.size != length:
        return None, "other"
    if stored.checksum and algorithm:
        return algorithm, "same" if as_text(digest(pieces(start, length), algorithm)) == stored.checksum else "other"
    etag = MD5.fullmatch(stored.etag)
    if etag is None:
        return None, "unknown"
    return "MD5", "same" if digest(pieces(start, length), "MD5").hex() == etag[1].lower() else "other"
