"""Types by the first bytes: every sample file, lists that accept them, names for them, and hostile bytes."""

from __future__ import annotations

import re
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.detection import PREFIX, UNKNOWN, Prefix, detected_type, detector, fits, with_extension
from service.detection.types import DOCX, EXTENSIONS, JAR, OTHER_NAMES, ZIP
from service.limits import MAX_NAME_LENGTH
from tools.detection.compare import is_right
from tools.detection.expected import EXPECTED
from tools.detection.make_samples import SAMPLES
from tools.programs import ROOT

BODIES = {path.stem: path.read_bytes() for path in SAMPLES.iterdir()}
WITHOUT_SIGNATURE = {"picture.tga"}
PROGRAM = "application/vnd.microsoft.portable-executable"
ODT, XLSM = "application/vnd.oasis.opendocument.text", "application/vnd.ms-excel.sheet.macroenabled.12"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def detected(body: bytes) -> str:
    return detected_type(body[:PREFIX], whole=len(body) <= PREFIX)


def test_every_sample_has_an_expected_type() -> None:
    assert set(BODIES) == set(EXPECTED)
    assert sum(map(len, BODIES.values())) < 1_000_000


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_each_sample_is_detected_as_expected(name: str) -> None:
    answer = detected(BODIES[name])
    assert is_right(name, answer) is (name not in WITHOUT_SIGNATURE), answer


def test_the_page_shows_the_results_for_the_samples() -> None:
    """When this fails: python -m tools.detection.compare."""
    page = (ROOT / "docs" / "detected-types.md").read_text()
    rows = dict(re.findall(r"^\| ([\w.-]+) \|.*\| (✓|none|\*\*\S+\*\*) \|$", page, re.MULTILINE))
    assert rows == {name: "none" if name in WITHOUT_SIGNATURE else "✓" for name in EXPECTED}


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"BMW and MZ are two letters each", "text/plain"),
        (b"MZ", "text/plain"),
        (b"ID3 is a tag", "text/plain"),
        (b"{" * 60_000, "text/plain"),
        (b"[" * 60_000, "text/plain"),
        (b'{"a": 1}', "application/json"),
        (b'"a text"', "text/plain"),
        (b"<!-- a comment -->\n# A title", "text/html"),
        (b"<!-- a comment --><svg>", "image/svg+xml"),
        (b"<!-- never ended", "text/html"),
        (b"<?xml version='1.0'?><!DOCTYPE svg [<!ENTITY a 'b'>]><svg>", "image/svg+xml"),
        (b"<?php phpinfo();", "application/x-httpd-php"),
        (b"<b and more", "text/html"),
        (b"<banana>", "text/plain"),
        (b"\xca\xfe\xba\xbe\0\0\0\x02" + b"\0" * 20, "application/x-mach-binary"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "application/x-ole-storage"),
        (b"\0" * 100, UNKNOWN),
        (b"PK\x03\x04", ZIP),
    ],
)
def test_a_type_is_detected_by_its_first_bytes(body: bytes, kind: str) -> None:
    assert detected(body) == kind


@pytest.mark.parametrize(
    ("identifier", "kind"),
    [
        ("0609020000000000c000000000000046", "application/msword"),
        ("2008020000000000c000000000000046", "application/vnd.ms-excel"),
        ("108d81649b4fcf1186ea00aa00b929e8", "application/vnd.ms-powerpoint"),
        ("84100c0000000000c000000000000046", "application/x-msi"),
        ("00" * 16, "application/x-ole-storage"),
    ],
)
@pytest.mark.parametrize("sector", [0, 3, 2**32 - 2])
def test_compound_files_are_detected_by_their_class_id(identifier: str, kind: str, sector: int) -> None:
    header = bytearray(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504)
    header[30:32], header[48:52] = (9).to_bytes(2, "little"), sector.to_bytes(4, "little")
    body = bytes(header) + b"\0" * (512 * min(sector, 3) + 80) + bytes.fromhex(identifier) + b"\0" * 32
    assert detected(body) == (kind if sector < 4 else "application/x-ole-storage")


def zip_of(*names: str) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as target:
        for name in names:
            target.writestr(name, b"x" * 10)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["a.txt", "META-INF/MANIFEST.MF"], JAR),
        (["META-INF/", "META-INF/MANIFEST.MF", "A.class"], JAR),
        (["[Content_Types].xml", "word/document.xml", "META-INF/MANIFEST.MF"], JAR),
        (["docProps/app.xml", "word/document.xml"], DOCX),
        (["word/notes.txt"], ZIP),
        (["a.txt", "mimetype"], ZIP),
        (["mimetype"], ZIP),
    ],
)
def test_zips_are_detected_by_their_entries(names: list[str], kind: str) -> None:
    assert detected(zip_of(*names)) == kind


def test_a_zip_whose_first_entries_are_beyond_the_prefix_is_a_zip() -> None:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as target:
        target.writestr("docProps/thumbnail.jpeg", b"x" * PREFIX)
        target.writestr("word/document.xml", "x")
    assert detected(buffer.getvalue()) == ZIP


@pytest.mark.parametrize("error", [ValueError("odd"), RecursionError(), IndexError()])
def test_an_error_of_the_library_gives_the_unknown_type(
    error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: bytes) -> Any:
        raise error

    monkeypatch.setattr(detector.filetype, "guess_mime", fail)
    assert detected_type(b"\0\1", whole=True, file_id="file-a") == UNKNOWN
    [record] = caplog.records
    assert record.getMessage().startswith(f"type_not_detected file_id=file-a reason={type(error).__name__}")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_random_bytes_have_a_type(body: bytes, whole: bool) -> None:
    assert re.fullmatch(r"[a-z]+/[a-zA-Z0-9.+-]+", detector._detected(body, whole=whole))


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(sorted(BODIES)), st.data())
def test_damaged_samples_have_a_type(name: str, data: st.DataObject) -> None:
    body = bytearray(BODIES[name][:2000])
    for _ in range(data.draw(st.integers(1, 8))):
        if body:
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(body)))
    assert "/" in detector._detected(bytes(body[:cut]), whole=False)


@settings(deadline=None)
@given(st.lists(st.integers(0, PREFIX + 9) | st.integers(0, 9), max_size=6))
def test_the_prefix_is_recorded_and_the_pieces_pass_unchanged(sizes: list[int]) -> None:
    pieces = [bytes([number]) * size for number, size in enumerate(sizes)]
    prefix = Prefix()
    assert list(prefix.past(iter(pieces))) == pieces
    assert prefix.kept == b"".join(pieces)[:PREFIX]


@pytest.mark.parametrize(
    ("kind", "listed"),
    [
        ("image/jpeg", ["image/*"]),
        ("image/jpeg", ["image/jpg"]),
        ("image/svg+xml", ["image/*"]),
        ("application/zip", ["application/x-zip-compressed"]),
        ("text/plain", ["text/csv"]),
        ("text/plain", ["application/json"]),
        ("text/plain", ["application/geo+json"]),
        ("application/json", ["text/plain"]),
        ("application/json", ["text/*", "application/geo+json"]),
        ("application/xml", ["text/xml"]),
        ("application/xml", ["application/gpx+xml"]),
        ("text/html", ["text/*"]),
        (DOCX, ["application/zip"]),
        (ZIP, [DOCX]),
        (ODT, ["application/zip"]),
        (XLSX, [XLSM]),
        ("application/x-ole-storage", ["application/msword"]),
        ("application/msword", ["application/msword"]),
        ("audio/ogg", ["video/ogg"]),
        ("video/mp4", ["audio/x-m4a"]),
        ("video/quicktime", ["video/mp4"]),
        ("application/x-empty", ["image/png"]),
        (PROGRAM, ["application/x-msdownload"]),
        (PROGRAM, ["application/octet-stream"]),
        ("application/octet-stream", ["chemical/x-cdx"]),
        ("text/plain", ["chemical/x-pdb"]),
    ],
)
def test_a_type_fits_equivalent_types(kind: str, listed: list[str]) -> None:
    assert fits(kind, listed)


@pytest.mark.parametrize(
    ("kind", "listed"),
    [
        (PROGRAM, ["image/*", "text/*", "application/pdf", "chemical/x-cdx"]),
        ("text/plain", ["image/*", "application/pdf"]),
        ("text/html", ["text/plain", "text/csv", "image/*"]),
        ("application/x-sh", ["text/plain"]),
        ("image/svg+xml", ["image/png", "text/plain"]),
        ("application/octet-stream", ["image/*", "image/png", "text/plain"]),
        (JAR, [ZIP, DOCX]),
        ("application/x-msi", ["application/msword", "application/vnd.ms-excel"]),
        (DOCX, [XLSX]),
        (ZIP, ["application/pdf", "image/*"]),
        ("image/png", ["image/jpeg"]),
        ("application/xml", ["text/plain"]),
    ],
)
def test_a_type_does_not_fit_other_types(kind: str, listed: list[str]) -> None:
    assert not fits(kind, listed)


def test_every_type_fits_itself_and_its_other_names() -> None:
    assert [kind for kind in EXTENSIONS if not fits(kind, [kind])] == []
    assert [other for other, ours in OTHER_NAMES.items() if not fits(ours, [other])] == []
    assert set(OTHER_NAMES.values()) <= set(EXTENSIONS) | {"text/javascript"}


@pytest.mark.parametrize(
    ("name", "kind", "renamed"),
    [
        ("photo.jpg", PROGRAM, "photo.exe"),
        ("photo.jpeg", "image/jpeg", "photo.jpeg"),
        ("photo.JPG", "image/jpeg", "photo.JPG"),
        ("photo", "image/png", "photo.png"),
        ("a.tar.gz", ZIP, "a.tar.zip"),
        (".jpg", "image/png", ".jpg.png"),
        ("v1.2 of a letter", "application/pdf", "v1.2 of a letter.pdf"),
        ("photo.jpg", UNKNOWN, "photo.bin"),
        ("x" * MAX_NAME_LENGTH, "image/png", "x" * (MAX_NAME_LENGTH - 4) + ".png"),
    ],
)
def test_a_name_gets_the_extension_of_its_type(name: str, kind: str, renamed: str) -> None:
    assert with_extension(name, kind) == renamed
