"""The checksums of a release: `sha256sum --check SHA256SUMS` compares them."""

from __future__ import annotations

import hashlib
from pathlib import Path

NAME = "SHA256SUMS"


def write_sums(folder: Path) -> None:
    """Write the SHA-256 of each file in the folder into SHA256SUMS, in order of their names."""
    files = sorted(file for file in folder.iterdir() if file.name != NAME)
    (folder / NAME).write_text("".join(f"{_sum_of(file)}  {file.name}\n" for file in files))


def _sum_of(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
