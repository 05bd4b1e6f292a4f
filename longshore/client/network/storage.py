"""Transfers with storage: PUT a part to its signed URL, GET a range of an object."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator

import urllib3

from longshore.client.errors import StorageUnreachableError, TransferError
from longshore.client.network.connections import (
    STALL_SECONDS,
    ConnectionPools,
    HTTPError,
    cause_of,
    origin_of,
    seconds_to_wait,
)
from longshore.client.network.throttle import Throttle
from longshore.client.stopping import Stop
from longshore.client.values import SignedChunk

ANSWER_SECONDS, MOST_ANSWER_SECONDS = 120.0, 3600.0
SLOW = 16 * 1024
"""Bytes per second at which buffers and proxies may send the rest of a part after the last byte."""
MEASURABLE = 1024 * 1024
"""Minimum bytes of a part to measure the speed."""
PIECE = 1024 * 1024
"""Bytes to read at once in a download."""
SENT_AT_ONCE = 64 * 1024
"""Bytes in STALL_SECONDS that are enough for a connection to count as alive."""
CODE = re.compile(rb"<Code>([A-Za-z0-9]{1,64})</Code>")
PASSING = frozenset({0, 408, 429})


class Storage:
    """Transfers directly to and from storage. No request contains the service's login."""

    def __init__(self, pools: ConnectionPools, throttle: Throttle) -> None:
        self._pools, self._throttle = pools, throttle
        self.speed: float | None = None
        """Bytes per second of the last part that was large enough, from its first byte to its answer."""

    def put(
        self,
        chunk: SignedChunk,
        length: int,
        pieces: Iterable[memoryview],
        on_bytes: Callable[[int], None],
        stop: Stop,
    ) -> None:
        """Send a part; on_bytes is called with the number of sent bytes.

        Raises TransferError, StoppedError, and what reading raises.
        """
        headers = {**chunk.headers, "Content-Length": str(length)}
        body = self._paced(pieces, on_bytes, stop)
        seconds, began = answer_seconds(length, self.speed), time.monotonic()
        try:
            answer = self._pools.ask(chunk.method, chunk.url, body=body, headers=headers, seconds=seconds)
        except HTTPError as error:
            raise self._unanswered("accept a part", chunk.url, error) from None
        if answer.status != 200:
            raise refused("accept a part", answer.status, answer.data, seconds_to_wait(answer.headers))
        if length >= MEASURABLE:
            self.speed = length / max(1e-6, time.monotonic() - began)

    def get(self, url: str, start: int, end: int) -> urllib3.BaseHTTPResponse:
        """Request the bytes from start up to end and return the unread answer. Raises TransferError."""
        headers = {"Accept-Encoding": "identity"}
        if end > start:
            headers["Range"] = f"bytes={start}-{end - 1}"
        try:
            answer = self._pools.ask("GET", url, headers=headers, seconds=STALL_SECONDS, whole=False, redirect=True)
        except HTTPError as error:
            raise self._unanswered("send a part", url, error) from None
        if answer.status not in {200, 206}:
            said = answer.read(4096)
            answer.drain_conn()
            raise refused("send a part", answer.status, said, seconds_to_wait(answer.headers))
        return answer

    def read(self, answer: urllib3.BaseHTTPResponse, stop: Stop) -> Iterator[bytes]:
        """Yield the bytes of an answer in pieces. Raises TransferError if the connection breaks."""
        try:
            while piece := answer.read(PIECE):
                stop.check()
                self._throttle.let_pass(len(piece), stop)
                yield piece
        except HTTPError as error:
            raise TransferError("send a part", storage_code=type(error).__name__) from None
        finally:
            # a connection that was not read to its end cannot be used again
            answer.close() if answer.length_remaining else answer.release_conn()

    def _unanswered(self, what: str, url: str, error: HTTPError) -> TransferError:
        # of the URL the origin alone: the rest grants access
        if self._pools.never_reached(url, error):
            return StorageUnreachableError(what, origin_of(url), cause_of(error))
        return TransferError(what, storage_code=type(error).__name__)

    def _paced(self, pieces: Iterable[memoryview], on_bytes: Callable[[int], None], stop: Stop) -> Iterator[memoryview]:
        sent = 0
        for piece in pieces:
            for start in range(0, len(piece), SENT_AT_ONCE):
                part = piece[start : start + SENT_AT_ONCE]
                stop.check()
                self._throttle.let_pass(len(part), stop)
                yield part
                sent += len(part)
                on_bytes(sent)


def answer_seconds(length: int, speed: float | None) -> float:
    """Return the seconds to wait for a part's answer after its last byte, by its size and the measured speed."""
    slowest = min(SLOW, speed / 2) if speed else SLOW
    return min(MOST_ANSWER_SECONDS, ANSWER_SECONDS + length / slowest)


def refused(what: str, status: int, body: bytes, retry_after: float) -> TransferError:
    """Return the error for an answer of storage, with its code only, as the rest may contain keys."""
    found = CODE.search(body)
    return TransferError(what, status, found[1].decode() if found else "", retry_after)


def is_passing(error: TransferError) -> bool:
    """Whether the same request may succeed later."""
    return error.status in PASSING or error.status >= 500
