"""The arithmetic of chunks, which count from 0."""

from __future__ import annotations

from dataclasses import dataclass

MAX_PARTS = 10_000
"""S3's: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""
MIB = 1024 * 1024
SMALL_PART = 5 * MIB
"""The minimum that S3 accepts for a part that is not the last."""
FEW = 160 * MIB
"""Bytes of a file with so few parts that all are sent at once; if stopped, none has arrived."""
PART_SECONDS = 120.0
"""Maximum seconds for a part; an interrupted part starts again."""
USUAL_PART = 16 * MIB


@dataclass(frozen=True)
class PartPlan:
    """The plan of `size` bytes: chunks of `chunk_size`, the last with the rest. An empty file is one empty chunk."""

    size: int
    chunk_size: int

    @property
    def total_chunks(self) -> int:
        return max(1, -(-self.size // self.chunk_size))

    def start(self, chunk_index: int) -> int:
        """Return the offset of a chunk."""
        return chunk_index * self.chunk_size

    def length(self, chunk_index: int) -> int:
        """Return the bytes of a chunk."""
        return min(self.chunk_size, self.size - self.start(chunk_index))


def part_wish(size: int, speed: float | None) -> int | None:
    """Return the bytes to request for each part, None for the service's choice. speed: of a part, bytes per second."""
    slow = speed is not None and speed * PART_SECONDS < USUAL_PART
    return SMALL_PART if size > SMALL_PART and (slow or size < FEW) else None


def chunk_sizes(size: int, total_chunks: int) -> list[int]:
    """Return the chunk sizes in whole MiB that cut `size` bytes into so many chunks."""
    if total_chunks == 1:
        return [max(size, 1)]
    least, most = -(-size // total_chunks), -(-size // (total_chunks - 1)) - 1
    return [mib * MIB for mib in range(-(-least // MIB), most // MIB + 1)]
