"""Sending one part, as often as it takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from longshore.client.api import Credential
from longshore.client.backoff import with_retry
from longshore.client.errors import TransferError
from longshore.client.progress import Meter
from longshore.client.shared import Common
from longshore.client.stopping import Stop
from longshore.client.storage import is_passing
from longshore.client.values import SignedChunk

RESIGNED = frozenset({400, 403, 404})
"""Refusals that a freshly signed URL and bytes read anew may cure: a URL that expired, a body that broke on its way."""
MAX_RESIGNED = 3


@dataclass(frozen=True)
class PartSender:
    """The parts of one upload. length and pieces: of a chunk, by its index; check: raises where they are others now."""

    common: Common
    upload_id: str
    credential: Credential | None
    length: Callable[[int], int]
    pieces: Callable[[int], Iterable[memoryview]]
    check: Callable[[], None]
    meter: Meter

    def send(
        self, first: Callable[[Stop], SignedChunk | None], anew: Callable[[int], SignedChunk], stop: Stop
    ) -> int | None:
        """Sends the chunk that `first` gives, and again to what `anew` signs; its index, None where there was none.

        Raises TransferError once it is given up, or what the service says of the upload, where that is why.
        """
        tried: list[int] = []

        def once() -> int | None:
            with self.common.lanes.turn(stop):
                chunk = anew(tried[0]) if tried else first(stop)
                if chunk is None:
                    return None
                tried.append(chunk.chunk_index)
                return self._put(chunk, stop)

        def judge(error: Exception) -> float | None:
            if not isinstance(error, TransferError):
                return None
            self.common.lanes.failed()
            self.meter.moved(tried[0], 0)
            self.check()
            if is_passing(error):
                return error.retry_after
            self._ask_why(stop)
            return 0.0 if error.status in RESIGNED and len(tried) < MAX_RESIGNED else None

        try:
            return with_retry(once, judge, self.common.policy, stop)
        except TransferError:
            self._ask_why(stop)
            raise

    def _put(self, chunk: SignedChunk, stop: Stop) -> int:
        index = chunk.chunk_index
        length = self.length(index)
        pieces = self.pieces(index)
        self.common.storage.put(chunk, length, pieces, lambda sent: self.meter.moved(index, sent), stop)
        self.common.lanes.arrived(length)
        return index

    def _ask_why(self, stop: Stop) -> None:
        """Raises what the service says of this upload, where it is over: storage's answers do not tell that."""
        self.common.api.resume(self.upload_id, self.credential, stop)
