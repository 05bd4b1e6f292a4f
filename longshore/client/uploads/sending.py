"""Send one part with retries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from longshore.client.api import Credential
from longshore.client.errors import DifferentFileError, TransferError
from longshore.client.network.backoff import with_retry
from longshore.client.network.storage import is_passing
from longshore.client.progress import Meter
from longshore.client.shared import Common
from longshore.client.stopping import Stop
from longshore.client.uploads.compare import compare_bytes
from longshore.client.values import File, SignedChunk

RESIGNED = frozenset({400, 403, 404, 409})
"""Status codes for which a new URL and reading the bytes again can help: an expired URL, a broken body, another PUT of
the same file under way."""
STORED_BEFORE = 412
"""The status if the chunk of a file of one part is in storage: a PUT whose answer was lost, or of another process."""
MAX_RESIGNED = 3


@dataclass(frozen=True)
class PartSender:
    """The parts of one upload. length and pieces: of a chunk, by its index; check: raises if they have changed."""

    common: Common
    upload_id: str
    credential: Credential | None
    length: Callable[[int], int]
    pieces: Callable[[int], Iterable[memoryview]]
    check: Callable[[], None]
    meter: Meter

    def send(
        self, first: Callable[[Stop], SignedChunk | None], sign_again: Callable[[int], SignedChunk], stop: Stop
    ) -> int | None:
        """Send the chunk from `first`, and again to URLs from `sign_again`; return its index, None without a chunk.

        Raises TransferError after the last attempt, or the service's error if the upload is over.
        """
        tried: list[int] = []

        def once() -> int | None:
            with self.common.slots.turn(stop):
                chunk = sign_again(tried[0]) if tried else first(stop)
                if chunk is None:
                    return None
                tried.append(chunk.chunk_index)
                return self._put(chunk, stop)

        def judge(error: Exception) -> float | None:
            if not isinstance(error, TransferError):
                return None
            self.common.slots.failed()
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
        try:
            self.common.storage.put(chunk, length, pieces, lambda sent: self.meter.moved(index, sent), stop)
        except TransferError as error:
            if error.status != STORED_BEFORE or not self._is_stored(index, stop):
                raise
            self.meter.stored(index, length)
        self.common.slots.arrived(length)
        return index

    def _is_stored(self, index: int, stop: Stop) -> bool:
        """Whether storage has this chunk. Raises DifferentFileError if it has other bytes, which cannot be replaced."""
        found = self.common.api.resume(self.upload_id, self.credential, stop)
        if isinstance(found, File):
            return True
        stored = next((chunk for chunk in found.uploaded if chunk.chunk_index == index), None)
        if stored is None:
            return False
        if compare_bytes(stored, self.length(index), found.checksum_algorithm, self.pieces(index)) == "other":
            raise DifferentFileError(
                f"The upload {self.upload_id} has other bytes in storage. Abort it, and start a new upload."
            )
        return True

    def _ask_why(self, stop: Stop) -> None:
        """Raises the service's error if the upload is over: storage's answers do not show that."""
        self.common.api.resume(self.upload_id, self.credential, stop)
