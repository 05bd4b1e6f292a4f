"""Secrets of a data directory: created once, readable only by their owner."""

import os
import secrets
from pathlib import Path


def secret_once(path: Path, size: int = 24) -> str:
    """Return the secret in `path`, `size` random bytes as hex text; created on first use with mode 0600."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        value = secrets.token_hex(size)
        file.write(value + "\n")
    return value


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read (a configuration with a secret in it)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
