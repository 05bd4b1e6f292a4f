"""Recognize files in whose bytes ClamAV searches for no signatures, by their beginning.

ClamAV chooses by type what it does with a file (libclamav/filetypes_int.h and scanners.c): of CL_TYPE_IGNORED it only
compares hashes, and of HTML it only searches the normalized text. So a virus behind such a beginning is OK. Behind
LEAD, a file is binary data for ClamAV, whatever it begins with: it is searched for signatures and embedded files.
"""

from __future__ import annotations

import re

BEGIN = 1024
"""Bytes by which ClamAV chooses a type (CL_FILE_MBUFF_SIZE)."""
LEAD = bytes(2 * BEGIN)
"""Bytes that hide the type of the file behind them: ClamAV does not look behind BEGIN bytes."""

IGNORED = (
    b"ID3",  # MP3 with tags
    b"\xff\xfb\x90",  # MP3 without
    b"OggS",
    b".RMF",  # Real Media
    b"SQLite format 3\0",
    b"7\x7f\x06\x82\0-\xe2\x18",  # SQLite WAL
    b"7\x7f\x06\x83\0-\xe2\x18",
    b"\xd9\xd5\x05\xf9 \xa1c\xd7",  # SQLite journal
    b"SIP-HIT (SIP/H",  # a log
    b"SYMC\x01\0",  # data of Symantec's
)
"""The beginnings of files that ClamAV ignores."""
IMAGE_OF_PDF = b"/RGB\nID\n" + b"\xff" * 24
"""ClamAV also ignores files with this in their first bytes."""
IMAGE_WITHIN = 128 + len(IMAGE_OF_PDF)

_MARKUP = re.compile(
    rb"<[!/]?(?:a[ \t\r\n]|b>|p>|html|head|body|title|meta|link|base|style|script|img|iframe|frame|object|embed|applet"
    rb"|form|input|table|div|span|font|center|svg|doctype)|<%",
    re.IGNORECASE,
)
"""More than what makes a file HTML for ClamAV: a file that needs no second scan only takes longer."""


def is_unsearched(begin: bytes) -> bool:
    """Whether ClamAV may not search a file that has these first BEGIN bytes."""
    # ClamAV also finds HTML in UTF-16 and UTF-32
    return (
        begin.startswith(IGNORED)
        or IMAGE_OF_PDF in begin[:IMAGE_WITHIN]
        or _MARKUP.search(begin.replace(b"\0", b"")) is not None
    )
