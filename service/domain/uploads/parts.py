"""Cut a file into parts within S3's limits."""

from __future__ import annotations

from collections.abc import Iterable

from service.limits import LARGE_CHUNK_SIZE, MAX_PART_SIZE, MAX_PARTS, MIB, MIN_PART_SIZE, TYPICAL_PARTS
from service.values import PartPlan, StoredPart, UploadedChunk


def choose_chunk_size(size: int | None, wanted: int | None, default: int) -> int:
    """Return the bytes of every chunk except the last.

    size: of the file, None while unknown; wanted: by the client, adjusted to S3's limits; default: without `wanted`,
    increased for large files so that they need few parts. The file always fits into MAX_PARTS.
    """
    chosen = min(max(wanted or default, MIN_PART_SIZE), MAX_PART_SIZE)
    if size is None:
        return chosen
    if wanted is None:
        chosen = max(chosen, min(_whole_mib(size, TYPICAL_PARTS), LARGE_CHUNK_SIZE))
    if chosen * MAX_PARTS < size:
        chosen = _whole_mib(size, MAX_PARTS)
    return chosen


def plan_parts(size: int, chunk_size: int) -> PartPlan:
    """Plan `size` bytes in chunks of `chunk_size`; an empty file is one empty chunk.

    Raises ValueError if the file does not fit into MAX_PARTS.
    """
    total = max(1, _divide_up(size, chunk_size))
    if total > MAX_PARTS:
        raise ValueError(f"{size} bytes in chunks of {chunk_size} are more than {MAX_PARTS} parts")
    return PartPlan(size=size, chunk_size=chunk_size, total_chunks=total)


def uploaded_chunks(parts: Iterable[StoredPart], plan: PartPlan | None) -> list[UploadedChunk]:
    """Return the stored parts with the planned length, since stores that do not check lengths may have others.

    plan: None while the size is unknown; then every part counts.
    """
    return [
        UploadedChunk(part.part_number - 1, part.size, part.etag, part.checksum)
        for part in parts
        if plan is None or _is_planned(part, plan)
    ]


def _is_planned(part: StoredPart, plan: PartPlan) -> bool:
    index = part.part_number - 1
    return index < plan.total_chunks and part.size == plan.length(index)


def _whole_mib(size: int, parts: int) -> int:
    """Return the smallest number of whole MiB with which `parts` parts hold `size` bytes."""
    return _divide_up(_divide_up(size, parts), MIB) * MIB


def _divide_up(number: int, by: int) -> int:
    return -(-number // by)
