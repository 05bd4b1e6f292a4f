"""File names of all systems: how the service, the command line and a terminal show them."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longshore.cli.terminal.names import safe_name, without_hidden
from longshore.cli.terminal.words import plain
from longshore.client.content_types import type_of
from longshore.client.details import in_utf8
from service.domain.files import disposition
from service.domain.files.disposition import content_disposition, download_name

SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
KEPT = {
    "Persian, with a joiner in the word": "می\u200cخواهم.bin",
    "Persian digits": "۱۲\u200cام.txt",
    "Urdu": "علم\u200cو\u200cادب.pdf",
    "Hindi": "क्\u200dष.txt",
    "Malayalam, a joiner at the word's end": "അവന്\u200d.txt",
    "Sinhala": "ශ්\u200dරී.txt",
    "Arabic's number sign": "\u0600١٢.txt",
    "Hebrew": "שלום עולם.docx",
    "a family": "\U0001f468\u200d\U0001f469\u200d\U0001f467.png",
    "a heart on fire": "❤\ufe0f\u200d🔥.gif",
    "a waving hand of one colour": "👋\U0001f3fd.png",
    "a rainbow flag": "🏳\ufe0f\u200d🌈.png",
    "the flag of Scotland": f"{SCOTLAND}.png",
    "a keycap": "1\ufe0f\u20e3.png",
    "macOS, decomposed": unicodedata.normalize("NFD", "Ångström é.txt"),
    "Korean, decomposed": unicodedata.normalize("NFD", "한국.txt"),
    "Japanese, full width": "レポート（最終）．txt",
    "Windows, a device's name": "CON.txt",
    "with spaces inside": "my file  (1).txt",
    "percent, plus and ampersand": "R&D 100% a+b #1;.txt",
    "quotes": "it's `x` $HOME.txt",
    "beyond the basic plane": "𠮷野家.txt",
}
CHANGED = {
    "a bidi override hides an ending": ("photo\u202egnp.exe", "photognp.exe"),
    "bidi isolates": ("\u2066a\u2069.txt", "a.txt"),
    "marks of direction": ("\u200ea\u200f\u061c.txt", "a.txt"),
    "a joiner between Latin letters": ("pay\u200dpal\u200c.txt", "paypal.txt"),
    "a joiner at the name's end": ("می\u200c", "می"),
    "a joiner before the ending": ("\U0001f468\u200d.png", "\U0001f468.png"),
    "tags without a flag": ("a\U000e0061\U000e0062\U000e007f.txt", "a.txt"),
    "a byte order mark": ("\ufeffa.txt", "a.txt"),
    "a soft hyphen": ("so\u00adft.txt", "soft.txt"),
    "a zero-width space": ("a\u200bb.txt", "ab.txt"),
    "Windows, a path": ("C:\\Users\\ann\\a.txt", "C__Users_ann_a.txt"),
    "Unix, a path": ("../etc/passwd", ".._etc_passwd"),
    "a terminal's colours": ("\x1b[31ma.txt", "[31ma.txt"),
    "a new line": ("a\nb.txt", "ab.txt"),
    "half a character": ("a\ud83d.txt", "a.txt"),
}


@pytest.mark.parametrize("name", KEPT.values(), ids=KEPT)
def test_legitimate_names_stay_unchanged(name: str) -> None:
    assert (download_name(name), safe_name(name), plain(name)) == (name, name, name)
    assert content_disposition(name, "text/plain").isascii()


@pytest.mark.parametrize(("name", "kept"), CHANGED.values(), ids=CHANGED)
def test_deceptive_characters_are_removed(name: str, kept: str) -> None:
    assert download_name(name) == kept
    assert safe_name(name).replace("_", "") == kept.strip(".").replace("_", "")
    assert plain(name).isprintable()


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\u200c\u200d\U0001f3f4\U000e0061\U000e007fa्"))))
def test_service_and_command_line_remove_the_same_characters(text: str) -> None:
    assert without_hidden(text, "") == disposition.without_hidden(text)


@pytest.mark.parametrize(
    ("name", "most", "made"),
    [
        ("a" * 300 + ".pdf", 255, "a" * 251 + ".pdf"),
        ("a" * 300 + ".tar.gz", 255, "a" * 248 + ".tar.gz"),
        ("ß" * 300 + ".pdf", 255, "ß" * 125 + ".pdf"),
        ("字" * 90 + ".jpeg", 143, "字" * 46 + ".jpeg"),
        ("\U0001f468\u200d" * 60 + "\U0001f467.png", 20, "\U0001f468\u200d\U0001f468.png"),
        ("a" * 300, 255, "a" * 255),
        ("a" * 250 + " b c d.e f", 255, "a" * 250 + " b c"),
        ("b" * 255, 255, "b" * 255),
    ],
)
def test_a_shortened_name_keeps_its_extension(name: str, most: int, made: str) -> None:
    assert safe_name(name, most) == made


@given(st.text(max_size=300), st.integers(40, 255))
def test_any_name_becomes_a_safe_name_in_its_folder(name: str, most: int) -> None:
    made = safe_name(name, most)
    assert made
    assert Path(made).name == made
    assert not made.startswith(".")
    assert len(made.encode()) <= most


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.pdf", "application/pdf"),
        ("a.PDF", "application/pdf"),
        ("backup.tar", "application/x-tar"),
        ("backup.tar.gz", "application/gzip"),
        ("backup.tgz", "application/gzip"),
        ("log.txt.gz", "application/gzip"),
        ("drawing.svgz", "application/gzip"),
        ("dump.sql.xz", "application/x-xz"),
        ("dump.bz2", "application/x-bzip2"),
        ("page.html.br", "application/octet-stream"),
        ("main.ts", "application/octet-stream"),
        ("private.key", "application/octet-stream"),
        ("letter.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("photo.webp", "image/webp"),
        ("song.m4a", "audio/mp4"),
        ("script.js", "text/javascript"),
        ("data:a.txt", "text/plain"),
        ("what?.txt", "text/plain"),
        ("a.txt?b", "application/octet-stream"),
        ("http://x/a.png", "image/png"),
        (".pdf", "application/octet-stream"),
        ("pdf", "application/octet-stream"),
        ("", "application/octet-stream"),
        ("a.", "application/octet-stream"),
    ],
)
def test_a_type_is_guessed_by_the_outermost_extension(name: str, kind: str) -> None:
    assert type_of(name) == kind


def test_invalid_bytes_of_a_name_are_replaced() -> None:
    assert (in_utf8("caf\udce9.txt"), in_utf8("\ud83d"), in_utf8("café 👋")) == ("caf\ufffd.txt", "\ufffd", "café 👋")
