"""The format of an id: lowercase UUID text. Anything else cannot exist and is not looked up."""

from __future__ import annotations

import re
import uuid

_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

ID_LENGTH = 36


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def new_id() -> str:
    """Return a random id."""
    return str(uuid.uuid4())
