"""Writes docs/errors.md, every refusal with its remedy, from service/errors.py:  python -m tools.docs.error_page."""

from __future__ import annotations

from collections.abc import Iterator

from service.errors import LongshoreError
from service.routes.openapi.error_responses import headers_of
from tools.programs import ROOT

TARGET = ROOT / "docs" / "errors.md"
HEAD = """\
# Every error, and the way out of it

Made from `service/errors.py` by `python -m tools.docs.error_page`; do not edit. `/api/openapi.json` says which of them
each operation can answer.

A refusal is `{"code", "message", "errors", "success": false}`: tell them apart by `code`, which never changes; show
people `message`, which says what to do; `errors` has a line `[field] reason` for each thing that is wrong. Some have
further members. Every answer has the header `X-Request-ID`, under which the service's logs are found. Where there is a
`Retry-After`, wait so many seconds and send the same again: repeating a request is safe.

| status | code | what it says | beside it |
|---|---|---|---|
"""


def all_errors(base: type[LongshoreError] = LongshoreError) -> Iterator[type[LongshoreError]]:
    """Every class that can be raised, with its base: each has a code of its own."""
    if "code" in vars(base):
        yield base
    for error in base.__subclasses__():
        yield from all_errors(error)


def text() -> str:
    """The page."""
    rows = sorted((error.status, error.code, row(error)) for error in all_errors())
    return HEAD + "".join(f"{line}\n" for _, _, line in rows)


def row(error: type[LongshoreError]) -> str:
    example = error.example()
    beside = [f"`{name}`" for name in (*example.extra, *headers_of(error))]
    message = example.message.replace("|", "\\|")
    return f"| {error.status} | `{error.code}` | {message} | {', '.join(beside)} |"


if __name__ == "__main__":
    TARGET.write_text(text())
