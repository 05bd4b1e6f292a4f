"""Sign chunks in batches ahead of the senders, none long before it is needed."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from longshore.client.stopping import Stop
from longshore.client.values import SignedChunk

EXPIRY_MARGIN = 5.0
"""Seconds; a URL that expires sooner is not used."""
POLL = 0.1
Wanted = dict[str, Any]
"""Describes a chunk for the signing call."""


class SigningWindow:
    """Describe chunks in order (slow with a checksum) and sign them in batches.

    Each is returned once; `sign_again` signs one again for a further attempt.
    """

    def __init__(
        self,
        order: Sequence[int],
        describe: Callable[[int], Wanted],
        sign: Callable[[Sequence[Wanted]], Sequence[SignedChunk]],
        *,
        window: int,
        at_once: bool,
        server_skew: Callable[[], float],
        first: Iterable[SignedChunk] = (),
    ) -> None:
        """window: chunks ahead of the senders; at_once: describing is fast, so no batch needs to be small."""
        wanted = set(order)
        self._signed = deque(chunk for chunk in first if chunk.chunk_index in wanted)
        there = {chunk.chunk_index for chunk in self._signed}
        self._order = [index for index in order if index not in there]
        self._describe, self._sign = describe, sign
        self._window, self._least = window, max(1, window // 2) if at_once else 1
        self._batch = max(1, window // 2)
        self._skew = server_skew
        self._described: list[Wanted] = []
        self._hungry = 0
        self._over = False
        self._changed = threading.Condition()

    def fill(self, stop: Stop) -> None:
        """Run in parallel to the senders until all chunks are signed. Raises what describing and signing raise."""
        try:
            for chunk_index in self._order:
                self._wait_for_room(stop)
                self._described.append(self._describe(chunk_index))
                if self._is_worthwhile():
                    self._sign_described()
            self._sign_described()
        finally:
            with self._changed:
                self._over = True
                self._changed.notify_all()

    def take(self, stop: Stop) -> SignedChunk | None:
        """Return the next chunk to send, None after the last. Raises StoppedError."""
        with self._changed:
            self._hungry += 1
            try:
                while not self._signed and not self._over:
                    self._changed.wait(POLL)
                    stop.check()
                chunk = self._signed.popleft() if self._signed else None
                self._changed.notify_all()
            finally:
                self._hungry -= 1
        return self.sign_again(chunk.chunk_index) if chunk and self._expires_soon(chunk) else chunk

    def sign_again(self, chunk_index: int) -> SignedChunk:
        """Describe and sign this chunk now."""
        return self._sign([self._describe(chunk_index)])[0]

    def _wait_for_room(self, stop: Stop) -> None:
        with self._changed:
            while len(self._described) + len(self._signed) >= self._window:
                self._changed.wait(POLL)
                stop.check()

    def _is_worthwhile(self) -> bool:
        count = len(self._described)
        with self._changed:
            return count >= self._batch or (count >= self._least and self._hungry > 0 and not self._signed)

    def _sign_described(self) -> None:
        if not self._described:
            return
        chunks = self._sign(self._described)
        with self._changed:
            self._described = []
            self._signed.extend(chunks)
            self._changed.notify_all()

    def _expires_soon(self, chunk: SignedChunk) -> bool:
        ends = datetime.fromisoformat(chunk.expires_at).timestamp()
        return ends - (time.time() + self._skew()) < EXPIRY_MARGIN
