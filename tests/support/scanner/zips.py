"""Zip files, plain ones and such in which programs find different entries."""

from __future__ import annotations

import io
import struct
import zipfile

from service.scanner.contents.zip_layout import CENTRAL, END
from service.scanner.samples import test_virus


class OneWay(io.BytesIO):
    """A file that cannot seek, as a pipe."""

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


def zip_of(entries: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED, *, streamed: bool = False) -> bytes:
    """Return a zip with these entries. streamed: their lengths follow their bytes."""
    packed = OneWay() if streamed else io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, body in entries.items():
            archive.writestr(name, body)
    return packed.getvalue()


def ambiguous_zips() -> dict[str, bytes]:
    """Return files by name, each with the test virus in an entry that only some programs find."""
    found: dict[str, bytes] = {}
    harmless = zip_of({"a.txt": b"harmless " * 20, "b.txt": b"too"})
    for kind, streamed in (("", False), (", streamed", True)):
        bad = zip_of({"eicar.com": test_virus()}, streamed=streamed)
        entry, directory = bad[: bad.index(CENTRAL)], bad[bad.index(CENTRAL) : bad.index(END)]
        found |= {
            f"behind another zip{kind}": harmless + bad,
            f"before another zip{kind}": bad + harmless,
            f"behind a gap{kind}": harmless + bytes(5000) + bad,
            f"in the comment{kind}": harmless[:-2] + struct.pack("<H", len(bad)) + bad,
            f"not in the directory{kind}": _with_hidden(harmless, entry),
            f"listed twice{kind}": _ended(entry, directory * 2),
        }
    bad = zip_of({"eicar.com": test_virus()})
    return found | {
        "another method in the header": bad[:8] + b"\x63\0" + bad[10:],
        "no lengths in the header": bad[:18] + bytes(8) + bad[26:],
        "streamed, behind text": b"text\n" * 50 + zip_of({"eicar.com": test_virus()}, streamed=True),
        "streamed, behind an empty zip": zip_of({}) + zip_of({"eicar.com": test_virus()}, streamed=True),
        "without directory, streamed": zip_of({"eicar.com": test_virus()}, streamed=True).partition(CENTRAL)[0],
    }


def _with_hidden(archive: bytes, entry: bytes) -> bytes:
    """Return the archive with another entry, which its directory does not list; all positions are right."""
    begin, end = archive.index(CENTRAL), archive.index(END)
    return _ended(archive[:begin] + entry, archive[begin:end])


def _ended(entries: bytes, directory: bytes) -> bytes:
    count = directory.count(CENTRAL)
    end = struct.pack("<4s4xHHIIH", END, count, count, len(directory), len(entries), 0)
    return entries + directory + end
