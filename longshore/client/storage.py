"""Storage, as the client sees it: PUT a part where a permission says, GET a range of an object."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator

import urllib3

from longshore.client.connections import STALL_SECONDS, HTTPError, Wire, seconds_to_wait
from longshore.client.errors import TransferError
from longshore.client.stopping import Stop
from longshore.client.throttle import Throttle
from longshore.client.values import SignedChunk

ANSWER_SECONDS, MOST_ANSWER_SECONDS = 120.0, 3600.0
SLOW = 16 * 1024
"""Bytes a second at which a part may travel on after our last byte: out of buffers, or of a proxy that takes all."""
MEASURABLE = 1024 * 1024
"""Bytes of a part from which on its time tells the line's speed."""
PIECE = 1024 * 1024
"""Bytes of a download read at once."""
SENT_AT_ONCE = 64 * 1024
"""Bytes: so many in STALL_SECONDS are enough for a line to count as moving."""
CODE = re.compile(rb"<Code>([A-Za-z0-9]{1,64})</Code>")
PASSING = frozenset({0, 408, 429})


class Storage:
    """Bytes straight to and from storage. No call carries anything of the service's login."""

    def __init__(self, wire: Wire, throttle: Throttle) -> None:
        self._wire, self._throttle = wire, throttle
        self.speed: float | None = None
        """Bytes a second of the last part that was large enough to tell, from its first byte to its answer."""

    def put(
        self,
        chunk: SignedChunk,
        length: int,
        pieces: Iterable[memoryview],
        on_bytes: Callable[[int], None],
        stop: Stop,
    ) -> None:
        """Sends a part; on_bytes hears how many of its bytes have left.

        Raises TransferError, StoppedError, and what reading raises.
        """
        headers = {**chunk.headers, "Content-Length": str(length)}
        body = self._paced(pieces, on_bytes, stop)
        seconds, began = answer_seconds(length, self.speed), time.monotonic()
        try:
            answer = self._wire.ask(chunk.method, chunk.url, body=body, headers=headers, seconds=seconds)
        except HTTPError as error:
            raise TransferError("accept a part", storage_code=type(error).__name__) from None
        if answer.status != 200:
            raise refused("take a part", answer.status, answer.data, seconds_to_wait(answer.headers))
        if length >= MEASURABLE:
            self.speed = length / max(1e-6, time.monotonic() - began)

    def get(self, url: str, start: int, end: int) -> urllib3.BaseHTTPResponse:
        """The answer to a request for the bytes from start up to end, not read yet. Raises TransferError."""
        headers = {"Accept-Encoding": "identity"}
        if end > start:
            headers["Range"] = f"bytes={start}-{end - 1}"
        try:
            answer = self._wire.ask("GET", url, headers=headers, seconds=STALL_SECONDS, whole=False, redirect=True)
        except HTTPError as error:
            raise TransferError("send a part", storage_code=type(error).__name__) from None
        if answer.status not in {200, 206}:
            said = answer.read(4096)
            answer.drain_conn()
            raise refused("give a part", answer.status, said, seconds_to_wait(answer.headers))
        return answer

    def read(self, answer: urllib3.BaseHTTPResponse, stop: Stop) -> Iterator[bytes]:
        """The bytes of an answer in pieces. Raises TransferError where the line breaks."""
        try:
            while piece := answer.read(PIECE):
                stop.check()
                self._throttle.let_pass(len(piece), stop)
                yield piece
        except HTTPError as error:
            raise TransferError("send a part", storage_code=type(error).__name__) from None
        finally:
            # a connection that is not read to its end is of no more use
            answer.close() if answer.length_remaining else answer.release_conn()

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
    """How long a part's answer is waited for after its last byte, in seconds: by its size, and by the speed seen."""
    slowest = min(SLOW, speed / 2) if speed else SLOW
    return min(MOST_ANSWER_SECONDS, ANSWER_SECONDS + length / slowest)


def refused(what: str, status: int, body: bytes, retry_after: float) -> TransferError:
    """The error of an answer of storage: its code alone, as the rest of it may tell of keys."""
    found = CODE.search(body)
    return TransferError(what, status, found[1].decode() if found else "", retry_after)


def is_passing(error: TransferError) -> bool:
    """Whether storage may take or give the same later, as it is."""
    return error.status in PASSING or error.status >= 500
