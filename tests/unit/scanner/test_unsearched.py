"""A file that ClamAV would not search is scanned twice while it is read once; every other file is scanned as it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as some

from service.scanner import ScanFailedError
from service.scanner.clamd.replies import oldest
from service.scanner.contents.unsearched import BEGIN, IGNORED, IMAGE_OF_PDF, LEAD, is_unsearched
from service.scanner.interface import ignore_progress
from service.scanner.samples import cabinet, encrypted_pdf, encrypted_zip, nested, zipped
from service.scanner.streams import scan_pieces
from service.values import ScanVerdict
from tests.support.scanner.pieces import cut
from tools.stack.servers.clamd import OWN_SIGNATURES, OWN_TYPES

CLEAN = ScanVerdict("clean")
LARGE = ScanVerdict("unscannable", "too_large")
FOUND = ScanVerdict("infected", "Eicar")
OTHER = ScanVerdict("infected", "Other")
PAGES = ["<html>", "text\n<IMG src", '<a href="x">', "<!DOCTYPE html>", "<%@ LANGUAGE =", " <Script", "<table\n"]


@dataclass
class Stream:
    """A scan that answers so, after `takes` sends at the latest."""

    answer: ScanVerdict
    takes: int = 10**6
    received: list[bytes] = field(default_factory=list)
    ended: bool = False

    def send(self, piece: bytes) -> bool:
        assert piece
        self.received.append(piece)
        return len(self.received) <= self.takes

    def end(self) -> bool:
        self.ended = len(self.received) < self.takes
        return self.ended

    def verdict(self, *, whole: bool) -> ScanVerdict:
        assert whole == self.ended
        return self.answer


def scanned(body: Sequence[bytes], *streams: Stream, size: int | None = None) -> tuple[ScanVerdict, list[int]]:
    """Return the verdict, and the lengths of the scans that were opened."""
    left, lengths = iter(streams), []

    def opened(length: int) -> Stream:
        lengths.append(length)
        return next(left)

    return scan_pieces(iter(body), sum(map(len, body)) if size is None else size, ignore_progress, opened), lengths


BEGINNINGS = [
    *IGNORED,
    b"a" * 128 + IMAGE_OF_PDF,
    *(page.encode(code) for page in PAGES for code in ("ascii", "utf-16", "utf-32-be")),
    b"\1" * (BEGIN - 8) + b"<iframe ",
]


@pytest.mark.parametrize("begin", BEGINNINGS)
def test_files_that_clamav_does_not_search_are_recognized(begin: bytes) -> None:
    assert is_unsearched(begin)
    assert is_unsearched(begin + b"x" * (BEGIN - len(begin)))


@pytest.mark.parametrize(
    "begin",
    [
        b"",
        b"x",
        b"a < b, and a <c> d",
        b"%PDF-1.7\n",
        b"\x89PNG\r\n\x1a\n",
        b"GIF89a",
        b"xID3",
        b"OggX",
        b"a" * 129 + IMAGE_OF_PDF,
        bytes(BEGIN),
        bytes(range(256)) * 4,
        zipped(b"bytes"),
        encrypted_zip(),
        encrypted_pdf(),
        nested(3),
        cabinet(),
    ],
)
def test_files_that_clamav_searches_are_recognized(begin: bytes) -> None:
    assert not is_unsearched(begin)


def test_our_file_of_types_has_the_ignored_beginnings() -> None:
    lines = [line.split(":") for line in (OWN_SIGNATURES / OWN_TYPES).read_text().splitlines()]
    assert [bytes.fromhex(magic) for _, _, magic, *_ in lines] == list(IGNORED)
    assert {(mode, offset, *types) for mode, offset, _, _, *types in lines} == {
        ("0", "0", "CL_TYPE_ANY", "CL_TYPE_BINARY_DATA")
    }


def test_the_lead_hides_the_type_of_the_file_behind_it() -> None:
    assert len(LEAD) > BEGIN + len(IMAGE_OF_PDF) + 128
    assert not is_unsearched(LEAD[:BEGIN])


@given(
    begin=some.sampled_from(BEGINNINGS),
    rest=some.binary(max_size=3 * BEGIN),
    cuts=some.sets(some.integers(0, 3 * BEGIN)),
)
def test_a_file_that_is_not_searched_is_also_sent_behind_the_lead(begin: bytes, rest: bytes, cuts: set[int]) -> None:
    plain, hidden = Stream(CLEAN), Stream(CLEAN)
    body = begin + rest
    assert scanned(cut(body, cuts), plain, hidden) == (CLEAN, [len(body), len(LEAD) + len(body)])
    assert (b"".join(plain.received), b"".join(hidden.received)) == (body, LEAD + body)
    assert plain.ended
    assert hidden.ended


@given(
    body=some.binary(max_size=3 * BEGIN).map(lambda body: b"x" + body.replace(b"<", b"")),
    cuts=some.sets(some.integers(0, 3 * BEGIN)),
)
def test_every_other_file_is_sent_once(body: bytes, cuts: set[int]) -> None:
    stream = Stream(CLEAN)
    assert scanned(cut(body, cuts), stream) == (CLEAN, [len(body)])
    assert b"".join(stream.received) == body


@pytest.mark.parametrize(
    ("plain", "hidden", "verdict"),
    [
        (CLEAN, CLEAN, CLEAN),
        (CLEAN, FOUND, FOUND),
        (FOUND, CLEAN, FOUND),
        (CLEAN, LARGE, LARGE),
        (LARGE, FOUND, FOUND),
        (FOUND, LARGE, FOUND),
        (FOUND, FOUND, FOUND),
        # an entry of the allow-list for one of them does not release the file
        (FOUND, OTHER, ScanVerdict("infected", "Eicar + Other")),
    ],
)
def test_the_worse_of_two_verdicts_is_returned(plain: ScanVerdict, hidden: ScanVerdict, verdict: ScanVerdict) -> None:
    assert scanned([b"ID3"], Stream(plain), Stream(hidden))[0] == verdict


@pytest.mark.parametrize(
    "streams",
    [(Stream(FOUND, 0), Stream(CLEAN)), (Stream(CLEAN), Stream(FOUND, 0)), (Stream(CLEAN), Stream(FOUND, 1))],
    ids=["of the plain scan", "to the lead", "of the other scan"],
)
def test_an_early_verdict_is_returned_and_the_rest_is_not_read(streams: tuple[Stream, Stream]) -> None:
    pieces = iter([b"ID3" * BEGIN, b"rest"])
    left = iter(streams)
    assert scan_pieces(pieces, 10**6, ignore_progress, lambda _length: next(left)) == FOUND
    assert list(pieces) == [b"rest"]
    assert not any(stream.ended for stream in streams)


@pytest.mark.parametrize("size", [2, 4])
def test_a_wrong_number_of_bytes_has_no_verdict(size: int) -> None:
    streams = Stream(CLEAN), Stream(CLEAN)
    with pytest.raises(ScanFailedError, match=f"storage returned 3 of {size} bytes"):
        scanned([b"ID3"], *streams, size=size)
    assert not any(stream.ended for stream in streams)


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        (["ClamAV 1.4.3/27500/Sat", "ClamAV 1.4.3/27499/Sat"], 1),
        (["ClamAV 1.4.3/9999/Sat", "ClamAV 1.4.3/27499/Sat"], 0),
        (["ClamAV 1.4.3/27500/Sat", "ClamAV 1.4.3"], 1),
    ],
)
def test_the_clamd_with_the_older_signatures_is_named(versions: list[str], expected: int) -> None:
    assert oldest(versions) == versions[expected]
