"""Names and types of downloads: whatever the name, the header stays one safe line."""

from __future__ import annotations

import json
from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.domain.files.disposition import INLINE_TYPES, content_disposition, download_name, served_content_type
from tools.programs import ROOT


@pytest.mark.parametrize(
    ("filename", "kept"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("a\r\nSet-Cookie: x=1.txt", "aSet-Cookie_ x=1.txt"),
        ('say "hi".txt', "say _hi_.txt"),
        ("photo\u202egnp.exe", "photognp.exe"),
        ("zero\u200bwidth", "zerowidth"),
        ("nul\x00l", "null"),
        ("…/", "…_"),
        ("...", "file"),
        (" ", "file"),
        ("📎 ключ.txt", "📎 ключ.txt"),
    ],
)
def test_unsafe_characters_of_a_download_name_are_replaced(filename: str, kept: str) -> None:
    assert download_name(filename) == kept


@pytest.mark.parametrize(
    ("filename", "extension", "kept"),
    [("a", "pdf", "a.pdf"), ("a", ".pdf", "a.pdf"), ("a.PDF", "pdf", "a.PDF"), ("a", "p/d", "a.p_d"), ("a", None, "a")],
)
def test_a_missing_extension_is_added(filename: str, extension: str | None, kept: str) -> None:
    assert download_name(filename, extension) == kept


def test_an_ascii_name_has_no_encoded_form() -> None:
    assert content_disposition("a b.png", "image/png") == 'inline; filename="a b.png"'


def test_other_names_are_encoded_by_rfc_8187() -> None:
    header = content_disposition("naïve 50%.bin", "application/zip")
    assert header == "attachment; filename=\"na_ve 50_.bin\"; filename*=UTF-8''na%C3%AFve%2050%25.bin"


@given(st.text(max_size=255))
def test_the_header_is_one_ascii_line_that_decodes_to_the_name(filename: str) -> None:
    header = content_disposition(filename, "text/html")
    assert header.isascii()
    assert header.isprintable()
    message = Message()
    message["Content-Disposition"] = header
    exact = header.partition("filename*=UTF-8''")[2]
    assert message.get_content_disposition() == "attachment"
    assert (unquote(exact) if exact else message.get_param("filename", header="Content-Disposition")) == download_name(
        filename
    )


@pytest.mark.parametrize(
    ("content_type", "served"),
    [
        ("image/png", "image/png"),
        ("text/plain", "text/plain"),
        ('text/plain; Charset="UTF-8"', "text/plain;charset=UTF-8"),
        ("text/plain; charset=a/b", "text/plain"),
        ("image/png; charset=utf-8", "image/png"),
        ("IMAGE/PNG", "image/png"),
        ("text/html", "application/octet-stream"),
        ("image/svg+xml", "application/octet-stream"),
        ("application/xhtml+xml", "application/octet-stream"),
    ],
)
def test_harmful_types_are_served_as_octet_stream_attachments(content_type: str, served: str) -> None:
    assert served_content_type(content_type) == served
    inline = content_disposition("a", content_type).startswith("inline")
    assert inline == (served != "application/octet-stream")


def test_the_page_previews_every_inline_type_except_pdf() -> None:
    """It previews no other types: browsers would download them."""
    shown = json.loads((ROOT / "web" / "app" / "preview" / "harmless.json").read_text())
    assert shown.keys() == INLINE_TYPES - {"application/pdf"}
