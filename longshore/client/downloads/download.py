"""Download a file: into a partial file that is renamed when complete, or in order into a stream or a device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from longshore.client.api import Credential
from longshore.client.downloads.in_order import InOrder, Writable, refuse_unwritable
from longshore.client.downloads.part_file import PartFile
from longshore.client.downloads.ranges import Ranges
from longshore.client.downloads.verify import RunningChecksum, is_composite
from longshore.client.errors import NotClean, VerificationError
from longshore.client.observer import Observer
from longshore.client.parts import MIB, PartPlan
from longshore.client.progress import Meter
from longshore.client.shared import Common
from longshore.client.stopping import Stop
from longshore.client.values import File, Status
from longshore.client.verdict import await_verdict

LEAST_RANGE, MOST_RANGES = 8 * MIB, 2000


def range_size(size: int) -> int:
    """Return the bytes of each range: LEAST_RANGE, or more so that there are at most MOST_RANGES."""
    return max(LEAST_RANGE, -(-size // MOST_RANGES))


@dataclass(frozen=True)
class Downloaded:
    """path: of the downloaded file, `-` for a stream; verified: by which checksum, such as `SHA256`, or `size`."""

    file: File
    path: Path
    verified: str


class Download:
    """The download of one file to a path or a stream."""

    def __init__(
        self,
        common: Common,
        file_id: str,
        to: Path | Writable,
        credential: Credential | None,
        observer: Observer,
    ) -> None:
        """Raises ValueError for a stream that cannot be written to."""
        if not isinstance(to, Path):
            refuse_unwritable(to)
        self._common, self._file_id, self._to = common, file_id, to
        self._credential, self._observer = credential, observer

    def run(self, wait: bool, check: bool, stop: Stop) -> Downloaded:
        """check: whether to verify the file's checksum. Raises the errors of the client's `download`."""
        if wait:
            await_verdict(self._common.api, self._file_id, self._credential, stop)
        file, link = self._available(stop)
        plan = PartPlan(file.size, range_size(file.size))
        checksum = file.checksum if check else None
        chunk_size = self._status(stop).chunk_size if is_composite(checksum) else None
        with self._target(file, plan, RunningChecksum(checksum, chunk_size, file.size)) as target:
            self._observer.stage("downloading")
            meter = Meter(plan.size, self._observer.progress)
            Ranges(self._common, plan, target, meter, link, lambda: self._available(stop)[1]).fetch(stop)
            self._observer.stage("verifying")
            verified = target.check(checksum, chunk_size, stop)
            if verified is None:
                target.discard()
                gone = "Delete the written bytes." if target.in_order else None
                raise VerificationError(f"The checksum of the bytes of {file.id} is not {file.checksum}.", gone)
            target.finish()
        return Downloaded(file, self._to if isinstance(self._to, Path) else Path("-"), verified)

    @contextmanager
    def _target(self, file: File, plan: PartPlan, running: RunningChecksum) -> Iterator[PartFile | InOrder]:
        """Return the target of the bytes: an existing device or pipe is written to, never replaced."""
        if not isinstance(self._to, Path):
            yield InOrder(self._to, running)
        elif self._to.exists() and not (self._to.is_file() or self._to.is_dir()):
            with self._to.open("wb", buffering=0) as opened:
                yield InOrder(opened, running)
        else:
            of = {"file_id": file.id, "size": file.size, "checksum": file.checksum, "range": plan.chunk_size}
            with PartFile(self._to, of, file.size) as part:
                yield part

    def _available(self, stop: Stop) -> tuple[File, str]:
        """Return the file and its link. Raises NotClean if there is no link."""
        file = self._common.api.get(self._file_id, self._credential, stop)
        if file.download_url is None:
            raise NotClean(self._status(stop).stage, file.virus_scan_status, file.virus_scan_result, file.filename)
        return file, file.download_url

    def _status(self, stop: Stop) -> Status:
        return self._common.api.status(self._file_id, self._credential, stop)
