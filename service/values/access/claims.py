"""Claims of tokens that backends sign themselves: each is checked, and a wrong one is named."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from service.values.access.subjects import checked_subject
from service.values.formats.ids import is_id

Reader = Callable[[Any], Any]
"""Returns the value of a claim. Raises ValueError."""


class ClaimError(ValueError):
    """A claim that is missing or not valid. claim: its name."""

    def __init__(self, claim: str, reason: str) -> None:
        super().__init__(f"[{claim}] {reason}")


def read_claims(
    claims: Mapping[str, Any], readers: Mapping[str, Reader], required: tuple[str, ...], what: str
) -> dict[str, Any]:
    """Return the values of a token's claims by the readers' names; a claim that is null counts as missing.

    what: the token contains, `a grant`. Raises ClaimError: also for an unknown claim, as a misspelled limit must not be
    no limit.
    """
    said = {name: value for name, value in claims.items() if value is not None and name != "iat"}
    for name in said.keys() - readers.keys():
        raise ClaimError(str(name)[:64], f"is not a claim of {what}")
    for name in required:
        if name not in said:
            raise ClaimError(name, "is missing")
    return {name: _read(readers[name], name, value) for name, value in said.items()}


def _read(reader: Reader, name: str, value: Any) -> Any:
    try:
        return reader(value)
    except (ValueError, OverflowError, OSError) as error:
        raise ClaimError(name, str(error)) from error


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text")
    return value


def an_id(value: Any) -> str:
    if not is_id(text(value)):
        raise ValueError("must be a lowercase UUID")
    return str(value)


def subject(value: Any) -> str:
    return checked_subject(text(value))


def number(low: int, high: int) -> Reader:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise ValueError(f"must be a whole number from {low} to {high}")
        return value

    return read


def time(value: Any) -> datetime:
    return datetime.fromtimestamp(number(0, 2**33)(value), UTC)
