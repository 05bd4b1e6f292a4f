"""Texts and markup, for which there are no magic numbers: by the rules of browsers, and by what a text begins with.

https://mimesniff.spec.whatwg.org/#identifying-a-resource-with-an-unknown-mime-type
"""

from __future__ import annotations

import codecs
import json
import re

from service.detection.types import HTML, JSON, PHP, SHELL, SVG, TEXT, XML

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks; UTF-32's little-endian one begins like that of UTF-16."""
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
"""Bytes that no text contains (https://mimesniff.spec.whatwg.org/#binary-data-byte)."""
_TAGS = (
    "!doctype html|html|head|script|iframe|h1|div|font|table|a|style|title|b|body|br|p|meta|link|base|img|object|"
    "embed|form|input|button|video|audio|noscript|frameset|span|ul|ol|center"
)
_HTML = re.compile(rf"<(?:{_TAGS})(?=[\s>/])", re.IGNORECASE)
_SVG = re.compile(r"<(?:svg:)?svg(?=[\s>/])", re.IGNORECASE)
_SKIPPED = re.compile(
    r"\s+|<!--.*?-->|<\?(?!php|=).*?\?>|<!doctype(?!\s+html)[^>\[]*(?:\[[^\]]*\]\s*)?>", re.DOTALL | re.IGNORECASE
)
"""Parts that may precede the first element: blanks, comments, instructions and document types."""
_PHP = re.compile(r"<\?php(?=\s)|<\?=", re.IGNORECASE)
_INTERPRETERS = {"python": "text/x-python", "perl": "text/x-perl", "php": PHP}


def text_type(prefix: bytes, *, whole: bool) -> str | None:
    """Return the type of a text; None for binary data.

    Markup counts also with binary data after it, since browsers decide by the beginning. whole: the prefix is all.
    """
    text, marked = _decoded(prefix)
    binary = not marked and _BINARY.search(prefix) is not None
    markup = _markup(text.lstrip("\ufeff"))
    if markup is not None or binary:
        return markup
    if text.startswith("#!"):
        line = text.partition("\n")[0]
        return next((kind for name, kind in _INTERPRETERS.items() if name in line), SHELL)
    return JSON if whole and _is_json(prefix) else TEXT


def _decoded(prefix: bytes) -> tuple[str, bool]:
    """Return the text, and whether it has a byte order mark; without one, every byte is a character."""
    for mark, encoding in _MARKS:
        if prefix.startswith(mark):
            return prefix.decode(encoding, "replace"), True
    return prefix.decode("latin-1"), False


def _markup(text: str) -> str | None:
    """Return the type of HTML, SVG, PHP or XML by its first element; None for any other text."""
    at = 0
    while skipped := _SKIPPED.match(text, at):
        at = skipped.end()
    if _SVG.match(text, at):
        return SVG
    if _HTML.match(text, at):
        return HTML
    if _PHP.match(text, at):
        return PHP
    begins = text.lstrip()[:5].lower()
    if begins == "<?xml":
        return XML
    # browsers take a comment at the start for HTML, whatever follows
    return HTML if begins.startswith("<!--") else None


def _is_json(text: bytes) -> bool:
    try:
        return isinstance(json.loads(text), (dict, list))
    except (ValueError, RecursionError):
        return False
