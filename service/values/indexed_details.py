"""The keys of `detail` that policies index, and the text by which a value is found."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping
from typing import Any

from service.limits import MAX_INDEXED_KEY, MAX_INDEXED_VALUE

KEY = r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*"
_KEY = re.compile(KEY)
_WHOLE = 1e21
"""JavaScript writes smaller whole numbers without an exponent."""


def is_indexable(key: str) -> bool:
    """Whether a policy can index a key: `customer`, or `customer.id` for a key of an object."""
    return _KEY.fullmatch(key) is not None and len(key) <= MAX_INDEXED_KEY


def indexed_values(detail: Mapping[str, Any] | None, keys: Collection[str]) -> dict[str, str]:
    """Return the texts of those of these keys that a detail has with a value to find."""
    found = {key: _text_of(_value_at(detail, key)) for key in keys}
    return {key: text for key, text in found.items() if text is not None}


def digest_of(key: str, text: str) -> str:
    """Return the digest of a key and its value: of the same length for each value, and compared byte for byte."""
    # JSON can contain half a surrogate pair; a key has no colon
    return hashlib.sha256(f"{key}:{text}".encode(errors="surrogatepass")).hexdigest()


def _value_at(detail: Any, key: str) -> Any:
    for name in key.split("."):
        detail = detail.get(name) if isinstance(detail, dict) else None
    return detail


def _text_of(value: Any) -> str | None:
    """Return a text as it is, a number and a boolean as JavaScript writes it; None for anything else, and if too long.

    So 42 and "42" are found by the same query, as a query has no types.
    """
    match value:
        case bool():
            text = "true" if value else "false"
        case float():
            text = str(int(value)) if value.is_integer() and abs(value) < _WHOLE else repr(value)
        case int() | str():
            text = str(value)
        case _:
            return None
    return text if len(text) <= MAX_INDEXED_VALUE else None
