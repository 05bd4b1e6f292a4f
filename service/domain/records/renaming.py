"""Give a file another name."""

from __future__ import annotations

from service.db.models import File
from service.db.sort_names import name_key


def give_name(file: File, filename: str) -> None:
    """Change the name in a file's row; its object's headers may keep the one that it was stored with."""
    file.stored_name = file.stored_name or file.filename
    file.filename, file.name_key = filename, name_key(filename)
