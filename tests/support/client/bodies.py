"""Bytes of tests: in files, and their checksums as text."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

from hypothesis import HealthCheck, settings

from longshore.client.uploads.source import FileSource
from longshore.receipts.hashing import digest

TO_FILES = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def source(path: Path, body: bytes) -> FileSource:
    path.write_bytes(body)
    return FileSource(path)


def text(body: bytes) -> str:
    return b64encode(body).decode()


def full(body: bytes, algorithm: str = "SHA256") -> str:
    return f"{algorithm}:{text(digest([body], algorithm))}"
