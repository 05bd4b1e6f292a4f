"""Cutting files into parts: every S3 limit at n-1, n, n+1, and the invariant for any size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.uploads.parts import choose_chunk_size, plan_parts
from service.limits import (
    GIB,
    LARGE_CHUNK_SIZE,
    MAX_OBJECT_SIZE,
    MAX_PART_SIZE,
    MAX_PARTS,
    MIB,
    MIN_PART_SIZE,
    TYPICAL_PARTS,
)

DEFAULT = 16 * MIB
GROWS_ABOVE = DEFAULT * TYPICAL_PARTS
FULL_AT = LARGE_CHUNK_SIZE * MAX_PARTS


def assert_cut_right(size: int, chunk_size: int) -> None:
    """All parts but the last are equal and in S3's limits, and together they are the file."""
    plan = plan_parts(size, chunk_size)
    lengths = {plan.length(0), plan.length(plan.total_chunks // 2), plan.length(max(0, plan.total_chunks - 2))}
    last = plan.length(plan.total_chunks - 1)
    assert 1 <= plan.total_chunks <= MAX_PARTS
    assert MIN_PART_SIZE <= chunk_size <= MAX_PART_SIZE
    assert chunk_size * (plan.total_chunks - 1) + last == size
    assert lengths == {chunk_size} or plan.total_chunks <= 2
    assert 0 < last <= chunk_size or size == 0


@given(size=st.integers(0, MAX_OBJECT_SIZE), wanted=st.none() | st.integers(1, 2**63), default=st.integers(1, 2**40))
def test_any_file_is_cut_within_s3s_limits(size: int, wanted: int | None, default: int) -> None:
    assert_cut_right(size, choose_chunk_size(size, wanted, default))


@pytest.mark.parametrize("off", [-1, 0, 1])
@pytest.mark.parametrize("limit", [MIN_PART_SIZE, DEFAULT, 2 * DEFAULT, GROWS_ABOVE, FULL_AT, 5 * GIB, 5 * 1024 * GIB])
def test_files_around_each_limit_are_cut_within_s3s_limits(limit: int, off: int) -> None:
    assert_cut_right(limit + off, choose_chunk_size(limit + off, None, DEFAULT))


@pytest.mark.parametrize(
    ("size", "wanted", "chosen"),
    [
        (0, None, DEFAULT),
        (None, None, DEFAULT),
        (None, 1, MIN_PART_SIZE),
        (None, MAX_PART_SIZE + 1, MAX_PART_SIZE),
        (GROWS_ABOVE, None, DEFAULT),
        (GROWS_ABOVE + 1, None, DEFAULT + MIB),
        (100 * 10**9, None, 48 * MIB),
        (FULL_AT, None, LARGE_CHUNK_SIZE),
        (FULL_AT + 1, None, LARGE_CHUNK_SIZE + MIB),
        (MAX_OBJECT_SIZE, None, MAX_PART_SIZE),
        (GROWS_ABOVE + 1, DEFAULT, DEFAULT),
        (MIN_PART_SIZE * MAX_PARTS, MIN_PART_SIZE, MIN_PART_SIZE),
        (MIN_PART_SIZE * MAX_PARTS + 1, MIN_PART_SIZE, MIN_PART_SIZE + MIB),
        (100, 6_000_001, 6_000_001),
    ],
)
def test_the_chunk_size_grows_with_the_file(size: int | None, wanted: int | None, chosen: int) -> None:
    assert choose_chunk_size(size, wanted, DEFAULT) == chosen


def test_an_empty_file_is_one_empty_chunk() -> None:
    plan = plan_parts(0, DEFAULT)
    assert (plan.total_chunks, plan.length(0)) == (1, 0)


def test_more_than_10000_parts_are_refused() -> None:
    assert plan_parts(MAX_PARTS * MIN_PART_SIZE, MIN_PART_SIZE).total_chunks == MAX_PARTS
    with pytest.raises(ValueError, match="more than 10000 parts"):
        plan_parts(MAX_PARTS * MIN_PART_SIZE + 1, MIN_PART_SIZE)
