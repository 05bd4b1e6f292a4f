"""Media types as browsers produce and read them (https://mimesniff.spec.whatwg.org/#parsing-a-mime-type)."""

from __future__ import annotations

import re
from collections.abc import Collection

from service.limits import MAX_NAME_LENGTH

OPAQUE_TYPE = "application/octet-stream"
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_PARAMETER = re.compile(r'[ \t]*(?P<name>[^;=]*)(?:=(?:"(?P<quoted>(?:[^"\\]|\\.)*)[^;]*|(?P<plain>[^;]*)))?(?:;|$)')


def normalized(text: str) -> str:
    """Normalize a type: names in lower case, values quoted if necessary.

    Invalid parameters are omitted; an invalid type becomes `application/octet-stream`. So
    `video/WebM; codecs=vp8,opus`, as Chromium records it, becomes `video/webm;codecs="vp8,opus"`.
    """
    kind = essence(text)
    if not re.fullmatch(rf"{_TOKEN.pattern}/{_TOKEN.pattern}", kind):
        return OPAQUE_TYPE
    whole = kind + "".join(f";{name}={_written(value)}" for name, value in parameters(text).items())
    return whole if len(whole) <= MAX_NAME_LENGTH else kind


def essence(text: str) -> str:
    """Return the media type without its parameters, in lower case."""
    return text.partition(";")[0].strip().lower()


def parameters(text: str) -> dict[str, str]:
    """Return the parameters by name; the first of each name counts."""
    found: dict[str, str] = {}
    for match in _PARAMETER.finditer(text.partition(";")[2]):
        name, quoted, plain = match["name"].lower(), match["quoted"], (match["plain"] or "").rstrip(" \t")
        value = re.sub(r"\\(.)", r"\1", quoted) if quoted is not None else plain
        if _TOKEN.fullmatch(name) and (value or quoted is not None) and re.fullmatch(r"[\t -~]*", value):
            found.setdefault(name, value)
    return found


def _written(value: str) -> str:
    if _TOKEN.fullmatch(value):
        return value
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


def is_of_type(content_type: str, types: Collection[str]) -> bool:
    """Whether a media type is one of these; `image/*` is every image."""
    bare = essence(content_type)
    return bare in types or f"{bare.partition('/')[0]}/*" in types
