"""Names for files by their detected type."""

from __future__ import annotations

import re

from service.detection.types import EXTENSIONS, OTHER_EXTENSIONS
from service.limits import MAX_NAME_LENGTH

ANY_BYTES = "bin"
"""The extension of files whose type is unknown."""
_ENDING = re.compile(r"(?<=.)\.(\w{1,8})$")


def extension_of(detected: str) -> str:
    """Return the usual extension of a type, without its dot."""
    return EXTENSIONS.get(detected, ANY_BYTES)


def with_extension(filename: str, detected: str) -> str:
    """Return the name with the extension of the detected type: `photo.jpg` of a program becomes `photo.exe`."""
    extension = extension_of(detected)
    ending = _ENDING.search(filename)
    if ending is not None:
        had = ending[1].lower()
        if OTHER_EXTENSIONS.get(had, had) == extension:
            return filename
        filename = filename[: ending.start()]
    return f"{filename[: MAX_NAME_LENGTH - len(extension) - 1]}.{extension}"
