"""A zip in which all programs find the same entries is plain, wherever it is cut; others are not."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as some

from service.scanner.contents import zip_layout
from service.scanner.contents.zip_layout import CENTRAL, DESCRIPTOR, END, LOCAL, TAIL, ZipLayout
from tests.support.scanner.pieces import cut
from tests.support.scanner.zips import OneWay, ambiguous_zips, zip_of

AMBIGUOUS = ambiguous_zips()
METHODS = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2]


def problem(*pieces: bytes) -> str | None:
    layout = ZipLayout()
    assert list(layout.past(iter(pieces))) == list(pieces)
    return layout.problem


@given(
    bodies=some.lists(some.binary(max_size=200) | some.just(DESCRIPTOR + b"\1" * 30) | some.just(zip_of({"a": b"b"}))),
    method=some.sampled_from(METHODS),
    streamed=some.booleans(),
    # programs take a signature in a comment for the end of another archive
    comment=some.binary(max_size=30).filter(lambda comment: b"PK" not in comment),
    cuts=some.sets(some.integers(0, 2000)),
)
def test_plain_zips_have_no_problem(
    bodies: list[bytes], method: int, streamed: bool, comment: bytes, cuts: set[int]
) -> None:
    packed = OneWay() if streamed else io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.comment = comment
        for number, body in enumerate(bodies):
            archive.writestr(f"{number}/file", body)
    assert problem(*cut(packed.getvalue(), cuts)) is None


@given(name=some.sampled_from(sorted(AMBIGUOUS)), cuts=some.sets(some.integers(0, 2000)))
def test_ambiguous_zips_have_a_problem(name: str, cuts: set[int]) -> None:
    assert problem(*cut(AMBIGUOUS[name], cuts))


@pytest.mark.parametrize("size", [0, 1, 5000])
@pytest.mark.parametrize("packed", [OneWay, io.BytesIO])
def test_zip64_entries_have_no_problem(packed: Callable[[], io.BytesIO], size: int) -> None:
    whole = packed()
    with zipfile.ZipFile(whole, "w") as archive:
        for name in "ab":
            with archive.open(name, "w", force_zip64=True) as inside:
                inside.write(bytes(size))
    assert problem(whole.getvalue()) is None


def test_zip64_with_its_own_end_record_has_no_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    """For an archive with many entries, and for one with all numbers in ZIP64's fields."""
    monkeypatch.setattr(zipfile, "ZIP_FILECOUNT_LIMIT", 1)
    assert problem(zip_of({"a": b"1", "b": b"2"})) is None
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 0)
    assert problem(zip_of({"a": b"1", "b": b"2"})) is None


def test_a_block_before_the_directory_may_not_contain_an_entry() -> None:
    """Such as Android's signatures."""
    plain = zip_of({"a": b"body"})
    begin, end = plain.index(CENTRAL), plain.index(END)
    block = b"\x18\0\0\0\0\0\0\0APK Sig Block 42"
    ended = plain[: end + 16] + struct.pack("<I", begin + len(block)) + plain[end + 20 :]
    assert problem(ended[:begin] + block + ended[begin:]) is None
    assert problem(ended[:begin] + block[:-4] + LOCAL + ended[begin:]) == (
        "its directory does not list the entries that it has"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"PK",
        b"text",
        b"\0" * (2 * TAIL),
        b"text" + zip_of({"a": b"clamd finds it by its header"}),
        b"text" + zip_of({}),
        zip_of({"a": b"b"}, streamed=True).join((b"a tar, perhaps", bytes(1024))),
        zip_of({}) + b"\r\n",
    ],
    ids=["nothing", "two letters", "text", "zeros", "behind text", "empty", "in another file", "a line end behind it"],
)
def test_other_files_are_left_to_the_scanner(body: bytes) -> None:
    assert problem(body) is None


def test_a_zip_with_too_many_entries_has_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_layout, "MAX_ENTRIES", 3)
    assert problem(zip_of(dict.fromkeys("abc", b""))) is None
    assert problem(zip_of(dict.fromkeys("abcd", b""))) == "it has too many entries"


def test_an_appended_zip_with_a_large_directory_has_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_layout, "TAIL", 100)
    body = b"text" + zip_of(dict.fromkeys("abcd", b""))
    assert problem(*(body[at : at + 1] for at in range(len(body)))) == (
        "an archive with a large directory is appended to another file"
    )
