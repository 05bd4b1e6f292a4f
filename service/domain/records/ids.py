"""Ids: lowercase UUID text; anything else cannot exist and is not looked up."""

from __future__ import annotations

import uuid

from service.values.ids import ID_LENGTH, is_id

__all__ = ["ID_LENGTH", "is_id", "new_id"]


def new_id() -> str:
    return str(uuid.uuid4())
