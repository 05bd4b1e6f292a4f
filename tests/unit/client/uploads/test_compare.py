"""Parts in storage, compared with those of the file."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import md5, sha256
from typing import Any

import pytest

from longshore.client.errors import StoppedError
from longshore.client.observer import Comparison
from longshore.client.parts import PartPlan
from longshore.client.stopping import Stop
from longshore.client.uploads.compare import compare_one, compare_stored
from longshore.client.values import Resumption, StoredChunk
from tests.support.client.bodies import text

PLAN = PartPlan(10, 4)
BODY = b"0123456789"


def pieces(start: int, length: int) -> Iterator[memoryview]:
    yield memoryview(BODY)[start : start + length]


def stored(index: int, body: bytes, checksum: str | None = None, etag: str | None = None) -> StoredChunk:
    return StoredChunk(index, len(body), f'"{md5(body).hexdigest()}"' if etag is None else etag, checksum)


SHA = text(sha256(b"4567").digest())


@pytest.mark.parametrize(
    ("part", "algorithm", "result"),
    [
        (stored(1, b"4567"), None, ("MD5", "same")),
        (stored(1, b"4567", etag=md5(b"4567").hexdigest().upper()), None, ("MD5", "same")),
        (stored(1, b"4566"), None, ("MD5", "other")),
        (stored(1, b"456"), None, (None, "other")),
        (stored(2, b"89"), None, ("MD5", "same")),
        (stored(1, b"4567", SHA), "SHA256", ("SHA256", "same")),
        (stored(1, b"4567", SHA), None, ("MD5", "same")),
        (stored(1, b"4567", None), "SHA256", ("MD5", "same")),
        (stored(1, b"4567", text(sha256(b"4566").digest())), "SHA256", ("SHA256", "other")),
        (stored(1, b"4567", etag='"opaque"'), "SHA256", (None, "unknown")),
    ],
)
def test_a_stored_part_is_compared_by_size_checksum_and_etag(
    part: StoredChunk, algorithm: str | None, result: Any
) -> None:
    assert compare_one(part, PLAN, algorithm, pieces) == result


@pytest.mark.parametrize("count", [0, 1, 3])
def test_compare_stored_compares_all_parts(count: int) -> None:
    parts = [stored(0, b"0123", text(sha256(b"0123").digest())), stored(1, b"xxxx"), stored(2, b"89", etag="opaque")]
    found = Resumption("up", "f", 4, 10, "", "SHA256", parts[:count], [], [])
    assert compare_stored(found, PLAN, pieces, Stop()) == Comparison(
        frozenset([0][:count]),
        frozenset([1][: max(0, count - 1)]),
        frozenset([2][: max(0, count - 2)]),
        frozenset(["SHA256"][:count]) | frozenset(["MD5"][: max(0, count - 1)]),
    )


def test_comparing_can_be_stopped() -> None:
    stop = Stop()
    stop.set()
    found = Resumption("up", "f", 4, 10, "", None, [stored(0, b"0123")], [], [])

    def never(*_: Any) -> Any:
        raise AssertionError("it was read all the same")

    with pytest.raises(StoppedError):
        compare_stored(found, PLAN, never, stop)
