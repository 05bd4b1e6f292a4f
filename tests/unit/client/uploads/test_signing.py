"""The signing window of the Python client: which chunks are signed ahead, and when again."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from longshore.client import Stop
from longshore.client.errors import StoppedError
from longshore.client.stopping import run_together
from longshore.client.uploads import signing
from longshore.client.uploads.signing import SigningWindow
from longshore.client.values import SignedChunk
from tests.support.client.clocks import Clock


def chunk(index: int, ends: str = "2999-01-01T00:00:00+00:00") -> SignedChunk:
    return SignedChunk(index, "PUT", f"http://x/{index}", {}, ends)


class Signer:
    """Signs chunks; batches: the chunks of each request."""

    def __init__(self, ends: str = "2999-01-01T00:00:00+00:00") -> None:
        self.batches: list[list[int]] = []
        self._ends = ends

    def sign(self, wanted: Sequence[Any]) -> list[SignedChunk]:
        self.batches.append([each["chunk_index"] for each in wanted])
        return [chunk(each["chunk_index"], self._ends) for each in wanted]

    def window(self, order: Sequence[int], size: int, at_once: bool = True, **others: Any) -> SigningWindow:
        named = {"server_skew": lambda: 0.0} | others
        return SigningWindow(
            order, lambda index: {"chunk_index": index}, self.sign, window=size, at_once=at_once, **named
        )


def take_all(window: SigningWindow, stop: Stop | None = None) -> list[int]:
    taken = []
    while (found := window.take(stop or Stop())) is not None:
        taken.append(found.chunk_index)
    return taken


@pytest.mark.parametrize(
    ("size", "batches"), [(8, [[0, 1, 2, 3], [4, 5, 6]]), (7, [[0, 1, 2], [3, 4, 5], [6]]), (20, [[*range(7)]])]
)
def test_half_a_window_is_signed_at_once(size: int, batches: list[list[int]]) -> None:
    signer = Signer()
    window = signer.window(range(7), size, at_once=False)
    window.fill(Stop())
    assert (signer.batches, take_all(window)) == (batches, [*range(7)])


def test_chunks_that_are_already_signed_are_returned_first() -> None:
    signer = Signer()
    window = signer.window([3, 4, 5], 8, first=[chunk(4), chunk(9)])
    window.fill(Stop())
    assert (take_all(window), signer.batches) == ([4, 3, 5], [[3, 5]])


@pytest.mark.parametrize(("at_once", "least"), [(True, 2), (False, 1)])
def test_a_sender_that_waits_gets_a_small_batch(at_once: bool, least: int) -> None:
    """If describing costs time, a waiting sender gets the very first chunk."""
    signer = Signer()
    window = signer.window(range(8), 4, at_once=at_once)
    window._hungry = 1
    stop = Stop()
    run_together([window.fill, lambda stop: assert_all(window, stop)], stop)
    assert min(len(batch) for batch in signer.batches) >= least
    assert [index for batch in signer.batches for index in batch] == [*range(8)]


def assert_all(window: SigningWindow, stop: Stop) -> None:
    assert take_all(window, stop) == [*range(8)]


def test_no_more_chunks_are_signed_than_fit_into_the_window() -> None:
    signer, stop = Signer(), Stop()
    window = signer.window(range(9), 4)

    def fill() -> None:
        with pytest.raises(StoppedError):
            window.fill(stop)

    filling = threading.Thread(target=fill)
    filling.start()
    first = window.take(Stop())
    stop.set()
    filling.join()
    assert (first and first.chunk_index, sum(map(len, signer.batches)) <= 5) == (0, True)
    with pytest.raises(StoppedError):
        signer.window(range(9), 4).take(stop)


@pytest.mark.parametrize(("ends_in", "skew", "again"), [(4.9, 0.0, True), (5.0, 0.0, False), (64.9, 60.0, True)])
def test_a_signature_that_ends_in_five_seconds_is_renewed(
    monkeypatch: pytest.MonkeyPatch, ends_in: float, skew: float, again: bool
) -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    monkeypatch.setattr(signing, "time", Clock(now.timestamp()))
    signer = Signer()
    ends = (now + timedelta(seconds=ends_in)).isoformat()
    window = signer.window([0], 4, first=[chunk(0, ends)], server_skew=lambda: skew)
    window.fill(Stop())
    taken = window.take(Stop())
    assert (taken, signer.batches) == (chunk(0) if again else chunk(0, ends), [[0]] if again else [])


def test_a_failure_to_sign_ends_the_senders() -> None:
    def refuses(_wanted: Any) -> Any:
        raise KeyError("refused")

    window = SigningWindow([0], lambda index: {}, refuses, window=1, at_once=True, server_skew=lambda: 0.0)
    with pytest.raises(KeyError):
        window.fill(Stop())
    assert window.take(Stop()) is None
