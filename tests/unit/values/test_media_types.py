"""Media types as browsers produce them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.values.formats.media_types import normalized, parameters


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("image/png", "image/png"),
        ("video/webm;codecs=vp8,opus", 'video/webm;codecs="vp8,opus"'),
        ('video/webm;codecs="vp8,opus"', 'video/webm;codecs="vp8,opus"'),
        ("video/x-matroska;codecs=avc1,opus; x", 'video/x-matroska;codecs="avc1,opus"'),
        ("Text/HTML ; CHARSET=UTF-8;charset=latin1", "text/html;charset=UTF-8"),
        (r'a/b;c="d\"e', r'a/b;c="d\"e"'),
        ('a/b;c="d;e" junk;f=g', 'a/b;c="d;e";f=g'),
        ("a/b;c=;d=e;=f;g h=i;", "a/b;d=e"),
        ("a/b;c=d ", "a/b;c=d"),
        ("a/b;c=x" + '"' * 248, "a/b"),
        *((text, "application/octet-stream") for text in ("", "foo", "a/", "/b", "a/b/c", "a b/c", ";a=b")),
    ],
)
def test_a_type_is_normalized(given: str, kept: str) -> None:
    assert normalized(given) == kept == normalized(kept)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=255))
def test_any_text_has_one_normalized_form(text: str) -> None:
    kept = normalized(text)
    assert len(kept) <= 255
    assert (normalized(kept), parameters(normalized(kept))) == (kept, parameters(kept))
