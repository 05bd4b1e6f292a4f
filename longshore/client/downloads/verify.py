"""Verify a downloaded file against the checksum that storage reported."""

from __future__ import annotations

from longshore.client.parts import MIB, PartPlan, chunk_sizes
from longshore.client.stopping import Stop, run_together
from longshore.client.uploads.source import FileSource
from longshore.receipts.checksums import composites
from longshore.receipts.hashing import QUICK, as_text, digest, new_hash

MOST_READ = 4096 * MIB
"""Maximum bytes to read if several chunk sizes are possible."""
HASHERS = 2


def is_composite(checksum: str | None) -> bool:
    """Whether it is a checksum of the parts' checksums, which depends on the chunk size."""
    return "-" in (checksum or "").partition(":")[2]


def verify(source: FileSource, checksum: str | None, chunk_size: int | None, stop: Stop) -> str | None:
    """Return the verified algorithm, or `size` if no checksum can be compared; None if it differs.

    checksum: as the service shows it, `SHA256:base64` of all bytes or, with `-3` behind it, of its three parts'
    checksums (https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html), which had
    chunk_size bytes each; None if unknown.
    """
    algorithm, _, value = (checksum or "").partition(":")
    wanted, dash, count = value.partition("-")
    if algorithm not in QUICK:
        return "size"
    if not dash:
        return algorithm if as_text(digest(source.pieces(0, source.size), algorithm)) == wanted else None
    sizes = [chunk_size] if chunk_size else chunk_sizes(source.size, int(count))
    # the service uses chunks of whole MiB unless a client requests others
    if not sizes or len(sizes) * source.size > max(MOST_READ, source.size):
        return "size"
    for size in sizes:
        if wanted in composites(digests(source, PartPlan(source.size, size), algorithm, stop), algorithm):
            return algorithm
    return None


class RunningChecksum:
    """Verify bytes in order without reading them again; arguments and result like `verify`."""

    def __init__(self, checksum: str | None, chunk_size: int | None, size: int) -> None:
        algorithm, _, value = (checksum or "").partition(":")
        self._wanted, dash, count = value.partition("-")
        sizes = [size] if not dash else [chunk_size] if chunk_size else chunk_sizes(size, int(count))
        self._algorithm = algorithm if algorithm in QUICK and len(sizes) == 1 else None
        # an empty file has one empty part
        self._part_size = max(1, sizes[0]) if self._algorithm else 0
        self._parts: list[bytes] = []
        self._composite = bool(dash)
        self._begin()

    def update(self, data: memoryview) -> None:
        if self._algorithm is None:
            return
        while data:
            piece = data[: self._left]
            self._hash.update(piece)
            self._left -= len(piece)
            data = data[len(piece) :]
            if not self._left:
                self._end()

    def result(self) -> str | None:
        """Return the result after all bytes."""
        if self._algorithm is None:
            return "size"
        if self._left < self._part_size or not self._parts:
            self._end()
        made = composites(self._parts, self._algorithm) if self._composite else {as_text(self._parts[0])}
        return self._algorithm if self._wanted in made else None

    def _begin(self) -> None:
        if self._algorithm:
            self._hash, self._left = new_hash(self._algorithm), self._part_size

    def _end(self) -> None:
        self._parts.append(self._hash.digest())
        self._begin()


def digests(source: FileSource, plan: PartPlan, algorithm: str, stop: Stop) -> list[bytes]:
    """Compute the checksum of each part."""
    parts: dict[int, bytes] = {}
    left = iter(range(plan.total_chunks))

    def work(stop: Stop) -> None:
        # next() of a range's iterator is one step for all threads
        while (index := next(left, None)) is not None:
            stop.check()
            parts[index] = digest(source.pieces(plan.start(index), plan.length(index)), algorithm)

    run_together([work] * HASHERS, stop)
    return [parts[index] for index in range(plan.total_chunks)]
