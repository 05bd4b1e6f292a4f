"""Generated small files that clamd must not answer with OK: the test virus, and files that clamd may skip."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile

from service.scanner.contents.unsearched import LEAD

BEYOND_RECURSION = 101
"""Levels; clamd accepts no MaxRecursion above 100 (CLI_MAX_MAXRECLEVEL)."""
LARGEST_DECLARED = 2**31 - 1
"""Bytes; clamd reads a tar entry's size into an int."""

_ENCRYPTED_FLAG = 0x01
_CLEARTEXT = b"nothing to see here"
_ENCRYPTED_PDF = b"""%PDF-1.4
1 0 obj
<< /Type /Catalog /Pages 2 0 R >>
endobj
2 0 obj
<< /Type /Pages /Kids [] /Count 0 >>
endobj
4 0 obj
<< /Filter /Standard /V 1 /R 2 /P -4 /O (12345678901234567890123456789012) /U (12345678901234567890123456789012) >>
endobj
trailer
<< /Root 1 0 R /Encrypt 4 0 R /ID [(0123456789abcdef)(0123456789abcdef)] >>
startxref
0
%%EOF
"""


def test_virus() -> bytes:
    """The harmless test virus EICAR (https://www.eicar.org), assembled here so that scanners ignore this file."""
    return b"".join((rb"X5O!P%@AP[4\PZX54(P^)7CC)7}", b"$EICAR-STANDARD-", b"ANTIVIRUS-TEST-FILE!", b"$H+H*"))


def zipped(body: bytes, *, zip64: bool = False) -> bytes:
    """Return a zip with one compressed file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        entry = zipfile.ZipInfo("inside.bin")
        entry.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(entry, "w", force_zip64=zip64) as inside:
            inside.write(body)
    return packed.getvalue()


def disguised(begin: bytes) -> bytes:
    """Return a zip with a file that begins so, and contains a zip with the test virus behind what shows its type."""
    return zipped(begin + LEAD + zipped(test_virus()))


def nested(levels: int, body: bytes = _CLEARTEXT) -> bytes:
    """Return a gzip in a gzip in a gzip …"""
    for _ in range(levels):
        body = gzip.compress(body, mtime=0)
    return body


def encrypted_zip() -> bytes:
    """Return a zip whose file is marked as encrypted in both of its headers."""
    archive = bytearray(zipped(_CLEARTEXT))
    archive[6] |= _ENCRYPTED_FLAG
    archive[archive.index(b"PK\x01\x02") + 8] |= _ENCRYPTED_FLAG
    return bytes(archive)


def zip_of_another_method(method: int = 14) -> bytes:
    """Return a zip whose file is marked as packed with another method (14: LZMA) in both of its headers."""
    archive = bytearray(zipped(_CLEARTEXT))
    for at in (8, archive.index(b"PK\x01\x02") + 10):
        archive[at : at + 2] = struct.pack("<H", method)
    return bytes(archive)


def encrypted_pdf() -> bytes:
    """Return a PDF that requires a password."""
    return _ENCRYPTED_PDF


def cabinet() -> bytes:
    """Return a Microsoft cabinet with one file of a few bytes, stored."""
    entry = struct.pack("<IIHHHH", len(_CLEARTEXT), 0, 0, 0x5000, 0, 0x20) + b"a\0"
    data_at = 36 + 8 + len(entry)
    data = struct.pack("<IHH", 0, len(_CLEARTEXT), len(_CLEARTEXT)) + _CLEARTEXT
    counts = (36 + 8, 0, 3, 1, 1, 1, 0, 0, 0)
    header = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, data_at + len(data), 0, *counts)
    return header + struct.pack("<IHH", data_at, 1, 0) + entry + data


def tar_declaring(size: int) -> bytes:
    """Return the header of a tar entry of `size` bytes without the bytes: clamd checks its limits before it reads."""
    header = bytearray(512)
    header[0:1] = b"a"
    header[124:136] = b"%011o\0" % size
    header[156:157] = b"0"
    header[257:265] = b"ustar\x0000"
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)
