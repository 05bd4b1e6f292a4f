"""Fetching a file: parallel ranges into a partial file, checked, and under its name only when it is whole."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import urllib3

from longshore.client.api import Credential
from longshore.client.backoff import with_retry
from longshore.client.common import Common
from longshore.client.errors import NotClean, TransferError, VerificationError
from longshore.client.observer import Observer
from longshore.client.part_file import PartFile
from longshore.client.parts import MIB, PartPlan
from longshore.client.progress import Meter
from longshore.client.source import FileSource
from longshore.client.stopping import Stop, run_together
from longshore.client.storage import is_passing
from longshore.client.values import File, Status
from longshore.client.verdict import await_verdict
from longshore.client.verify import is_composite, verify

LEAST_RANGE, MOST_RANGES = 8 * MIB, 2000
RELINKED = frozenset({400, 401, 403, 404})
"""Refusals that a fresh link may cure: the old one has expired, or the object has moved to the public bucket."""
MAX_RELINKED = 3


@dataclass(frozen=True)
class Downloaded:
    """path: where it lies now; verified: what its bytes were held to, `SHA256` for example, else `size`."""

    file: File
    path: Path
    verified: str


class Download:
    """One file on its way here."""

    def __init__(
        self, common: Common, file_id: str, to: Path, credential: Credential | None, observer: Observer
    ) -> None:
        self._common, self._file_id, self._to = common, file_id, to
        self._credential, self._observer = credential, observer
        self._lock = threading.Lock()
        self._link = ""
        self._etag: str | None = None

    def run(self, wait: bool, check: bool, stop: Stop) -> Downloaded:
        """check: whether the bytes are held to the file's checksum. Raises what the client's `download` says."""
        file = self._available(wait, stop)
        plan = PartPlan(file.size, max(LEAST_RANGE, -(-file.size // MOST_RANGES)))
        of = {"file_id": file.id, "size": file.size, "checksum": file.checksum, "range": plan.chunk_size}
        with PartFile(self._to, of, file.size) as part:
            self._observer.stage("downloading")
            self._fetch(plan, part, stop)
            self._observer.stage("verifying")
            checksum = file.checksum if check else None
            chunk_size = self._status(stop).chunk_size if is_composite(checksum) else None
            verified = verify(FileSource(part.path), checksum, chunk_size, stop)
            if verified is None:
                part.discard()
                raise VerificationError(f"The bytes of {file.id} have another checksum than {file.checksum}.")
            part.finish()
        return Downloaded(file, self._to, verified)

    def _available(self, wait: bool, stop: Stop) -> File:
        """The file with its link. Raises NotClean where there is none to be had."""
        if wait:
            await_verdict(self._common.api, self._file_id, self._credential, stop)
        file = self._common.api.get(self._file_id, self._credential, stop)
        if file.download_url is None:
            raise NotClean(self._status(stop).stage, file.virus_scan_status)
        self._link = file.download_url
        return file

    def _status(self, stop: Stop) -> Status:
        return self._common.api.status(self._file_id, self._credential, stop)

    def _fetch(self, plan: PartPlan, part: PartFile, stop: Stop) -> None:
        meter = Meter(plan.size, self._observer.progress)
        for index in part.done:
            meter.stored(index, plan.length(index))
        left = iter([index for index in range(plan.total_chunks) if index not in part.done])

        def fetch_all(stop: Stop) -> None:
            while True:
                with self._lock:
                    index = next(left, None)
                if index is None:
                    return
                self._fetch_range(plan, index, part, meter, stop)

        run_together([fetch_all] * min(self._common.lanes.most, plan.total_chunks), stop)
        meter.tell()

    def _fetch_range(self, plan: PartPlan, index: int, part: PartFile, meter: Meter, stop: Stop) -> None:
        """One range, as often as it takes."""
        relinked = 0
        link = self._link

        def once() -> None:
            nonlocal link
            link = self._link
            with self._common.lanes.turn(stop):
                self._fetch_once(link, plan, index, part, meter, stop)
                self._common.lanes.arrived(plan.length(index))

        def judge(error: Exception) -> float | None:
            nonlocal relinked
            if not isinstance(error, TransferError):
                return None
            self._common.lanes.failed()
            meter.moved(index, 0)
            if error.status in RELINKED and relinked < MAX_RELINKED:
                relinked += 1
                self._relink(link, stop)
                return 0.0
            return error.retry_after if is_passing(error) else None

        with_retry(once, judge, self._common.policy, stop)
        part.add(index)

    def _fetch_once(self, link: str, plan: PartPlan, index: int, part: PartFile, meter: Meter, stop: Stop) -> None:
        start, length = plan.start(index), plan.length(index)
        answer = self._common.storage.get(link, start, start + length)
        self._check(answer, start, length, plan.size)
        written = 0
        for piece in self._common.storage.read(answer, stop):
            part.write(start + written, piece[: length - written])
            written += len(piece)
            meter.moved(index, min(written, length))
            if written >= length:
                break
        if written < length:
            raise TransferError("give a part", storage_code="CutShort")

    def _check(self, answer: urllib3.BaseHTTPResponse, start: int, length: int, size: int) -> None:
        """Raises where this is not the range that was asked for, or of another object than the ranges before."""
        expected = f"bytes {start}-{start + length - 1}/{size}" if length else None
        whole = answer.status == 200 and start == 0 and answer.headers.get("Content-Length") == str(size)
        with self._lock:
            self._etag = self._etag or answer.headers.get("ETag")
            same = answer.headers.get("ETag") == self._etag
        if not same or not (whole or answer.headers.get("Content-Range") == expected):
            answer.close()
            raise VerificationError("Storage gave other bytes than those that were asked for.")

    def _relink(self, old: str, stop: Stop) -> None:
        """A fresh link, once for all ranges whose link has expired. Raises NotClean where the file was withdrawn."""
        with self._lock:
            if self._link == old:
                # a copy in another bucket may have another ETag
                self._etag = None
                self._available(False, stop)
