"""Which bytes belong to which chunk: pure arithmetic. Chunks count from 0."""

from __future__ import annotations

from dataclasses import dataclass

MAX_PARTS = 10_000
"""S3's: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""
MIB = 1024 * 1024
SMALL_PART = 5 * MIB
"""The least that S3 takes of a part that is not the last."""
FEW = 160 * MIB
"""Bytes of a file of which usual parts are so few that all of them are under way at once: stopped, none has arrived."""
PART_SECONDS = 120.0
"""How long a part should travel at most; what breaks off begins again."""
USUAL_PART = 16 * MIB


@dataclass(frozen=True)
class PartPlan:
    """How `size` bytes are cut: chunks of `chunk_size`, the last one of what remains. No bytes are one empty chunk."""

    size: int
    chunk_size: int

    @property
    def total_chunks(self) -> int:
        return max(1, -(-self.size // self.chunk_size))

    def start(self, chunk_index: int) -> int:
        """Where a chunk begins."""
        return chunk_index * self.chunk_size

    def length(self, chunk_index: int) -> int:
        """Bytes of a chunk."""
        return min(self.chunk_size, self.size - self.start(chunk_index))


def part_wish(size: int, speed: float | None) -> int | None:
    """Bytes to wish for each part, None for what the service finds right. speed: of a part so far, bytes a second."""
    slow = speed is not None and speed * PART_SECONDS < USUAL_PART
    return SMALL_PART if size > SMALL_PART and (slow or size < FEW) else None


def chunk_sizes(size: int, total_chunks: int) -> list[int]:
    """The whole MiB that chunks may have had if `size` bytes were cut into so many."""
    if total_chunks == 1:
        return [max(size, 1)]
    least, most = -(-size // total_chunks), -(-size // (total_chunks - 1)) - 1
    return [mib * MIB for mib in range(-(-least // MIB), most // MIB + 1)]
