"""Download ranges of a file with retries; in one piece if storage ignores the Range header."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

import urllib3

from longshore.client.errors import TransferError, VerificationError
from longshore.client.network.backoff import with_retry
from longshore.client.network.storage import is_passing
from longshore.client.parts import PartPlan
from longshore.client.progress import Meter
from longshore.client.shared import Common
from longshore.client.stopping import Stop, run_together

RELINKED = frozenset({400, 401, 403, 404})
"""Status codes for which a new link can help: the old one expired, or the object was moved."""
MAX_RELINKED = 3


class RangeIgnoredError(Exception):
    """Storage, a proxy or a CDN sent all bytes instead of a range. Caught in this module."""


class Target(Protocol):
    """The target of the bytes. done: finished ranges; in_order: whether ranges must be written in order."""

    done: set[int]

    @property
    def in_order(self) -> bool: ...

    def write(self, offset: int, data: bytes) -> None: ...

    def add(self, range_index: int) -> None: ...


class Ranges:
    """Download the missing ranges of a target. link: URL of the bytes; fresh_link: requests a new one, or raises."""

    def __init__(
        self, common: Common, plan: PartPlan, target: Target, meter: Meter, link: str, fresh_link: Callable[[], str]
    ) -> None:
        self._common, self._plan, self._target, self._meter = common, plan, target, meter
        self._link, self._fresh_link = link, fresh_link
        self._etags: dict[str, str | None] = {}
        """ETag by link: a new link may lead to a copy in another bucket with a different ETag."""
        self._lock = threading.Lock()

    def fetch(self, stop: Stop) -> None:
        """Raises TransferError, VerificationError, StoppedError, OSError of the target, and what `fresh_link` does."""
        for index in self._target.done:
            self._meter.stored(index, self._plan.length(index))
        left = iter([index for index in range(self._plan.total_chunks) if index not in self._target.done])

        def fetch_all(stop: Stop) -> None:
            while True:
                with self._lock:
                    index = next(left, None)
                if index is None:
                    return
                self._again(lambda link, each=index: self._range(link, each, stop), stop)  # type: ignore[misc]
                self._target.add(index)

        workers = 1 if self._target.in_order else min(self._common.slots.most, self._plan.total_chunks)
        try:
            run_together([fetch_all] * workers, stop)
        except RangeIgnoredError:
            self._again(lambda link: self._whole(link, stop), stop)
        self._meter.tell()

    def _again(self, fetch: Callable[[str], None], stop: Stop) -> None:
        """Download with retries and a valid link."""
        relinked = 0
        link: str

        def once() -> None:
            nonlocal link
            link = self._link
            with self._common.slots.turn(stop):
                fetch(link)

        def judge(error: Exception) -> float | None:
            nonlocal relinked
            if not isinstance(error, TransferError):
                return None
            self._common.slots.failed()
            if error.status in RELINKED and relinked < MAX_RELINKED:
                relinked += 1
                self._relink(link)
                return 0.0
            return error.retry_after if is_passing(error) else None

        with_retry(once, judge, self._common.policy, stop)

    def _range(self, link: str, index: int, stop: Stop) -> None:
        try:
            self._range_once(link, index, stop)
        except TransferError:
            self._meter.moved(index, 0)
            raise
        self._common.slots.arrived(self._plan.length(index))

    def _range_once(self, link: str, index: int, stop: Stop) -> None:
        start, length = self._plan.start(index), self._plan.length(index)
        answer = self._common.storage.get(link, start, start + length)
        expected = f"bytes {start}-{start + length - 1}/{self._plan.size}"
        whole = answer.status == 200 and answer.headers.get("Content-Length") in {None, str(self._plan.size)}
        self._check(link, answer, whole or answer.headers.get("Content-Range") == expected)
        if whole and length < self._plan.size:
            answer.close()
            raise RangeIgnoredError
        written = 0
        for piece in self._common.storage.read(answer, stop):
            self._target.write(start + written, piece[: length - written])
            written += len(piece)
            self._meter.moved(index, min(written, length))
            if written >= length:
                break
        if written < length:
            raise TransferError("send a part", storage_code="CutShort")

    def _whole(self, link: str, stop: Stop) -> None:
        """Download all bytes in one request, each time from the first byte on."""
        plan = self._plan
        answer = self._common.storage.get(link, 0, 0)
        self._check(link, answer, answer.headers.get("Content-Length") in {None, str(plan.size)})
        written = index = 0
        for piece in self._common.storage.read(answer, stop):
            self._target.write(written, piece[: plan.size - written])
            written += len(piece)
            while index < plan.total_chunks and written >= plan.start(index) + plan.length(index):
                self._meter.moved(index, plan.length(index))
                self._target.add(index)
                index += 1
            if index < plan.total_chunks:
                self._meter.moved(index, written - plan.start(index))
        if written < plan.size:
            raise TransferError("send a part", storage_code="CutShort")
        if written > plan.size:
            raise VerificationError(f"Storage sent more than the {plan.size} bytes of the file.")

    def _check(self, link: str, answer: urllib3.BaseHTTPResponse, fits: bool) -> None:
        """Raises VerificationError for another range than requested, or for another object than before."""
        etag = answer.headers.get("ETag")
        with self._lock:
            same = self._etags.setdefault(link, etag) == etag
        if same and fits:
            return
        answer.close()
        if same:
            raise VerificationError("Storage or a proxy sent other bytes than the requested range.")
        raise VerificationError("Storage sent bytes of another object: the file was replaced during the download.")

    def _relink(self, old: str) -> None:
        """Request a new link, once for all ranges whose link has expired."""
        with self._lock:
            if self._link == old:
                self._link = self._fresh_link()
