"""Archives whose bytes depend on their files alone: not on times, users, umasks or the order of a folder."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

FILE, PROGRAM = 0o644, 0o755


def extract(archive: bytes, folder: Path) -> None:
    """Unpack a tar into a folder; nothing is written outside it."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")


def normalize(archive: Path, seconds: int) -> None:
    """Write a .tar.gz again with its files in order, all of this time (seconds since 1970), and without owners."""
    normal = io.BytesIO()
    with (
        tarfile.open(archive) as before,
        gzip.GzipFile(fileobj=normal, mode="wb", mtime=seconds, filename="") as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as after,
    ):
        for member in sorted(before.getmembers(), key=lambda each: each.name):
            mode = PROGRAM if member.isdir() or member.mode & 0o100 else FILE
            same = member.replace(mtime=seconds, uid=0, gid=0, uname="", gname="", mode=mode, deep=False)
            same.pax_headers = {}
            after.addfile(same, before.extractfile(member))
    archive.write_bytes(normal.getvalue())
