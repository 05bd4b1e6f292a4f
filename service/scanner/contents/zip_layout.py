"""Detect zip files in which programs find different entries, in passing bytes (APPNOTE.TXT, 4.3).

Some programs read the directory at the end, others the header before each entry, and of two archives in one file some
find the first and others the last. clamd (1.4, 1.5) answers OK for a virus in an entry that only the others find. In a
plain zip all find the same. Archives in an archive are not examined.
"""

from __future__ import annotations

import re
import struct
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

from service.scanner.contents.passing import EndReachedError, PassingBytes, Reading

LOCAL, CENTRAL, END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
ZIP64_END = b"PK\x06\x06"
DESCRIPTOR = b"PK\x07\x08"
SIGNATURE = 4
"""Bytes of each of them."""
_LOCAL = struct.Struct("<2xHH4x4xIIHH")
_CENTRAL = struct.Struct("<4xHH4x4xIIHHH8xI")
_END = struct.Struct("<4x4xIIH")
_ZIP64_RECORD = struct.Struct("<Q28xQQ")
ZIP64_LOCATOR = 20
_EXTRA = struct.Struct("<HH")
ZIP64_EXTRA = 0x0001
LONG = 0xFFFFFFFF
"""A number that is in the ZIP64 field instead."""
ENCRYPTED, LENGTH_FOLLOWS = 0x01, 0x08
"""Flags of an entry. With the second one, its length is in a descriptor behind its bytes and in the directory."""
MAX_ENTRIES = 100_000
"""Entries that are kept in memory. clamd reports far fewer as too many (MaxFiles)."""
TAIL = 2**20
"""Bytes at the end in which the directory of an appended archive is examined."""

_BEGIN_OF_ENTRY_OR_END = re.compile(rb"PK(?:\x03\x04|\x01\x02|\x05\x06)")
_ARCHIVE = re.compile(rb"PK(?:\x03\x04|\x05\x06)")
_DESCRIPTOR = re.compile(re.escape(DESCRIPTOR))


class ZipLayout:
    """Examines the bytes of a file while they pass. `problem` is set afterwards: why it is no plain zip, else None."""

    def __init__(self) -> None:
        self.problem: str | None = None

    def past(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the pieces unchanged, and examine them."""
        examination, tail = _examination(), _Tail()
        is_examined = False
        next(examination)
        for piece in pieces:
            if not is_examined and piece:
                is_examined = self._is_over(examination, piece)
            tail.add(piece)
            yield piece
        if not is_examined:
            self._is_over(examination, b"")
        if self.problem == NO_ARCHIVE:
            self.problem = _problem_of_appended(tail.bytes())

    def _is_over(self, examination: Reading[str | None], piece: bytes) -> bool:
        try:
            examination.send(piece)
        except StopIteration as end:
            self.problem = end.value
            return True
        return False


NO_ARCHIVE = "it does not begin as a zip"


class _Entry(NamedTuple):
    """The facts by which a program unpacks an entry: position of its header, method, length when packed."""

    at: int
    is_encrypted: bool
    method: int
    packed: int


class _Tail:
    """The last bytes of a file, at least TAIL of them if there are so many."""

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self._length = 0

    def add(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self._length += len(piece)
        while self._length - len(self._pieces[0]) >= TAIL:
            self._length -= len(self._pieces.popleft())

    def bytes(self) -> bytes:
        return b"".join(self._pieces)


def _examination() -> Reading[str | None]:
    data = PassingBytes()
    try:
        if (yield from data.peek(SIGNATURE)) not in {LOCAL, END}:
            return NO_ARCHIVE
        return (yield from _problem_of_archive(data))
    except EndReachedError:
        return "it ends before its directory does" if data.position else NO_ARCHIVE


def _problem_of_archive(data: PassingBytes) -> Reading[str | None]:
    """Return why the archive that begins here, at the beginning of the file, is no plain zip; None if it is one."""
    entries = yield from _entries(data)
    if entries is None:
        return "it has too many entries"
    # Android's signatures are before the directory
    yield from data.skip_to(_BEGIN_OF_ENTRY_OR_END, SIGNATURE)
    begin = data.position
    listed = yield from _directory(data)
    if entries != listed:
        return "its directory does not list the entries that it has"
    size = data.position - begin
    if (yield from _place_of_directory(data)) != (size, begin):
        return "its directory is not at the place in its end record"
    return (yield from _problem_behind(data))


def _place_of_directory(data: PassingBytes) -> Reading[tuple[int, int] | None]:
    """Read the end of the directory and return its size and position; None if there is no end."""
    long_size = long_at = LONG
    if (yield from data.peek(SIGNATURE)) == ZIP64_END:
        yield from data.skip(SIGNATURE)
        length, long_size, long_at = _ZIP64_RECORD.unpack((yield from data.take(_ZIP64_RECORD.size)))
        yield from data.skip(max(0, length + 8 - _ZIP64_RECORD.size) + ZIP64_LOCATOR)
    if (yield from data.take(SIGNATURE)) != END:
        return None
    size, at, _ = _END.unpack((yield from data.take(_END.size)))
    return long_size if size == LONG else size, long_at if at == LONG else at


def _problem_behind(data: PassingBytes) -> Reading[str | None]:
    try:
        yield from data.skip_to(_ARCHIVE, SIGNATURE)
    except EndReachedError:
        return None
    return "another archive is behind it"


def _entries(data: PassingBytes) -> Reading[set[_Entry] | None]:
    """Read all entries, and return their headers' values; None if there are more than MAX_ENTRIES."""
    entries: set[_Entry] = set()
    while len(entries) <= MAX_ENTRIES:
        at = data.position
        if (yield from data.peek(SIGNATURE)) != LOCAL:
            return entries
        yield from data.skip(SIGNATURE)
        flags, method, *sizes, name, extra = _LOCAL.unpack((yield from data.take(_LOCAL.size)))
        yield from data.skip(name)
        packed, _ = _long(sizes, (yield from data.take(extra)))
        if flags & LENGTH_FOLLOWS and packed in {0, LONG}:
            packed = yield from _skip_to_descriptor(data)
        else:
            yield from data.skip(packed)
            if flags & LENGTH_FOLLOWS:
                yield from _skip_descriptor(data, packed)
        entries.add(_Entry(at, bool(flags & ENCRYPTED), method, packed))
    return None


def _long(numbers: list[int], extra: bytes) -> list[int]:
    """Return the lengths of an entry, packed and unpacked, and perhaps its position, with those of ZIP64 (4.5.3)."""
    at = 0
    while at + _EXTRA.size <= len(extra):
        kind, length = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        if kind == ZIP64_EXTRA:
            return _with_long(numbers, extra[at : at + length])
        at += length
    return numbers


def _with_long(numbers: list[int], field: bytes) -> list[int]:
    longer = iter([int.from_bytes(field[at : at + 8], "little") for at in range(0, len(field) // 8 * 8, 8)])
    packed, size, *position = numbers
    # the field has only those that are LONG, the unpacked length first
    size, packed, *position = [next(longer, LONG) if each == LONG else each for each in (size, packed, *position)]
    return [packed, size, *position]


def _skip_to_descriptor(data: PassingBytes) -> Reading[int]:
    """Skip an entry's bytes and its descriptor; return the number of bytes, which the descriptor has too."""
    begin = data.position
    while True:
        yield from data.skip_to(_DESCRIPTOR, SIGNATURE)
        length = data.position - begin
        if (yield from data.peek(12))[8:] == (length & 0xFFFFFFFF).to_bytes(4, "little"):
            yield from _skip_descriptor(data, length)
            return length
        yield from data.skip(1)


def _skip_descriptor(data: PassingBytes, length: int) -> Reading[None]:
    """Skip the descriptor of an entry of `length` bytes: its lengths have 4 bytes each, or 8 by ZIP64."""
    if (yield from data.peek(SIGNATURE)) != DESCRIPTOR:
        return
    described = yield from data.peek(26)
    is_long = described[16:18] != b"PK" and described[8:16] == length.to_bytes(8, "little") and described[24:] == b"PK"
    yield from data.skip(24 if is_long else 16)


def _directory(data: PassingBytes) -> Reading[set[_Entry] | None]:
    """Read the directory and return its entries; None if it lists one twice, or more than MAX_ENTRIES."""
    entries: set[_Entry] = set()
    count = 0
    while count <= MAX_ENTRIES and (yield from data.peek(SIGNATURE)) == CENTRAL:
        yield from data.skip(SIGNATURE)
        record = yield from data.take(_CENTRAL.size)
        flags, method, packed, size, name, extra, comment, at = _CENTRAL.unpack(record)
        yield from data.skip(name)
        packed, _, at = _long([packed, size, at], (yield from data.take(extra)))
        yield from data.skip(comment)
        entries.add(_Entry(at, bool(flags & ENCRYPTED), method, packed))
        count += 1
    return entries if len(entries) == count else None


def _problem_of_appended(tail: bytes) -> str | None:
    """Return why clamd may not unpack an archive at the end of another file: it only sees lengths before the bytes."""
    end = tail.rfind(END)
    if end < 0 or len(tail) < end + SIGNATURE + _END.size:
        return None
    size, _, comment = _END.unpack_from(tail, end + SIGNATURE)
    at = end - size
    if end + SIGNATURE + _END.size + comment != len(tail) or not size:
        return None
    if at < 0:
        return "an archive with a large directory is appended to another file"
    while tail.startswith(CENTRAL, at) and at + SIGNATURE + _CENTRAL.size <= end:
        flags, _, _, _, *lengths, _ = _CENTRAL.unpack_from(tail, at + SIGNATURE)
        if flags & LENGTH_FOLLOWS:
            return "a streamed archive is appended to another file"
        at += SIGNATURE + _CENTRAL.size + sum(lengths)
    return None
