"""The client's arithmetic: parts, checksums, waits, rates, connections, progress, sizes in words."""

from __future__ import annotations

import hashlib
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longshore.cli.terminal.sizes import pace_text, parse_size, size_text
from longshore.client.network.backoff import RetryPolicy, backoff_delay
from longshore.client.network.connections import seconds_to_wait
from longshore.client.network.throttle import Throttle
from longshore.client.network.tuner import Tuner
from longshore.client.parts import MIB, PartPlan, chunk_sizes
from longshore.client.progress import Meter, Progress
from longshore.client.stopping import Stop, run_together
from longshore.client.uploads.signing import SigningWindow, Wanted
from longshore.client.values import SignedChunk
from longshore.receipts.hashing import ALGORITHMS, QUICK_CRCS, by_table, digest
from service.domain.uploads.parts import choose_chunk_size, plan_parts
from service.limits import MAX_OBJECT_SIZE

SIZES = st.integers(0, MAX_OBJECT_SIZE)
CHUNK_SIZES = st.integers(5 * MIB, 5 * 1024 * MIB)


@given(SIZES, CHUNK_SIZES)
def test_parts_are_cut_as_the_service_cuts_them(size: int, wanted: int) -> None:
    chunk_size = choose_chunk_size(size, wanted, 16 * MIB)
    ours, theirs = PartPlan(size, chunk_size), plan_parts(size, chunk_size)
    last = ours.total_chunks - 1
    assert ours.total_chunks == theirs.total_chunks
    assert ours.length(last) == theirs.length(last)
    assert ours.start(last) + ours.length(last) == size


@given(SIZES, st.integers(5, 64))
def test_chunk_sizes_contain_the_services_choice(size: int, mib: int) -> None:
    chunk_size = choose_chunk_size(size, None, mib * MIB)
    total = PartPlan(size, chunk_size).total_chunks
    possible = chunk_sizes(size, total)
    assert total == 1 or chunk_size in possible
    assert {PartPlan(size, each).total_chunks for each in possible} == {total}


@given(st.lists(st.binary(max_size=64), max_size=5), st.sampled_from(ALGORITHMS))
def test_a_checksum_does_not_depend_on_the_pieces(pieces: list[bytes], algorithm: str) -> None:
    assert digest(pieces, algorithm) == digest([b"".join(pieces)], algorithm)


def test_checksums_match_the_crc_catalogue() -> None:
    """https://reveng.sourceforge.io/crc-catalogue/all.htm gives each for these nine bytes."""
    check = [b"1234", b"56789"]
    assert digest(check, "CRC32") == zlib.crc32(b"123456789").to_bytes(4, "big")
    assert digest(check, "CRC32C").hex() == "e3069283"
    assert digest(check, "CRC64NVME").hex() == "ae8b14860a799888"
    assert digest(check, "MD5") == hashlib.md5(b"123456789", usedforsecurity=False).digest()


@given(st.binary(max_size=64), st.integers(0, 2**32 - 1), st.sampled_from(sorted(QUICK_CRCS)))
def test_quick_checksums_equal_those_of_the_table(data: bytes, before: int, algorithm: str) -> None:
    assert QUICK_CRCS[algorithm](data, before) == by_table(algorithm)(data, before)


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_no_wait_exceeds_the_maximum(attempt: int, chance: float) -> None:
    policy = RetryPolicy()
    assert 0 <= backoff_delay(attempt, policy, chance) <= policy.max_delay
    assert backoff_delay(1, policy, 1.0) == 2 * policy.base_delay


@given(st.lists(st.tuples(st.integers(1, 1000), st.floats(0, 10)), min_size=1), st.floats(1, 1e6))
def test_bytes_never_pass_faster_than_the_cap(pieces: list[tuple[int, float]], cap: float) -> None:
    throttle, now, before = Throttle(cap), 100.0, 0
    for size, pause in pieces:
        now += pause + throttle.reserve(size, now + pause)
        # what has passed before now took at least its time
        assert now - 100.0 >= before / cap * 0.999_999
        before += size


def test_without_a_cap_nothing_waits() -> None:
    assert Throttle().reserve(10**12, 0.0) == 0.0


@given(st.lists(st.one_of(st.none(), st.integers(1, 10**9)), max_size=60), st.integers(1, 5), st.integers(0, 10))
def test_connections_stay_between_the_least_and_the_most(parts: list[int | None], least: int, more: int) -> None:
    tuner, now = Tuner(least, least + more), 0.0
    for size in parts:
        now += 0.1
        if size is None:
            tuner.failed(now)
        else:
            tuner.arrived(size, now)
        assert least <= tuner.limit <= least + more


def test_connections_are_added_while_that_is_faster() -> None:
    tuner, now = Tuner(1, 8), 0.0
    for _ in range(40):
        now += 1 / tuner.limit
        tuner.arrived(1000, now)
    assert tuner.limit >= 7


@pytest.mark.parametrize(("least", "most"), [(0, 1), (2, 1)])
def test_an_invalid_number_of_connections_is_refused(least: int, most: int) -> None:
    with pytest.raises(ValueError):
        Tuner(least, most)


def test_progress_counts_sent_bytes_and_subtracts_lost_ones() -> None:
    reported: list[Progress] = []
    clock = [0.0]
    meter = Meter(1000, reported.append, lambda: clock[0])
    meter.stored(0, 400)
    clock[0] = 1.0
    meter.moved(1, 200)
    clock[0] = 2.0
    meter.moved(2, 200)
    assert meter.read() == Progress(800, 1000, 200.0, 1.0)
    meter.moved(2, 0)
    assert meter.read().moved == 600
    meter.moved(1, 300)
    meter.moved(2, 300)
    assert (meter.read().moved, meter.read().seconds_left) == (1000, 0.0)
    assert [progress.moved for progress in reported] == [600, 800]


def test_the_remaining_time_is_unknown_without_a_size() -> None:
    meter = Meter(None, lambda _: None)
    meter.moved(0, 10)
    assert (meter.read().moved, meter.read().seconds_left) == (10, None)


@pytest.mark.parametrize(
    ("text", "size"),
    [("20MB/s", 20_000_000), ("1.5GiB", 3 << 29), ("4096", 4096), ("64 KiB", 65536), ("3k", 3000), ("2mib/s", 2 << 20)],
)
def test_parse_size_accepts_units(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "fast", "-1MB", "1XB", "i", "1i", "1.2.3M"])
def test_an_invalid_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("speed", "left", "text"),
    [
        (0.0, None, ""),
        (0.0, 0.0, ""),
        (2048.0, None, "2.0 KiB/s"),
        (2048.0, 64.2, "2.0 KiB/s, 1:05 left"),
        (3 << 20, 7384, "3.0 MiB/s, 2:03:04 left"),
    ],
)
def test_pace_text_shows_speed_and_remaining_time(speed: float, left: float | None, text: str) -> None:
    assert pace_text(speed, left) == text


@given(st.integers(0, 2**60))
def test_a_size_text_can_be_parsed_to_about_the_same_size(size: int) -> None:
    text = size_text(size)
    assert abs(parse_size(text) - size) <= max(1, size * 0.06) if size < 1024**5 else text.endswith("TiB")


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 0.0),
        ({"Retry-After": "7"}, 7.0),
        ({"Retry-After": "-7"}, 0.0),
        ({"Retry-After": "soon"}, 0.0),
        ({"Retry-After": "Wed, 25 Nov 2026 06:00:09 GMT", "Date": "Wed, 25 Nov 2026 06:00:00 GMT"}, 9.0),
        ({"Retry-After": "Wed, 25 Nov 2026 06:00:09 GMT"}, 0.0),
    ],
)
def test_retry_after_gives_the_seconds_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert seconds_to_wait(headers) == seconds


def signed(index: int, seconds: float = 3600.0) -> SignedChunk:
    ends = datetime.now(UTC) + timedelta(seconds=seconds)
    return SignedChunk(index, "PUT", f"http://x/{index}", {}, ends.isoformat())


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 60), st.integers(1, 70), st.booleans(), st.integers(0, 20))
def test_every_chunk_is_signed_once_and_in_order(count: int, window: int, at_once: bool, first: int) -> None:
    batches: list[int] = []

    def sign(wanted: Any) -> list[SignedChunk]:
        batches.append(len(wanted))
        return [signed(each["chunk_index"]) for each in wanted]

    def describe(index: int) -> Wanted:
        return {"chunk_index": index}

    ready = [signed(index) for index in range(min(first, count))]
    made = SigningWindow(
        range(count), describe, sign, window=window, at_once=at_once, server_skew=lambda: 0.0, first=ready
    )
    taken: list[int] = []

    def take_all(stop: Stop) -> None:
        while (chunk := made.take(stop)) is not None:
            taken.append(chunk.chunk_index)

    run_together([made.fill, take_all], Stop())
    assert taken == list(range(count))
    assert sum(batches) == count - len(ready)
    assert max(batches, default=0) <= window


def test_a_url_that_expires_by_the_services_clock_is_signed_again() -> None:
    made = SigningWindow(
        [0],
        lambda index: {"chunk_index": index},
        lambda _wanted: [signed(0, 7200)],
        window=1,
        at_once=True,
        server_skew=lambda: 3600.0,
        first=[signed(0, 3600)],
    )
    chunk = made.take(Stop())
    assert chunk is not None
    assert datetime.fromisoformat(chunk.expires_at) > datetime.now(UTC) + timedelta(seconds=3700)
