"""Parsers of settings: numbers, choices and lists of words. Each raises ValueError for an invalid value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import NamedTuple


class Word(NamedTuple):
    """A kind of word. strip: characters that are removed before it."""

    pattern: str
    what: str
    strip: str = ""


EXTENSION = Word(r"[\w.-]*\w", "an extension such as jpg", strip=".")
MEDIA_TYPE = Word(r"[\w.+-]+/([\w.+-]+|\*)", "a type such as image/png or image/*")
BUCKET = Word(r"[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]", "the name of a bucket")
HOST = Word(r"\*|[\w-]+(\.[\w-]+)*|[0-9a-f:.]*:[0-9a-f:.]*", "a host such as files.example, without a port")


def number(low: int, high: int) -> Callable[[str], int]:
    """Return the parser of a whole number in this range."""

    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and low <= int(text) <= high):
            raise ValueError(f"is {text!r}, not a whole number from {low} to {high}")
        return int(text)

    return parse


def choice(*allowed: str) -> Callable[[str], str]:
    """Return the parser of one of these words."""

    def parse(text: str) -> str:
        if text not in allowed:
            raise ValueError(f"is {text!r}, not one of {', '.join(allowed)}")
        return text

    return parse


def words(kind: Word) -> Callable[[str], tuple[str, ...]]:
    """Return the parser of a list of words with commas; they are in lower case."""
    return lambda text: matching(listed(text), kind)


def matching(found: Iterable[str], kind: Word) -> tuple[str, ...]:
    """Return words of this kind in lower case."""
    kept = tuple(word.lower().lstrip(kind.strip) for word in found)
    for word in kept:
        if not re.fullmatch(kind.pattern, word):
            raise ValueError(f"contains {word!r}, which is not {kind.what}")
    return kept


def listed(text: str) -> tuple[str, ...]:
    """Return the items of a list with commas, without slashes at their ends."""
    return tuple(item.strip().rstrip("/") for item in text.split(",") if item.strip())
