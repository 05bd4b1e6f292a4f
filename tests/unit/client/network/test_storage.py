"""Requests of the Python client to storage: parts, ranges, refusals and broken connections."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import urllib3

from longshore.client import Stop
from longshore.client.errors import (
    LongshoreError,
    StoppedError,
    TransferError,
    UnreachableError,
)
from longshore.client.network.connections import (
    STALL_SECONDS,
)
from longshore.client.network.storage import Storage, answer_seconds, is_passing
from longshore.client.network.throttle import Throttle
from tests.support.client.scripted_connections import CHUNK, URL, Given, Scripted, answer


class Cap(Throttle):
    """Never waits; passed: the numbers of bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.passed: list[int] = []

    def let_pass(self, size: int, stop: Stop) -> None:
        self.passed.append(size)


def storage(*given: Given, throttle: Throttle | None = None) -> tuple[Storage, Scripted]:
    pools = Scripted(*given)
    return Storage(pools, throttle or Throttle()), pools


def put(store: Storage, body: bytes, stop: Stop | None = None) -> list[int]:
    sent: list[int] = []
    store.put(CHUNK, len(body), [memoryview(body)], sent.append, stop or Stop())
    return sent


def test_a_part_is_sent_as_it_was_signed() -> None:
    store, pools = storage(answer(b""))
    body = bytes(range(256)) * 300
    assert put(store, body) == [65536, 76800]
    headers = {"x-amz-checksum": "AA", "Content-Length": "76800"}
    sent = {"body": [body[:65536], body[65536:]], "headers": headers, "seconds": answer_seconds(76800, None)}
    assert pools.requests == [{"method": "PUT", "url": CHUNK.url, **sent}]


def test_parts_and_ranges_are_throttled_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.client.network.storage.PIECE", 4)
    cap = Cap()
    store, _ = storage(answer(b""), throttle=cap)
    put(store, bytes(76800))
    assert cap.passed == [65536, 11264]
    assert [*store.read(answer(b"0123456789"), Stop())] == [b"0123", b"4567", b"89"]
    assert cap.passed[2:] == [4, 4, 2]


@pytest.mark.parametrize("status", [201, 204, 206, 307, 400, 503])
def test_a_refused_part_is_reported_with_the_storage_code(status: int) -> None:
    store, _ = storage(answer(b"<Error><Code>SlowDown</Code><Key>secret</Key></Error>", status, Retry_After="3"))
    with pytest.raises(TransferError) as refused:
        put(store, b"abc")
    error = refused.value
    assert (error.status, error.storage_code, error.retry_after) == (status, "SlowDown", 3.0)
    assert error.message == f"Storage did not accept a part ({status} SlowDown)."


def test_a_refusal_without_a_code_is_reported_with_its_status() -> None:
    with pytest.raises(TransferError) as refused:
        put(storage(answer(b"<html>Bad Gateway</html>", 502))[0], b"abc")
    assert (refused.value.storage_code, refused.value.message) == ("", "Storage did not accept a part (502).")


@pytest.mark.parametrize(
    ("use", "what"), [(lambda store: put(store, b"a"), "accept"), (lambda store: store.get(URL, 0, 1), "send")]
)
def test_a_broken_connection_is_reported_with_its_cause(use: Callable[[Storage], Any], what: str) -> None:
    with pytest.raises(TransferError) as refused:
        use(storage(urllib3.exceptions.ProtocolError("secret"))[0])
    assert refused.value.message == f"Storage did not {what} a part (no answer ProtocolError)."
    assert (refused.value.status, refused.value.retry_after) == (0, 0.0)


def test_sending_can_be_stopped() -> None:
    stop = Stop()
    stop.set()
    with pytest.raises(StoppedError):
        put(storage(answer(b""))[0], b"abc", stop)


class Clock:
    """Each call returns one second more."""

    now = 0.0

    def monotonic(self) -> float:
        self.now += 1
        return self.now


def test_the_speed_is_measured_by_large_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.client.network.storage.time", Clock())
    monkeypatch.setattr("longshore.client.network.storage.MEASURABLE", 10)
    store, pools = storage(answer(b""), answer(b""), answer(b""))
    speeds = []
    for size in (9, 10):
        put(store, bytes(size))
        speeds.append(store.speed)
    assert speeds == [None, 10.0]
    put(store, bytes(10))
    assert pools.requests[2]["seconds"] == answer_seconds(10, 10.0)


@pytest.mark.parametrize(("start", "end", "header"), [(0, 1, "bytes=0-0"), (5, 9, "bytes=5-8"), (0, 0, None)])
@pytest.mark.parametrize("status", [200, 206])
def test_a_range_is_requested_by_its_header(start: int, end: int, header: str | None, status: int) -> None:
    given = answer(b"", status)
    store, pools = storage(given)
    assert store.get(URL, start, end) is given
    headers = {"Accept-Encoding": "identity"} | ({"Range": header} if header else {})
    sent = {"headers": headers, "seconds": STALL_SECONDS, "whole": False, "redirect": True}
    assert pools.requests == [{"method": "GET", "url": URL, **sent}]


def test_a_refused_range_is_reported_with_the_storage_code() -> None:
    given = answer(b"<Code>AccessDenied</Code>" + b"x" * 9000, 403, Retry_After="3")
    with pytest.raises(TransferError) as refused:
        storage(given)[0].get(URL, 0, 1)
    assert refused.value.message == "Storage did not send a part (403 AccessDenied)."
    assert (refused.value.retry_after, given.read()) == (3.0, b"")


class Breaking(io.BytesIO):
    def read(self, *_: Any) -> bytes:
        raise urllib3.exceptions.IncompleteRead(1, 2)


def test_an_answer_is_read_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("longshore.client.network.storage.PIECE", 4)
    store, _ = storage()
    assert [*store.read(answer(b"0123456789"), Stop())] == [b"0123", b"4567", b"89"]
    broken = urllib3.HTTPResponse(Breaking(), {}, 206, preload_content=False)
    with pytest.raises(TransferError) as refused:
        [*store.read(broken, Stop())]
    assert refused.value.message == "Storage did not send a part (no answer ProtocolError)."
    stop = Stop()
    stop.set()
    with pytest.raises(StoppedError):
        next(store.read(answer(b"0123456789"), stop))


@pytest.mark.parametrize(("pieces", "closed"), [(1, True), (2, True), (3, False)])
def test_an_answer_that_is_not_read_to_its_end_is_closed(
    monkeypatch: pytest.MonkeyPatch, pieces: int, closed: bool
) -> None:
    monkeypatch.setattr("longshore.client.network.storage.PIECE", 4)
    closes: list[bool] = []
    given = answer(b"0123456789", Content_Length="10")
    monkeypatch.setattr(given, "close", lambda: closes.append(True))
    read = storage()[0].read(given, Stop())
    for _ in range(pieces):
        next(read)
    read.close()  # type: ignore[attr-defined]
    assert bool(closes) is closed


@pytest.mark.parametrize(
    ("length", "speed", "seconds"),
    [
        (16384, None, 121.0),
        (16384, 65536.0, 121.0),
        (16384, 16384.0, 122.0),
        (16384 * 3479, None, 3599.0),
        (16384 * 9999, None, 3600.0),
    ],
)
def test_the_wait_for_an_answer_depends_on_size_and_speed(length: int, speed: float | None, seconds: float) -> None:
    assert answer_seconds(length, speed) == seconds


@pytest.mark.parametrize(
    ("status", "passing"),
    [(0, True), (408, True), (429, True), (500, True), (503, True), (499, False), (403, False), (409, False)],
)
def test_is_passing_recognizes_temporary_refusals(status: int, passing: bool) -> None:
    assert is_passing(TransferError("accept a part", status)) is passing


def test_an_error_has_a_default_remedy() -> None:
    assert LongshoreError("It broke.").sentence == "It broke. Try again."
    assert LongshoreError("It broke.", "").sentence == "It broke."
    assert UnreachableError("http://x", "gone").sentence == (
        "The service at http://x cannot be reached (gone). Check its URL and the network, then try again."
    )
