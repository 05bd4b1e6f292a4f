"""A file's name, owner and further details, and how they are sent to the service."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from longshore.client.content_types import type_of
from longshore.client.errors import InvalidBodyError, PolicyRefusedError
from longshore.receipts.hashing import QUICK

T = TypeVar("T")
SURROGATE = re.compile("[\ud800-\udfff]")
"""Python's representation of bytes that are not UTF-8 (PEP 383)."""


def detail_filters(detail: Mapping[str, str | float | bool]) -> list[str]:
    """Return the list endpoint's filters by keys of `detail`: numbers and booleans as JavaScript writes them."""
    return [f"{key}:{value if isinstance(value, str) else _json_text(value)}" for key, value in detail.items()]


def _json_text(value: float | bool) -> str:
    return json.dumps(int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e21 else value)


@dataclass(frozen=True)
class Details:
    """checksum: `auto` (the best that storage verifies), the name of an algorithm, or None.

    credential: makes the file private. chunk_size: requested bytes for each part. content_type: None: by the name.
    policy: the upload policy, None for the default one. path_name: the folder, empty for none; None: as the upload was
    started.
    """

    filename: str
    content_type: str | None = None
    credential: Mapping[str, str] | None = None
    detail: Mapping[str, Any] | None = None
    user_id: str | None = None
    appointment_id: str | None = None
    checksum: str | None = "auto"
    chunk_size: int | None = None
    policy: str | None = None
    path_name: str | None = None

    def init_body(self, size: int | None, algorithm: str | None) -> dict[str, Any]:
        """Return the body of init, without the values that are not given."""
        wish = {"filename": self.filename, "content_type": self._type(), "size": size, "chunk_size": self.chunk_size}
        return _given(wish | {"checksum_algorithm": algorithm, "policy": self.policy, "path_name": self.path_name})

    def complete_body(self, upload_id: str, size: int, total_chunks: int) -> dict[str, Any]:
        """Return the body of complete."""
        whose = {"user_id": self.user_id, "appointment_id": self.appointment_id}
        what = {
            "filename": self.filename,
            "content_type": self._type(),
            "detail": self.detail,
            "path_name": self.path_name,
        }
        counts = {"upload_id": upload_id, "total_size": size, "total_chunks": total_chunks}
        return _given(counts | what | whose | {"credential": self.credential})

    def _type(self) -> str:
        return self.content_type or type_of(self.filename)


def in_utf8(filename: str) -> str:
    """Return a name for JSON: each byte that is not UTF-8 becomes U+FFFD."""
    return SURROGATE.sub("\ufffd", filename)


def with_checksum(wish: str | None, init: Callable[[str | None], T]) -> tuple[T, str | None]:
    """Call `init` with an algorithm; with the next one if storage does not verify it, or the policy wants another.

    Returns the result and the algorithm.
    """
    if wish != "auto":
        return init(wish), wish
    for algorithm in QUICK:
        try:
            return init(algorithm), algorithm
        except (InvalidBodyError, PolicyRefusedError) as error:
            if not any(line.startswith("[checksum_algorithm]") for line in error.errors):
                raise
    return init(None), None


def _given(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if value is not None}
