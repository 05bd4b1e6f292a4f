"""Download all files below a folder of the service, with their paths."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from longshore.cli.exits import DONE, FAILED, NOT_FOUND, STOPPED, exit_code
from longshore.cli.terminal.names import safe_part
from longshore.cli.terminal.show import Display
from longshore.cli.terminal.sizes import size_text
from longshore.cli.terminal.words import answer, complain, plain, reason_of
from longshore.cli.transfers.folders.places import NoPlaceError, Target, refuse_other_than_file
from longshore.cli.transfers.folders.walk import folder_of, joined
from longshore.cli.transfers.together import HOPELESS, work_on_all
from longshore.client import Client, Downloaded, File, Observer, Stop
from longshore.client.downloads.verify import is_composite, verify
from longshore.client.errors import LongshoreError, StoppedError
from longshore.client.uploads.source import FileSource


@dataclass(frozen=True)
class Wanted:
    """A file with its place on disk, or why it has none. path: on the service."""

    path: str
    file: File | None
    place: Path | None
    error: Exception | None = None


@dataclass(frozen=True)
class Wishes:
    """force: replace other files; wait: for verdicts; check: verify checksums."""

    credential: Mapping[str, str] | None
    force: bool
    wait: bool
    check: bool
    as_json: bool
    quiet: bool


def wanted_files(client: Client, folder: str, target: Target, at: Path) -> Iterator[Wanted]:
    """Yield the files of a folder, oldest first, then those of its subfolders; memory holds one folder's names.

    Older files keep their names, so that the same command finds the same places again.
    """
    names = target.names(at)
    inner = [(each.path_name, at / names.take(each.name)) for each in client.folders(folder)]
    for file in client.files(path_name=folder, sort="created_at"):
        yield Wanted(joined(folder, file.filename), file, at / names.take(file.filename))
    for path, place in inner:
        try:
            target.enter(place)
        except (OSError, NoPlaceError) as error:
            yield Wanted(path, None, None, error)
        else:
            yield from wanted_files(client, path, target, place)


class Fetch:
    """The files of one command."""

    def __init__(self, client: Client, wishes: Wishes) -> None:
        self._client, self._wishes = client, wishes
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def run(self, folder: str, to: Path) -> int:
        """Download the folder; `folder/` is what is below it. Return the exit code of the first file that failed."""
        target, wished = Target(to), self._wishes
        with Display(None, None, not wished.as_json and not wished.quiet) as display:

            def work(wanted: Wanted, stop: Stop) -> int:
                return self._fetch(wanted, display, stop)

            try:
                code = work_on_all(self._wanted(folder, target), work)
            except (KeyboardInterrupt, StoppedError):
                code = STOPPED
        if code == STOPPED:
            complain("stopped; run the same command again to resume")
        elif not self._counts:
            complain(f"no files are in the folder {folder.strip('/') or '/'}")
            return NOT_FOUND
        elif not wished.quiet and not wished.as_json:
            complain(", ".join(f"{count} {name}" for name, count in sorted(self._counts.items())))
        return code

    def _wanted(self, folder: str, target: Target) -> Iterator[Wanted]:
        at, name = target.root, folder_of(folder)
        if name:
            at = target.enter(at / safe_part(name))
        return wanted_files(self._client, folder.strip("/"), target, at)

    def _fetch(self, wanted: Wanted, display: Display, stop: Stop) -> int:
        try:
            if wanted.error or wanted.file is None or wanted.place is None:
                raise wanted.error or AssertionError("a file without a place has an error")
            with display.watching(wanted.path) as observer:
                done, is_new = self._at_place(wanted.file, wanted.place, observer, stop)
        except (LongshoreError, OSError) as error:
            stop.check()
            if isinstance(error, HOPELESS):
                raise
            self._refused(wanted, error)
            return exit_code(error) if isinstance(error, LongshoreError) else FAILED
        self._tell(wanted, done, is_new)
        return DONE

    def _at_place(self, file: File, place: Path, observer: Observer, stop: Stop) -> tuple[Downloaded, bool]:
        """Return the file on disk, and whether it was downloaded now. Raises NoPlaceError, and what a download does."""
        if refuse_other_than_file(place):
            verified = self._compared(file, place, stop)
            if verified is not None:
                return Downloaded(file, place, verified), False
            if not self._wishes.force:
                raise NoPlaceError(f"{place} already exists with other bytes.", "Use --force to replace it.")
        wished = self._wishes
        return self._client.download(
            file.id,
            place,
            credential=wished.credential,
            wait=wished.wait,
            check=wished.check,
            observer=observer,
            stop=stop,
        ), True

    def _compared(self, file: File, place: Path, stop: Stop) -> str | None:
        """Return by what a file on disk was found to be the stored one; None if it is another."""
        source = FileSource(place)
        if source.size != file.size:
            return None
        checksum = file.checksum if self._wishes.check else None
        chunk_size = None
        if is_composite(checksum):
            chunk_size = self._client.status(file.id, self._wishes.credential).chunk_size
        return verify(source, checksum, chunk_size, stop)

    def _tell(self, wanted: Wanted, done: Downloaded, is_new: bool) -> None:
        path = str(done.path)
        found = {"path": path, "verified": done.verified, "file": asdict(done.file), "present_before": not is_new}
        size = size_text(done.file.size)
        present = "" if is_new else "already there, "
        with self._lock:
            self._counts["downloaded" if is_new else "already there"] += 1
            if self._wishes.as_json:
                answer(json.dumps(found | {"error": None}))
            elif self._wishes.quiet:
                answer(plain(path))
            else:
                answer(f"{plain(path)}  {size}  {present}verified by {done.verified}")

    def _refused(self, wanted: Wanted, error: Exception) -> None:
        told: dict[str, Any] = {"code": getattr(error, "code", "failed"), "message": str(error)}
        file = asdict(wanted.file) if wanted.file else None
        with self._lock:
            self._counts["left out"] += 1
            if self._wishes.as_json:
                line = {"path": wanted.path, "verified": None, "file": file, "present_before": False, "error": told}
                answer(json.dumps(line))
            else:
                complain(f"{wanted.path}: {reason_of(error)}")
