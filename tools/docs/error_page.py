"""Write docs/errors.md, the error reference, from service/errors:  python -m tools.docs.error_page."""

from __future__ import annotations

from collections.abc import Iterator

from service.errors import ServiceError
from service.routes.openapi.error_responses import headers_of
from tools.programs import ROOT

TARGET = ROOT / "docs" / "errors.md"
HEAD = """\
# Error reference

Generated from `service/errors/` by `python -m tools.docs.error_page`; do not edit. `/api/openapi.json` lists the
errors of each operation.

An error is `{"code", "message", "errors", "success": false}`. Decide by `code`, which never changes; show `message` to
users, because it contains what to do; `errors` has a line `[field] reason` for each wrong field. Some errors have
further fields. Every response has the header `X-Request-ID`, which finds the request in the service's logs. If there is
a `Retry-After`, wait for that number of seconds and send the same request again: repeating a request is safe.

| status | code | message | additional fields and headers |
|---|---|---|---|
"""


def all_errors(base: type[ServiceError] = ServiceError) -> Iterator[type[ServiceError]]:
    """Yield every error class with a code, from `base` on."""
    if "code" in vars(base):
        yield base
    for error in base.__subclasses__():
        yield from all_errors(error)


def text() -> str:
    """Return the page."""
    rows = sorted((error.status, error.code, row(error)) for error in all_errors())
    return HEAD + "".join(f"{line}\n" for _, _, line in rows)


def row(error: type[ServiceError]) -> str:
    example = error.example()
    additional = [f"`{name}`" for name in (*example.extra, *headers_of(error))]
    message = example.message.replace("|", "\\|")
    return f"| {error.status} | `{error.code}` | {message} | {', '.join(additional)} |"


if __name__ == "__main__":
    TARGET.write_text(text())
