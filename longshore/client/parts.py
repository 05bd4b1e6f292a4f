"""Which bytes belong to which chunk: pure arithmetic. Chunks count from 0."""

from __future__ import annotations

from dataclasses import dataclass

MAX_PARTS = 10_000
"""S3's: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html"""
MIB = 1024 * 1024


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


def chunk_sizes(size: int, total_chunks: int) -> list[int]:
    """The whole MiB that chunks may have had if `size` bytes were cut into so many."""
    if total_chunks == 1:
        return [max(size, 1)]
    least, most = -(-size // total_chunks), -(-size // (total_chunks - 1)) - 1
    return [mib * MIB for mib in range(-(-least // MIB), most // MIB + 1)]
