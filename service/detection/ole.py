"""The kinds of compound files (MS-CFB), by the class that their first directory entry names."""

from __future__ import annotations

import re
import struct

from service.detection.types import OLE, WINDOWS_INSTALLER

_SIGNATURE = bytes.fromhex("d0cf11e0a1b11ae1")
_SHIFT, _DIRECTORY = struct.Struct("<H"), struct.Struct("<L")
_SHIFT_AT, _DIRECTORY_AT, _CLASS_AT = 30, 48, 80
"""Offsets of the sectors' size, the directory's first sector, and the class in an entry (MS-CFB, 2.2 and 2.6.1)."""
_CLASSES = {
    bytes.fromhex(re.sub("[^0-9a-f]", "", text)): kind
    for text, kind in (
        ("06090200 0000 0000 c000000000000046", "application/msword"),
        ("20080200 0000 0000 c000000000000046", "application/vnd.ms-excel"),
        ("10080200 0000 0000 c000000000000046", "application/vnd.ms-excel"),
        ("108d8164 9b4f cf11 86ea00aa00b929e8", "application/vnd.ms-powerpoint"),
        ("84100c00 0000 0000 c000000000000046", WINDOWS_INSTALLER),
    )
}


def ole_type(prefix: bytes) -> str | None:
    """Return the type of a compound file, OLE if its directory is not in the prefix; None for other files."""
    if not prefix.startswith(_SIGNATURE):
        return None
    if len(prefix) < _DIRECTORY_AT + _DIRECTORY.size:
        return OLE
    [shift] = _SHIFT.unpack_from(prefix, _SHIFT_AT)
    [sector] = _DIRECTORY.unpack_from(prefix, _DIRECTORY_AT)
    entry = (sector + 1) << min(shift, 16)
    return _CLASSES.get(prefix[entry + _CLASS_AT : entry + _CLASS_AT + 16], OLE)
